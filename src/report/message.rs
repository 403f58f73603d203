//! A message of the report: the record's numbers and the text, read and parsed again.

use super::collector::{Collected, MessageRecord, Text, TextStore};
use super::digest::digests;
use super::model::{self, Timestamp, Warning, round_to};
use crate::crypto::Passwords;
use crate::decode::Stack;
use crate::sdp;
use crate::sip::{self, Flaw, Framing, HeaderName, NameAddr, StartLine};
use crate::types::{
    CaptureTime, Delta, FileRange, Flow, FrameNo, MessageId, PayloadType, StatusCode,
};
use std::io;

impl Collected {
    /// How many message records were kept.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// The messages as the report shows them, in order, each read when it is asked for. `wanted`
    /// says which; `raw` adds the bytes in base64.
    pub fn messages<'a>(
        &'a self,
        texts: &'a mut dyn TextStore,
        first_time: Option<CaptureTime>,
        raw: bool,
        wanted: &'a dyn Fn(&model::Message) -> bool,
    ) -> impl Iterator<Item = io::Result<model::Message>> + 'a {
        let mut buffer = Vec::new();
        self.messages.iter().filter_map(move |record| {
            let message = self.read_message(record, texts, &mut buffer, first_time, raw);
            match message {
                Ok(m) if !wanted(&m) => None,
                other => Some(other),
            }
        })
    }

    /// Every message with its bytes.
    pub fn messages_with_text<'a>(
        &'a self,
        texts: &'a mut dyn TextStore,
        first_time: Option<CaptureTime>,
        raw: bool,
    ) -> impl Iterator<Item = io::Result<(model::Message, Vec<u8>)>> + 'a {
        self.messages.iter().map(move |record| {
            let mut buffer = Vec::new();
            let message = self.read_message(record, texts, &mut buffer, first_time, raw)?;
            Ok((message, buffer))
        })
    }

    /// Packet and status of messages, without reading them.
    pub fn named(&self, ids: impl Iterator<Item = u32>) -> Vec<model::Named> {
        let record = |id: u32| Some((id, self.messages.get(id.checked_sub(1)? as usize)?));
        ids.filter_map(record)
            .map(|(id, r)| model::Named {
                id,
                source: r.frame().source.number(),
                frame: r.frame().frame.0,
                status: (r.status > 0).then_some(r.status),
            })
            .collect()
    }

    /// The messages of some calls only.
    pub fn messages_of(
        &self,
        ids: impl Iterator<Item = MessageId>,
        texts: &mut dyn TextStore,
        first_time: Option<CaptureTime>,
    ) -> io::Result<Vec<model::Message>> {
        let mut buffer = Vec::new();
        ids.filter_map(|id| self.messages.get(id.get() as usize - 1))
            .map(|record| self.read_message(record, texts, &mut buffer, first_time, false))
            .collect()
    }

    /// The messages with these ids, each with its text.
    pub fn texts_of(
        &self,
        ids: impl Iterator<Item = MessageId>,
        texts: &mut dyn TextStore,
        first_time: Option<CaptureTime>,
    ) -> io::Result<Vec<(model::Message, Vec<u8>)>> {
        ids.filter_map(|id| self.messages.get(id.get() as usize - 1))
            .map(|record| {
                let mut buffer = Vec::new();
                let message = self.read_message(record, texts, &mut buffer, first_time, false)?;
                Ok((message, buffer))
            })
            .collect()
    }

    /// The messages that a packet of a source (from 0) completed or helped to carry, with their text.
    pub fn find_by_frame(
        &self,
        (source, frame): (u16, u64),
        texts: &mut dyn TextStore,
        first_time: Option<CaptureTime>,
        raw: bool,
    ) -> io::Result<Vec<(model::Message, Vec<u8>)>> {
        let mut found = Vec::new();
        for record in self
            .messages
            .iter()
            .filter(|r| r.frame().source.0 == source)
            .filter(|r| r.frame().frame.0 == frame || self.carried_by(r, frame))
        {
            let mut buffer = Vec::new();
            let message = self.read_message(record, texts, &mut buffer, first_time, raw)?;
            found.push((message, buffer));
        }
        Ok(found)
    }

    /// The messages that may belong to a message: those of its call and its registration, and those around it in time.
    /// They are all that may have its Call-ID, but for long pauses outside of calls.
    pub fn around(&self, id: u32) -> Vec<MessageId> {
        const NEAR: Delta = Delta::from_secs(40);
        const MOST: usize = 5000;
        let at = (id as usize).wrapping_sub(1);
        let Some(own) = self.messages.get(at) else {
            return Vec::new();
        };
        let is_near = |r: &&MessageRecord| {
            (own.call.is_some() && r.call == own.call)
                || (own.registration.is_some() && r.registration == own.registration)
                || r.time - own.time < NEAR && own.time - r.time < NEAR
        };
        let (before, behind) = self.messages.split_at(at);
        let before = before.iter().rev().filter(is_near).take(MOST);
        let behind = behind.iter().filter(is_near).take(MOST);
        let mut all: Vec<MessageId> = before.chain(behind).map(|r| r.id).collect();
        all.sort_unstable();
        all
    }

    fn carried_by(&self, record: &MessageRecord, frame: u64) -> bool {
        self.extras
            .get(&record.id)
            .is_some_and(|e| e.frames.iter().any(|f| f.0 == frame))
    }

    fn read_message(
        &self,
        record: &MessageRecord,
        texts: &mut dyn TextStore,
        buffer: &mut Vec<u8>,
        first_time: Option<CaptureTime>,
        raw: bool,
    ) -> io::Result<model::Message> {
        match record.text {
            Text::File {
                source,
                offset,
                len,
            } => texts.read_file(
                FileRange {
                    source,
                    offset,
                    len,
                },
                buffer,
            )?,
            Text::Kept { at, len } => texts.read_kept(at, len, buffer)?,
        }
        let flow = self.flows.get(record.flow as usize).copied();
        let extra = self.extras.get(&record.id);
        let mut message = shell(record, flow, extra.map_or(&[], |e| &e.frames), first_time);
        let stack = self.stacks.get(usize::from(record.stack));
        message.encapsulation = stack.and_then(|stack| encapsulation(*stack));
        let framing = match () {
            () if record.truncated => Framing::Truncated,
            () if record.on_stream => Framing::Stream,
            () => Framing::Datagram,
        };
        let parsed = match record.flawless {
            true => sip::parse_flawless(buffer, framing),
            false => sip::parse_message(buffer, framing),
        };
        if let Some(parsed) = parsed {
            assemble_message(&mut message, &parsed, &self.passwords);
        }
        if let Some(extra) = extra {
            message.warnings.extend(extra.flaws.iter().map(warning));
        }
        if raw {
            use base64::Engine;
            let mut bytes = std::borrow::Cow::Borrowed(buffer.as_slice());
            if self.mask_secrets {
                sip::secrets::mask(bytes.to_mut());
            }
            message.raw_base64 = Some(base64::engine::general_purpose::STANDARD.encode(&*bytes));
        }
        Ok(message)
    }
}

