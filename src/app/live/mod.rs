//! `sipflow capture`: interfaces to the screen, to files and to the report at the end.
//!
//! Invariant: whatever ends the capture (a signal, a limit, an error, a closed pipe), what was captured
//! until then is written before the program ends.

mod call_files;
mod hold;
mod log_file;
mod saver;
mod screen;
mod signals;
mod start;
mod summary;

use super::failure::Failure;
use super::output;
use crate::cli::{CaptureArgs, Condition, Format};
use crate::pipeline::{Pipeline, Summary};
use crate::render::TimeColumn;
use crate::render::live::{Health, health};
use crate::render::ndjson::{self, Head, Record as Line};
use crate::report::model::{Generator, SCHEMA_ID};
use crate::report::{Collector, Keep, Record, StreamOut, counters};
use crate::source::live::{LiveCapture, now};
use crate::source::save::{InterfaceCounts, SavedPacket};
use crate::source::{CaptureFormat, Compression};
use crate::types::{CaptureTime, Delta, Packet};
use hold::Hold;
use log_file::LogFile;
use saver::Saver;
use screen::{Chosen, Screen, Show};
use signals::Signals;
use start::Started;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The longest wait for packets: signals and time-outs are looked at in between.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two looks at the interfaces' counts and two writes of what is gathered.
const HOUSEKEEPING: Duration = Duration::from_secs(1);
/// Packets may reach us this late; time does not move on before. More than they wait for each other.
const LATENESS: Delta = Delta::from_secs(2);

/// Runs the capture until something ends it.
pub(super) fn run(args: &CaptureArgs) -> Result<(), Failure> {
    let Started {
        live,
        saver,
        call_files,
        pipeline,
        pattern,
        signals,
    } = start::start(args)?;
    let style = output::style_in(
        &args.output,
        &args.time,
        TimeColumn::Absolute,
        crate::cli::Timezone::Local,
    );
    let (mut out, log) = open_output(args)?;
    let chosen = Chosen {
        select: &args.select,
        pattern,
    };
    let mut store = super::store::Store::new(&[]);
    let wanted = Cell::new(true);
    if args.chosen_format() == Format::Ndjson {
        let shared = RefCell::new(&mut out);
        write_line(
            &Line::Report(Head {
                schema: SCHEMA_ID,
                generator: &Generator::default(),
            }),
            &mut *shared.borrow_mut(),
        )?;
        let mut emit = |record: Record| -> io::Result<()> {
            if matches!(record, Record::Message(_)) && !wanted.get() {
                return Ok(());
            }
            write_line(&line_of(&record), &mut *shared.borrow_mut())
        };
        let records = StreamOut::new(false, &mut emit);
        let mut nowhere = io::sink();
        let show = Show::Records(Box::new(records), &wanted);
        let mut screen = Screen::new(show, &mut nowhere, chosen, None, call_files);
        let mut session = Session::new(args, live, saver, pipeline, signals, log);
        let ended = session.run(&mut screen);
        let (summary, source) = session.finish(&mut screen);
        if let Show::Records(records, _) = screen.show {
            records.finish(&summary, std::slice::from_ref(&source))?;
        }
        let mut out = shared.borrow_mut();
        write_line(&Line::Source(&source), &mut *out)?;
        write_line(&Line::Counters(&counters(&summary)), &mut *out)?;
        session.say_counts(&source);
        return ended;
    }
    let wants_report = !args.no_summary && !start::saves_to_stdout(args);
    let collector = wants_report.then(|| Collector::new(Keep::WITH_MESSAGES, &mut store));
    let show = start::show(args, &style);
    let mut screen = Screen::new(show, &mut out, chosen, collector, call_files);
    let mut session = Session::new(args, live, saver, pipeline, signals, log);
    let ended = session.run(&mut screen);
    let (summary, source) = session.finish(&mut screen);
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
            saved_to: place,
        };
        summary::write(end, collected, store, &style, &mut out)
    };
    session.say_counts(&source);
    for notice in session.log.iter().flat_map(LogFile::notices) {
        say_error(&notice);
    }
    written.and(ended)
}

