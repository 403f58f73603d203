//! Calls and registrations while they happen: a change whenever a message moves one on.
//!
//! The records of calls are final and come late; a person who watches wants to see ringing when it rings.
//! What is said here comes from single messages and never contradicts the record: what a message alone does
//! not decide (an inner branch's failure, a challenge) changes nothing.

use super::model::{EndpointRef, Message, MessageKind, Timestamp};
use crate::call::{CallRecord, Outcome};
use crate::types::CallNo;
use std::collections::HashMap;

/// How far a call has come.
#[derive(Clone, Debug, PartialEq)]
pub enum CallState {
    /// An INVITE was sent.
    Calling,
    /// 180, or 183 without media.
    Ringing,
    /// 183 with SDP: there may be sound before the answer (RFC 3960).
    EarlyMedia,
    /// A 2xx to the INVITE.
    Answered,
    /// The caller gave up.
    Cancelled,
    /// A final response of 300 and above on the caller's hop: status and reason phrase.
    Refused(u16, String),
    /// BYE; true where the caller sent it.
    Ended {
        /// Whether the caller sent it; `None` where that cannot be told.
        by_caller: Option<bool>,
    },
    /// It was closed without any of these: the record's outcome.
    Closed(Outcome),
}

impl CallState {
    /// True where nothing more is expected.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            CallState::Cancelled
                | CallState::Refused(..)
                | CallState::Ended { .. }
                | CallState::Closed(_)
        )
    }

    fn rank(&self) -> u8 {
        match self {
            CallState::Calling => 0,
            CallState::Ringing => 1,
            CallState::EarlyMedia => 2,
            CallState::Answered => 3,
            _ => 4,
        }
    }
}

/// What is known of a call that is going on.
#[derive(Clone, Debug)]
pub struct WatchedCall {
    /// Its number in the report.
    pub call: CallNo,
    /// From of its first message.
    pub caller: String,
    /// To of its first message.
    pub callee: String,
    /// Who sent the first INVITE, and to whom.
    pub hop: (EndpointRef, EndpointRef),
    /// Time of its first message.
    pub start: Timestamp,
    /// Time of the answer.
    pub answer: Option<Timestamp>,
    /// Now.
    pub state: CallState,
    from_tag: Option<String>,
}

/// A step worth a line.
#[derive(Clone, Debug)]
pub enum Change {
    /// A call's state changed.
    Call(WatchedCall),
    /// An answer to a REGISTER: who, what.
    Registration {
        /// The To header's URI.
        aor: String,
        /// What the registrar said.
        step: RegistrationStep,
    },
}

/// What a registrar answered.
#[derive(Clone, Debug, PartialEq)]
pub enum RegistrationStep {
    /// Bindings are in place.
    Registered,
    /// The answer names no binding.
    Unregistered,
    /// A password is asked for: 401 or 407.
    Challenged,
    /// Any other refusal: status and reason phrase.
    Refused(u16, String),
}

/// Follows calls by their messages.
#[derive(Debug, Default)]
pub struct CallWatch {
    calls: HashMap<CallNo, WatchedCall>,
}

impl CallWatch {
    /// Takes a message that is no copy of an earlier one.
    pub fn message(&mut self, call: Option<CallNo>, m: &Message) -> Option<Change> {
        if m.retransmission_of.is_some() || m.capture_duplicate_of.is_some() {
            return None;
        }
        match call {
            Some(call) => self.call_message(call, m).map(Change::Call),
            None => registration_step(m),
        }
    }

    /// The call's record is final: forgets it. A change where no message had ended it.
    pub fn closed(&mut self, record: &CallRecord) -> Option<WatchedCall> {
        let mut watched = self.calls.remove(&record.no)?;
        if watched.state.is_over() {
            return None;
        }
        watched.state = CallState::Closed(record.outcome);
        Some(watched)
    }

    /// The calls that are going on.
    pub fn open(&self) -> impl Iterator<Item = &WatchedCall> {
        self.calls.values()
    }

    /// A call that is going on.
    pub fn get(&self, call: CallNo) -> Option<&WatchedCall> {
        self.calls.get(&call)
    }

    fn call_message(&mut self, call: CallNo, m: &Message) -> Option<WatchedCall> {
        let is_new = !self.calls.contains_key(&call);
        if is_new && m.method.as_deref() != Some("INVITE") {
            return None;
        }
        let watched = self.calls.entry(call).or_insert_with(|| begin(call, m));
        let state = state_after(watched, m)?;
        let now = &watched.state;
        let moves_on = match &state {
            // After a challenge or a refusal the caller may begin anew.
            CallState::Calling => matches!(now, CallState::Refused(..)),
            // A call that is up ends with BYE, whatever a later INVITE or CANCEL of it came to.
            CallState::Cancelled | CallState::Refused(..) => {
                watched.answer.is_none() && !now.is_over()
            }
            CallState::Ended { .. } => !matches!(now, CallState::Ended { .. }),
            // One branch was given up, another answered.
            CallState::Answered => watched.answer.is_none(),
            forward => forward.rank() > now.rank(),
        };
        if !is_new && !moves_on {
            return None;
        }
        if state == CallState::Answered {
            watched.answer = Some(m.time);
        }
        watched.state = state;
        Some(watched.clone())
    }
}

