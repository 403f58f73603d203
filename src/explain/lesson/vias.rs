//! The Via stack: who wrote each of them, on which hop, and what received and rport prove.

use super::{Around, is_same};
use crate::explain::message::Described;
use crate::report::model::MessageKind;
use crate::sip::{Rport, Via};
use std::net::IpAddr;

/// Vias that are told.
const MOST: usize = 20;

pub(super) fn facts(around: &Around<'_>) -> Vec<Described> {
    let message = around.message;
    let is_request = message.kind == MessageKind::Request;
    let mut out = Vec::new();
    for (n, raw) in message.vias.iter().take(MOST).enumerate() {
        let via = Via::parse(raw.as_bytes());
        let names = sent_by(&via);
        let hop = match (n, is_request) {
            (0, true) => Some(message),
            _ => via.branch.and_then(|branch| around.on_hop(branch)),
        };
        let value = match hop {
            Some(hop) if hop.id == message.id => {
                format!("{names}: on top, of the hop this packet is on")
            }
            Some(hop) => {
                let (frame, src, dst) = (around.name(hop), &hop.src, &hop.dst);
                format!("{names}: on top of {frame}, from {src} to {dst}")
            }
            None => format!("{names}: no packet of its hop is in the capture"),
        };
        let mut meaning = received(&via).unwrap_or_default();
        // Whoever wrote it names another address than the packet has.
        if let (Some(hop), Some(own)) = (hop, via.sent_by_addr())
            && via.received.is_none()
            && hop
                .src
                .address
                .parse::<IpAddr>()
                .is_ok_and(|src| src != own)
        {
            let add = format!(
                "It names {own}, but its packet came from {}: a NAT, or another address of the same host.",
                hop.src.address
            );
            meaning = [meaning, add].join(" ").trim().to_owned();
        }
        if !is_request && n == 0 {
            let add = "This answer goes there: the topmost Via is that of who gets it (RFC 3261 §18.2.2).";
            meaning = [add.to_owned(), meaning].join(" ").trim().to_owned();
        }
        let meaning = Some(meaning).filter(|m| !m.is_empty());
        out.push(Described::new(
            &format!("Via {}", n + 1),
            &value,
            meaning.as_deref(),
        ));
    }
    out
}

fn sent_by(via: &Via<'_>) -> String {
    let host = String::from_utf8_lossy(via.sent_by_host);
    let host = match host.contains(':') {
        true => format!("[{host}]"),
        false => host.into_owned(),
    };
    match via.sent_by_port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// What the server that got it wrote down of where it came from (RFC 3261 §18.2.1, RFC 3581 §4).
fn received(via: &Via<'_>) -> Option<String> {
    let named = String::from_utf8_lossy(via.sent_by_host).into_owned();
    let usual = match via.transport.eq_ignore_ascii_case(b"TLS") {
        true => 5061,
        false => 5060,
    };
    let port = via.sent_by_port.unwrap_or(usual);
    let seen = via
        .received
        .map(|r| String::from_utf8_lossy(r).into_owned());
    let is_named = named.parse::<IpAddr>().is_ok();
    // A connection has a port of its own, whatever port its owner listens on.
    let is_udp = via.transport.eq_ignore_ascii_case(b"UDP");
    Some(match (seen, via.rport) {
        (None, Some(Rport::Asked)) => {
            "rport without a value asks the next server to answer to the port the packet comes from, and to write it \
             down (RFC 3581 §3)."
                .to_owned()
        }
        (None, Some(Rport::Port(seen))) if seen == port => {
            format!("rport={seen}: the port the server saw, the same as it names.")
        }
        (None, Some(Rport::Port(seen))) => other_port(seen, port, is_udp),
        (Some(seen), _) if is_named && !is_same(&seen, &named) => format!(
            "received={seen}: the server saw another address than it names, as behind a NAT; answers go there \
             (RFC 3261 §18.2.2)."
        ),
        (Some(_), Some(Rport::Port(seen))) if seen != port => other_port(seen, port, is_udp),
        (Some(seen), Some(Rport::Port(at))) if is_named => format!(
            "received={seen}, rport={at}: the server saw what it names: no NAT between the two is to be seen."
        ),
        (Some(seen), _) => format!("received={seen}: the address the server saw (RFC 3261 §18.2.1)."),
        (None, None) => return None,
    })
}

fn other_port(seen: u16, named: u16, is_udp: bool) -> String {
    match is_udp {
        true => format!(
            "rport={seen}: the server saw another port than {named}, which it names, as behind a NAT; answers go \
             there (RFC 3581 §4)."
        ),
        false => format!(
            "rport={seen}: the port of the connection as the server saw it; answers come back on the connection \
             (RFC 3261 §18.2.2)."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(params: &str) -> Option<String> {
        let via = format!("SIP/2.0/UDP {params};branch=z9hG4bK1");
        received(&Via::parse(via.as_bytes()))
    }

    #[test]
    fn received_and_rport_tell_what_the_server_saw_and_no_more() {
        for (params, begins) in [
            (
                "192.168.1.5:5060;received=203.0.113.7;rport=1024",
                "received=203.0.113.7: the server saw another address",
            ),
            (
                "192.168.1.5:5060;received=192.168.1.5;rport=1024",
                "rport=1024: the server saw another port than 5060",
            ),
            (
                "192.0.2.1;received=192.0.2.1;rport=5060",
                "received=192.0.2.1, rport=5060: the server saw what it names",
            ),
            (
                "192.0.2.1:5070;received=192.0.2.1;rport=5060",
                "rport=5060: the server saw another port than 5070",
            ),
            (
                "[2001:db8::1];received=2001:db8:0::1;rport=5060",
                "received=2001:db8:0::1, rport=5060: the server saw what",
            ),
            // A name is no address that could differ.
            (
                "phone.example.com;received=192.0.2.1",
                "received=192.0.2.1: the address the server saw",
            ),
            ("192.0.2.1;rport", "rport without a value asks"),
        ] {
            let got = said(params).unwrap_or_default();
            assert!(got.starts_with(begins), "{params}: {got}");
        }
        assert_eq!(said("192.0.2.1:5060"), None);
        let tcp = Via::parse(b"SIP/2.0/TCP 192.0.2.1:5060;received=192.0.2.1;rport=53144");
        let words = received(&tcp).unwrap_or_default();
        assert!(
            words.starts_with("rport=53144: the port of the connection"),
            "{words}"
        );
    }
}
