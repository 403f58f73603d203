//! Timers and branches of transactions, through the tracker.

use super::*;

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0";
const ACK: &str = "ACK sip:bob@example.com SIP/2.0";
const CSEQ: &str = "CSeq: 1 INVITE";
const CSEQ_ACK: &str = "CSeq: 1 ACK";
const V1_NEW: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa2";

/// `INVITE A 500/501 on_time` for each row of each transaction.
fn timers(mut scene: Scene) -> Vec<String> {
    while scene.tracker.finish() {}
    let closed = std::iter::from_fn(|| scene.tracker.poll_closed());
    let records = closed.filter_map(|c| match c {
        Closed::Transaction(t) => Some(t),
        _ => None,
    });
    let mut records: Vec<TransactionRecord> = records.collect();
    records.sort_by_key(|r| r.no);
    let rows = records.iter().flat_map(|record| {
        let rows = record.timers().into_iter();
        rows.map(|row| {
            let ms = |d: Option<crate::types::Delta>| d.map_or(-1.0, |d| d.as_millis_f64());
            format!(
                "{} {} {}/{} {}",
                record.method,
                row.timer.map_or("-", Timer::as_str),
                ms(row.expected),
                ms(row.seen),
                row.verdict
            )
        })
    });
    rows.collect()
}

fn ack_flaw(scene: Scene) -> Option<(u16, bool)> {
    let calls = scene.calls();
    let flaw = calls[0].evidence.ack_flaw.as_deref()?;
    Some((flaw.status.get(), flaw.came_again))
}

/// Alice's INVITE and its final response.
fn answered(status: &str) -> Scene {
    let mut s = Scene::new();
    s.send(0.0, 1, 2, INVITE, &[V1, A, B_UNTAGGED, CSEQ]);
    s.send(100.0, 2, 1, &format!("SIP/2.0 {status}"), &[V1, A, B, CSEQ]);
    s
}

#[test]
fn each_copy_of_a_2xx_and_of_its_ack_is_told() {
    let mut s = answered("200 OK");
    s.send(110.0, 1, 2, ACK, &[V1_NEW, A, B, CSEQ_ACK]);
    s.send(600.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, B, CSEQ]);
    s.send(610.0, 1, 2, ACK, &[V1_NEW, A, B, CSEQ_ACK]);
    assert_eq!(
        timers(s),
        ["INVITE 2xx 500/500 after_ack", "ACK - -1/500 answers_copy"]
    );
}

#[test]
fn the_first_copy_of_a_reliable_response_is_known_when_the_second_comes() {
    let mut s = Scene::new();
    s.send(0.0, 1, 2, INVITE, &[V1, A, B_UNTAGGED, CSEQ]);
    s.send(50.0, 2, 1, "SIP/2.0 100 Trying", &[V1, A, B_UNTAGGED, CSEQ]);
    let progress = "SIP/2.0 183 Session Progress";
    let numbered = [V1, A, B, CSEQ, "Require: 100rel", "RSeq: 7"];
    s.send(1000.0, 2, 1, progress, &numbered);
    s.send(1500.0, 2, 1, progress, &numbered);
    s.send(2500.0, 2, 1, progress, &numbered);
    assert_eq!(
        timers(s),
        ["INVITE 1xx 500/500 on_time", "INVITE 1xx 1000/1000 on_time"]
    );
}

#[test]
fn the_ack_of_another_phones_answer_is_not_that_of_this_one() {
    let mut s = answered("200 OK");
    s.send(110.0, 1, 2, ACK, &[V1_NEW, A, B, CSEQ_ACK]);
    let other = "To: <sip:bob@example.com>;tag=c";
    s.send(200.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, other, CSEQ]);
    s.send(700.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, other, CSEQ]);
    assert_eq!(timers(s), ["INVITE 2xx 500/500 on_time"]);
}

#[test]
fn an_ack_with_the_wrong_branch_is_an_ack_that_passed() {
    let mut s = answered("486 Busy Here");
    s.send(110.0, 1, 2, ACK, &[V1_NEW, A, B, CSEQ_ACK]);
    s.send(600.0, 2, 1, "SIP/2.0 486 Busy Here", &[V1, A, B, CSEQ]);
    assert_eq!(timers(s), ["INVITE G 500/500 after_ack"]);
}

#[test]
fn a_408_of_a_proxy_that_had_no_answer_itself_is_told_as_that() {
    let mut s = Scene::new();
    s.send(0.0, 1, 2, INVITE, &[V1, A, B_UNTAGGED, CSEQ]);
    s.send(1.0, 2, 3, INVITE, &[V2, V1, A, B_UNTAGGED, CSEQ]);
    s.send(
        32001.0,
        2,
        1,
        "SIP/2.0 408 Request Timeout",
        &[V1, A, B, CSEQ],
    );
    s.send(32002.0, 1, 2, ACK, &[V1, A, B, CSEQ_ACK]);
    assert_eq!(
        timers(s),
        ["INVITE B 32000/32000 gave_up", "INVITE B 32000/-1 ran_out"]
    );
    // One that came from behind it is no proxy's own.
    let mut s = Scene::new();
    s.send(0.0, 1, 2, INVITE, &[V1, A, B_UNTAGGED, CSEQ]);
    s.send(1.0, 2, 3, INVITE, &[V2, V1, A, B_UNTAGGED, CSEQ]);
    s.send(
        900.0,
        3,
        2,
        "SIP/2.0 408 Request Timeout",
        &[V2, V1, A, B, CSEQ],
    );
    s.send(901.0, 2, 3, ACK, &[V2, A, B, CSEQ_ACK]);
    s.send(
        902.0,
        2,
        1,
        "SIP/2.0 408 Request Timeout",
        &[V1, A, B, CSEQ],
    );
    s.send(903.0, 1, 2, ACK, &[V1, A, B, CSEQ_ACK]);
    assert!(timers(s).is_empty());
}

#[test]
fn the_ack_of_a_refusal_has_the_branch_of_its_invite_and_that_of_a_2xx_has_not() {
    let with_ack = |status: &str, via: &str, to: &str| {
        let mut s = answered(status);
        s.send(110.0, 1, 2, ACK, &[via, A, to, CSEQ_ACK]);
        s
    };
    assert_eq!(ack_flaw(with_ack("486 Busy Here", V1, B)), None);
    assert_eq!(ack_flaw(with_ack("200 OK", V1_NEW, B)), None);
    assert_eq!(
        ack_flaw(with_ack("486 Busy Here", V1_NEW, B)),
        Some((486, false))
    );
    assert_eq!(ack_flaw(with_ack("200 OK", V1, B)), Some((200, false)));
    // It acknowledges the answer of another phone.
    let other = "To: <sip:bob@example.com>;tag=c";
    assert_eq!(ack_flaw(with_ack("486 Busy Here", V1_NEW, other)), None);
    // Before RFC 3261 a branch tells nothing.
    let old = "Via: SIP/2.0/UDP 192.0.2.1;branch=2";
    assert_eq!(ack_flaw(with_ack("486 Busy Here", old, B)), None);
    let mut s = with_ack("486 Busy Here", V1_NEW, B);
    s.send(600.0, 2, 1, "SIP/2.0 486 Busy Here", &[V1, A, B, CSEQ]);
    assert_eq!(ack_flaw(s), Some((486, true)));
}
