//! `sipflow show`.

use crate::app::analyse::analyse;
use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{ShowArgs, SingleFormat};
use crate::explain::{Lookup, describe};
use crate::render::json::Layout;
use crate::render::{TimeColumn, json, show};
use crate::types::{KindSet, RecordKind};
use std::io::Write;

pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let input = args.input.args();
    let keep = KindSet::of(&[RecordKind::Message, RecordKind::Transaction]);
    let mut analysis = analyse(input, &args.diagnostics, keep)?;
    let first = analysis.first_time();
    let mut found = Vec::new();
    for &frame in &args.frames {
        let (collected, texts) = analysis.parts();
        let here = collected
            .find_by_frame(frame, texts, first, args.raw)
            .map_err(Failure::Texts)?;
        if here.is_empty() {
            let packets: u64 = analysis.sources.iter().map(|s| s.packets).sum();
            let why = if frame > packets {
                format!("the capture has {packets} packets")
            } else {
                "no SIP message ends in it; list them with sipflow messages".to_owned()
            };
            return Err(Failure::NothingMatched(format!("frame {frame}: {why}")));
        }
        found.extend(here);
    }
    let mut report = analysis.report();
    let mut out = output::open(&args.output)?;
    if args.format == SingleFormat::Json {
        report.messages = found.into_iter().map(|(m, _)| m).collect();
        let shown = KindSet::of(&[RecordKind::Message]);
        json::write_whole(&report, shown, Layout::Pretty, &mut out)?;
    } else if args.raw {
        for (_, text) in &found {
            out.write_all(text)?;
        }
    } else {
        let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
        let lookup = Lookup::new(&report);
        for (i, (message, text)) in found.iter().enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            let description = describe(&lookup, message, text);
            show::render(message, &description, &style, &mut out)?;
        }
    }
    out.finish()?;
    analysis.verdict(input)
}
