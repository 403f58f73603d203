//! What a rule may look at.

mod registration;

pub use registration::RegistrationCase;

use super::capture::LimitHit;
use super::conformance::Deviation;
use super::finding::Finding;
use super::rule::Rule;
use super::sound::Sound;
use crate::call::{CallRecord, OtherPortSeen, RegistrationRecord, RequestLoop, RequestsRecord};
use crate::media::StreamRecord;
use crate::sip::{Uri, status};
use crate::types::{
    CallNo, CaptureTime, Endpoint, FileNames, FlawCode, FrameRef, MessageId, Party, Severity,
};
use std::collections::HashMap;

/// A flaw of messages, counted over the capture.
#[derive(Clone, Debug)]
pub struct FlawSeen {
    /// Its code.
    pub code: FlawCode,
    /// The header concerned.
    pub header: Option<&'static str>,
    /// The words for its first occurrence.
    pub text: String,
    /// Where the rule is written down.
    pub source: Option<&'static str>,
    /// How many messages have it.
    pub count: u64,
    /// The first of them.
    pub messages: Vec<MessageId>,
}

/// Facts about the capture as a whole.
#[derive(Clone, Debug, Default)]
pub struct CaptureFacts {
    /// Packets cut by the snap length.
    pub truncated_packets: u64,
    /// Packets lost while capturing.
    pub dropped_packets: u64,
    /// Packets in all.
    pub packets: u64,
    /// Time of the last packet.
    pub last_time: Option<CaptureTime>,
    /// Any RTP at all.
    pub has_rtp: bool,
    /// Datagrams whose later fragments never came, and the first one's frame.
    pub fragments_missing: Option<(u64, FrameRef)>,
    /// IPv4 fragments that overlap earlier ones with other bytes.
    pub fragment_conflicts: u64,
    /// Tables that ran full.
    pub limits_reached: Vec<LimitHit>,
    /// Files that could not be read to their end: path and reason.
    pub damaged: Vec<(String, String)>,
}

/// Everything that is known when a capture is over.
pub struct Case<'a> {
    /// Calls in order.
    pub calls: &'a [CallRecord],
    /// Registrations in order.
    pub registrations: &'a [RegistrationRecord],
    /// Requests outside both.
    pub requests: &'a [RequestsRecord],
    /// Answers that go to another port than the requests come from.
    pub other_ports: &'a [OtherPortSeen],
    /// Requests outside calls that go round in a loop.
    pub loops: &'a [RequestLoop],
    /// Streams in order.
    pub streams: &'a [StreamRecord],
    /// Flaws of messages.
    pub flaws: &'a [FlawSeen],
    /// Departures of messages from the rules, where they were asked for.
    pub deviations: &'a [Deviation],
    /// Calls that are not among these have streams: records are judged one by one as they become final.
    pub others_have_streams: bool,
    /// The capture.
    pub capture: CaptureFacts,
    /// What frames of several files begin with.
    pub files: &'a FileNames,
    /// The packet of a message.
    pub frame_of: &'a dyn Fn(MessageId) -> Option<FrameRef>,
    /// RTP of some call went to this place in that time.
    pub is_heard: &'a dyn Fn(Endpoint, CaptureTime, CaptureTime) -> bool,
}

/// One call and what belongs to it.
pub struct CallCase<'a> {
    /// The call.
    pub call: &'a CallRecord,
    /// Its streams.
    pub streams: Vec<&'a StreamRecord>,
    /// Its sound, where it was answered and audio was agreed.
    pub sound: Option<Sound<'a>>,
    /// Some other call has streams.
    pub others_have_streams: bool,
    /// The rest.
    pub case: &'a Case<'a>,
}

impl<'a> Case<'a> {
    pub(super) fn call_cases(&'a self) -> impl Iterator<Item = CallCase<'a>> {
        let mut by_call: HashMap<CallNo, Vec<&'a StreamRecord>> = HashMap::new();
        for stream in self.streams {
            if let Some(call) = stream.call {
                by_call.entry(call).or_default().push(stream);
            }
        }
        let calls_with_streams = by_call.len();
        self.calls.iter().map(move |call| {
            let streams = by_call.remove(&call.no).unwrap_or_default();
            CallCase {
                call,
                sound: Sound::of(call, &streams),
                others_have_streams: self.others_have_streams
                    || calls_with_streams > usize::from(!streams.is_empty()),
                streams,
                case: self,
            }
        })
    }

    /// `#9`, of several files `p2:#9`.
    pub(super) fn frame(&self, at: FrameRef) -> String {
        self.files.frame(at.source.0.into(), at.frame.0)
    }

    /// `#9`, or `#9 #10`, of messages; at most eight.
    pub(super) fn frames(&self, messages: &[MessageId]) -> String {
        const SHOWN: usize = 8;
        let mut out = String::new();
        for frame in messages
            .iter()
            .take(SHOWN)
            .filter_map(|&m| (self.frame_of)(m))
        {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&self.frame(frame));
        }
        if messages.len() > SHOWN {
            out.push_str(" …");
        }
        out
    }
}

impl CallCase<'_> {
    /// `bob`, or the whole URI where it has no user part.
    pub(super) fn name(&self, side: Party) -> String {
        let identity = match side {
            Party::Caller => &self.call.caller,
            Party::Callee => &self.call.callee,
        };
        let ties = self.call.ties.as_deref().filter(|_| side == Party::Callee);
        let uri = ties.and_then(|t| t.answering_target());
        short_name(uri.unwrap_or(&identity.uri)).unwrap_or_else(|| side.as_str().to_owned())
    }

    /// `404 Not Found (#12)`.
    pub(super) fn answer_text(&self) -> String {
        let call = self.call;
        let Some(status) = call.final_status else {
            return "no final response".to_owned();
        };
        let reason = call.final_reason.as_deref().or(status::phrase(status));
        let mut text = format!("{status} {}", reason.unwrap_or(""))
            .trim_end()
            .to_owned();
        let frames = self.case.frames(call.evidence.final_response.as_slice());
        if !frames.is_empty() {
            text.push_str(&format!(" ({frames})"));
        }
        text
    }

    /// A finding about this call.
    pub(super) fn found(
        &self,
        rule: &'static Rule,
        severity: Severity,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Finding {
        rule.found(severity, title, detail).calls([self.call.no])
    }

    /// When a transfer took the talk elsewhere.
    pub(super) fn moved_on(&self) -> Option<CaptureTime> {
        self.call.ties.as_ref()?.moved_on()
    }
}

/// `bob` of `sip:bob@example.org`, or the host where there is no user.
pub(super) fn short_name(uri: &str) -> Option<String> {
    let short = Uri::parse(uri.as_bytes()).short_text();
    (!short.is_empty()).then_some(short)
}