fn begin(call: CallNo, m: &Message) -> WatchedCall {
    let uri = |p: &Option<super::model::PartyRef>| p.as_ref().map(|p| p.uri.clone());
    let hop = match m.kind {
        MessageKind::Request => (m.src.clone(), m.dst.clone()),
        MessageKind::Response => (m.dst.clone(), m.src.clone()),
    };
    WatchedCall {
        call,
        caller: uri(&m.from).unwrap_or_default(),
        callee: uri(&m.to).unwrap_or_default(),
        hop,
        start: m.time,
        answer: None,
        state: CallState::Calling,
        from_tag: m.from.as_ref().and_then(|p| p.tag.clone()),
    }
}

fn state_after(watched: &WatchedCall, m: &Message) -> Option<CallState> {
    let method = m.method.as_deref()?;
    let Some(status) = m.status else {
        return match method {
            "INVITE" => Some(CallState::Calling),
            // On other hops a proxy gives up branches that lost.
            "CANCEL" if m.src == watched.hop.0 => Some(CallState::Cancelled),
            "BYE" => Some(CallState::Ended {
                by_caller: by_caller(watched, m),
            }),
            _ => None,
        };
    };
    if method != "INVITE" {
        return None;
    }
    let on_callers_hop = m.dst == watched.hop.0;
    match status {
        180 => Some(CallState::Ringing),
        183 if m.sdp.is_some() => Some(CallState::EarlyMedia),
        181..=183 => Some(CallState::Ringing),
        200..=299 => Some(CallState::Answered),
        // Asked for a password: the caller will try again.
        401 | 407 => None,
        // What follows a CANCEL (RFC 3261 §9.2).
        487 if on_callers_hop => Some(CallState::Cancelled),
        300.. if on_callers_hop => Some(CallState::Refused(
            status,
            m.reason.clone().unwrap_or_default(),
        )),
        _ => None,
    }
}

/// A dialog's From tag is the caller's in what the caller sends (RFC 3261 §12.2.1.1).
fn by_caller(watched: &WatchedCall, m: &Message) -> Option<bool> {
    let tag = m.from.as_ref()?.tag.as_ref()?;
    Some(tag == watched.from_tag.as_ref()?)
}

fn registration_step(m: &Message) -> Option<Change> {
    let status = m.status.filter(|s| *s >= 200)?;
    if m.method.as_deref() != Some("REGISTER") {
        return None;
    }
    let step = match status {
        200..=299 if m.contacts.is_empty() => RegistrationStep::Unregistered,
        200..=299 => RegistrationStep::Registered,
        401 | 407 => RegistrationStep::Challenged,
        _ => RegistrationStep::Refused(status, m.reason.clone().unwrap_or_default()),
    };
    Some(Change::Registration {
        aor: m.to.as_ref()?.uri.clone(),
        step,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Options, Pipeline, SeenMessage, Sink};
    use crate::source::CaptureFile;
    use crate::types::SourceId;

    /// The states of the calls of a case, each with its call's number.
    #[derive(Default)]
    struct Watched {
        watch: CallWatch,
        said: Vec<String>,
    }

    impl Sink for Watched {
        fn message(&mut self, seen: &SeenMessage<'_>) {
            let m = super::super::message_now(seen, None);
            match self.watch.message(seen.placement.call, &m) {
                Some(Change::Call(c)) => self.said.push(format!("{} {:?}", c.call.get(), c.state)),
                Some(Change::Registration { step, .. }) => self.said.push(format!("{step:?}")),
                None => {}
            }
        }
        fn call(&mut self, record: CallRecord) {
            if let Some(c) = self.watch.closed(&record) {
                self.said.push(format!("{} {:?}", c.call.get(), c.state));
            }
            assert!(self.watch.get(record.no).is_none());
        }
    }

    fn watched(case: &str) -> Vec<String> {
        let path = format!(
            "{}/testdata/cases/{case}/capture.pcap",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut file = CaptureFile::open(&path, SourceId(0)).unwrap();
        let mut pipeline = Pipeline::new(Options::default());
        let mut sink = Watched::default();
        while file.advance() {
            pipeline.handle_packet(&file.packet(), &mut sink);
        }
        pipeline.finish(&mut sink);
        sink.said
    }

    #[test]
    fn a_call_over_a_proxy_is_told_once_and_not_once_a_hop() {
        assert_eq!(
            watched("proxy_call"),
            [
                "Challenged",
                "Registered",
                "Challenged",
                "Registered",
                "1 Calling",
                "1 Ringing",
                "1 Answered",
                "1 Ended { by_caller: Some(true) }"
            ]
        );
    }

    #[test]
    fn branches_that_a_proxy_gives_up_cancel_no_call() {
        let said = watched("forked");
        assert!(!said.iter().any(|s| s.contains("Cancelled")), "{said:?}");
        assert!(said.last().unwrap().contains("Ended"), "{said:?}");
    }

    #[test]
    fn failures_and_missing_ends_are_told() {
        assert!(watched("busy").contains(&"2 Refused(486, \"Rejected\")".to_owned()));
        assert!(watched("cancelled").contains(&"1 Cancelled".to_owned()));
        assert_eq!(watched("no_bye").last().unwrap(), "1 Closed(Answered)");
    }
}
