//! SIP over SCTP (RFC 4168): one user message is one SIP message.

use super::place::locate;
use super::{Capture, Core, Sink};
use crate::reassembly::SctpMessage;
use crate::sip::{self, Framing};
use crate::types::{Packet, Transport};

impl Core {
    pub(super) fn handle_sctp(
        &mut self,
        message: &SctpMessage<'_>,
        packet: &Packet<'_>,
        sink: &mut dyn Sink,
    ) {
        let framing = if message.truncated {
            Framing::Truncated
        } else {
            Framing::Datagram
        };
        let Some(parsed) = sip::parse_message(message.bytes, framing) else {
            return;
        };
        self.counters.sip_packets += message.frames.len() as u64;
        let capture = Capture {
            frame: packet.frame_ref(),
            frames: message.frames,
            time: message.time,
            flow: message.flow,
            transport: Transport::Sctp,
            location: locate(packet, parsed.raw),
            duplicate_of: None,
            truncated: message.truncated,
        };
        self.handle_message(&parsed, capture, &[], sink);
    }
}