/// The layers in words; `None` for Ethernet, IP and a transport alone.
pub(super) fn encapsulation(stack: Stack) -> Option<String> {
    let unknown = stack == Stack::default();
    (!unknown && !stack.is_plain()).then(|| stack.to_string())
}

/// What is known of a message without its text.
pub(super) fn shell(
    r: &MessageRecord,
    flow: Option<Flow>,
    carried_by: &[FrameNo],
    first_time: Option<CaptureTime>,
) -> model::Message {
    let endpoint = |e: Option<crate::types::Endpoint>| match e {
        Some(e) => e.into(),
        None => model::EndpointRef {
            address: String::new(),
            port: 0,
        },
    };
    let frames = if carried_by.is_empty() {
        vec![r.frame().frame.0]
    } else {
        carried_by.iter().map(|f| f.0).collect()
    };
    let relative = first_time.map_or(0.0, |first| (r.time - first).as_secs_f64());
    model::Message {
        id: r.id.get(),
        source: r.frame().source.number(),
        frame: r.frame().frame.0,
        frames,
        time: Timestamp(r.time),
        relative_time_s: round_to(relative, 9).unwrap_or(0.0),
        transport: r.transport,
        src: endpoint(flow.map(|f| f.src)),
        dst: endpoint(flow.map(|f| f.dst)),
        kind: model::MessageKind::Request,
        method: None,
        request_uri: None,
        status: None,
        reason: None,
        call_id: None,
        cseq: None,
        branch: None,
        from: None,
        to: None,
        contacts: Vec::new(),
        user_agent: None,
        server: None,
        vias: Vec::new(),
        routes: Vec::new(),
        record_routes: Vec::new(),
        has_credentials: false,
        digest: None,
        more_digests: Vec::new(),
        stale: false,
        content_type: None,
        content_length: None,
        refer_to: None,
        sipfrag: None,
        rseq: None,
        rack: None,
        reliable: None,
        warning_codes: Vec::new(),
        sdp: None,
        transaction: r.transaction.map(|n| n.get()),
        dialog: r.dialog.map(|n| n.get()),
        call: r.call.map(|n| n.get()),
        registration: r.registration.map(|n| n.get()),
        retransmission_of: r.retransmission_of.map(|n| n.get()),
        capture_duplicate_of: r.duplicate_of.map(|n| n.get()),
        encapsulation: None,
        request_frame: r.request().map(|(f, _)| f.0),
        response_time_ms: r
            .request()
            .and_then(|(_, wait)| round_to(wait.as_millis_f64(), 3)),
        warnings: Vec::new(),
        raw_base64: None,
    }
}

