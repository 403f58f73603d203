//! Media that should be there and is not, or is there and cannot be used.

use super::super::assemble::Facts;
use super::super::{Advice, Hides};
use super::{advice, counted, first_few, packets};
use crate::decode::Layer;
use crate::pipeline::Fate;
use crate::types::{CallNo, Endpoint, Party, Severity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CODES: &[&str] = &[
    "media_not_captured",
    "rtp_outside_calls",
    "one_way_everywhere",
    "announced_ports_silent",
    "rtp_unproven",
    "media_encrypted",
    "rtp_without_sip",
];

pub(super) fn run(facts: &Facts<'_>, out: &mut Vec<Advice>) {
    let answered: BTreeSet<CallNo> = facts
        .collected
        .calls
        .iter()
        .filter(|c| c.answer.is_some())
        .map(|c| c.no)
        .collect();
    out.extend(not_captured(facts, &answered));
    out.extend(one_way(facts, &answered));
    out.extend(silent_ports(facts, &answered));
    out.extend(unproven(facts));
    out.extend(encrypted(facts));
    out.extend(without_sip(facts));
}

/// Answered calls, and no stream of any of them.
fn not_captured(facts: &Facts<'_>, answered: &BTreeSet<CallNo>) -> Option<Advice> {
    let streams = &facts.collected.streams;
    if answered.is_empty() || streams.iter().any(|s| s.call.is_some()) {
        return None;
    }
    let calls = counted(answered.len() as u64, "call was", "calls were");
    if let Some(first) = streams.first() {
        return Some(
            advice(
                "rtp_outside_calls",
                Severity::Warning,
                Hides::Rtp,
                format!("{calls} answered, but none of the {} belongs to a call", counted(streams.len() as u64, "RTP stream", "RTP streams")),
            )
            .detail(format!("their addresses are in no SDP of the capture; the first: {}", first.flow))
            .advise("The SIP of those streams is not in the capture (another server, or TLS), or a gateway rewrites addresses: capture SIP and RTP at the same point.")
            .at(Some(first.first_frame)),
        );
    }
    let bare = |f: Fate| matches!(f, Fate::SipTcpBare | Fate::OtherSctp);
    let rest = |among: fn(Fate) -> bool| -> u64 {
        let fates = facts.summary.counters.fates.iter();
        let rest = fates.filter(|(f, _)| !f.is_sip() && !bare(*f) && among(*f));
        rest.map(|(_, n)| n).sum()
    };
    let stacks = facts.census.stacks.ranked();
    let relayed = stacks.iter().any(|(stack, _)| stack.0.contains(Layer::Hep));
    let (detail, todo) = match (rest(|_| true), rest(is_udp)) {
        _ if relayed => (
            "capture agents relay SIP and reports, not media (HEP)",
            "Capture RTP where the agent runs; its reports are not read.",
        ),
        (0, _) => (
            "the capture holds nothing but SIP, as with the filter 'port 5060'",
            "Capture with 'udp or tcp or icmp' or without a filter: RTP runs on other ports, which only the SDP names.",
        ),
        (_, 0) => (
            "other traffic shows that no filter on the SIP port kept media out: it takes another way, often straight between the phones",
            "Capture at a phone or at the media server; a proxy often does not see the media.",
        ),
        _ => (
            "there is other UDP, so it is no filter on the SIP port: media takes another way, or is not RTP",
            "Look at the UDP payloads listed; capture at a phone or at the media server, as a proxy often does not see the media.",
        ),
    };
    Some(
        advice(
            "media_not_captured",
            Severity::Warning,
            Hides::Rtp,
            format!("{calls} answered, but no packet of media was captured"),
        )
        .detail(detail)
        .advise(todo),
    )
}

/// Datagrams that may be anything but SIP.
fn is_udp(fate: Fate) -> bool {
    matches!(
        fate,
        Fate::Rtp
            | Fate::Rtcp
            | Fate::Stun
            | Fate::Dtls
            | Fate::Zrtp
            | Fate::RtpUnproven
            | Fate::UdpCopy
            | Fate::OtherUdp
    )
}

/// Every call with media has it from one party only.
fn one_way(facts: &Facts<'_>, answered: &BTreeSet<CallNo>) -> Option<Advice> {
    let mut heard: BTreeMap<CallNo, (bool, bool)> = BTreeMap::new();
    for s in &facts.collected.streams {
        let (Some(call), Some(from)) = (s.call.filter(|c| answered.contains(c)), s.from) else {
            continue;
        };
        let (caller, callee) = heard.entry(call).or_default();
        match from {
            Party::Caller => *caller = true,
            Party::Callee => *callee = true,
        }
    }
    if heard.is_empty() || heard.values().any(|(a, b)| *a && *b) {
        return None;
    }
    let callers = heard.values().filter(|(caller, _)| *caller).count();
    let calls = match heard.len() {
        1 => "in the only call with media".to_owned(),
        n => format!("in all {n} calls with media"),
    };
    Some(
        advice(
            "one_way_everywhere",
            Severity::Warning,
            Hides::Rtp,
            format!("RTP is in one direction only, {calls}"),
        )
        .detail(format!(
            "from the caller in {callers}, from the callee in {}",
            heard.len() - callers
        ))
        .advise("If it is so in every call, suspect the capture before the network: mirror both directions, and capture where both ways pass. If the users heard each other, nothing is wrong with the calls."),
    )
}

/// Ports that answered calls announced and no packet went to.
fn silent_ports(facts: &Facts<'_>, answered: &BTreeSet<CallNo>) -> Option<Advice> {
    // Without any media of a call the reason is another one; beyond the limit absence proves nothing.
    let any = facts.collected.streams.iter().any(|s| s.call.is_some());
    if !any || facts.census.udp_to.beyond() > 0 {
        return None;
    }
    let mut announced: BTreeMap<Endpoint, CallNo> = BTreeMap::new();
    let mut first = None;
    for call in facts
        .collected
        .calls
        .iter()
        .filter(|c| answered.contains(&c.no))
    {
        for a in &call.addresses {
            // With ICE the address of c= is one of several.
            let Some(address) = a.address.filter(|h| !h.is_unspecified() && !a.has_ice) else {
                continue;
            };
            if a.port == 0 {
                continue;
            }
            let end = Endpoint::new(address, a.port);
            announced.entry(end).or_insert(call.no);
            if first.is_none() && facts.census.udp_to.of(&end) == 0 {
                first = facts.collected.frame_of(a.message);
            }
        }
    }
    let silent: Vec<String> = announced
        .iter()
        .filter(|(end, _)| facts.census.udp_to.of(end) == 0)
        .map(|(end, call)| format!("{end} (call {})", call.get()))
        .collect();
    if silent.is_empty() {
        return None;
    }
    let calls: BTreeSet<CallNo> = facts
        .collected
        .streams
        .iter()
        .filter_map(|s| s.call)
        .collect();
    let mute: Vec<String> = answered
        .difference(&calls)
        .map(|c| c.get().to_string())
        .collect();
    let (severity, hides) = match mute.is_empty() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Rtp)),
    };
    let mut detail = first_few(&silent, 5);
    if !mute.is_empty() {
        detail.push_str(&format!(
            "; without any media: call {}",
            first_few(&mute, 5)
        ));
    }
    Some(
        advice(
            "announced_ports_silent",
            severity,
            hides,
            format!(
                "to {} of {} announced for media no packet was captured",
                silent.len(),
                counted(announced.len() as u64, "port", "ports")
            ),
        )
        .detail(detail)
        .advise("Media to an address behind a NAT or a relay goes elsewhere, which is in order; else a firewall drops it, or it does not pass the capture point.")
        .at(first),
    )
}

