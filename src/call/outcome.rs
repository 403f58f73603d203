//! How a call ended: one total function over what the caller's hop showed.

use super::authentication::Challenged;
use crate::types::{CaptureTime, Delta, StatusCode};

crate::types::vocabulary! {
    /// The outcome of a call (the tokens of the report).
    pub enum Outcome {
        /// Answered, and ended by BYE.
        Completed = "completed",
        /// Answered; no BYE before the capture's end.
        Answered = "answered",
        /// Still being set up when the capture ended.
        Ringing = "ringing",
        /// The caller gave up before an answer.
        Cancelled = "cancelled",
        /// The callee was busy.
        Busy = "busy",
        /// The callee refused.
        Declined = "declined",
        /// It rang, nobody answered.
        NoAnswer = "no_answer",
        /// No response, or a gateway's time-out.
        Timeout = "timeout",
        /// The callee cannot be reached for now (480).
        Unavailable = "unavailable",
        /// No such user or number.
        NotFound = "not_found",
        /// Sent elsewhere; no new attempt followed.
        Redirected = "redirected",
        /// Credentials missing or wrong.
        AuthFailed = "auth_failed",
        /// Refused by policy or for its media.
        Rejected = "rejected",
        /// Any other failure.
        Failed = "failed",
        /// The capture does not hold enough to tell.
        Incomplete = "incomplete",
    }
}

crate::types::vocabulary! {
    /// Who ended a call.
    pub enum EndedBy {
        /// The one who called.
        Caller = "caller",
        /// The one who was called.
        Callee = "callee",
        /// A proxy or B2BUA in between.
        Network = "network",
    }
}

/// What the last initial INVITE on the caller's hop showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// The INVITE itself was captured.
    pub(super) invite_seen: bool,
    /// Copies of it.
    pub(super) sends: u32,
    /// When the first copy was sent.
    pub(super) sent: Option<CaptureTime>,
    /// Any response at all.
    pub(super) any_response: bool,
    /// 180, 181, 182 or 183.
    pub(super) rang: bool,
    pub(super) final_status: Option<StatusCode>,
    /// It carried credentials.
    pub(super) credentials: bool,
    /// What the 401 or 407 to it says.
    pub(super) challenge: Option<Challenged>,
    /// Its answers went to another port, and it was sent again.
    pub(super) unheard: bool,
    pub(super) cancelled: bool,
    pub(super) bye: bool,
    /// A re-INVITE was answered, and not by saying that there is no such call.
    pub(super) was_up: bool,
    /// A 2xx was seen on any hop.
    pub(super) answered_elsewhere: bool,
    /// Q.850 cause of a Reason header (RFC 3326).
    pub(super) q850: Option<u32>,
    /// An ACK with a transaction of its own was seen: only a 2xx is acknowledged so.
    pub(super) acked_answer: bool,
    /// An ICMP error answered the INVITE.
    pub(super) unreachable: bool,
    /// Its TCP connection has a hole in the capture.
    pub(super) hole: bool,
    /// The CANCEL says that another phone answered.
    pub(super) taken_elsewhere: bool,
    /// Why the BYE, the CANCEL or the failure was sent, as its sender says.
    pub(super) stated: Option<Box<str>>,
}

const ANSWERED_ELSEWHERE: &str = "another phone answered";

/// How long after its last sign of life an unanswered call still counts as ringing.
const STILL_RINGING: Delta = Delta::from_secs(180);

/// The outcome, and a few words where they add something: what the rule rests on, and what the other side says.
pub(super) fn judge(
    e: &Evidence,
    last_sign: CaptureTime,
    end: CaptureTime,
) -> (Outcome, Option<String>) {
    let (outcome, why) = decide(e, last_sign, end);
    let Some(stated) = e.stated.as_deref() else {
        return (outcome, why);
    };
    // A cause that decided is told in full by who sent it.
    let why = why.filter(|w| !w.starts_with("Q.850"));
    let why = why.map_or(stated.to_owned(), |why| format!("{why}; {stated}"));
    (outcome, Some(why))
}

/// First matching rule.
fn decide(e: &Evidence, last_sign: CaptureTime, end: CaptureTime) -> (Outcome, Option<String>) {
    let plain = |o| (o, None);
    let because = |o, why: &str| (o, Some(why.to_owned()));
    let Some(status) = e.final_status else {
        return unanswered(e, last_sign, end);
    };
    let q850 = e.q850;
    match status.get() {
        200..=299 if e.bye => plain(Outcome::Completed),
        200..=299 => plain(Outcome::Answered),
        _ if e.taken_elsewhere => because(Outcome::Cancelled, ANSWERED_ELSEWHERE),
        _ if e.cancelled => plain(Outcome::Cancelled),
        487 if !e.cancelled => because(Outcome::Cancelled, "487 without a CANCEL in the capture"),
        486 | 600 => plain(Outcome::Busy),
        480 | 503 if q850 == Some(17) => because(Outcome::Busy, "Q.850 cause 17, user busy"),
        480 if q850 == Some(21) => because(Outcome::Declined, "Q.850 cause 21, call rejected"),
        603 | 607 | 608 => plain(Outcome::Declined),
        480 if matches!(q850, Some(18 | 19)) => {
            because(Outcome::NoAnswer, "Q.850 cause 18/19, no answer")
        }
        408 if e.rang => because(Outcome::NoAnswer, "it rang before the 408"),
        408 => because(Outcome::Timeout, "nothing rang before the 408"),
        504 => because(Outcome::Timeout, "a server gave up waiting (504)"),
        480 | 430 => plain(Outcome::Unavailable),
        401 | 407 => because(
            Outcome::AuthFailed,
            match e.challenge {
                _ if e.unheard => "the answers went to another port than the INVITE came from",
                Some(Challenged::Refused) => "credentials were sent and refused",
                Some(Challenged::Stale) => "the nonce was too old (stale=true)",
                Some(Challenged::Unproven) => "credentials were sent, and asked for again",
                Some(Challenged::Asked) | None => "no credentials follow in the capture",
            },
        ),
        415 | 488 | 606 => because(Outcome::Rejected, "media not acceptable"),
        403 | 406 | 416 | 493 => plain(Outcome::Rejected),
        404 | 410 | 484 | 485 | 604 => plain(Outcome::NotFound),
        300..=399 => plain(Outcome::Redirected),
        _ => plain(Outcome::Failed),
    }
}

