//! Media that the two sides cannot agree on.

use super::profile_mismatch;
use crate::call::Outcome;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::first_few;
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "codec_mismatch",
    severities: &[Severity::Error],
    clause: Some("RFC 3264 §6.1"),
    page: Page {
        means: "The two sides did not agree on media. Either the called side refused the offer (415, 488 or 606), or \
it answered with codecs none of which the offer names.",
        evidence: "The INVITE with the offer, and the response that refuses it; or the SDP of offer and answer, \
compared by codec name and clock rate.",
        check: "Give both phones at least one codec in common: PCMU and PCMA (G.711) work nearly everywhere. A proxy \
or PBX in between may remove codecs: compare the SDP before and behind it. A refusal may also be \
about encryption or the media profile (RTP/AVP or RTP/SAVP): a Warning header of the response says \
it, where there is one.",
        limits: "A response 488 does not say what was not acceptable: codecs, encryption, video, or a policy of the \
server. What the refusing phone would have accepted is not in the packets, unless its response \
carries SDP.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::offer_refused_with_488,
        almost: tests::refused_with_488_without_an_offer,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let messages = [call.evidence.invite, call.evidence.final_response];
    let messages = messages.into_iter().flatten();
    if is_refusal(case) && !profile_mismatch::is_about(case) {
        let refusal = call.evidence.refusal.as_deref();
        let offered = refusal.map(|r| (r.profiles(), r.codecs()));
        let offered = offered.filter(|(_, codecs)| !codecs.is_empty());
        let offered = offered.map_or(String::new(), |(profiles, codecs)| {
            let codecs: Vec<String> = codecs.into_iter().map(str::to_owned).collect();
            format!(
                "; offered: {} over {}",
                first_few(&codecs, 12),
                profiles.join(", ")
            )
        });
        let says = match call
            .outcome_reason
            .as_deref()
            .and_then(|r| r.find("Warning").and_then(|at| r.get(at..)))
        {
            Some(warning) => format!("; {warning}"),
            None => "; the response does not say what of the offer is not acceptable".to_owned(),
        };
        let finding = case
            .found(
                &RULE,
                Severity::Error,
                format!(
                    "{} refused the media that {} offered",
                    case.name(Party::Callee),
                    case.name(Party::Caller)
                ),
                format!("{}{offered}{says}", case.answer_text()),
            )
            .advise("Give both phones at least one codec in common (PCMU or PCMA work everywhere).")
            .clause("RFC 3261 §21.4.26")
            .messages(messages);
        out.push(finding);
    }
    for media in call.media.iter().filter(|m| m.is_mismatch()).take(1) {
        let codec = media.codec().map_or("-", |c| &*c.name);
        let finding = case
            .found(
                &RULE,
                Severity::Error,
                format!("offer and answer share no {} codec", media.kind()),
                format!("the answer's first codec, {codec}, is not in the offer"),
            )
            .advise("Check the codec lists of both phones and of the proxy or PBX between them.")
            .messages([media.offered_in, media.agreed_in]);
        out.push(finding);
    }
}

/// A final response that refuses the session an INVITE offers (RFC 3261 §21.4.13, §21.4.26, §21.6.4).
pub(super) fn is_refusal(case: &CallCase<'_>) -> bool {
    let call = case.call;
    let refuses = |status: crate::types::StatusCode| matches!(status.get(), 415 | 488 | 606);
    call.outcome == Outcome::Rejected
        && !call.offered.is_empty()
        && call.final_status.is_some_and(refuses)
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    pub(super) fn offer_refused_with_488() -> Scene {
        Scene::failed(Outcome::Rejected, 488).call(|c| c.offered = vec!["audio".to_owned()])
    }

    pub(super) fn refused_with_488_without_an_offer() -> Scene {
        Scene::failed(Outcome::Rejected, 488)
    }

    #[test]
    fn a_refused_offer_is_said_once_and_not_as_a_failed_call_too() {
        assert_eq!(
            offer_refused_with_488().said(),
            ["error codec_mismatch: bob refused the media that alice offered"]
        );
        let [only] = &refused_with_488_without_an_offer().said()[..] else {
            panic!("one finding")
        };
        assert!(only.starts_with("warning call_failed: "), "{only}");
    }

    #[test]
    fn an_answer_without_a_common_codec_is_found_and_one_with_it_is_not() {
        let scene = Scene::answered().call(|c| {
            let agreed = c.media[0].clone();
            c.media[0] = agreed.with(Party::Caller, |d| d.says(&["8 PCMA/8000"]));
        });
        assert_eq!(
            scene.said(),
            ["error codec_mismatch: offer and answer share no audio codec"]
        );
        assert_eq!(Scene::answered().said(), [""; 0]);
    }
}
