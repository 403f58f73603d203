//! Reads captures through the pipeline and keeps what a command needs.

use super::failure::Failure;
use super::passwords::read_passwords;
use super::progress::Progress;
use super::said::say;
use crate::cli::{DiagnosticsArgs, InputArgs};
use crate::crypto::Passwords;
use crate::diagnosis::{ConformanceWatch, LimitHit};
use crate::explain::words::counted;
use crate::pipeline::{Limits, Options, PacketNote, Pipeline, Sink, Summary, Watched};
use crate::report::{
    Collected, Collector, KeepLimits, Store, TextStore, assemble, limits_of, model, source_of,
};
use crate::source::{Merged, SourceInfo};
use crate::types::{CaptureTime, Escaped, KindSet, MessageId};
use std::sync::Arc;

/// How many packets pass between two looks at the progress bar.
const PROGRESS_EVERY: u64 = 8192;

/// An analysed capture.
pub(super) struct Analysis {
    pub(super) collected: Collected,
    pub(super) summary: Summary,
    pub(super) sources: Vec<model::Source>,
    pub(super) store: Store,
    /// No warning was said.
    pub(super) quiet: bool,
}

/// Reads everything and keeps what `keep` says.
pub(super) fn analyse(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
) -> Result<Analysis, Failure> {
    analyse_noting(input, said, keep, None)
}

