//! The pipeline: packets in, records out.
//!
//! A packet is decoded, its payload reassembled, recognised and parsed, and given to the call and
//! media trackers. Nothing here opens a file or asks a clock: the capture's own time drives
//! everything, so the same packets always give the same records.
//!
//! Invariant: data goes through once, forward. Memory is bounded by what is open.

mod agreed;
mod announce;
pub mod census;
mod core;
mod datagrams;
mod duplicates;
mod fate;
mod icmp;
mod incomplete;
mod networks;
mod note;
mod options;
mod packets;
mod place;
mod relayed;
mod relayed_pieces;
mod sctp;
mod segments;
mod sink;
mod streams;
mod summary;
mod ties;

pub use census::Census;
pub use fate::{Fate, Fates};
pub use note::{Content, FramedNote, Outside, PacketNote, Voip};
pub use options::{Limits, Options};
pub use sink::{Counters, Encapsulations, Onlooker, SeenMessage, Sink, Watched};
pub use summary::{LimitsReached, Summary};

use self::core::{Capture, Core};
use crate::decode::{self, Decoded};
use crate::media;
use crate::reassembly::{FragmentLimits, Fragments, SctpMessages, TcpStreams};
use crate::sip;
use crate::types::{CaptureTime, Delta, Packet};
use packets::Origin;

/// How often, in capture time, what is due gets closed.
const TICK: Delta = Delta::from_secs(1);

/// The pipeline.
pub struct Pipeline {
    fragments: Fragments,
    tcp: TcpStreams,
    sctp: SctpMessages,
    core: Core,
    next_tick: Option<CaptureTime>,
}

impl Pipeline {
    /// An empty pipeline.
    pub fn new(options: Options) -> Self {
        let limits = &options.limits;
        Pipeline {
            fragments: Fragments::new(FragmentLimits {
                copies: match options.keep_duplicates {
                    true => Delta::ZERO,
                    false => limits.fragments.copies,
                },
                ..limits.fragments
            }),
            tcp: TcpStreams::new(limits.tcp),
            sctp: SctpMessages::new(limits.sctp, sip::starts_like_sip),
            core: Core::new(&options),
            next_tick: None,
        }
    }

    /// Takes one packet; whatever became known goes to `sink`.
    pub fn handle_packet(&mut self, packet: &Packet<'_>, sink: &mut dyn Sink) {
        self.core.counters.packets += 1;
        self.core.media.note_source(packet.source, packet.time);
        let mut decoded = decode::decode(packet);
        if let Decoded::Relayed(relayed) = &decoded {
            self.core.agent_lag.note(relayed.time, packet.time);
        }
        if self.core.first_time.is_none() {
            let first = self.core.agent_lag.apply(packet.time);
            self.core.first_time = Some(first);
            self.core.media.begin_at(first);
            sink.time(first);
        }
        self.advance(packet.time, sink);
        if let Some(noting) = &mut self.core.noting {
            noting.begin(&decoded);
        }
        let origin = Origin {
            packet,
            frames: &[packet.frame_ref()],
            joined: false,
            too_long: false,
        };
        self.handle_decoded(&mut decoded, &origin, sink);
    }

    /// Capture time has come to `now`: at each whole second, closes what is due. Packets call it with their
    /// own time; a live capture also calls it while none come. On whole seconds, so that closing does not
    /// depend on who called.
    pub fn advance(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        // Before the first packet there is nothing to close.
        self.core.ties.now = now;
        if self.core.ties.are_waiting() {
            self.core.release_ties(now, sink);
        }
        if self.core.first_time.is_some() && self.next_tick.is_none_or(|due| now >= due) {
            let tick = now.floor_to(TICK);
            self.handle_time(tick, sink);
            self.next_tick = Some(tick + TICK);
        }
    }

    /// What was counted so far; some counts are settled when the capture is over only.
    pub fn counters(&self) -> &Counters {
        &self.core.counters
    }

    /// The media of calls as it is now, for display while it runs.
    pub fn media(&self) -> &media::Tracker {
        &self.core.media
    }

    /// Call-IDs that are followed now.
    pub fn open_call_ids(&self) -> usize {
        self.core.calls.open_call_ids()
    }

    /// About how many bytes they take.
    pub fn open_bytes(&self) -> u64 {
        self.core.calls.open_bytes()
    }

    fn handle_time(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        self.fragments.expire(now);
        self.show_incomplete(sink);
        self.sctp.expire(now);
        let core = &mut self.core;
        self.tcp.expire(now, &mut |event| {
            core.handle_stream(event, sink);
        });
        self.label_sip_connections();
        let core = &mut self.core;
        let now = core.agent_lag.apply(now);
        sink.due(now);
        while core.calls.handle_time(now) {
            core.hand_on_signalling(Some(now), sink);
        }
        core.expire_pieces(now, sink);
        core.media.handle_time(now);
        core.hand_on(Some(now), sink);
        sink.time(now);
    }
}
