//! RTP with a payload type that was not agreed.

use crate::call::Codec;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::receiving::Said;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::media::{PayloadSeen, StreamRecord};
use crate::types::Severity;
use crate::types::codec::Role;

pub(super) static RULE: Rule = Rule {
    code: "media_not_negotiated",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3264 §6.1, §7"),
    page: Page {
        means: "One side sends RTP with a payload type that was not agreed: the SDP of the other side does not list it, \
or its own answer left it out. The receiver may play noise, or nothing.",
        evidence: "The payload types of the stream, and the SDP of offer and answer that were in force when the last \
of these packets came, a second and a half after the answer or later; of a stream that began after the answer, \
half a second after its begin. Only SDP that the capture holds whole counts, \
and only the address and port that it names.",
        check: "Look at the codec list of the sender, and whether a proxy or PBX in between changes codec lists or \
transcodes. Empty packets that keep the way through a NAT open (RFC 6263) are left out. Comfort noise (payload type 13) \
that nobody listed is common and mostly harmless, and where both sides send the codec, both know it: that is information.",
        limits: "Whether the receiver can play it all the same is not in the packets: many phones do. A re-INVITE that \
was not captured may have agreed it.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_callee_sends_what_the_caller_did_not_list,
        almost: tests::it_stops_before_the_answer_counts,
    },
};

/// A few packets may be a test tone or a mistake of the capture.
const FEW: u64 = 3;

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    for s in &case.streams {
        for p in &s.payloads {
            let codec = p.codec.as_deref().unwrap_or("");
            // Digits are a matter of their own; what carries nothing is no media.
            if p.is_keepalive() || p.packets < FEW || Role::of_codec(codec) == Role::Event {
                continue;
            }
            let said = case.settled_for(s, p);
            // That nothing was agreed at all is said once.
            if said.iter().any(|said| said.agreement.is_mismatch()) {
                continue;
            }
            let mut reasons = said.iter().map(|said| reason(*said, p));
            let Some(Some(first)) = reasons.next() else {
                continue;
            };
            if reasons.all(|reason| reason.is_some()) {
                out.extend(said.first().map(|said| words(case, s, p, *said, first)));
            }
        }
    }
}

/// Why a payload type may not be sent.
#[derive(Clone, Copy, PartialEq)]
enum Reason {
    /// The receiver does not list the number.
    NotListed,
    /// The sender answered without the codec.
    NotAnswered,
}

fn reason(said: Said<'_>, p: &PayloadSeen) -> Option<Reason> {
    let (receiver, sender) = (said.own(), said.others());
    let Some(codec) = receiver.line.codec_of(p.payload_type) else {
        return Some(Reason::NotListed);
    };
    let same = |c: &Codec| c.name.eq_ignore_ascii_case(&codec.name);
    let is_answerer = said.agreement.answerer != said.party;
    let left_out = is_answerer && !sender.line.codecs.iter().any(same);
    left_out.then_some(Reason::NotAnswered)
}

fn words(
    case: &CallCase<'_>,
    s: &StreamRecord,
    p: &PayloadSeen,
    said: Said<'_>,
    reason: Reason,
) -> Finding {
    let (sender, receiver) = case.sender_and_receiver(said);
    let what = match p.codec.as_deref() {
        Some(codec) => format!("{codec} (payload type {})", p.payload_type),
        None => format!("payload type {}", p.payload_type),
    };
    let a = said.agreement;
    let (message, whose) = match reason {
        Reason::NotAnswered => (a.agreed_in, format!("{sender}'s own answer")),
        Reason::NotListed => (said.message(), format!("{receiver}'s SDP")),
    };
    let line = match reason {
        Reason::NotAnswered => &said.others().line,
        Reason::NotListed => &said.own().line,
    };
    let listed: Vec<&str> = line.codecs.iter().map(|c| &*c.name).collect();
    let is_noise = p.codec.as_deref().map(Role::of_codec) == Some(Role::ComfortNoise);
    let is_mutual = sends_too(case, s, p);
    let also = match is_mutual {
        true => format!("; {receiver} sends it too"),
        false => String::new(),
    };
    let severity = match is_noise || is_mutual {
        true => Severity::Info,
        false => Severity::Warning,
    };
    let finding = case
        .found(
            &RULE,
            severity,
            format!("{sender}'s RTP is {what}, which {whose} does not list"),
            format!(
                "{} to {}; {} lists {}{also}",
                counted(p.packets, "packet", "packets"),
                s.flow.dst,
                case.case.frames(&[message]),
                listed.join(", ")
            ),
        )
        .messages([a.offered_in, a.agreed_in])
        .streams([s.no]);
    match is_noise {
        true => finding.clause("RFC 3389 §4"),
        false => finding.advise(
            "Compare the codec list of the sender with offer and answer, also behind a proxy or PBX in between.",
        ),
    }
}

