//! Offer and answer as rows of text: what is told of them.

use super::negotiation;
use crate::call::OfferResult;
use crate::explain::Lookup;
use crate::report::model::{MessageKind, NegotiatedMedia, Negotiation, Report};
use crate::report::{assemble_sdp, fixtures};
use crate::types::Party;

/// The call of the fixture with that offer in its INVITE and that answer in its 200, both without their first lines.
fn with(offer: &str, answer: &str, media: Vec<NegotiatedMedia>) -> Report {
    let mut report = fixtures::proxied();
    let said = |rows: &str, host: u8| {
        let text = format!(
            "v=0\r\nc=IN IP4 192.0.2.{host}\r\n{}",
            rows.replace(" / ", "\r\n")
        );
        Some(assemble_sdp(&crate::sdp::parse(text.as_bytes())))
    };
    let call = &mut report.calls[0];
    let invite = |m: &&crate::report::model::Message| {
        m.method.as_deref() == Some("INVITE") && m.call == Some(call.id)
    };
    let own = |m: &&crate::report::model::Message| m.sdp.is_some();
    let offered = report
        .messages
        .iter()
        .filter(invite)
        .filter(own)
        .rfind(|m| m.kind == MessageKind::Request && m.src.address == "192.0.2.11")
        .unwrap()
        .id;
    let answered = report
        .messages
        .iter()
        .filter(invite)
        .rfind(|m| m.status == Some(200))
        .unwrap()
        .id;
    call.negotiations = vec![Negotiation {
        number: 1,
        leg: 1,
        by: Party::Caller,
        offer: offered,
        time: call.start_time,
        result: OfferResult::Answered,
        answer: Some(answered),
        refusal: None,
        end_time: call.answer_time,
        status: None,
        reason: None,
        media,
    }];
    call.events.clear();
    for m in report
        .messages
        .iter_mut()
        .filter(|m| m.method.as_deref() == Some("INVITE"))
    {
        m.sdp = match m.kind {
            MessageKind::Request => said(offer, 11),
            MessageKind::Response if m.status == Some(200) => said(answer, 12),
            MessageKind::Response => None,
        };
    }
    report
}

