//! Streams as pictures: whatever packets say, a picture has numbers that can be drawn, and a bound.

use super::choices::Choices;
use super::whole::{Kept, small_limits};
use sipflow::media::sound::{SoundPacket, Track, TrackFormat};
use sipflow::media::trace::{Span, Trace, Wave};
use sipflow::media::{MediaPacket, StreamRecord};
use sipflow::pipeline::Pipeline;
use sipflow::render::plot::{self, Drawn, Look, Picture, Theme, Way};
use sipflow::report::model::Report;
use sipflow::report::{Collector, assemble};
use sipflow::rtp::RtpHeader;
use sipflow::types::{
    CaptureTime, Delta, Endpoint, Flow, FrameNo, FrameRef, HostAddr, KindSet, LinkType, Packet,
    Scope, SourceId,
};
use std::convert::Infallible;

/// Payload types with sound, without, of events and of pictures.
const TYPES: &[u8] = &[0, 8, 9, 3, 4, 18, 10, 13, 26, 34, 96, 101];
/// As wide and as tall as asked for at most.
const LARGEST: usize = 8 << 20;

/// An RTP packet of one of four sources.
struct Sent {
    source: u8,
    time: CaptureTime,
    rtp: Vec<u8>,
}

/// Packets, then how they are drawn.
pub fn run(data: &[u8]) {
    let mut c = Choices::new(data);
    let look = look(&mut c);
    let part = (c.byte(), c.byte());
    let packets = packets(&mut c);
    let (records, report) = analysed(&packets);
    let times = packets.iter().map(|p| p.time);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
        return;
    };
    let span = span((first, last), part, look);
    let step = plot::step(span.length());
    let drawn = records.iter().filter_map(|record| {
        let stream = report.streams.iter().find(|s| s.id == record.no.get())?;
        let (trace, sound) = read(record, &packets, span, (first, step));
        assert_eq!(trace.lost_in_all(), stream.lost, "the picture's loss");
        let times = record.payloads.iter();
        Some(Drawn {
            stream: stream.clone(),
            first_times: times
                .map(|p| (p.payload_type.get(), p.first_time))
                .collect(),
            trace,
            sound,
        })
    });
    // Two of each block: streams that follow each other, and that overlap.
    let mut ways: Vec<Way> = Vec::new();
    for (drawn, at) in drawn.zip(0..) {
        match ways.last_mut().filter(|_| at % 2 == 1) {
            Some(way) => way.drawn.push(drawn),
            None => ways.push(Way {
                name: format!("from {at}"),
                drawn: vec![drawn],
                keys: vec![(first, "1".to_owned()), (last, "<&>".to_owned())],
            }),
        }
    }
    let picture = Picture {
        title: "one & another".to_owned(),
        subtitle: "capture".to_owned(),
        span,
        zero: first,
        moments: Vec::new(),
        notes: vec!["a note".to_owned()],
        ways,
    };
    let svg = plot::render(&picture, look);
    check(&svg);
    assert!(svg == plot::render(&picture, look), "another picture");
}

fn look(c: &mut Choices<'_>) -> Look {
    Look {
        width: 100 + u32::from(c.byte()) * 8,
        height: (c.byte() % 2 == 1).then(|| u32::from(c.word()) % 4000 + 1),
        theme: c.of(&[Theme::Both, Theme::Light, Theme::Dark]),
    }
}

fn packets(c: &mut Choices<'_>) -> Vec<Sent> {
    const BEGIN: i64 = 1_000_000_000_000;
    let mut now = BEGIN;
    let mut state = [(0u16, 0u32); 4];
    let mut packets = Vec::new();
    while !c.is_done() && packets.len() < 2000 {
        let choice = c.byte();
        let source = choice & 3;
        let (seq, timestamp) = &mut state[usize::from(source)];
        match choice >> 2 & 15 {
            0..=9 => *seq = seq.wrapping_add(1),
            10 => {}
            11 => *seq = seq.wrapping_sub(u16::from(c.byte() % 8)),
            12 => *seq = seq.wrapping_add(u16::from(c.byte())),
            13 => *seq = c.word(),
            14 => *timestamp = c.long(),
            _ => now += i64::from(c.long()) * 100_000,
        }
        *timestamp = timestamp.wrapping_add(160);
        // Also before its turn.
        now += i64::from(c.byte()) * 400_000 - 10_000_000;
        let kind = match choice >> 6 {
            0 => c.of(TYPES) | 0x80,
            1 => c.of(TYPES),
            _ => source.min(1) * 8,
        };
        let mut rtp = vec![0x80, kind];
        rtp.extend(seq.to_be_bytes());
        rtp.extend(timestamp.to_be_bytes());
        rtp.extend(u32::from(source + 7).to_be_bytes());
        let len = usize::from(c.byte());
        let octet = c.byte();
        rtp.resize(12 + len, octet);
        packets.push(Sent {
            source,
            time: CaptureTime::from_nanos(now),
            rtp,
        });
    }
    packets
}

