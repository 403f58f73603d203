//! Records as they become final, for NDJSON and live output: nothing is kept longer than it is open.

use super::collector::{MOST_LOOPS, MessageRecord, Text};
use super::message::{assemble_message, encapsulation, shell, warning};
use super::model;
use super::quality::rate_by;
use super::record::Record;
use super::{assemble, neighbours, other, requests, signalling, streams};
use crate::call::{
    Beside, CallRecord, DialogRecord, OtherPortSeen, RegistrationRecord, RequestLoop,
    RequestsRecord, TransactionRecord,
};
use crate::diagnosis::{CaptureFacts, Case, LimitHit, diagnose};
use crate::media::StreamRecord;
use crate::media::other::OtherRecord;
use crate::pipeline::{SeenMessage, Sink, Summary};
use crate::types::{
    CallNo, CaptureTime, Delta, Endpoint, FileNames, FrameNo, FrameRef, KindSet, MessageId,
    MosProfile, PackedFrame, RecordKind, RegistrationNo,
};
use std::collections::{HashMap, VecDeque};
use std::io;

/// How long a finished call waits for its streams to be finished too.
const CALL_WAITS_FOR_STREAMS: Delta = Delta::from_secs(90);

/// Places remembered where RTP went.
const MOST_HEARD: usize = 65_536;

/// Things beside RTP remembered of one call.
const MOST_OF_ONE: usize = 256;

/// Packets remembered of one call or registration, for findings to name; later ones stay unnamed.
const FRAMES_OF_ONE: usize = 10_000;

/// What is final only when the capture is over.
#[derive(Default)]
struct Outside {
    requests: Vec<RequestsRecord>,
    other_ports: Vec<OtherPortSeen>,
    loops: Vec<RequestLoop>,
}

/// A sink that hands records on.
pub struct StreamOut<'e> {
    emit: &'e mut dyn FnMut(Record<'_>) -> io::Result<()>,
    raw: bool,
    mask_secrets: bool,
    kinds: KindSet,
    files: FileNames,
    first_time: Option<CaptureTime>,
    now: CaptureTime,
    /// The latest time the capture is known to have come to.
    last: CaptureTime,
    waiting: neighbours::Waiting,
    /// How many of them, from the front on, say what they have to do with others.
    noted: usize,
    streams_of: HashMap<CallNo, Vec<StreamRecord>>,
    other_of: HashMap<CallNo, Vec<OtherRecord>>,
    /// Those beyond `MOST_OF_ONE`.
    other_left_out: u64,
    /// Where RTP of calls went of late, and when.
    heard: HashMap<Endpoint, (CaptureTime, CaptureTime)>,
    /// Calls seen and not released, for which their streams wait, with the packets of their messages.
    calls: HashMap<CallNo, Vec<(MessageId, PackedFrame)>>,
    /// The same of registrations.
    registrations: HashMap<RegistrationNo, Vec<(MessageId, PackedFrame)>>,
    beside: Outside,
    findings: u32,
    has_rtp: bool,
    /// Some released call had streams.
    calls_had_streams: bool,
    error: Option<io::Error>,
    profile: MosProfile,
}

