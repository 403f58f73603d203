//! A capture that runs: packets to their places, housekeeping, the end.

use super::hold::Hold;
use super::log_file::LogFile;
use super::saver::Saver;
use super::screen::Screen;
use super::signals::Signals;
use super::{start, summary};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::said::say;
use crate::cli::{CaptureArgs, Condition};
use crate::explain::words::counted;
use crate::pipeline::{PacketNote, Pipeline, Summary, Watched};
use crate::render::live::{Health, health};
use crate::source::live::{LiveCapture, now};
use crate::source::save::{InterfaceCounts, SavedPacket};
use crate::source::{CaptureFormat, Compression};
use crate::types::{CaptureTime, Delta, Packet};
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The longest wait for packets: signals and time-outs are looked at in between.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two looks at the interfaces' counts and two writes of what is gathered.
const HOUSEKEEPING: Duration = Duration::from_secs(1);
/// Packets may reach us this late; time does not move on before. More than they wait for each other.
const LATENESS: Delta = Delta::from_secs(2);

/// A capture that runs.
pub(super) struct Session<'a> {
    args: &'a CaptureArgs,
    live: LiveCapture,
    pub(super) saver: Option<Saver>,
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
    pub(super) fn new(
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

    pub(super) fn run(&mut self, screen: &mut Screen<'_>) -> Result<(), Failure> {
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
            let dropped = counted(dropped, "packet", "packets");
            self.say(&format!(
                "the kernel dropped {dropped}: a larger buffer (-B) or a narrower filter helps"
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
                say(&notice);
            }
        }
        if let Some(files) = &mut screen.call_files {
            files.flush();
            for notice in files.notices() {
                say(&notice);
            }
        }
        for notice in self.log.iter().flat_map(LogFile::notices) {
            say(&notice);
        }
        screen.out.flush()?;
        if let Some(pipeline) = &self.pipeline {
            screen.tell_media(pipeline.media(), time);
            let every = self.args.stats_interval.map(Duration::from_secs);
            if every.is_some_and(|every| self.told_health.elapsed() >= every) {
                self.told_health = Instant::now();
                let health = health(&self.health(pipeline));
                let stamp = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
                say(&format!("{stamp} {health}"));
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
    pub(super) fn finish(
        &mut self,
        screen: &mut Screen<'_>,
    ) -> (Summary, crate::report::model::Source) {
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
        let mut calls_saved = None;
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
                calls_saved = Some(text);
            }
        }
        for trouble in troubles {
            say(&trouble);
        }
        if let Some(text) = calls_saved {
            self.say(&text);
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

    /// The last line: what was captured, what was dropped, where it is, and what of it is missing. Output that
    /// was lost is a failure, whatever else ended the capture.
    pub(super) fn end(
        &self,
        source: &crate::report::model::Source,
        of_calls: Option<String>,
        ended: Result<(), Failure>,
    ) -> Result<(), Failure> {
        let place = self.saver.as_ref().map(Saver::place);
        let of_saver = self.saver.as_ref().and_then(Saver::missing);
        self.say(&summary::counts_line(
            source,
            &self.counts,
            place.as_deref(),
            of_saver.as_deref(),
        ));
        for notice in self.log.iter().flat_map(LogFile::notices) {
            say(&notice);
        }
        let of_saver = of_saver
            .zip(place)
            .map(|(what, place)| format!("{place}: {what}"));
        let of_log = self.log.as_ref().and_then(LogFile::missing);
        let missing: Vec<String> = [of_saver, of_calls, of_log].into_iter().flatten().collect();
        match ended {
            Ok(()) | Err(Failure::ClosedPipe) if !missing.is_empty() => {
                Err(Failure::Lost(missing.join("; ")))
            }
            Err(failure) if !missing.is_empty() => {
                say(&missing.join("; "));
                Err(failure)
            }
            ended => ended,
        }
    }

    fn say(&self, text: &str) {
        if !self.args.quiet {
            say(text);
        }
    }
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
        if let Some(hold) = &mut *self.hold {
            let mut sink = Watched {
                records: screen,
                onlooker: &mut |note: &PacketNote<'_>| hold.push(interface, note),
            };
            pipeline.handle_packet(packet, &mut sink);
            return self.release(packet.time, screen);
        }
        pipeline.handle_packet(packet, screen);
        match self.saver {
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
