//! One packet that is no SIP message: what it is, field by field, and what became of it.

mod beside;
mod rtcp;

use super::Lookup;
use super::media::codec_of;
use super::message::Described;
use super::words::clean;
use crate::decode::{self, Decoded, IcmpError, Segment};
use crate::pipeline::{Content, Fate, PacketNote};
use crate::report::doctor::STEPS;
use crate::report::model::{ShownField, ShownPacket, Stream, Timestamp};
use crate::rtp::RtpHeader;
use crate::rtp::stun::{self, StunClass, StunMessage};
use crate::types::{Flow, Packet, Ssrc, codec};

/// A packet taken apart. All texts are safe to show.
#[derive(Clone, Debug)]
pub struct PacketDescription {
    /// From 0, in the order the captures were given.
    pub source: u16,
    /// Its number in that capture.
    pub frame: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// What it is, as `RTP`.
    pub what: String,
    /// From where to where; of an ICMP error, of itself. `None` where it has no addresses.
    pub way: Option<String>,
    /// Its fields.
    pub fields: Vec<Described>,
    flow: Option<Flow>,
    ssrc: Option<Ssrc>,
    payload_type: Option<u8>,
}

/// Takes a packet apart as it passes.
pub fn describe_packet(note: &PacketNote<'_>) -> PacketDescription {
    let mut said = PacketDescription {
        source: note.packet.source.0,
        frame: note.packet.frame.0,
        time: Timestamp(note.packet.time),
        what: String::new(),
        way: note.flow.map(|f| format!("{} -> {}", f.src, f.dst)),
        fields: Vec::new(),
        flow: note.flow,
        ssrc: None,
        payload_type: None,
    };
    match (note.content, note.fate) {
        (Content::Datagram(d), Fate::Rtp | Fate::RtpUnproven) => {
            let (payload, len) = said.unwrapped(d.payload, d.wire_payload_len);
            said.rtp(payload, len);
        }
        (Content::Datagram(d), Fate::Rtcp) => {
            let (payload, len) = said.unwrapped(d.payload, d.wire_payload_len);
            said.rtcp(payload, len);
        }
        (Content::Datagram(d), Fate::Stun) => {
            let (payload, len) = said.unwrapped(d.payload, d.wire_payload_len);
            said.stun(payload, len);
        }
        (Content::Datagram(d), Fate::Dtls) => {
            let (payload, _) = said.unwrapped(d.payload, d.wire_payload_len);
            said.dtls(payload);
        }
        (Content::Datagram(d), Fate::T38) => said.t38(d.payload),
        (Content::Datagram(d), Fate::Zrtp) => {
            let (payload, _) = said.unwrapped(d.payload, d.wire_payload_len);
            said.zrtp(payload);
        }
        (_, Fate::IcmpSip | Fate::IcmpMedia | Fate::IcmpError) => said.icmp(note.packet),
        (Content::Segment(s), fate) => {
            said.tcp(s);
            match fate {
                Fate::Msrp => said.msrp(s.payload),
                Fate::RtpTcp => said.framed(s.payload),
                _ => {}
            }
        }
        _ => {}
    }
    let step = STEPS.iter().find(|s| s.id == note.fate.as_str());
    if let Some(step) = step.filter(|_| said.fields.is_empty()) {
        step.title.clone_into(&mut said.what);
        let why = step.why.split(';').next().unwrap_or_default();
        if !why.is_empty() {
            said.field("no message", why, None);
        }
    }
    let [kept, sent] = [
        note.packet.data.len() as u64,
        u64::from(note.packet.wire_len),
    ];
    let length = match kept < sent {
        true => format!("{sent} octets, of which the capture kept {kept}"),
        false => format!("{sent} octets"),
    };
    said.field("packet length", &length, None);
    said
}

impl PacketDescription {
    fn field(&mut self, name: &str, value: &str, meaning: Option<&str>) {
        self.fields.push(Described::new(name, value, meaning));
    }