/// The same, and hands on a note of every packet where somebody wants it.
pub(super) fn analyse_noting(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
    note: Option<&mut dyn FnMut(&PacketNote<'_>)>,
) -> Result<Analysis, Failure> {
    let passwords = read_passwords(input)?;
    let mut store = Store::new(&input.files);
    let room = KeepLimits::of(keep).times(input.limits.into());
    let mut collector = Collector::with_limits(keep, room, &mut store);
    let mut deviations = Vec::new();
    let (summary, infos) = match note {
        None if input.lint => {
            let mut watch = ConformanceWatch::default();
            let mut watched = Watched {
                records: &mut collector,
                onlooker: &mut watch,
            };
            let read = read_with(input, said, false, &passwords, &mut watched)?;
            deviations = watch.into_deviations();
            read
        }
        None => read_with(input, said, false, &passwords, &mut collector)?,
        Some(mut note) => {
            let (records, onlooker) = (&mut collector, &mut note);
            let mut watched = Watched { records, onlooker };
            read_with(input, said, true, &passwords, &mut watched)?
        }
    };
    let sources = infos.iter().map(source_of).collect();
    let mut collected = collector.finish().map_err(Failure::Texts)?;
    collected.passwords = passwords;
    collected.deviations = deviations;
    say_limits(said, &limits_of(&collected, &summary));
    Ok(Analysis {
        collected,
        summary,
        sources,
        store,
        quiet: said.quiet,
    })
}

/// Sends every packet of the captures through a pipeline into `sink`.
pub(super) fn run(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    sink: &mut dyn Sink,
) -> Result<(Summary, Vec<model::Source>), Failure> {
    let (summary, infos) = read(input, said, false, sink)?;
    Ok((summary, infos.iter().map(source_of).collect()))
}

/// The same with notes of the packets if asked for, and all that is known of the captures.
pub(super) fn read(
    args: &InputArgs,
    said: &DiagnosticsArgs,
    notes: bool,
    sink: &mut dyn Sink,
) -> Result<(Summary, Vec<SourceInfo>), Failure> {
    read_with(args, said, notes, &read_passwords(args)?, sink)
}

/// The same with passwords that were read already.
pub(super) fn read_with(
    args: &InputArgs,
    said: &DiagnosticsArgs,
    notes: bool,
    passwords: &Arc<Passwords>,
    sink: &mut dyn Sink,
) -> Result<(Summary, Vec<SourceInfo>), Failure> {
    read_until((args, passwords), said, notes, sink, || false)
}

/// The same, no further than to where enough has been read.
pub(super) fn read_until(
    (args, passwords): (&InputArgs, &Arc<Passwords>),
    said: &DiagnosticsArgs,
    notes: bool,
    sink: &mut dyn Sink,
    is_enough: impl Fn() -> bool,
) -> Result<(Summary, Vec<SourceInfo>), Failure> {
    let mut input = Merged::open(&args.files)?;
    let mut pipeline = Pipeline::new(Options {
        keep_duplicates: args.keep_duplicates,
        leg_headers: args.leg_headers.clone(),
        limits: Limits::default().times(args.limits.into()),
        notes,
        hearing: args.hearing,
        extras: args.extras,
        passwords: Arc::clone(passwords),
        paths: input.infos().map(|info| info.path.clone()).collect(),
    });
    let progress = Progress::new(said.progress, input.progress().1);
    let mut until_look = PROGRESS_EVERY;
    while !is_enough() && input.advance() {
        pipeline.handle_packet(&input.packet(), sink);
        until_look -= 1;
        if until_look == 0 {
            progress.at(input.progress().0);
            until_look = PROGRESS_EVERY;
        }
    }
    progress.done();
    let summary = pipeline.finish(sink);
    let infos = input.infos().cloned().collect();
    if !said.quiet {
        for info in input.infos() {
            warn(info, said.verbose);
        }
    }
    Ok((summary, infos))
}

/// Says which limits were reached, where the output has no findings that do. What nothing is missing for is said only
/// to who asks for more.
pub(super) fn say_limits(said: &DiagnosticsArgs, hits: &[LimitHit]) {
    if said.quiet || said.has_findings {
        return;
    }
    for hit in hits.iter().filter(|h| !h.is_harmless || said.verbose > 0) {
        let times = counted(hit.times, "time", "times");
        let kind = if hit.is_harmless { "" } else { "warning: " };
        // Nothing can be done where standard error is closed.
        say(&format!(
            "{kind}a limit was reached: {} ({times}); {}",
            hit.what, hit.effect
        ));
    }
}

fn warn(info: &SourceInfo, verbose: u8) {
    if let Some(sentence) = info.damage_sentence() {
        say(&format!("warning: {sentence}"));
    }
    let most = if verbose > 0 { usize::MAX } else { 3 };
    for warning in info.warnings.iter().take(most) {
        let (path, warning) = (Escaped::of(&info.path), Escaped::of(warning));
        say(&format!("warning: {path}: {warning}"));
    }
}

impl Analysis {
    /// The report without messages. It takes the records: ask once.
    pub(super) fn report(&mut self) -> model::Report {
        assemble(&mut self.collected, &self.summary, self.sources.clone())
    }

    pub(super) fn first_time(&self) -> Option<CaptureTime> {
        self.summary.first_time
    }

    /// Reads the messages of the calls and registrations with these ids.
    pub(super) fn load_messages(
        &mut self,
        ids: impl Iterator<Item = u32>,
    ) -> Result<Vec<model::Message>, Failure> {
        let first = self.summary.first_time;
        let numbers = ids.filter_map(MessageId::new);
        self.collected
            .messages_of(numbers, &mut self.store, first)
            .map_err(Failure::Texts)
    }

    /// The same with their texts.
    pub(super) fn load_texts(
        &mut self,
        ids: impl Iterator<Item = u32>,
    ) -> Result<Vec<(model::Message, Vec<u8>)>, Failure> {
        let first = self.summary.first_time;
        let numbers = ids.filter_map(MessageId::new);
        self.collected
            .texts_of(numbers, &mut self.store, first)
            .map_err(Failure::Texts)
    }

    /// Collected records and the texts, borrowed apart.
    pub(super) fn parts(&mut self) -> (&Collected, &mut dyn TextStore) {
        (&self.collected, &mut self.store)
    }

    /// With `--strict`, a capture that could not be read to its end is a failure.
    pub(super) fn verdict(&self, input: &InputArgs) -> Result<(), Failure> {
        verdict(input, self.quiet, &self.sources)
    }
}

/// With `--strict`, a capture that could not be read to its end is a failure. Where no warning told of it,
/// the failure does.
pub(super) fn verdict(
    input: &InputArgs,
    quiet: bool,
    sources: &[model::Source],
) -> Result<(), Failure> {
    let damaged = |s: &&model::Source| s.damage.is_some();
    let Some(source) = sources.iter().find(damaged).filter(|_| input.strict) else {
        return Ok(());
    };
    let text = source.damage.as_ref().filter(|_| quiet).map(|damage| {
        let more = match sources.iter().filter(damaged).count() - 1 {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        format!(
            "{}{more}: could not be read to its end, which --strict makes a failure: packet #{}: {}",
            Escaped::of(&source.path),
            damage.frame,
            damage.reason
        )
    });
    Err(Failure::Damaged(text))
}