/// The output, and what turns it where it is a file.
fn open_output(args: &CaptureArgs) -> Result<(Box<dyn Write>, Option<LogFile>), Failure> {
    if let Some(path) = &args.output.file {
        let file = LogFile::create(path, args.append)
            .map_err(|e| Failure::Output(path.display().to_string(), e))?;
        return Ok((Box::new(file.clone()), Some(file)));
    }
    if start::saves_to_stdout(args) {
        // Packets go there.
        return Ok((Box::new(io::sink()), None));
    }
    // Lines are to be seen when they happen, on a terminal and in a pipe.
    let mut output = args.output.clone();
    output.line_buffered = true;
    Ok((output::open(&output)?, None))
}

fn write_line(line: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    ndjson::write_record(line, out)
}

fn line_of(record: &Record) -> Line<'_> {
    match record {
        Record::Message(r) => Line::Message(r),
        Record::Transaction(r) => Line::Transaction(r),
        Record::Dialog(r) => Line::Dialog(r),
        Record::Call(r) => Line::Call(r),
        Record::Registration(r) => Line::Registration(r),
        Record::Stream(r) => Line::Stream(r),
        Record::Finding(r) => Line::Finding(r),
    }
}

/// A capture that runs.
struct Session<'a> {
    args: &'a CaptureArgs,
    live: LiveCapture,
    saver: Option<Saver>,
    hold: Option<Hold>,
    pipeline: Option<Pipeline>,
    signals: Signals,
    /// The file of the output.
    log: Option<LogFile>,
    counts: Vec<InterfaceCounts>,
    started: Instant,
    kept_house: Instant,
    told_health: Instant,
    seen: Seen,
}

/// What went through so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    packets: u64,
    bytes: u64,
    truncated: u64,
    first: Option<CaptureTime>,
    last: Option<CaptureTime>,
}

impl Seen {
    fn note(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        self.bytes += packet.data.len() as u64;
        self.truncated += u64::from(packet.is_truncated());
        let time = packet.time;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }
}

