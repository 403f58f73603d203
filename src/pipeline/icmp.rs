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
        if sip::starts_like_sip(error.quoted_payload)
            && let Some(message) = sip::parse_message(error.quoted_payload, Framing::Truncated)
        {
            self.calls.handle_icmp(
                &message,
                call::IcmpSeen {
                    kind: error.kind,
                    code: error.code,
                    v6: error.v6,
                    quoted: error.quoted,
                    frame: packet.frame_ref(),
                    count: 1,
                },
            );
            return Fate::IcmpSip;
        }
        let is_media = self
            .media
            .handle_icmp(error.quoted, packet.time, packet.frame_ref());
        match is_media {
            true => Fate::IcmpMedia,
            false => Fate::IcmpError,
        }
    }
}
