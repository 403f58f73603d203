//! Credentials whose nonce was too old.

use crate::call::{Challenged, Failure};
use crate::diagnosis::case::{CallCase, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{MessageId, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "stale_nonce",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 7616 §3.3"),
    page: Page {
        means: "A server refused credentials because the nonce they answer was too old, and said so (stale=true). It \
found nothing wrong with user and password: the client is to answer again with the new nonce, without asking anybody \
for a password. It is an error where every new answer was refused so, else a warning.",
        evidence: "The 401 or 407 with stale=true to a request that carried credentials, how many there were, and that \
no accepted answer follows.",
        check: "Where every answer is too old, look at the server: a nonce lifetime of zero, several servers behind one \
address that do not know each other's nonces, a clock that jumps. Where the client gave up after one, the client is \
at fault.",
        limits: "What made the nonce old cannot be told from the packets. Where the capture ends right after the \
challenge, the next answer may have been accepted.",
    },
    looks: &[Look::Call(call), Look::Registration(registration)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::registration_with_old_nonces,
        almost: tests::registration_with_a_wrong_password,
    },
};

/// The answer to the last INVITE says that its nonce was too old.
pub(in crate::diagnosis) fn is_of_call(case: &CallCase<'_>) -> bool {
    let marks = &case.call.evidence;
    let is_challenge = case.call.final_status.is_some_and(|s| s.is_challenge());
    is_challenge && marks.challenge == Some(Challenged::Stale) && marks.unheard.is_none()
}

fn call(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    if !is_of_call(case) {
        return;
    }
    let marks = &case.call.evidence;
    let stale = marks.credentials.as_ref().map_or(&[][..], |c| &c.stale);
    let what = format!("{}'s call", case.name(Party::Caller));
    let status = case.call.final_status.map_or(407, |s| s.get());
    let words = Words::of(&what, status, stale, &case.case.frames(stale), "INVITE");
    let finding = case
        .found(&RULE, words.severity, words.title, words.detail)
        .advise(words.advice)
        .messages(marks.invite)
        .messages(stale.iter().copied().take(8));
    out.push(finding);
}

fn registration(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    if case.failure() != Failure::Stale || case.after.is_some() {
        return;
    }
    let stale = &case.last.seen().stale;
    let what = format!("{}'s registration", case.user());
    let status = case.last.status.map_or(401, |s| s.get());
    let words = Words::of(&what, status, stale, &case.case.frames(stale), "REGISTER");
    let finding = case.found(&RULE, words.severity, words.title, words.detail);
    out.push(finding.advise(words.advice));
}

struct Words {
    severity: Severity,
    title: String,
    detail: String,
    advice: &'static str,
}

impl Words {
    fn of(what: &str, status: u16, stale: &[MessageId], frames: &str, method: &str) -> Words {
        let times = counted(stale.len() as u64, "answer", "answers");
        let blames = "the server names the nonce, not the password";
        match stale.len() {
            0 | 1 => Words {
                severity: Severity::Warning,
                title: format!(
                    "{what} was refused with {status}: the nonce was too old (stale=true)"
                ),
                detail: format!(
                    "{blames} ({frames}); no {method} with the new nonce follows in the capture"
                ),
                advice: "The client is to answer again with the new nonce at once; see why it does not.",
            },
            _ => Words {
                severity: Severity::Error,
                title: format!(
                    "{what} was refused with {status} each time because the nonce was too old (stale=true)"
                ),
                detail: format!("{times} refused so ({frames}): {blames}"),
                advice: "Look at the server: how long its nonces last, whether several servers share them, whether its clock jumps.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::call::{Challenged, CredentialsSeen, Outcome, RegisterOutcome};
    use crate::diagnosis::building::{Scene, message};

    fn challenged(said: Challenged) -> CredentialsSeen {
        CredentialsSeen {
            stale: match said {
                Challenged::Stale => vec![message(2), message(4)],
                _ => Vec::new(),
            },
            last: Some(said),
            ..CredentialsSeen::default()
        }
    }

    fn registration(said: Challenged) -> Scene {
        Scene::registration(RegisterOutcome::Rejected, 401, |a| {
            a.credentials_sent = true;
            a.credentials = Some(Box::new(challenged(said)));
        })
    }

    pub(super) fn registration_with_old_nonces() -> Scene {
        registration(Challenged::Stale)
    }

    pub(super) fn registration_with_a_wrong_password() -> Scene {
        registration(Challenged::Refused)
    }

    #[test]
    fn an_old_nonce_is_told_once_and_no_password_is_doubted() {
        let said = registration_with_old_nonces().said();
        assert_eq!(
            said,
            [
                "error stale_nonce: alice's registration was refused with 401 each time because the nonce was too old (stale=true)"
            ]
        );
        let call = Scene::failed(Outcome::AuthFailed, 407).call(|c| {
            c.challenged = true;
            c.evidence.credentials_sent = true;
            c.evidence.challenge = Some(Challenged::Stale);
        });
        assert_eq!(
            call.said(),
            [
                "warning stale_nonce: alice's call was refused with 407: the nonce was too old (stale=true)"
            ]
        );
    }
}
