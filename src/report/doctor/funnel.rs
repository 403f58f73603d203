//! From all packets to what became of each: the steps, their words, and their counts.

use super::FunnelStep;
use crate::pipeline::{Counters, Fate};
use crate::report::model::round_to;

/// One step as it is laid out.
pub struct Step {
    /// Token.
    pub id: &'static str,
    /// Token of the step above.
    pub parent: &'static str,
    /// In words.
    pub title: &'static str,
    /// Why packets end here; empty where they are what is looked for, or go on.
    pub why: &'static str,
    fate: Option<Fate>,
}

const fn layer(id: &'static str, parent: &'static str, title: &'static str) -> Step {
    Step {
        id,
        parent,
        title,
        why: "",
        fate: None,
    }
}

const fn end(fate: Fate, parent: &'static str, title: &'static str, why: &'static str) -> Step {
    Step {
        id: fate.as_str(),
        parent,
        title,
        why,
        fate: Some(fate),
    }
}

/// The steps, each after the one it is a part of.
pub const STEPS: &[Step] = &[
    layer("packets", "", "all packets"),
    end(
        Fate::Undecoded,
        "packets",
        "not decoded",
        "a header is missing, cut or damaged, or nobody knows the link type",
    ),
    layer("no_ip", "packets", "no IP"),
    end(
        Fate::Arp,
        "no_ip",
        "ARP",
        "address resolution carries no SIP",
    ),
    end(
        Fate::EtherType,
        "no_ip",
        "other Ethernet types",
        "carries no IP",
    ),
    end(Fate::Llc, "no_ip", "LLC", "spanning tree and the like"),
    end(
        Fate::WifiManagement,
        "no_ip",
        "Wi-Fi management",
        "beacons, acknowledgments and the like",
    ),
    end(
        Fate::EncryptedLink,
        "no_ip",
        "encrypted link",
        "Wi-Fi or MACsec payload that needs a key",
    ),
    end(Fate::PppControl, "no_ip", "PPP control", "sets up the link"),
    end(
        Fate::NotNetwork,
        "no_ip",
        "no network packet",
        "messages of the capturing system",
    ),
    layer("ip", "packets", "IP"),
    end(
        Fate::FragmentIncomplete,
        "ip",
        "fragments never joined",
        "the rest of their datagram is not in the capture",
    ),
    end(
        Fate::FragmentCopy,
        "ip",
        "fragments, captured again",
        "the same fragment at a second point or device; joined once",
    ),
    layer("udp", "ip", "UDP"),
    end(Fate::SipUdp, "udp", "SIP", ""),
    end(
        Fate::SipUdpCopy,
        "udp",
        "SIP, captured again",
        "the same packet at a second point or device; shown once",
    ),
    end(Fate::Rtp, "udp", "RTP of streams", ""),
    end(Fate::Rtcp, "udp", "RTCP", ""),
    end(
        Fate::Stun,
        "udp",
        "STUN, TURN",
        "finds a way for media, carries none",
    ),
    end(Fate::Dtls, "udp", "DTLS", "agrees on the keys of SRTP"),
    end(Fate::Zrtp, "udp", "ZRTP", "agrees on the keys of SRTP"),
    end(Fate::T38, "udp", "T.38", "fax over UDPTL, agreed on by SDP"),
    end(
        Fate::Bfcp,
        "udp",
        "BFCP",
        "who may speak in a conference, agreed on by SDP",
    ),
    end(
        Fate::RtpUnproven,
        "udp",
        "may be RTP",
        "no SDP announces it and no five packets in a row prove it",
    ),
    end(
        Fate::UdpCopy,
        "udp",
        "other, captured again",
        "the same packet at a second point or device; counted once",
    ),
    end(
        Fate::OtherUdp,
        "udp",
        "other UDP",
        "neither SIP nor media; see the UDP payloads below",
    ),
    layer("tcp", "ip", "TCP"),
    end(Fate::SipTcp, "tcp", "SIP", ""),
    end(
        Fate::SipTcpBare,
        "tcp",
        "SIP connections, no message",
        "SYN, ACK, keep-alive, bytes sent again",
    ),
    end(
        Fate::SipTls,
        "tcp",
        "TLS on a SIP port",
        "SIP over TLS, without the keys",
    ),
    end(
        Fate::Tls,
        "tcp",
        "TLS",
        "encrypted; what is inside cannot be seen",
    ),
    end(Fate::WebSocket, "tcp", "WebSocket", "no SIP was read in it"),
    end(
        Fate::Msrp,
        "tcp",
        "MSRP",
        "messages in a session, agreed on by SDP",
    ),
    end(
        Fate::RtpTcp,
        "tcp",
        "RTP over TCP",
        "media in a TCP stream, agreed on by SDP",
    ),
    end(
        Fate::OtherTcp,
        "tcp",
        "other TCP",
        "no SIP in its bytes; see the TCP ports below",
    ),
    layer("sctp", "ip", "SCTP"),
    end(Fate::SipSctp, "sctp", "SIP", ""),
    end(
        Fate::OtherSctp,
        "sctp",
        "other SCTP",
        "no SIP was read in it",
    ),
    layer("icmp_all", "ip", "ICMP"),
    end(
        Fate::IcmpSip,
        "icmp_all",
        "errors about SIP",
        "say that a message could not be delivered",
    ),
    end(
        Fate::IcmpMedia,
        "icmp_all",
        "errors about media",
        "say that media could not be delivered",
    ),
    end(
        Fate::IcmpError,
        "icmp_all",
        "other errors",
        "about traffic that is neither",
    ),
    end(
        Fate::Icmp,
        "icmp_all",
        "other ICMP",
        "echo, neighbours, routers",
    ),
    end(Fate::Igmp, "ip", "IGMP", "group membership"),
    end(Fate::Esp, "ip", "IPsec (ESP)", "encrypted"),
    end(
        Fate::TunnelControl,
        "ip",
        "tunnel control",
        "sets up a tunnel, carries no packet",
    ),
    end(
        Fate::IpProtocol,
        "ip",
        "other IP protocols",
        "no transport SIP uses",
    ),
];

