//! A side whose RTP holds only silence, where its sound was decoded.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::heard::Heard;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::codec::Role;
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "silent_audio",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "The RTP of one side of an answered call came, and from the answer to the end all of it was silence, while \
the other side is heard: one-way audio although packets flow. A warning where it is digital silence (every sample of a \
piece is the same), info where there is faint noise below −50 dBov.",
        evidence: "The decoded sound of that side, in pieces of 20 ms (report or streams with --audio), over three seconds or more in which it might \
send. Times on hold do not count. A side that sends comfort noise or leaves silence out is not judged.",
        check: "Look for a muted, wrong or missing microphone at that side, for a server that has nothing to play, or for one that \
cannot decode what it gets and sends silence instead: compare the legs on both sides of it.",
        limits: "Whether somebody muted the phone on purpose. A silent listener with a good microphone is seldom below −50 dBov.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_callee_is_silent,
        almost: tests::the_callee_says_one_word,
    },
};

/// Pieces of 20 ms in three seconds.
const LONG_ENOUGH: u64 = 150;

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(heard) = Heard::of(case.call, &case.streams) else {
        return;
    };
    for side in [Party::Caller, Party::Callee] {
        let (known, digital, active) = heard.sides.counts(side, &heard.spans);
        let (_, _, other) = heard.sides.counts(side.other(), &heard.spans);
        if known < LONG_ENOUGH || active > 0 || other == 0 || is_saving(case, side) {
            continue;
        }
        let own = case.streams.iter().filter(|s| s.from == Some(side));
        let own = own.filter(|s| s.sound.is_some()).map(|s| s.no);
        let (severity, what) = match digital == known {
            true => (Severity::Warning, "digital silence, every sample the same"),
            false => (Severity::Info, "below −50 dBov throughout"),
        };
        let name = case.name(side);
        let finding = case
            .found(
                &RULE,
                severity,
                format!("{name}'s RTP holds only silence"),
                format!("{:.1} s of it after the answer were decoded: {what}", known as f64 / 50.0),
            )
            .advise(format!(
                "Look for a muted or wrong microphone at {name}, or for a server between that cannot decode what it gets."
            ))
            .messages(case.call.evidence.final_response)
            .streams(own);
        out.push(finding);
    }
}

/// It sends comfort noise, or nothing, while nobody speaks: what it does send may be the rest of a word.
fn is_saving(case: &CallCase<'_>, side: Party) -> bool {
    let has_noise = |s: &StreamRecord| {
        let mut codecs = s.payloads.iter().filter_map(|p| p.codec.as_deref());
        codecs.any(|c| Role::of_codec(c) == Role::ComfortNoise)
    };
    let mut own = case.streams.iter().filter(|s| s.from == Some(side));
    own.any(|s| s.figures.pauses.count > 0 || has_noise(s))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    fn callee(sound: &str) -> Scene {
        let scene = Scene::answered().sounding(Party::Caller, "##.......#.......#..");
        scene.sounding(Party::Callee, sound)
    }

    pub(super) fn the_callee_is_silent() -> Scene {
        callee(&"0".repeat(20))
    }

    pub(super) fn the_callee_says_one_word() -> Scene {
        callee("0000000000000#000000")
    }

    #[test]
    fn faint_noise_is_worth_a_word_only() {
        let said = callee(".0.0.0.0.0.0.0.0.0.0").said();
        assert_eq!(said, ["info silent_audio: bob's RTP holds only silence"]);
    }

    #[test]
    fn a_side_that_leaves_silence_out_is_not_judged() {
        let scene = the_callee_is_silent();
        let scene = scene.stream_from(Party::Callee, |s| s.figures.pauses.count = 1);
        assert_eq!(scene.said(), [""; 0]);
    }
}
