//! Whole calls through the tracker, written as rows of text.

#[path = "tests/agreements.rs"]
mod agreements;
#[path = "tests/keys.rs"]
mod keys;
#[path = "tests/rows.rs"]
mod rows;
#[path = "tests/timers.rs"]
mod timers;
#[path = "tests/transfers.rs"]
mod transfers;

use super::*;
use crate::sip::{Framing, parse_message};
use crate::types::{
    CaptureTime, Endpoint, Flow, FrameNo, FrameRef, HostAddr, MessageId, Scope, SourceId, Transport,
};

/// Feeds messages to a tracker: hosts are named by their last octet.
struct Scene {
    tracker: Tracker,
    count: u32,
    placed: Vec<Placement>,
    /// The description the next message carries.
    sdp: Option<String>,
    passwords: crate::crypto::Passwords,
}

fn host(octet: u8) -> Endpoint {
    Endpoint::new(HostAddr::v4([192, 0, 2, octet]), 5060)
}

impl Scene {
    fn new() -> Self {
        Scene {
            tracker: Tracker::new(Limits::default()),
            count: 0,
            placed: Vec::new(),
            sdp: None,
            passwords: crate::crypto::Passwords::default(),
        }
    }

    /// `at` in milliseconds; `text` without Call-ID, which is always the same.
    fn send(&mut self, at: f64, from: u8, to: u8, start: &str, headers: &[&str]) -> Placement {
        let mut text = format!("{start}\r\nCall-ID: c1\r\n");
        for h in headers {
            text.push_str(h);
            text.push_str("\r\n");
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        self.send_text(at, from, to, &text)
    }

    /// The same of a whole message.
    fn send_text(&mut self, at: f64, from: u8, to: u8, text: &str) -> Placement {
        let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        let described = self.sdp.take();
        let sdp = described.as_ref().map(|s| crate::sdp::parse(s.as_bytes()));
        let id = MessageId::after(self.count);
        self.count += 1;
        let placement = self.tracker.handle_message(&Arrival {
            id,
            frame: FrameRef {
                source: SourceId(0),
                frame: FrameNo(u64::from(self.count)),
            },
            time: CaptureTime::from_nanos((at * 1e6).round() as i64),
            transport: Transport::Udp,
            flow: Flow {
                src: host(from),
                dst: host(to),
                scope: Scope::NONE,
            },
            duplicate_of: None,
            message: &message,
            sdp: sdp.as_ref(),
            passwords: &self.passwords,
        });
        self.placed.push(placement);
        placement
    }

    fn calls(mut self) -> Vec<CallRecord> {
        while self.tracker.finish() {}
        std::iter::from_fn(|| self.tracker.poll_closed())
            .filter_map(|c| {
                if let Closed::Call(c) = c {
                    Some(*c)
                } else {
                    None
                }
            })
            .collect()
    }

    fn registrations(mut self) -> Vec<RegistrationRecord> {
        while self.tracker.finish() {}
        std::iter::from_fn(|| self.tracker.poll_closed())
            .filter_map(|c| {
                if let Closed::Registration(r) = c {
                    Some(r)
                } else {
                    None
                }
            })
            .collect()
    }
}

const A: &str = "From: <sip:alice@example.com>;tag=a";
const B: &str = "To: <sip:bob@example.com>;tag=b";
const B_UNTAGGED: &str = "To: <sip:bob@example.com>";
/// The caller's Via, and below it the proxy's.
const V1: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1";
const V2: &str = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKp1";

#[test]
fn the_golden_timing_of_a_proxied_call_holds() {
    // INVITE 0.0 and 0.5 (resent) 1->2, 100 0.51, 2->3 0.6, 180 0.7/0.71, 200 2.0/2.01 resent 2.5/2.51,
    // ACK 2.6/2.61, 2.65 (resent), BYE 10.9, 200 11.0003.
    let mut s = Scene::new();
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    let cseq = "CSeq: 1 INVITE";
    s.send(0.0, 1, 2, invite, &[V1, A, B_UNTAGGED, cseq]);
    s.send(500.0, 1, 2, invite, &[V1, A, B_UNTAGGED, cseq]);
    s.send(
        510.0,
        2,
        1,
        "SIP/2.0 100 Trying",
        &[V1, A, B_UNTAGGED, cseq],
    );
    s.send(600.0, 2, 3, invite, &[V2, V1, A, B_UNTAGGED, cseq]);
    s.send(700.0, 3, 2, "SIP/2.0 180 Ringing", &[V2, V1, A, B, cseq]);
    s.send(710.0, 2, 1, "SIP/2.0 180 Ringing", &[V1, A, B, cseq]);
    for (at, hop) in [(2000.0, 3), (2010.0, 2), (2500.0, 3), (2510.0, 2)] {
        let vias: &[&str] = if hop == 3 {
            &[V2, V1, A, B, cseq]
        } else {
            &[V1, A, B, cseq]
        };
        s.send(at, hop, hop - 1, "SIP/2.0 200 OK", vias);
    }
    let ack = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa2";
    let ack_proxy = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKp2";
    s.send(
        2600.0,
        1,
        2,
        "ACK sip:bob@192.0.2.3 SIP/2.0",
        &[ack, A, B, "CSeq: 1 ACK"],
    );
    s.send(
        2610.0,
        2,
        3,
        "ACK sip:bob@192.0.2.3 SIP/2.0",
        &[ack_proxy, ack, A, B, "CSeq: 1 ACK"],
    );
    s.send(
        2650.0,
        1,
        2,
        "ACK sip:bob@192.0.2.3 SIP/2.0",
        &[ack, A, B, "CSeq: 1 ACK"],
    );
    let bye = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa3";
    s.send(
        10900.0,
        1,
        2,
        "BYE sip:bob@192.0.2.3 SIP/2.0",
        &[bye, A, B, "CSeq: 2 BYE"],
    );
    s.send(11000.3, 2, 1, "SIP/2.0 200 OK", &[bye, A, B, "CSeq: 2 BYE"]);

    let resent = s
        .placed
        .iter()
        .filter(|p| p.retransmission_of.is_some())
        .count();
    assert_eq!(resent, 4, "INVITE, 200 on two hops, ACK");
    let calls = s.calls();
    let c = &calls[0];
    let ms = |d: Option<crate::types::Delta>| d.map(|d| d.as_millis_f64());
    assert_eq!(ms(c.post_dial_delay), Some(710.0));
    assert_eq!(ms(c.setup_time), Some(2010.0));
    assert_eq!(ms(c.ring_time), Some(1300.0));
    assert_eq!(ms(c.talk_time), Some(8890.0));
    assert_eq!(ms(c.release_time), Some(100.3));
    assert_eq!(
        (c.outcome, c.ended_by),
        (Outcome::Completed, Some(EndedBy::Caller))
    );
    assert_eq!(c.hops.len(), 2);
    assert!(c.evidence.acked);
}

#[test]
fn a_challenge_and_its_retry_are_one_call_with_the_last_outcome() {
    let mut s = Scene::new();
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    s.send(0.0, 1, 2, invite, &[V1, A, B_UNTAGGED, "CSeq: 1 INVITE"]);
    s.send(1.0, 2, 1, "SIP/2.0 407 Auth", &[V1, A, B, "CSeq: 1 INVITE"]);
    s.send(
        2.0,
        1,
        2,
        "ACK sip:bob@example.com SIP/2.0",
        &[V1, A, B, "CSeq: 1 ACK"],
    );
    let v = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa9";
    let auth = "Proxy-Authorization: Digest username=\"alice\", realm=\"x\", nonce=\"n\", uri=\"sip:bob\", response=\"r\"";
    s.send(
        3.0,
        1,
        2,
        invite,
        &[v, A, B_UNTAGGED, "CSeq: 2 INVITE", auth],
    );
    s.send(
        9.0,
        2,
        1,
        "SIP/2.0 486 Nechaj ma na pokoji",
        &[v, A, B, "CSeq: 2 INVITE"],
    );
    let ack = s.send(
        10.0,
        1,
        2,
        "ACK sip:bob@example.com SIP/2.0",
        &[v, A, B, "CSeq: 2 ACK"],
    );
    assert_eq!(
        ack.transaction, s.placed[3].transaction,
        "the ACK of a failure shares the INVITE's transaction"
    );
    assert_eq!(
        s.placed[3].dialog, s.placed[0].dialog,
        "the retry continues the same attempt"
    );
    let calls = s.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Outcome::Busy);
    assert!(calls[0].challenged);
    assert_eq!(
        calls[0].final_reason.as_deref(),
        Some("Nechaj ma na pokoji")
    );
}

