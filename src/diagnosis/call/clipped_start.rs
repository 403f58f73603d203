//! Sound that begins late after the answer: the first words are not heard.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words;
use crate::media::StreamRecord;
use crate::types::{CaptureTime, Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "clipped_start",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3550 §6.4.1"),
    page: Page {
        means: "The call was answered, and the RTP of one side (or of both) begins only some time after that: who \
speaks at once is not heard, the first words are cut off. It is a warning where the sender's own RTCP report counts \
packets that never came (0.2 s of sound or more), and information where only the time tells it (1.5 s or more).",
        evidence: "The answer (or the SDP that completes it later), the first RTP packet of that side, and that no other \
RTP that may be its own came before. The packets that did not come are those that its sender reports count, less \
those that the sequence numbers promise here up to then. With --audio the level of the first 20 ms is told: speech \
there means that a word had begun. Streams that pause (silence suppression), calls on hold at the answer, and media \
that another SDP moved before it began are left out where no report proves it.",
        check: "Look at what comes before the first packet: ICE or DTLS that is slow, a firewall or media relay that \
lets RTP through only after RTP of the other way, a phone or server that opens its sound late. RTP towards another \
address at that time shows where it went.",
        limits: "Whether anyone spoke in that time cannot be told, nor whether RTP took another way first. A server may \
have nothing to play yet: a recording that begins at full level looks like a word cut in two.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_callee_begins_two_seconds_late,
        almost: tests::the_callee_begins_after_one_second,
    },
};

/// From here on the time alone is worth a word: keys and ways (DTLS, ICE) are agreed on in a second.
const LONG: Delta = Delta::from_millis(1500);
/// What is missed of sound, and of time, where a report proves it.
const MISSED: Delta = Delta::from_millis(200);
/// Sound of this level is speech (or music), no noise of a room, in dBov.
const SPEECH_DBOV: f64 = -35.0;

/// One side that begins late.
struct Late<'a> {
    side: Party,
    first: &'a StreamRecord,
    by: Delta,
    /// Packets it sent before the first that came, as it reports.
    missed: Option<u64>,
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let sides = [Party::Callee, Party::Caller];
    let mut late: Vec<Late<'_>> = sides.iter().filter_map(|s| late(case, *s)).collect();
    // What is proven is told; a guess beside it would not be heard.
    if late.iter().any(|l| l.missed.is_some()) {
        late.retain(|l| l.missed.is_some());
    }
    let Some(worst) = late.iter().max_by_key(|l| (l.missed, l.by)) else {
        return;
    };
    let (severity, missed) = match worst.missed {
        Some(missed) => (Severity::Warning, missed),
        None => (Severity::Info, 0),
    };
    let name = case.name(worst.side);
    let by = worst.by.as_secs_f64();
    let title = match (severity, late.len()) {
        (Severity::Warning, _) => format!(
            "the beginning of {name}'s sound is cut off: its first RTP packet comes {by:.1} s after the answer, {} \
             sent before did not come",
            words::packets(missed)
        ),
        (_, 1) => format!(
            "RTP from {name} begins {by:.1} s after the answer: what is said before that is not heard"
        ),
        _ => format!(
            "RTP begins up to {by:.1} s after the answer, both ways: what is said before that is not heard"
        ),
    };
    let mut detail: Vec<String> = late.iter().map(|l| begins(case, l)).collect();
    let other = case
        .sound
        .iter()
        .flat_map(|s| s.sent_by(worst.side.other()))
        .map(|s| s.first_time)
        .min();
    if let (1, Some(other), Some(sound)) = (late.len(), other, &case.sound) {
        let (other_name, since) = (case.name(worst.side.other()), other - sound.from);
        detail.push(match since.is_negative() {
            true => format!("RTP from {other_name} was there before"),
            false => format!(
                "RTP from {other_name} began after {:.1} s",
                since.as_secs_f64()
            ),
        });
    }
    let finding = case
        .found(&RULE, severity, title, detail.join("; "))
        .advise(
            "Look at what comes before the first packet: slow ICE or DTLS, a firewall or media relay that waits for \
             RTP of the other way, or a phone that opens its sound late.",
        )
        .messages(case.call.evidence.final_response)
        .streams(late.iter().map(|l| l.first.no));
    out.push(finding);
}

