//! SDP that asks for media at the receiver's own machine.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{HostAddr, Severity};

pub(super) static RULE: Rule = Rule {
    code: "loopback_address_in_sdp",
    severities: &[Severity::Error],
    clause: Some("RFC 8866 §5.7"),
    page: Page {
        means: "The SDP of one side asks for media at a loopback address (such as 127.0.0.1 or ::1), but the message \
went from one host to another. Each host takes that address for itself, so the media never leaves \
the sender.",
        evidence: "The c= line of the SDP, and the addresses of the packet that carried it.",
        check: "Set the media address (or local address) of the phone to the address of its network card. Often the \
host name of the machine points to 127.0.0.1 or 127.0.1.1 in its hosts file.",
        limits: "A relay on the way may replace the address, so the call can work all the same: look at whether RTP \
flows both ways.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::loopback_between_two_hosts,
        almost: tests::loopback_on_one_host,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let mut said: Vec<HostAddr> = Vec::new();
    for a in &case.call.addresses {
        let (src, dst) = (a.flow.src.addr, a.flow.dst.addr);
        let Some(address) = a.address.filter(|x| x.is_loopback() && !said.contains(x)) else {
            continue;
        };
        if src.is_loopback() || dst.is_loopback() {
            continue;
        }
        said.push(address);
        let frame = case.case.frames(&[a.message]);
        let finding = case
            .found(
                &RULE,
                Severity::Error,
                format!(
                    "{}'s SDP asks for media at {address}, the receiver's own machine",
                    case.name(a.side)
                ),
                format!(
                    "{frame} from {src} says c= {address}, port {}: every host has this address itself, so media sent there never leaves its sender",
                    a.port
                ),
            )
            .advise("Set the phone's media or local address to the address of its network card.")
            .messages([a.message]);
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, announced};

    pub(super) fn loopback_between_two_hosts() -> Scene {
        Scene::answered().call(|c| {
            c.addresses = vec![announced([127, 0, 0, 1], [192, 0, 2, 11], [192, 0, 2, 12])];
        })
    }

    pub(super) fn loopback_on_one_host() -> Scene {
        Scene::answered().call(|c| {
            c.addresses = vec![announced([127, 0, 0, 1], [127, 0, 0, 1], [127, 0, 0, 1])];
        })
    }

    #[test]
    fn an_address_said_twice_is_one_finding() {
        let twice = loopback_between_two_hosts().call(|c| c.addresses.extend(c.addresses.clone()));
        assert_eq!(
            twice.said(),
            [
                "error loopback_address_in_sdp: alice's SDP asks for media at 127.0.0.1, the receiver's own machine"
            ]
        );
    }
}
