//! Where a call stands: one total function over what its messages do.

use super::registration::RegisterOutcome;
use crate::types::{Party, StatusCode};

/// Where a call stands, as the caller sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallState {
    /// An INVITE was sent; nobody has rung.
    #[default]
    Calling,
    /// A password was asked for (401, 407): the caller will try again or not.
    Challenged,
    /// 180 to 183 without media.
    Ringing,
    /// 183 with a session description: there may be sound before the answer (RFC 3960).
    EarlyMedia,
    /// A 2xx to the INVITE.
    Answered,
    /// The caller gave up.
    Cancelled,
    /// A final response of 300 and above that is no challenge.
    Refused(StatusCode),
    /// A BYE, and who sent it.
    Ended(Party),
}

/// What a message does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The caller asks, for the first time or anew.
    Invite,
    /// 180 to 183; with media where it carries a session description.
    Progress {
        /// 183 with a session description.
        with_media: bool,
    },
    /// A 2xx to the INVITE.
    Answer,
    /// Another final response to it.
    Refuse(StatusCode),
    /// The caller's CANCEL.
    Cancel,
    /// A BYE.
    Bye(Party),
    /// Credentials are asked of who sent it.
    ByeChallenged,
}

impl CallState {
    /// The state after `step`. A call that is up ends with BYE alone; one that came to nothing may begin anew; a
    /// 2xx that crosses a CANCEL wins (RFC 3261 §9.1).
    pub fn next(self, step: Step) -> CallState {
        use CallState::*;
        match (self, step) {
            (Ended(_), Step::ByeChallenged) => Answered,
            (Ended(_), _) | (_, Step::ByeChallenged) => self,
            (_, Step::Bye(by)) => Ended(by),
            (_, Step::Answer) => Answered,
            (Answered, _) => Answered,
            (_, Step::Invite) => Calling,
            (Cancelled, Step::Progress { .. } | Step::Refuse(_) | Step::Cancel) => Cancelled,
            (_, Step::Cancel) => Cancelled,
            // What follows a CANCEL (RFC 3261 §9.2), seen or not.
            (_, Step::Refuse(status)) if status.get() == 487 => Cancelled,
            (_, Step::Refuse(status)) if status.is_challenge() => Challenged,
            (_, Step::Refuse(status)) => Refused(status),
            // Late: the INVITE has its final response.
            (Refused(_) | Challenged, Step::Progress { .. }) => self,
            (EarlyMedia, Step::Progress { .. }) => EarlyMedia,
            (Calling | Ringing, Step::Progress { with_media: true }) => EarlyMedia,
            (Calling | Ringing, Step::Progress { with_media: false }) => Ringing,
        }
    }

    /// True where nothing more is expected.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            CallState::Cancelled | CallState::Refused(_) | CallState::Ended(_)
        )
    }
}

/// What a message moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Its call: where that stands now.
    Call(CallState),
    /// A registration: what became of the attempt.
    Registration(RegisterOutcome),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `INVITE 180 183s 200 CANCEL <BYE`: digits are responses, `s` a session description, `<` the callee's.
    fn after(row: &str) -> CallState {
        let mut state = CallState::default();
        for word in row.split_whitespace() {
            state = state.next(match word {
                "INVITE" => Step::Invite,
                "CANCEL" => Step::Cancel,
                "BYE" => Step::Bye(Party::Caller),
                "<BYE" => Step::Bye(Party::Callee),
                "BYE/407" => Step::ByeChallenged,
                "183s" => Step::Progress { with_media: true },
                digits => {
                    let status = StatusCode::new(digits.parse().unwrap()).unwrap();
                    match status.get() {
                        180..=199 => Step::Progress { with_media: false },
                        200..=299 => Step::Answer,
                        _ => Step::Refuse(status),
                    }
                }
            });
        }
        state
    }

    #[test]
    fn each_row_ends_where_a_telephone_engineer_expects_it() {
        use CallState::*;
        let refused = |n| Refused(StatusCode::new(n).unwrap());
        for (row, state) in [
            ("INVITE", Calling),
            ("INVITE 407", Challenged),
            ("INVITE 407 INVITE", Calling),
            ("INVITE 180", Ringing),
            ("INVITE 180 183s 180", EarlyMedia),
            ("INVITE 180 200", Answered),
            ("INVITE 200 BYE", Ended(Party::Caller)),
            ("INVITE 200 <BYE BYE", Ended(Party::Callee)),
            ("INVITE 200 BYE BYE/407", Answered),
            ("INVITE 200 BYE BYE/407 BYE", Ended(Party::Caller)),
            ("INVITE 486", refused(486)),
            ("INVITE 486 180", refused(486)),
            ("INVITE 486 INVITE 180", Ringing),
            ("INVITE 180 CANCEL 487", Cancelled),
            ("INVITE 180 CANCEL 408", Cancelled),
            ("INVITE 180 487", Cancelled),
            // The answer crosses the CANCEL.
            ("INVITE 180 CANCEL 200", Answered),
            // Within a dialog neither a re-INVITE that fails nor its CANCEL ends the call.
            ("INVITE 200 INVITE 488 CANCEL", Answered),
            ("INVITE 200 BYE INVITE", Ended(Party::Caller)),
        ] {
            assert_eq!(after(row), state, "{row}");
        }
    }
}
