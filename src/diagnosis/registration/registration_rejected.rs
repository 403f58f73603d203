//! A registration that the registrar refused.

use crate::call::{Failure, RegisterKind};
use crate::diagnosis::call::going_round;
use crate::diagnosis::case::RegistrationCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::refused_credentials;
use crate::sip::status;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "registration_rejected",
    severities: &[Severity::Info, Severity::Error],
    clause: Some("RFC 3261 §22.4"),
    page: Page {
        means: "The registrar refused a REGISTER. Where it refused an answer to its own challenge (401 or 407), the \
password or the user is wrong most likely; another status says its own reason, and so does a Reason or Warning header. \
Where the same account was accepted later, the finding is information only.",
        evidence: "The REGISTER, the challenge, the REGISTER with credentials, and the final response. A 401 or 407 \
is a refusal only of a request that carried credentials for the realm it names. One finding stands for all failed \
attempts of a registration and says how many there were.",
        check: "Compare user name, realm and password in the phone with the account on the server. For 403 ask what \
the server forbids: the password, the account, or the address; for 404 check the user, for 503 the server.",
        limits: "Which part of the credentials is wrong cannot be told: the password is never in the packets. \
With --password-file the response is computed, and the finding says whether it fits. Where \
the credentials answer a challenge from before the capture, an old nonce looks the same as a wrong password. A 403 \
after credentials is what many servers send for a wrong password, and what others send for a blocked account. Whether \
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
    let failure = case.failure();
    let of_credentials = matches!(failure, Failure::Refused | Failure::Unproven);
    if !of_credentials && failure != Failure::Status || case.lost().is_some() {
        return;
    }
    // Why it was refused is told by `routing_loop`.
    if going_round::is_of_registration(case) {
        return;
    }
    out.push(match case.after {
        Some(_) if of_credentials => accepted_later(case),
        _ => rejected(case, failure),
    });
}

fn rejected(case: &RegistrationCase<'_>, failure: Failure) -> Finding {
    let (who, answer) = (case.user(), case.answer_text());
    let status = case.last.status.map_or(0, |s| s.get());
    let frames = case.case.frames(&case.last.messages);
    let registrar = case.registration.registrar;
    let what = match case.last.kind {
        RegisterKind::Unregister => "signing off",
        RegisterKind::Query => "question for the bindings",
        RegisterKind::Register | RegisterKind::Refresh => "registration",
    };
    let found = |title: String, detail: String| case.found(&RULE, Severity::Error, title, detail);
    let (suggests, proof) = refused_credentials(case.last.seen().fits);
    let compare =
        "Compare user name, realm and password in the phone with the account on the server.";
    match failure {
        Failure::Refused => {
            let once = case.before.map(|before| {
                let at = case.case.frames(&[before.message]);
                format!("; the same account was accepted before ({at})")
            });
            let finding = found(
                match case.before {
                    None => format!(
                        "{who}'s {what} was rejected with {status} although credentials were sent: {suggests}"
                    ),
                    Some(_) => format!(
                        "{who}'s {what} was rejected with {status} although credentials were sent, and the same account was accepted before"
                    ),
                },
                format!(
                    "{registrar} refused the answer to its challenge ({}){}{proof}",
                    case.case.frames(&case.last.seen().refused),
                    once.unwrap_or_default()
                ),
            );
            finding.advise(compare)
        }
        Failure::Unproven => found(
            format!(
                "{who}'s {what} was rejected with {status}: the credentials it carried were not accepted"
            ),
            format!(
                "they answer a challenge that is not in the capture ({}): its nonce was too old or the password is \
wrong, which cannot be told{proof}",
                case.case.frames(&case.last.seen().unproven)
            ),
        )
        .advise("A client is to answer the new challenge at once; see whether it does, and what becomes of that."),
        _ if status == 403 && case.last.credentials_sent && case.last.said.is_none() => found(
            format!("{who}'s {what} was rejected after credentials were sent: {answer}"),
            format!(
                "many servers say so of a wrong password or user, others of an account or an address that is not \
allowed ({frames}){proof}"
            ),
        )
        .advise(compare)
        .clause("RFC 3261 §21.4.4"),
        _ => {
            let meaning = case.last.status.and_then(status::meaning);
            found(
                format!("{who}'s {what} was rejected: {answer}"),
                format!("{} ({frames})", meaning.map_or("", |s| s.meaning)),
            )
            .clause(meaning.map(|s| s.source))
        }
    }
}

fn accepted_later(case: &RegistrationCase<'_>) -> Finding {
    let status = case.last.status.map_or(401, |s| s.get());
    let later = case.after.map(|after| case.case.frames(&[after.message]));
    case.found(
        &RULE,
        Severity::Info,
        format!(
            "{}'s registration was refused once with {status}, and accepted at another time",
            case.user()
        ),
        format!(
            "{} ({}); accepted later ({})",
            case.answer_text(),
            case.case.frames(&case.last.messages),
            later.unwrap_or_default()
        ),
    )
}

#[cfg(test)]
mod tests {
    use crate::call::{Challenged, CredentialsSeen, RegisterOutcome};
    use crate::diagnosis::building::{Scene, at, message};

    fn seen(said: Challenged) -> Option<Box<CredentialsSeen>> {
        Some(Box::new(CredentialsSeen {
            last: Some(said),
            ..CredentialsSeen::default()
        }))
    }

    pub(super) fn credentials_refused() -> Scene {
        Scene::registration(RegisterOutcome::Rejected, 401, |a| {
            a.challenged = true;
            a.credentials_sent = true;
            a.credentials = seen(Challenged::Refused);
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
    fn a_403_says_what_its_own_headers_say_and_never_that_the_password_is_wrong() {
        let forbidden = |said: Option<&str>| {
            Scene::registration(RegisterOutcome::Rejected, 403, |a| {
                a.credentials_sent = true;
                a.said = said.map(Box::from);
            })
        };
        assert_eq!(
            forbidden(Some("Account blocked")).said(),
            [
                "error registration_rejected: alice's registration was rejected: 403 Forbidden (Account blocked)"
            ]
        );
        let plain = forbidden(None).title_of("registration_rejected");
        assert_eq!(
            plain,
            "alice's registration was rejected after credentials were sent: 403 Forbidden"
        );
    }

    #[test]
    fn credentials_of_before_the_capture_may_have_an_old_nonce() {
        let scene = Scene::registration(RegisterOutcome::Rejected, 401, |a| {
            a.credentials_sent = true;
            a.credentials = seen(Challenged::Unproven);
        });
        let title = scene.title_of("registration_rejected");
        assert!(title.ends_with("were not accepted"), "{title}");
    }

    #[test]
    fn an_account_that_was_accepted_later_has_the_right_password() {
        let scene = credentials_refused().and_an_attempt(RegisterOutcome::Registered, 200);
        let scene = scene.attempt(1, |a| a.answered = Some((at(1.0), message(4))));
        assert_eq!(
            scene.said(),
            [
                "info registration_rejected: alice's registration was refused once with 401, and accepted at another time"
            ]
        );
    }
}