    fn rtp(&mut self, payload: &[u8], wire_len: u32) {
        "RTP".clone_into(&mut self.what);
        let Some(h) = RtpHeader::parse_known(payload, wire_len) else {
            return;
        };
        self.ssrc = Some(h.ssrc);
        self.payload_type = Some(h.payload_type.get());
        let known = codec::fixed(h.payload_type).map(|(codec, _)| format!(" ({})", codec.name));
        self.field(
            "payload type",
            &format!("{}{}", h.payload_type.get(), known.unwrap_or_default()),
            Some("what is inside: a fixed number (RFC 3551), or from 96 on what the SDP says"),
        );
        let seq = h.seq.0.to_string();
        self.field(
            "sequence number",
            &seq,
            Some("goes up by one a packet: a gap is loss"),
        );
        let timestamp = h.timestamp.0.to_string();
        self.field(
            "timestamp",
            &timestamp,
            Some("when its first sample was taken, in ticks of the codec's clock"),
        );
        self.field(
            "SSRC",
            &h.ssrc.to_string(),
            Some("names the sender within its session"),
        );
        let marker = if h.marker { "set" } else { "not set" };
        self.field(
            "marker",
            marker,
            Some("of audio: speech begins after silence; of video: a picture ends"),
        );
        if h.csrc_count > 0 {
            let n = h.csrc_count.to_string();
            self.field(
                "mixed sources",
                &n,
                Some("how many senders a mixer put together"),
            );
        }
        if h.extension {
            self.field("header extension", "there is one", None);
        }
        self.field("payload", &format!("{} octets", h.payload_len), None);
    }

    fn stun(&mut self, payload: &[u8], wire_len: u32) {
        "STUN".clone_into(&mut self.what);
        let Some(m) = StunMessage::parse_classic(payload, wire_len) else {
            return;
        };
        let method = match m.method {
            1 => "Binding",
            3 => "Allocate",
            4 => "Refresh",
            6 => "Send",
            7 => "Data",
            8 => "CreatePermission",
            9 => "ChannelBind",
            _ => "method unknown",
        };
        let (class, meaning) = match m.class {
            StunClass::Request => (
                "request",
                "asks; of Binding: from which address do you see me? Of ICE: does this path work?",
            ),
            StunClass::Indication => (
                "indication",
                "says, and expects no answer; of Binding: keeps the path open",
            ),
            StunClass::Success => (
                "success response",
                "answers; of Binding: this is the address you come from",
            ),
            StunClass::Error => ("error response", "refuses"),
        };
        self.field("message", &format!("{method} {class}"), Some(meaning));
        // RFC 8489 §14, RFC 8445 §16.1.
        for (kind, name) in [
            (stun::USERNAME, "USERNAME"),
            (stun::PRIORITY, "PRIORITY"),
            (stun::USE_CANDIDATE, "USE-CANDIDATE"),
            (stun::ICE_CONTROLLED, "ICE-CONTROLLED"),
            (stun::ICE_CONTROLLING, "ICE-CONTROLLING"),
            (stun::SOFTWARE, "SOFTWARE"),
        ] {
            if let Some(value) = m.attribute(kind) {
                let text = match kind {
                    stun::USERNAME | stun::SOFTWARE => String::from_utf8_lossy(value).into_owned(),
                    _ => "there".to_owned(),
                };
                self.field(name, &text, None);
            }
        }
        // RFC 8489 §14.2, RFC 8656 §18.
        for (kind, name, meaning) in [
            (
                stun::XOR_PEER_ADDRESS,
                "XOR-PEER-ADDRESS",
                "whom the relay is to reach",
            ),
            (
                stun::XOR_RELAYED_ADDRESS,
                "XOR-RELAYED-ADDRESS",
                "the relay's address for its client",
            ),
            (
                stun::XOR_MAPPED_ADDRESS,
                "XOR-MAPPED-ADDRESS",
                "as whom the answering side sees the asking one",
            ),
        ] {
            if let Some(end) = m.xor_address(kind) {
                self.field(name, &end.to_string(), Some(meaning));
            }
        }
        if let Some(&[n0, n1]) = m
            .attribute(stun::CHANNEL_NUMBER)
            .and_then(|v| v.first_chunk::<2>())
        {
            let number = format!("{:#06x}", u16::from_be_bytes([n0, n1]));
            self.field(
                "CHANNEL-NUMBER",
                &number,
                Some("stands for the peer from now on"),
            );
        }
    }

