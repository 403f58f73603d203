//! Calls as rows of text: what is sent, and what is to be told of it.

use super::*;
use crate::types::Party;

/// Sends the messages of a row, a second apart, between alice and her proxy.
///
/// `INVITE` is alice's request, `<BYE` bob's, `BYE/c` is within the dialog of another phone; digits answer the last request that is no ACK, towards who sent it.
/// `INVITE:0,8s` carries a description (see `agreements`), `183!` is reliable (RFC 3262), `INVITE*` carries credentials, `180/c` comes from another phone (To tag), `INVITE=` is sent again.
pub(super) struct Row {
    pub(super) scene: Scene,
    at: f64,
    cseq: u32,
    /// Method, CSeq, from the caller, branch.
    last: (String, u32, bool, u32),
    /// The callee's tag in it.
    tag: String,
    /// The request that is still to be answered once a PRACK is.
    waits: Option<(String, u32, bool, u32)>,
    invite: u32,
    branches: u32,
    in_dialog: bool,
}

impl Row {
    fn new() -> Row {
        Row {
            scene: Scene::new(),
            at: 0.0,
            cseq: 0,
            last: (String::new(), 0, true, 0),
            tag: "b".to_owned(),
            waits: None,
            invite: 0,
            branches: 0,
            in_dialog: false,
        }
    }

    fn word(&mut self, word: &str) {
        self.at += 1000.0;
        let (word, described) = word.split_once(':').unwrap_or((word, ""));
        self.scene.sdp = (!described.is_empty()).then(|| super::agreements::sdp(described));
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            self.response(word);
        } else {
            self.request(word);
        }
    }

    fn request(&mut self, word: &str) {
        let from_caller = !word.starts_with('<');
        let name = word.trim_start_matches('<').trim_end_matches(['*', '=']);
        let (name, tag) = name.split_once('/').unwrap_or((name, "b"));
        let again = word.ends_with('=');
        let cseq = match name {
            "ACK" | "CANCEL" => self.invite,
            _ if again => self.cseq,
            _ => {
                self.cseq += 1;
                self.cseq
            }
        };
        if name == "INVITE" {
            self.invite = cseq;
        }
        // A CANCEL and the ACK of a failure have the INVITE's branch; all else is a transaction of its own.
        if !again && name != "CANCEL" && (name != "ACK" || self.in_dialog) {
            self.branches += 1;
        }
        let callee = [
            format!("To: <sip:bob@example.com>;tag={tag}"),
            format!("From: <sip:bob@example.com>;tag={tag}"),
        ];
        let within = name == "PRACK" || self.in_dialog && name != "CANCEL";
        let tags = match (from_caller, within) {
            (true, true) => [A, &callee[0]],
            (true, false) => [A, B_UNTAGGED],
            (false, _) => [&callee[1], "To: <sip:alice@example.com>;tag=a"],
        };
        let via = format!("Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{}", self.branches);
        let number = format!("CSeq: {cseq} {name}");
        let mut headers = vec![via.as_str(), tags[0], tags[1], &number];
        if word.ends_with('*') {
            headers.push("Proxy-Authorization: Digest username=\"alice\", nonce=\"n\"");
        }
        let (src, dst) = if from_caller { (1, 2) } else { (2, 1) };
        let start = format!("{name} sip:x@example.com SIP/2.0");
        self.scene.send(self.at, src, dst, &start, &headers);
        if name == "PRACK" {
            self.waits = Some(self.last.clone());
        }
        if name != "ACK" {
            self.last = (name.to_owned(), cseq, from_caller, self.branches);
            self.tag = tag.to_owned();
        }
    }

    fn response(&mut self, word: &str) {
        let reliable = word.contains('!');
        let word = word.replace('!', "");
        let (status, tag) = word.split_once('/').unwrap_or((&word, &self.tag));
        let (method, cseq, from_caller, branch) = self.last.clone();
        // After a CANCEL the INVITE is still to be answered.
        let (method, cseq) = match (method.as_str(), status) {
            ("CANCEL", "200") | (_, "") => (method, cseq),
            ("CANCEL", _) => ("INVITE".to_owned(), self.invite),
            _ => (method, cseq),
        };
        let via = format!("Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{branch}");
        let number = format!("CSeq: {cseq} {method}");
        let tagged = format!("To: <sip:bob@example.com>;tag={tag}");
        let asked = format!("From: <sip:bob@example.com>;tag={tag}");
        let (from, to) = match from_caller {
            true => (A, tagged.as_str()),
            false => (asked.as_str(), "To: <sip:alice@example.com>;tag=a"),
        };
        let (src, dst) = if from_caller { (2, 1) } else { (1, 2) };
        let start = format!("SIP/2.0 {status} x");
        let require = if reliable { "Require: 100rel" } else { "X: -" };
        self.scene.send(
            self.at,
            src,
            dst,
            &start,
            &[&via, from, to, &number, require],
        );
        self.in_dialog |= method == "INVITE" && status.starts_with('2');
        if method == "PRACK" {
            self.last = self.waits.take().unwrap_or(self.last.clone());
        }
    }
}