/// Why nothing can be told of what is not there.
const HOLE: &str = "a part of its TCP stream is missing in the capture";

fn unanswered(e: &Evidence, last_sign: CaptureTime, end: CaptureTime) -> (Outcome, Option<String>) {
    let waited = e.sent.map_or(Delta::ZERO, |sent| end - sent);
    if e.bye && e.acked_answer {
        let why = "the answer is not in the capture, its ACK and the BYE are";
        return (Outcome::Completed, Some(why.to_owned()));
    }
    if e.acked_answer && !e.cancelled {
        let why = "the answer is not in the capture, its ACK is";
        return (Outcome::Answered, Some(why.to_owned()));
    }
    if e.bye && !e.invite_seen {
        return (Outcome::Completed, None);
    }
    if e.was_up && !e.invite_seen {
        let why = "the answer is not in the capture, a re-INVITE is";
        return (Outcome::Answered, Some(why.to_owned()));
    }
    if e.taken_elsewhere {
        (Outcome::Cancelled, Some(ANSWERED_ELSEWHERE.to_owned()))
    } else if e.cancelled {
        (
            Outcome::Cancelled,
            Some("no final response in the capture".to_owned()),
        )
    } else if e.unreachable && !e.any_response {
        (
            Outcome::Timeout,
            Some("ICMP says the destination is unreachable".to_owned()),
        )
    } else if e.hole {
        (Outcome::Incomplete, Some(HOLE.to_owned()))
    } else if e.invite_seen && !e.any_response && (e.sends >= 6 || waited >= Delta::from_secs(32)) {
        (Outcome::Timeout, Some("no response at all".to_owned()))
    } else if e.invite_seen && e.rang && end - last_sign <= STILL_RINGING {
        (Outcome::Ringing, None)
    } else if !e.invite_seen {
        (
            Outcome::Incomplete,
            Some("the capture starts after the INVITE".to_owned()),
        )
    } else if e.answered_elsewhere {
        (
            Outcome::Incomplete,
            Some("answered on another hop, not towards the caller".to_owned()),
        )
    } else {
        (
            Outcome::Incomplete,
            Some("the capture holds no final response".to_owned()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> CaptureTime {
        CaptureTime::from_secs_nanos(s, 0)
    }

    /// `INVITE 180 486`-like rows: digits are responses, `CANCEL`, `BYE`, `auth`, `q850=N` are facts.
    fn judged(row: &str) -> &'static str {
        let mut e = Evidence {
            invite_seen: true,
            sends: 1,
            sent: Some(at(0)),
            ..Evidence::default()
        };
        for word in row.split_whitespace() {
            match word {
                "CANCEL" => e.cancelled = true,
                "BYE" => e.bye = true,
                "late" => e.invite_seen = false,
                "re-INVITE" => e.was_up = true,
                "auth" => e.credentials = true,
                "x7" => e.sends = 7,
                w if w.starts_with("q850=") => e.q850 = w[5..].parse().ok(),
                w => {
                    let s = StatusCode::new(w.parse().unwrap()).unwrap();
                    e.any_response = true;
                    e.rang |= (180..=183).contains(&s.get());
                    e.final_status = s.is_final().then_some(s);
                }
            }
        }
        judge(&e, at(20), at(25)).0.as_str()
    }

    #[test]
    fn each_row_of_the_outcome_table_holds() {
        for (row, outcome) in [
            ("100 180 200 BYE", "completed"),
            ("180 200", "answered"),
            ("180", "ringing"),
            ("100", "incomplete"),
            ("x7", "timeout"),
            ("180 CANCEL 487", "cancelled"),
            ("180 487", "cancelled"),
            ("180 CANCEL 408", "cancelled"),
            ("180 CANCEL", "cancelled"),
            ("CANCEL 200 BYE", "completed"),
            ("486", "busy"),
            ("600", "busy"),
            ("480 q850=17", "busy"),
            ("603", "declined"),
            ("480 q850=21", "declined"),
            ("180 408", "no_answer"),
            ("480 q850=19", "no_answer"),
            ("408", "timeout"),
            ("504", "timeout"),
            ("480", "unavailable"),
            ("407", "auth_failed"),
            ("auth 407", "auth_failed"),
            ("403", "rejected"),
            ("488", "rejected"),
            ("404", "not_found"),
            ("302", "redirected"),
            ("500", "failed"),
            ("late", "incomplete"),
            ("late re-INVITE", "answered"),
            ("late re-INVITE BYE", "completed"),
        ] {
            assert_eq!(judged(row), outcome, "{row}");
        }
    }
}
