//! Bytes to types: whatever comes in, nothing panics, and what comes out lies within what went in.

use super::choices::Choices;
use sipflow::decode::{self, Decoded};
use sipflow::explain::info_line;
use sipflow::report::assemble_sdp;
use sipflow::rtp::rtcp::{self, RtcpPacket};
use sipflow::sdp;
use sipflow::sip::{self, Framing, HeaderName, Message, Uri};
use sipflow::source::{CaptureFile, SourceInfo};
use sipflow::types::{CaptureTime, FrameNo, LinkType, Packet, SourceId};
use std::hint::black_box;
use std::io::{self, Read};

/// Packets of one input that are compared; compressed input may hold very many.
const PACKETS: usize = 20_000;

/// A packet as it was lent: frame, time, link type, bytes on the wire, bytes captured.
type Lent = (u64, i64, u16, u32, Vec<u8>);

/// Read at once and in sips, a capture gives the same packets and the same damage. A decompressor
/// may lose more or less of what stands before corrupt data: there one is the beginning of the other.
pub fn capture_file(data: &[u8]) {
    let whole = read(Box::new(io::Cursor::new(data.to_vec())), data.len());
    let sips = Sips {
        bytes: data.to_vec(),
        at: 0,
        step: 1 + usize::from(data.last().copied().unwrap_or(0) % 13),
    };
    let sipped = read(Box::new(sips), data.len());
    let compressed = data.starts_with(&[0x1f, 0x8b]) || data.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    match (whole, sipped) {
        (Some((packets, info)), Some((others, other))) => {
            let same = packets.len().min(others.len());
            assert!(packets[..same] == others[..same], "other packets in sips");
            if info.damage.is_none() || !compressed {
                assert_eq!(packets.len(), others.len(), "more packets one way");
                assert_eq!(info.damage, other.damage);
            }
        }
        (None, None) => {}
        _ => assert!(compressed, "opens only one way"),
    }
}

fn read(reader: Box<dyn Read + Send>, size: usize) -> Option<(Vec<Lent>, SourceInfo)> {
    let mut file = CaptureFile::from_reader("capture", SourceId(0), reader).ok()?;
    let mut lent: Vec<Lent> = Vec::new();
    let mut bytes = 0;
    while file.advance() {
        let p = file.packet();
        assert!(p.data.len() as u64 <= u64::from(p.wire_len));
        assert!(p.file_offset.is_none(), "a reader cannot be read again");
        assert!(lent.last().is_none_or(|l| l.0 < p.frame.0));
        bytes += p.data.len();
        lent.push((
            p.frame.0,
            p.time.as_nanos(),
            p.link.0,
            p.wire_len,
            p.data.to_vec(),
        ));
        if lent.len() >= PACKETS || bytes > 16 << 20 {
            break;
        }
    }
    let info = file.info();
    if info.compression == sipflow::source::Compression::None {
        assert!(bytes <= size, "more bytes than the file has");
    }
    assert!(info.damage.as_ref().is_none_or(|d| d.frame > info.packets));
    black_box(info.damage_sentence());
    Some((lent, info.clone()))
}

