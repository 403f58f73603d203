//! Payloads to sound: whatever comes in, nothing panics, and what comes out has a bound.

use super::choices::Choices;
use sipflow::media::sound::{
    MAX_SAMPLES, Piece, SoundFormat, SoundPacket, Storage, Track, TrackFormat, decoder, storage_of,
};
use sipflow::types::{CaptureTime, ClockRate, PayloadType, RtpTicks, SeqNo};
use std::convert::Infallible;

const CODECS: &[&str] = &[
    "PCMU", "PCMA", "G722", "G729", "opus", "GSM", "G723", "G726-16", "G726-24", "G726-32",
    "G726-40", "L16", "red", "CN", "iLBC", "AMR", "AMR-WB",
];

fn format(c: &mut Choices<'_>, payload_type: u8) -> TrackFormat {
    TrackFormat {
        payload_type: PayloadType::from_header_octet(payload_type),
        codec: Some(c.of(CODECS).into()),
        clock: match c.byte() % 4 {
            0 => None,
            1 => ClockRate::new(c.long()),
            2 => ClockRate::new(48000),
            _ => ClockRate::new(8000),
        },
        channels: Some(c.byte()),
    }
}

/// One decoder alone, then a track of two payload types; and the payloads as a file.
pub fn run(data: &[u8]) {
    let mut c = Choices::new(data);
    let formats = [format(&mut c, 0), format(&mut c, 1)];
    let [first, _] = &formats;
    let alone = decoder(SoundFormat {
        codec: first.codec.as_deref(),
        clock: first.clock,
        channels: first.channels,
    });
    let mut storage: Storage = storage_of(first.codec.as_deref());
    let mut track = Track::new(formats, c.byte() & 1 == 1);
    let mut alone = alone.ok();
    let (mut seq, mut timestamp, mut time) = (c.word(), c.long(), 0i64);
    let mut out = Vec::new();
    let mut file = Vec::new();
    let mut sink = |piece: &Piece<'_>| {
        // A second of what is made up, at the highest rate.
        assert!(piece.rate > 0 && piece.samples.len() <= MAX_SAMPLES.max(192_000));
        Ok::<(), Infallible>(())
    };
    while !c.is_done() {
        let choice = c.byte();
        match choice >> 6 {
            0 => {}
            1 => seq = seq.wrapping_add(u16::from(c.byte())),
            2 => timestamp = timestamp.wrapping_add(c.long()),
            _ => time += i64::from(c.long()) * 1_000_000,
        }
        let len = usize::from(c.byte());
        let payload = c.take(len);
        if let Some(decoder) = &mut alone {
            out.clear();
            decoder.decode(payload, &mut out);
            assert!(out.len() <= MAX_SAMPLES);
            let before = out.len();
            decoder.conceal(len, &mut out);
            assert_eq!(out.len(), before + len);
        }
        file.clear();
        storage.put(payload, u32::from(choice), &mut file);
        track
            .handle_packet(
                SoundPacket {
                    seq: SeqNo(seq),
                    timestamp: RtpTicks(timestamp),
                    payload_type: PayloadType::from_header_octet(choice & 1),
                    time: CaptureTime::from_nanos(time),
                    payload: payload.to_vec(),
                },
                &mut sink,
            )
            .unwrap();
        seq = seq.wrapping_add(1);
        timestamp = timestamp.wrapping_add(160);
        time += 20_000_000;
    }
    track.finish(&mut sink).unwrap();
}