/// That side, where it was to be heard from the answer on and begins late.
fn late<'a>(case: &CallCase<'a>, side: Party) -> Option<Late<'a>> {
    let sound = case.sound.as_ref()?;
    let agreed = sound.agreed;
    if !agreed.flows_from(side) || sound.streams.iter().any(|s| s.from.is_none()) {
        return None;
    }
    let first = sound.sent_by(side).min_by_key(|s| s.first_time)?;
    let by = first.first_time - sound.from.max(agreed.since);
    if by < MISSED || is_moved(case, first.first_time) || !is_on_one_clock(case, first) {
        return None;
    }
    let missed = missed(case, first);
    let is_late = missed.is_some() || (by >= LONG && first.figures.pauses.count == 0);
    is_late.then_some(Late {
        side,
        first,
        by,
        missed,
    })
}

/// Another description of the sound came into force before.
fn is_moved(case: &CallCase<'_>, first: CaptureTime) -> bool {
    let Some(sound) = &case.sound else {
        return false;
    };
    sound.agreed.until.is_some_and(|until| until <= first)
}

/// Answer and stream are of one file: of two the clocks may differ.
fn is_on_one_clock(case: &CallCase<'_>, first: &StreamRecord) -> bool {
    let answer = case.call.evidence.final_response;
    let frame = answer.and_then(|message| (case.case.frame_of)(message));
    frame.is_some_and(|frame| frame.source == first.first_frame.source)
}

/// Packets its source reports that never came, where they are enough to be missed; `None` also where the same source
/// sent elsewhere before.
fn missed(case: &CallCase<'_>, first: &StreamRecord) -> Option<u64> {
    let missed = first.rtcp.as_ref()?.sent_before_first?;
    let packet_ms = first.figures.ptime_ms?;
    let elsewhere = |s: &StreamRecord| s.ssrc == first.ssrc && s.first_time < first.first_time;
    let missed_ms = missed as f64 * packet_ms;
    // Nothing is sent before the call: who counts more counts what was before it too.
    let most_ms = (first.first_time - case.call.start).as_millis_f64() + MISSED.as_millis_f64();
    let is_much = missed_ms >= MISSED.as_millis_f64() && missed_ms <= most_ms;
    (is_much && !case.streams.iter().any(|s| elsewhere(s))).then_some(missed)
}

