//! Addresses in SDP that the other side cannot reach.

use super::{CallCase, finding};
use crate::call::MediaAddress;
use crate::types::{Finding, HostAddr, Party, Severity};

pub(super) const CODES: &[&str] = &["private_address_in_sdp", "loopback_address_in_sdp"];

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let mut said: Vec<HostAddr> = Vec::new();
    for a in &case.call.addresses {
        let Some(address) = a.address.filter(|x| !said.contains(x)) else {
            continue;
        };
        if let Some(f) = judge(case, a, address) {
            said.push(address);
            out.push(case.of_call(f, &[Some(a.message)]));
        }
    }
}

/// True where both sides' media is in the capture.
fn both_heard(case: &CallCase<'_>) -> bool {
    let heard = |side: Party| {
        case.streams
            .iter()
            .any(|s| s.from.is_some_and(|p| p.as_str() == side.as_str()))
    };
    heard(Party::Caller) && heard(Party::Callee)
}

fn judge(case: &CallCase<'_>, a: &MediaAddress, address: HostAddr) -> Option<Finding> {
    let who = case.name(a.side);
    let (src, dst) = (a.flow.src.addr, a.flow.dst.addr);
    let frame = case.case.frames(&[a.message]);
    if address.is_loopback() && !(src.is_loopback() || dst.is_loopback()) {
        let mut f = finding(
            "loopback_address_in_sdp",
            Severity::Error,
            format!("{who}'s SDP asks for media at {address}, the receiver's own machine"),
            format!(
                "{frame} from {src} says c= {address}, port {}: whoever obeys sends to itself, nothing arrives",
                a.port
            ),
        );
        f.advice =
            "Set the phone's media or local address to the address of its network card.".into();
        f.source = Some("RFC 8866 §5.7");
        return Some(f);
    }
    // Private among private hosts is how a lab works; private beside a public peer is a NAT problem,
    // unless ICE candidates give another way.
    let public_peer =
        !(src.is_private() || src.is_loopback()) || !(dst.is_private() || dst.is_loopback());
    if address.is_private() && address != src && public_peer && !a.has_ice
        || address.is_private() && !dst.is_private() && !dst.is_loopback() && !a.has_ice
    {
        let mut f = finding(
            "private_address_in_sdp",
            Severity::Warning,
            format!("{who}'s SDP asks for media at the private address {address}"),
            format!(
                "{frame} goes from {src} to {dst} and says c= {address}, port {}: not reachable from outside its network",
                a.port
            ),
        );
        if both_heard(case) {
            // Said all the same: the next proxy may not repair it.
            f.severity = Severity::Info;
            f.detail.push_str(
                "; media flows both ways all the same, so a relay or the other side repaired it",
            );
            f.source = Some("RFC 1918");
            return Some(f);
        }
        f.advice = "Use STUN or ICE in the phone, or a media relay (rtpproxy, rtpengine) on the proxy; switch SIP ALG in routers off.".into();
        f.source = Some("RFC 1918, RFC 3235 §4");
        return Some(f);
    }
    None
}
