//! What became of a request within a call and what followed it, for the rules about such requests.

use crate::call::InDialogRequest;
use crate::diagnosis::case::CallCase;
use crate::sip::status;
use crate::types::{CaptureTime, Delta, Method, Party};

/// A BYE that comes this soon after a refusal follows from it, and RTP this soon after a BYE was on its way.
const SOON: Delta = Delta::from_secs(5);

impl CallCase<'_> {
    /// The sender's BYE after that request: it waits no longer.
    fn own_bye_after(&self, request: &InDialogRequest) -> Option<&InDialogRequest> {
        let mut later = self.later_than(request);
        later.find(|r| r.method == Method::Bye && r.side == request.side)
    }

    fn later_than(&self, request: &InDialogRequest) -> impl Iterator<Item = &InDialogRequest> {
        let (time, message, dialog) = (request.time, request.message, request.dialog);
        let all = self.call.requests.iter();
        all.filter(move |r| r.dialog == dialog && r.message != message && r.time >= time)
    }

    /// No response to it is in the capture, and would be, were there one: its sender waited long enough, and what the
    /// other side sends does pass the capture point.
    pub(super) fn has_no_answer(&self, request: &InDialogRequest) -> bool {
        let answers = |r: &InDialogRequest| r.side == request.side && r.status.is_some();
        let is_heard = match request.side {
            Party::Caller => self.call.answer.is_some(),
            Party::Callee => self.call.invite_seen && self.call.evidence.acked,
        };
        if !is_heard && !self.call.requests.iter().any(answers) {
            return false;
        }
        match self.own_bye_after(request) {
            Some(bye) => request.is_given_up(bye.time),
            None => {
                let end = self.case.capture.last_time;
                let until = self.goes_on_after(request).map(|d| request.time + d);
                let is_lost = until.is_some_and(|until| request.is_given_up(until));
                is_lost || end.is_some_and(|end| request.is_unanswered(end))
            }
        }
    }

    /// How long the RTP of the other side goes on after a BYE, where that is longer than an answer takes.
    pub(super) fn goes_on_after(&self, request: &InDialogRequest) -> Option<Delta> {
        let streams = self.streams.iter();
        let others = streams.filter(|s| s.from == Some(request.side.other()));
        let longest = others.map(|s| s.last_time - request.time).max()?;
        (request.method == Method::Bye && longest >= SOON).then_some(longest)
    }

    /// The same side changed or refreshed the session with success after that.
    pub(super) fn was_retried_well(&self, request: &InDialogRequest) -> bool {
        self.later_than(request)
            .any(|r| r.side == request.side && r.is_change() && r.is_successful())
    }

    /// `488 Not Acceptable Here (#12)`, or `no answer`.
    pub(super) fn response_text(&self, request: &InDialogRequest) -> String {
        let Some(status) = request.status else {
            return "no answer".to_owned();
        };
        let phrase = status::phrase(status).unwrap_or_default();
        let frame = self.case.frames(request.answer.as_slice());
        format!("{} ({frame})", format!("{status} {phrase}").trim_end())
    }

    /// `#12`, or `#12, sent 7 times`.
    pub(super) fn sent_text(&self, request: &InDialogRequest) -> String {
        let frame = self.case.frames(&[request.message]);
        match request.sends {
            0 | 1 => frame,
            n => format!("{frame}, sent {n} times"),
        }
    }

    /// `bob hangs up 0.5 s later (BYE #235)`, or that the call goes on.
    pub(super) fn what_followed(&self, request: &InDialogRequest) -> String {
        let since = request.answered.unwrap_or(request.time);
        let mut byes = self.later_than(request);
        let bye = byes.find(|r| r.method == Method::Bye);
        let soon = |b: &&InDialogRequest| request.status.is_none() || b.time - since <= SOON;
        match bye.filter(soon) {
            Some(bye) => {
                let frame = self.case.frames(&[bye.message]);
                let who = self.name(bye.side);
                format!(
                    "{who} hangs up {} later (BYE {frame})",
                    seconds(bye.time - since)
                )
            }
            None => "the call goes on".to_owned(),
        }
    }

    /// The BYE that ended the call, and when.
    pub(super) fn bye(&self) -> Option<(&InDialogRequest, CaptureTime)> {
        let id = self.call.evidence.bye?;
        let bye = self.call.requests.iter().find(|r| r.message == id)?;
        Some((bye, self.call.end.unwrap_or(bye.time)))
    }
}

/// `0.5 s`, `900 s`.
pub(super) fn seconds(d: Delta) -> String {
    let s = d.as_secs_f64();
    match (s - s.round()).abs() < 0.05 {
        true => format!("{s:.0} s"),
        false => format!("{s:.1} s"),
    }
}
