//! ICMP errors: evidence about what could not be delivered.

use super::{Core, Fate};
use crate::call;
use crate::decode::IcmpError;
use crate::sip::{self, Framing};
use crate::types::Packet;

impl Core {
    /// What became of the packet.
    pub(super) fn handle_icmp(&mut self, error: &IcmpError<'_>, packet: &Packet<'_>) -> Fate {
        // A quoted message is evidence against its transaction, never a message (RFC 792).
        // Many hosts quote eight octets of it, which are no more than ports (RFC 792).
        let message = sip::starts_like_sip(error.quoted_payload)
            .then(|| sip::parse_message(error.quoted_payload, Framing::Truncated))
            .flatten();
        let seen = call::IcmpSeen {
            kind: error.kind,
            code: error.code,
            v6: error.v6,
            quoted: error.quoted,
            frame: packet.frame_ref(),
            count: 1,
            message: None,
        };
        let is_sip = self.calls.handle_icmp(message.as_ref(), packet.time, seen);
        if is_sip || message.is_some() {
            return Fate::IcmpSip;
        }
        let is_media = self.media.handle_icmp(error.quoted);
        match is_media {
            true => Fate::IcmpMedia,
            false => Fate::IcmpError,
        }
    }
}
