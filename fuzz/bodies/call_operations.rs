//! Rows of SIP messages, clock jumps and ICMP errors against the call tracker.

use super::choices::Choices;
use sipflow::call::{Arrival, Closed, Limits, Placement, Tracker};
use sipflow::crypto::Passwords;
use sipflow::sdp;
use sipflow::sip::{self, Framing};
use sipflow::types::{
    CaptureTime, Delta, Endpoint, Flow, FrameNo, FrameRef, HostAddr, MessageId, Scope, SourceId,
    Transport,
};
use std::collections::BTreeMap;

/// So few that a short input reaches them.
const OPEN_CALL_IDS: usize = 3;

const METHODS: &[&str] = &[
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "REFER",
    "NOTIFY",
    "SUBSCRIBE",
    "INFO",
    "MESSAGE",
    "PUBLISH",
    "FOO",
];
const STATUSES: &[u16] = &[
    100, 180, 183, 199, 200, 202, 302, 401, 404, 407, 408, 480, 481, 486, 487, 488, 491, 503, 603,
];

/// Runs the operations the bytes spell.
pub fn run(data: &[u8]) {
    let mut c = Choices::new(data);
    let mut world = World::new();
    let mut operations = 0;
    while !c.is_done() && operations < 2000 {
        operations += 1;
        match c.byte() {
            0..=191 => world.message(&mut c),
            192..=223 => world.time(&mut c),
            224..=239 => world.icmp(&mut c),
            _ => world.repeat(&mut c),
        }
        world.drain();
        assert!(world.tracker.open_call_ids() <= OPEN_CALL_IDS);
    }
    while world.tracker.finish() {
        world.drain();
    }
    world.drain();
    world.check();
}

struct World {
    tracker: Tracker,
    now: CaptureTime,
    sent: Vec<(Vec<u8>, Flow)>,
    placed: Vec<Placement>,
    closed: Closures,
}

/// How often each record was closed, and which messages it took.
#[derive(Default)]
struct Closures {
    transactions: BTreeMap<u32, u32>,
    dialogs: BTreeMap<u32, u32>,
    calls: BTreeMap<u32, u32>,
    registrations: BTreeMap<u32, u32>,
    in_transactions: BTreeMap<u32, u32>,
}

impl World {
    fn new() -> Self {
        World {
            tracker: Tracker::new(Limits {
                open_call_ids: OPEN_CALL_IDS,
                transactions_per_call_id: 4,
                dialogs_per_call_id: 2,
                ..Limits::default()
            }),
            now: CaptureTime::from_nanos(1_000_000_000_000),
            sent: Vec::new(),
            placed: Vec::new(),
            closed: Closures::default(),
        }
    }

    fn message(&mut self, c: &mut Choices<'_>) {
        let (text, flow) = (text(c), flow(c));
        self.hand_in(&text, flow, c.byte().is_multiple_of(16));
        self.sent.push((text, flow));
    }

    fn repeat(&mut self, c: &mut Choices<'_>) {
        if self.sent.is_empty() {
            return;
        }
        let (text, flow) = self.sent[usize::from(c.word()) % self.sent.len()].clone();
        self.hand_in(&text, flow, c.byte().is_multiple_of(4));
    }

    fn hand_in(&mut self, text: &[u8], flow: Flow, duplicate: bool) {
        let message = sip::parse_message(text, Framing::Datagram).expect("it is SIP");
        let body = message.sdp();
        let sdp = body.as_deref().map(sdp::parse);
        let n = u32::try_from(self.placed.len()).expect("few messages");
        self.now = self.now + Delta::from_millis(5);
        let placement = self.tracker.handle_message(&Arrival {
            id: MessageId::after(n),
            frame: FrameRef {
                source: SourceId(0),
                frame: FrameNo(u64::from(n) + 1),
            },
            time: self.now,
            transport: Transport::Udp,
            flow,
            duplicate_of: duplicate.then(|| MessageId::after(n.saturating_sub(1))),
            message: &message,
            sdp: sdp.as_ref(),
            passwords: &Passwords::default(),
        });
        self.placed.push(placement);
    }

    fn time(&mut self, c: &mut Choices<'_>) {
        // From a millisecond to eighteen hours, now and then backwards.
        let nanos = 1_000_000_i64 << (c.byte() % 27);
        let sign = if c.byte().is_multiple_of(8) { -1 } else { 1 };
        self.now = self.now + Delta::from_nanos(sign * nanos);
        while self.tracker.handle_time(self.now) {
            self.drain();
        }
    }

    fn icmp(&mut self, c: &mut Choices<'_>) {
        let text = text(c);
        let cut = usize::from(c.byte()) * 4;
        let quoted = text.get(..cut).unwrap_or(&text);
        if let Some(message) = sip::parse_message(quoted, Framing::Truncated) {
            let seen = sipflow::call::IcmpSeen {
                kind: 3,
                code: 3,
                v6: false,
                quoted: flow(c),
                frame: FrameRef::default(),
                count: 1,
                message: None,
            };
            self.tracker.handle_icmp(Some(&message), self.now, seen);
        }
    }

