//! `sipflow stats`.

use crate::app::analyse::{read, say_limits, verdict};
use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{StatsArgs, StatsOutput};
use crate::pipeline::Watched;
use crate::render::{TimeColumn, stats as shown};
use crate::report::stats::{StatsCounts, assemble_stats, limits_of_stats};
use crate::report::{Collector, KeepLimits, Store, source_of};
use crate::types::{KindSet, RecordKind};
use std::io::Write;

pub(super) fn run(args: &StatsArgs) -> Result<(), Failure> {
    let mut store = Store::new(&args.input.files);
    let keep = KindSet::of(&[RecordKind::Call, RecordKind::Registration]);
    let room = KeepLimits::of(keep).times(args.input.limits.into());
    let mut collector = Collector::with_limits(keep, room, &mut store);
    let mut counts = StatsCounts::default();
    let mut sink = Watched {
        records: &mut collector,
        onlooker: &mut counts,
    };
    let said = &args.diagnostics;
    let (summary, infos) = read(&args.input.unheard(), said, false, &mut sink)?;
    let collected = collector.finish().map_err(Failure::Texts)?;
    say_limits(said, &limits_of_stats(&collected, &counts, &summary));
    let sources = infos.iter().map(source_of).collect();
    let stats = assemble_stats(&collected, &counts, &summary, sources);
    let is_empty = stats.messages == 0;
    if is_empty && args.shape == StatsOutput::Text {
        verdict(&args.input, said.quiet, &stats.sources)?;
        return Err(Failure::NothingMatched("no SIP in the capture".to_owned()));
    }
    let mut out = output::open(&args.output)?;
    match args.shape {
        StatsOutput::Text => {
            let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
            shown::render(&stats, &style, &mut out)?;
        }
        StatsOutput::Json => {
            crate::render::json_text::write_pretty(&stats, &mut out)?;
            writeln!(out)?;
        }
        StatsOutput::Csv(csv) => shown::csv(&stats, output::formulas(csv), &mut out)?,
    }
    out.finish()?;
    verdict(&args.input, said.quiet, &stats.sources)?;
    match is_empty {
        true => Err(Failure::NothingMatched(String::new())),
        false => Ok(()),
    }
}
