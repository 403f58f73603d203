//! `sipflow show`.

use crate::app::analyse::{Analysis, analyse_noting};
use crate::app::failure::Failure;
use crate::app::frames::WantedFrames;
use crate::app::output;
use crate::cli::{Frames, ShowArgs, SingleFormat, Wanted};
use crate::crypto::Passwords;
use crate::explain::{
    Lookup, PacketDescription, compare_hops, describe, describe_packet, digest_work, hops_title,
};
use crate::render::json::Layout;
use crate::render::{Style, TimeColumn, hops, json, show};
use crate::report::model::{HopComparison, Message, Report};
use crate::sip::secrets::mask;
use crate::types::{KindSet, RecordKind};
use std::collections::{BTreeSet, HashSet};
use std::io::{self, Write};

/// What one wanted frame turned out to be.
enum Found {
    /// Messages that end in it or were carried by it, with their text.
    Messages(Vec<(Message, Vec<u8>)>),
    Packet(PacketDescription),
}

impl Found {
    fn messages(&self) -> &[(Message, Vec<u8>)] {
        match self {
            Found::Messages(messages) => messages,
            Found::Packet(_) => &[],
        }
    }
}

/// Messages whose neighbours are looked at: of more the neighbours are the same.
const MOST_LESSONS: usize = 200;

pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let Wanted { input, frames } = &args.wanted;
    let wanted = WantedFrames::new(frames, input)?;
    let mut packets: Vec<PacketDescription> = Vec::new();
    let mut note = |note: &crate::pipeline::PacketNote<'_>| {
        if wanted.has(note.packet.source.number(), note.packet.frame.0) {
            packets.push(describe_packet(note));
        }
    };
    let keep = KindSet::of(&[
        RecordKind::Message,
        RecordKind::Transaction,
        RecordKind::Stream,
    ]);
    let mut analysis = analyse_noting(input, &args.diagnostics, keep, Some(&mut note))?;
    packets.sort_by_key(|p| {
        let place = |f: &Frames| (f.first..=f.last).contains(&p.frame);
        (frames.iter().position(place), p.source, p.frame)
    });
    analysis.collected.mask_secrets = args.mask.mask_secrets;
    let found = find(&mut analysis, packets, args)?;
    let mut report = analysis.report();
    let mut out = output::open(&args.output)?;
    let messages = found.iter().flat_map(Found::messages);
    if args.compare_hops {
        let shown: Vec<&Message> = messages.map(|(m, _)| m).take(MOST_LESSONS).collect();
        let compared = compare(&mut analysis, &report, &shown, args)?;
        report.messages = shown.into_iter().cloned().collect();
        report.hop_comparisons = compared;
        if args.format == SingleFormat::Json {
            let kinds = KindSet::of(&[RecordKind::Message]);
            json::write_whole(&report, kinds, Layout::Pretty, &mut out)?;
        } else {
            let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
            write_hops(&report, &style, &mut out)?;
        }
    } else if args.format == SingleFormat::Json {
        report.messages = messages.map(|(m, _)| m.clone()).collect();
        let packets = found.iter().filter_map(|f| match f {
            Found::Packet(packet) => Some(packet),
            Found::Messages(_) => None,
        });
        let lookup = Lookup::new(&report);
        report.packets = packets.map(|p| p.to_model(&lookup)).collect();
        let shown = KindSet::of(&[RecordKind::Message]);
        json::write_whole(&report, shown, Layout::Pretty, &mut out)?;
    } else if args.raw {
        for (_, text) in messages {
            let mut text = text.clone();
            if args.mask.mask_secrets {
                mask(&mut text);
            }
            out.write_all(&text)?;
        }
    } else {
        // What a message is about is often in the others of its transaction.
        let ids = messages.flat_map(|(m, _)| m.transaction).filter_map(|id| {
            let at = report
                .transactions
                .binary_search_by_key(&id, |t| t.id)
                .ok()?;
            Some(report.transactions.get(at)?.messages.clone())
        });
        let mut ids: BTreeSet<u32> = ids.flatten().collect();
        // And its way in the other hops of its Call-ID.
        let shown = found.iter().flat_map(Found::messages).take(MOST_LESSONS);
        for (message, _) in shown {
            let around = analysis.collected.around(message.id);
            ids.extend(around.iter().map(|id| id.get()));
        }
        let numbers = ids.into_iter().filter(|id| *id > 0);
        report.messages = analysis.load_messages(numbers)?;
        let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
        let said = Said {
            passwords: &analysis.collected.passwords,
            work: args.show_work,
            secrets: args.show_secrets,
        };
        write(&report, found, (wanted.paths(), &style), &said, &mut out)?;
    }
    out.finish()?;
    analysis.verdict(input)
}