/// `the first RTP packet of bob is #120; ...`
fn begins(case: &CallCase<'_>, l: &Late<'_>) -> String {
    let mut said = format!(
        "the first RTP packet from {} is {}",
        case.name(l.side),
        case.case.frame(l.first.first_frame)
    );
    if let Some(missed) = l.missed {
        said += &format!(
            ", and its sender reports count {} more than were sent from there on",
            words::packets(missed)
        );
    }
    let sound = l.first.sound.as_deref().and_then(|s| s.figures.as_ref());
    match sound.map(|s| s.first_dbov) {
        Some(level) if level >= SPEECH_DBOV => {
            said +=
                &format!("; it holds sound at {level:.0} dBov: a word (or a recording) had begun");
        }
        Some(_) => said += "; it begins with silence: no word is cut in two there",
        None => {}
    }
    said
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at};
    use crate::media::RtcpFigures;
    use crate::types::{Direction, Party};

    /// Bob answers at 2 s; his RTP begins so long after that.
    fn late(seconds: f64) -> Scene {
        Scene::answered().stream_from(Party::Callee, |s| {
            s.first_time = at(2.0 + seconds);
            s.figures.ptime_ms = Some(20.0);
        })
    }

    fn reporting(scene: Scene, missed: u64) -> Scene {
        scene.stream_from(Party::Callee, |s| {
            s.rtcp = Some(Box::new(RtcpFigures {
                sent_before_first: Some(missed),
                ..RtcpFigures::default()
            }));
        })
    }

    pub(super) fn the_callee_begins_two_seconds_late() -> Scene {
        late(2.0)
    }

    pub(super) fn the_callee_begins_after_one_second() -> Scene {
        late(1.0)
    }

    #[test]
    fn the_time_alone_is_information_and_says_no_more() {
        let found = late(2.0).findings();
        let said: Vec<_> = found
            .iter()
            .map(|f| (f.severity.as_str(), &*f.title, &*f.detail))
            .collect();
        assert_eq!(
            said,
            [(
                "info",
                "RTP from bob begins 2.0 s after the answer: what is said before that is not heard",
                "the first RTP packet from bob is #10; RTP from alice began after 0.0 s"
            )]
        );
    }

    #[test]
    fn packets_that_the_sender_counts_and_nobody_got_prove_it() {
        let scene = reporting(late(1.0), 50);
        assert_eq!(
            scene.said(),
            [
                "warning clipped_start: the beginning of bob's sound is cut off: its first RTP packet comes 1.0 s after \
                 the answer, 50 packets sent before did not come"
            ]
        );
        // 9 packets of 20 ms are 0.18 s.
        assert_eq!(reporting(late(1.0), 9).said(), [""; 0]);
        // 500 are 10 s, and the call began 3 s before.
        assert_eq!(reporting(late(1.0), 500).said(), [""; 0]);
        // The same source was heard elsewhere before: they went there.
        let moved = scene.more_streams(Party::Callee, |s| {
            s.ssrc = crate::types::Ssrc(1);
            s.kind = Some(crate::types::MediaKind::Video);
        });
        assert_eq!(moved.said(), [""; 0]);
    }

    #[test]
    fn both_ways_are_one_finding() {
        let scene = late(2.0).stream_from(Party::Caller, |s| s.first_time = at(3.6));
        assert_eq!(
            scene.said(),
            [
                "info clipped_start: RTP begins up to 2.0 s after the answer, both ways: what is said before that is \
                 not heard"
            ]
        );
    }

    #[test]
    fn the_first_sound_tells_whether_a_word_had_begun() {
        let heard = |level: f64| {
            let scene = late(2.0).sounding(Party::Callee, "  ##################");
            let scene = scene.sounding(Party::Caller, "####################");
            let scene = scene.stream_from(Party::Callee, |s| {
                let sound = s.sound.as_mut().and_then(|s| s.figures.as_mut());
                sound.expect("sound").first_dbov = level;
            });
            scene.findings()[0].detail.clone()
        };
        assert!(
            heard(-20.0).contains("it holds sound at -20 dBov: a word (or a recording) had begun")
        );
        assert!(heard(-70.0).contains("it begins with silence: no word is cut in two there"));
    }

    #[test]
    fn who_pauses_who_is_on_hold_and_whose_media_moved_is_not_late() {
        let pauses = late(3.0).stream_from(Party::Callee, |s| s.figures.pauses.count = 2);
        assert_eq!(pauses.said(), [""; 0]);
        let held = late(3.0).call(|c| {
            let agreed = c.media[0].clone();
            c.media[0] = agreed.with(Party::Callee, |d| d.attribute = Direction::RecvOnly);
        });
        assert!(!held.has("clipped_start"));
        let moved = late(3.0).call(|c| {
            let mut again = c.media[0].clone();
            c.media[0].until = Some(at(4.0));
            again.since = at(4.0);
            c.media.push(again);
        });
        assert!(!moved.has("clipped_start"));
    }

    #[test]
    fn an_answer_without_sdp_counts_from_the_sdp_that_completes_it() {
        let scene = late(2.0).call(|c| c.media[0].since = at(3.9));
        assert_eq!(scene.said(), [""; 0]);
    }

    #[test]
    fn a_ringing_tone_that_goes_on_is_no_late_begin() {
        let scene = late(2.0).more_streams(Party::Callee, |s| s.first_time = at(1.0));
        assert_eq!(scene.said(), [""; 0]);
    }
}