impl<'a> Session<'a> {
    fn new(
        args: &'a CaptureArgs,
        live: LiveCapture,
        saver: Option<Saver>,
        pipeline: Pipeline,
        signals: Signals,
        log: Option<LogFile>,
    ) -> Session<'a> {
        let holds = args.only_voip || args.each_call.is_some();
        let begun = Instant::now();
        Session {
            args,
            live,
            saver,
            hold: holds.then(|| Hold::new(!args.only_voip)),
            pipeline: Some(pipeline),
            signals,
            log,
            counts: Vec::new(),
            started: begun,
            kept_house: begun,
            told_health: begun,
            seen: Seen::default(),
        }
    }

    fn run(&mut self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        self.counts = self.live.counts();
        loop {
            if self.signals.stop() || self.is_full() {
                return Ok(());
            }
            if self.signals.take_hang_up() && !self.hang_up()? {
                return Ok(());
            }
            self.poll(screen)?;
            if let Some(error) = screen.take_error() {
                return Err(error.into());
            }
            if self.kept_house.elapsed() >= HOUSEKEEPING {
                self.keep_house(screen)?;
            }
        }
    }

    fn poll(&mut self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let Session {
            live,
            saver,
            hold,
            pipeline: Some(pipeline),
            counts,
            seen,
            args,
            ..
        } = self
        else {
            return Ok(());
        };
        let most = start::most_packets(args);
        let most_files = args.autostop.iter().find_map(|c| match c {
            Condition::Files(n) => Some(*n),
            _ => None,
        });
        let mut failed = None;
        let any = live
            .poll(PATIENCE, &mut |interface, packet| {
                let mut step = Step {
                    saver,
                    hold,
                    counts,
                };
                seen.note(packet);
                if let Err(error) = step.packet(interface, packet, pipeline, screen) {
                    failed = Some(error);
                }
                let is_last_file = |n| saver.as_ref().is_some_and(|s| s.is_at_its_end(n));
                if failed.is_some() || seen.packets >= most || most_files.is_some_and(is_last_file)
                {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })
            .map_err(start::live_failure)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        if !any {
            pipeline.advance(now() - LATENESS, screen);
        }
        Ok(())
    }

    /// Once a second: what is gathered is written, counts are read, what happened is said.
    fn keep_house(&mut self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        self.kept_house = Instant::now();
        let before = lost(&self.counts);
        self.counts = self.live.counts();
        let dropped = lost(&self.counts) - before;
        if dropped > 0 {
            self.say(&format!(
                "the kernel dropped {dropped} packets: a larger buffer (-B) or a narrower filter helps"
            ));
        }
        for notice in self.live.notices() {
            self.say(&notice);
        }
        let time = now();
        let Session {
            saver,
            hold,
            counts,
            ..
        } = self;
        Step {
            saver,
            hold,
            counts,
        }
        .release(time, screen)?;
        if let Some(saver) = &mut self.saver {
            saver.flush()?;
            for notice in saver.notices() {
                say_error(&notice);
            }
        }
        if let Some(files) = &mut screen.call_files {
            files.flush();
            for notice in files.notices() {
                say_error(&notice);
            }
        }
        for notice in self.log.iter().flat_map(LogFile::notices) {
            say_error(&notice);
        }
        screen.out.flush()?;
        if let Some(pipeline) = &self.pipeline {
            screen.tell_media(pipeline.media(), time);
            let every = self.args.stats_interval.map(Duration::from_secs);
            if every.is_some_and(|every| self.told_health.elapsed() >= every) {
                self.told_health = Instant::now();
                let health = health(&self.health(pipeline));
                let stamp = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
                let _ = writeln!(io::stderr(), "sipflow: {stamp} {health}");
            }
        }
        Ok(())
    }

    fn health(&self, pipeline: &Pipeline) -> Health {
        Health {
            packets: self.seen.packets,
            dropped: self.counts.iter().map(|c| c.dropped).sum(),
            dropped_by_interface: self.counts.iter().map(|c| c.dropped_by_interface).sum(),
            messages: pipeline.counters().sip_messages,
            open_call_ids: pipeline.open_call_ids() as u64,
            open_streams: pipeline.media().open_streams() as u64,
            saved_bytes: self.saver.as_ref().map_or(0, Saver::bytes),
            resident_bytes: resident_bytes(),
        }
    }

    /// SIGHUP: begins output files anew, for whoever rotates them. False where it means that the terminal
    /// is gone.
    fn hang_up(&mut self) -> Result<bool, Failure> {
        if output::on_terminal(&self.args.output) {
            return Ok(false);
        }
        if let Some(log) = &self.log {
            log.reopen();
        }
        let counts = self.live.counts();
        if let Some(saver) = &mut self.saver {
            saver.reopen(now(), &counts)?;
        }
        Ok(true)
    }

    /// True where one of the limits of `-a` and `-c` is reached.
    fn is_full(&self) -> bool {
        let stop = |condition: &Condition| match *condition {
            Condition::Duration(s) => self.started.elapsed() >= Duration::from_secs(s),
            // Counted with `-c`.
            Condition::Packets(_) => false,
            Condition::FileSize(kb) => self
                .saver
                .as_ref()
                .is_some_and(|s| s.file_bytes() >= kb.saturating_mul(1000)),
            Condition::Files(n) => self.saver.as_ref().is_some_and(|s| s.is_at_its_end(n)),
        };
        self.seen.packets >= start::most_packets(self.args) || self.args.autostop.iter().any(stop)
    }

    /// Hands on everything that waits, closes everything, writes everything.
    fn finish(&mut self, screen: &mut Screen<'_>) -> (Summary, crate::report::model::Source) {
        let Session {
            live,
            saver,
            hold,
            pipeline,
            counts,
            seen,
            args,
            ..
        } = self;
        let most = start::most_packets(args);
        let mut troubles: Vec<String> = Vec::new();
        if let Some(pipeline) = pipeline
            && seen.packets < most
        {
            live.finish(&mut |interface, packet| {
                seen.note(packet);
                let mut step = Step {
                    saver,
                    hold,
                    counts,
                };
                match step.packet(interface, packet, pipeline, screen) {
                    Ok(()) if seen.packets < most => ControlFlow::Continue(()),
                    Ok(()) | Err(_) => ControlFlow::Break(()),
                }
            });
        }
        *counts = live.counts();
        let mut step = Step {
            saver,
            hold,
            counts,
        };
        if let Err(error) = step.release(CaptureTime::MAX, screen) {
            troubles.push(error.to_string());
        }
        let time = seen.last.unwrap_or_else(now);
        if let Some(saver) = saver {
            // A closed pipe has ended the capture already.
            let _ = saver.finish(time, counts);
            troubles.extend(saver.notices());
        }
        let summary = pipeline
            .take()
            .unwrap_or_else(|| Pipeline::new(crate::pipeline::Options::default()))
            .finish(screen);
        if let Some(files) = &mut screen.call_files {
            files.flush();
            troubles.extend(files.notices());
            if files.made() > 0 {
                let text = match files.made() {
                    1 => "1 call has a file".to_owned(),
                    n => format!("{n} calls have a file each"),
                };
                troubles.push(text);
            }
        }
        for trouble in troubles {
            self.say(&trouble);
        }
        (summary, self.source())
    }

    fn source(&self) -> crate::report::model::Source {
        let interfaces = self.live.interfaces();
        let names: Vec<&str> = interfaces.iter().map(|i| i.name.as_str()).collect();
        let mut links: Vec<String> = Vec::new();
        for interface in &interfaces {
            let name = crate::source::link_type_name(interface.link).into_owned();
            if !links.contains(&name) {
                links.push(name);
            }
        }
        crate::report::model::Source {
            id: 1,
            path: names.join(","),
            format: CaptureFormat::Live,
            compression: Compression::None,
            link_types: links,
            packets: self.seen.packets,
            bytes: self.seen.bytes,
            first_time: self.seen.first.map(crate::report::model::Timestamp),
            last_time: self.seen.last.map(crate::report::model::Timestamp),
            truncated_packets: self.seen.truncated,
            dropped_packets: Some(lost(&self.counts)),
            damage: None,
            clock_offset_s: 0.0,
        }
    }

    /// The last line: what was captured, what was dropped, where it is.
    fn say_counts(&self, source: &crate::report::model::Source) {
        let place = self.saver.as_ref().map(Saver::place);
        self.say(&summary::counts_line(
            source,
            &self.counts,
            place.as_deref(),
        ));
    }

    fn say(&self, text: &str) {
        if !self.args.quiet {
            // Nothing can be done where standard error is closed.
            let _ = writeln!(io::stderr(), "sipflow: {text}");
        }
    }
}

