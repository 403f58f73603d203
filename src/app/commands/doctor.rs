//! `sipflow doctor`.

use crate::app::analyse::{read, verdict};
use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{DoctorArgs, SingleFormat, TimeArgs};
use crate::diagnosis::Watch;
use crate::pipeline::Watched;
use crate::render::{TimeColumn, doctor as text};
use crate::report::Store;
use crate::report::doctor::assemble_doctor;
use crate::report::source_of;
use crate::report::{Collector, KeepLimits};
use crate::types::KindSet;
use std::io::Write;

pub(super) fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let mut store = Store::new(&args.input.files);
    let keep = KindSet::SUMMARY;
    let room = KeepLimits::of(keep).times(args.input.limits.into());
    let mut collector = Collector::with_limits(keep, room, &mut store);
    let mut watch = Watch::default();
    let mut sink = Watched {
        records: &mut collector,
        onlooker: &mut watch,
    };
    let (summary, infos) = read(&args.input.unheard(), &args.diagnostics, true, &mut sink)?;
    let collected = collector.finish().map_err(Failure::Texts)?;
    let sources = infos.iter().map(source_of).collect();
    let doctor = assemble_doctor(&infos, sources, &summary, &collected, &watch);
    let mut out = output::open(&args.output)?;
    match args.format {
        SingleFormat::Json => {
            crate::render::json_text::write_pretty(&doctor, &mut out)?;
            writeln!(out)?;
        }
        SingleFormat::Text => {
            let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
            text::render(&doctor, &style, &mut out)?;
        }
    }
    out.finish()?;
    verdict(&args.input, args.diagnostics.quiet, &doctor.sources)
}
