//! A registration that the registrar refused.

use crate::call::RegisterOutcome;
use crate::diagnosis::case::RegistrationCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::sip::status;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "registration_rejected",
    severities: &[Severity::Info, Severity::Error],
    clause: Some("RFC 3261 §22.4"),
    page: Page {
        means: "The registrar refused a REGISTER. After credentials were sent, a 401, 403 or 407 most often means a \
wrong password or user; another status says its own reason. Where the same account was accepted at \
another time, the finding is information only: its password cannot be wrong, the nonce of the \
challenge was too old most likely.",
        evidence: "The REGISTER, the challenge, the REGISTER with credentials, and the final response. One finding \
stands for all failed attempts of a registration and says how many there were.",
        check: "Compare user name, realm and password in the phone with the account on the server. For 404 check the \
user, for 423 the lifetime the phone asks for, for 503 the server.",
        limits: "Which part of the credentials is wrong cannot be told: the password is never in the packets. Whether \
the phone can still be called depends on older bindings, which the server alone knows.",
    },
    looks: &[Look::Registration(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::credentials_refused,
        almost: tests::credentials_never_sent,
    },
};

fn run(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    if case.was_let_in() {
        out.push(old_nonce(case));
    } else if case.last.outcome == RegisterOutcome::Rejected {
        out.push(rejected(case));
    }
}

fn rejected(case: &RegistrationCase<'_>) -> Finding {
    let a = case.last;
    let status = a.status.map_or(0, |s| s.get());
    let who = case.user();
    let frames = case.case.frames(&a.messages);
    if a.credentials_sent && matches!(status, 401 | 403 | 407) {
        return case
            .found(
                &RULE,
                Severity::Error,
                format!(
                    "{who}'s registration was rejected with {status} although credentials were sent: wrong password or user"
                ),
                format!(
                    "{} refused the answer to its challenge ({frames})",
                    case.registration.registrar
                ),
            )
            .advise("Compare user name, realm and password in the phone with the account on the server.");
    }
    let meaning = a.status.and_then(status::meaning);
    case.found(
        &RULE,
        Severity::Error,
        format!(
            "{who}'s registration was rejected: {status} {}",
            case.reason()
        ),
        format!("{} ({frames})", meaning.map_or("", |s| s.meaning)),
    )
    .clause(meaning.map(|s| s.source))
}

fn old_nonce(case: &RegistrationCase<'_>) -> Finding {
    let status = case.last.status.map_or(401, |s| s.get());
    case.found(
        &RULE,
        Severity::Info,
        format!(
            "{}'s registration was refused once with {status}, and accepted at another time",
            case.user()
        ),
        format!(
            "{status} {} ({}): the challenge answered was too old, most likely",
            case.reason(),
            case.case.frames(&case.last.messages)
        ),
    )
}

#[cfg(test)]
mod tests {
    use crate::call::RegisterOutcome;
    use crate::diagnosis::building::Scene;

    pub(super) fn credentials_refused() -> Scene {
        Scene::registration(RegisterOutcome::Rejected, 403, |a| {
            a.challenged = true;
            a.credentials_sent = true;
        })
    }

    pub(super) fn credentials_never_sent() -> Scene {
        Scene::registration(RegisterOutcome::Challenged, 401, |_| ())
    }

    #[test]
    fn a_status_without_credentials_says_its_own_reason() {
        let scene = Scene::registration(RegisterOutcome::Rejected, 404, |_| ());
        assert_eq!(
            scene.said(),
            ["error registration_rejected: alice's registration was rejected: 404 Not Found"]
        );
        let wrong = credentials_refused().title_of("registration_rejected");
        assert!(wrong.ends_with("wrong password or user"), "{wrong}");
    }

    #[test]
    fn an_account_that_was_accepted_once_has_the_right_password() {
        let scene = Scene::registration(RegisterOutcome::Rejected, 401, |a| {
            a.credentials_sent = true;
        });
        let scene = scene.and_an_attempt(RegisterOutcome::Registered, 200);
        assert_eq!(
            scene.said(),
            [
                "info registration_rejected: alice's registration was refused once with 401, and accepted at another time"
            ]
        );
    }
}
