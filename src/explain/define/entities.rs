//! The parts that machines play in SIP and around it.

use super::Entry;
use crate::types::TermGroup;

type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
);

/// Name, what it is short for, other names, meaning, example, source.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("UA", "user agent", &["endpoint", "phone"],
     "A phone, or a program that acts as one: it starts and answers requests. In each transaction it is either client (UAC) or server (UAS).",
     "A softphone is UAC when it calls and UAS when it is called.", "RFC 3261 §6"),
    ("UAC", "user agent client", &["client"],
     "Who sends a request, for this one transaction. It is a part, not a machine: the next request may go the other way.",
     "alice calls bob: alice is UAC of the INVITE. bob hangs up: bob is UAC of the BYE.", "RFC 3261 §6, §8.1"),
    ("UAS", "user agent server", &["server"],
     "Who answers a request, for this one transaction: accepts, refuses or redirects it.",
     "bob's phone is UAS of the INVITE: it sends 180 and 200.", "RFC 3261 §6, §8.2"),
    ("proxy", "proxy server", &["SIP proxy"],
     "A machine that passes requests on towards the one they are for, and responses back. It adds its Via, lowers Max-Forwards, and may add Record-Route; it starts no request of its own except CANCEL and ACK.",
     "The INVITE leaves the proxy with two Via headers: the proxy's on top, the phone's below.", "RFC 3261 §6, §16"),
    ("stateful proxy", "", &["transaction stateful proxy"],
     "A proxy that keeps the transactions that pass it: it answers 100, repeats what is lost, and can fork.",
     "It sends 100 Trying to the caller, so that the INVITE is not repeated.", "RFC 3261 §6, §16.2"),
    ("stateless proxy", "", &[],
     "A proxy that passes on each message by itself and remembers nothing. It sends no 100 and repeats nothing.",
     "A repeated INVITE passes it as a repeated INVITE.", "RFC 3261 §6, §16.11"),
    ("call stateful proxy", "", &["call stateful"],
     "A proxy that keeps a dialog from the INVITE to the BYE. It needs Record-Route for that.",
     "A proxy that writes call records.", "RFC 3261 §6"),
    ("outbound proxy", "", &[],
     "The proxy a phone sends all its requests to first, whomever they are for. It is set by hand or by the network.",
     "Route: <sip:proxy.example.com;lr> in the first INVITE names it.", "RFC 3261 §6, §8.1.2"),
    ("redirect server", "", &["redirect"],
     "Answers a request with a 3xx that says where to try instead (Contact), and passes nothing on.",
     "SIP/2.0 302 Moved Temporarily with Contact: <sip:bob@192.0.2.77>: the caller itself sends a new INVITE there.", "RFC 3261 §6, §8.3"),
    ("registrar", "registrar server", &[],
     "The server that phones tell at which address they are reached. It takes REGISTER requests and puts what they say into the location service of its domain.",
     "REGISTER with Contact: <sip:alice@192.0.2.11:5060> binds this address to sip:alice@example.com.", "RFC 3261 §6, §10.3"),
    ("location service", "", &["location server", "location database"],
     "The table of a domain that says at which Contact addresses each user is reached. The registrar writes it, the proxy reads it. It speaks no SIP.",
     "sip:bob@example.com -> sip:bob@192.0.2.12:5060, for 3600 s.", "RFC 3261 §6, §10.1"),
    ("B2BUA", "back-to-back user agent", &["back to back user agent"],
     "A machine in the middle that takes one call, makes a second one, and connects both. It is UAS of one and UAC of the other: two dialogs, each with its own Call-ID, tags and CSeq. Most PBXs and SBCs are one.",
     "alice's call ends at the PBX, which calls bob: two INVITEs with different Call-IDs.", "RFC 3261 §6, RFC 7092"),
    ("SBC", "session border controller", &["session border controller"],
     "A B2BUA at the border of a network. It hides addresses, carries the media through itself, and lets in only what is allowed.",
     "The SDP that leaves the SBC has the SBC's address in its c= line.", "RFC 5853"),
    ("PBX", "private branch exchange", &["IP PBX"],
     "The telephone system of a company: registrar, B2BUA, voice mail and more in one.",
     "Asterisk is one.", "no RFC: a word of telephony"),
    ("gateway", "", &["PSTN gateway", "media gateway"],
     "Joins SIP to another network, mostly the telephone network (PSTN), and turns its signals and sound into SIP and RTP.",
     "Reason: Q.850;cause=17 in a 486 comes from a gateway: the telephone network said busy.", "RFC 3372, RFC 3398"),
    ("presence server", "", &[],
     "A server that is the presence agent of users, or passes the SUBSCRIBE on to the agent that is.",
     "A lamp on a phone shows that a colleague talks: NOTIFY brought it.", "RFC 3856"),
    ("PA", "presence agent", &[],
     "Takes the SUBSCRIBE of those who watch a user, and sends them NOTIFY: the state at once, and each change of it.",
     "SUBSCRIBE with Event: presence, 200, NOTIFY.", "RFC 3856"),
    ("ESC", "event state compositor", &[],
     "Takes the state of a user that PUBLISH brings, of one phone or of several, and makes one state of it. A presence agent tells that to those who subscribed.",
     "PUBLISH with Event: presence, 200 with SIP-ETag.", "RFC 3903"),
    ("NAT", "network address translator", &["NAT router"],
     "A router that writes its own public address and another port into the packets of a private network. It does not change the addresses inside SIP and SDP, so these name places that cannot be reached from outside.",
     "Contact and c= say 192.168.1.20, while the packets come from 203.0.113.5.", "RFC 2663, RFC 4787"),
    ("ALG", "application layer gateway", &["SIP ALG", "application level gateway"],
     "A function of a router that rewrites the addresses inside SIP and SDP as it passes them. Done badly it breaks calls; it is often best switched off.",
     "The INVITE arrives with another Contact than it left with.", "RFC 2663 §2.9"),
    ("STUN server", "", &["STUN"],
     "Tells who asks from which public address and port the question came.",
     "A phone learns 203.0.113.5:40112 and writes it into its SDP.", "RFC 8489"),
    ("TURN server", "media relay", &["TURN", "relay"],
     "Lends a public address to a client and passes packets between it and the other side.",
     "a=candidate of typ relay.", "RFC 8656"),
    ("upstream", "", &["downstream"],
     "Against the way of the request, towards its sender; downstream is with it. Responses go upstream.",
     "A proxy gets a 180 from downstream and passes it upstream.", "RFC 3261 §6"),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    ROWS.iter()
        .map(|(name, title, also, meaning, example, source)| Entry {
            title: (!title.is_empty()).then(|| (*title).into()),
            also: also.iter().map(|a| (*a).into()).collect(),
            example: Some((*example).into()),
            ..Entry::new(TermGroup::Entity, *name, *meaning, *source)
        })
}
