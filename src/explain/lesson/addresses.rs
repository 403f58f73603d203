//! Each address of a message, where it stands, and whose it is as far as packets prove it.

use super::{Around, host_of, is_address, is_same, without_brackets};
use crate::explain::message::Described;
use crate::report::model::{Message, MessageKind};
use crate::sip::Via;
use crate::types::HostAddr;
use std::net::IpAddr;

/// Addresses that are told.
const MOST: usize = 12;

pub(super) fn facts(around: &Around<'_>) -> Vec<Described> {
    let mut places: Vec<(String, Vec<&'static str>)> = Vec::new();
    let mut add = |host: &str, place: &'static str| {
        let host = without_brackets(host.trim());
        if host.is_empty() {
            return;
        }
        match places.iter_mut().find(|(known, _)| is_same(known, host)) {
            Some((_, at)) if at.contains(&place) => {}
            Some((_, at)) => at.push(place),
            None => places.push((host.to_owned(), vec![place])),
        }
    };
    let m = around.message;
    if let Some(uri) = &m.request_uri {
        add(&host_of(uri), "Request-URI");
    }
    for via in m.vias.iter().map(|v| Via::parse(v.as_bytes())) {
        add(&String::from_utf8_lossy(via.sent_by_host), "Via");
        let received = via.received.map(String::from_utf8_lossy);
        add(received.as_deref().unwrap_or_default(), "received");
    }
    for (values, place) in [(&m.routes, "Route"), (&m.record_routes, "Record-Route")] {
        values.iter().for_each(|v| add(&host_of(v), place));
    }
    for (party, place) in [(&m.from, "From"), (&m.to, "To")] {
        let uri = party.as_ref().map(|p| p.uri.as_str()).unwrap_or_default();
        add(&host_of(uri), place);
    }
    m.contacts.iter().for_each(|c| add(&host_of(c), "Contact"));
    if let Some(sdp) = &m.sdp {
        let sections = sdp.media.iter().filter_map(|s| s.connection.as_deref());
        sections.for_each(|c| add(c, "c="));
    }
    for end in [&m.src, &m.dst] {
        add(&end.address, "IP header");
    }
    places
        .iter()
        .take(MOST)
        .map(|(host, at)| Described::new(host, &at.join(", "), Some(&whose(around, host))))
        .collect()
}

/// Whose it is.
fn whose(around: &Around<'_>, host: &str) -> String {
    if !is_address(host) {
        return "a domain: no packet says which host it is".to_owned();
    }
    let m = around.message;
    let mut said = Vec::new();
    if is_same(host, &m.src.address) {
        said.push("this packet comes from it".to_owned());
    }
    if is_same(host, &m.dst.address) {
        said.push("this packet goes to it".to_owned());
    }
    if let Some((got, sent)) = passed_on(around, host) {
        said.push(format!(
            "it passes the request on, as a proxy does: {} goes to it, and {} comes from it with a Via more",
            around.name(got),
            around.name(sent)
        ));
    }
    said.extend(by_nat(around, host));
    if said.is_empty() {
        let speaks = around
            .same
            .iter()
            .find(|o| is_same(host, &o.src.address) || is_same(host, &o.dst.address));
        said.push(match speaks {
            Some(o) if is_same(host, &o.src.address) => format!("{} comes from it", around.name(o)),
            Some(o) => format!("{} goes to it", around.name(o)),
            None => {
                "no SIP packet of this Call-ID in the capture comes from or goes to it".to_owned()
            }
        });
    }
    if host.parse::<IpAddr>().is_ok_and(is_private) {
        said.push("a private address: of use within its own network alone".to_owned());
    }
    said.join("; ")
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => HostAddr::v4(ip.octets()).is_private(),
        IpAddr::V6(ip) => HostAddr::v6(ip.octets()).is_private(),
    }
}

/// A request it got, and the same one with a Via more that it sent.
fn passed_on<'a>(around: &Around<'a>, host: &str) -> Option<(&'a Message, &'a Message)> {
    let requests = || {
        let all = around.same.iter().copied();
        all.filter(|o| o.kind == MessageKind::Request)
    };
    let sent = requests().filter(|o| is_same(host, &o.src.address));
    sent.filter_map(|sent| {
        let below = Via::parse(sent.vias.get(1)?.as_bytes()).branch?;
        let got = requests().find(|got| {
            is_same(host, &got.dst.address)
                && got.cseq == sent.cseq
                && got.method == sent.method
                && got.branch.as_deref().map(str::as_bytes) == Some(below)
        })?;
        Some((got, sent))
    })
    .next()
}

/// What received says of it (RFC 3261 §18.2.1).
fn by_nat(around: &Around<'_>, host: &str) -> Option<String> {
    let vias = around.message.vias.iter();
    vias.map(|v| Via::parse(v.as_bytes())).find_map(|via| {
        let own = via.sent_by_addr()?.to_string();
        let seen = String::from_utf8_lossy(via.received?).into_owned();
        match () {
            () if is_same(&own, &seen) => None,
            () if is_same(host, &own) => Some(format!(
                "the host's own address; a server saw its packet come from {seen}"
            )),
            () if is_same(host, &seen) => Some(format!(
                "where a server saw a packet of {own} come from: a NAT, or another address of that host"
            )),
            () => None,
        }
    })
}
