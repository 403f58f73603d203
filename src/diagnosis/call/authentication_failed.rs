//! Credentials that were asked for and are missing or wrong.

use crate::call::{Challenged, Failure, Outcome};
use crate::diagnosis::case::{CallCase, Case, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::registration::stale_nonce;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{refused_credentials, seconds};
use crate::types::{CaptureTime, Delta, MessageId, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "authentication_failed",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 3261 §22"),
    page: Page {
        means: "A server asked for a user name and a password (401 or 407), and the call or the registration was not \
let through: either no credentials follow in the capture, or the server refused the answer to its challenge.",
        evidence: "The challenge, and the answer to the request that carried credentials for its realm. A 403 after \
credentials counts too, unless a Reason or Warning header says something else: many servers answer a wrong password \
so. A nonce that was too old is `stale_nonce`. For a registration this code stands only where no credentials follow; \
refused ones are `registration_rejected`.",
        check: "Compare user name, realm and password in the phone with the account on the server. Where no \
credentials were sent, enter them in the phone, and look whether the phone knows the realm that the \
challenge names.",
        limits: "Which part is wrong (user, realm, password) cannot be told: the password is never in the packets. \
With --password-file the response is computed, and the finding says whether it fits. \
Where the credentials answer a challenge from before the capture, an old nonce looks the same as a wrong password. \
Where the capture ends right after the challenge, the phone may have answered it later.",
    },
    looks: &[Look::Call(call), Look::Registration(registration)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::refused_with_403_after_credentials,
        almost: tests::forbidden_without_a_challenge,
    },
};

fn call(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    if !is_about(case) || stale_nonce::is_of_call(case) || case.call.evidence.unheard.is_some() {
        return;
    }
    let marks = &case.call.evidence;
    let mut finding = words(case)
        .messages([marks.invite, marks.final_response].into_iter().flatten())
        .messages(refused(case).iter().copied());
    let mut seen = Vec::new();
    finding.messages.retain(|id| {
        let is_new = !seen.contains(id);
        seen.push(*id);
        is_new
    });
    out.push(finding);
}

/// The answers that refused an answer to their server's own challenge.
fn refused<'a>(case: &CallCase<'a>) -> &'a [MessageId] {
    let credentials = case.call.evidence.credentials.as_ref();
    credentials.map_or(&[], |c| &c.refused)
}

/// 403 to credentials is how many servers say "wrong password" (RFC 3261 §21.4.4), unless its own headers say
/// something else. Where somebody rang, the credentials had passed.
pub(super) fn is_about(case: &CallCase<'_>) -> bool {
    let call = case.call;
    let forbidden = call.final_status.is_some_and(|s| s.get() == 403);
    call.outcome == Outcome::AuthFailed
        || call.outcome == Outcome::Rejected
            && call.challenged
            && call.evidence.credentials_sent
            && call.evidence.said.is_none()
            && call.ringing.is_none()
            && forbidden
}

fn words(case: &CallCase<'_>) -> Finding {
    let call = case.call;
    let status = call.final_status.map_or(407, |s| s.get());
    let who = case.name(Party::Caller);
    let found = |title, detail| case.found(&RULE, Severity::Error, title, detail);
    let fits = case.call.evidence.credentials.as_ref().and_then(|c| c.fits);
    let (suggests, proof) = refused_credentials(fits);
    let compare =
        "Compare user name, realm and password in the phone with the account on the server.";
    if status == 403 {
        return found(
            format!("{who}'s call was refused with 403 after credentials were sent"),
            format!(
                "{}: many servers say so of a wrong password or user, others of a call that is not allowed{proof}",
                case.answer_text()
            ),
        )
        .advise(compare);
    }
    match call.evidence.challenge {
        Some(Challenged::Refused) => found(
            format!(
                "{who}'s call was refused with {status} although credentials were sent: {suggests}"
            ),
            format!(
                "the server asked again after an answer to its challenge: {}{proof}",
                case.case.frames(refused(case))
            ),
        )
        .advise(compare),
        Some(Challenged::Unproven) => found(
            format!("{who}'s call was refused with {status}: the credentials it carried were not accepted"),
            format!(
                "they answer a challenge that is not in the capture: its nonce was too old or the password is wrong, \
which cannot be told: {}{proof}",
                case.answer_text()
            ),
        )
        .advise("A client is to answer the new challenge at once; see why it does not."),
        _ => no_credentials(case, &who, status),
    }
}