#[test]
fn a_forked_call_makes_two_early_dialogs_and_one_call() {
    let mut s = Scene::new();
    let cseq = "CSeq: 1 INVITE";
    s.send(
        0.0,
        1,
        2,
        "INVITE sip:bob@example.com SIP/2.0",
        &[V1, A, B_UNTAGGED, cseq],
    );
    let other = "To: <sip:bob@example.com>;tag=c";
    let one = s.send(1.0, 2, 1, "SIP/2.0 180 Ringing", &[V1, A, B, cseq]);
    let two = s.send(2.0, 2, 1, "SIP/2.0 180 Ringing", &[V1, A, other, cseq]);
    assert_ne!(one.dialog, two.dialog);
    assert_eq!(
        one.dialog, s.placed[0].dialog,
        "the INVITE belongs to the first dialog it made"
    );
    assert!(
        two.retransmission_of.is_none(),
        "another phone's 180 is no retransmission"
    );
    let calls = s.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0]
            .events
            .iter()
            .filter(|e| e.kind == EventKind::Forked)
            .count(),
        1
    );
    assert_eq!(calls[0].outcome, Outcome::Ringing);
}

fn register(s: &mut Scene, at: f64, cseq: u32, extra: &[&str]) {
    let via = format!("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKr{cseq}");
    let cseq = format!("CSeq: {cseq} REGISTER");
    let mut headers = vec![via.as_str(), A, "To: <sip:alice@example.com>", &cseq];
    headers.extend(extra);
    s.send(at, 1, 2, "REGISTER sip:example.com SIP/2.0", &headers);
}

