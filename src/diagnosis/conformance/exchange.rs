//! Small exchanges of messages for the proofs of the rules.

use super::ConformanceWatch;
use crate::call::{Arrival, Limits, Tracker};
use crate::crypto::Passwords;
use crate::decode::Stack;
use crate::diagnosis::building::{Scene, at, endpoint, frame};
use crate::pipeline::{Onlooker, SeenMessage};
use crate::sip::{Framing, parse_message};
use crate::types::{Flow, MessageId, Scope, Transport};

/// Host 1 is alice, host 2 bob, host 3 one behind him. A row: from, to, the method or the status and the method it
/// answers, and what is unusual. Rows come a second apart.
pub(super) type Row<'a> = (u8, u8, &'a str, &'a str);

/// What the rules make of these messages.
pub(super) fn scene(rows: &[Row<'_>]) -> Scene {
    let mut watch = ConformanceWatch::default();
    let mut tracker = Tracker::new(Limits::default());
    let passwords = Passwords::default();
    for (n, row) in (0..).zip(rows) {
        let text = text(*row);
        let message = parse_message(text.as_bytes(), Framing::Datagram).expect("SIP");
        let body = message.sdp();
        let sdp = body.as_deref().map(crate::sdp::parse);
        let host = |n: u8| endpoint([192, 0, 2, n], 5060);
        let flow = Flow {
            src: host(row.0),
            dst: host(row.1),
            scope: Scope::NONE,
        };
        let (id, frame, time) = (
            MessageId::after(n),
            frame(u64::from(n) + 1),
            at(f64::from(n)),
        );
        let placement = tracker.handle_message(&Arrival {
            id,
            frame,
            time,
            transport: Transport::Udp,
            flow,
            duplicate_of: None,
            message: &message,
            sdp: sdp.as_ref(),
            passwords: &passwords,
        });
        watch.message(&SeenMessage {
            id,
            frame,
            frames: &[frame],
            time,
            transport: Transport::Udp,
            flow,
            location: None,
            duplicate_of: None,
            message: &message,
            truncated: false,
            stack: Stack::default(),
            framing_flaws: &[],
            placement,
            passwords: &passwords,
        });
    }
    Scene::of_deviations(watch.into_deviations())
}

fn text((_, _, what, odd): Row<'_>) -> String {
    let word = |name: &str| {
        let mut words = odd.split(' ');
        words.find_map(|w| w.strip_prefix(name)?.strip_prefix('='))
    };
    let is = |name: &str| odd.split(' ').any(|w| w == name);
    let (status, method) = match what.split_once(' ') {
        Some((status, method)) => (Some(status), method),
        None => (None, what),
    };
    let start = match status {
        None => format!("{method} sip:b@example.org SIP/2.0"),
        Some(status) => format!("SIP/2.0 {status} Whatever"),
    };
    let branch = word("branch").unwrap_or("z9hG4bK1");
    let rport = match (is("rport"), word("rport")) {
        (_, Some(port)) => format!(";rport={port};received=192.0.2.1"),
        (true, None) => ";rport".to_owned(),
        (false, None) => String::new(),
    };
    let mut out = format!("{start}\r\n");
    if word("vias") == Some("2") {
        out += "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKp\r\n";
    }
    out += &format!("Via: SIP/2.0/UDP 192.0.2.1;branch={branch}{rport}\r\n");
    let has_to_tag = is("totag") || status.is_some() && !is("-totag");
    out += &format!(
        "From: <sip:a@example.org>;tag={}\r\nTo: <sip:b@example.org>{}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\n",
        word("fromtag").unwrap_or("a"),
        if has_to_tag { ";tag=b" } else { "" },
        word("callid").unwrap_or("c1"),
        word("cseq").unwrap_or("1"),
    );
    if status.is_none() {
        out += &format!("Max-Forwards: {}\r\n", word("mf").unwrap_or("70"));
    }
    if !is("-contact") {
        out += "Contact: <sip:192.0.2.1>\r\n";
    }
    if is("rr") {
        out += "Record-Route: <sip:192.0.2.9;lr>\r\n";
    }
    for (name, header) in [
        ("require", "Require"),
        ("supported", "Supported"),
        ("allow", "Allow"),
    ] {
        if let Some(value) = word(name) {
            out += &format!("{header}: {value}\r\n");
        }
    }
    if is("rseq") {
        out += "RSeq: 1\r\n";
    }
    if let Some(nc) = word("auth") {
        let uri = word("uri").unwrap_or("sip:b@example.org");
        out += &format!(
            "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"{uri}\", qop=auth, nc=0000000{nc}, \
             cnonce=\"c\", response=\"0\"\r\n"
        );
    }
    for algorithm in word("offer")
        .unwrap_or_default()
        .split(',')
        .filter(|a| !a.is_empty())
    {
        let qop = if is("noqop") { "" } else { ", qop=\"auth\"" };
        out += &format!(
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm={algorithm}{qop}\r\n"
        );
    }
    let body = word("sdp")
        .and_then(|v| v.split_once(':'))
        .map(|(version, direction)| {
            format!(
                "v=0\r\no=- 7 {version} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 0\r\na={direction}\r\n"
            )
        });
    if body.is_some() {
        out += "Content-Type: application/sdp\r\n";
    }
    let body = body.unwrap_or_default();
    out + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn what_two_hops_show_is_told_once_and_named_by_the_first() {
    let rows: &[Row<'_>] = &[
        (1, 2, "INVITE", "-contact"),
        (2, 3, "INVITE", "-contact vias=2 mf=69"),
        (1, 2, "INVITE", "-contact cseq=2 branch=z9hG4bK2"),
    ];
    let said = scene(rows).said();
    assert_eq!(
        said,
        ["warning header_missing: 2 INVITE requests from 192.0.2.1:5060 lack Contact"]
    );
}

#[test]
fn a_call_that_keeps_all_rules_says_nothing() {
    let rows: &[Row<'_>] = &[
        (
            1,
            2,
            "INVITE",
            "rport supported=100rel sdp=1:sendrecv allow=INVITE,ACK,BYE,PRACK",
        ),
        (2, 1, "100 INVITE", "rport=5060 -totag"),
        (2, 1, "180 INVITE", "rport=5060 require=100rel rseq"),
        (2, 1, "200 INVITE", "rport=5060 allow=INVITE,BYE"),
        (1, 2, "ACK", "totag branch=z9hG4bK2"),
        (1, 2, "BYE", "totag cseq=2 branch=z9hG4bK3"),
        (2, 1, "200 BYE", "cseq=2 branch=z9hG4bK3"),
    ];
    assert_eq!(scene(rows).said(), [""; 0]);
}

#[test]
fn what_shares_a_branch_or_a_number_rightly_is_no_departure() {
    let refused: &[Row<'_>] = &[
        (1, 2, "INVITE", "branch=z9hG4bK1 auth=1"),
        (1, 2, "INVITE", "branch=z9hG4bK1 auth=1"),
        (1, 2, "CANCEL", "branch=z9hG4bK1"),
        (2, 1, "200 CANCEL", "branch=z9hG4bK1"),
        (2, 1, "487 INVITE", "branch=z9hG4bK1"),
        (1, 2, "ACK", "branch=z9hG4bK1 totag auth=1"),
    ];
    assert_eq!(scene(refused).said(), [""; 0]);
    // Challenged, and asked again with credentials; both sides number their requests on their own.
    let challenged: &[Row<'_>] = &[
        (1, 2, "INVITE", "branch=z9hG4bK1"),
        (2, 1, "401 INVITE", "branch=z9hG4bK1 offer=SHA-256"),
        (1, 2, "ACK", "branch=z9hG4bK1 totag"),
        (1, 2, "INVITE", "branch=z9hG4bK2 cseq=2 auth=1"),
        (2, 1, "200 INVITE", "branch=z9hG4bK2 cseq=2"),
        (1, 2, "ACK", "branch=z9hG4bK3 cseq=2 totag auth=1"),
        (1, 2, "INFO", "branch=z9hG4bK4 cseq=3 totag auth=2"),
        (1, 2, "BYE", "branch=z9hG4bK5 cseq=4 totag auth=3"),
    ];
    let said = scene(challenged).said();
    assert_eq!(
        said,
        [
            "info weaker_digest_chosen: 3 requests from 192.0.2.1:5060 answer with MD5 although a stronger hash was offered"
        ]
    );
}

#[test]
fn the_same_request_at_two_servers_is_one_request() {
    // A client that turns to another server sends the same again, with another branch.
    let rows: &[Row<'_>] = &[
        (1, 2, "OPTIONS", "branch=z9hG4bK1 auth=1"),
        (1, 3, "OPTIONS", "branch=z9hG4bK2 auth=1"),
    ];
    assert_eq!(scene(rows).said(), [""; 0]);
}

#[test]
fn a_response_that_gives_back_other_names_is_told() {
    for (odd, what) in [
        ("cseq=7", "the CSeq number"),
        ("callid=c2", "Call-ID, CSeq or the tag of From"),
    ] {
        let said = scene(&[(1, 2, "INVITE", ""), (2, 1, "200 INVITE", odd)]).said();
        let expected = format!(
            "info response_differs: 1 response (200 to INVITE) from 192.0.2.2:5060 does not give back {what} of the request"
        );
        assert_eq!(said, [expected]);
    }
}