/// What the wanted packets are. A message that several of them carried is shown once.
fn find(
    analysis: &mut Analysis,
    packets: Vec<PacketDescription>,
    args: &ShowArgs,
) -> Result<Vec<Found>, Failure> {
    let first = analysis.first_time();
    let messages_only = args.raw && args.format != SingleFormat::Json;
    let mut shown = HashSet::new();
    let mut found = Vec::new();
    let mut nothing = String::new();
    for packet in packets {
        let (collected, texts) = analysis.parts();
        let place = (packet.source, packet.frame);
        let mut here = collected
            .find_by_frame(place, texts, first, args.raw)
            .map_err(Failure::Texts)?;
        let is_message = !here.is_empty();
        here.retain(|(m, _)| shown.insert(m.id));
        match is_message {
            true if here.is_empty() => {}
            true => found.push(Found::Messages(here)),
            false if messages_only => {
                nothing = format!(
                    "frame {}: no SIP message ends in it; list them with sipflow messages",
                    packet.frame
                );
            }
            false => found.push(Found::Packet(packet)),
        }
    }
    let missing = args.wanted.frames.iter().find(|f| {
        let packets = analysis
            .sources
            .iter()
            .zip(1..)
            .filter(|(s, n)| f.is_of(&s.path, *n));
        f.first > packets.map(|(s, _)| s.packets).max().unwrap_or(0)
    });
    if let Some(missing) = missing {
        let packets: u64 = analysis
            .sources
            .iter()
            .map(|s| s.packets)
            .max()
            .unwrap_or(0);
        return Err(Failure::NothingMatched(format!(
            "frame {}: the capture has {packets} packets",
            missing.first
        )));
    }
    if !nothing.is_empty() {
        return Err(Failure::NothingMatched(nothing));
    }
    Ok(found)
}

/// Each message on its hops; a failure where none of them has two.
fn compare(
    analysis: &mut Analysis,
    report: &Report,
    shown: &[&Message],
    args: &ShowArgs,
) -> Result<Vec<HopComparison>, Failure> {
    let lookup = Lookup::new(report);
    let first = analysis.first_time();
    let mut all = Vec::new();
    for message in shown {
        let ids = analysis.collected.around(message.id);
        let (collected, texts) = analysis.parts();
        let around = collected.texts_of(ids.into_iter(), texts, first);
        let mut around = around.map_err(Failure::Texts)?;
        around.retain(|(m, _)| m.call_id == message.call_id);
        if !args.show_secrets {
            around.iter_mut().for_each(|(_, text)| mask(text));
        }
        all.push(compare_hops(&lookup, message, &around));
    }
    let is_alone = all.iter().all(|c: &HopComparison| c.steps.is_empty());
    match (shown, is_alone) {
        ([], _) => Err(Failure::NothingMatched(
            "no SIP message ends in these frames; list them with sipflow messages".to_owned(),
        )),
        ([first, ..], true) => Err(Failure::NothingMatched(format!(
            "frame {}: one hop of its message is in the capture: there is nothing to compare it with",
            first.frame
        ))),
        _ => Ok(all),
    }
}

fn write_hops(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let all = report.messages.iter().zip(&report.hop_comparisons);
    for (n, (message, comparison)) in all.enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        hops::render(
            &lookup,
            comparison,
            &hops_title(message, comparison),
            style,
            out,
        )?;
    }
    Ok(())
}

/// What is said of credentials.
struct Said<'a> {
    passwords: &'a Passwords,
    work: bool,
    secrets: bool,
}

fn write(
    report: &crate::report::model::Report,
    found: Vec<Found>,
    (paths, style): (&[String], &Style),
    said: &Said<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let file = |source: usize| match paths {
        [_] => None,
        several => several.get(source).map(String::as_str),
    };
    let mut first = true;
    let mut gap = |out: &mut dyn Write| match std::mem::take(&mut first) {
        true => Ok(()),
        false => writeln!(out),
    };
    for one in found {
        match one {
            Found::Messages(mut messages) => {
                for (message, text) in &mut messages {
                    gap(out)?;
                    let work = match said.work {
                        true => digest_work(text, said.passwords, said.secrets),
                        false => Vec::new(),
                    };
                    if !said.secrets {
                        mask(text);
                    }
                    let mut description = describe(&lookup, message, text);
                    description.work = work;
                    let at = (message.source as usize).wrapping_sub(1);
                    show::render(message, &description, file(at), style, out)?;
                }
            }
            Found::Packet(mut packet) => {
                gap(out)?;
                packet.place(&lookup);
                show::render_packet(&packet, file(packet.source.into()), style, out)?;
            }
        }
    }
    Ok(())
}