fn text(bytes: &[u8]) -> String {
    crate::types::text_of(bytes)
}

/// A value on one line.
fn unfolded(bytes: &[u8]) -> String {
    text(&sip::unfold(bytes))
}

fn non_empty(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| text(bytes))
}

/// Fills in what the message itself says.
///
/// Its credentials are checked against those passwords.
pub fn assemble_message(into: &mut model::Message, m: &sip::Message<'_>, passwords: &Passwords) {
    match &m.start {
        StartLine::Request { method, uri } => {
            into.kind = model::MessageKind::Request;
            into.method = Some(method.as_str().to_owned());
            into.request_uri = non_empty(uri);
        }
        StartLine::Response { status, reason, .. } => {
            into.kind = model::MessageKind::Response;
            into.method = m.transaction_method().map(|x| x.as_str().to_owned());
            into.status = status.map(|s| s.get());
            into.reason = non_empty(reason);
        }
    }
    into.call_id = m.call_id().and_then(non_empty);
    into.cseq = m.cseq().map(|c| c.number);
    into.branch = m.top_via().and_then(|v| v.branch.and_then(non_empty));
    into.from = m.from().map(|a| party(&a));
    into.to = m.to().map(|a| party(&a));
    into.contacts = m.contacts().map(|c| text(c.addr.uri)).collect();
    into.has_credentials = m.has_credentials();
    if into.has_credentials {
        let mut digests = digests(m, passwords).into_iter();
        into.digest = digests.next().map(Box::new);
        into.more_digests = digests.collect();
    }
    into.stale =
        m.status().is_some_and(StatusCode::is_challenge) && m.challenges().any(|c| c.stale);
    into.user_agent = m.user_agent().and_then(|v| non_empty(&v));
    into.server = m.header(HeaderName::Server).and_then(|v| non_empty(&v));
    into.vias = m.vias().map(|v| unfolded(v.raw)).collect();
    into.routes = m.list(HeaderName::Route).map(unfolded).collect();
    into.record_routes = m.list(HeaderName::RecordRoute).map(unfolded).collect();
    into.content_type = m
        .header(sip::HeaderName::ContentType)
        .and_then(|v| non_empty(&v));
    into.content_length = m.content_length();
    into.refer_to = m.refer_to().map(|a| crate::call::readable(a.uri));
    into.sipfrag = m.sipfrag().map(|f| f.text());
    reliability(into, m);
    into.sdp = m.sdp().map(|body| assemble_sdp(&sdp::parse(&body)));
    into.warnings = m.flaws.iter().map(warning).collect();
}

