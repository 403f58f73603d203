//! What reaches a terminal.

use crate::capture::Capture;
use crate::traffic::{Phones, request};
use crate::wire::Wire;
use nix::sys::signal::Signal::SIGINT;

#[test]
fn control_characters_from_the_wire_never_reach_the_output() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let shows = ["-W line", "-W byline", "-W none", "--calls", "--json"];
    let captures = shows.map(|show| Capture::start(&wire.b, dir, &format!("-i v0 {show}")));
    let phones = Phones::plug_in(&wire);
    // Clears the screen, sets a title, says the same in one octet and in UTF-8.
    let evil = "\x1b[2J\x1b]0;x\x07\u{9b}31m\x08";
    let spoil = |text: String| {
        text.replace(
            "From: <sip:alice",
            &format!("From: \"{evil}\" <sip:al{evil}ice"),
        )
        .replace(
            "Max-Forwards: 70",
            &format!("Max-Forwards: 70\r\nSubject: {evil}"),
        )
        .replace("Call-ID: spoilt", &format!("Call-ID: spoilt{evil}"))
        .replace("200 OK", &format!("200 OK {evil}"))
        .replace("486 Busy", &format!("486 Busy {evil}"))
    };
    for n in ["spoilt", "spoilt2"] {
        let all = |start: &str, method: &str| spoil(request("192.0.2", start, n, method, ""));
        phones.request(&all("INVITE", ""));
        if n == "spoilt" {
            phones.answer(&all("SIP/2.0 486 Busy", "INVITE"));
            phones.request(&all("ACK", ""));
        } else {
            phones.answer(&all("SIP/2.0 200 OK", "INVITE"));
            phones.request(&all("ACK", ""));
            phones.request(&all("BYE", ""));
            phones.answer(&all("SIP/2.0 200 OK", "BYE"));
        }
        phones.request(&all("REGISTER", ""));
        phones.answer(&all("SIP/2.0 403 No\x1b[31m", "REGISTER"));
    }
    phones.options("the-last");
    for (capture, show) in captures.into_iter().zip(shows) {
        if show == "--calls" {
            capture.prints("ended by", 1);
        } else {
            capture.prints("the-last", 2);
        }
        let ended = capture.end(SIGINT).well();
        assert!(ended.out.lines().count() > 3, "{show}: {}", ended.out);
        for (stream, text) in [("out", &ended.out), ("err", &ended.err)] {
            let raw = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(raw, None, "{show} {stream}: {text:?}");
        }
    }
}
