//! Datagrams: SIP, or else perhaps media.

use super::duplicates::Seen;
use super::incomplete;
use super::place::{locate, narrow};
use super::{Capture, Core, Fate, Sink};
use crate::decode::{Datagram, Meta};
use crate::media::MediaPacket;
use crate::sip::{self, Framing};
use crate::types::Packet;

impl Core {
    /// What became of it. `packet`: the packet all of it is in; `None` where it had to be joined of fragments.
    pub(super) fn handle_datagram(
        &mut self,
        datagram: &Datagram<'_>,
        mut capture: Capture<'_>,
        packet: Option<&Packet<'_>>,
        sink: &mut dyn Sink,
    ) -> Fate {
        let is_text = could_be_sip(datagram.payload);
        if let Some(duplicates) = &mut self.duplicates {
            match duplicates.look(datagram, capture.frame.source, capture.time, is_text) {
                Seen::First => {}
                Seen::Elsewhere => {
                    self.counters.capture_duplicates += capture.frames.len() as u64;
                    self.media.handle_copy(&media_packet(datagram, &capture));
                    return Fate::UdpCopy;
                }
                Seen::Again { message } => {
                    self.counters.capture_duplicates += capture.frames.len() as u64;
                    if message.is_none() {
                        return Fate::UdpCopy;
                    }
                    capture.duplicate_of = message;
                }
            }
        }
        if is_text {
            capture.location = packet.and_then(|packet| locate(packet, datagram.payload));
        }
        self.handle_payload(datagram, &capture, sink)
    }

    fn handle_payload(
        &mut self,
        datagram: &Datagram<'_>,
        capture: &Capture<'_>,
        sink: &mut dyn Sink,
    ) -> Fate {
        if could_be_sip(datagram.payload)
            && let Some(fate) = self.handle_text(datagram, capture, sink)
        {
            return fate;
        }
        let class = self.media.handle_datagram(&media_packet(datagram, capture));
        Fate::of_media(class)
    }

    /// What became of it where it was a message. Kept out of the way of media, which is most of a capture.
    #[inline(never)]
    fn handle_text(
        &mut self,
        datagram: &Datagram<'_>,
        capture: &Capture<'_>,
        sink: &mut dyn Sink,
    ) -> Option<Fate> {
        let payload = datagram.payload;
        let framing = if capture.truncated {
            Framing::Truncated
        } else {
            Framing::Datagram
        };
        let message = sip::starts_like_sip(payload)
            .then(|| sip::parse_message(payload, framing))
            .flatten();
        let message = message?;
        let location = capture
            .location
            .and_then(|l| narrow(l, payload, message.raw));
        let flaws: &[sip::Flaw] = match () {
            () if capture.fragments_missing => &[incomplete::flaw(datagram)],
            () if capture.too_long => &[sip::Flaw::too_long("the message", payload.len())],
            () if capture.truncated => &[sip::Flaw::cut(&format!(
                "only {} of its {} octets were kept (snap length)",
                payload.len(),
                datagram.wire_payload_len
            ))],
            () => &[],
        };
        let capture = Capture {
            location,
            ..*capture
        };
        let placed = self.handle_message(&message, capture, flaws, sink);
        if let Some(duplicates) = &mut self.duplicates {
            let print = duplicates.last_print();
            match placed {
                Some(id) => duplicates.remember(print, capture.time, id),
                None => self.ties.note_print(print),
            }
        }
        Some(match capture.duplicate_of {
            None => Fate::SipUdp,
            Some(_) => Fate::SipUdpCopy,
        })
    }
}

fn media_packet<'a>(datagram: &Datagram<'a>, capture: &Capture<'_>) -> MediaPacket<'a> {
    let Meta {
        flow,
        ip_bytes,
        link_bytes,
        stack,
        ttl,
        ..
    } = datagram.meta;
    MediaPacket {
        flow,
        time: capture.time,
        frame: capture.frame,
        payload: datagram.payload,
        wire_payload_len: datagram.wire_payload_len,
        ip_bytes,
        link_bytes,
        stack,
        ttl,
    }
}

/// Whether the first byte leaves SIP possible: media and STUN start below or above printable text.
pub(super) fn could_be_sip(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|&b| b == b'\r' || b == b'\n' || (b > b' ' && b < 0x7f))
}
