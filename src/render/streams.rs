//! RTP streams: a table, the details of each, and the arithmetic behind them.

mod hops;
mod points;
mod relay;
mod rtcp;
mod series;
mod setup;
mod sound;
mod work;

pub use series::series;
pub use work::show_work;

use super::clock::{Reference, time_column};
use super::style::{Ink, Style};
use super::table::{Cell, Table};
use super::text::{cut, wrap};
use crate::explain::media::{codec_and_srtp, in_one_gap, mos_ink, mos_notes, mos_text};
use crate::explain::names::{callee_of, party};
use crate::explain::words::{clean, counted, duration, in_digits, number};
use crate::media::{PlayoutBuffer, QualityModel};
use crate::report::model::{Call, Report, Stream};
use crate::types::{FileNames, Party};
use hops::hops;
use std::collections::HashMap;
use std::io::{self, Write};

/// The streams as a table: what decides first, more figures as the width allows.
pub fn table(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let streams: Vec<&Stream> = report.streams.iter().collect();
    some(report, &streams, style, w)
}

pub(crate) fn some(
    report: &Report,
    streams: &[&Stream],
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let start = report.sources.iter().filter_map(|s| s.first_time).min();
    let hops = hops(report);
    let mut table = Table::<Stream>::new(2);
    table.right("#", |s| s.id.to_string());
    table.right("call", |s| s.call.map_or("-".into(), |c| c.to_string()));
    if !hops.is_empty() {
        let hop = |s: &Stream| {
            hops.get(&s.id)
                .map_or("-".into(), |(n, of)| format!("{n}/{of}"))
        };
        table.right("hop", hop);
    }
    table.left("SSRC", |s| clean(&s.ssrc)).rank(6);
    table
        .left("source", |s| s.src.to_string())
        .shrink(14)
        .middle();
    table
        .left("destination", |s| s.dst.to_string())
        .shrink(14)
        .middle();
    table.left("codec", codec_and_srtp).shrink(5);
    table.right("packets", |s| s.packets.to_string());
    table.right("expected", |s| s.expected.to_string()).rank(12);
    table
        .right("lost", |s| Cell::new(loss_ink(s), s.lost.to_string()))
        .rank(2);
    table.right("lost %", |s| {
        Cell::new(loss_ink(s), number(s.lost_percent, 1))
    });
    table
        .right("run", |s| s.max_lost_burst.to_string())
        .rank(11);
    table.right("dup", |s| s.duplicates.to_string()).rank(7);
    table.right("reord", |s| s.out_of_order.to_string()).rank(7);
    late_column(&mut table, streams, 8);
    table
        .right("jitter ms", |s| number(s.jitter_mean_ms, 1))
        .rank(1);
    table
        .right("max", |s| number(s.jitter_max_ms, 1))
        .rank(3)
        .with_previous();
    table
        .right("delta max ms", |s| number(s.delta_max_ms, 1))
        .rank(9);
    table.right("ptime ms", |s| number(s.ptime_ms, 0)).rank(10);
    table
        .right("drift ppm", |s| number(s.clock_drift_ppm, 0))
        .rank(14);
    table
        .right("IP kbit/s", |s| number(s.bandwidth.ip_kbps, 1))
        .rank(4);
    table
        .right("RTT ms", |s| {
            number(s.rtcp.as_ref().and_then(|r| r.round_trip_ms), 1)
        })
        .rank(13);
    mos_column(&mut table);
    table
        .right("start s", |s| {
            number(start.map(|t| (s.first_time.0 - t.0).as_secs_f64()), 3)
        })
        .rank(15);
    table
        .right("length s", |s| number(Some(s.duration_s), 3))
        .rank(15);
    table.write(streams.iter().copied(), style, w)?;
    mos_lines(streams, style, w)?;
    points::lines(report, streams, style, w)?;
    sound::lines(streams, style, w)
}

