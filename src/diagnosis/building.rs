//! Small cases for tests of rules: one call, registration or message, changed where the test says so.

use super::finding::Finding;
use super::{CaptureFacts, Case, Deviation, FlawSeen, diagnose};
use crate::call::{
    Agreement, Attempt, CallRecord, EndedBy, IcmpSeen, Identity, KeptMarks, LegFacts, Marks,
    MediaAddress, OtherPortSeen, Outcome, RegisterOutcome, RegistrationRecord, RequestLoop,
    RequestsRecord, Ties, Told,
};
use crate::decode::Stack;
use crate::media::sound::{SoundFigures, StreamSound};
use crate::media::{PayloadSeen, Setup, StreamFigures, StreamHandle, StreamRecord};
use crate::sip::{Framing, parse_message, status};
use crate::types::{
    CallId, CallNo, CaptureTime, Delta, Endpoint, FileNames, FlawCode, Flow, FrameNo, FrameRef,
    MediaKind, MessageId, Method, Party, PayloadType, RegistrationNo, RequestsNo, Scope, Severity,
    SourceId, Ssrc, StatusCode, StreamNo,
};
use std::borrow::Cow;
use std::net::IpAddr;

/// How a rule is shown to find what it is for.
pub(super) enum Proof {
    /// A case that has it, and one that almost has it and does not.
    Built {
        has: fn() -> Scene,
        almost: fn() -> Scene,
    },
    /// A capture that has it, in `tests/doctor/detectors.rs`, which a test there demands.
    Doctor,
}

/// What a capture held.
#[derive(Clone)]
pub(super) struct Scene {
    calls: Vec<CallRecord>,
    registrations: Vec<RegistrationRecord>,
    requests: Vec<RequestsRecord>,
    other_ports: Vec<OtherPortSeen>,
    loops: Vec<RequestLoop>,
    streams: Vec<StreamRecord>,
    flaws: Vec<FlawSeen>,
    deviations: Vec<Deviation>,
    capture: CaptureFacts,
}

const ALICE: [u8; 4] = [192, 0, 2, 11];
const BOB: [u8; 4] = [192, 0, 2, 12];

impl Scene {
    fn empty() -> Scene {
        Scene {
            calls: Vec::new(),
            registrations: Vec::new(),
            requests: Vec::new(),
            other_ports: Vec::new(),
            loops: Vec::new(),
            streams: Vec::new(),
            flaws: Vec::new(),
            deviations: Vec::new(),
            capture: CaptureFacts {
                packets: 2010,
                last_time: Some(at(25.0)),
                has_rtp: true,
                ..CaptureFacts::default()
            },
        }
    }

    /// Alice calls bob, who answers after 2 s; both talk at 50 packets a second until alice hangs up at 22 s.
    /// Message 1 is the INVITE, message 2 the 200.
    pub(super) fn answered() -> Scene {
        let call = CallRecord {
            outcome: Outcome::Completed,
            ended_by: Some(EndedBy::Caller),
            ringing: Some(at(1.0)),
            answer: Some(at(2.0)),
            end: Some(at(22.0)),
            media: vec![Agreement::sample(at(2.0))],
            ..blank_call(200)
        };
        let streams = [Party::Caller, Party::Callee].map(|from| blank_stream(&call, from));
        Scene {
            calls: vec![call],
            streams: streams.to_vec(),
            ..Scene::empty()
        }
    }

    /// Alice calls bob in vain. Message 1 is the INVITE, message 2 the final response; status 0 is none.
    pub(super) fn failed(outcome: Outcome, status: u16) -> Scene {
        let call = CallRecord {
            outcome,
            end: Some(at(1.0)),
            ..blank_call(status)
        };
        Scene {
            calls: vec![call],
            ..Scene::empty()
        }
    }

    /// Alice registers, in one attempt. Message 1 is the REGISTER, message 2 its response; status 0 is none.
    pub(super) fn registration(
        outcome: RegisterOutcome,
        status: u16,
        change: impl FnOnce(&mut Attempt),
    ) -> Scene {
        let registration = RegistrationRecord {
            no: RegistrationNo::after(0),
            aor: "sip:alice@example.org".to_owned(),
            client: endpoint(ALICE, 5060),
            registrar: endpoint([192, 0, 2, 10], 5060),
            call_id: CallId::new(b"1@192.0.2.11"),
            attempts: Vec::new(),
            icmp: None,
        };
        let scene = Scene {
            registrations: vec![registration],
            ..Scene::empty()
        };
        let mut scene = scene.and_an_attempt(outcome, status);
        change(&mut scene.registrations[0].attempts[0]);
        scene
    }