impl<'e> StreamOut<'e> {
    /// Records go to `emit`; messages carry their bytes in base64 where `raw`.
    pub fn new(raw: bool, emit: &'e mut dyn FnMut(Record<'_>) -> io::Result<()>) -> Self {
        StreamOut {
            emit,
            raw,
            mask_secrets: false,
            kinds: KindSet::ALL,
            files: FileNames::default(),
            first_time: None,
            now: CaptureTime::MIN,
            last: CaptureTime::MIN,
            waiting: VecDeque::new(),
            noted: 0,
            streams_of: HashMap::new(),
            other_of: HashMap::new(),
            other_left_out: 0,
            heard: HashMap::new(),
            calls: HashMap::new(),
            registrations: HashMap::new(),
            beside: Outside::default(),
            findings: 0,
            has_rtp: false,
            calls_had_streams: false,
            error: None,
            profile: MosProfile::G107,
        }
    }

    /// Hands on these kinds of records alone.
    pub fn with_kinds(self, kinds: KindSet) -> Self {
        StreamOut { kinds, ..self }
    }

    /// Hides secrets in the bytes of messages.
    pub fn with_secrets_masked(self, mask_secrets: bool) -> Self {
        StreamOut {
            mask_secrets,
            ..self
        }
    }

    /// Streams are rated by this profile.
    pub fn with_profile(self, profile: MosProfile) -> Self {
        StreamOut { profile, ..self }
    }

    /// Frames in sentences have the names of these files.
    pub fn with_files(self, files: FileNames) -> Self {
        StreamOut { files, ..self }
    }

    /// Hands on what still waits, and the findings about the capture as a whole.
    pub fn finish(mut self, summary: &Summary, sources: &[model::Source]) -> io::Result<()> {
        self.release_calls(None);
        let mut orphans: Vec<StreamRecord> = std::mem::take(&mut self.streams_of)
            .into_values()
            .flatten()
            .collect();
        orphans.sort_unstable_by_key(|s| s.no);
        for s in orphans {
            self.put_stream(&s, None, Vec::new());
        }
        let mut facts = assemble::capture_facts(summary, sources);
        let (what, effect) = (assemble::BESIDE, assemble::UNLISTED);
        let unlisted = LimitHit::of(what, self.other_left_out, effect);
        facts.limits_reached.extend(unlisted);
        let beside = std::mem::take(&mut self.beside);
        let found = self.judge_all(&[], &[], &[], &beside, &[], facts);
        for record in beside.requests {
            let mut requests = requests::requests(record);
            let about = found.iter().filter(|f| f.requests.contains(&requests.id));
            requests.findings = about.map(|f| f.id).collect();
            self.put(Record::Requests(&requests));
        }
        self.error.map_or(Ok(()), Err)
    }

    /// Why the last record could not be handed on; after that none is, until this was called.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn put(&mut self, record: Record<'_>) {
        if self.kinds.has(record.kind())
            && self.error.is_none()
            && let Err(error) = (self.emit)(record)
        {
            self.error = Some(error);
        }
    }

    /// `answer`: when its call was answered, if ever; `None` where that is not known.
    fn put_stream(
        &mut self,
        s: &StreamRecord,
        answer: Option<Option<CaptureTime>>,
        findings: Vec<u32>,
    ) {
        let mut stream = streams::stream(s, answer);
        rate_by(&mut stream, self.profile);
        stream.findings = findings;
        self.put(Record::Stream(&stream));
    }

    /// Runs the rules and hands on what they find; gives the findings' numbers back.
    fn judge(
        &mut self,
        calls: &[CallRecord],
        registrations: &[RegistrationRecord],
        streams: &[StreamRecord],
        loops: Vec<RequestLoop>,
        frames: &[(MessageId, PackedFrame)],
        capture: CaptureFacts,
    ) -> Vec<model::Finding> {
        let own = Outside {
            loops,
            ..Outside::default()
        };
        self.judge_all(calls, registrations, streams, &own, frames, capture)
    }

    /// Takes what is told with the record it belongs to.
    fn loops_of(&mut self, is_own: impl Fn(&RequestLoop) -> bool) -> Vec<RequestLoop> {
        let loops = &mut self.beside.loops;
        loops.extract_if(.., |l| is_own(l)).collect()
    }

    fn judge_all(
        &mut self,
        calls: &[CallRecord],
        registrations: &[RegistrationRecord],
        streams: &[StreamRecord],
        outside: &Outside,
        frames: &[(MessageId, PackedFrame)],
        capture: CaptureFacts,
    ) -> Vec<model::Finding> {
        // Messages come in order of their numbers.
        let frame_of = |id: MessageId| {
            let at = frames.binary_search_by_key(&id, |(id, _)| *id).ok()?;
            frames.get(at).map(|(_, frame)| FrameRef::from(*frame))
        };
        let case = Case {
            calls,
            registrations,
            requests: &outside.requests,
            other_ports: &outside.other_ports,
            loops: &outside.loops,
            streams,
            flaws: &[],
            deviations: &[],
            others_have_streams: self.calls_had_streams || !self.streams_of.is_empty(),
            capture,
            files: &self.files,
            frame_of: &frame_of,
            is_heard: &|place, from, until| {
                let times = self.heard.get(&place);
                times.is_some_and(|(first, last)| *first <= until && from <= *last)
            },
        };
        let found = diagnose(&case);
        let mut out = Vec::new();
        for f in found {
            self.findings += 1;
            let finding = assemble::finding(self.findings, f);
            self.put(Record::Finding(&finding));
            out.push(finding);
        }
        out
    }

    fn note_frame(&mut self, seen: &SeenMessage<'_>) {
        let call = seen
            .placement
            .call
            .map(|no| self.calls.entry(no).or_default());
        let registration = seen.placement.registration;
        let registration = registration.map(|no| self.registrations.entry(no).or_default());
        for frames in [call, registration].into_iter().flatten() {
            if frames.len() < FRAMES_OF_ONE {
                frames.push((seen.id, seen.frame.into()));
            }
        }
    }

    fn note_heard(&mut self, stream: &StreamRecord) {
        if self.heard.len() >= MOST_HEARD {
            let now = self.now;
            let of_late = |last: CaptureTime| now - last < CALL_WAITS_FOR_STREAMS;
            self.heard.retain(|_, (_, last)| of_late(*last));
        }
        if self.heard.len() < MOST_HEARD {
            let times = (stream.first_time, stream.last_time);
            self.heard.insert(stream.flow.dst, times);
        }
    }

    fn facts(&self) -> CaptureFacts {
        CaptureFacts {
            has_rtp: self.has_rtp,
            last_time: Some(self.last),
            ..CaptureFacts::default()
        }
    }

    /// Hands on calls that have waited long enough; all of them where `now` is not given.
    fn release_calls(&mut self, now: Option<CaptureTime>) {
        while let Some(first) = self.waiting.front() {
            if now.is_some_and(|now| now - first.over < CALL_WAITS_FOR_STREAMS) {
                return;
            }
            if self.noted == 0 {
                self.noted = neighbours::note(&mut self.waiting, &self.streams_of);
            }
            self.noted = self.noted.saturating_sub(1);
            let Some(record) = self.waiting.pop_front() else {
                return;
            };
            let streams = self.streams_of.remove(&record.no).unwrap_or_default();
            let frames = self.calls.remove(&record.no).unwrap_or_default();
            let one = std::slice::from_ref(&record);
            let loops = self.loops_of(|l| l.call == Some(record.no));
            let found = self.judge(one, &[], &streams, loops, &frames, self.facts());
            self.calls_had_streams |= !streams.is_empty();
            let refs: Vec<&StreamRecord> = streams.iter().collect();
            let answer = assemble::talk_of(&record);
            let beside = self.other_of.remove(&record.no).unwrap_or_default();
            let mut call = signalling::call(record, &refs);
            call.other_media = other::rows(beside);
            call.findings = found
                .iter()
                .filter(|f| f.calls.contains(&call.id))
                .map(|f| f.id)
                .collect();
            self.put(Record::Call(&call));
            let mut about: HashMap<u32, Vec<u32>> = HashMap::new();
            for f in &found {
                for stream in &f.streams {
                    let ids = about.entry(*stream).or_default();
                    if ids.last() != Some(&f.id) {
                        ids.push(f.id);
                    }
                }
            }
            for s in &streams {
                let found = about.remove(&s.no.get()).unwrap_or_default();
                self.put_stream(s, answer, found);
            }
        }
    }
}

