//! Reads the packets of the chosen streams again: into traces, and their sound into waves.

use crate::app::failure::Failure;
use crate::app::sound::{formats, is_sound, read_again};
use crate::cli::{DiagnosticsArgs, InputArgs};
use crate::media::sound::{SoundPacket, Track};
use crate::media::trace::{Span, Trace, Wave};
use crate::media::{MediaPacket, StreamRecord};
use crate::types::{CaptureTime, Delta};
use std::convert::Infallible;

/// A stream while it is read.
struct Ear {
    trace: Trace,
    wave: Wave,
    track: Option<Track>,
}

/// What was read of each stream: its trace, its sound or why there is none.
pub(in crate::app) type Ears = Vec<(Trace, Result<Wave, String>)>;

/// Reads the streams.
pub(in crate::app) fn trace(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    streams: &[StreamRecord],
    span: Span,
    (zero, step): (CaptureTime, Delta),
) -> Result<Ears, Failure> {
    let mut ears: Vec<Ear> = streams
        .iter()
        .map(|s| Ear {
            trace: Trace::new(s, span, zero, step),
            wave: Wave::new(span),
            track: (!s.encrypted && is_sound(s)).then(|| Track::new(formats(s), false)),
        })
        .collect();
    if !streams.is_empty() {
        read_again(input, said, streams, &mut |at, packet| {
            let Some(ear) = ears.get_mut(at).filter(|_| !packet.is_copy) else {
                return Ok(());
            };
            let meta = packet.datagram.meta;
            let media = MediaPacket {
                flow: meta.flow,
                time: packet.time,
                frame: packet.frame,
                payload: packet.datagram.payload,
                wire_payload_len: packet.datagram.wire_payload_len,
                ip_bytes: meta.ip_bytes,
                link_bytes: meta.link_bytes,
                stack: meta.stack,
                ttl: meta.ttl,
            };
            ear.trace.handle_packet(&media, packet.header);
            if let Some(track) = &mut ear.track {
                let sound = SoundPacket {
                    seq: packet.header.seq,
                    timestamp: packet.header.timestamp,
                    payload_type: packet.header.payload_type,
                    time: packet.time,
                    payload: packet.header.payload(packet.datagram.payload).to_owned(),
                };
                let wave = &mut ear.wave;
                let put = track.handle_packet(sound, &mut |piece| {
                    wave.put(piece);
                    Ok::<(), Infallible>(())
                });
                let Ok(()) = put;
            }
            Ok(())
        })?;
    }
    Ok(ears
        .into_iter()
        .zip(streams)
        .map(|(e, s)| finish(e, s))
        .collect())
}

fn finish(mut ear: Ear, stream: &StreamRecord) -> (Trace, Result<Wave, String>) {
    if let Some(track) = &mut ear.track {
        let wave = &mut ear.wave;
        let Ok(()) = track.finish(&mut |piece| {
            wave.put(piece);
            Ok::<(), Infallible>(())
        });
    }
    let sound = match &ear.track {
        _ if ear.wave.columns().iter().any(Option::is_some) => Ok(ear.wave),
        _ if stream.encrypted => Err("no sound to draw: encrypted (SRTP)".to_owned()),
        // Video has none and needs no reason.
        None => Err(String::new()),
        Some(track) => Err(match track.figures().undecoded.first() {
            Some((_, why, _)) => format!("no sound to draw: {why}"),
            None => "no sound in the time shown".to_owned(),
        }),
    };
    (ear.trace, sound)
}
