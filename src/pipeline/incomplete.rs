//! SIP whose first fragment is there and the rest is not: shown as far as it goes.
//!
//! A capture filter on ports keeps first fragments only, as the later ones have no ports. Such a message would be
//! given up when no fragment may come any more, long after its answers; so the answer itself, which proves that all
//! of it arrived, gives it up at once.

use super::datagrams::could_be_sip;
use super::{Capture, Core, Fate, Pipeline, Sink};
use crate::decode::{self, Datagram, Decoded, FragmentKey};
use crate::reassembly::Incomplete;
use crate::sip::{self, Flaw, Framing};
use crate::types::{CaptureTime, FlawCode, Transport};

impl Pipeline {
    /// Shows what a SIP message proves to have arrived: fragments of the same Call-ID between its two hosts.
    #[cold]
    pub(super) fn show_answered(
        &mut self,
        datagram: &Datagram<'_>,
        time: CaptureTime,
        sink: &mut dyn Sink,
    ) {
        let payload = datagram.payload;
        if !could_be_sip(payload) || !sip::starts_like_sip(payload) {
            return;
        }
        let message = sip::parse_message(payload, Framing::Truncated);
        let call_id = message.as_ref().and_then(sip::Message::call_id);
        let Some(call_id) = call_id.filter(|id| !id.is_empty()) else {
            return;
        };
        let flow = datagram.meta.flow;
        let is_asked = |key: &FragmentKey, bytes: &[u8]| {
            // A copy of the message itself is no answer to it.
            !key.is_of(flow.src.addr, datagram.meta.ip_id)
                && memchr::memmem::find(bytes, call_id).is_some()
        };
        self.fragments
            .give_up_between(flow.key().hosts(), time, is_asked);
        self.show_incomplete(sink);
    }

    /// Shows what was given up.
    pub(super) fn show_incomplete(&mut self, sink: &mut dyn Sink) {
        while let Some(incomplete) = self.fragments.poll_incomplete() {
            self.core.handle_incomplete(&incomplete, sink);
        }
    }
}

impl Core {
    fn handle_incomplete(&mut self, incomplete: &Incomplete, sink: &mut dyn Sink) {
        let part = &incomplete.part;
        let mut decoded =
            decode::decode_ip_payload(&part.ip, part.protocol, &part.payload, part.wire_len);
        self.networks.place(&mut decoded);
        let Decoded::Udp(datagram) = decoded else {
            return;
        };
        let is_sip = could_be_sip(datagram.payload)
            && sip::starts_like_sip(datagram.payload)
            && sip::parse_message(datagram.payload, Framing::Truncated).is_some();
        if !is_sip {
            return;
        }
        let packets = part.frames.len() as u64;
        self.counters.fates.take(Fate::FragmentIncomplete, packets);
        self.counters.sip_fragments += packets;
        let capture = Capture {
            frame: part.frames.last().copied().unwrap_or_default(),
            frames: &part.frames,
            time: incomplete.time,
            flow: datagram.meta.flow,
            transport: Transport::Udp,
            location: None,
            duplicate_of: None,
            truncated: true,
            fragments_missing: true,
            too_long: false,
            stack: datagram.meta.stack,
        };
        sink.given_up(&datagram, &part.frames);
        let fate = self.handle_datagram(&datagram, capture, None, sink);
        self.counters.fates.add(fate, packets);
    }
}

/// What is wrong with a message whose later fragments never came.
pub(super) fn flaw(datagram: &Datagram<'_>) -> Flaw {
    Flaw {
        code: FlawCode::FragmentsMissing,
        header: None,
        text: format!(
            "only {} of its {} bytes were captured: later IP fragments are missing",
            datagram.payload.len(),
            datagram.wire_payload_len
        ),
        source: Some("RFC 791 §3.2"),
    }
}
