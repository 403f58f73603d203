//! What a rule may look at.

use crate::call::{CallRecord, RegistrationRecord};
use crate::media::StreamRecord;
use crate::types::{CallNo, CaptureTime, Finding, FrameRef, MessageId};
use std::collections::HashMap;

/// A flaw of messages, counted over the capture.
#[derive(Clone, Debug)]
pub struct FlawSeen {
    /// Its code.
    pub code: &'static str,
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
    /// Tables that ran full: what, how often.
    pub limits_reached: Vec<(String, u64)>,
    /// Files that could not be read to their end: path and reason.
    pub damaged: Vec<(String, String)>,
    /// Packets that could not be decoded: reason and count.
    pub undecoded: Vec<(String, u64)>,
    /// SIP messages seen.
    pub sip_messages: u64,
}

/// Everything that is known when a capture is over.
pub struct Case<'a> {
    /// Calls in order.
    pub calls: &'a [CallRecord],
    /// Registrations in order.
    pub registrations: &'a [RegistrationRecord],
    /// Streams in order.
    pub streams: &'a [StreamRecord],
    /// Flaws of messages.
    pub flaws: &'a [FlawSeen],
    /// The capture.
    pub capture: CaptureFacts,
    /// The packet of a message.
    pub frame_of: &'a dyn Fn(MessageId) -> Option<FrameRef>,
}

/// One call and what belongs to it.
pub struct CallCase<'a> {
    /// The call.
    pub call: &'a CallRecord,
    /// Its streams.
    pub streams: Vec<&'a StreamRecord>,
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
                others_have_streams: calls_with_streams > usize::from(!streams.is_empty()),
                streams,
                case: self,
            }
        })
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
            out.push_str(&frame.frame.to_string());
        }
        if messages.len() > SHOWN {
            out.push_str(" …");
        }
        out
    }
}

impl CallCase<'_> {
    /// `bob`, or the whole URI where it has no user part.
    pub(super) fn name(&self, side: crate::types::Party) -> String {
        let identity = match side {
            crate::types::Party::Caller => &self.call.caller,
            crate::types::Party::Callee => &self.call.callee,
        };
        let short = crate::sip::Uri::parse(identity.uri.as_bytes()).short_text();
        if short.is_empty() {
            side.as_str().to_owned()
        } else {
            short
        }
    }

    /// Ties a finding to this call.
    pub(super) fn of_call(&self, mut finding: Finding, messages: &[Option<MessageId>]) -> Finding {
        finding.calls.push(self.call.no);
        finding.messages.extend(messages.iter().flatten());
        finding
    }
}