/// As the report makes it of both descriptions.
fn line(kind: &'static str, offered: &[&'static str], chosen: &[&'static str]) -> NegotiatedMedia {
    let words = |names: &[&'static str]| names.iter().map(|n| (*n).into()).collect();
    NegotiatedMedia {
        kind: kind.into(),
        protocol: "RTP/AVP".into(),
        offered: words(offered),
        offered_at: Some("192.0.2.11:4000".into()),
        offered_direction: crate::types::Direction::SendRecv,
        chosen: words(chosen),
        answered_at: None,
        answered_direction: Some(crate::types::Direction::SendRecv),
        refused: false,
        reason: None,
    }
}

fn told(report: &Report) -> Vec<String> {
    let lookup = Lookup::new(report);
    let told = negotiation(&lookup, &report.calls[0]);
    told.iter().map(|s| s.text.to_string()).collect()
}

/// The last sentence without what stands before its colon.
fn answer(report: &Report) -> String {
    let all = told(report);
    let last = all.iter().find(|s| s.contains(" answers in ")).unwrap();
    last.split_once(": ").unwrap().1.to_owned()
}

#[test]
fn the_offer_is_told_medium_by_medium_and_no_key_is_shown() {
    let offer = "m=audio 4000 RTP/SAVP 8 0 101 / b=AS:84 / a=rtpmap:101 telephone-event/8000 / a=ptime:20 / a=rtcp-mux / \
                 a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz / \
                 m=video 4002 RTP/AVP 34 / a=sendonly";
    let report = with(
        offer,
        "m=audio 6000 RTP/SAVP 8 / m=video 0 RTP/AVP 34",
        Vec::new(),
    );
    let all = told(&report);
    let first = all[0].split_once(": ").unwrap().1;
    assert_eq!(
        first,
        "audio at 192.0.2.11:4000 by RTP/SAVP with PCMA, PCMU and telephone-event (20 ms in a packet, RTCP on the same port, \
         SRTP keys in the message: AES_CM_128_HMAC_SHA1_80, b=AS:84); video at 192.0.2.11:4002 by RTP/AVP with H263 (sendonly)."
    );
    assert!(all.iter().all(|s| !s.contains("WVNf")));
}

#[test]
fn each_answer_says_what_is_agreed_left_out_and_refused() {
    let offer = "m=audio 4000 RTP/AVP 0 8 / m=video 4002 RTP/AVP 34";
    let audio = |chosen| line("audio", &["PCMU", "PCMA"], chosen);
    let refused = NegotiatedMedia {
        refused: true,
        answered_direction: None,
        ..line("video", &["H263"], &[])
    };
    let report = with(
        offer,
        "m=audio 6000 RTP/AVP 8 / m=video 0 RTP/AVP 34",
        vec![audio(&["PCMA"]), refused.clone()],
    );
    assert_eq!(
        answer(&report),
        "audio at 192.0.2.12:6000 by RTP/AVP with PCMA; video left out (port 0). So PCMA is agreed for audio; \
         bob leaves out PCMU; bob refuses video (port 0); why is not told."
    );
    // The reason is told where both descriptions show it.
    let why = NegotiatedMedia {
        reason: Some("the answer names RTP/AVP instead of RTP/SAVP".into()),
        ..refused
    };
    let report = with(
        "m=video 4002 RTP/SAVP 34",
        "m=video 0 RTP/AVP 34",
        vec![why],
    );
    assert_eq!(
        answer(&report),
        "video left out (port 0). So bob refuses video (port 0), as the answer names RTP/AVP instead of RTP/SAVP."
    );
    let none = NegotiatedMedia {
        reason: Some("none of the answer's formats was offered".into()),
        ..line("audio", &["PCMU", "PCMA"], &[])
    };
    let report = with(
        "m=audio 4000 RTP/AVP 0 8",
        "m=audio 6000 RTP/AVP 9",
        vec![none],
    );
    assert_eq!(
        answer(&report),
        "audio at 192.0.2.12:6000 by RTP/AVP with G722. So no codec is agreed: none of the answer's formats was offered."
    );
}

#[test]
fn who_opens_dtls_and_whether_rtcp_shares_the_port_is_the_answers_word() {
    let keys = |setup: &str, mux: &str| {
        format!("RTP/SAVPF 0 / a=fingerprint:sha-256 AB:CD / a=setup:{setup}{mux}")
    };
    let media = || vec![line("audio", &["PCMU"], &["PCMU"])];
    let offer = format!("m=audio 4000 {}", keys("actpass", " / a=rtcp-mux"));
    for (setup, mux, said) in [
        (
            "active",
            " / a=rtcp-mux",
            "So PCMU is agreed; RTP and RTCP share one port; bob is to open DTLS.",
        ),
        (
            "passive",
            "",
            "So PCMU is agreed; RTCP does not share the port of RTP: the answer does not take that; alice is to open DTLS.",
        ),
    ] {
        let report = with(
            &offer,
            &format!("m=audio 6000 {}", keys(setup, mux)),
            media(),
        );
        assert!(answer(&report).ends_with(said), "{}", answer(&report));
    }
}

#[test]
fn what_a_host_in_between_writes_into_a_description_is_told_as_its_doing() {
    let mut report = with(
        "m=audio 4000 RTP/AVP 0",
        "m=audio 6000 RTP/AVP 0",
        vec![line("audio", &["PCMU"], &["PCMU"])],
    );
    assert_eq!(told(&report).len(), 2);
    let invite = |m: &&mut crate::report::model::Message| {
        m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE")
    };
    // Request and response of the hop behind the proxy have a Via more.
    for m in &mut report.messages {
        let behind = [&m.src, &m.dst]
            .iter()
            .any(|end| end.address == "192.0.2.12");
        m.vias = vec!["SIP/2.0/UDP x".into(); 1 + usize::from(behind)];
    }
    let last = report.messages.iter_mut().rfind(invite).unwrap();
    let media = &mut last.sdp.as_mut().unwrap().media[0];
    (media.connection, media.port) = (Some("192.0.2.10".into()), 30000);
    let all = told(&report);
    assert_eq!(all.len(), 3);
    let (who, what) = all[1].split_once(": ").unwrap();
    assert!(who.contains(" (192.0.2.10) passes the INVITE ("), "{who}");
    assert_eq!(
        what,
        "audio at 192.0.2.10:30000 instead of 192.0.2.11:4000."
    );
}

#[test]
fn hostile_text_is_escaped() {
    let report = fixtures::poisoned(&with(
        "m=audio 4000 RTP/AVP 0",
        "m=audio 6000 RTP/AVP 0",
        vec![line("audio", &["PCMU"], &["PCMU"])],
    ));
    for sentence in told(&report) {
        assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
    }
}