/// What went wrong, said with `-q` too.
fn say_error(text: &str) {
    // Nothing can be done where standard error is closed.
    let _ = writeln!(io::stderr(), "sipflow: {text}");
}

/// Where one packet goes.
struct Step<'s> {
    saver: &'s mut Option<Saver>,
    hold: &'s mut Option<Hold>,
    counts: &'s [InterfaceCounts],
}

impl Step<'_> {
    fn packet(
        &mut self,
        interface: u32,
        packet: &Packet<'_>,
        pipeline: &mut Pipeline,
        screen: &mut Screen<'_>,
    ) -> io::Result<()> {
        pipeline.handle_packet(packet, screen);
        match (&mut *self.hold, pipeline.belonging()) {
            (Some(hold), Some(what)) => {
                hold.push(interface, packet, what);
                self.release(packet.time, screen)
            }
            _ => match self.saver {
                Some(saver) => saver.packet(
                    &SavedPacket {
                        interface,
                        time: packet.time,
                        data: packet.data,
                        wire_len: packet.wire_len,
                    },
                    self.counts,
                ),
                None => Ok(()),
            },
        }
    }

    /// Saves what need not wait any longer.
    fn release(&mut self, now: CaptureTime, screen: &mut Screen<'_>) -> io::Result<()> {
        let Some(hold) = &mut *self.hold else {
            return Ok(());
        };
        while let Some(held) = hold.pop(now) {
            if let Some(saver) = self.saver {
                saver.packet(&held.lend(), self.counts)?;
            }
            if let (Some(files), Some(call), true) =
                (&mut screen.call_files, held.call, held.is_voip())
            {
                files.packet(call, &held.lend());
            }
        }
        Ok(())
    }
}

fn lost(counts: &[InterfaceCounts]) -> u64 {
    counts
        .iter()
        .map(|c| c.dropped + c.dropped_by_interface)
        .sum()
}

/// As Linux tells it (proc(5)).
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
