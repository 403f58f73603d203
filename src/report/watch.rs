//! Calls and registrations while they happen: what a person who watches needs of them, between the message that
//! begins a call and its record.
//!
//! The records of calls are final and come late; who watches wants to see ringing when it rings. Where a call
//! stands is decided in [`crate::call`] alone; here are the names and times to tell it with.

use super::model::{EndpointRef, Message, Timestamp};
use crate::call::{CallRecord, CallState, Moved, Outcome, Placement, RegisterOutcome};
use crate::types::CallNo;
use std::collections::HashMap;

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
}

/// A change worth a line.
#[derive(Clone, Debug)]
pub enum Change {
    /// A call's state changed.
    Call {
        /// The call as it is now.
        call: WatchedCall,
        /// The reason phrase of the response that changed it.
        reason: Option<String>,
    },
    /// A call was closed although no message had ended it: the record's outcome.
    Closed(WatchedCall, Outcome),
    /// An answer to a REGISTER.
    Registration {
        /// The To header's URI.
        aor: String,
        /// What became of the attempt.
        outcome: RegisterOutcome,
        /// Status and reason phrase.
        status: Option<u16>,
        /// Reason phrase.
        reason: Option<String>,
    },
}

/// Remembers calls that are going on.
#[derive(Debug, Default)]
pub struct CallWatch {
    calls: HashMap<CallNo, WatchedCall>,
}

impl CallWatch {
    /// Takes a message and where it belongs.
    pub fn message(&mut self, placement: &Placement, m: &Message) -> Option<Change> {
        let reason = || m.reason.clone();
        match placement.moved? {
            Moved::Call(state) => {
                let no = placement.call?;
                let call = self.calls.entry(no).or_insert_with(|| begin(no, m));
                let before = std::mem::replace(&mut call.state, state);
                if state == CallState::Answered {
                    call.answer.get_or_insert(m.time);
                }
                // A password asked for and given is part of calling; where none follows the record tells.
                let again = before == CallState::Challenged && state == CallState::Calling
                    || matches!(before, CallState::Ended(_));
                (state != CallState::Challenged && !again).then(|| Change::Call {
                    call: call.clone(),
                    reason: reason(),
                })
            }
            Moved::Registration(outcome) => Some(Change::Registration {
                aor: m.to.as_ref()?.uri.clone(),
                outcome,
                status: m.status,
                reason: reason(),
            }),
        }
    }

    /// The call's record is final: forgets it. A change where no message had ended it.
    pub fn closed(&mut self, record: &CallRecord) -> Option<Change> {
        let watched = self.calls.remove(&record.no)?;
        let open = !watched.state.is_over();
        open.then_some(Change::Closed(watched, record.outcome))
    }

    /// The calls that are going on.
    pub fn open(&self) -> impl Iterator<Item = &WatchedCall> {
        self.calls.values()
    }

    /// A call that is going on.
    #[cfg(test)]
    fn get(&self, call: CallNo) -> Option<&WatchedCall> {
        self.calls.get(&call)
    }
}

fn begin(call: CallNo, m: &Message) -> WatchedCall {
    let uri = |p: &Option<super::model::PartyRef>| p.as_ref().map(|p| p.uri.clone());
    let hop = match m.kind {
        super::model::MessageKind::Request => (m.src.clone(), m.dst.clone()),
        super::model::MessageKind::Response => (m.dst.clone(), m.src.clone()),
    };
    WatchedCall {
        call,
        caller: uri(&m.from).unwrap_or_default(),
        callee: uri(&m.to).unwrap_or_default(),
        hop,
        start: m.time,
        answer: None,
        state: CallState::Calling,
    }
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
            match self.watch.message(&seen.placement, &m) {
                Some(Change::Call { call, .. }) => {
                    self.said
                        .push(format!("{} {:?}", call.call.get(), call.state));
                }
                Some(Change::Registration { outcome, .. }) => self.said.push(outcome.to_string()),
                Some(Change::Closed(..)) | None => {}
            }
        }
        fn call(&mut self, record: CallRecord) {
            if let Some(Change::Closed(c, outcome)) = self.watch.closed(&record) {
                self.said
                    .push(format!("{} closed: {outcome}", c.call.get()));
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
                "challenged",
                "registered",
                "challenged",
                "registered",
                "1 Calling",
                "1 Ringing",
                "1 Answered",
                "1 Ended(Caller)"
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
        assert!(watched("busy").contains(&"2 Refused(StatusCode(486))".to_owned()));
        assert!(watched("cancelled").contains(&"1 Cancelled".to_owned()));
        assert_eq!(watched("no_bye").last().unwrap(), "1 closed: answered");
    }
}
