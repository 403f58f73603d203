//! The report at the end of a capture.

use super::screen::Tally;
use crate::app::analyse::Analysis;
use crate::app::commands::report::load_shown;
use crate::app::failure::Failure;
use crate::explain::words::counted;
use crate::pipeline::Summary;
use crate::render::Style;
use crate::render::report::{self as text, ReportOptions};
use crate::report::Store;
use crate::report::model::Source;
use crate::report::{Collected, limits_of_pipeline};
use crate::source::save::InterfaceCounts;
use std::io::Write;

/// What is known at the end.
pub(super) struct End {
    pub(super) summary: Summary,
    pub(super) source: Source,
    pub(super) tally: Tally,
    pub(super) saved_to: Option<String>,
}

/// Writes the report to the output.
pub(super) fn write(
    end: End,
    collected: Option<Collected>,
    store: Store,
    style: &Style,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match collected {
        Some(collected) => {
            let mut analysis = Analysis {
                collected,
                summary: end.summary,
                sources: vec![end.source],
                store,
                quiet: false,
            };
            let mut report = analysis.report();
            let nothing = report.counters.sip_messages == 0 && report.streams.is_empty();
            if !nothing {
                let options = ReportOptions::default();
                load_shown(&mut analysis, &mut report, &options)?;
                writeln!(out)?;
                text::render(&report, &options, style, out)?;
            }
        }
        None => write_tally(&end, out)?,
    }
    Ok(out.flush()?)
}

/// More was captured than a report could be kept for.
fn write_tally(end: &End, out: &mut dyn Write) -> std::io::Result<()> {
    let c = &end.summary.counters;
    writeln!(
        out,
        "\n{} SIP messages, {} of them sent again",
        c.sip_messages, c.retransmissions
    )?;
    let list = |counts: &std::collections::BTreeMap<&'static str, u64>| {
        let texts: Vec<String> = counts
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        texts.join(", ")
    };
    if !end.tally.calls.is_empty() {
        writeln!(out, "calls: {}", list(&end.tally.calls))?;
    }
    if !end.tally.registrations.is_empty() {
        writeln!(out, "registrations: {}", list(&end.tally.registrations))?;
    }
    writeln!(
        out,
        "RTP: {} packets in {} streams, {} of them with loss",
        c.rtp_packets, end.tally.streams, end.tally.lossy_streams
    )?;
    for hit in limits_of_pipeline(&end.summary) {
        let times = counted(hit.times, "time", "times");
        writeln!(
            out,
            "a limit was reached: {} ({times}); {}",
            hit.what, hit.effect
        )?;
    }
    if let Some(place) = &end.saved_to {
        writeln!(
            out,
            "the packets are in {place}: 'sipflow report' tells the rest"
        )?;
    }
    Ok(())
}

/// What the kernel counted, in one line.
pub(super) fn counts_line(
    source: &Source,
    counts: &[InterfaceCounts],
    saved_to: Option<&str>,
    missing: Option<&str>,
) -> String {
    let sum = |f: fn(&InterfaceCounts) -> u64| -> u64 { counts.iter().map(f).sum() };
    let mut line = format!(
        "{} packets captured, {} dropped by the kernel, {} dropped by the interface",
        source.packets,
        sum(|c| c.dropped),
        sum(|c| c.dropped_by_interface),
    );
    if source.packets == 0 {
        line += "; nothing came: is it the right interface ('sipflow interfaces'), and does the filter fit?";
    }
    match (saved_to, missing) {
        (Some(place), None) => line += &format!("; saved to {place}"),
        (Some(place), Some(missing)) => {
            line += &format!("; NOT ALL saved to {place}: {missing}");
        }
        (None, _) => {}
    }
    line
}
