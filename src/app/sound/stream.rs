//! One stream while it is listened to.

use super::raw::Raw;
use super::{Ear, Lane};
use crate::media::StreamRecord;
use crate::media::sound::{SoundPacket, Track, TrackFigures, TrackFormat};
use std::io;

/// The formats of a stream's payload types. Sound whose clock nobody says has that of its codec.
pub(in crate::app) fn formats(stream: &StreamRecord) -> Vec<TrackFormat> {
    let payloads = stream.payloads.iter();
    payloads
        .map(|p| TrackFormat {
            payload_type: p.payload_type,
            codec: p.codec.clone(),
            clock: p.clock,
            channels: p.channels,
        })
        .collect()
}

/// Decodes a stream into its lane, and keeps what cannot be decoded where that is wanted.
pub(in crate::app) struct HeardStream {
    track: Track,
    lane: Lane,
    raw: Option<Raw>,
}

impl HeardStream {
    pub(in crate::app) fn new(track: Track, lane: Lane, raw: Option<Raw>) -> Self {
        HeardStream { track, lane, raw }
    }

    /// Nothing more comes.
    pub(in crate::app) fn finish(mut self) -> io::Result<(Lane, TrackFigures, Option<Raw>)> {
        let lane = &mut self.lane;
        self.track.finish(&mut |piece| lane.put(piece))?;
        lane.finish()?;
        Ok((self.lane, self.track.figures().clone(), self.raw))
    }
}

impl Ear for HeardStream {
    fn hear(&mut self, packet: SoundPacket) -> io::Result<()> {
        if let Some(raw) = &mut self.raw {
            raw.handle_packet(packet.clone())?;
        }
        let lane = &mut self.lane;
        self.track
            .handle_packet(packet, &mut |piece| lane.put(piece))
    }
}
