//! RFC 4475 and RFC 5118: what is recognisably SIP is never dropped, and what is wrong with it is said.

// Helpers of tests: a message that cannot be read is a failed test.
#![allow(clippy::expect_used)]

use sipflow::sip::{Framing, HeaderName, Message, Uri, parse_message};
use sipflow::types::Method;
use std::path::Path;

/// What an analyzer must make of a message: the codes of its flaws, none for a clean one.
/// The comment gives what a server answers.
const VERDICTS: &[(&str, &[&str])] = &[
    // §3.1.1 valid messages
    ("wsinv", &[]),
    ("intmeth", &[]),
    ("esc01", &[]),
    ("escnull", &[]),
    ("esc02", &[]),
    ("lwsdisp", &[]),
    ("longreq", &[]),
    ("dblreq", &["extra_octets"]),
    ("semiuri", &[]),
    ("transports", &[]),
    ("mpart01", &[]),
    ("unreason", &[]),
    ("noreason", &[]),
    // §3.1.2 invalid messages
    ("badinv01", &["stray_separator"]),   // 400
    ("clerr", &["body_truncated"]),       // 400
    ("ncl", &["content_length_invalid"]), // 400
    (
        "scalar02",
        &[
            "cseq_out_of_range",
            "max_forwards_out_of_range",
            "expires_out_of_range",
        ],
    ), // 400
    (
        "scalarlg",
        &[
            "cseq_out_of_range",
            "retry_after_out_of_range",
            "warning_malformed",
        ],
    ), // dropped
    ("quotbal", &["unterminated_quote"]), // 400
    ("ltgtruri", &["start_line_malformed"]), // 400
    ("lwsruri", &["start_line_malformed"]), // 400
    ("lwsstart", &["start_line_malformed"]), // 400
    ("trws", &["start_line_malformed"]),  // 400
    ("escruri", &["request_uri_headers"]), // 400
    ("baddate", &["date_not_gmt"]),
    ("regbadct", &["uri_not_bracketed"]),      // 400
    ("badaspec", &["uri_white_space"]),        // 400
    ("baddn", &["display_name_unquoted"]),     // 400
    ("badvers", &["sip_version"]),             // 505
    ("mismatch01", &["cseq_method_mismatch"]), // 400
    ("mismatch02", &["cseq_method_mismatch"]), // 501
    ("bigcode", &["status_code_invalid"]),     // dropped
    // §3.2 transaction layer
    ("badbranch", &["branch_empty"]),
    // §3.3 application layer
    ("insuf", &["missing_header"]),       // 400
    ("unkscm", &["uri_scheme_unknown"]),  // 416
    ("novelsc", &["uri_scheme_unknown"]), // 416
    ("unksm2", &[]),
    ("bext01", &["option_tag_unknown"]),     // 420
    ("invut", &["content_type_unknown"]),    // 415
    ("regaut01", &["auth_scheme_unknown"]),  // 401
    ("multi01", &["repeated_header"]),       // 400
    ("mcl01", &["content_length_conflict"]), // 400
    ("bcast", &["via_broadcast"]),           // dropped
    ("zeromf", &[]),                         // 483
    ("cparam01", &[]),
    ("cparam02", &[]),
    ("regescrt", &[]),
    ("sdp01", &["accept_without_sdp"]), // 406
    // §3.4 RFC 2543
    ("inv2543", &[]),
];

/// The messages of RFC 5118 §4.1 to §4.10, about IPv6. Its archive ends all lines with LF, which every one of them is
/// told (`bare_lf`); what else each is told stands here.
const IPV6_VERDICTS: &[(&str, &[&str])] = &[
    ("ipv6-good", &[]),                      // §4.1
    ("ipv6-bad", &["uri_malformed"]),        // §4.2: 400
    ("port-ambiguous", &[]),                 // §4.3
    ("port-unambiguous", &[]),               // §4.4
    ("via-received-param-with-delim", &[]),  // §4.5
    ("via-received-param-no-delim", &[]),    // §4.5
    ("ipv6-in-sdp", &["body_truncated"]),    // §4.6; its Content-Length is 26 octets too large
    ("mult-ip-in-header", &[]),              // §4.7
    ("mult-ip-in-sdp", &["body_truncated"]), // §4.8; and its 1 octet
    ("ipv4-mapped-ipv6", &[]),               // §4.9
    // §4.10: what the grammar of RFC 3261 would make, and what is right. The archive leaves out the blank line.
    (
        "ipv6-bug-abnf-3-colons",
        &["ipv6_reference_malformed", "headers_unterminated"],
    ),
    ("ipv6-correct-abnf-2-colons", &["headers_unterminated"]),
];