fn answer(s: &mut Scene, at: f64, cseq: u32, status: &str, extra: &[&str]) {
    let via = format!("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKr{cseq}");
    let cseq = format!("CSeq: {cseq} REGISTER");
    let mut headers = vec![via.as_str(), A, "To: <sip:alice@example.com>;tag=r", &cseq];
    headers.extend(extra);
    s.send(at, 2, 1, &format!("SIP/2.0 {status}"), &headers);
}

const CONTACT: &str = "Contact: <sip:alice@192.0.2.1>;expires=60";
const AUTH: &str = "Authorization: Digest username=\"alice\", realm=\"x\", nonce=\"n\", uri=\"sip:x\", response=\"r\"";

#[test]
fn register_refresh_query_and_unregister_are_told_apart() {
    let mut s = Scene::new();
    register(&mut s, 0.0, 1, &[CONTACT]);
    answer(&mut s, 1.0, 1, "401 Unauthorized", &[]);
    register(&mut s, 2.0, 2, &[CONTACT, AUTH]);
    answer(&mut s, 21.0, 2, "200 OK", &[CONTACT]);
    register(&mut s, 30_000.0, 3, &[CONTACT, AUTH]);
    answer(&mut s, 30_001.0, 3, "200 OK", &[CONTACT]);
    register(&mut s, 31_000.0, 4, &[AUTH]);
    answer(&mut s, 31_001.0, 4, "200 OK", &[CONTACT]);
    register(&mut s, 40_000.0, 5, &["Contact: *", "Expires: 0", AUTH]);
    answer(&mut s, 40_001.0, 5, "200 OK", &[]);
    let r = &s.registrations()[0];
    let told: Vec<_> = r
        .attempts
        .iter()
        .map(|a| (a.kind.as_str(), a.outcome.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("register", "registered"),
            ("refresh", "registered"),
            ("query", "listed"),
            ("unregister", "unregistered")
        ]
    );
    assert_eq!(r.attempts[0].expires, Some(60));
    assert_eq!(r.attempts[0].delay.map(|d| d.as_millis_f64()), Some(21.0));
    assert!(r.attempts[0].challenged && !r.attempts[1].challenged);
    assert_eq!(r.aor, "sip:alice@example.com");
}

#[test]
fn a_refused_password_a_lone_challenge_and_silence_are_three_outcomes() {
    let outcome = |build: &dyn Fn(&mut Scene)| {
        let mut s = Scene::new();
        build(&mut s);
        s.registrations()[0]
            .attempts
            .iter()
            .map(|a| a.outcome.as_str())
            .collect::<Vec<_>>()
    };
    let refused = outcome(&|s| {
        register(s, 0.0, 1, &[CONTACT]);
        answer(s, 1.0, 1, "401 Unauthorized", &[]);
        register(s, 2.0, 2, &[CONTACT, AUTH]);
        answer(s, 3.0, 2, "401 Unauthorized", &[]);
    });
    assert_eq!(refused, ["rejected"]);
    let challenged = outcome(&|s| {
        register(s, 0.0, 1, &[CONTACT]);
        answer(s, 1.0, 1, "401 Unauthorized", &[]);
    });
    assert_eq!(challenged, ["challenged"]);
    let silent = outcome(&|s| {
        register(s, 0.0, 1, &[CONTACT]);
        register(s, 500.0, 1, &[CONTACT]);
    });
    assert_eq!(silent, ["no_response"]);
}