    /// One more attempt of that registration.
    pub(super) fn and_an_attempt(mut self, outcome: RegisterOutcome, status: u16) -> Scene {
        let status = StatusCode::new(status);
        let mut attempt = Attempt::sample(outcome, status);
        attempt.reason = status.and_then(status::phrase).map(Cow::Borrowed);
        attempt.messages = vec![message(1), message(2)];
        attempt.answered = status.map(|_| (attempt.time, message(2)));
        self.registrations[0].attempts.push(attempt);
        self
    }

    /// Changes one of its attempts.
    pub(super) fn attempt(mut self, at: usize, change: impl FnOnce(&mut Attempt)) -> Scene {
        change(&mut self.registrations[0].attempts[at]);
        self
    }

    /// Bob's server sends alice's phone three OPTIONS, a minute apart, and four copies of each; nothing answers.
    pub(super) fn options(change: impl FnOnce(&mut RequestsRecord)) -> Scene {
        let mut record = RequestsRecord {
            no: RequestsNo::after(0),
            method: Method::Options,
            event: None,
            client: endpoint(BOB, 5060),
            server: endpoint(ALICE, 5060),
            vias: 1,
            from: "sip:ping@example.org".to_owned(),
            to: "sip:alice@example.org".to_owned(),
            requests: 3,
            answered: 0,
            unanswered: 3,
            unanswered_repeated: 3,
            challenged: 0,
            statuses: Vec::new(),
            retransmissions: 9,
            first: at(0.0),
            last: at(120.0),
            gaps: Some((Delta::from_secs(60), Delta::from_secs(60))),
            messages: vec![message(1), message(2)],
            icmp: None,
            reports: Vec::new(),
        };
        change(&mut record);
        Scene {
            requests: vec![record],
            ..Scene::empty()
        }
    }

    /// Alice's REGISTER comes from port 61234 and is answered to port 5060, again and again.
    pub(super) fn other_port(change: impl FnOnce(&mut OtherPortSeen)) -> Scene {
        let mut seen = OtherPortSeen {
            client: endpoint(ALICE, 61234),
            server: endpoint([192, 0, 2, 10], 5060),
            answered_to: 5060,
            via_port: 5060,
            asks_rport: false,
            requests: 1,
            repeats: 10,
            first: at(0.0),
            last: at(31.5),
            method: Method::Register,
            messages: vec![message(1), message(2)],
            calls: Vec::new(),
            registrations: vec![RegistrationNo::after(0)],
        };
        change(&mut seen);
        Scene {
            other_ports: vec![seen],
            ..Scene::empty()
        }
    }

    /// That request goes round in a loop.
    pub(super) fn and_a_loop(mut self, seen: RequestLoop) -> Scene {
        self.loops.push(seen);
        self
    }

    /// One datagram.
    pub(super) fn of_message(text: &str) -> Scene {
        let parsed = parse_message(text.as_bytes(), Framing::Datagram).expect("SIP");
        let flaws = parsed.flaws.into_iter().map(|f| FlawSeen {
            code: f.code,
            header: f.header,
            text: f.text,
            source: f.source,
            count: 1,
            messages: vec![message(1)],
        });
        Scene {
            flaws: flaws.collect(),
            ..Scene::empty()
        }
    }

    /// Messages that depart from the rules.
    pub(super) fn of_deviations(deviations: Vec<Deviation>) -> Scene {
        Scene {
            deviations,
            ..Scene::empty()
        }
    }

    /// A message with a flaw of that code.
    pub(super) fn of_flaw(code: FlawCode) -> Scene {
        Scene {
            flaws: vec![FlawSeen {
                code,
                header: None,
                text: "a flaw".to_owned(),
                source: None,
                count: 1,
                messages: vec![message(1)],
            }],
            ..Scene::empty()
        }
    }

    /// Changes the call.
    pub(super) fn call(mut self, change: impl FnOnce(&mut CallRecord)) -> Scene {
        change(&mut self.calls[0]);
        self
    }

    /// Alice asks bob (message 7) to call carol; his answer at 15 s is message 8, what he reports then message 9.
    pub(super) fn transferred(self, answer: Option<u16>, report: Option<u16>) -> Scene {
        let told = |status: u16, no: u32| {
            let status = StatusCode::new(status).expect("a status");
            Told {
                status,
                reason: status::phrase(status).unwrap_or_default().to_owned(),
                message: message(no),
                time: at(8.0 + f64::from(no) - 1.0),
            }
        };
        self.call(|c| {
            let mut ties = Box::<Ties>::default();
            ties.add_sample(
                (message(7), at(14.0)),
                "sip:carol@example.org",
                answer.map(|status| told(status, 8)),
                report.map(|status| told(status, 9)),
            );
            c.ties = Some(ties);
        })
    }