/// Gives a few bytes a call, as a pipe may.
struct Sips {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Sips {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.step.min(out.len()).min(self.bytes.len() - self.at);
        out[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

pub const LINKS: &[u16] = &[
    1, 0, 9, 12, 50, 51, 101, 105, 108, 113, 127, 192, 228, 229, 239, 252, 276, 147,
];

/// One packet of some link type: what is lent lies within it.
pub fn packet(data: &[u8]) {
    let mut c = Choices::new(data);
    let link = LinkType(c.of(LINKS));
    let more = u32::from(c.byte() % 4) * 500;
    let bytes = c.rest();
    let wire_len = u32::try_from(bytes.len()).expect("fuzz inputs are small") + more;
    let packet = Packet {
        source: SourceId(0),
        frame: FrameNo(1),
        time: CaptureTime::from_nanos(0),
        link,
        data: bytes,
        wire_len,
        file_offset: None,
    };
    let inside = |part: &[u8]| {
        let from = (part.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
        assert!(part.is_empty() || from + part.len() <= bytes.len());
    };
    match decode::decode(&packet) {
        Decoded::Udp(d) => {
            inside(d.payload);
            assert!(d.payload.len() as u64 <= u64::from(d.wire_payload_len));
        }
        Decoded::Relayed(r) => {
            inside(r.datagram.payload);
            assert!(r.datagram.payload.len() as u64 <= u64::from(r.datagram.wire_payload_len));
        }
        Decoded::Tcp(s) => {
            inside(s.payload);
            assert!(s.payload.len() as u64 <= u64::from(s.wire_payload_len));
        }
        Decoded::Fragment(f) => {
            inside(f.payload);
            assert!(f.payload.len() as u64 <= u64::from(f.wire_payload_len));
            black_box((f.key(), f.first_flow()));
            black_box(decode::decode_ip_payload(
                &f.ip,
                f.protocol,
                f.payload,
                f.wire_payload_len,
            ));
        }
        Decoded::Icmp(i) => inside(i.quoted_payload),
        Decoded::Sctp(s) => {
            inside(s.chunks);
            black_box(decode::sctp::data_chunks(&s).count());
        }
        Decoded::Other(kind) => drop(black_box(kind.to_string())),
        Decoded::Undecoded(reason) => drop(black_box(reason.to_string())),
    }
}

/// Shorter bytes are not looked at in a datagram.
pub const SHORTEST: usize = 16;

/// A message: every accessor, every renderer of one line.
pub fn sip_message(data: &[u8]) {
    for framing in [Framing::Datagram, Framing::Stream, Framing::Truncated] {
        let Some(m) = sip::parse_message(data, framing) else {
            continue;
        };
        let short = data.len() < SHORTEST;
        assert!(
            short || sip::starts_like_sip(data.trim_ascii_start()),
            "parsed, not recognised"
        );
        assert!(m.raw.len() <= data.len() && m.body.len() <= m.raw.len());
        read_everything(&m);
    }
    black_box(info_line(data));
    black_box(Uri::parse(data).short_text());
}

fn read_everything(m: &Message<'_>) {
    black_box((m.call_id(), m.cseq(), m.transaction_method(), m.top_via()));
    black_box((m.vias().count(), m.from(), m.to(), m.info_line()));
    for address in m.from().into_iter().chain(m.to()).chain(m.refer_to()) {
        black_box((address.tag(), address.display_text()));
        let uri = Uri::parse(address.uri);
        black_box((
            uri.aor(),
            uri.short_text(),
            uri.host_addr(),
            uri.user_text(),
        ));
        assert!(uri.is_equivalent(&uri), "a URI is itself");
    }
    for contact in m.contacts() {
        black_box(contact.addr.tag());
    }
    black_box((m.expires(), m.min_expires(), m.retry_after(), m.min_se()));
    black_box((m.content_length(), m.content_type(), m.user_agent()));
    black_box((
        m.max_forwards(),
        m.record_routes().count(),
        m.routes().count(),
    ));
    black_box((m.requires("timer"), m.rseq(), m.rack(), m.session_expires()));
    black_box(m.reason_header().map(|r| r.q850()).last());
    black_box((m.warning_header().count(), m.referred_by(), m.replaces()));
    black_box((m.join(), m.event(), m.subscription_state()));
    black_box((m.asserted_identities().count(), m.challenges().count()));
    black_box(m.credentials().count());
    black_box(m.list(HeaderName::Allow).count());
    for part in m.parts() {
        black_box((
            part.content_type(),
            part.disposition(),
            part.decoded().len(),
        ));
    }
    if let Some(body) = m.sdp() {
        black_box(assemble_sdp(&sdp::parse(&body)));
    }
    assert!(m.flaws.iter().all(|f| !f.text.is_empty()));
}

/// A session description: bounded, and every line has something to say.
pub fn sdp_text(data: &[u8]) {
    let s = sdp::parse(data);
    assert!(s.media.len() <= sdp::MAX_MEDIA);
    for m in &s.media {
        black_box((
            m.connection().map(|c| c.ip()),
            m.is_rtp(),
            m.is_t38(),
            m.connection().map(|c| c.is_hold()),
        ));
        for pt in m.payload_types() {
            black_box((m.codec_for(pt), m.fmtp_for(pt)));
        }
        for c in &m.candidates {
            black_box(c.ip());
        }
    }
    black_box(s.bundle());
    black_box(assemble_sdp(&s));
    for line in data.split(|b| *b == b'\n').take(200) {
        let line = String::from_utf8_lossy(line);
        let (kind, value) = line.split_once('=').unwrap_or((&line, ""));
        black_box(sdp::line_meaning(kind, value));
    }
}

/// An RTCP datagram: what `check` counts is what `packets` gives.
pub fn rtcp_datagram(data: &[u8]) {
    let len = u32::try_from(data.len()).expect("fuzz inputs are small");
    let valid = rtcp::check(data, len);
    let mut n = 0;
    for packet in rtcp::packets(data) {
        n += 1;
        match packet {
            RtcpPacket::SenderReport(sr) => {
                black_box((sr.ntp_middle(), sr.blocks.count()));
            }
            RtcpPacket::ReceiverReport(rr) => {
                for b in rr.blocks {
                    assert!((0.0..=100.0).contains(&b.fraction_lost_percent()));
                    assert!(b.delay_nanos() >= 0);
                }
            }
            RtcpPacket::Sdes(s) => drop(black_box((s.items().count(), s.cnames().count()))),
            RtcpPacket::Bye(b) => drop(black_box((b.sources().count(), b.reason()))),
            RtcpPacket::Feedback(f) => {
                black_box((f.nacked().count(), f.targets().count(), f.asks(), f.name()));
            }
            RtcpPacket::ExtendedReport(x) => {
                for block in x.blocks() {
                    black_box((block.about(), rtcp::block_name(block.kind)));
                    if let rtcp::XrContent::Answers(answers) = block.content {
                        black_box(answers.count());
                    }
                }
            }
            RtcpPacket::App(_) | RtcpPacket::Unknown { .. } => {}
        }
    }
    assert!(n <= data.len() / 4 + 1);
    if let Some(rtcp::Validity::Compound(k) | rtcp::Validity::ReducedSize(k)) = valid {
        assert_eq!(k as usize, n, "checked and read differ");
    }
    black_box((rtcp::first_sender(data), rtcp::looks_enciphered(data)));
    black_box((rtcp::flaw(data, len), rtcp::flaw(data, len + 40)));
}
