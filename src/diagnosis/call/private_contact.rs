//! A Contact that leads nowhere.

use super::{ack_not_received, going_round};
use crate::call::{InDialogRequest, PrivateContact};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "private_contact",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §12.2.1.1"),
    page: Page {
        means: "One side gave a private address as its Contact (such as 192.168.1.20), in a message that came from a \
public one: it is behind a NAT and does not know its public address. The other side sends its later requests (BYE, \
re-INVITE) to that Contact, where they cannot arrive. A warning where such a request is seen to go there and to get no \
answer, else information.",
        evidence: "The Contact of the INVITE or of the 200, the address the message came from, and the requests of the \
other side: where they go, and whether they are answered. Nothing is said where Record-Route or an outbound flow \
(RFC 5626) gives another way, or where the requests arrive by some other address.",
        check: "Let the phone learn its public address (STUN, outbound), or let the server correct the Contact \
(nathelper, rport with force_rport or similar). An ACK that does not arrive for this reason is `ack_not_received`.",
        limits: "Many servers send to where the INVITE came from and disregard such a Contact; then all works. Without a \
request of the other side in the capture nothing is proven.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::a_bye_to_it_gets_no_answer,
        almost: tests::a_bye_arrives_all_the_same,
    },
};

fn contact_of<'a>(case: &'a CallCase<'_>, side: Party) -> Option<&'a PrivateContact> {
    let contacts = &case.call.evidence.private_contacts;
    contacts.iter().find(|c| c.side == side)
}

/// True for a request to such a Contact that got no answer.
pub(super) fn is_about(case: &CallCase<'_>, r: &InDialogRequest) -> bool {
    let contact = contact_of(case, r.side.other());
    contact.is_some_and(|c| c.address == r.to.addr)
        && case.has_no_answer(r)
        && !going_round::is_of(case, &r.method, r.cseq)
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    if case.call.answer.is_none() {
        return;
    }
    for side in [Party::Caller, Party::Callee] {
        let Some(contact) = contact_of(case, side) else {
            continue;
        };
        let requests = || case.call.requests.iter().filter(|r| r.side == side.other());
        let (who, other) = (case.name(side), case.name(side.other()));
        let said = format!(
            "{} comes from {} and says Contact {}",
            case.case.frames(&[contact.message]),
            contact.from,
            contact.address
        );
        let title = format!("{who}'s Contact is the private address {}", contact.address);
        if let Some(lost) = requests().find(|r| is_about(case, r)) {
            let detail = format!(
                "{said}; {other} sends its {} there ({}), and no answer is in the capture",
                lost.name(),
                case.sent_text(lost)
            );
            let finding = case
                .found(&RULE, Severity::Warning, title, detail)
                .advise("Let the phone learn its public address (STUN, outbound), or the server correct the Contact.")
                .messages([contact.message, lost.message]);
            out.push(finding);
            continue;
        }
        // The ACK is a request to the callee's Contact, and told by itself.
        let acked = side == Party::Callee
            && (case.call.evidence.acked || ack_not_received::is_about(case).is_some());
        if contact.has_way_round || acked || requests().next().is_some() {
            continue;
        }
        let detail = format!(
            "{said}; a request of {other} within the call would go there, none is in the capture"
        );
        out.push(
            case.found(&RULE, Severity::Info, title, detail)
                .messages([contact.message]),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::call::{InDialogRequest, PrivateContact};
    use crate::diagnosis::building::{Scene, at, endpoint, message};
    use crate::types::{Method, Party};

    /// Alice is behind a NAT; bob hangs up.
    fn bye(status: u16, to: [u8; 4]) -> Scene {
        Scene::answered()
            .call(move |c| {
                let address = endpoint([192, 168, 1, 20], 5060).addr;
                let from = endpoint([198, 51, 100, 10], 5060).addr;
                c.evidence.private_contacts = vec![PrivateContact {
                    side: Party::Caller,
                    address,
                    from,
                    message: message(1),
                    has_way_round: false,
                }];
                let mut bye = InDialogRequest::sample(
                    Method::Bye,
                    Party::Callee,
                    message(9),
                    at(22.0),
                    status,
                );
                bye.to = endpoint(to, 5060);
                bye.sends = if status == 0 { 11 } else { 1 };
                c.evidence.bye = Some(message(9));
                c.requests = vec![bye];
            })
            .capture(|c| c.last_time = Some(at(60.0)))
    }

    pub(super) fn a_bye_to_it_gets_no_answer() -> Scene {
        bye(0, [192, 168, 1, 20])
    }

    pub(super) fn a_bye_arrives_all_the_same() -> Scene {
        bye(200, [198, 51, 100, 10])
    }

    #[test]
    fn without_a_request_to_it_nothing_is_proven() {
        assert_eq!(
            a_bye_to_it_gets_no_answer().said(),
            ["warning private_contact: alice's Contact is the private address 192.168.1.20"]
        );
        let scene = a_bye_arrives_all_the_same().call(|c| c.requests.clear());
        assert_eq!(
            scene.said(),
            ["info private_contact: alice's Contact is the private address 192.168.1.20"]
        );
    }
}
