//! What may hide everything on the way: encryption below SIP.

use super::super::assemble::Facts;
use super::super::{Advice, Hides};
use super::{advice, counted};
use crate::pipeline::Fate;
use crate::pipeline::census::Guess;
use crate::types::Severity;

pub(super) const CODES: &[&str] = &["encrypted_tunnel"];

pub(super) fn run(facts: &Facts<'_>, out: &mut Vec<Advice>) {
    out.extend(encrypted_tunnel(facts));
}

fn encrypted_tunnel(facts: &Facts<'_>) -> Option<Advice> {
    let mut kinds: Vec<(&str, u64)> = vec![
        ("IPsec (ESP)", facts.of(Fate::Esp)),
        ("encrypted Wi-Fi or MACsec", facts.of(Fate::EncryptedLink)),
    ];
    for guess in [Guess::WireGuard, Guess::OpenVpn] {
        let unknown = facts.census.unknown_udp();
        let of_kind = unknown.iter().filter(|u| u.guess == guess);
        kinds.push((guess.words(), of_kind.map(|u| u.packets).sum()));
    }
    kinds.retain(|(_, n)| *n > 0);
    let total: u64 = kinds.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return None;
    }
    let named: Vec<String> = kinds.iter().map(|(k, n)| format!("{k}: {n}")).collect();
    let (severity, hides) = match facts.has_sip() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Both)),
    };
    Some(
        advice(
            "encrypted_tunnel",
            severity,
            hides,
            format!(
                "{} encrypted below SIP and RTP",
                counted(total, "packet is", "packets are")
            ),
        )
        .detail(named.join(", "))
        .advise("Capture inside the tunnel: on its interface (tun0, wg0, the decrypted Wi-Fi side) or at its far end.")
        .packets(total),
    )
}
