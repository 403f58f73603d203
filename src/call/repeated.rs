//! What kind of message was sent again, and by whom.

use super::facts::{Arrival, Facts};
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
}

impl Repeated {
    pub(super) fn of(facts: &Facts<'_>, arrival: &Arrival<'_>) -> Repeated {
        Repeated {
            method: facts.method.clone(),
            status: facts.status,
            in_dialog: facts.to_tag.is_some(),
            from: arrival.flow.src,
            to: arrival.flow.dst,
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
