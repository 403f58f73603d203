//! Sheets to learn from: several facts side by side, made of the registries where these have them.

use super::header_use::{also_needed, in_each_message};
use super::{Entry, Sheet, Words};
use crate::sip::HeaderName;
use crate::types::TermGroup;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        minimum_headers(),
        compact_forms(),
        roles(),
        identifiers(),
        timers(),
    ]
}

fn sheet(
    name: &'static str,
    also: &[&'static str],
    meaning: &'static str,
    source: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Words>>,
) -> Entry {
    Entry {
        also: also.iter().map(|a| (*a).into()).collect(),
        table: Some(Sheet { columns, rows }),
        ..Entry::new(TermGroup::Sheet, name, meaning, source)
    }
}

fn rows<const N: usize>(table: &[[&'static str; N]]) -> Vec<Vec<Words>> {
    let row = |row: &[&'static str; N]| row.map(Words::from).into();
    table.iter().map(row).collect()
}

fn compact_of(header: HeaderName) -> String {
    let compact = header.entry().and_then(|e| e.compact);
    compact.map_or(String::new(), |c| c.to_string())
}

/// What every message has, then what some have.
fn minimum_headers() -> Entry {
    let yes = |is: bool| Words::from(if is { "must" } else { "-" });
    let each = HeaderName::all().filter_map(|(name, entry)| {
        let (requests, responses) = in_each_message(name);
        (requests || responses).then(|| {
            vec![
                entry.name.into(),
                compact_of(name).into(),
                yes(requests),
                yes(responses),
                entry.meaning.into(),
            ]
        })
    });
    let some = HeaderName::all().filter_map(|(name, entry)| {
        let needed = also_needed().filter(|(header, ..)| *header == name);
        let (mut requests, mut responses) = (Vec::new(), Vec::new());
        for (_, place, methods) in needed {
            match place.strip_prefix("in ").unwrap_or(&place) {
                "requests" => requests.push(methods),
                "requests and responses" => {
                    requests.push("with a body".to_owned());
                    responses.push("with a body".to_owned());
                }
                status => responses.push(format!("{status} to {methods}")),
            }
        }
        let said = |places: Vec<String>| match places.is_empty() {
            true => Words::from("-"),
            false => places.join("; ").into(),
        };
        (!requests.is_empty() || !responses.is_empty()).then(|| {
            vec![
                entry.name.into(),
                compact_of(name).into(),
                said(requests),
                said(responses),
                entry.meaning.into(),
            ]
        })
    });
    sheet(
        "minimum headers",
        &[
            "minimum header set",
            "mandatory headers",
            "required headers",
            "header set",
        ],
        "What a message must have: Via, From, To, Call-ID and CSeq always, Max-Forwards in each request. Below them \
stands what only some messages must have: of responses with a status such as 405 only the methods of RFC 3261 are \
named, with the musts of later RFCs beside them. Content-Type is needed where there is a body, Content-Length over \
TCP always.",
        "RFC 3261 §8.1.1, §8.2.6.2, §20 (tables 2 and 3); RFC 3262, 3311, 3515, 3903, 4028 and 6665",
        vec!["header", "compact", "request", "response", "meaning"],
        each.chain(some).collect(),
    )
}

fn compact_forms() -> Entry {
    let mut rows: Vec<(char, Vec<Words>)> = HeaderName::all()
        .filter_map(|(_, entry)| {
            let compact = entry.compact?;
            let row = vec![
                compact.to_string().into(),
                entry.name.into(),
                entry.source.into(),
                entry.meaning.into(),
            ];
            Some((compact, row))
        })
        .collect();
    rows.sort_by_key(|(compact, _)| *compact);
    sheet(
        "compact forms",
        &["compact headers", "short headers", "compact form"],
        "One letter in place of the name of a header, to make a message fit a datagram. Both forms mean the same and \
may be mixed; case does not count.",
        "RFC 3261 §7.3.3",
        vec!["letter", "header", "source", "meaning"],
        rows.into_iter().map(|(_, row)| row).collect(),
    )
}

/// Where addresses stand, and whose they are.
#[rustfmt::skip]
const ROLES: &[[&str; 5]] = &[
    ["Request-URI", "the domain of the registrar", "bob's address of record; from his proxy on, bob's Contact", "the other side's Contact",
     "Where the request goes next. First the domain's, last the phone's own address."],
    ["From", "alice's address of record", "alice's address of record", "the address of who sends this request",
     "A name of a user in a domain (often the proxy's or PBX's), not where the phone is. No packet is sent there because of it."],
    ["To", "alice's address of record", "bob's address of record", "the address of who gets this request",
     "A name as in From. It stays the same when the proxy sends the call elsewhere."],
    ["Contact", "alice's phone: what is registered", "alice's phone; in the 200, bob's", "the phone of who sends it",
     "The phone's own address: local (192.168.1.20) unless the phone learned the NAT's public one. Later requests of the call go there."],
    ["Via, sent-by", "alice's phone, then each proxy", "alice's phone, then each proxy", "the same",
     "The address that the sender of this hop knows of itself: local behind a NAT."],
    ["Via, received and rport", "the NAT's, as the registrar saw it", "the NAT's, as the proxy saw it", "the same",
     "Added by whoever got the request: the address and port the packet came from. The response goes to that address, with rport to that port too."],
    ["Record-Route, Route", "-", "each proxy that stays in the path", "the proxies, in order",
     "The proxy's own address."],
    ["SDP c= and m=", "-", "alice's phone; in the 200, bob's", "as in the INVITE",
     "Where this side wants its media: local, or the NAT's or a relay's where the phone or a server put that in."],
    ["IP source of the packet", "the NAT's outside, the phone's inside", "the same; behind a proxy, the proxy's", "the same",
     "No part of SIP: what the network made of it. The only address that is certain."],
];

fn roles() -> Entry {
    sheet(
        "From, To and Contact",
        &[
            "From/To/Contact",
            "from to contact",
            "roles",
            "addresses",
            "address roles",
        ],
        "Whose address stands where: From and To name users, Contact names a phone, Via and Record-Route name the way, \
and only the packet's own source is what the network saw. alice registers, then calls bob through a proxy, from behind a NAT.",
        "RFC 3261 §8.1.1, §10.2, §12.2.1.1, §18.2; RFC 3581 §4",
        vec![
            "where",
            "in REGISTER",
            "in INVITE",
            "in a request within the call",
            "whose address",
        ],
        rows(ROLES),
    )
}

#[rustfmt::skip]
const IDENTIFIERS: &[[&str; 4]] = &[
    ["transaction", "branch of the topmost Via, its sent-by, and the method", "one hop, one request and its responses", "RFC 3261 §17.1.3, §17.2.3"],
    ["dialog", "Call-ID, From tag and To tag", "from the first response with a To tag to the BYE", "RFC 3261 §12"],
    ["call (one leg)", "Call-ID", "all requests of one attempt, those after a 407 too; all dialogs of a forked call", "RFC 3261 §8.1.1.4"],
    ["order of requests", "CSeq number of one side in a dialog", "grows by one; ACK and CANCEL have that of their INVITE", "RFC 3261 §8.1.1.5, §12.2.1.1"],
    ["which request a response answers", "CSeq number and method, branch", "one transaction", "RFC 3261 §17.1.3"],
    ["registrations of one phone", "Call-ID, the same in each REGISTER; CSeq grows", "until the phone restarts", "RFC 3261 §10.2"],
    ["subscription", "Call-ID, tags and Event", "from SUBSCRIBE to the NOTIFY that says terminated", "RFC 6665 §4.4.1"],
    ["reliable provisional response", "RSeq, and RAck of its PRACK", "one INVITE", "RFC 3262 §7"],
    ["stream of RTP", "SSRC, addresses and ports", "until the source changes it", "RFC 3550 §3"],
];

fn identifiers() -> Entry {
    sheet(
        "identifiers",
        &[
            "which headers identify",
            "identify call dialog transaction",
            "ids",
        ],
        "Which headers tell that messages belong together.",
        "RFC 3261 §8.1.1, §12, §17",
        vec!["what", "told by", "lasts", "source"],
        rows(IDENTIFIERS),
    )
}

fn timers() -> Entry {
    let rows = super::timers::entries().map(|timer| {
        let mut row = vec![timer.name];
        row.extend(timer.facts.into_iter().map(|fact| fact.text));
        row.extend([timer.meaning, timer.source]);
        row
    });
    sheet(
        "timers",
        &["SIP timers", "timer values"],
        "The timers of SIP, with T1 = 0.5 s, T2 = 4 s and T4 = 5 s.",
        "RFC 3261 §17, appendix A",
        vec!["timer", "lasts", "runs at", "meaning", "source"],
        rows.collect(),
    )
}