/// A message as the report has it, at the moment it is seen. `first_time`: that of the capture's first packet.
pub fn message_now(seen: &SeenMessage<'_>, first_time: Option<CaptureTime>) -> model::Message {
    let record = MessageRecord::of(seen, 0, 0, Text::Kept { at: 0, len: 0 });
    let frames: Vec<FrameNo> = seen.frames.iter().map(|f| f.frame).collect();
    let mut message = shell(&record, Some(seen.flow), &frames, first_time);
    message.encapsulation = encapsulation(seen.stack);
    assemble_message(&mut message, seen.message, seen.passwords);
    message
        .warnings
        .extend(seen.framing_flaws.iter().map(warning));
    message
}

impl Sink for StreamOut<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.first_time.get_or_insert(seen.time);
        self.last = self.last.max(seen.time);
        self.note_frame(seen);
        // What nobody asked for is not put into words.
        if !self.kinds.has(RecordKind::Message) {
            return;
        }
        let mut message = message_now(seen, self.first_time);
        if self.raw {
            use base64::Engine;
            let mut bytes = std::borrow::Cow::Borrowed(seen.message.raw);
            if self.mask_secrets {
                crate::sip::secrets::mask(bytes.to_mut());
            }
            message.raw_base64 = Some(base64::engine::general_purpose::STANDARD.encode(&*bytes));
        }
        self.put(Record::Message(&message));
    }

    fn transaction(&mut self, record: TransactionRecord) {
        self.put(Record::Transaction(&signalling::transaction(record)));
    }

    fn dialog(&mut self, record: DialogRecord) {
        self.put(Record::Dialog(&signalling::dialog(record)));
    }

    fn call(&mut self, record: CallRecord) {
        let after = |waits: &CallRecord| (waits.over, waits.no) <= (record.over, record.no);
        let at = self.waiting.partition_point(after).max(self.noted);
        self.waiting.insert(at, record);
    }

    fn registration(&mut self, record: RegistrationRecord) {
        let facts = self.facts();
        let frames = self.registrations.remove(&record.no).unwrap_or_default();
        let loops = self.loops_of(|l| l.registration == Some(record.no));
        let one = std::slice::from_ref(&record);
        let found = self.judge(&[], one, &[], loops, &frames, facts);
        let mut registration = signalling::registration(record);
        registration.findings = found.iter().map(|f| f.id).collect();
        self.put(Record::Registration(&registration));
    }

    fn beside(&mut self, seen: Beside) {
        match seen {
            // Its call is final already, or not at hand.
            Beside::Loose(_) => {}
            Beside::Requests(record) => self.beside.requests.push(record),
            Beside::OtherPort(seen) => self.beside.other_ports.push(seen),
            Beside::Loop(seen) if self.beside.loops.len() < MOST_LOOPS => {
                self.beside.loops.push(*seen)
            }
            Beside::Loop(_) => {}
        }
    }

    fn stream(&mut self, record: StreamRecord) {
        self.has_rtp = true;
        if record.call.is_some() {
            self.note_heard(&record);
        }
        match record.call {
            Some(call) if self.calls.contains_key(&call) => {
                self.streams_of.entry(call).or_default().push(record)
            }
            _ => {
                let facts = self.facts();
                let found = self.judge(
                    &[],
                    &[],
                    std::slice::from_ref(&record),
                    Vec::new(),
                    &[],
                    facts,
                );
                self.put_stream(&record, None, found.iter().map(|f| f.id).collect());
            }
        }
    }

    fn other_media(&mut self, record: OtherRecord) {
        // A call that is released already has nothing to add it to.
        if self.calls.contains_key(&record.call) {
            let of_call = self.other_of.entry(record.call).or_default();
            match of_call.len() < MOST_OF_ONE {
                true => of_call.push(record),
                false => self.other_left_out += 1,
            }
        }
    }

    fn due(&mut self, now: CaptureTime) {
        self.last = self.last.max(now);
    }

    fn time(&mut self, now: CaptureTime) {
        self.now = now;
        self.first_time.get_or_insert(now);
        self.release_calls(Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Options, Pipeline};
    use crate::report::limits_of;
    use crate::report::{Collector, KeepLimits, Store};

    #[test]
    fn what_a_call_has_beside_rtp_and_finds_no_room_is_told_as_a_limit() {
        let call = CallNo::after(0);
        let mut said = Vec::new();
        let mut emit = |record: Record<'_>| {
            if let Record::Finding(f) = record {
                said.push(format!("{}: {}", f.title, f.detail));
            }
            Ok(())
        };
        let mut out = StreamOut::new(false, &mut emit);
        out.calls.insert(call, Vec::new());
        for _ in 0..MOST_OF_ONE + 2 {
            out.other_media(OtherRecord::sample(call));
        }
        let summary = Pipeline::new(Options::default()).finish(&mut out);
        out.finish(&summary, &[]).unwrap();
        assert_eq!(
            said,
            [
                "a memory limit was reached: flows beside RTP listed with their calls: 2 times; the others are not listed"
            ]
        );

        let keep = KindSet::of(&[RecordKind::Call]);
        let mut store = Store::new(&[]);
        let none = KeepLimits::of(keep).times(0);
        let mut collector = Collector::with_limits(keep, none, &mut store);
        collector.other_media(OtherRecord::sample(call));
        let limits = limits_of(&collector.finish().unwrap(), &summary);
        let [limit] = &limits[..] else {
            panic!("one limit");
        };
        assert_eq!((&*limit.what, limit.times), (assemble::BESIDE, 1));
    }
}
