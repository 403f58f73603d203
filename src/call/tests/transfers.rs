//! Transfers within one call.

use super::*;

const V9: &str = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK";

/// A call that is up at 1 s.
fn answered() -> Scene {
    let mut s = Scene::new();
    let cseq = "CSeq: 1 INVITE";
    s.send(
        0.0,
        1,
        2,
        "INVITE sip:bob@example.com SIP/2.0",
        &[V1, A, B_UNTAGGED, cseq],
    );
    s.send(1000.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, B, cseq]);
    s
}

/// Bob's REFER, or with a status the response to it.
fn refer(s: &mut Scene, at: f64, status: &str, tag: &str, cseq: u32, more: &str) {
    let via = format!("{V9}{cseq}");
    let from = format!("From: <sip:bob@example.com>;tag={tag}");
    let number = format!("CSeq: {cseq} REFER");
    let headers = [
        via.as_str(),
        &from,
        "To: <sip:alice@example.com>;tag=a",
        &number,
        more,
    ];
    match status {
        "" => s.send(at, 2, 1, "REFER sip:alice@192.0.2.1 SIP/2.0", &headers),
        status => s.send(at, 1, 2, &format!("SIP/2.0 {status}"), &headers),
    };
}

fn transfers(s: Scene) -> Vec<Transfer> {
    let call = s.calls().remove(0);
    call.ties
        .map(|t| t.transfers().to_vec())
        .unwrap_or_default()
}

#[test]
fn a_refer_that_a_server_passes_on_and_sends_again_with_a_password_is_one() {
    let mut s = answered();
    let to = "Refer-To: <sip:carol@example.com?Replaces=9%40b%3Bto-tag%3D1>";
    let onward = "Refer-To: <sip:carol@192.0.2.2>";
    let login = "Authorization: Digest username=\"bob\"\r\nRefer-To: <sip:carol@example.com>";
    refer(&mut s, 2000.0, "", "b", 7, to);
    refer(&mut s, 2002.0, "", "s", 11, onward);
    refer(&mut s, 2003.0, "407 x", "s", 11, "X: 1");
    refer(&mut s, 2004.0, "407 x", "b", 7, "X: 1");
    refer(&mut s, 2050.0, "", "b", 8, login);
    refer(&mut s, 2051.0, "", "s", 12, login);
    refer(&mut s, 2052.0, "202 Accepted", "s", 12, "X: 1");
    refer(&mut s, 2053.0, "202 Accepted", "b", 8, "X: 1");
    // Later the same is asked anew.
    refer(&mut s, 60_000.0, "", "b", 9, to);
    refer(&mut s, 60_010.0, "403 Forbidden", "b", 9, "X: 1");
    let told = transfers(s);
    let results: Vec<LinkResult> = told.iter().map(Transfer::result).collect();
    assert_eq!(results, [LinkResult::Accepted, LinkResult::Refused]);
    assert_eq!(told[0].replaces, Some(crate::types::CallId::new(b"9@b")));
    assert_eq!(told[0].target.as_deref(), Some("sip:carol@example.com"));
}

#[test]
fn the_last_final_status_reported_is_how_a_transfer_came_out() {
    let mut s = answered();
    refer(
        &mut s,
        2000.0,
        "",
        "b",
        7,
        "Refer-To: <sip:carol@example.com>",
    );
    refer(&mut s, 2010.0, "202 Accepted", "b", 7, "X: 1");
    for (n, frag) in ["100 Trying", "180 Ringing", "486 Busy Here"]
        .iter()
        .enumerate()
    {
        let via = format!("{V9}n{n}");
        let number = format!("CSeq: {} NOTIFY", n + 20);
        let text = format!(
            "NOTIFY sip:bob@192.0.2.2 SIP/2.0\r\nCall-ID: c1\r\n{via}\r\n{A}\r\n{B}\r\n{number}\r\nEvent: refer;id=7\r\n\
Content-Type: message/sipfrag\r\n\r\nSIP/2.0 {frag}\r\n"
        );
        s.send_text(3000.0 + n as f64, 1, 2, &text);
    }
    let told = transfers(s);
    assert_eq!((told.len(), told[0].result()), (1, LinkResult::Failed));
    assert_eq!(
        told[0].outcome().map(Told::text).as_deref(),
        Some("486 Busy Here")
    );
    assert_eq!(told[0].reports.len(), 3);
}
