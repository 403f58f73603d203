//! An answered call without its end.

use crate::call::Outcome;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{CaptureTime, Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "missing_bye",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §15"),
    page: Page {
        means: "The call was answered and no BYE of it is in the capture. Either the call was still up when the \
capture ended (information), or its packets stopped long before the end of the capture (warning), or a BYE was sent without the \
credentials that were asked for, which ends nothing (warning).",
        evidence: "The answer, the last packet of the call's SIP and RTP, and the last packet of the capture.",
        check: "Look at which side stopped sending RTP first: it crashed or lost its network, so it could not say \
goodbye. Session timers (RFC 4028) let servers notice such calls.",
        limits: "A BYE that took a way past the capture point looks the same as none. Whether the call was billed or \
held open by the server after that cannot be seen.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::no_bye_and_a_minute_of_silence,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

/// How near to the capture's end a call still counts as going on.
const STILL_UP: Delta = Delta::from_secs(5);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    // Where a part of the TCP stream is missing, so may the BYE be.
    if call.outcome != Outcome::Answered || call.hole.is_some() {
        return;
    }
    let last = last_rtp(case)
        .into_iter()
        .chain(call.evidence.last_seen)
        .max();
    let is_still_up = matches!((last, case.case.capture.last_time), (Some(last), Some(end)) if end - last <= STILL_UP);
    if let Some(challenge) = call.evidence.bye_refused {
        let finding = case.found(
            &RULE,
            Severity::Warning,
            "the call was not ended: its BYE has no credentials",
            format!(
                "the BYE is answered by asking for a password ({}), and none with credentials follows in the capture",
                case.case.frames(&[challenge])
            ),
        );
        let finding = finding
            .advise("Look why the side that hangs up does not answer the challenge: its account, or the server's settings for requests within a call.")
            .clause("RFC 3261 §22.2");
        return out.push(finding.messages([challenge]));
    }
    let finding = if is_still_up {
        case.found(
            &RULE,
            Severity::Info,
            "the call was still up when the capture ended (no BYE)",
            until_the_end(case),
        )
    } else {
        case.found(
            &RULE,
            Severity::Warning,
            "the call was answered but never ended in this capture (no BYE)",
            "a side vanished, or the BYE took a way that was not captured",
        )
        .advise("Look at which side stopped sending RTP first.")
    };
    out.push(finding.messages(call.evidence.final_response));
}

fn last_rtp(case: &CallCase<'_>) -> Option<CaptureTime> {
    case.streams.iter().map(|s| s.last_time).max()
}

/// The RTP of one side, where that of the other ends before.
fn whose(case: &CallCase<'_>) -> String {
    const AS_LONG: Delta = Delta::from_secs(1);
    let last = |side| {
        let own = case.streams.iter().filter(|s| s.from == Some(side));
        own.map(|s| s.last_time).max()
    };
    let (caller, callee) = (last(Party::Caller), last(Party::Callee));
    let longer = match (caller, callee) {
        (Some(a), Some(b)) if a - b > AS_LONG => Some(Party::Caller),
        (Some(a), Some(b)) if b - a > AS_LONG => Some(Party::Callee),
        _ => None,
    };
    longer.map_or("its RTP".to_owned(), |side| {
        format!("{}'s RTP", case.name(side))
    })
}

/// How long before the capture's end the last packet of the call came, and of which kind it is.
fn until_the_end(case: &CallCase<'_>) -> String {
    /// Less is no pause.
    const A_MOMENT: Delta = Delta::from_secs(1);
    let (rtp, sip) = (last_rtp(case), case.call.evidence.last_seen);
    let left = rtp.max(sip).zip(case.case.capture.last_time);
    let left = left.map_or(Delta::from_secs(0), |(last, end)| end - last);
    match (rtp > sip, left < A_MOMENT) {
        (true, true) => format!("{} goes on until the end", whose(case)),
        (false, true) => "the capture ends right after its last SIP message".to_owned(),
        (is_rtp, false) => format!(
            "the capture ends {:.1} s after its last {}",
            left.as_secs_f64(),
            if is_rtp { "RTP packet" } else { "SIP message" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::Party;

    fn without_bye(capture_end: f64) -> Scene {
        Scene::answered()
            .call(|c| {
                c.outcome = Outcome::Answered;
                c.end = None;
            })
            .capture(move |c| c.last_time = Some(at(capture_end)))
    }

    pub(super) fn no_bye_and_a_minute_of_silence() -> Scene {
        without_bye(82.0)
    }

    #[test]
    fn a_bye_without_the_credentials_asked_for_ends_nothing() {
        let scene = without_bye(24.0).call(|c| c.evidence.bye_refused = Some(message(9)));
        assert_eq!(
            scene.said(),
            ["warning missing_bye: the call was not ended: its BYE has no credentials"]
        );
    }

    #[test]
    fn of_one_side_alone_that_goes_on_its_name_is_told() {
        let scene = without_bye(22.1)
            .call(|c| c.evidence.last_seen = Some(at(2.1)))
            .stream_from(Party::Caller, |s| s.last_time = at(15.0));
        let found = scene.findings();
        let found = found.iter().find(|f| f.rule.code == "missing_bye").unwrap();
        assert_eq!(found.detail, "bob's RTP goes on until the end");
    }

    #[test]
    fn what_goes_on_until_the_end_is_told_as_it_is() {
        let detail = |scene: Scene| scene.findings()[0].detail.clone();
        let cut = without_bye(2.0)
            .without_streams()
            .call(|c| c.evidence.last_seen = Some(at(2.0)));
        let cut = cut.capture(|c| c.has_rtp = true);
        let said = [
            detail(without_bye(22.1).call(|c| c.evidence.last_seen = Some(at(2.1)))),
            detail(without_bye(24.0).call(|c| c.evidence.last_seen = Some(at(2.1)))),
            detail(cut),
        ];
        assert_eq!(
            said,
            [
                "its RTP goes on until the end",
                "the capture ends 2.0 s after its last RTP packet",
                "the capture ends right after its last SIP message",
            ]
        );
    }

    #[test]
    fn a_call_that_goes_on_until_the_end_is_no_warning() {
        assert_eq!(
            without_bye(24.0).said(),
            ["info missing_bye: the call was still up when the capture ended (no BYE)"]
        );
        assert_eq!(
            no_bye_and_a_minute_of_silence().said(),
            ["warning missing_bye: the call was answered but never ended in this capture (no BYE)"]
        );
    }
}
