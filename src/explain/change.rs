//! What changed in a call or a registration that is going on, in words.

use super::Ink;
use super::names::{outcome_words, user_of};
use super::text::{Text, text};
use crate::call::{CallState, Outcome, RegisterOutcome};
use crate::report::WatchedCall;
use crate::report::model::Timestamp;
use crate::types::{Delta, Party, StatusClass};

/// Where a call stands since `time`: `rings after 2.1 s`; `reason` is the phrase of the response that
/// changed it.
pub(crate) fn of_call(time: Timestamp, c: &WatchedCall, reason: Option<&str>) -> (Text, Ink) {
    let since = |from: Timestamp| seconds(time.0 - from.0);
    match c.state {
        CallState::Calling => ("calling".into(), Ink::Plain),
        CallState::Ringing => (text!["rings after ", since(c.start)], Ink::Plain),
        CallState::EarlyMedia => (text!["early media after ", since(c.start)], Ink::Plain),
        CallState::Answered => (text!["answered after ", since(c.start)], Ink::Heading),
        CallState::Cancelled => ("cancelled by the caller".into(), Ink::Warning),
        CallState::Challenged => ("asked for the password".into(), Ink::Plain),
        CallState::Refused(status) if status.class() == StatusClass::Redirection => {
            let reason = reason.unwrap_or_default();
            (format!("redirected: {status} {reason}").into(), Ink::Plain)
        }
        CallState::Refused(status) => {
            let reason = reason.unwrap_or_default();
            (format!("{status} {reason}").into(), Ink::Error)
        }
        CallState::Ended(by) => {
            let who = match by {
                Party::Caller => user_of(&c.caller),
                Party::Callee => user_of(&c.callee),
            };
            let talked = c.answer.map(|at| text![", answered for ", since(at)]);
            (text!["ended by ", who, talked], Ink::Heading)
        }
    }
}

/// A call that was closed although no message had ended it.
pub(crate) fn of_closed_call(outcome: Outcome) -> (Text, Ink) {
    let (words, ink) = outcome_words(outcome);
    (text!["no end seen: ", words], ink)
}

/// An answer to a REGISTER, with its reason phrase.
pub(crate) fn of_registration(
    outcome: RegisterOutcome,
    status: Option<u16>,
    reason: Option<&str>,
) -> (Text, Ink) {
    match outcome {
        RegisterOutcome::Registered => ("registered".into(), Ink::Heading),
        RegisterOutcome::Listed => ("bindings listed".into(), Ink::Plain),
        RegisterOutcome::Unregistered => ("no longer registered".into(), Ink::Plain),
        RegisterOutcome::Challenged => ("asked for the password".into(), Ink::Plain),
        RegisterOutcome::Rejected | RegisterOutcome::NoResponse => {
            let status = status.map_or_else(String::new, |s| s.to_string());
            let reason = reason.unwrap_or_default();
            let refused = format!("registration refused: {status} {reason}");
            (refused.into(), Ink::Error)
        }
    }
}

fn seconds(d: Delta) -> String {
    format!("{:.1} s", d.as_secs_f64().max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_status_and_phrase_and_hides_nothing() {
        let refused = |reason| {
            let (words, ink) = of_registration(RegisterOutcome::Rejected, Some(403), Some(reason));
            (words.to_string(), ink)
        };
        assert_eq!(
            refused("Forb\u{1b}idden"),
            (
                "registration refused: 403 Forb\\x1bidden".into(),
                Ink::Error
            )
        );
    }
}
