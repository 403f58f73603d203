//! What is shown while a capture runs, and what is kept of it for the end.

use super::call_files::CallFiles;
use crate::app::select::fits;
use crate::call::{
    Beside, CallRecord, CallState, DialogRecord, RegistrationRecord, TransactionRecord,
};
use crate::cli::{SelectArgs, TextLayout};
use crate::media::{StreamRecord, Tracker};
use crate::pipeline::{SeenMessage, Sink};
use crate::render::Style;
use crate::render::live::{DirectionNow, LiveLines, user_of};
use crate::render::messages::{byline, single};
use crate::report::model::{Message, Timestamp};
use crate::report::{CallWatch, Collector, StreamOut, message_now};
use crate::types::{CallNo, CaptureTime, Delta, Party};
use regex::bytes::Regex;
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Write};

/// Between two lines about the media of calls that are going on.
const MEDIA_EVERY: Delta = Delta::from_secs(5);
/// With more calls at a time their media is not told line by line.
const MEDIA_OF_CALLS: usize = 10;
/// Messages kept for the report at the end.
const KEPT_MESSAGES: u64 = 50_000;
/// Calls, registrations and streams kept for it.
const KEPT_RECORDS: u64 = 10_000;
/// How long a file of a call that is over may still get packets.
const CALL_FILE_LINGERS: Delta = Delta::from_secs(100);

/// Which messages are printed.
pub(super) struct Chosen<'a> {
    pub(super) select: &'a SelectArgs,
    pub(super) pattern: Option<Regex>,
}

impl Chosen<'_> {
    fn fits(&self, m: &Message, raw: &[u8]) -> bool {
        fits(self.select, m) && self.pattern.as_ref().is_none_or(|p| p.is_match(raw))
    }
}

/// How the capture is shown.
pub(super) enum Show<'a> {
    /// Not at all.
    Nothing,
    /// Every chosen message.
    Messages {
        layout: TextLayout,
        lines: LiveLines,
        style: Style,
        /// Secrets in the texts are hidden.
        masked: bool,
    },
    /// Every step of a call.
    Calls {
        watch: CallWatch,
        lines: LiveLines,
        told: Option<CaptureTime>,
    },
    /// NDJSON. The flag says whether the message at hand is chosen.
    Records(Box<StreamOut<'a>>, &'a Cell<bool>),
}

/// How many calls and registrations came to which end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) calls: std::collections::BTreeMap<&'static str, u64>,
    pub(super) registrations: std::collections::BTreeMap<&'static str, u64>,
    pub(super) streams: u64,
    pub(super) lossy_streams: u64,
}

/// Takes what the pipeline hands on.
pub(super) struct Screen<'a> {
    pub(super) show: Show<'a>,
    pub(super) out: &'a mut dyn Write,
    pub(super) chosen: Chosen<'a>,
    pub(super) kept: Option<Collector<'a>>,
    pub(super) call_files: Option<CallFiles>,
    pub(super) tally: Tally,
    kept_messages: u64,
    kept_records: u64,
    first_time: Option<CaptureTime>,
    over: VecDeque<(CaptureTime, CallNo)>,
    now: CaptureTime,
    error: Option<io::Error>,
}