fn no_credentials(case: &CallCase<'_>, who: &str, status: u16) -> Finding {
    let by = match case.call.evidence.credentials_sent {
        true => " by one more server on the way",
        false => "",
    };
    let after = after_the_challenge(case.case, case.call.end);
    let severity = match after {
        None => Severity::Error,
        Some(_) => Severity::Warning,
    };
    case.found(
        &RULE,
        severity,
        format!(
            "{who} was asked for a password{by} ({status}), and no credentials follow in the capture"
        ),
        format!("{}{}", case.answer_text(), after.unwrap_or_default()),
    )
    .advise("Enter the account's user name and password in the phone.")
}

/// Says so where the capture ends so soon that the answer may have come later.
fn after_the_challenge(case: &Case<'_>, challenge: Option<CaptureTime>) -> Option<String> {
    let left = case.capture.last_time? - challenge?;
    let soon = left < Delta::from_secs(2);
    soon.then(|| match left < Delta::from_millis(100) {
        true => "; the capture ends right after it".to_owned(),
        false => format!("; the capture ends {} later", seconds(left)),
    })
}

fn registration(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    let is_over = case.after.is_some() || case.lost().is_some();
    if case.failure() != Failure::NoCredentials || is_over {
        return;
    }
    let status = case.last.status.map_or(401, |s| s.get());
    let by = match case.last.credentials_sent {
        true => " by one more server on the way",
        false => "",
    };
    let answered = case.last.answered.map(|(time, _)| time);
    let after = after_the_challenge(case.case, answered);
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!(
                "{} was asked for a password{by} ({status}), and no credentials follow in the capture",
                case.user()
            ),
            format!(
                "{} wants credentials{}",
                case.registration.registrar,
                after.unwrap_or_default()
            ),
        )
        .advise("Enter the account's user name and password in the phone; or the capture stopped too early.")
        .clause("RFC 3261 §22.1");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{Challenged, CredentialsSeen, Outcome, RegisterOutcome, Unheard};
    use crate::diagnosis::building::Scene;

    pub(super) fn refused_with_403_after_credentials() -> Scene {
        Scene::failed(Outcome::Rejected, 403).call(|c| {
            c.challenged = true;
            c.evidence.credentials_sent = true;
        })
    }

    pub(super) fn forbidden_without_a_challenge() -> Scene {
        Scene::failed(Outcome::Rejected, 403)
    }

    fn refused_with_407(said: Challenged) -> Scene {
        Scene::failed(Outcome::AuthFailed, 407).call(|c| {
            c.challenged = true;
            c.evidence.credentials_sent = said != Challenged::Asked;
            c.evidence.challenge = Some(said);
        })
    }

    #[test]
    fn a_phone_that_sends_no_credentials_is_told_apart_from_a_wrong_password() {
        let title = |said| refused_with_407(said).title_of("authentication_failed");
        assert_eq!(
            title(Challenged::Asked),
            "alice was asked for a password (407), and no credentials follow in the capture"
        );
        let refused = title(Challenged::Refused);
        assert!(refused.ends_with("wrong password or user"), "{refused}");
        let unproven = title(Challenged::Unproven);
        assert!(unproven.ends_with("were not accepted"), "{unproven}");
    }

    #[test]
    fn a_known_password_says_whether_the_response_fits() {
        let title = |fits| {
            let scene = refused_with_407(Challenged::Refused).call(|c| {
                c.evidence.credentials = Some(Box::new(CredentialsSeen {
                    fits: Some(fits),
                    ..CredentialsSeen::default()
                }));
            });
            scene.title_of("authentication_failed")
        };
        assert!(title(false).ends_with(": the response does not fit the password of the file"));
        assert!(title(true).ends_with(": yet the response fits the password of the file"));
    }

    #[test]
    fn a_403_that_says_why_is_no_wrong_password() {
        let scene = refused_with_403_after_credentials().call(|c| {
            c.evidence.said = Some("Warning 399: \"Call barred\"".into());
        });
        assert!(!scene.has("authentication_failed"), "{:?}", scene.said());
    }

    #[test]
    fn who_does_not_get_the_challenge_cannot_answer_it() {
        let scene = refused_with_407(Challenged::Asked).call(|c| {
            c.evidence.unheard = Some(Unheard {
                from: 61234,
                to: 5060,
                repeats: 3,
            });
        });
        assert!(!scene.has("authentication_failed"), "{:?}", scene.said());
    }

    #[test]
    fn a_registration_that_stops_at_the_challenge_is_a_warning() {
        let scene = Scene::registration(RegisterOutcome::Challenged, 401, |_| ());
        assert_eq!(
            scene.said(),
            [
                "warning authentication_failed: alice was asked for a password (401), and no credentials follow in the capture"
            ]
        );
    }
}