/// The steps with their counts.
pub(super) fn funnel(counters: &Counters) -> Vec<FunnelStep> {
    let packets = counters.packets;
    let mut out: Vec<FunnelStep> = Vec::with_capacity(STEPS.len());
    for step in STEPS {
        let reasons: Vec<_> = match step.fate {
            Some(Fate::Undecoded) => counters.undecoded.iter().collect(),
            _ => Vec::new(),
        };
        out.push(FunnelStep {
            id: step.id.to_owned(),
            parent: (!step.parent.is_empty()).then(|| step.parent.to_owned()),
            title: step.title.to_owned(),
            packets: packets_of(step, counters),
            percent: percent(packets_of(step, counters), packets),
            is_final: step.fate.is_some() && reasons.is_empty(),
            why: (!step.why.is_empty()).then(|| step.why.to_owned()),
        });
        for (reason, n) in reasons {
            out.push(FunnelStep {
                id: format!("{}.{reason}", step.id),
                parent: Some(step.id.to_owned()),
                title: reason.replace('_', " "),
                packets: *n,
                percent: percent(*n, packets),
                is_final: true,
                why: Some(undecoded_words(reason).to_owned()),
            });
        }
    }
    out
}

fn packets_of(step: &Step, counters: &Counters) -> u64 {
    match step.fate {
        Some(fate) => counters.fates.of(fate),
        None if step.parent.is_empty() => counters.packets,
        None => STEPS
            .iter()
            .filter(|s| s.parent == step.id)
            .map(|s| packets_of(s, counters))
            .sum(),
    }
}

/// `part` of `all` in percent, to three decimals; 0 of nothing is 0.
pub(super) fn percent(part: u64, all: u64) -> f64 {
    if all == 0 {
        return 0.0;
    }
    // Counts of packets are far below 2^53.
    round_to(part as f64 * 100.0 / all as f64, 3).unwrap_or(0.0)
}

/// What a reason token means.
pub(super) fn undecoded_words(reason: &str) -> &'static str {
    match reason {
        "unsupported_link_type" => "there is no decoder for the link type",
        "cut_by_snaplen" => "the snap length cut the packet inside a header",
        "fragment_bad_length" => "the fragment reaches beyond its datagram",
        "fragment_overlap" => "IPv6 fragments must not overlap (RFC 5722)",
        "fragment_limit" => "too many fragments of one datagram",
        "bad_compression" => "a capture agent's payload could not be inflated",
        "too_deep" => "more than 8 tunnels inside each other",
        "too_many_extensions" => "more than 8 IPv6 extension headers",
        r if r.starts_with("short_") => "the packet ends inside a header",
        _ => "a header contradicts itself",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_is_the_end_of_one_step_and_every_step_hangs_on_an_earlier_one() {
        for fate in Fate::ALL {
            let ends = STEPS.iter().filter(|s| s.fate == Some(*fate)).count();
            assert_eq!(ends, 1, "{}", fate.as_str());
        }
        for (at, step) in STEPS.iter().enumerate().skip(1) {
            let above = STEPS.iter().take(at).any(|s| s.id == step.parent);
            assert!(above, "{} hangs on {}", step.id, step.parent);
        }
        let mut ids: Vec<_> = STEPS.iter().map(|s| s.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), STEPS.len(), "no id twice");
    }

    #[test]
    fn shares_are_of_all_packets() {
        assert_eq!(percent(1, 3).to_bits(), 33.333f64.to_bits());
        assert_eq!(percent(0, 0).to_bits(), 0f64.to_bits());
    }
}
