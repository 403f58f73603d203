//! Media refused for its transport profile: RTP or SRTP, with feedback or without.

use super::codec_mismatch;
use crate::call::MediaRefusal;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "profile_mismatch",
    severities: &[Severity::Error],
    clause: Some("RFC 3261 §20.43"),
    page: Page {
        means: "The called side refused the offered media, and as far as can be told for its transport profile: the \
m= lines offer RTP/SAVP or RTP/SAVPF (encrypted, as WebRTC does) where the other side takes plain RTP/AVP only, or \
the other way round.",
        evidence: "The profiles of the offer's m= lines; the response 415, 488 or 606; its Warning (302: incompatible \
transport protocol), or the profiles in its own SDP. Where it has neither, that only profiles other than RTP/AVP were \
offered while the codecs are common ones; the finding then says that the response gives no reason.",
        check: "Set encryption (SRTP) alike on both sides: off, optional or required. Between a browser and a phone a \
gateway has to translate (rtpengine with RTP/AVP, or a PBX with media encryption set for one side).",
        limits: "Without a Warning and without SDP in the response the profile is the likely reason, not a proven one: \
the same response may be meant for the codecs, or be a policy.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::refused_with_warning_302,
        almost: tests::refused_with_warning_305,
    },
};

/// What points at the profile.
enum Because {
    /// Warning 302.
    Warning,
    /// The response's own SDP names other profiles.
    Sdp,
    /// Nothing else explains it.
    Offer,
}

/// Warning codes about something else than the profile: 305 is about codecs, 304 may be about either.
const ABOUT_OTHERS: [u16; 9] = [300, 301, 303, 305, 306, 307, 330, 331, 370];
/// Codecs nearly every phone has: that all of them are refused is hardly about codecs.
const COMMON: [&str; 4] = ["PCMU", "PCMA", "G722", "G729"];

fn because<'a>(case: &'a CallCase<'_>) -> Option<(&'a MediaRefusal, Because)> {
    let refusal = case.call.evidence.refusal.as_deref();
    let refusal = refusal.filter(|_| codec_mismatch::is_refusal(case))?;
    let profiles = refusal.profiles();
    if refusal.warnings.contains(&302) {
        return Some((refusal, Because::Warning));
    }
    let about_others = |code: &u16| ABOUT_OTHERS.contains(code);
    if profiles.is_empty() || refusal.warnings.iter().any(about_others) {
        return None;
    }
    let takes = || refusal.takes.iter().filter(|t| t.contains("RTP/"));
    if takes().next().is_some() {
        let same = takes().any(|t| profiles.contains(&&**t));
        return (!same).then_some((refusal, Because::Sdp));
    }
    let mut codecs = refusal.codecs().into_iter();
    let common = codecs.any(|c| COMMON.iter().any(|k| k.eq_ignore_ascii_case(c)));
    let plain = profiles.contains(&"RTP/AVP");
    (common && !plain).then_some((refusal, Because::Offer))
}

/// True where the refusal is told here, and not as one of codecs.
pub(super) fn is_about(case: &CallCase<'_>) -> bool {
    because(case).is_some()
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some((refusal, because)) = because(case) else {
        return;
    };
    let profiles = match refusal.profiles() {
        none if none.is_empty() => "the offer".to_owned(),
        profiles => profiles.join(", "),
    };
    let (callee, caller) = (case.name(Party::Callee), case.name(Party::Caller));
    let title = match because {
        Because::Offer => {
            format!("{callee} refused the media that {caller} offered, all of it as {profiles}")
        }
        _ => {
            format!("{callee} refused the media that {caller} offered for its profile, {profiles}")
        }
    };
    let says = match because {
        Because::Warning => "it says Warning 302, incompatible transport protocol".to_owned(),
        Because::Sdp => {
            let takes: Vec<&str> = refusal.takes.iter().map(|t| &**t).collect();
            format!("its SDP names {} instead", takes.join(", "))
        }
        Because::Offer => {
            "it does not say why; the codecs are common ones, plain RTP/AVP was not offered"
                .to_owned()
        }
    };
    let detail = format!("{}: {says}", case.answer_text());
    let messages = [case.call.evidence.invite, case.call.evidence.final_response];
    let finding = case
        .found(&RULE, Severity::Error, title, detail)
        .advise(
            "Set encryption (SRTP) alike on both sides, or let a gateway translate between them.",
        )
        .messages(messages.into_iter().flatten());
    out.push(match because {
        Because::Warning => finding,
        _ => finding.clause("RFC 3261 §21.4.26"),
    });
}

#[cfg(test)]
mod tests {
    use crate::call::{MediaRefusal, Outcome};
    use crate::diagnosis::building::Scene;

    fn refused(profile: &'static str, warnings: &'static [u16]) -> Scene {
        Scene::failed(Outcome::Rejected, 488).call(|c| {
            c.offered = vec!["audio".to_owned()];
            c.evidence.refusal = Some(Box::new(MediaRefusal::sample(profile, warnings)));
        })
    }

    pub(super) fn refused_with_warning_302() -> Scene {
        refused("RTP/SAVPF", &[302])
    }

    pub(super) fn refused_with_warning_305() -> Scene {
        refused("RTP/SAVPF", &[305])
    }

    #[test]
    fn warning_and_offer_tell_the_profile_from_the_codecs() {
        for (scene, code) in [
            (refused_with_warning_302(), "profile_mismatch"),
            (refused("RTP/SAVP", &[]), "profile_mismatch"),
            (refused("RTP/SAVP", &[399]), "profile_mismatch"),
            (refused_with_warning_305(), "codec_mismatch"),
            (refused("RTP/AVP", &[]), "codec_mismatch"),
        ] {
            let found = scene.findings();
            let codes: Vec<_> = found.iter().map(|f| f.rule.code).collect();
            assert_eq!(codes, [code]);
        }
    }
}
