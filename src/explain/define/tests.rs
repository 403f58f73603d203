use super::*;
use crate::sip::HeaderName;

/// Group and name of what a term stands for.
fn found(typed: &str) -> Vec<String> {
    let entries = define(typed).unwrap_or_default();
    entries.iter().map(said).collect()
}

fn said(entry: &Entry) -> String {
    format!("{} {}", entry.group, entry.heading())
}

#[test]
fn what_people_type_is_found() {
    let index = find::Index::new();
    for (typed, entry) in [
        ("486", "status 486 Busy Here"),
        ("busy here", "status 486 Busy Here"),
        ("SIP/2.0 486 Busy Here", "status 486 Busy Here"),
        ("4XX", "status 4xx Client error"),
        ("INVITE", "method INVITE"),
        ("INVITE sip:bob@example.com SIP/2.0", "method INVITE"),
        ("re-INVITE", "word re-INVITE"),
        ("Via", "header Via"),
        ("via:", "header Via"),
        ("Record Route", "header Record-Route"),
        ("m=", "sdp_line m="),
        ("m=audio 49170 RTP/AVP 8", "sdp_line m="),
        ("a=rtpmap", "sdp_attribute a=rtpmap"),
        ("a=rtpmap:8 PCMA/8000", "sdp_attribute a=rtpmap"),
        ("rtpmap", "sdp_attribute a=rtpmap"),
        ("ulaw", "codec PCMU"),
        ("opus", "codec opus"),
        ("PT 8", "payload_type PT 8 PCMA"),
        ("payload type 101", "payload_type PT 96-127 dynamic"),
        ("timer B", "timer Timer B"),
        ("t1", "timer T1"),
        ("Q.850 17", "cause Q.850 17 user busy"),
        ("opus/48000/2", "codec opus"),
        ("branch=z9hG4bK74bf9", "word branch"),
        ("Q.850;cause=17;text=\"busy\"", "cause Q.850 17 user busy"),
        ("t38", "word T.38"),
        ("SDP", "word SDP"),
        ("Q.850;cause=17", "cause Q.850 17 user busy"),
        ("one_way_audio", "finding one_way_audio"),
        ("one way audio", "finding one_way_audio"),
        ("uri_white_space", "flaw uri_white_space"),
        ("b2bua", "entity B2BUA back-to-back user agent"),
        (
            "back-to-back user agent",
            "entity B2BUA back-to-back user agent",
        ),
        ("location server", "entity location service"),
        ("#", "event event 11 key #"),
        ("dtmf 5", "event event 5 key 5"),
        (
            "warning 304",
            "warning Warning 304 media type not available",
        ),
        ("warning 381", "warning Warning 381 SIPS required"),
        ("SER", "word SER"),
        ("session duration time", "word SDT"),
        ("presence agent", "entity PA presence agent"),
        ("ESC", "entity ESC event state compositor"),
        ("AAL2-G726-32", "codec G726-32"),
        ("minimum header set", "sheet minimum headers"),
        ("compact forms", "sheet compact forms"),
        ("From/To/Contact", "sheet From, To and Contact"),
    ] {
        let found = index.find(typed).unwrap_or_default();
        let found: Vec<String> = found.iter().map(said).collect();
        assert_eq!(found, [entry], "{typed}");
    }
}

#[test]
fn a_term_of_several_meanings_has_them_all() {
    assert_eq!(found("v"), ["header Via", "sdp_line v="]);
    assert_eq!(found("G711"), ["codec PCMU", "codec PCMA"]);
    assert_eq!(found("PCMA"), ["codec PCMA", "payload_type PT 8 PCMA"]);
    assert_eq!(
        found("8"),
        [
            "payload_type PT 8 PCMA",
            "event event 8 key 8",
            "cause Q.850 8 preemption"
        ]
    );
    assert_eq!(found("Via: SIP/2.0/UDP 192.0.2.1"), ["header Via"]);
}

