//! SDP that asks for media at a private address, said to a host outside.

use super::media_to_wrong_address;
use crate::call::MediaAddress;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{HostAddr, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "private_address_in_sdp",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 1918, RFC 3235 §4"),
    page: Page {
        means: "The SDP of one side asks for media at a private address (such as 192.168.1.20), and the message went \
to or came from a public address. Such an address leads nowhere outside its own network: the phone \
is behind a NAT and does not know its public address.",
        evidence: "The c= line of the SDP, and the addresses of the packet that carried it. Where ICE candidates stand \
beside it, nothing is said: they give another way.",
        check: "Use STUN or ICE in the phone, or a media relay (rtpengine, rtpproxy) on the proxy. Switch SIP ALG in \
routers off: it often makes things worse.",
        limits: "Many servers do not obey such an address and send media back to where it comes from; then the call \
works. Where the media of each side goes to where that of the other comes from, the finding is only information.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::private_address_sent_to_a_public_host,
        almost: tests::private_address_within_a_private_network,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    // Where RTP goes there in vain, that is said with the address.
    let mut said: Vec<HostAddr> = media_to_wrong_address::target(case).into_iter().collect();
    for a in &case.call.addresses {
        let Some(address) = a.address.filter(|x| !said.contains(x)) else {
            continue;
        };
        if !a.has_ice && leads_nowhere(address, a) {
            said.push(address);
            out.push(words(case, a, address));
        }
    }
}

/// Private among private hosts is how a lab works; private beside a public peer is a NAT problem.
fn leads_nowhere(address: HostAddr, a: &MediaAddress) -> bool {
    let (src, dst) = (a.flow.src.addr, a.flow.dst.addr);
    let is_local = |x: HostAddr| x.is_private() || x.is_loopback();
    let has_public_peer = !is_local(src) || !is_local(dst);
    address.is_private() && (address != src && has_public_peer || !is_local(dst))
}

fn words(case: &CallCase<'_>, a: &MediaAddress, address: HostAddr) -> Finding {
    let (src, dst) = (a.flow.src.addr, a.flow.dst.addr);
    let frame = case.case.frames(&[a.message]);
    let title = format!(
        "{}'s SDP asks for media at the private address {address}",
        case.speaker(a.side, a.address.filter(|own| *own == a.flow.src.addr))
    );
    let detail = format!(
        "{frame} goes from {src} to {dst} and says c= {address}, port {}: not reachable from outside its network",
        a.port
    );
    let found = |severity, detail| {
        case.found(&RULE, severity, title, detail)
            .messages([a.message])
    };
    if is_repaired(case) {
        // Said all the same: the next proxy may not repair it.
        let detail = format!("{detail}; media flows both ways all the same");
        return found(Severity::Info, detail).clause("RFC 1918");
    }
    found(Severity::Warning, detail)
        .advise("Use STUN or ICE in the phone, or a media relay (rtpproxy, rtpengine) on the proxy; switch SIP ALG in routers off.")
}

/// True where each side's media goes to where the other's comes from. Packets to an address that nobody sends
/// from are no proof that anybody gets them.
fn is_repaired(case: &CallCase<'_>) -> bool {
    let of = |side: Party| case.streams.iter().filter(move |s| s.from == Some(side));
    of(Party::Caller).any(|s| of(Party::Callee).any(|t| s.flow.src.addr == t.flow.dst.addr))
        && of(Party::Callee).any(|t| of(Party::Caller).any(|s| t.flow.src.addr == s.flow.dst.addr))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, announced};
    use crate::types::Party;

    fn said_to(receiver: [u8; 4]) -> Scene {
        Scene::answered().call(move |c| {
            c.addresses = vec![announced([192, 168, 1, 20], [192, 168, 1, 20], receiver)];
        })
    }

    pub(super) fn private_address_sent_to_a_public_host() -> Scene {
        said_to([203, 0, 113, 5]).without_streams_from(Party::Caller)
    }

    pub(super) fn private_address_within_a_private_network() -> Scene {
        said_to([192, 168, 1, 21]).without_streams_from(Party::Caller)
    }

    #[test]
    fn it_is_information_only_where_media_flows_both_ways() {
        assert_eq!(
            said_to([203, 0, 113, 5]).said(),
            [
                "info private_address_in_sdp: alice's SDP asks for media at the private address 192.168.1.20"
            ]
        );
        let severity =
            private_address_sent_to_a_public_host().severity_of("private_address_in_sdp");
        assert_eq!(severity.as_str(), "warning");
    }

    #[test]
    fn ice_candidates_give_another_way() {
        let scene = private_address_sent_to_a_public_host().call(|c| c.addresses[0].has_ice = true);
        assert!(!scene.has("private_address_in_sdp"));
    }
}
