//! SIP over TLS.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::pipeline::Fate;
use crate::source::Secrets;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "sip_over_tls",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §26.2"),
    page: Page {
        means: "There is TLS on the ports of SIP over TLS. The SIP in it is encrypted and cannot be read without the \
keys.",
        evidence: "TLS records on a TCP connection to port 5061 or another SIP port.",
        check: "Capture at a hop without TLS. Or have a phone or server log its TLS keys, and let tshark write the \
plain messages; the advice shows the command.",
        limits: "That it is SIP is concluded from the port alone. How many messages or calls are in it cannot be \
told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let n = facts.of(Fate::SipTls);
    if n == 0 {
        return;
    }
    let (ports, first) = facts.tcp_ports(Fate::SipTls);
    let mut secrets = facts.infos.iter().flat_map(|i| &i.secrets);
    let keys = match secrets.any(|s| s.kind == Secrets::TLS_KEY_LOG) {
        true => "; the file holds a TLS key log, which is not used yet",
        false => "",
    };
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} of SIP over TLS (port {ports}) cannot be read without the keys",
                packets(n)
            ),
            format!("TLS records on the ports of SIP over TLS (RFC 3261 §26.2){keys}"),
        )
        .hides(Hides::Sip)
        .advise("Capture at a hop without TLS, or have a phone or server log its TLS keys and let tshark write the plain messages: tshark -r FILE -o tls.keylog_file:KEYS -U 'OSI layer 7' -w - | tshark -r - -Y 'exported_pdu.prot_name == \"sip\"' -w plain.pcapng")
        .packets(n)
        .at(first);
    out.push(finding);
}
