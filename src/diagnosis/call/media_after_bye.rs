//! A side that goes on sending RTP after the call's end.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{CaptureTime, Delta, MessageId, Method, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "media_after_bye",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §15.1.2"),
    page: Page {
        means: "One side goes on sending RTP for five seconds or more after the BYE was answered. Who receives a BYE is to \
stop its media.",
        evidence: "The last BYE of the call, the answer to it, and the last RTP packet of that side. Calls that a server \
carries on another leg, or that were transferred, are left out.",
        check: "Look at that side: its program stops the call, but not its media. If its next call uses the same ports, \
the packets may be heard there.",
        limits: "Packets that a capture holds late look the same. Whether the other side still plays them is not in the \
capture.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_callee_sends_for_twelve_seconds_more,
        almost: tests::its_last_packets_were_on_their_way,
    },
};

const LONG: Delta = Delta::from_secs(5);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    // On further legs, or with another party, the sound may go on.
    if case.call.legs.len() > 1 || case.moved_on().is_some() {
        return;
    }
    let Some((end, messages)) = ended(case) else {
        return;
    };
    for side in [Party::Caller, Party::Callee] {
        let streams = case.streams.iter().filter(|s| s.from == Some(side));
        let Some(last) = streams.max_by_key(|s| s.last_time) else {
            continue;
        };
        let more = last.last_time - end;
        if more < LONG || last.first_time >= end {
            continue;
        }
        let who = case.name(side);
        let finding = case
            .found(
                &RULE,
                Severity::Info,
                format!(
                    "{who}'s RTP goes on for {:.1} s after the BYE was answered",
                    more.as_secs_f64()
                ),
                format!(
                    "the last packet is {}; the BYE and its answer are {}",
                    case.case.frame(last.last_frame),
                    case.case.frames(&messages)
                ),
            )
            .advise(format!("Look why {who}'s side does not stop its media."))
            .messages(messages.clone())
            .streams([last.no]);
        out.push(finding);
    }
}

/// When the last BYE was answered, and both messages.
fn ended(case: &CallCase<'_>) -> Option<(CaptureTime, Vec<MessageId>)> {
    let byes = case
        .call
        .requests
        .iter()
        .filter(|r| r.method == Method::Bye);
    let last = byes.max_by_key(|r| r.answered.unwrap_or(r.time))?;
    let answer = last.answer.filter(|_| last.is_successful())?;
    Some((last.answered?, vec![last.message, answer]))
}

#[cfg(test)]
mod tests {
    use crate::call::InDialogRequest;
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Method, Party};

    /// Bob's last packet comes then; alice's BYE at 22 s is answered at once.
    fn until(last: f64) -> Scene {
        let scene = Scene::answered().call(|c| {
            let bye =
                InDialogRequest::sample(Method::Bye, Party::Caller, message(10), at(22.0), 200);
            c.evidence.bye = Some(bye.message);
            c.requests = vec![bye];
        });
        let scene = scene.capture(move |c| c.last_time = Some(at(last)));
        scene.stream_from(Party::Callee, |s| s.last_time = at(last))
    }

    pub(super) fn the_callee_sends_for_twelve_seconds_more() -> Scene {
        until(34.1)
    }

    pub(super) fn its_last_packets_were_on_their_way() -> Scene {
        until(22.6)
    }

    #[test]
    fn who_sends_and_for_how_long_is_told() {
        let found = the_callee_sends_for_twelve_seconds_more().findings();
        let said: Vec<_> = found.iter().map(|f| (&*f.title, &*f.detail)).collect();
        assert_eq!(
            said,
            [(
                "bob's RTP goes on for 12.0 s after the BYE was answered",
                "the last packet is #2009; the BYE and its answer are #10 #11"
            )]
        );
    }
}