/// The media of one call, directions by name.
pub(crate) fn of_call(
    call: &Call,
    streams: &[&Stream],
    hosts: &HashMap<String, String>,
    files: &FileNames,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let by_host = |s: &Stream| {
        let name = |address: &str| {
            let name = hosts.get(address)?;
            Some(cut(name, style.columns(), style.ellipsis()))
        };
        let ends = name(&s.src.address).zip(name(&s.dst.address));
        ends.map(|(from, to)| format!("{from} > {to}"))
    };
    // No cell shows more than a line holds, and each stream names both.
    let fit = |name: &str| cut(name, style.columns(), style.ellipsis());
    let (caller, callee) = (fit(&party(&call.caller)), fit(&callee_of(call)));
    let mut table = Table::<Stream>::new(2);
    table
        .left("media", |s| match (by_host(s), s.from) {
            (Some(hosts), _) => hosts,
            (None, Some(Party::Caller)) => format!("{caller} > {callee}"),
            (None, Some(Party::Callee)) => format!("{callee} > {caller}"),
            (None, None) => "direction unknown".into(),
        })
        .shrink(12);
    table.left("codec", codec_and_srtp).shrink(5);
    table.right("packets", |s| s.packets.to_string());
    table.right("lost", |s| Cell::new(loss_ink(s), s.lost.to_string()));
    table.right("lost %", |s| {
        Cell::new(loss_ink(s), number(s.lost_percent, 1))
    });
    late_column(&mut table, streams, 5);
    table
        .right("jitter ms", |s| number(s.jitter_mean_ms, 1))
        .rank(1);
    table
        .right("max", |s| number(s.jitter_max_ms, 1))
        .rank(2)
        .with_previous();
    mos_column(&mut table);
    table
        .left("frames", |s| {
            Cell::new(
                Ink::Dim,
                format!("{}-#{}", first_frame(files, s), s.last_frame),
            )
        })
        .rank(3);
    table
        .left("addresses", |s| format!("{} -> {}", s.src, s.dst))
        .rank(4);
    table.write(streams.iter().copied(), style, w)?;
    sound::of_call(call, style, w)
}

/// `#9`, of several files `p2:#9`.
fn first_frame(files: &FileNames, s: &Stream) -> String {
    files.frame((s.source as usize).wrapping_sub(1), s.first_frame)
}

fn loss_ink(s: &Stream) -> Ink {
    if s.lost > 0 { Ink::Warning } else { Ink::Plain }
}

/// Packets too late for play-out count as lost for quality: the column is there wherever one is.
fn late_column(table: &mut Table<'_, Stream>, streams: &[&Stream], otherwise: u8) {
    let any = streams.iter().any(|s| s.late.is_some_and(|late| late > 0));
    let late = |s: &Stream| {
        let ink = match s.late {
            Some(1..) => Ink::Warning,
            _ => Ink::Plain,
        };
        Cell::new(ink, known(s.late))
    };
    table
        .right("late", late)
        .rank(if any { 0 } else { otherwise });
}

fn mos_column(table: &mut Table<'_, Stream>) {
    table.right("MOS", |s| Cell::new(mos_ink(s), mos_text(s)));
}

/// What the MOS column has to be read with.
pub(crate) fn mos_lines(streams: &[&Stream], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for note in mos_notes(streams.iter().copied()) {
        for line in wrap(&note, style.columns().saturating_sub(2)) {
            writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
        }
    }
    Ok(())
}

/// Everything known of one stream (`Some(id)`) or of each; `Ok(false)` where there is none.
pub fn details(
    report: &Report,
    id: Option<u32>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<bool> {
    let mut any = false;
    let begin = report.sources.iter().filter_map(|s| s.first_time).min();
    for s in report
        .streams
        .iter()
        .filter(|s| id.is_none_or(|id| id == s.id))
    {
        if any {
            writeln!(w)?;
        }
        any = true;
        title(s, style, w)?;
        for (name, text) in facts(report, s, begin, style) {
            let room = style.columns().saturating_sub(16);
            for (n, line) in wrap(&text, room).iter().enumerate() {
                let name = if n == 0 { name } else { "" };
                writeln!(
                    w,
                    "  {}{line}",
                    style.paint(Ink::Dim, &format!("{name:<14}"))
                )?;
            }
        }
    }
    Ok(any)
}

/// `STREAM 1   192.0.2.11:10014 -> 192.0.2.12:10024   SSRC 0x900d2e93`
pub(crate) fn title(s: &Stream, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let title = format!(
        "STREAM {}   {} -> {}   SSRC {}",
        s.id,
        s.src,
        s.dst,
        clean(&s.ssrc)
    );
    let title = cut(&title, style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Heading, &title))
}

