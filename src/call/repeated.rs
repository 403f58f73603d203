//! What kind of message was sent again, and by whom.

use super::facts::{Arrival, Facts};
use super::responses::print_of_tag;
use super::timers::Timer;
use crate::types::{Endpoint, Method, StatusCode};

/// A message that was sent again.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// Its method, or that of the request it answers.
    pub method: Method,
    /// Its status, of a response.
    pub status: Option<StatusCode>,
    /// It names both ends of a dialog.
    pub in_dialog: bool,
    /// Who sends it again.
    pub from: Endpoint,
    /// Who is to get it.
    pub to: Endpoint,
    /// What tells its far end: of its To tag.
    pub to_tag: u32,
    /// Its CSeq number.
    pub cseq: u32,
    /// What sends it again; `None` of an ACK and of what only answers a copy.
    pub timer: Option<Timer>,
    /// What it waits for: the answer to a request, the ACK to a response.
    pub answered: Answered,
}

/// Whether what a repeated message waits for passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// Not in this capture.
    #[default]
    Never,
    /// After the message was sent again.
    Later,
    /// Before that already.
    Before,
}

/// What a transaction says of a copy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    pub(super) timer: Option<Timer>,
    /// What it waits for had passed.
    pub(super) is_over: bool,
}

impl Repeated {
    pub(super) fn of(facts: &Facts<'_>, arrival: &Arrival<'_>, waits: Waits) -> Repeated {
        Repeated {
            method: facts.method.clone(),
            status: facts.status,
            in_dialog: facts.to_tag.is_some(),
            from: arrival.flow.src,
            to: arrival.flow.dst,
            to_tag: print_of_tag(facts.to_tag.unwrap_or_default()),
            cseq: facts.cseq,
            timer: waits.timer,
            answered: match waits.is_over {
                true => Answered::Before,
                false => Answered::Never,
            },
        }
    }

    /// A message passed that may be what it waits for.
    pub(super) fn note(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let (src, dst) = (arrival.flow.src.addr, arrival.flow.dst.addr);
        let back = src == self.to.addr && dst == self.from.addr;
        let is_it = match self.status {
            None => back && facts.status.is_some() && facts.method == self.method,
            // The ACK of a 2xx may take another way.
            Some(_) => {
                facts.is_request
                    && facts.method == Method::Ack
                    && self.to_tag == print_of_tag(facts.to_tag.unwrap_or_default())
                    && (src == self.to.addr || dst == self.from.addr)
            }
        };
        if is_it && facts.cseq == self.cseq && self.answered == Answered::Never {
            self.answered = Answered::Later;
        }
    }

    /// An INVITE that begins a call.
    pub fn is_first_invite(&self) -> bool {
        self.method == Method::Invite && self.status.is_none() && !self.in_dialog
    }

    /// `BYE`, `re-INVITE`, `200 (INVITE)`.
    pub fn name(&self) -> String {
        let method = match self.method {
            Method::Invite if self.in_dialog && self.status.is_none() => "re-INVITE",
            _ => self.method.as_str(),
        };
        match self.status {
            Some(status) => format!("{} ({method})", status.get()),
            None => method.to_owned(),
        }
    }

    /// Where its repetition is defined.
    pub fn clause(&self) -> &'static str {
        let status = self.status.map(StatusCode::get);
        match (&self.method, status) {
            (Method::Invite, None) => "RFC 3261 §17.1.1.2",
            // Sent again for each copy of the 2xx.
            (Method::Ack, _) => "RFC 3261 §13.2.2.4",
            (_, None) => "RFC 3261 §17.1.2.2",
            (Method::Invite, Some(200..=299)) => "RFC 3261 §13.3.1.4",
            // A reliable one; others answer the repeated INVITE.
            (Method::Invite, _) => "RFC 3261 §17.2.1",
            (_, Some(_)) => "RFC 3261 §17.2.2",
        }
    }
}
