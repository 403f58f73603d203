//! Keys in the signalling of a call.

use super::*;
use crate::types::Party;

/// A call from host 1 to host 2 that is up; then requests with bodies and their responses.
struct Talk {
    scene: Scene,
    at: f64,
    cseq: u32,
}

impl Talk {
    fn new() -> Talk {
        let mut scene = Scene::new();
        let cseq = "CSeq: 1 INVITE";
        scene.send(
            0.0,
            1,
            2,
            "INVITE sip:bob@192.0.2.2 SIP/2.0",
            &[V1, A, B_UNTAGGED, cseq],
        );
        scene.send(10.0, 2, 1, "SIP/2.0 200 OK", &[V1, A, B, cseq]);
        scene.send(
            20.0,
            1,
            2,
            "ACK sip:bob@192.0.2.2 SIP/2.0",
            &[V1, A, B, "CSeq: 1 ACK"],
        );
        Talk {
            scene,
            at: 1000.0,
            cseq: 1,
        }
    }

    fn request(&mut self, caller: bool, method: &str, more: &str, body: &str) -> &mut Talk {
        self.cseq += 1;
        self.at += 200.0;
        let (from, to, tags) = match caller {
            true => (1, 2, format!("{A}\r\n{B}")),
            false => (
                2,
                1,
                "From: <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>;tag=a".to_owned(),
            ),
        };
        let n = self.cseq;
        let text = format!(
            "{method} sip:x@192.0.2.{to} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.{from};branch=z9hG4bKk{n}\r\n{tags}\r\nCall-ID: c1\r\nCSeq: {n} {method}\r\n{more}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.scene.send_text(self.at, from, to, &text);
        self
    }

    /// Answers the caller's last request.
    fn response(&mut self, status: &str, method: &str) -> &mut Talk {
        let n = self.cseq;
        let via = format!("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKk{n}");
        let cseq = format!("CSeq: {n} {method}");
        self.scene.send(
            self.at + 5.0,
            2,
            1,
            &format!("SIP/2.0 {status}"),
            &[&via, A, B, &cseq],
        );
        self
    }

    fn keys(&mut self) -> Vec<(String, Party, KeyReport)> {
        let scene = std::mem::replace(&mut self.scene, Scene::new());
        let calls = scene.calls();
        let keys = calls[0].digits.iter();
        keys.map(|d| (d.digit.clone(), d.side, d.way)).collect()
    }
}

const RELAY: &str = "Content-Type: application/dtmf-relay";

#[test]
fn a_key_that_was_challenged_and_sent_again_is_one() {
    let body = "Signal=5\r\nDuration=160\r\n";
    let mut talk = Talk::new();
    talk.request(true, "INFO", RELAY, body)
        .response("407 Proxy Authentication Required", "INFO");
    let credentials = format!("Proxy-Authorization: Digest username=\"a\"\r\n{RELAY}");
    talk.request(true, "INFO", &credentials, body)
        .response("200 OK", "INFO");
    // The same key again, with the password at once.
    talk.request(true, "INFO", &credentials, body)
        .response("200 OK", "INFO");
    let five = ("5".to_owned(), Party::Caller, KeyReport::Info);
    assert_eq!(talk.keys(), [five.clone(), five]);
}

#[test]
fn each_side_presses_its_keys_in_every_form_of_body() {
    let mut talk = Talk::new();
    talk.request(true, "INFO", "Content-Type: application/dtmf", "11");
    talk.request(false, "INFO", RELAY, "Signal = *\r\nDuration = 90\r\n");
    talk.request(
        true,
        "INFO",
        "Content-Type: application/vnd.nortelnetworks.digits",
        "p=Digit-Collection\r\ny=Digits\r\nd=Digits\r\nd=7\r\n",
    );
    talk.request(true, "INFO", "Content-Type: text/plain", "5");
    let key = |text: &str, side| (text.to_owned(), side, KeyReport::Info);
    assert_eq!(
        talk.keys(),
        [
            key("#", Party::Caller),
            key("*", Party::Callee),
            key("7", Party::Caller)
        ]
    );
}

#[test]
fn a_key_press_report_holds_the_keys_of_who_notifies() {
    let mut talk = Talk::new();
    let head =
        "Event: kpml\r\nSubscription-State: active\r\nContent-Type: application/kpml-response+xml";
    let body = "<?xml version=\"1.0\"?><kpml-response version=\"1.0\" code=\"200\" text=\"OK\" digits=\"42#\" tag=\"t\"/>";
    talk.request(true, "NOTIFY", head, body)
        .response("200 OK", "NOTIFY");
    let key = |text: &str| (text.to_owned(), Party::Caller, KeyReport::Kpml);
    assert_eq!(talk.keys(), [key("4"), key("2"), key("#")]);
}