type Fact = (&'static str, String);

/// A begin later after the answer is told, in seconds.
const LATE_S: f64 = 0.2;

fn facts(
    report: &Report,
    s: &Stream,
    begin: Option<crate::report::model::Timestamp>,
    style: &Style,
) -> Vec<Fact> {
    let ms = |v: Option<f64>| number(v, 3);
    let files = FileNames::of(report.sources.iter().map(|s| &*s.path));
    let at = Reference {
        first: begin,
        ..Reference::default()
    };
    let mut facts: Vec<Fact> = vec![
        ("belongs to", owner(s)),
        ("payload", payloads(s)),
        ("known from", setup::setup(s, &files)),
    ];
    if let Some(layers) = &s.encapsulation {
        facts.push(("carried in", clean(layers)));
    }
    facts.extend(relay::fact(s));
    facts.push((
        "time",
        format!(
            "{} to {}, {} ({} to #{}){}",
            time_column(s.first_time, style, at, 6),
            time_column(s.last_time, style, at, 6),
            duration(s.duration_s),
            first_frame(&files, s),
            s.last_frame,
            match s.start_after_answer_s.filter(|since| *since >= LATE_S) {
                Some(since) => format!(", begins {since:.1} s after the answer"),
                None => String::new(),
            }
        ),
    ));
    facts.push((
        "packets",
        format!(
            "{} received of {} expected: {} lost ({} %), {}",
            in_digits(s.packets),
            in_digits(s.expected),
            in_digits(s.lost),
            number(s.lost_percent, 3),
            match in_one_gap(s) {
                true => "in one gap".into(),
                false => format!("longest run {}", s.max_lost_burst),
            }
        ),
    ));
    facts.push((
        "",
        format!(
            "{} out of order, {}, {} late for a 60 ms buffer, {}; RFC 3550 cumulative loss {}",
            s.out_of_order,
            counted(s.duplicates, "duplicate", "duplicates"),
            known(s.late),
            counted(s.sequence_restarts, "restart", "restarts"),
            s.rtcp_style_lost
        ),
    ));
    facts.push((
        "jitter",
        match (&s.jitter_reason, s.jitter_mean_ms) {
            (Some(reason), None) => format!("- ({})", clean(reason)),
            _ => format!(
                "mean {} ms, max {} ms, at the end {} ms",
                ms(s.jitter_mean_ms),
                ms(s.jitter_max_ms),
                ms(s.jitter_last_ms)
            ),
        },
    ));
    let frame = s
        .delta_max_frame
        .map_or(String::new(), |f| format!(" (before #{f})"));
    facts.push((
        "delta",
        format!(
            "mean {} ms, min {} ms, max {} ms{frame}",
            ms(s.delta_mean_ms),
            ms(s.delta_min_ms),
            ms(s.delta_max_ms)
        ),
    ));
    facts.push((
        "clock",
        format!(
            "skew max {} ms, drift {} ppm, packet time {} ms",
            ms(s.skew_max_ms),
            number(s.clock_drift_ppm, 1),
            number(s.ptime_ms, 1)
        ),
    ));
    if !s.playout.is_empty() {
        facts.push(("play-out", playout(s)));
    }
    facts.push(("bandwidth", bandwidth(s)));
    facts.push(("quality", quality(s)));
    if let Some(talk) = conversation(s) {
        facts.push(("", talk));
    }
    facts.extend(rtcp::facts(s, &files));
    if let Some(heard) = &s.sound {
        facts.push(("sound", sound::told(heard)));
    }
    if let Some(told) = points::told(report, s) {
        facts.push(("points", told));
    }
    facts
}

fn owner(s: &Stream) -> String {
    let kind = s.kind.map_or(String::new(), |k| format!(", {k}"));
    match (s.call, s.from) {
        (Some(call), Some(from)) => format!("call {call}{kind} from the {from}"),
        (Some(call), None) => format!("call {call}{kind}"),
        (None, _) => format!("no call in the capture{kind}"),
    }
}

fn payloads(s: &Stream) -> String {
    let parts: Vec<String> = s
        .payloads
        .iter()
        .map(|p| {
            let codec = p.codec.as_deref().map_or("unannounced".into(), clean);
            let estimated = if p.clock_estimated { ", estimated" } else { "" };
            let rate = p.clock_rate.map_or("-".into(), |r| r.to_string());
            let n = counted(p.packets, "packet", "packets");
            format!(
                "{codec} (type {}, {rate} Hz{estimated}), {n}",
                p.payload_type
            )
        })
        .collect();
    let encrypted = if s.encrypted {
        "; encrypted (SRTP)"
    } else {
        ""
    };
    parts.join("; ") + encrypted
}

fn quality(s: &Stream) -> String {
    let q = &s.quality;
    let reason = q.reason.as_deref().map(clean);
    let Some(mos) = q.mos else {
        let best = q.mos_ceiling.map(|best| format!("of at most {best:.2} "));
        return format!(
            "MOS - {}({})",
            best.unwrap_or_default(),
            reason.unwrap_or_else(|| "no reason given".into())
        );
    };
    let model = match q.model {
        Some(QualityModel::G1071) => "wideband E-model, ITU-T G.107.1, listening",
        Some(QualityModel::Classroom) => "classroom profile",
        _ => "E-model, ITU-T G.107, delay not counted",
    };
    format!(
        "MOS {mos:.2} of at most {}, R {} ({model}){}",
        number(q.mos_ceiling, 2),
        number(q.r_factor, 1),
        reason.map_or(String::new(), |r| format!("; {r}"))
    )
}

/// The score of conversation, where RTCP lets it be known.
fn conversation(s: &Stream) -> Option<String> {
    let q = &s.quality;
    let (mos, delay) = q.mos_conversational.zip(q.delay_ms)?;
    let ms = |v| number(v, 1);
    Some(format!(
        "in conversation MOS {mos:.2}, R {}: {} ms from mouth to ear (network {}, packet {}, look-ahead {}, buffer {}); {}",
        number(q.r_conversational, 1),
        ms(delay.total),
        ms(delay.network),
        ms(delay.packetization),
        ms(delay.codec),
        ms(delay.buffer),
        q.conversational_reason
            .as_deref()
            .map(clean)
            .unwrap_or_default()
    ))
}

/// What buffers would have discarded, and how losses are spread.
fn playout(s: &Stream) -> String {
    let each: Vec<String> = s
        .playout
        .iter()
        .map(|p| {
            let kind = match p.buffer {
                PlayoutBuffer::Adaptive => "adaptive, ",
                _ => "",
            };
            format!("{} ({kind}{:.0} ms)", in_digits(p.discarded), p.delay_ms)
        })
        .collect();
    let bursts = match (s.bursts.count, s.bursts.mean_duration_ms) {
        (0, _) => String::new(),
        (n, mean) => format!(
            "; {} of missed packets, {} ms long, {} % of them missed",
            counted(n, "burst", "bursts"),
            number(mean, 0),
            number(s.bursts.density_percent, 1)
        ),
    };
    format!("buffers would discard {}{bursts}", each.join(", "))
}

fn bandwidth(s: &Stream) -> String {
    let b = &s.bandwidth;
    format!(
        "payload {}, with RTP {}, with IP {}, with Ethernet {} kbit/s",
        number(b.payload_kbps, 1),
        number(b.rtp_kbps, 1),
        number(b.ip_kbps, 1),
        number(b.ethernet_kbps, 1)
    )
}
/// A count that may be unknown.
fn known(n: Option<u64>) -> String {
    n.map_or_else(|| "-".to_owned(), |n| n.to_string())
}