    /// No report is to follow on that transfer.
    pub(super) fn silently(self) -> Scene {
        self.call(|c| {
            let ties = c.ties.as_mut().expect("a transfer");
            ties.samples().for_each(|t| t.is_silent = true);
        })
    }

    /// Changes what is known of the capture.
    pub(super) fn capture(mut self, change: impl FnOnce(&mut CaptureFacts)) -> Scene {
        change(&mut self.capture);
        self
    }

    /// Changes the stream that party sends.
    pub(super) fn stream_from(
        mut self,
        side: Party,
        change: impl FnOnce(&mut StreamRecord),
    ) -> Scene {
        let own = self.streams.iter_mut().find(|s| s.from == Some(side));
        change(own.expect("a stream"));
        self
    }

    /// What that party's stream sounds like from the answer at 2 s on: one second a letter, `#` sound, `.` faint
    /// noise, `0` digital silence, a space nothing.
    pub(super) fn sounding(self, side: Party, seconds: &str) -> Scene {
        let figures = SoundFigures::sample(at(2.0), seconds);
        self.stream_from(side, |s| {
            s.sound = Some(Box::new(StreamSound {
                figures: Some(figures),
                reason: None,
            }));
        })
    }

    /// One more stream that party sends.
    pub(super) fn more_streams(
        mut self,
        side: Party,
        change: impl FnOnce(&mut StreamRecord),
    ) -> Scene {
        let mut more = blank_stream(&self.calls[0], side);
        more.no = StreamNo::after(self.streams.len() as u32);
        change(&mut more);
        self.streams.push(more);
        self
    }

    /// None of the streams that party sends.
    pub(super) fn without_streams_from(mut self, side: Party) -> Scene {
        self.streams.retain(|s| s.from != Some(side));
        self
    }

    /// No stream at all.
    pub(super) fn without_streams(mut self) -> Scene {
        self.streams.clear();
        self
    }

    /// Both in one capture, with the facts of the first about the capture.
    pub(super) fn and(mut self, mut other: Scene) -> Scene {
        let calls = self.calls.len() as u32;
        let streams = self.streams.len() as u32;
        for (n, call) in (calls..).zip(&mut other.calls) {
            call.no = CallNo::after(n);
        }
        for (n, stream) in (streams..).zip(&mut other.streams) {
            stream.no = StreamNo::after(n);
            stream.call = stream.call.map(|c| CallNo::after(calls + c.get() - 1));
        }
        self.calls.extend(other.calls);
        self.streams.extend(other.streams);
        self
    }

    /// What the rules find.
    pub(super) fn findings(&self) -> Vec<Finding> {
        diagnose(&Case {
            calls: &self.calls,
            registrations: &self.registrations,
            requests: &self.requests,
            other_ports: &self.other_ports,
            loops: &self.loops,
            streams: &self.streams,
            flaws: &self.flaws,
            deviations: &self.deviations,
            others_have_streams: false,
            capture: self.capture.clone(),
            files: &FileNames::default(),
            frame_of: &|id| Some(frame(u64::from(id.get()))),
            is_heard: &|place, from, until| {
                let went = |s: &StreamRecord| s.first_time <= until && from <= s.last_time;
                self.streams.iter().any(|s| s.flow.dst == place && went(s))
            },
        })
    }

    /// The findings as `severity code: title`.
    pub(super) fn said(&self) -> Vec<String> {
        let found = self.findings().into_iter();
        found
            .map(|f| format!("{} {}: {}", f.severity, f.rule.code, f.title))
            .collect()
    }

    fn of_code(&self, code: &str) -> Option<Finding> {
        self.findings().into_iter().find(|f| f.rule.code == code)
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.of_code(code).is_some()
    }

    pub(super) fn title_of(&self, code: &str) -> String {
        self.of_code(code).expect("the finding").title
    }

    pub(super) fn severity_of(&self, code: &str) -> Severity {
        self.of_code(code).expect("the finding").severity
    }
}

/// Seconds from the capture's begin.
pub(super) fn at(seconds: f64) -> CaptureTime {
    CaptureTime::from_secs_nanos(0, (seconds * 1e9).round() as i64)
}

pub(super) fn message(no: u32) -> MessageId {
    MessageId::after(no - 1)
}

pub(super) fn frame(no: u64) -> FrameRef {
    FrameRef {
        source: SourceId(0),
        frame: FrameNo(no),
    }
}

pub(super) fn endpoint(address: [u8; 4], port: u16) -> Endpoint {
    Endpoint::new(IpAddr::from(address).into(), port)
}

