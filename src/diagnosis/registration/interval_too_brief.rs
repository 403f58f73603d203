//! A lifetime that is too short for the registrar.

use crate::call::{Failure, RegisterOutcome};
use crate::diagnosis::case::RegistrationCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "interval_too_brief",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 3261 §10.2.8"),
    page: Page {
        means: "The phone asks to be registered for a shorter time than the registrar allows (423), and no REGISTER \
with a longer one was accepted. Where the refused request carried credentials, they were right: a registrar looks at \
the lifetime after the password.",
        evidence: "The lifetime in the REGISTER (the expires of its Contact, else Expires), the 423 with its \
Min-Expires, and what the phone did next.",
        check: "Set the registration interval of the phone to at least the Min-Expires, or lower the least lifetime on \
the server. A phone is to ask again by itself with the lifetime that Min-Expires names.",
        limits: "Where the capture ends soon after the 423, the phone may have asked again later.",
    },
    looks: &[Look::Registration(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::too_short,
        almost: tests::asked_again_for_longer,
    },
};

fn run(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    let Some(brief) = case
        .last
        .too_brief
        .as_deref()
        .filter(|_| case.failure() == Failure::TooBrief)
    else {
        return;
    };
    let asked = brief.asked.map_or_else(
        || "for a lifetime it does not name".to_owned(),
        |s| format!("for {s} s"),
    );
    let wants = match brief.min {
        Some(min) => format!("wants at least {min} s"),
        None => "wants a longer time, and does not say how long (no Min-Expires)".to_owned(),
    };
    let registrar = case.registration.registrar;
    let mut detail = format!("423 {}", case.case.frames(&[brief.message]));
    if brief.with_credentials {
        detail.push_str(": the credentials of that request passed, else it would be a 401");
    }
    let last = case.last.answered.map(|(_, id)| id);
    let last = case.case.frames(last.as_slice());
    let challenged = case.last.outcome == RegisterOutcome::Challenged;
    if challenged {
        detail.push_str(&format!(
            "; the phone asked again without credentials, was asked for the password ({last}), and no answer to that \
is in the capture"
        ));
    } else if Some(brief.message) != case.last.answered.map(|(_, id)| id) {
        detail.push_str(&format!("; asked again and refused again ({last})"));
    } else {
        detail.push_str("; no other try follows in the capture");
    }
    let severity = match challenged {
        true => Severity::Warning,
        false => Severity::Error,
    };
    let advice = match brief.min {
        Some(min) => format!("Set the phone's registration interval to {min} s or more."),
        None => "Set the phone's registration interval to a longer time.".to_owned(),
    };
    let finding = case.found(
        &RULE,
        severity,
        format!(
            "{} asks to be registered {asked}, and {registrar} {wants}",
            case.user()
        ),
        detail,
    );
    out.push(finding.advise(advice));
}

#[cfg(test)]
mod tests {
    use crate::call::{RegisterOutcome, TooBrief};
    use crate::diagnosis::building::{Scene, message};

    fn after_423(outcome: RegisterOutcome, status: u16) -> Scene {
        Scene::registration(outcome, status, |a| {
            a.credentials_sent = true;
            a.too_brief = Some(Box::new(TooBrief {
                asked: Some(120),
                min: Some(300),
                with_credentials: true,
                message: message(2),
            }));
        })
    }

    pub(super) fn too_short() -> Scene {
        after_423(RegisterOutcome::Rejected, 423)
    }

    pub(super) fn asked_again_for_longer() -> Scene {
        after_423(RegisterOutcome::Registered, 200)
    }

    #[test]
    fn what_was_asked_and_what_is_allowed_is_said_and_no_password_is_doubted() {
        let said = [
            "error interval_too_brief: alice asks to be registered for 120 s, and 192.0.2.10:5060 wants at least 300 s",
        ];
        assert_eq!(too_short().said(), said);
        let bare = after_423(RegisterOutcome::Challenged, 401).said();
        assert_eq!(bare.len(), 1);
        assert!(
            bare[0].starts_with("warning interval_too_brief"),
            "{bare:?}"
        );
    }
}
