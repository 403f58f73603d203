//! Credentials that were asked for and are missing or wrong.

use crate::call::{Outcome, RegisterOutcome};
use crate::diagnosis::case::{CallCase, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "authentication_failed",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 3261 §22"),
    page: Page {
        means: "A server asked for a user name and a password (401 or 407), and the call or the registration was not \
let through: either no credentials followed, or the server refused those that were sent.",
        evidence: "The challenge, and the answer to the request that carried credentials. A 403 after credentials \
counts too: many servers answer a wrong password so. For a registration this code stands only where \
no credentials were sent; refused ones are `registration_rejected`.",
        check: "Compare user name, realm and password in the phone with the account on the server. Where no \
credentials were sent, enter them in the phone, and look whether the phone knows the realm that the \
challenge names.",
        limits: "Which part is wrong (user, realm, password) cannot be told: the password is never in the packets. \
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
    let call = case.call;
    if is_about(case) {
        let messages = [call.evidence.invite, call.evidence.final_response];
        let mut finding = words(case)
            .messages(messages.into_iter().flatten())
            .messages(call.evidence.refused_credentials.iter().copied());
        finding.messages.dedup();
        out.push(finding);
    }
}

/// 403 to credentials is how many servers say "wrong password" (RFC 3261 §21.4.4).
pub(super) fn is_about(case: &CallCase<'_>) -> bool {
    let call = case.call;
    let forbidden = call.final_status.is_some_and(|s| s.get() == 403);
    call.outcome == Outcome::AuthFailed
        || call.outcome == Outcome::Rejected
            && call.challenged
            && call.evidence.credentials_sent
            && forbidden
}

fn words(case: &CallCase<'_>) -> Finding {
    let call = case.call;
    let status = call.final_status.map_or(407, |s| s.get());
    let refused = !call.evidence.refused_credentials.is_empty() || status == 403;
    let who = case.name(Party::Caller);
    let found = |title, detail| case.found(&RULE, Severity::Error, title, detail);
    if !refused {
        return found(
            format!("{who} was asked for a password ({status}) and did not send one"),
            case.answer_text(),
        )
        .advise("Enter the account's user name and password in the phone.");
    }
    found(
        format!(
            "{who}'s call was refused with {status} although credentials were sent: wrong password or user"
        ),
        match status {
            403 => case.answer_text(),
            _ => format!(
                "the server asked again after an answer to its challenge: {}",
                case.case.frames(&call.evidence.refused_credentials)
            ),
        },
    )
    .advise("Compare user name, realm and password in the phone with the account on the server.")
}

fn registration(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    if case.last.outcome != RegisterOutcome::Challenged || case.was_let_in() {
        return;
    }
    let status = case.last.status.map_or(401, |s| s.get());
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!(
                "{} was asked for a password ({status}) and did not send one",
                case.user()
            ),
            format!(
                "{} wants credentials; the phone did not try again with them",
                case.registration.registrar
            ),
        )
        .advise("Enter the account's user name and password in the phone; or the capture stopped too early.")
        .clause("RFC 3261 §22.1");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{Outcome, RegisterOutcome};
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

    #[test]
    fn a_phone_that_sends_no_credentials_is_told_apart_from_a_wrong_password() {
        let silent = Scene::failed(Outcome::AuthFailed, 407).call(|c| c.challenged = true);
        let title = silent.title_of("authentication_failed");
        assert_eq!(
            title,
            "alice was asked for a password (407) and did not send one"
        );
        let title = refused_with_403_after_credentials().title_of("authentication_failed");
        assert!(title.ends_with("wrong password or user"), "{title}");
    }

    #[test]
    fn a_registration_that_stops_at_the_challenge_is_a_warning() {
        let scene = Scene::registration(RegisterOutcome::Challenged, 401, |_| ());
        assert_eq!(
            scene.said(),
            [
                "warning authentication_failed: alice was asked for a password (401) and did not send one"
            ]
        );
    }
}
