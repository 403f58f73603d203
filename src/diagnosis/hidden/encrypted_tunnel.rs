//! Encryption below SIP and RTP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::Fate;
use crate::pipeline::census::Guess;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "encrypted_tunnel",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "Packets are encrypted below SIP and RTP: IPsec, encrypted Wi-Fi, MACsec, WireGuard or OpenVPN. It is \
a warning where the capture has no SIP.",
        evidence: "The protocol number of the packets, the protection bit of Wi-Fi frames, or port and first octets.",
        check: "Capture inside the tunnel: on its interface (tun0, wg0, the decrypted Wi-Fi side) or at its far end.",
        limits: "Whether there is SIP or RTP in it cannot be told. WireGuard and OpenVPN are guesses by port and \
first octets.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
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
        return;
    }
    let named: Vec<String> = kinds.iter().map(|(k, n)| format!("{k}: {n}")).collect();
    let (severity, hides) = facts.unless_sip(Hides::Both);
    let finding = RULE
        .found(
            severity,
            format!(
                "{} encrypted below SIP and RTP",
                counted(total, "packet is", "packets are")
            ),
            named.join(", "),
        )
        .hides(hides)
        .partial()
        .advise("Capture inside the tunnel: on its interface (tun0, wg0, the decrypted Wi-Fi side) or at its far end.")
        .packets(total);
    out.push(finding);
}
