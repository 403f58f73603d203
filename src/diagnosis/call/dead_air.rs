//! A call in which nobody says anything for a long time, where its sound was decoded.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::heard::Heard;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Delta, Severity};

pub(super) static RULE: Rule = Rule {
    code: "dead_air",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "For ten seconds or more of an answered call the RTP of both sides came, and all of it was silence. A \
warning from 30 seconds on.",
        evidence: "The decoded sound of both sides, in pieces of 20 ms (report or streams with --audio): below −50 dBov on both sides without a break. \
Times on hold, before the answer, of comfort noise, of silence that was not sent and of lost packets do not count.",
        check: "Listen to that time with `sipflow audio`. Digital silence (every sample the same) on one side: look for a muted or \
wrong microphone, or a server that has nothing to play. Faint noise on both: perhaps nobody spoke.",
        limits: "Why nobody is heard. People who wait for each other are silent as well.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::ten_silent_seconds,
        almost: tests::nine_silent_seconds,
    },
};

/// From here on it is a warning.
const LONG: Delta = Delta::from_secs(30);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(heard) = Heard::of(case.call, &case.streams) else {
        return;
    };
    let stretches = heard.talk().dead_air;
    let Some(longest) = stretches.iter().map(|(_, length)| *length).max() else {
        return;
    };
    let severity = match longest >= LONG {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let answer = case.call.answer.unwrap_or_default();
    let each: Vec<String> = stretches
        .iter()
        .take(SHOWN)
        .map(|(since, length)| {
            let (from, until) = (*since - answer, *since + *length - answer);
            format!("{:.1} to {:.1} s", from.as_secs_f64(), until.as_secs_f64())
        })
        .collect();
    let more = match stretches.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more times"),
    };
    let finding = case
        .found(
            &RULE,
            severity,
            format!(
                "dead air: nobody is heard for {:.1} s",
                longest.as_secs_f64()
            ),
            format!(
                "RTP of both sides came and was silence, {} after the answer{more}",
                each.join(", ")
            ),
        )
        .advise("Listen to it with sipflow audio; look for a muted or wrong microphone.")
        .streams(
            case.streams
                .iter()
                .filter(|s| s.sound.is_some())
                .map(|s| s.no),
        );
    out.push(finding);
}

/// Times named.
const SHOWN: usize = 3;

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at};
    use crate::types::{Direction, Party};

    /// Both talk, but for the time from 4 s to `until` (the answer is at 2 s).
    fn silent_until(until: usize) -> Scene {
        let seconds: String = (2..22)
            .map(|s| if (4..until).contains(&s) { '.' } else { '#' })
            .collect();
        let scene = Scene::answered().sounding(Party::Caller, &seconds);
        scene.sounding(Party::Callee, &seconds.replace('.', "0"))
    }

    pub(super) fn ten_silent_seconds() -> Scene {
        silent_until(14)
    }

    pub(super) fn nine_silent_seconds() -> Scene {
        silent_until(13)
    }

    #[test]
    fn when_and_how_long_is_said() {
        let found = ten_silent_seconds().findings();
        let said: Vec<_> = found.iter().map(|f| (&*f.title, &*f.detail)).collect();
        assert_eq!(
            said,
            [(
                "dead air: nobody is heard for 10.0 s",
                "RTP of both sides came and was silence, 2.0 to 12.0 s after the answer"
            )]
        );
    }

    #[test]
    fn silence_on_hold_is_no_dead_air() {
        let scene = ten_silent_seconds().call(|c| {
            let up = c.media[0].clone();
            let mut held = up
                .clone()
                .with(Party::Caller, |d| d.attribute = Direction::SendOnly);
            let mut again = up;
            c.media[0].until = Some(at(5.0));
            (held.since, held.until) = (at(5.0), Some(at(15.0)));
            again.since = at(15.0);
            c.media.extend([held, again]);
        });
        assert!(!scene.has("dead_air"));
    }

    #[test]
    fn one_silent_side_is_a_listener() {
        let scene = ten_silent_seconds().sounding(Party::Callee, &"#".repeat(20));
        assert_eq!(scene.said(), [""; 0]);
    }
}