fn unproven(facts: &Facts<'_>) -> Option<Advice> {
    let n = facts.of(Fate::RtpUnproven);
    if n == 0 {
        return None;
    }
    let streams: BTreeSet<_> = facts.collected.streams.iter().map(|s| s.flow).collect();
    let mut flows: Vec<_> = facts.census.unproven();
    flows.retain(|u| !streams.contains(&u.flow));
    let named: Vec<String> = flows
        .iter()
        .map(|u| format!("{} ({})", u.flow, packets(u.packets)))
        .collect();
    // Beside calls with media, stray packets that look like RTP are no news.
    let (severity, hides) = match facts.has_rtp() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Rtp)),
    };
    let mut detail = "no SDP announces them, and five packets of one source with numbers in order are needed to believe it".to_owned();
    if !named.is_empty() {
        detail.push_str(&format!("; {}", first_few(&named, 3)));
    }
    Some(
        advice(
            "rtp_unproven",
            severity,
            hides,
            format!("{} may be RTP, but nothing proves it", packets(n)),
        )
        .detail(detail)
        .advise("Capture the SIP of the call as well, from its INVITE on: then a single packet is enough.")
        .packets(n)
        .at(flows.first().map(|u| u.frame)),
    )
}

fn encrypted(facts: &Facts<'_>) -> Option<Advice> {
    let streams = facts.collected.streams.iter().filter(|s| s.encrypted);
    let n = streams.clone().count() as u64;
    let dtls = facts.of(Fate::Dtls) + facts.of(Fate::Zrtp);
    if n == 0 && dtls == 0 {
        return None;
    }
    let first = streams.map(|s| s.first_frame).min();
    Some(
        advice(
            "media_encrypted",
            Severity::Info,
            None,
            format!("{} encrypted (SRTP)", counted(n, "stream is", "streams are")),
        )
        .detail(format!(
            "{} of DTLS or ZRTP agree on keys; loss, jitter and rates come from headers and stay right, key presses and RTCP may not be readable",
            packets(dtls)
        ))
        .at(first),
    )
}

fn without_sip(facts: &Facts<'_>) -> Option<Advice> {
    // TLS explains it better.
    let explained = facts.of(Fate::SipTls) > 0;
    (facts.has_rtp() && !facts.has_sip() && !explained).then(|| {
        advice(
            "rtp_without_sip",
            Severity::Warning,
            Hides::Sip,
            "there is RTP, but its signalling was not captured",
        )
        .detail("streams are measured without a call: who speaks, the meaning of dynamic payload types and the announced addresses are not known")
        .advise("Capture from before the call begins, where SIP passes as well: often another server than the media's.")
    })
}
