//! SIP over WebSocket, SCTP and TCP as captures have it: begun too late, or with packets missing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use sipflow::pipeline::{Options, Pipeline, SeenMessage, Sink};
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;

/// Frames, transport and start line of each message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    frames: Vec<u64>,
    transport: &'static str,
    start: String,
}

#[derive(Default)]
struct Messages(Vec<Seen>);

impl Sink for Messages {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        let line = seen.message.raw.split(|b| *b == b'\r').next().unwrap();
        self.0.push(Seen {
            frames: seen.frames.iter().map(|f| f.frame.0).collect(),
            transport: seen.transport.as_str(),
            start: String::from_utf8_lossy(line).into_owned(),
        });
    }
}

/// The messages of a case's capture, without the packets `drop` names.
fn messages(case: &str, drop: impl Fn(u64) -> bool) -> Vec<Seen> {
    let folder = support::testdata("cases").join(case);
    let files = ["capture.pcap", "capture.pcap.gz"].map(|file| folder.join(file));
    let path = files.iter().find(|path| path.exists()).unwrap();
    let mut file = CaptureFile::open(path, SourceId(0)).unwrap();
    let mut pipeline = Pipeline::new(Options::default());
    let mut seen = Messages::default();
    while file.advance() {
        let packet = file.packet();
        if !drop(packet.frame.0) {
            pipeline.handle_packet(&packet, &mut seen);
        }
    }
    pipeline.finish(&mut seen);
    seen.0
}

/// Those of `all` whose packets are all there.
fn whole(all: &[Seen], drop: impl Fn(u64) -> bool) -> Vec<Seen> {
    let whole = |seen: &&Seen| !seen.frames.iter().any(|f| drop(*f));
    all.iter().filter(whole).cloned().collect()
}

#[test]
fn a_capture_that_begins_late_shows_every_message_from_there_on() {
    for (case, transport) in [("websocket", "ws"), ("sctp", "sctp"), ("hep", "tcp")] {
        let all = messages(case, |_| false);
        assert!(all.iter().any(|m| m.transport == transport), "{case}");
        let last = all.last().unwrap().frames[0];
        for begin in 1..=last {
            let early = |frame| frame < begin;
            let got = messages(case, early);
            for wanted in whole(&all, early) {
                assert!(
                    got.contains(&wanted),
                    "{case} from frame {begin} on: {wanted:?}"
                );
            }
            // Without the first copy of a segment its retransmission counts, so the frames may differ.
            let known = |m: &Seen| {
                all.iter()
                    .any(|a| a.start == m.start && a.transport == m.transport)
            };
            assert!(
                got.iter().all(known),
                "{case} from frame {begin} on: {got:?}"
            );
        }
    }
}

#[test]
fn a_packet_that_is_missing_costs_only_the_messages_it_carried() {
    for case in ["websocket", "sctp", "hep"] {
        let all = messages(case, |_| false);
        for missing in 1..=all.last().unwrap().frames[0] {
            let got = messages(case, |frame| frame == missing);
            for wanted in whole(&all, |frame| frame == missing) {
                assert!(
                    got.contains(&wanted),
                    "{case} without {missing}: {wanted:?}\n{got:?}"
                );
            }
        }
    }
}

#[test]
fn compressed_messages_of_a_server_that_starts_each_afresh_need_no_earlier_ones() {
    let case = "websocket_deflate";
    let all = messages(case, |_| false);
    assert_eq!(all.len(), 7);
    for begin in 1..=16 {
        let early = |frame| frame < begin;
        let got = messages(case, early);
        // The client's later messages refer to its first.
        for wanted in whole(&all, early)
            .iter()
            .filter(|m| m.start.starts_with("SIP/2.0"))
        {
            assert!(
                got.contains(wanted),
                "from frame {begin} on: {wanted:?}\n{got:?}"
            );
        }
        assert!(got.iter().all(|m| all.contains(m)), "{got:?}");
    }
}

const LONG: [&str; 5] = [
    "long_headers",
    "long_body",
    "long_websocket",
    "long_sctp",
    "long_hep",
];

#[test]
fn what_is_too_long_is_listed_and_hides_nothing() {
    // Frame that completes it (or where reading stops) and start line; What tshark shows of
    // them is in each case's README.md.
    let (message, options, ok) = (
        "MESSAGE sip:bob@192.0.2.12 SIP/2.0",
        "OPTIONS sip:bob@192.0.2.12 SIP/2.0",
        "SIP/2.0 200 OK",
    );
    let expected: [&[(u64, &str)]; 5] = [
        &[
            (49, message),
            (59, options),
            (61, ok),
            (108, ok),
            (118, options),
            (120, ok),
        ],
        &[
            (728, message),
            (867, options),
            (869, ok),
            (869, ok),
            (1595, message),
            (1733, options),
            (1735, ok),
            (1735, ok),
        ],
        &[(732, message), (871, options), (1597, ok), (1736, ok)],
        &[(894, message), (894, options), (895, ok), (895, ok)],
        &[(1, message), (2, options), (3, ok), (4, ok)],
    ];
    for (case, expected) in LONG.iter().zip(expected) {
        let got = messages(case, |_| false);
        let got: Vec<_> = got
            .iter()
            .map(|m| (*m.frames.last().unwrap(), m.start.as_str()))
            .collect();
        assert_eq!(got, expected, "{case}");
    }
}

#[test]
fn a_packet_that_is_missing_from_what_is_too_long_costs_no_other_message() {
    for case in LONG {
        let all = messages(case, |_| false);
        let last = *all.last().unwrap().frames.last().unwrap();
        // From the first of a connection on, a few of many; and where the capture begins late.
        for nth in 1..=9 {
            let frame = 1 + (last - 1) * nth / 10;
            let drops: [&dyn Fn(u64) -> bool; 2] = [&|f| f == frame, &|f| f < frame];
            // Who begins in the middle of a body cannot know where it ends, nor that what it quotes is no message;
            // masked text shows none.
            let begins_in_plain_body =
                case == "long_body" || case == "long_websocket" && frame > 872;
            let drops = &drops[..if begins_in_plain_body { 1 } else { 2 }];
            for drop in drops {
                let got = messages(case, drop);
                for wanted in whole(&all, drop) {
                    assert!(
                        got.contains(&wanted),
                        "{case} at {frame}: {wanted:?}\n{got:?}"
                    );
                }
                assert!(!got.iter().any(|m| m.start.starts_with("INVITE")), "{case}");
            }
        }
    }
}