/// Every message there is, by its path.
fn all() -> impl Iterator<Item = String> {
    let ipv6 = IPV6_VERDICTS
        .iter()
        .map(|(name, _)| format!("rfc5118/{name}"));
    VERDICTS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(ipv6)
}

fn read(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/torture")
        .join(format!("{name}.dat"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn parse(bytes: &[u8]) -> Message<'_> {
    parse_message(bytes, Framing::Datagram).expect("recognisably SIP")
}

fn uri_of(value: Option<sipflow::sip::NameAddr<'_>>) -> String {
    String::from_utf8_lossy(value.expect("an address").uri).into_owned()
}

#[test]
fn each_message_is_accepted_with_the_flaws_the_rfc_names() {
    let mut wrong = Vec::new();
    for (name, expected) in VERDICTS {
        let bytes = read(name);
        let mut codes: Vec<&str> = parse(&bytes)
            .flaws
            .iter()
            .map(|f| f.code.as_str())
            .collect();
        let also: &[&str] = match *name {
            // baddn's last blank line is missing in the RFC's archive.
            "baddn" => &["headers_unterminated"],
            // The body goes on behind the first Content-Length.
            "mcl01" => &["extra_octets"],
            _ => &[],
        };
        let mut expected: Vec<&str> = expected.iter().chain(also).copied().collect();
        codes.sort_unstable();
        codes.dedup();
        expected.sort_unstable();
        if codes != expected {
            wrong.push(format!("{name}: expected {expected:?}, found {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn ipv6_messages_are_accepted_with_the_flaws_the_rfc_names() {
    for (name, expected) in IPV6_VERDICTS {
        let bytes = read(&format!("rfc5118/{name}"));
        let m = parse(&bytes);
        let mut codes: Vec<&str> = m.flaws.iter().map(|f| f.code.as_str()).collect();
        let mut expected: Vec<&str> = expected.iter().copied().chain(["bare_lf"]).collect();
        codes.sort_unstable();
        codes.dedup();
        expected.sort_unstable();
        assert_eq!(codes, expected, "{name}");
        assert!(m.call_id().is_some() && m.cseq().is_some(), "{name}");
        for flaw in &m.flaws {
            assert!(flaw.source.is_some_and(|s| s.starts_with("RFC ")), "{name}");
        }
    }
}

#[test]
fn ipv6_addresses_are_read_with_and_without_their_brackets() {
    let bytes = read("rfc5118/port-ambiguous");
    let uri = Uri::parse(parse(&bytes).request_uri().unwrap());
    // §4.3: the 5070 is a part of the address, not a port.
    assert_eq!(uri.host_addr(), "2001:db8::10:5070".parse().ok());
    assert_eq!(uri.port, None);
    let bytes = read("rfc5118/port-unambiguous");
    let uri = Uri::parse(parse(&bytes).request_uri().unwrap());
    assert_eq!(uri.host_addr(), "2001:db8::10".parse().ok());
    assert_eq!(uri.port, Some(5070));
    // §4.5: both forms of received are met; both name one address.
    for name in ["with-delim", "no-delim"] {
        let bytes = read(&format!("rfc5118/via-received-param-{name}"));
        let via = parse(&bytes).top_via().unwrap();
        assert_eq!(via.sent_by_addr(), "2001:db8::9:1".parse().ok());
        assert_eq!(via.received, Some(&b"2001:db8::9:255"[..]), "{name}");
    }
    // §4.7: three hops, two of them IPv6.
    let bytes = read("rfc5118/mult-ip-in-header");
    let m = parse(&bytes);
    let hops: Vec<_> = m
        .vias()
        .map(|v| v.sent_by_addr().unwrap().to_string())
        .collect();
    assert_eq!(hops, ["2001:db8::9:1", "192.0.2.1", "2001:db8::9:255"]);
    // §4.10: colons that are one too many are no reason to lose the rest.
    let bytes = read("rfc5118/ipv6-bug-abnf-3-colons");
    let m = parse(&bytes);
    let named: Vec<_> = m
        .flaws
        .iter()
        .filter(|f| f.code.as_str() == "ipv6_reference_malformed")
        .collect();
    assert_eq!(
        named.iter().map(|f| f.header).collect::<Vec<_>>(),
        [Some("To"), None]
    );
    assert_eq!(uri_of(m.to()), "sip:user@[2001:db8:::192.0.2.1]");
}

#[test]
fn ipv6_addresses_of_session_descriptions_are_read() {
    let addresses = |name: &str| -> Vec<String> {
        let bytes = read(&format!("rfc5118/{name}"));
        let m = parse(&bytes);
        let body = m.sdp().expect(name);
        let session = sipflow::sdp::parse(&body);
        let media = session.media.iter();
        media
            .map(|m| {
                m.connection()
                    .and_then(|c| c.ip())
                    .map_or("-".into(), |ip| ip.to_string())
            })
            .collect()
    };
    assert_eq!(addresses("ipv6-in-sdp"), ["2001:db8::20", "2001:db8::20"]);
    assert_eq!(addresses("mult-ip-in-sdp"), ["192.0.2.1", "2001:db8::1"]);
    // §4.9: an IPv4 host as a dual stack writes it.
    assert_eq!(addresses("ipv4-mapped-ipv6"), ["::ffff:192.0.2.2"; 2]);
}

#[test]
fn the_tables_name_every_message() {
    for (part, count) in [("", VERDICTS.len()), ("rfc5118", IPV6_VERDICTS.len())] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("testdata/torture")
            .join(part);
        let files = std::fs::read_dir(folder).expect("the messages are part of the source");
        let messages = files
            .filter_map(Result::ok)
            .filter(|f| f.path().extension().is_some_and(|e| e == "dat"));
        assert_eq!(messages.count(), count);
    }
}

#[test]
fn every_prefix_of_every_message_is_read_without_panic() {
    for name in all() {
        let bytes = read(&name);
        for end in 0..=bytes.len() {
            for framing in [Framing::Datagram, Framing::Stream, Framing::Truncated] {
                if let Some(m) = parse_message(&bytes[..end], framing) {
                    read_everything(&m);
                }
            }
        }
    }
}

#[test]
fn every_single_byte_damage_is_read_without_panic() {
    for name in all() {
        let bytes = read(&name);
        for at in (0..bytes.len()).step_by(3) {
            for damage in [0u8, b'"', b'<', b';', b',', b'\n', 0xff] {
                let mut bad = bytes.clone();
                bad[at] = damage;
                if let Some(m) = parse_message(&bad, Framing::Datagram) {
                    read_everything(&m);
                }
            }
        }
    }
}

fn read_everything(m: &Message<'_>) {
    let _ = (m.call_id(), m.cseq(), m.transaction_method(), m.info_line());
    for via in m.vias() {
        let _ = (via.unique_branch(), via.sent_by_addr());
    }
    for c in m.contacts() {
        let _ = (c.addr.uri().aor(), c.addr.display_text());
    }
    for addr in [m.from(), m.to(), m.refer_to()].into_iter().flatten() {
        let _ = (addr.tag(), addr.uri().short_text());
    }
    let _ = (m.challenges().count(), m.credentials().count());
    let _ = (m.reason_header().count(), m.warning_header().count());
    let _ = (m.parts().len(), m.record_routes().count());
    if let Some(sdp) = m.sdp() {
        let _ = sipflow::sdp::parse(&sdp).media.len();
    }
    for h in m.headers.iter() {
        let _ = h.text();
    }
}

#[test]
fn wsinv_is_read_through_all_its_folds() {
    let bytes = read("wsinv");
    let m = parse(&bytes);
    assert_eq!(m.call_id(), Some(&b"wsinv.ndaksdj@192.0.2.1"[..]));
    let cseq = m.cseq().unwrap();
    assert_eq!((cseq.number, &cseq.method), (9, &Method::Invite));
    assert_eq!(m.max_forwards(), Some(68));
    assert_eq!(m.content_length(), Some(150));
    assert_eq!(m.to().unwrap().tag(), Some(&b"1918181833n"[..]));
    let from = m.from().unwrap();
    assert_eq!(from.display_text().as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.tag(), Some(&b"98asjd8"[..]));
    let hosts: Vec<_> = m.vias().map(|v| v.sent_by_host).collect();
    assert_eq!(
        hosts,
        [
            &b"192.0.2.2"[..],
            b"spindle.example.com",
            b"192.168.255.111"
        ]
    );
    let branches: Vec<_> = m.vias().filter_map(|v| v.branch).collect();
    assert_eq!(
        branches,
        [&b"390skdjuw"[..], b"z9hG4bK9ikj8", b"z9hG4bK30239"]
    );
    assert_eq!(m.header(HeaderName::Subject).as_deref(), Some(&b""[..]));
    let odd: Vec<_> = m
        .headers
        .all_spelled("unknownheaderwithunusualvalue")
        .collect();
    assert_eq!(odd, [b";;,,;;,;"]);
    let contact = m.contacts().next().unwrap();
    assert_eq!(
        contact.addr.display_text().as_deref(),
        Some("Quoted string \"\"")
    );
    assert_eq!(contact.q, Some(330));
    assert_eq!(m.sdp().map(|s| s.len()), Some(150));
}

#[test]
fn odd_characters_survive() {
    let bytes = read("intmeth");
    let m = parse(&bytes);
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(m.method(), Some(&Method::Other(method.into())));
    let to = m.to().unwrap();
    assert_eq!(
        to.display_name.as_deref(),
        Some(&b"BEL:\x07 NUL:\x00 DEL:\x7f"[..])
    );
    assert_eq!(m.from().unwrap().tag(), Some(&b"_token~1'+`*%!-."[..]));
    assert_eq!(Uri::parse(m.request_uri().unwrap()).host, b"example.com");
}

#[test]
fn escapes_are_not_resolved_where_they_mean_nothing() {
    let bytes = read("esc02");
    let m = parse(&bytes);
    assert_eq!(m.method(), Some(&Method::Other("RE%47IST%45R".into())));
    assert_eq!(m.contacts().count(), 2, "C%6Fntact is no Contact");
    let bytes = read("escnull");
    let contacts: Vec<String> = parse(&bytes)
        .contacts()
        .map(|c| c.addr.uri().aor())
        .collect();
    assert_eq!(
        contacts,
        ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]
    );
}

#[test]
fn the_second_request_of_a_datagram_is_left_out() {
    let bytes = read("dblreq");
    let m = parse(&bytes);
    assert_eq!(m.method(), Some(&Method::Register));
    assert!(m.body.is_empty());
    assert_eq!(m.raw.len(), bytes.len() - 450);
}

#[test]
fn binary_parts_keep_their_bytes() {
    let bytes = read("mpart01");
    let parts = parse(&bytes).parts();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].body, b"Hello");
    assert_eq!(&parts[1].body[..4], b"0\x82\x01\x52");
}

#[test]
fn what_is_wrong_does_not_hide_what_is_right() {
    for (name, method, call_id) in [
        (
            "lwsruri",
            Method::Invite,
            "lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423",
        ),
        (
            "lwsstart",
            Method::Invite,
            "lwsstart.dfknq234oi243099adsdfnawe3@example.com",
        ),
        ("trws", Method::Options, "trws.oicu34958239neffasdhr2345r"),
        ("badvers", Method::Options, "badvers.31417@c.example.com"),
        ("mismatch01", Method::Options, "mismatch01.dj0234sxdfl3"),
    ] {
        let bytes = read(name);
        let m = parse(&bytes);
        assert_eq!(m.transaction_method(), Some(method), "{name}");
        assert_eq!(m.call_id(), Some(call_id.as_bytes()), "{name}");
    }
    let bytes = read("quotbal");
    assert_eq!(uri_of(parse(&bytes).to()), "sip:j.user@example.com");
    let bytes = read("baddn");
    assert_eq!(parse(&bytes).from().unwrap().tag(), Some(&b"43"[..]));
    let bytes = read("badaspec");
    assert_eq!(uri_of(parse(&bytes).to()), "sip:t.watson@example.org");
    let bytes = read("ltgtruri");
    assert_eq!(
        parse(&bytes).request_uri(),
        Some(&b"sip:user@example.com"[..])
    );
}

#[test]
fn numbers_out_of_range_are_absent_not_clamped() {
    let bytes = read("scalar02");
    let m = parse(&bytes);
    assert_eq!(m.cseq(), None);
    assert_eq!(m.transaction_method(), Some(Method::Register));
    assert_eq!(m.max_forwards(), None);
    assert_eq!(m.contacts().next().unwrap().expires, Some(3600));
    let bytes = read("bigcode");
    assert_eq!(parse(&bytes).status(), None);
}

#[test]
fn of_repeated_headers_the_first_counts_and_each_is_named() {
    let bytes = read("multi01");
    let m = parse(&bytes);
    assert_eq!(m.call_id(), Some(&b"multi01.98asdh@192.0.2.1"[..]));
    assert_eq!(m.headers_named(HeaderName::CallId).count(), 2);
    let mut named: Vec<_> = m.flaws.iter().filter_map(|f| f.header).collect();
    named.sort_unstable();
    assert_eq!(named, ["CSeq", "Call-ID", "From", "Max-Forwards", "To"]);
}

#[test]
fn parameters_go_to_the_header_or_to_the_uri() {
    let bytes = read("cparam01");
    let c = parse(&bytes);
    let c = c.contacts().next().unwrap();
    assert!(c.addr.params.has("unknownparam") && !c.addr.uri().params.has("unknownparam"));
    let bytes = read("cparam02");
    let c = parse(&bytes);
    let c = c.contacts().next().unwrap();
    assert!(!c.addr.params.has("unknownparam") && c.addr.uri().params.has("unknownparam"));
}

#[test]
fn session_descriptions_are_found_where_there_are_some() {
    for (name, _) in VERDICTS {
        let bytes = read(name);
        let m = parse(&bytes);
        if m.content_type().is_some_and(|t| t.is_sdp()) {
            let sdp = m.sdp().expect(name);
            let session = sipflow::sdp::parse(&sdp);
            assert!(session.flaws.is_empty(), "{name}: {:?}", session.flaws);
            assert!(!session.media.is_empty(), "{name}");
        }
    }
}