fn flow(source: u8) -> Flow {
    let end = |host, port| Endpoint::new(HostAddr::v4([192, 0, 2, host]), port);
    // Two of the sources share their ports.
    let port = 4000 + u16::from(source / 2) * 2;
    Flow {
        src: end(1, port),
        dst: end(2, port),
        scope: Scope::NONE,
    }
}

/// An IPv4 packet (RFC 791, 768; no link layer).
fn ip(sent: &Sent) -> Vec<u8> {
    let flow = flow(sent.source);
    let udp = u16::try_from(8 + sent.rtp.len()).expect("small");
    let mut packet = vec![0x45, 0];
    packet.extend((udp + 20).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    for word in [flow.src.port, flow.dst.port, udp, 0] {
        packet.extend(word.to_be_bytes());
    }
    packet.extend(&sent.rtp);
    packet
}

fn analysed(packets: &[Sent]) -> (Vec<StreamRecord>, Report) {
    let mut options = small_limits();
    // Copies count, as `read` hands them in too.
    options.keep_duplicates = true;
    let mut pipeline = Pipeline::new(options);
    let mut texts = Kept::default();
    let mut collector = Collector::new(KindSet::ALL, &mut texts);
    for (sent, frame) in packets.iter().zip(1..) {
        let data = ip(sent);
        pipeline.handle_packet(
            &Packet {
                source: SourceId(0),
                frame: FrameNo(frame),
                time: sent.time,
                link: LinkType(101),
                data: &data,
                wire_len: u32::try_from(data.len()).expect("small"),
                file_offset: None,
            },
            &mut collector,
        );
    }
    let summary = pipeline.finish(&mut collector);
    let mut collected = collector.finish().expect("texts are kept");
    let report = assemble(&mut collected, &summary, Vec::new());
    (collected.streams, report)
}

fn span((first, last): (CaptureTime, CaptureTime), part: (u8, u8), look: Look) -> Span {
    let length = (last - first).as_nanos();
    let at = |part: u8| first + Delta::from_nanos(length / 255 * i64::from(part));
    let begin = at(part.0);
    let end = if part.1 > part.0 { at(part.1) } else { last };
    Span {
        begin,
        end: end.max(begin + Delta::from_millis(1)),
        columns: plot::columns(look.width),
    }
}

/// The packets of a stream again, as `sipflow plot` reads them.
fn read(
    record: &StreamRecord,
    packets: &[Sent],
    span: Span,
    (zero, step): (CaptureTime, Delta),
) -> (Trace, Result<Wave, String>) {
    let mut trace = Trace::new(record, span, zero, step);
    let mut wave = Wave::new(span);
    let formats = record.payloads.iter().map(|p| TrackFormat {
        payload_type: p.payload_type,
        codec: p.codec.clone(),
        clock: p.clock,
        channels: p.channels,
    });
    let mut track = Track::new(formats, false);
    for (sent, frame) in packets.iter().zip(1u64..) {
        let len = u32::try_from(sent.rtp.len()).expect("small");
        let Some(header) = RtpHeader::parse(&sent.rtp, len) else {
            continue;
        };
        let within = (record.first_frame.frame.0..=record.last_frame.frame.0).contains(&frame);
        if header.ssrc != record.ssrc || flow(sent.source) != record.flow || !within {
            continue;
        }
        let packet = MediaPacket {
            flow: record.flow,
            time: sent.time,
            frame: FrameRef {
                source: SourceId(0),
                frame: FrameNo(frame),
            },
            payload: &sent.rtp,
            wire_payload_len: len,
            ip_bytes: len + 28,
            link_bytes: 0,
            stack: Default::default(),
            ttl: 64,
        };
        trace.handle_packet(&packet, header);
        let sound = SoundPacket {
            seq: header.seq,
            timestamp: header.timestamp,
            payload_type: header.payload_type,
            time: sent.time,
            payload: header.payload(&sent.rtp).to_owned(),
        };
        let Ok(()) = track.handle_packet(sound, &mut |piece| {
            wave.put(piece);
            Ok::<(), Infallible>(())
        });
    }
    let Ok(()) = track.finish(&mut |piece| {
        wave.put(piece);
        Ok::<(), Infallible>(())
    });
    let sound = match wave.columns().iter().any(Option::is_some) {
        true => Ok(wave),
        false => Err("no sound".to_owned()),
    };
    (trace, sound)
}

/// What holds for every picture.
fn check(svg: &str) {
    assert!(svg.len() <= LARGEST, "{} octets", svg.len());
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    for wrong in ["NaN", "inf", "width=\"-", "height=\"-"] {
        assert!(!svg.contains(wrong), "{wrong}");
    }
    let count = |what: &str| svg.matches(what).count();
    assert_eq!(count("<g>"), count("</g>"));
    assert_eq!(count("<text"), count("</text>"));
}