pub(super) fn call_of(row: &str) -> CallRecord {
    let mut sent = Row::new();
    row.split_whitespace().for_each(|word| sent.word(word));
    let mut calls = sent.scene.calls();
    assert_eq!(calls.len(), 1, "{row}");
    calls.remove(0)
}

#[test]
fn each_row_has_the_outcome_and_the_end_a_telephone_engineer_gives_it() {
    for row in [
        "INVITE 100 180 200 ACK BYE 200 => completed, caller",
        "INVITE 100 180 200 ACK <BYE 200 => completed, callee",
        "INVITE 401 ACK INVITE* 100 180 200 ACK BYE 200 => completed, caller",
        "INVITE 407 ACK => auth_failed, -",
        "INVITE 407 ACK INVITE* 407 ACK => auth_failed, -",
        "INVITE 407 ACK INVITE* 403 ACK => rejected, -",
        "INVITE 100 180 200 ACK => answered, -",
        "INVITE 100 180 => ringing, -",
        "INVITE 100 => incomplete, -",
        "INVITE INVITE= INVITE= INVITE= INVITE= INVITE= INVITE= => timeout, -",
        "INVITE 180 CANCEL 200 487 ACK => cancelled, caller",
        "INVITE 180 CANCEL 487 ACK => cancelled, caller",
        "INVITE 180 486 ACK => busy, -",
        "INVITE 180 603 ACK => declined, -",
        "INVITE 180 408 ACK => no_answer, -",
        "INVITE 404 ACK => not_found, -",
        "INVITE 302 ACK => redirected, -",
        "INVITE 488 ACK => rejected, -",
        "INVITE 500 ACK => failed, -",
        // Requests within the dialog do not decide the outcome.
        "INVITE 200 ACK INVITE 488 ACK BYE 200 => completed, caller",
        "INVITE 200 ACK <INVITE 200 <BYE 200 => completed, callee",
        // A challenge to a BYE ends nothing; the BYE with credentials does.
        "INVITE 200 ACK BYE 407 => answered, -",
        "INVITE 200 ACK BYE 407 BYE* 200 => completed, caller",
        // The second phone is dismissed at once, or ignored until it gives up.
        "INVITE 180 200 ACK 200/c ACK/c BYE/c 200/c => answered, -",
        "INVITE 180 200 ACK 200/c <BYE/c 481 BYE 200 => completed, caller",
        "INVITE 180 200 ACK 200/c ACK/c BYE/c 200/c <BYE 200 => completed, callee",
        // The first answer is dismissed, the second used.
        "INVITE 180 200 200/c ACK BYE 200 ACK/c INFO/c 200 <BYE/c 200 => completed, callee",
        // The one who hangs up first ended the call.
        "INVITE 200 ACK BYE <BYE 200 => completed, caller",
    ] {
        let (sent, told) = row.split_once(" => ").unwrap();
        let call = call_of(sent);
        let by = call.ended_by.map_or("-", EndedBy::as_str);
        assert_eq!(format!("{}, {by}", call.outcome), told, "{row}");
    }
}

#[test]
fn a_second_phone_that_rings_is_told_once() {
    let forks = |row| {
        let call = call_of(row);
        let forks = call.events.iter().filter(|e| e.kind == EventKind::Forked);
        forks.count()
    };
    assert_eq!(forks("INVITE 180 180 200 ACK BYE 200"), 0);
    assert_eq!(forks("INVITE 180 180/c 180/d 200/c ACK"), 1);
}