fn flow(src: Endpoint, dst: Endpoint) -> Flow {
    Flow {
        src,
        dst,
        scope: Scope::NONE,
    }
}

/// Alice's SDP names `address`, in a packet from one host to another.
pub(super) fn announced(address: [u8; 4], from: [u8; 4], to: [u8; 4]) -> MediaAddress {
    MediaAddress {
        side: Party::Caller,
        address: Some(IpAddr::from(address).into()),
        text: IpAddr::from(address).to_string(),
        port: 4000,
        flow: flow(endpoint(from, 5060), endpoint(to, 5060)),
        message: message(1),
        has_ice: false,
    }
}

/// Bob's host says that nothing listens on port 5060 (RFC 792).
pub(super) fn port_unreachable() -> IcmpSeen {
    IcmpSeen {
        kind: 3,
        code: 3,
        v6: false,
        quoted: flow(endpoint(ALICE, 5060), endpoint(BOB, 5060)),
        frame: frame(3),
        count: 1,
        message: None,
    }
}

fn blank_call(status: u16) -> CallRecord {
    let who = |name: &str| Identity {
        uri: format!("sip:{name}@example.org"),
        display_name: None,
    };
    let final_status = StatusCode::new(status);
    CallRecord {
        no: CallNo::after(0),
        call_id: CallId::new(b"1@192.0.2.11"),
        caller: who("alice"),
        callee: who("bob"),
        outcome: Outcome::Failed,
        outcome_reason: None,
        final_status,
        final_reason: None,
        ended_by: None,
        start: at(0.0),
        ringing: None,
        rang: None,
        answer: None,
        end: None,
        over: at(0.0),
        post_dial_delay: None,
        ring_time: None,
        setup_time: None,
        talk_time: None,
        release_time: None,
        challenged: false,
        invite_seen: true,
        hops: Vec::new(),
        media: Vec::new(),
        media_elsewhere: Vec::new(),
        exchanges: Vec::new(),
        answer_missing: None,
        offered: Vec::new(),
        events: Vec::new(),
        requests: Vec::new(),
        timer: None,
        digits: Vec::new(),
        addresses: Vec::new(),
        reports: Vec::new(),
        messages: vec![message(1), message(2)],
        hole: None,
        evidence: KeptMarks::new(
            Some(message(1)),
            Some(at(22.0)),
            Marks {
                invite_sends: 1,
                final_response: final_status.map(|_| message(2)),
                acked: true,
                ..Marks::default()
            },
        ),
        leg: LegFacts::default(),
        legs: Vec::new(),
        possible_legs: Vec::new(),
        ties: None,
    }
}

/// 1000 packets of PCMU in 20 s.
fn blank_stream(call: &CallRecord, from: Party) -> StreamRecord {
    let (alice, bob) = (endpoint(ALICE, 4000), endpoint(BOB, 6000));
    let (no, flow) = match from {
        Party::Caller => (0, flow(alice, bob)),
        Party::Callee => (1, flow(bob, alice)),
    };
    let first = call.answer.unwrap_or(call.start);
    StreamRecord {
        no: StreamNo::after(no),
        handle: StreamHandle::sample(),
        flow,
        stack: Stack::default(),
        ssrc: Ssrc(no),
        relay: None,
        call: Some(call.no),
        from: Some(from),
        kind: Some(MediaKind::Audio),
        hop: Some(0),
        media_index: Some(0),
        payloads: vec![PayloadSeen {
            payload_type: PayloadType::new(0).expect("below 128"),
            codec: Some("PCMU".into()),
            clock: None,
            channels: Some(1),
            estimated: false,
            packets: 1000,
            payload_bytes: 160_000,
            first_time: first,
            last_time: first + Delta::from_secs(20),
            is_main: true,
            is_rated_apart: false,
            rating: None,
        }],
        setup: Setup::Sdp,
        bind_method: None,
        nat_rewritten: false,
        setup_frame: None,
        encrypted: false,
        first_time: first,
        last_time: first + Delta::from_secs(20),
        first_frame: frame(10),
        last_frame: frame(2009),
        last_payload: 160,
        counted: 1000,
        points: Vec::new(),
        figures: StreamFigures {
            packets: 1000,
            expected: 1000,
            unique: 1000,
            lost_percent: Some(0.0),
            duration_s: 20.0,
            ..StreamFigures::default()
        },
        rtcp: None,
        icmp_unreachable: 0,
        early: None,
        continues: None,
        dtmf: Vec::new(),
        heard: Vec::new(),
        extra: None,
        breaks: Box::default(),
        tones: 0,
        sound: None,
    }
}
