//! A phone that was registered and is not let in again.

use crate::call::Failure;
use crate::diagnosis::case::RegistrationCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{clock, seconds};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "registration_lost",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 3261 §10.2.4"),
    page: Page {
        means: "The registrar accepted a registration and later refused to renew it. The binding it has lasts until \
the granted lifetime is over; from then on nobody can call the phone. It is an error where that moment is in the \
capture, else a warning.",
        evidence: "The 2xx with the lifetime it granted, the refusal that follows, and that no REGISTER of the same \
user from the same host was accepted before the lifetime was over.",
        check: "The account was accepted before, so look what changed since: the password on one side alone, an \
account that was blocked, a server that was exchanged, a nonce that runs out too soon.",
        limits: "The phone may have registered from another address, or over a way that does not pass the capture \
point. Where the capture ends before the lifetime, a later REGISTER may have been accepted.",
    },
    looks: &[Look::Registration(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::refused_after_a_success,
        almost: tests::renewed_after_the_refusal,
    },
};

fn run(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    let Some((before, until)) = case.lost() else {
        return;
    };
    let is_over = case
        .case
        .capture
        .last_time
        .is_some_and(|last| last >= until);
    let accepted = case.case.frames(&[before.message]);
    let last = case.last.answered.map(|(_, id)| id);
    let refused = case.case.frames(last.as_slice());
    let why = match case.failure() {
        Failure::Refused => "the answer to the challenge was refused",
        Failure::Unproven => "credentials that answer an older challenge were not accepted",
        Failure::Stale => "its nonce was too old, and no newer answer was accepted",
        Failure::NoCredentials => {
            "a password was asked for, and no credentials follow in the capture"
        }
        Failure::TooBrief => "the lifetime asked for was too short",
        Failure::Status | Failure::Unheard | Failure::Silence => "it was refused",
    };
    let lasts = seconds(until - before.time);
    let (severity, runs) = match is_over {
        true => (Severity::Error, "ran out"),
        false => (Severity::Warning, "runs out"),
    };
    let unless = match (is_over, case.after) {
        (_, Some(after)) => format!(
            "; the next one was accepted at {} ({})",
            clock(after.time),
            case.case.frames(&[after.message])
        ),
        (true, None) => String::new(),
        (false, None) => {
            ", after the end of the capture, unless a later one is accepted".to_owned()
        }
    };
    let mut finding = case
        .found(
            &RULE,
            severity,
            format!(
                "{}'s registration was accepted, and then refused with {}: it {runs} at {}",
                case.user(),
                case.answer_text(),
                clock(until)
            ),
            format!("accepted for {lasts} ({accepted}), then {why} ({refused}){unless}"),
        )
        .advise("Look what changed between the two on the phone and on the server: the password, the account, the server itself.");
    finding.messages.insert(0, before.message);
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{Challenged, CredentialsSeen, RegisterOutcome};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::Severity;

    /// Registered at 0 s for that many seconds, refused at 10 s; the capture ends at 25 s.
    fn refused_after(expires: u32) -> Scene {
        let first = Scene::registration(RegisterOutcome::Registered, 200, |a| {
            a.expires = Some(expires);
            (a.time, a.answered) = (at(0.0), Some((at(0.0), message(2))));
        });
        let scene = first.and_an_attempt(RegisterOutcome::Rejected, 401);
        scene.attempt(1, |a| {
            a.credentials = Some(Box::new(CredentialsSeen {
                last: Some(Challenged::Refused),
                ..CredentialsSeen::default()
            }));
            a.credentials_sent = true;
            (a.time, a.answered) = (at(10.0), Some((at(10.0), message(4))));
        })
    }

    pub(super) fn refused_after_a_success() -> Scene {
        refused_after(20)
    }

    pub(super) fn renewed_after_the_refusal() -> Scene {
        let scene = refused_after(20).and_an_attempt(RegisterOutcome::Registered, 200);
        scene.attempt(2, |a| {
            (a.time, a.answered) = (at(12.0), Some((at(12.0), message(6))));
        })
    }

    #[test]
    fn a_client_that_keeps_trying_has_lost_its_registration_all_the_same() {
        let tried_again = refused_after(20).and_an_attempt(RegisterOutcome::Rejected, 403);
        let found = tried_again
            .attempt(2, |a| {
                a.credentials_sent = true;
                (a.time, a.answered) = (at(22.0), Some((at(22.0), message(6))));
            })
            .findings();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule.code, "registration_lost");
    }

    #[test]
    fn when_the_binding_runs_out_is_said_and_no_other_code_tells_it_again() {
        let found = refused_after_a_success().findings();
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "alice's registration was accepted, and then refused with 401 Unauthorized: it ran out at 00:00:20 UTC"
        );
        let later = refused_after(3600).findings();
        assert_eq!(later[0].severity, Severity::Warning);
        assert!(later[0].title.ends_with("it runs out at 01:00:00 UTC"));
    }
}
