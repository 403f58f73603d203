//! `sipflow capture`: interfaces to the screen, to files and to the report at the end.
//!
//! Invariant: whatever ends the capture (a signal, a limit, an error, a closed pipe), what was captured
//! until then is written before the program ends.

mod call_files;
mod hold;
mod log_file;
mod ring;
mod saver;
mod screen;
mod session;
mod signals;
mod start;
mod summary;

use super::failure::Failure;
use super::output::{self, Guard};
use crate::cli::{CaptureArgs, LiveFormat};
use crate::render::TimeColumn;
use crate::render::ndjson;
use crate::report::{Collector, Record, StreamOut, counters};
use crate::types::{KindSet, RecordKind};
use log_file::LogFile;
use saver::Saver;
use screen::{Chosen, Screen, Show};
use session::Session;
use start::Started;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};

/// Runs the capture until something ends it.
pub(super) fn run(args: &CaptureArgs) -> Result<(), Failure> {
    let Started {
        live,
        saver,
        call_files,
        pipeline,
        pattern,
        signals,
        guard,
    } = start::start(args)?;
    let style = output::style_in(
        &args.output,
        &args.time,
        TimeColumn::Absolute,
        crate::render::Zone::Local,
    );
    let (mut out, log) = open_output(args, guard)?;
    let chosen = Chosen {
        select: &args.select,
        pattern,
    };
    let mut store = crate::report::Store::new(&[]);
    let wanted = Cell::new(true);
    if args.chosen_format() == LiveFormat::Ndjson {
        let shared = RefCell::new(&mut out);
        ndjson::begin(&mut *shared.borrow_mut())?;
        let mut emit = |record: Record<'_>| -> io::Result<()> {
            if matches!(record, Record::Message(_)) && !wanted.get() {
                return Ok(());
            }
            ndjson::write_record(&record, &mut *shared.borrow_mut())
        };
        let records = StreamOut::new(false, &mut emit);
        let mut nowhere = io::sink();
        let show = Show::Records(Box::new(records), &wanted);
        let mut screen = Screen::new(show, &mut nowhere, chosen, None, call_files);
        let mut session = Session::new(args, live, saver, pipeline, signals, log);
        let ended = session.run(&mut screen);
        let (summary, source) = session.finish(&mut screen);
        let of_calls = screen.missing();
        let ended = ended.and(screen.take_error().map_or(Ok(()), |e| Err(e.into())));
        let written = match screen.show {
            Show::Records(records, _) => records.finish(&summary, std::slice::from_ref(&source)),
            _ => Ok(()),
        };
        let mut out = shared.borrow_mut();
        let written = written
            .and_then(|()| {
                let sources = std::slice::from_ref(&source);
                ndjson::end(sources, &counters(&summary), &mut *out)
            })
            .and_then(|()| out.flush());
        return session.end(&source, of_calls, ended.and(written.map_err(Failure::from)));
    }
    let wants_report = !args.no_summary && !start::saves_to_stdout(args);
    let collector = wants_report
        .then(|| Collector::new(KindSet::SUMMARY.with(RecordKind::Message), &mut store));
    let show = start::show(args, &style);
    let mut screen = Screen::new(show, &mut out, chosen, collector, call_files);
    let mut session = Session::new(args, live, saver, pipeline, signals, log);
    let ended = session.run(&mut screen);
    let (summary, source) = session.finish(&mut screen);
    let of_calls = screen.missing();
    let ended = ended.and(screen.take_error().map_or(Ok(()), |e| Err(e.into())));
    let place = session.saver.as_ref().map(Saver::place);
    let (kept, tally) = (screen.kept.take(), screen.tally);
    let collected = kept
        .map(Collector::finish)
        .transpose()
        .map_err(Failure::Texts)?;
    let written = if args.no_summary {
        Ok(())
    } else {
        let end = summary::End {
            summary,
            source: source.clone(),
            tally,
            saved_to: place.map(
                |place| match session.saver.as_ref().and_then(Saver::missing) {
                    Some(missing) => format!("{place} (not all: {missing})"),
                    None => place,
                },
            ),
        };
        summary::write(end, collected, store, &style, &mut out)
    };
    session.end(&source, of_calls, ended.and(written))
}

/// The output, and what turns it where it is a file.
fn open_output(
    args: &CaptureArgs,
    guard: Guard,
) -> Result<(Box<dyn Write>, Option<LogFile>), Failure> {
    if let Some(path) = &args.output.file {
        let records = args.chosen_format() == LiveFormat::Ndjson;
        let file = LogFile::create(path, args.append, records, guard)
            .map_err(|e| output::failed_to_open(path, e))?;
        return Ok((Box::new(file.clone()), Some(file)));
    }
    if start::saves_to_stdout(args) {
        // Packets go there.
        return Ok((Box::new(io::sink()), None));
    }
    // Lines are to be seen when they happen, on a terminal and in a pipe.
    let mut output = args.output.clone();
    output.line_buffered = true;
    Ok((Box::new(output::open(&output)?), None))
}