#[test]
fn near_terms_are_offered_for_one_that_is_not_known() {
    let near = |typed| define(typed).unwrap_err().near;
    assert_eq!(near("INVTE"), ["INVITE"]);
    assert!(near("Recrd-Route").contains(&"Record-Route".to_owned()));
    assert!(near("one_way_adio").contains(&"one_way_audio".to_owned()));
    // Another number is another term.
    assert_eq!(near("PT 128"), Vec::<String>::new());
    assert_eq!(near("zzzz"), Vec::<String>::new());
    assert_eq!(near(""), Vec::<String>::new());
    assert_eq!(near("\u{1b}[2J"), Vec::<String>::new());
}

#[test]
fn each_term_has_a_meaning_a_source_and_an_example_and_is_found_by_its_name() {
    let index = find::Index::new();
    for group in TermGroup::ALL {
        let entries = terms(*group);
        assert!(!entries.is_empty(), "{group}");
        for e in entries {
            assert!(e.meaning.ends_with('.'), "{}: {}", e.name, e.meaning);
            assert!(!e.source.is_empty(), "{}", e.name);
            let found = index.find(&e.name).unwrap();
            assert!(found.contains(&e), "{}", e.name);
            let all: Vec<&str> = [&e.name, &e.meaning, &e.source]
                .into_iter()
                .chain(&e.example)
                .map(|w| w.as_ref())
                .collect();
            let plain = |t: &&str| !t.contains(|c: char| c.is_control());
            assert!(all.iter().all(plain), "{}", e.name);
            match group {
                // The rarest have none; sheets are tables.
                TermGroup::Header | TermGroup::Sheet | TermGroup::PayloadType => {}
                _ => assert!(e.example.is_some(), "{}", e.name),
            }
        }
    }
}

#[test]
fn an_example_of_a_header_is_a_line_of_it() {
    for e in terms(TermGroup::Header) {
        if let Some((name, _)) = e.example.as_deref().and_then(|line| line.split_once(':')) {
            assert_eq!(name, e.name);
        }
    }
    let shown = terms(TermGroup::Header);
    let without: Vec<&str> = shown
        .iter()
        .filter(|e| e.example.is_none())
        .map(|e| e.name.as_ref())
        .collect();
    assert!(without.len() < 30, "{without:?}");
    assert!(!without.iter().any(|n| {
        let entry = HeaderName::parse(n.as_bytes()).entry();
        entry.is_some_and(|e| e.source.starts_with("RFC 3261"))
    }));
}

#[test]
fn the_sheet_of_the_minimum_begins_with_the_six_headers_of_each_request() {
    let sheets = terms(TermGroup::Sheet);
    let table = sheets[0].table.as_ref().unwrap();
    let rows: Vec<String> = table.rows.iter().map(|r| r[..4].join("|")).collect();
    assert_eq!(
        rows[..7],
        [
            "Via|v|must|must",
            "From|f|must|must",
            "To|t|must|must",
            "Call-ID|i|must|must",
            "CSeq||must|must",
            "Max-Forwards||must|-",
            "Contact|m|INVITE, UPDATE, SUBSCRIBE, NOTIFY and REFER|2xx to INVITE, UPDATE, SUBSCRIBE and REFER",
        ]
    );
    let allow = "Allow||-|405 to BYE, INVITE, OPTIONS and REGISTER";
    assert!(rows.contains(&allow.to_owned()), "{rows:?}");
    let body = "Content-Type|c|with a body|with a body";
    assert!(rows.contains(&body.to_owned()), "{rows:?}");
    for later in [
        "Event|o|SUBSCRIBE, NOTIFY and PUBLISH|-",
        "RAck||PRACK|-",
        "Min-Expires||-|423 to REGISTER, SUBSCRIBE and PUBLISH",
        "Expires||-|2xx to SUBSCRIBE and PUBLISH",
    ] {
        assert!(rows.contains(&later.to_owned()), "{rows:?}");
    }
    for sheet in &sheets {
        let table = sheet.table.as_ref().unwrap();
        assert!(table.rows.iter().all(|r| r.len() == table.columns.len()));
    }
}

#[test]
fn a_format_with_its_bits_in_the_other_order_is_no_other_name() {
    let found = define("G726-32").unwrap_or_default();
    assert_eq!(found[0].also, ["G721"]);
    let order = found[0].facts.iter().find(|f| f.name == "bit order");
    assert!(
        order
            .unwrap()
            .text
            .starts_with("AAL2-G726-32 is the same codec")
    );
}
