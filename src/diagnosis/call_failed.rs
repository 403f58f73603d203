//! Why a call did not come about.

use super::{CallCase, finding};
use crate::call::Outcome;
use crate::sip::status;
use crate::types::{Finding, Party, Severity};

pub(super) const CODES: &[&str] = &["authentication_failed", "call_failed", "codec_mismatch"];

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    match call.outcome {
        Outcome::AuthFailed => out.push(auth_failed(case)),
        // 403 to credentials is how many servers say "wrong password" (RFC 3261 §21.4.4).
        Outcome::Rejected
            if call.challenged
                && call.evidence.credentials_sent
                && call.final_status.is_some_and(|s| s.get() == 403) =>
        {
            out.push(auth_failed(case));
        }
        Outcome::Rejected
            if !call.offered.is_empty()
                && call
                    .final_status
                    .is_some_and(|s| matches!(s.get(), 415 | 488 | 606)) =>
        {
            let mut f = finding(
                "codec_mismatch",
                Severity::Error,
                format!(
                    "{} refused the media that {} offered",
                    case.name(Party::Callee),
                    case.name(Party::Caller)
                ),
                answer_text(case),
            );
            f.advice =
                "Give both phones at least one codec in common (PCMU or PCMA work everywhere)."
                    .into();
            f.source = Some("RFC 3261 §21.4.26");
            out.push(case.of_call(f, &[call.evidence.invite, call.evidence.final_response]));
        }
        Outcome::Failed
        | Outcome::Rejected
        | Outcome::NotFound
        | Outcome::Unavailable
        | Outcome::Redirected => {
            let mut f = finding(
                "call_failed",
                Severity::Warning,
                format!(
                    "the call to {} failed: {}",
                    case.name(Party::Callee),
                    answer_text(case)
                ),
                call.final_status
                    .and_then(status::meaning)
                    .map_or("no further explanation is known", |s| s.meaning),
            );
            f.source = call
                .final_status
                .and_then(status::meaning)
                .map(|s| s.source);
            out.push(case.of_call(f, &[call.evidence.invite, call.evidence.final_response]));
        }
        _ => {}
    }
    for media in call.media.iter().filter(|m| m.mismatch) {
        let codec = media.codec.as_ref().map_or("-", |c| &*c.name);
        let mut f = finding(
            "codec_mismatch",
            Severity::Error,
            format!("offer and answer share no {} codec", media.kind),
            format!("the answer's first codec, {codec}, is not in the offer"),
        );
        f.advice =
            "Check the codec lists of both phones and of the proxy or PBX between them.".into();
        f.source = Some("RFC 3264 §6.1");
        out.push(case.of_call(f, &[call.evidence.invite, call.evidence.final_response]));
    }
}

/// `404 Not Found (#12)`.
fn answer_text(case: &CallCase<'_>) -> String {
    let call = case.call;
    let Some(status) = call.final_status else {
        return "no final response".to_owned();
    };
    let reason = call
        .final_reason
        .as_deref()
        .or(status::phrase(status))
        .unwrap_or("");
    let mut text = format!("{status} {reason}").trim_end().to_owned();
    let frames = case.case.frames(call.evidence.final_response.as_slice());
    if !frames.is_empty() {
        text.push_str(&format!(" ({frames})"));
    }
    text
}

fn auth_failed(case: &CallCase<'_>) -> Finding {
    let call = case.call;
    let status = call.final_status.map_or(407, |s| s.get());
    let refused = !call.evidence.refused_credentials.is_empty() || status == 403;
    let who = case.name(Party::Caller);
    let (title, detail, advice) = if refused {
        (
            format!(
                "{who}'s call was refused with {status} although credentials were sent: wrong password or user"
            ),
            match status {
                403 => answer_text(case),
                _ => format!(
                    "the server asked again after an answer to its challenge: {}",
                    case.case.frames(&call.evidence.refused_credentials)
                ),
            },
            "Compare user name, realm and password in the phone with the account on the server.",
        )
    } else {
        (
            format!("{who} was asked for a password ({status}) and did not send one"),
            answer_text(case),
            "Enter the account's user name and password in the phone.",
        )
    };
    let mut f = finding("authentication_failed", Severity::Error, title, detail);
    f.advice = advice.into();
    f.source = Some("RFC 3261 §22");
    let mut f = case.of_call(f, &[call.evidence.invite, call.evidence.final_response]);
    f.messages.extend(&call.evidence.refused_credentials);
    f.messages.dedup();
    f
}