/// The receiver sends the same back: it knows the codec.
fn sends_too(case: &CallCase<'_>, s: &StreamRecord, p: &PayloadSeen) -> bool {
    let is_back =
        |o: &StreamRecord| o.flow.src.addr == s.flow.dst.addr && o.flow.dst.addr == s.flow.src.addr;
    let mut back = case.streams.iter().filter(|o| is_back(o));
    back.any(|o| {
        let mut payloads = o.payloads.iter();
        payloads.any(|q| q.payload_type == p.payload_type && q.packets >= FEW)
    })
}

#[cfg(test)]
mod tests {
    use crate::call::CallRecord;
    use crate::diagnosis::building::{Scene, at};
    use crate::types::{CaptureTime, Party, PayloadType};

    fn sends(payload_type: u8, codec: &'static str, until: CaptureTime) -> Scene {
        Scene::answered().stream_from(Party::Callee, move |s| {
            let p = &mut s.payloads[0];
            p.payload_type = PayloadType::new(payload_type).unwrap();
            p.codec = Some(codec.into());
            p.last_time = until;
        })
    }

    pub(super) fn the_callee_sends_what_the_caller_did_not_list() -> Scene {
        sends(8, "PCMA", at(22.0))
    }

    // The answer is at 2 s.
    pub(super) fn it_stops_before_the_answer_counts() -> Scene {
        sends(8, "PCMA", at(3.0))
    }

    fn offered(codecs: &'static [&'static str]) -> impl FnOnce(&mut CallRecord) {
        move |c| c.media[0] = c.media[0].clone().with(Party::Caller, |d| d.says(codecs))
    }

    #[test]
    fn what_was_sent_and_what_was_listed_are_named() {
        let scene = the_callee_sends_what_the_caller_did_not_list();
        let found = scene.findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "bob's RTP is PCMA (payload type 8), which alice's SDP does not list",
                "1000 packets to 192.0.2.11:4000; #1 lists PCMU"
            )
        );
    }

    #[test]
    fn an_answerer_keeps_to_its_own_answer() {
        let scene = the_callee_sends_what_the_caller_did_not_list()
            .call(offered(&["0 PCMU/8000", "8 PCMA/8000"]));
        assert_eq!(
            scene.said(),
            [
                "warning media_not_negotiated: bob's RTP is PCMA (payload type 8), which bob's own answer does not list"
            ]
        );
    }

    #[test]
    fn a_stream_that_began_after_the_answer_is_what_its_sender_chose() {
        let from = |begin| {
            sends(8, "PCMA", at(3.0)).stream_from(Party::Callee, move |s| {
                (s.first_time, s.payloads[0].first_time) = (at(begin), at(begin));
                (s.payloads[0].packets, s.last_time) = (45, at(3.0));
            })
        };
        assert!(from(2.1).has("media_not_negotiated"));
        // It ran before the answer, or for too short a time.
        assert!(!from(1.9).has("media_not_negotiated"));
        assert!(!from(2.8).has("media_not_negotiated"));
    }

    #[test]
    fn where_both_send_it_both_know_it() {
        let scene = the_callee_sends_what_the_caller_did_not_list();
        let both = scene.stream_from(Party::Caller, |s| {
            s.payloads[0].payload_type = PayloadType::new(8).unwrap();
            s.payloads[0].codec = Some("PCMA".into());
        });
        let found = both.findings();
        assert!(found.iter().all(|f| f.severity.as_str() == "info"));
        assert_eq!(
            found[1].detail,
            "1000 packets to 192.0.2.11:4000; #1 lists PCMU; alice sends it too"
        );
    }

    #[test]
    fn empty_packets_that_keep_a_way_open_are_no_media() {
        let of = |octets| {
            sends(126, "", at(22.0)).stream_from(Party::Callee, move |s| {
                (s.payloads[0].codec, s.payloads[0].payload_bytes) = (None, octets);
            })
        };
        assert!(!of(0).has("media_not_negotiated"));
        assert!(of(160).has("media_not_negotiated"));
    }

    #[test]
    fn comfort_noise_is_information_and_a_cut_description_says_nothing() {
        let noise = sends(13, "CN", at(22.0));
        assert_eq!(noise.severity_of("media_not_negotiated").as_str(), "info");
        let cut = the_callee_sends_what_the_caller_did_not_list().call(|c| {
            c.media[0] = c.media[0].clone().with(Party::Caller, |d| d.is_cut = true);
        });
        assert_eq!(cut.said(), [""; 0]);
    }

    #[test]
    fn packets_on_the_old_way_for_a_moment_after_a_change_are_in_order() {
        let until = |end| {
            Scene::answered()
                .call(|c| {
                    let mut later = c.media[0].clone();
                    for side in [Party::Caller, Party::Callee] {
                        later = later.with(side, |d| d.says(&["9 G722/8000"]));
                    }
                    (c.media[0].until, later.since) = (Some(at(10.0)), at(10.0));
                    c.media.push(later);
                })
                .stream_from(Party::Callee, move |s| s.payloads[0].last_time = at(end))
                .stream_from(Party::Caller, |s| s.payloads[0].last_time = at(10.0))
        };
        assert_eq!(until(11.0).said(), [""; 0]);
        assert!(until(22.0).has("media_not_negotiated"));
    }
}
