//! A packet to its kind: joined where it came in fragments, unpacked where an agent compressed it.

use super::core::Capture;
use super::relayed::inflate;
use super::{Fate, Pipeline, Sink};
use crate::decode::{self, Datagram, Decoded, Fragment, Relayed};
use crate::reassembly::{FragmentOutcome, Reassembled, TcpLabel};
use crate::types::{FrameRef, Packet};

/// Where what was decoded comes from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The packet at hand.
    pub(super) packet: &'a Packet<'a>,
    /// The packets it is in: that one, or the fragments it was joined of.
    pub(super) frames: &'a [FrameRef],
    /// It had to be joined: it stands nowhere in the file.
    pub(super) joined: bool,
    /// An agent had compressed more of it than is read.
    pub(super) too_long: bool,
}

impl<'a> Origin<'a> {
    /// The packet all of it is in; `None` where it had to be joined.
    pub(super) fn unbroken(&self) -> Option<&'a Packet<'a>> {
        Some(self.packet).filter(|_| !self.joined)
    }

    /// How many packets it is in.
    pub(super) fn packets(&self) -> u64 {
        self.frames.len() as u64
    }
}

impl Pipeline {
    /// Takes what a packet brought, or the datagram it completed.
    pub(super) fn handle_decoded(
        &mut self,
        decoded: &mut Decoded<'_>,
        origin: &Origin<'_>,
        sink: &mut dyn Sink,
    ) {
        let Origin { packet, .. } = *origin;
        let packets = origin.packets();
        self.core.networks.place(decoded);
        let mut undecided = false;
        let fate = match decoded {
            Decoded::Udp(datagram) => {
                if self.fragments.are_waiting() {
                    self.show_answered(datagram, packet.time, sink);
                }
                let capture = Capture::of(origin, datagram);
                let fate = self
                    .core
                    .handle_datagram(datagram, capture, origin.unbroken(), sink);
                self.core.counters.fates.add(fate, packets);
                fate
            }
            Decoded::Tcp(segment) => {
                segment.meta.flow = self.place_segment(segment);
                let label = self.handle_segment(segment, packet.frame_ref(), packet.time, sink);
                if packets > 1 {
                    self.tcp.count_more(segment.meta.flow.key(), packets - 1);
                }
                // Counted when the capture is over, by what the connection was found to be.
                undecided = label == TcpLabel::UNKNOWN;
                Fate::of_label(label)
            }
            Decoded::Relayed(relayed) if relayed.compressed => {
                match self.unpack(relayed, origin, sink) {
                    None => return,
                    Some(fate) => fate,
                }
            }
            Decoded::Relayed(relayed) => {
                let fate = self.core.handle_relayed(relayed, origin, sink);
                self.core.counters.fates.add(fate, packets);
                fate
            }
            Decoded::Sctp(sctp) => self.handle_sctp(sctp, origin, sink),
            Decoded::Fragment(fragment) => match self.join(fragment, origin, sink) {
                None => return,
                Some(fate) => fate,
            },
            Decoded::Icmp(error) => {
                let fate = self.core.handle_icmp(error, packet);
                self.core.counters.fates.add(fate, packets);
                fate
            }
            Decoded::Other(kind) => {
                let fate = Fate::of_other(*kind);
                self.core.counters.fates.add(fate, packets);
                fate
            }
            Decoded::Undecoded(reason) => {
                self.core.counters.note_undecoded(reason.as_str(), packets)
            }
        };
        if self.core.noting.is_some() {
            let from = (packet, origin.frames);
            self.core.note(from, decoded, (fate, undecided), |note| {
                sink.packet(note);
            });
        }
    }

    /// Takes a fragment; what became of it, or `None` where it completed a datagram and that was handled.
    fn join(
        &mut self,
        fragment: &Fragment<'_>,
        origin: &Origin<'_>,
        sink: &mut dyn Sink,
    ) -> Option<Fate> {
        let packets = origin.packets();
        let counters = &mut self.core.counters;
        let time = origin.packet.time;
        match self
            .fragments
            .handle_fragment(fragment, origin.frames, time)
        {
            FragmentOutcome::Complete(whole) => {
                // The others waited; now all share the fate of the datagram.
                let others = (whole.frames.len() as u64).saturating_sub(packets);
                counters.fates.take(Fate::FragmentIncomplete, others);
                self.handle_joined(&whole, origin, sink);
                None
            }
            FragmentOutcome::Pending => {
                counters.fates.add(Fate::FragmentIncomplete, packets);
                Some(Fate::FragmentIncomplete)
            }
            FragmentOutcome::Copy => {
                counters.fates.add(Fate::FragmentCopy, packets);
                if self.core.duplicates.is_some() {
                    counters.capture_duplicates += packets;
                }
                Some(Fate::FragmentCopy)
            }
            FragmentOutcome::Dropped(reason) => {
                Some(counters.note_undecoded(reason.as_str(), packets))
            }
        }
    }

    fn handle_joined(&mut self, whole: &Reassembled, origin: &Origin<'_>, sink: &mut dyn Sink) {
        let mut decoded =
            decode::decode_ip_payload(&whole.ip, whole.protocol, &whole.payload, whole.wire_len);
        if let Decoded::Relayed(relayed) = &decoded {
            let captured = origin.packet.time;
            self.core.agent_lag.note(relayed.time, captured);
        }
        let joined = Origin {
            frames: &whole.frames,
            joined: true,
            ..*origin
        };
        self.handle_decoded(&mut decoded, &joined, sink);
    }

    /// Takes a payload that an agent compressed; what became of the packet, or `None` where it was unpacked and
    /// handled.
    #[cold]
    fn unpack(
        &mut self,
        relayed: &Relayed<'_>,
        origin: &Origin<'_>,
        sink: &mut dyn Sink,
    ) -> Option<Fate> {
        let core = &mut self.core;
        let datagram = relayed.datagram;
        let Some((bytes, too_long)) = inflate(datagram.payload) else {
            let packets = origin.packets();
            return Some(core.counters.note_undecoded("bad_compression", packets));
        };
        core.relayed_too_long += u64::from(too_long);
        let unpacked = Relayed {
            datagram: Datagram {
                payload: &bytes,
                wire_payload_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                ..datagram
            },
            compressed: false,
            ..*relayed
        };
        let origin = Origin {
            too_long,
            ..*origin
        };
        self.handle_decoded(&mut Decoded::Relayed(unpacked), &origin, sink);
        None
    }
}