impl<'a> Screen<'a> {
    pub(super) fn new(
        show: Show<'a>,
        out: &'a mut dyn Write,
        chosen: Chosen<'a>,
        kept: Option<Collector<'a>>,
        call_files: Option<CallFiles>,
    ) -> Screen<'a> {
        Screen {
            show,
            out,
            chosen,
            kept,
            call_files,
            tally: Tally::default(),
            kept_messages: 0,
            kept_records: 0,
            first_time: None,
            over: VecDeque::new(),
            now: CaptureTime::MIN,
            error: None,
        }
    }

    /// The first error of the output since the last call.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        let of_records = match &mut self.show {
            Show::Records(records, _) => records.take_error(),
            _ => None,
        };
        self.error.take().or(of_records)
    }

    /// What is missing in the calls' files, in words.
    pub(super) fn missing(&self) -> Option<String> {
        self.call_files.as_ref().and_then(CallFiles::missing)
    }

    /// Tells how the media of calls is doing, every few seconds.
    pub(super) fn tell_media(&mut self, media: &Tracker, now: CaptureTime) {
        let Show::Calls { watch, lines, told } = &mut self.show else {
            return;
        };
        if told.is_some_and(|at| now - at < MEDIA_EVERY) {
            return;
        }
        *told = Some(now);
        let mut talking: Vec<_> = watch
            .open()
            .filter(|c| matches!(c.state, CallState::Answered | CallState::EarlyMedia))
            .collect();
        if talking.is_empty() || talking.len() > MEDIA_OF_CALLS {
            return;
        }
        talking.sort_unstable_by_key(|c| c.call);
        let open: Vec<_> = media.open_streams_of_calls().collect();
        for call in talking {
            let directions: Vec<DirectionNow> = open
                .iter()
                .filter(|s| s.call == call.call && now - s.last < MEDIA_EVERY)
                .map(|s| DirectionNow {
                    from: match s.from {
                        Some(Party::Caller) => user_of(&call.caller),
                        Some(Party::Callee) => user_of(&call.callee),
                        None => s.flow.src.to_string(),
                    },
                    packets: s.packets,
                    lost: s.lost,
                    expected: s.expected,
                    jitter_ms: s.jitter_ms,
                })
                .collect();
            let told = lines.media(Timestamp(now), call, &directions, &mut self.out);
            if let Err(error) = told {
                self.error.get_or_insert(error);
            }
        }
    }

    fn show_message(&mut self, seen: &SeenMessage<'_>) -> io::Result<()> {
        let m = match &self.show {
            Show::Nothing => return Ok(()),
            Show::Messages { .. } | Show::Calls { .. } | Show::Records(..) => {
                message_now(seen, self.first_time)
            }
        };
        let raw = seen.message.raw;
        match &mut self.show {
            Show::Nothing => Ok(()),
            Show::Records(records, wanted) => {
                wanted.set(self.chosen.fits(&m, raw));
                records.message(seen);
                Ok(())
            }
            Show::Calls { watch, lines, .. } => {
                lines.saw(m.time);
                match watch.message(&seen.placement, &m) {
                    Some(change) if self.chosen.fits(&m, raw) => {
                        lines.change(m.time, &change, &mut self.out)
                    }
                    _ => Ok(()),
                }
            }
            Show::Messages {
                layout,
                lines,
                style,
                masked,
            } => {
                if self.chosen.fits(&m, raw) {
                    let mut text = std::borrow::Cow::Borrowed(raw);
                    if *masked && *layout != TextLayout::Line {
                        crate::sip::secrets::mask(text.to_mut());
                    }
                    match layout {
                        TextLayout::Line => lines.message(&m, &mut self.out)?,
                        TextLayout::Byline => byline(&m, &text, style, &mut self.out)?,
                        TextLayout::None => single(&m, &text, style, &mut self.out)?,
                    }
                }
                lines.saw(m.time);
                Ok(())
            }
        }
    }

    /// Stops keeping what a report would need once that is too much; counts go on.
    fn keep(&mut self, messages: u64, records: u64) -> Option<&mut Collector<'a>> {
        self.kept_messages += messages;
        self.kept_records += records;
        let too_much = self.kept_messages > KEPT_MESSAGES || self.kept_records > KEPT_RECORDS;
        if too_much && let Some(kept) = self.kept.take() {
            kept.give_up();
        }
        self.kept.as_mut()
    }
}

impl Sink for Screen<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        if let Err(error) = self.show_message(seen) {
            self.error.get_or_insert(error);
        }
        if let (Some(files), Some(call)) = (&mut self.call_files, seen.placement.call) {
            let id = seen.message.call_id().map(String::from_utf8_lossy);
            files.name(call, id.as_deref());
        }
        if let Some(kept) = self.keep(1, 0) {
            kept.message(seen);
        }
    }

    fn transaction(&mut self, record: TransactionRecord) {
        if let Show::Records(records, _) = &mut self.show {
            records.transaction(record);
        }
    }

    fn dialog(&mut self, record: DialogRecord) {
        if let Show::Records(records, _) = &mut self.show {
            records.dialog(record);
        }
    }

    fn call(&mut self, record: CallRecord) {
        *self.tally.calls.entry(record.outcome.as_str()).or_default() += 1;
        if self.call_files.is_some() {
            self.over.push_back((self.now, record.no));
        }
        match &mut self.show {
            Show::Records(records, _) => {
                records.call(record);
                return;
            }
            Show::Calls { watch, lines, .. } => {
                if let Some(change) = watch.closed(&record) {
                    let time = Timestamp(self.now);
                    if let Err(error) = lines.change(time, &change, &mut self.out) {
                        self.error.get_or_insert(error);
                    }
                }
            }
            Show::Nothing | Show::Messages { .. } => {}
        }
        if let Some(kept) = self.keep(0, 1) {
            kept.call(record);
        }
    }

    fn registration(&mut self, record: RegistrationRecord) {
        if let Some(last) = record.attempts.last() {
            let outcome = last.outcome.as_str();
            *self.tally.registrations.entry(outcome).or_default() += 1;
        }
        if let Show::Records(records, _) = &mut self.show {
            records.registration(record);
        } else if let Some(kept) = self.keep(0, 1) {
            kept.registration(record);
        }
    }

    fn stream(&mut self, record: StreamRecord) {
        self.tally.streams += 1;
        self.tally.lossy_streams += u64::from(record.figures.lost > 0);
        if let Show::Records(records, _) = &mut self.show {
            records.stream(record);
        } else if let Some(kept) = self.keep(0, 1) {
            kept.stream(record);
        }
    }

    fn beside(&mut self, seen: Beside) {
        if let Show::Records(records, _) = &mut self.show {
            records.beside(seen);
        } else if let Some(kept) = self.keep(0, 1) {
            kept.beside(seen);
        }
    }

    fn due(&mut self, now: CaptureTime) {
        if let Show::Records(records, _) = &mut self.show {
            records.due(now);
        }
    }

    fn time(&mut self, now: CaptureTime) {
        self.now = now;
        self.first_time.get_or_insert(now);
        if let Show::Records(records, _) = &mut self.show {
            records.time(now);
        }
        let Some(files) = &mut self.call_files else {
            return;
        };
        while let Some((closed, call)) = self.over.front().copied() {
            if now - closed < CALL_FILE_LINGERS {
                break;
            }
            files.close(call);
            self.over.pop_front();
        }
    }
}