#[test]
fn memory_is_bounded_by_what_is_open() {
    let mut tracker = Tracker::new(Limits {
        open_call_ids: 10,
        ..Limits::default()
    });
    for i in 0..100u32 {
        let text = format!(
            "OPTIONS sip:x SIP/2.0\r\n{V1}{i}\r\n{A}\r\n{B_UNTAGGED}\r\nCSeq: 1 OPTIONS\r\nCall-ID: {i}\r\n\r\n"
        );
        let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        tracker.handle_message(&Arrival {
            id: MessageId::after(i),
            frame: FrameRef::default(),
            time: CaptureTime::from_nanos(i64::from(i)),
            transport: Transport::Udp,
            flow: Flow {
                src: host(1),
                dst: host(2),
                scope: Scope::NONE,
            },
            duplicate_of: None,
            message: &message,
            sdp: None,
            passwords: &crate::crypto::Passwords::default(),
        });
        assert!(tracker.open_call_ids() <= 10);
    }
    assert_eq!(tracker.closed_early(), 90);
}

fn closed_calls(s: &mut Scene) -> usize {
    std::iter::from_fn(|| s.tracker.poll_closed())
        .filter(|c| matches!(c, Closed::Call(_)))
        .count()
}

fn seconds(s: i64) -> CaptureTime {
    CaptureTime::from_secs_nanos(s, 0)
}

#[test]
fn a_long_call_is_closed_soon_after_its_bye() {
    let mut s = Scene::new();
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    s.send(0.0, 1, 2, invite, &[V1, A, B_UNTAGGED, "CSeq: 1 INVITE"]);
    s.send(100.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, B, "CSeq: 1 INVITE"]);
    for second in 1..60 {
        s.tracker.handle_time(seconds(second));
    }
    s.send(
        60_000.0,
        1,
        2,
        "BYE sip:bob@example.com SIP/2.0",
        &[A, B, "CSeq: 2 BYE"],
    );
    // 64·T1 after its last message nothing can come, and the table looks every 32 s.
    for second in 60..=124 {
        s.tracker.handle_time(seconds(second));
    }
    assert_eq!(closed_calls(&mut s), 1);
    assert_eq!(s.tracker.open_call_ids(), 0);
}

#[test]
fn a_full_table_gives_up_what_is_due_next_not_what_began_first() {
    let mut s = Scene::new();
    s.tracker = Tracker::new(Limits {
        open_call_ids: 2,
        ..Limits::default()
    });
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    s.send(0.0, 1, 2, invite, &[V1, A, B_UNTAGGED, "CSeq: 1 INVITE"]);
    s.send(100.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, B, "CSeq: 1 INVITE"]);
    // Headers repeated: the first Call-ID of a message would be c1, so these bring their own.
    for n in 0..5 {
        let text = format!(
            "{invite}\r\nCall-ID: flood{n}\r\n{V1}\r\n{A}\r\n{B_UNTAGGED}\r\nCSeq: 1 INVITE\r\n\r\n"
        );
        let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        s.tracker.handle_message(&Arrival {
            id: MessageId::after(10 + n),
            frame: FrameRef::default(),
            time: seconds(1),
            transport: Transport::Udp,
            flow: Flow {
                src: host(3),
                dst: host(2),
                scope: Scope::NONE,
            },
            duplicate_of: None,
            message: &message,
            sdp: None,
            passwords: &crate::crypto::Passwords::default(),
        });
    }
    assert_eq!(s.tracker.closed_early(), 4);
    s.send(
        9000.0,
        1,
        2,
        "BYE sip:bob@example.com SIP/2.0",
        &[A, B, "CSeq: 2 BYE"],
    );
    let answered = s.calls().iter().filter(|c| c.answer.is_some()).count();
    assert_eq!(answered, 1, "the established call is still one call");
}

#[test]
fn a_key_too_long_to_be_kept_belongs_to_no_call_and_is_counted() {
    let mut s = Scene::new();
    let long = format!("From: <sip:alice@example.com>;tag={}", "x".repeat(2000));
    let invite = "INVITE sip:bob@example.com SIP/2.0";
    let placed = s.send(
        0.0,
        1,
        2,
        invite,
        &[V1, &long, B_UNTAGGED, "CSeq: 1 INVITE"],
    );
    assert_eq!(placed.call, None);
    assert_eq!(s.tracker.keys_too_long(), 1);
    assert_eq!(s.tracker.open_call_ids(), 0);
}