/// What the message says of reliable provisional responses (RFC 3262), and its warnings.
fn reliability(into: &mut model::Message, m: &sip::Message<'_>) {
    match (into.method.as_deref(), into.status) {
        (Some("PRACK"), None) => {
            let rack = m.rack();
            into.rack = rack.map(|r| format!("{} {} {}", r.rseq, r.cseq, r.method.as_str()));
        }
        (Some("INVITE" | "UPDATE"), status) => {
            into.reliable = match () {
                () if m.requires("100rel") => Some(model::Reliability::Required),
                () if m.supports("100rel") => Some(model::Reliability::Supported),
                () => None,
            };
            if status.is_some_and(|s| s < 200) {
                into.rseq = m.rseq();
            }
        }
        _ => {}
    }
    if into.status.is_some_and(|s| s >= 300) {
        into.warning_codes = m.warning_header().filter_map(|w| w.code).collect();
    }
}

fn party(a: &NameAddr<'_>) -> model::PartyRef {
    model::PartyRef {
        uri: text(a.uri),
        display_name: a.display_text().filter(|d| !d.is_empty()),
        tag: a.tag().and_then(non_empty),
    }
}

pub(super) fn warning(flaw: &Flaw) -> Warning {
    Warning {
        code: flaw.code,
        header: flaw.header.map(Into::into),
        text: flaw.text.clone(),
        source: flaw.source.map(Into::into),
    }
}

/// A session description of the report.
pub fn assemble_sdp(s: &sdp::SessionDescription<'_>) -> model::Sdp {
    model::Sdp {
        origin: s.origin.map(|o| o.raw.to_owned()),
        session_name: s.name.as_ref().map(|n| n.to_string()),
        connection: s.connections.first().map(|c| c.address.to_owned()),
        media: s.media.iter().map(sdp_media).collect(),
        warnings: s
            .flaws
            .iter()
            .map(|f| Warning {
                code: f.code,
                header: None,
                text: format!("line {}: {}", f.line, f.text),
                source: Some(f.source.into()),
            })
            .collect(),
    }
}

fn bandwidth(b: &sdp::Bandwidth<'_>) -> String {
    match b.value {
        Some(value) => format!("{}:{value}", b.kind),
        None => format!("{}:-", b.kind),
    }
}

fn sdp_media(m: &sdp::Media<'_>) -> model::SdpMedia {
    model::SdpMedia {
        kind: m.kind_text.to_string(),
        port: m.port.get().unwrap_or(0),
        protocol: m.protocol.to_string(),
        connection: m.connection().map(|c| c.address.to_owned()),
        formats: m
            .formats
            .iter()
            .map(|f| {
                let payload_type = f
                    .parse()
                    .ok()
                    .and_then(PayloadType::new)
                    .filter(|_| m.is_rtp());
                let codec = payload_type.and_then(|pt| m.codec_for(pt));
                model::SdpFormat {
                    format: (*f).to_owned(),
                    codec: codec.map(|c| c.encoding.to_owned()),
                    clock_rate: codec.and_then(|c| c.clock).map(|c| c.hz()),
                    channels: codec.and_then(|c| c.channels).map(u32::from),
                    fmtp: payload_type
                        .and_then(|pt| m.fmtp_for(pt))
                        .map(str::to_owned),
                }
            })
            .collect(),
        ptime_ms: m.ptime.map(f64::from),
        direction: m.direction,
        rtcp_port: m.rtcp_explicit.map(|(port, _)| port.get()),
        rtcp_mux: m.rtcp == sdp::RtcpPort::Muxed,
        candidates: m
            .attributes
            .iter()
            .filter(|a| a.name == "candidate")
            .filter_map(|a| a.value.map(str::to_owned))
            .collect(),
        encrypted: m.is_encrypted(),
        setup: m.setup.map(str::to_owned),
        fingerprint: m.fingerprint.map(|f| f.hash.to_owned()),
        crypto: m.crypto.iter().map(|c| c.suite.to_owned()).collect(),
        bandwidth: m.bandwidth.iter().map(bandwidth).collect(),
        ice: m.ice_ufrag.is_some(),
        preconditions: m
            .attributes
            .iter()
            .filter(|a| matches!(a.name, "curr" | "des" | "conf"))
            .map(|a| format!("{}:{}", a.name, a.value.unwrap_or_default()))
            .collect(),
        bundle_only: m.bundle_only,
    }
}
