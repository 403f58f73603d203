//! What streams sound like: their packets read again, decoded and measured.

use super::{Ear, formats, listen};
use crate::app::failure::Failure;
use crate::cli::{DiagnosticsArgs, InputArgs};
use crate::media::StreamRecord;
use crate::media::sound::{SoundMeter, SoundPacket, StreamSound, Track, TrackFigures};
use crate::types::codec;
use crate::types::{CallNo, MediaKind};
use std::io;

/// Streams that are listened to; each may take a MiB and what its decoder needs.
const MOST_STREAMS: usize = 2000;

/// A stream that is measured.
struct Measured {
    track: Track,
    meter: SoundMeter,
}

impl Ear for Measured {
    fn hear(&mut self, packet: SoundPacket) -> io::Result<()> {
        let meter = &mut self.meter;
        self.track.handle_packet(packet, &mut |piece| {
            meter.handle_piece(piece);
            Ok(())
        })
    }
}

/// Reads the captures again and says of each stream what it sounds like; where `calls` are given, of their streams
/// only.
pub(in crate::app) fn measure(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    streams: &mut [StreamRecord],
    is_wanted: &dyn Fn(Option<CallNo>) -> bool,
) -> Result<(), Failure> {
    let mut places = Vec::new();
    for (at, stream) in streams.iter_mut().enumerate() {
        if !is_sound(stream) || !is_wanted(stream.call) {
            continue;
        }
        let reason = match (stream.encrypted, places.len() < MOST_STREAMS) {
            (true, _) => Some("encrypted (SRTP)".to_owned()),
            (false, false) => Some(format!("only {MOST_STREAMS} streams are listened to")),
            (false, true) => None,
        };
        if reason.is_none() {
            places.push(at);
        }
        stream.sound = Some(Box::new(StreamSound {
            figures: None,
            reason,
        }));
    }
    let listened: Vec<StreamRecord> = places
        .iter()
        .filter_map(|at| streams.get(*at).cloned())
        .collect();
    let mut ears: Vec<Measured> = listened
        .iter()
        .map(|s| Measured {
            track: Track::new(formats(s), false),
            meter: SoundMeter::default(),
        })
        .collect();
    if ears.is_empty() {
        return Ok(());
    }
    listen(input, said, &listened, &mut ears)?;
    for (at, ear) in places.into_iter().zip(ears) {
        if let Some(stream) = streams.get_mut(at) {
            stream.sound = Some(Box::new(ear.finish().map_err(Failure::Texts)?));
        }
    }
    Ok(())
}

impl Measured {
    fn finish(mut self) -> io::Result<StreamSound> {
        let meter = &mut self.meter;
        self.track.finish(&mut |piece| {
            meter.handle_piece(piece);
            Ok::<(), io::Error>(())
        })?;
        let figures = self.meter.finish();
        let reason = reason(self.track.figures(), figures.is_some());
        Ok(StreamSound { figures, reason })
    }
}

/// What was not decoded, and why.
fn reason(track: &TrackFigures, is_heard: bool) -> Option<String> {
    let left_out = track.undecoded.iter().max_by_key(|(.., packets)| *packets);
    match (left_out, is_heard) {
        (Some((_, why, _)), false) => Some(why.to_string()),
        (Some((payload_type, why, packets)), true) => {
            let noun = if *packets == 1 { "packet" } else { "packets" };
            Some(format!(
                "{packets} {noun} of payload type {payload_type} are left out: {why}"
            ))
        }
        (None, false) => Some("no packet gave sound".to_owned()),
        (None, true) => None,
    }
}

/// Sound by its SDP, or where none says by a codec of sound.
pub(in crate::app) fn is_sound(s: &StreamRecord) -> bool {
    match s.kind {
        Some(kind) => kind == MediaKind::Audio,
        None => s.payloads.iter().any(|p| {
            let known = p.codec.as_deref().and_then(codec::find);
            known.is_none_or(|c| c.kind == MediaKind::Audio)
        }),
    }
}
