//! `sipflow show` as a lesson, through the program: what is said of the hops, the routes and the addresses of a
//! message, each checked by hand against the packets of the capture.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

/// The text, its lines joined as if the screen had no end.
fn shown(case: &str, frame: u32) -> String {
    let file = format!("testdata/cases/{case}/capture.pcap");
    let words = format!("show -q --width 1000 {file} {frame}");
    let out = support::sipflow(words.split(' '));
    assert!(out.status.success(), "{words}");
    let text = String::from_utf8(out.stdout).unwrap();
    let lines = text
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "no '{line}' in\n{text}");
    }
}

// Two proxies: 192.0.2.11 -> .10 (#20) -> .20 (#24) -> .12 (#26). The first proxy's own Route stays in the request
// that the second sends on.
#[test]
fn each_via_is_tied_to_the_packet_it_stood_on_top_of() {
    let text = shown("two_proxies", 26);
    has(
        &text,
        &[
            "Via 1 192.0.2.20: on top, of the hop this packet is on",
            "Via 2 192.0.2.10: on top of #24, from 192.0.2.10:5060 to 192.0.2.20:5060",
            "Via 3 192.0.2.11:5060: on top of #20, from 192.0.2.11:5060 to 192.0.2.10:5060 received=192.0.2.11, \
             rport=5060: the server saw what it names: no NAT between the two is to be seen.",
            "Route 1 <sip:192.0.2.10;lr;lr> names another host than the one this packet goes to, 192.0.2.12:5060;",
            "Record-Route added <sip:192.0.2.20;lr=on;ftag=3bd62c3ee9a62307> by 192.0.2.20, between #24 and this packet",
            "192.0.2.10 Via, Route, Record-Route, From it passes the request on, as a proxy does: #20 goes to it, \
             and #24 comes from it with a Via more",
        ],
    );
}

// ACK #38 -> #39 -> #40, with the Record-Route of the 200 (#33, #34, #35).
#[test]
fn an_ack_has_its_response_its_time_and_its_routes() {
    let text = shown("two_proxies", 38);
    // 200 #35 at 21.338702, ACK #38 6.587 ms later, by tshark.
    has(
        &text,
        &[
            "acknowledges the 200 in #35 of a 2xx the ACK is a transaction of its own",
            "of the INVITE in #20",
            "time since 6.587 ms after the response",
            "Request-URI sip:bob-0x55903b5a23f0@192.0.2.12:5060: the Contact of #35",
            "Route 1 <sip:192.0.2.10;lr=on;ftag=3bd62c3ee9a62307> the next stop: this packet goes there; lr: a loose router",
            "route set 2 stops of 2 are left",
        ],
    );
    has(
        &shown("two_proxies", 40),
        &[
            "Route taken off <sip:192.0.2.20;lr=on;ftag=3bd62c3ee9a62307>, between #39 and this packet",
            "route set no stop is left of 2",
        ],
    );
    has(
        &shown("two_proxies", 19),
        &["acknowledges the 407 in #18 of a refusal the ACK belongs to the INVITE's transaction"],
    );
}

// 316 octets by the header; `a=ptime:20` with its end has 12, the last of them.
#[test]
fn the_body_is_counted_line_by_line() {
    let text = shown("two_proxies", 26);
    has(
        &text,
        &[
            "5 5 v= 0 Version of SDP",
            "12 316 a= ptime:20",
            "body length 316 octets counted, 316 announced: they agree",
        ],
    );
}

#[test]
fn what_was_before_the_capture_is_not_made_up() {
    let text = shown("starts_mid_call", first_message("starts_mid_call"));
    for words in ["acknowledges", "route set", "the Contact of"] {
        assert!(!text.contains(words), "{text}");
    }
}

/// The packet of a case's first SIP message.
fn first_message(case: &str) -> u32 {
    let file = format!("testdata/cases/{case}/capture.pcap");
    let out = support::sipflow(format!("messages -q --format csv {file}").split(' '));
    let text = String::from_utf8(out.stdout).unwrap();
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = heading.iter().position(|name| *name == "frame").unwrap();
    lines
        .next()
        .unwrap()
        .split(',')
        .nth(at)
        .unwrap()
        .parse()
        .unwrap()
}
