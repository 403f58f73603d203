//! Key presses in RTP under a payload type that the receiver did not announce for them.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::receiving::Said;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::media::{PayloadSeen, StreamRecord};
use crate::types::codec::Role;
use crate::types::{PayloadType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "digits_not_negotiated",
    severities: &[Severity::Warning],
    clause: Some("RFC 3264 §5.1, RFC 4733 §2.4.1"),
    page: Page {
        means: "One side sends key presses (telephone-event) with a payload type that the other side's SDP does not give \
to telephone-event: it gives another number, or does not list telephone-event at all. The other side will not \
understand the keys: a menu or a conference PIN does not react.",
        evidence: "The payload type of the events in the stream, and the rtpmap lines of the receiver's SDP that was in \
force. The number in a description is the one its own side wants to receive; the other side may use another.",
        check: "Look at the sender: it should use the number of the other side's SDP, not that of its own. Where the \
receiver lists no telephone-event, send the digits another way (in the sound, or in SIP INFO).",
        limits: "Whether the receiver understands the keys all the same is not in the packets.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::keys_under_the_number_of_the_own_sdp,
        almost: tests::keys_under_the_number_of_the_other_sdp,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    for s in &case.streams {
        let is_event = |p: &&PayloadSeen| {
            let codec = p.codec.as_deref().unwrap_or("");
            Role::of_codec(codec) == Role::Event
        };
        for p in s.payloads.iter().filter(is_event) {
            let said = case.settled_for(s, p);
            if !said.is_empty() && said.iter().all(|said| !announces(*said, p.payload_type)) {
                out.extend(said.first().map(|said| words(case, s, p, *said)));
            }
        }
    }
}

fn announces(said: Said<'_>, payload_type: PayloadType) -> bool {
    let codec = said.own().line.codec_of(payload_type);
    codec.is_some_and(|c| Role::of_codec(&c.name) == Role::Event)
}

fn words(case: &CallCase<'_>, s: &StreamRecord, p: &PayloadSeen, said: Said<'_>) -> Finding {
    let (sender, receiver) = case.sender_and_receiver(said);
    let mut codecs = said.own().line.codecs.iter();
    let wanted = codecs.find(|c| Role::of_codec(&c.name) == Role::Event);
    let wanted = wanted.and_then(|c| c.payload_type);
    let wants = match wanted {
        Some(number) => format!("{receiver}'s SDP gives that the number {number}"),
        None => format!("{receiver}'s SDP does not list telephone-event"),
    };
    let a = said.agreement;
    let advice = match wanted {
        Some(_) => "The sender has to use the number of the other side's SDP, not that of its own.",
        None => "Send the digits another way, or let the receiver announce telephone-event.",
    };
    case.found(
        &RULE,
        Severity::Warning,
        format!(
            "{sender}'s digits come with payload type {}, but {wants}",
            p.payload_type
        ),
        format!(
            "{} of telephone-event to {}; {} says what {receiver} wants to receive",
            counted(p.packets, "packet", "packets"),
            s.flow.dst,
            case.case.frames(&[said.message()]),
        ),
    )
    .advise(advice)
    .messages([a.offered_in, a.agreed_in])
    .streams([s.no])
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::media::PayloadSeen;
    use crate::types::{Party, PayloadType};

    /// Alice wants events with 121, bob with 122; bob sends them with this number.
    fn keys(number: u8) -> Scene {
        let scene = Scene::answered().call(|c| {
            let agreed = c.media[0].clone();
            let agreed = agreed.with(Party::Caller, |d| {
                d.says(&["0 PCMU/8000", "121 telephone-event/8000"]);
            });
            c.media[0] = agreed.with(Party::Callee, |d| {
                d.says(&["0 PCMU/8000", "122 telephone-event/8000"]);
            });
        });
        scene.stream_from(Party::Callee, |s| {
            let keys = PayloadSeen {
                payload_type: PayloadType::new(number).unwrap(),
                codec: Some("telephone-event".into()),
                packets: 16,
                is_main: false,
                ..s.payloads[0].clone()
            };
            s.payloads.push(keys);
        })
    }

    pub(super) fn keys_under_the_number_of_the_own_sdp() -> Scene {
        keys(122)
    }

    pub(super) fn keys_under_the_number_of_the_other_sdp() -> Scene {
        keys(121)
    }

    #[test]
    fn both_numbers_are_named() {
        assert_eq!(
            keys_under_the_number_of_the_own_sdp().said(),
            [
                "warning digits_not_negotiated: bob's digits come with payload type 122, but alice's SDP gives that the number 121"
            ]
        );
    }
}