    fn tcp(&mut self, s: &Segment<'_>) {
        "TCP".clone_into(&mut self.what);
        let flags = [
            ("SYN", s.syn),
            ("ACK", s.ack.is_some()),
            ("FIN", s.fin),
            ("RST", s.rst),
        ];
        let set = flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name);
        let does = match (s.syn, s.fin, s.rst, s.wire_payload_len) {
            (_, _, true, _) => "ends the connection at once",
            (true, ..) if s.ack.is_some() => "accepts the connection",
            (true, ..) => "opens a connection",
            (_, true, ..) => "ends its direction of the connection",
            (.., 0) => "confirms what arrived, carries nothing",
            _ => "carries bytes; no SIP message ends in it",
        };
        self.field("flags", &set.collect::<Vec<_>>().join(" "), Some(does));
        let octets = format!("{} octets", s.wire_payload_len);
        self.field("payload", &octets, None);
    }

    fn icmp(&mut self, packet: &Packet<'_>) {
        "ICMP error".clone_into(&mut self.what);
        let decoded = decode::decode(packet);
        let Decoded::Icmp(e) = decoded else {
            return;
        };
        self.way = Some(format!("{} -> {}", e.ip.src, e.ip.dst));
        self.field("says", icmp_words(&e), None);
        let kind = format!("type {}, code {}", e.kind, e.code);
        self.field("kind", &kind, None);
        let protocol = match e.quoted_protocol {
            6 => "TCP",
            132 => "SCTP",
            _ => "UDP",
        };
        let about = format!("{protocol} {} -> {}", e.quoted.src, e.quoted.dst);
        self.field(
            "about the packet",
            &about,
            Some("an error quotes the beginning of what could not be delivered"),
        );
        let quotes = match e.quoted_payload {
            [] => "addresses and ports only".to_owned(),
            text => {
                let line = text
                    .split(|b| matches!(b, b'\r' | b'\n'))
                    .next()
                    .unwrap_or_default();
                match crate::sip::starts_like_sip(text) {
                    true => String::from_utf8_lossy(line).into_owned(),
                    false => format!("{} octets of its payload", text.len()),
                }
            }
        };
        self.field("quotes", &quotes, None);
    }

    /// In the document's form, with the stream and call it is of.
    pub fn to_model(&self, lookup: &Lookup<'_>) -> ShownPacket {
        let mut placed = self.clone();
        placed.place(lookup);
        let stream = self.stream(lookup);
        let field = |f: Described| ShownField {
            name: f.name,
            value: f.value,
            meaning: f.meaning,
        };
        ShownPacket {
            source: u32::from(self.source) + 1,
            frame: self.frame,
            time: self.time,
            what: placed.what,
            way: placed.way,
            src: self.flow.map(|f| f.src.into()),
            dst: self.flow.map(|f| f.dst.into()),
            stream: stream.map(|s| s.id),
            call: stream.and_then(|s| s.call),
            fields: placed.fields.into_iter().map(field).collect(),
        }
    }

    /// Says which stream and call it is of.
    pub fn place(&mut self, lookup: &Lookup<'_>) {
        let Some(s) = self.stream(lookup) else { return };
        let (packets, codec) = (s.packets, codec_of(s));
        let call = s.call.map(|c| format!(" of call {c}")).unwrap_or_default();
        let value = format!(
            "{}{call}: {codec}, {packets} packets, {} to {}",
            s.id,
            lookup.frame_name(s.source, s.first_frame),
            lookup.frame_name(s.source, s.last_frame),
        );
        let announced = self.payload_type.and_then(|pt| {
            let mut payloads = s.payloads.iter();
            payloads.find(|p| p.payload_type == pt)?.codec.clone()
        });
        let mut fields = self.fields.iter_mut();
        let field = fields.find(|field| field.name == "payload type");
        if let (Some(codec), Some(field)) = (announced, field) {
            let number = self.payload_type.unwrap_or_default();
            field.value = format!("{number} ({})", clean(&codec));
        }
        self.field("stream", &value, None);
    }

    fn stream<'a>(&self, lookup: &Lookup<'a>) -> Option<&'a Stream> {
        let (flow, ssrc) = (self.flow?, self.ssrc?.to_string());
        let is_its = |s: &&Stream| {
            s.ssrc == ssrc
                && s.src.port == flow.src.port
                && s.dst.port == flow.dst.port
                && s.src.address == flow.src.addr.to_string()
                && (s.first_time.0..=s.last_time.0).contains(&self.time.0)
        };
        lookup.report.streams.iter().find(is_its)
    }
}

/// Type and code in words (RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3).
fn icmp_words(e: &IcmpError<'_>) -> &'static str {
    match (e.v6, e.kind, e.code) {
        (false, 3, 2 | 3) | (true, 1, 4) => "nothing listens on that port",
        (false, 3, 9 | 10 | 13) | (true, 1, 1 | 5) => "a firewall forbids it",
        (false, 3, 4) | (true, 2, _) => "the packet is too large for a link on the way",
        (false, 3, _) | (true, 1, _) => "there is no way to that host",
        (false, 4, _) => "send more slowly (source quench, no longer used)",
        (false, 5, _) => "there is a better way to that host (redirect)",
        (false, 11, 0) | (true, 3, 0) => "it went round until its TTL ran out",
        (false, 11, _) | (true, 3, _) => "fragments of it did not come",
        _ => "its header has a fault",
    }
}