    fn drain(&mut self) {
        while let Some(closed) = self.tracker.poll_closed() {
            let c = &mut self.closed;
            match closed {
                Closed::Transaction(t) => {
                    *c.transactions.entry(t.no.get()).or_default() += 1;
                    for m in t.messages.iter() {
                        *c.in_transactions.entry(m.get()).or_default() += 1;
                    }
                }
                Closed::Dialog(d) => *c.dialogs.entry(d.no.get()).or_default() += 1,
                Closed::Call(call) => *c.calls.entry(call.no.get()).or_default() += 1,
                Closed::Registration(r) => {
                    *c.registrations.entry(r.no.get()).or_default() += 1;
                }
                Closed::Beside(_) => {}
            }
        }
    }

    /// Every record that was named was closed once, and numbers have no holes.
    fn check(&self) {
        let c = &self.closed;
        for (what, closed) in [
            ("transaction", &c.transactions),
            ("dialog", &c.dialogs),
            ("call", &c.calls),
            ("registration", &c.registrations),
        ] {
            assert!(closed.values().all(|n| *n == 1), "a {what} closed twice");
            let numbers = closed.keys().copied();
            assert!(numbers.eq(1..=closed.len() as u32), "a {what} is missing");
        }
        for (i, p) in self.placed.iter().enumerate() {
            let id = i as u32 + 1;
            let named = |n: Option<u32>, among: &BTreeMap<u32, u32>| {
                assert!(n.is_none_or(|n| among.contains_key(&n)), "message {id}");
            };
            named(p.transaction.map(|n| n.get()), &c.transactions);
            named(p.dialog.map(|n| n.get()), &c.dialogs);
            named(p.call.map(|n| n.get()), &c.calls);
            named(p.registration.map(|n| n.get()), &c.registrations);
            let times = c.in_transactions.get(&id).copied().unwrap_or(0);
            assert!(times <= 1, "message {id} in {times} transactions");
            assert!(p.retransmission_of.is_none_or(|first| first.get() < id));
        }
    }
}

fn flow(c: &mut Choices<'_>) -> Flow {
    let end = |n: usize| {
        let host = 1 + u8::try_from(n % 3).expect("below 3");
        let port = if n < 3 { 5060 } else { 5062 };
        Endpoint::new(HostAddr::v4([192, 0, 2, host]), port)
    };
    let (src, dst) = (c.below(6), c.below(6));
    Flow {
        src: end(src),
        dst: end(dst),
        scope: Scope::NONE,
    }
}

/// A message out of few names, so that they meet.
fn text(c: &mut Choices<'_>) -> Vec<u8> {
    let method = c.of(METHODS);
    let kind = c.byte();
    let start = match kind % 2 {
        0 => format!("{method} sip:bob@192.0.2.2 SIP/2.0\r\n"),
        _ => format!("SIP/2.0 {} Words\r\n", c.of(STATUSES)),
    };
    let mut out = start;
    for n in 0..=c.below(3) {
        let branch = match c.below(8) {
            0 => String::new(),
            7 => ";branch=old".to_owned(),
            b => format!(";branch=z9hG4bK{b}{n}"),
        };
        out.push_str(&format!("Via: SIP/2.0/UDP 192.0.2.{n}{branch}\r\n"));
    }
    let tag = |n: usize| match n {
        0 => String::new(),
        n => format!(";tag={n}"),
    };
    out.push_str(&format!("From: <sip:alice@a>{}\r\n", tag(c.below(4))));
    out.push_str(&format!("To: <sip:bob@b>{}\r\n", tag(c.below(5))));
    out.push_str(&format!("Call-ID: {}\r\n", c.below(6)));
    out.push_str(&format!("CSeq: {} {method}\r\n", 1 + c.below(4)));
    match c.below(10) {
        0 => out.push_str("Contact: *\r\nExpires: 0\r\n"),
        1 => out.push_str("Contact: <sip:a@192.0.2.1>;expires=3600\r\n"),
        2 => out.push_str("Authorization: Digest username=\"a\", realm=\"r\"\r\n"),
        3 => out.push_str("Subscription-State: terminated\r\nEvent: refer\r\n"),
        4 => out.push_str("Refer-To: <sip:c@c>\r\n"),
        5 => out.push_str("Content-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=9\r\n"),
        6 => out.push_str("Reason: Q.850;cause=16\r\n"),
        _ => {}
    }
    if c.byte().is_multiple_of(2) {
        let way = c.of(&["sendrecv", "sendonly", "recvonly", "inactive"]);
        let port = c.of(&[0u16, 4000, 4002]);
        out.push_str(&format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n\
             c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 8\r\na={way}\r\n"
        ));
    } else {
        out.push_str("\r\n");
    }
    out.into_bytes()
}
