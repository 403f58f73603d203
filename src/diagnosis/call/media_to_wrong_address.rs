//! RTP that goes to an address nobody answers from, while the other side sends from elsewhere.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::receiving::Said;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::{HostAddr, Severity};
use std::collections::{HashMap, HashSet};

pub(super) static RULE: Rule = Rule {
    code: "media_to_wrong_address",
    severities: &[Severity::Error],
    clause: Some("RFC 3264 §5"),
    page: Page {
        means: "One side sends its RTP to the address that the other side's SDP names, but the other side's own RTP \
comes from a different host, and nothing ever came from the named one. The named address is private \
or loopback, or ICMP errors answer what is sent there. Or the RTP goes to the host that the SDP names, but to a port \
that no SDP of the call names.",
        evidence: "The destination of one stream and the source of the stream of the opposite direction on the same \
part of the path, both lasting two seconds or more, and that no packet of the call's media came from \
that destination; or the port of the SDP in force, and that of the stream.",
        check: "The SDP names an address behind a NAT. Use STUN or ICE in the phone, or a media relay (rtpengine, \
rtpproxy) on the proxy. Check also the 'external address' setting of a PBX behind a NAT.",
        limits: "A host may send from one address and receive at another on purpose; then all is in order. Whether \
the listener heard anything cannot be seen: only where packets went.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::rtp_to_a_private_address_nobody_sends_from,
        almost: tests::the_relay_at_that_address_speaks,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(sound) = &case.sound else { return };
    out.extend(sound.streams.iter().find_map(|s| to_another_port(case, s)));
    let Some((s, back)) = unanswered(case) else {
        return;
    };
    let (sent_to, comes_from) = (s.flow.dst, back.flow.src);
    let named = case.receiver_of(s).into_iter().next().map(Said::message);
    let named_in = match named {
        Some(message) => format!("the address of the SDP ({})", case.case.frames(&[message])),
        None => "the address of the SDP".to_owned(),
    };
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!("RTP is sent to {sent_to}, but the other side sends from {comes_from}"),
            format!(
                "{} packets went to {named_in}; nothing ever came from there",
                s.figures.packets
            ),
        )
        .advise("The SDP names an address behind a NAT: use STUN, ICE, or a media relay; switch SIP ALG in routers off.")
        .messages(named)
        .streams([s.no, back.no]);
    out.push(finding);
}

/// The address that RTP goes to in vain.
pub(super) fn target(case: &CallCase<'_>) -> Option<HostAddr> {
    unanswered(case).map(|(s, _)| s.flow.dst.addr)
}

/// A stream to a host that cannot be reached and sends nothing, and the stream of the other side.
fn unanswered<'a>(case: &CallCase<'a>) -> Option<(&'a StreamRecord, &'a StreamRecord)> {
    let sound = case.sound.as_ref()?;
    // The first stream of each side on each hop, and where streams come from.
    let mut firsts: HashMap<_, Vec<&StreamRecord>> = HashMap::new();
    for s in sound.streams.iter().filter(|s| s.from.is_some()) {
        let sides = firsts.entry(s.hop).or_default();
        if !sides.iter().any(|known| known.from == s.from) {
            sides.push(s);
        }
    }
    let speaking: HashSet<HostAddr> = case.streams.iter().map(|x| x.flow.src.addr).collect();
    let mut known = sound.streams.iter().filter(|s| s.from.is_some());
    known.find_map(|s| {
        let back = firsts.get(&s.hop)?.iter().find(|b| b.from != s.from)?;
        let (sent_to, comes_from) = (s.flow.dst, back.flow.src);
        // A re-INVITE that moves media leaves a few packets on their old way.
        let is_brief = s.figures.duration_s < 2.0 || back.figures.duration_s < 2.0;
        // An RTP relay talks from its own address on each hop; a real mistake has the target silent.
        let cannot_be_reached =
            sent_to.addr.is_private() || sent_to.addr.is_loopback() || s.icmp_unreachable > 0;
        let is_it = sent_to.addr != comes_from.addr
            && !is_brief
            && cannot_be_reached
            && !speaking.contains(&sent_to.addr);
        is_it.then_some((*s, *back))
    })
}

/// RTP to the host that the SDP names and to a port that no SDP ever named, where nobody sends from.
fn to_another_port(case: &CallCase<'_>, s: &StreamRecord) -> Option<Finding> {
    let (dst, party) = (s.flow.dst, s.from?.other());
    let all: Vec<Said<'_>> = case.said_by(party).collect();
    let is_named = all.iter().any(|said| said.own().port == dst.port);
    let speaks = case.streams.iter().any(|t| t.flow.src == dst);
    let is_brief = s.figures.duration_s < 2.0 || s.figures.packets < 50;
    if is_named || speaks || is_brief || dst.addr.is_loopback() {
        return None;
    }
    let whole = |said: &&Said<'_>| {
        said.is_settled_at(s.last_time) && !said.own().has_ice && !said.own().is_cut
    };
    let mut in_force = all.iter().filter(whole);
    let said = in_force.find(|said| said.own().address == Some(dst.addr))?;
    let place = said.endpoint()?;
    let reached = case.streams.iter().any(|t| t.flow.dst == place);
    let (sender, receiver) = case.sender_and_receiver(*said);
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!(
                "{sender}'s RTP goes to {dst}, but {receiver}'s SDP asks for port {}",
                place.port
            ),
            format!(
                "{} packets went there; {} names {place}, and nothing ever came from {dst}",
                s.figures.packets,
                case.case.frames(&[said.message()])
            ),
        )
        .advise("Look at the sender, and at a PBX or relay that passes the SDP on.")
        .messages([said.message()])
        .streams([s.no]);
    (!reached).then_some(finding)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, endpoint};
    use crate::types::Party;

    pub(super) fn rtp_to_a_private_address_nobody_sends_from() -> Scene {
        Scene::answered().stream_from(Party::Caller, |s| {
            s.flow.dst = endpoint([192, 168, 1, 20], 6000);
        })
    }

    pub(super) fn the_relay_at_that_address_speaks() -> Scene {
        let relay = endpoint([192, 168, 1, 20], 6000);
        rtp_to_a_private_address_nobody_sends_from().more_streams(Party::Callee, move |s| {
            s.hop = Some(1);
            s.flow.src = relay;
        })
    }

    #[test]
    fn both_addresses_are_named() {
        assert_eq!(
            rtp_to_a_private_address_nobody_sends_from().said(),
            [
                "error media_to_wrong_address: RTP is sent to 192.168.1.20:6000, but the other side sends from 192.0.2.12:6000"
            ]
        );
    }

    #[test]
    fn a_port_that_no_description_names_is_wrong_where_nobody_sends_from_it() {
        let scene = Scene::answered().stream_from(Party::Caller, |s| s.flow.dst.port = 6002);
        assert_eq!(
            scene.said(),
            [
                "error media_to_wrong_address: alice's RTP goes to 192.0.2.12:6002, but bob's SDP asks for port 6000"
            ]
        );
        let symmetric = scene.stream_from(Party::Callee, |s| s.flow.src.port = 6002);
        assert_eq!(symmetric.said(), [""; 0]);
    }

    #[test]
    fn a_few_packets_on_the_old_way_are_no_fault() {
        let scene = rtp_to_a_private_address_nobody_sends_from()
            .stream_from(Party::Caller, |s| s.figures.duration_s = 1.5);
        assert_eq!(scene.said(), [""; 0]);
    }
}