#[test]
fn a_provisional_response_is_a_copy_only_where_its_request_came_again() {
    let copies = |row: &str| {
        let mut sent = Row::new();
        row.split_whitespace().for_each(|word| sent.word(word));
        let placed = sent.scene.placed.iter();
        placed.filter(|p| p.retransmission_of.is_some()).count()
    };
    for (row, expected) in [
        ("INVITE 100 180 180 180 200 ACK", 0),
        ("INVITE 100 INVITE= 100 180", 2),
        ("INVITE INVITE= 100 100 180 180", 2),
        ("INVITE INVITE= 100 180 180", 1),
        // The copy is answered once.
        ("INVITE 100 INVITE= 100 100", 2),
        // Another phone's.
        ("INVITE 180 INVITE= 180/c", 1),
        // A 2xx is sent again until its ACK comes (RFC 3261 §13.3.1.4), a failure too (§17.2.1).
        ("INVITE 180 200 200 200 ACK", 2),
        ("INVITE 486 486 ACK", 1),
    ] {
        assert_eq!(copies(row), expected, "{row}");
    }
}

#[test]
fn what_is_said_anew_of_one_invite_is_no_copy() {
    let copies = |responses: &[(f64, &str, &str)]| {
        let mut s = Scene::new();
        let via = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1";
        let number = "CSeq: 1 INVITE";
        let invite = "INVITE sip:bob@example.com SIP/2.0";
        for at in [0.0, 0.5] {
            s.send(at * 1e3, 1, 2, invite, &[via, A, B_UNTAGGED, number]);
        }
        for (at, start, more) in responses {
            let start = format!("SIP/2.0 {start}");
            s.send(at * 1e3, 2, 1, &start, &[via, A, B, number, more]);
        }
        let placed = s.placed.iter().skip(2);
        placed.filter(|p| p.retransmission_of.is_some()).count()
    };
    // The next hop's 100 behind the proxy's own.
    let other_words = [
        (0.6, "100 Trying", "X: 1"),
        (0.7, "100 Giving a try", "X: 1"),
    ];
    assert_eq!(copies(&other_words), 0);
    assert_eq!(
        copies(&[(0.6, "180 Ringing", "X: 1"), (0.7, "180 Ringing", "X: 1")]),
        1
    );
    // No copy of the INVITE is sent 64·T1 after the first.
    assert_eq!(
        copies(&[(0.6, "180 Ringing", "X: 1"), (60.6, "180 Ringing", "X: 1")]),
        0
    );
    let reliable = [
        (1.0, "183 Progress", "RSeq: 7"),
        (1.5, "183 Progress", "RSeq: 7"),
        (2.5, "183 Progress", "RSeq: 7"),
        (3.0, "183 Progress", "RSeq: 8"),
    ];
    assert_eq!(copies(&reliable), 2);
}

#[test]
fn each_request_within_the_dialog_is_kept_with_what_became_of_it() {
    for row in [
        "INVITE 180 200 ACK BYE 200 => BYE 200",
        "INVITE 200 ACK <INVITE 491 <ACK INVITE 200 ACK <BYE 200 => <INVITE 491, INVITE 200, <BYE 200",
        "INVITE 200 ACK INVITE INVITE= INVITE= <BYE 200 => INVITE x3 -, <BYE 200",
        "INVITE 200 ACK INFO 415 BYE 407 BYE* 200 => INFO 415, BYE 407, BYE 200",
        "INVITE 200 ACK <BYE 481 => <BYE 481",
        // Neither is within a dialog.
        "INVITE 180 CANCEL 200 487 ACK => ",
    ] {
        let (sent, told) = row.split_once(" => ").unwrap();
        let kept = call_of(sent).requests;
        let words = kept.iter().map(|r| {
            let from = if r.side == Party::Callee { "<" } else { "" };
            let copies = if r.sends > 1 {
                format!(" x{}", r.sends)
            } else {
                String::new()
            };
            let status = r.status.map_or("-".to_owned(), |s| s.to_string());
            format!("{from}{}{copies} {status}", r.method.as_str())
        });
        assert_eq!(words.collect::<Vec<_>>().join(", "), told, "{row}");
    }
}
