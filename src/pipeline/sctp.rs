//! SIP over SCTP (RFC 4168): one user message is one SIP message.

use super::packets::Origin;
use super::place::locate;
use super::{Capture, Core, Fate, Pipeline, Sink};
use crate::decode::{SctpPacket, Stack};
use crate::reassembly::SctpMessage;
use crate::sip::{self, Framing};
use crate::types::{FrameRef, Packet, Transport};

impl Pipeline {
    /// What became of the packet.
    pub(super) fn handle_sctp(
        &mut self,
        sctp: &SctpPacket<'_>,
        origin: &Origin<'_>,
        sink: &mut dyn Sink,
    ) -> Fate {
        let (core, packet) = (&mut self.core, origin.packet);
        let packets = origin.packets();
        core.counters.fates.add(Fate::OtherSctp, packets);
        let mut counted = None;
        self.sctp
            .handle_packet(sctp, packet.frame_ref(), packet.time, &mut |message| {
                core.handle_sctp_message(&message, packet, sctp.meta.stack, &mut counted, sink)
            });
        if counted.is_none() {
            return Fate::OtherSctp;
        }
        // Its messages name the packet that completed the datagram; the others carried as much.
        core.counters
            .fates
            .turn(Fate::OtherSctp, Fate::SipSctp, packets - 1);
        Fate::SipSctp
    }
}

impl Core {
    /// `stack`: the layers of the packet; `counted`: the packet whose messages came before this one.
    fn handle_sctp_message(
        &mut self,
        message: &SctpMessage<'_>,
        packet: &Packet<'_>,
        stack: Stack,
        counted: &mut Option<FrameRef>,
        sink: &mut dyn Sink,
    ) {
        let truncated = message.truncated || message.too_long;
        let framing = if truncated {
            Framing::Truncated
        } else {
            Framing::Datagram
        };
        let Some(parsed) = sip::parse_message(message.bytes, framing) else {
            return;
        };
        // A packet that carries two messages counts once.
        let new = message.frames.iter().filter(|f| Some(**f) != *counted);
        let new = new.count() as u64;
        self.counters
            .fates
            .turn(Fate::OtherSctp, Fate::SipSctp, new);
        *counted = message.frames.last().copied();
        let capture = Capture {
            frame: packet.frame_ref(),
            frames: message.frames,
            time: message.time,
            flow: message.flow,
            transport: Transport::Sctp,
            location: locate(packet, parsed.raw),
            duplicate_of: None,
            truncated,
            fragments_missing: false,
            too_long: false,
            stack,
        };
        let flaw = match () {
            () if message.too_long => Some(sip::Flaw::too_long("the message", message.bytes.len())),
            () if truncated => Some(sip::Flaw::cut("its other packets are missing")),
            () => None,
        };
        self.handle_message(&parsed, capture, flaw.as_slice(), sink);
    }
}
