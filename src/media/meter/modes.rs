//! In which modes a codec sent whose payloads name them (AMR, AMR-WB).

use super::{MeterPacket, StreamMeter};
use crate::types::PayloadType;
use crate::types::codec::Framing;

/// Payloads of one type by the frame type of their first frame. At most one a payload type.
#[derive(Clone, Copy, Debug)]
pub(super) struct ModesSeen {
    payload_type: PayloadType,
    counts: [u32; 16],
}

impl StreamMeter {
    #[inline(never)]
    pub(super) fn count_mode(&mut self, p: &MeterPacket<'_>, framing: Framing) {
        let Some(frame_type) = framing.frame_type(p.payload) else {
            return;
        };
        let pt = p.header.payload_type;
        let seen = &mut self.seldom.get_or_insert_default().modes;
        let at = match seen.iter().position(|m| m.payload_type == pt) {
            Some(at) => at,
            None if seen.len() >= super::MAX_PAYLOADS => return,
            None => {
                seen.push(ModesSeen {
                    payload_type: pt,
                    counts: [0; 16],
                });
                seen.len() - 1
            }
        };
        let modes = seen.get_mut(at);
        if let Some(n) = modes.and_then(|m| m.counts.get_mut(usize::from(frame_type))) {
            *n = n.saturating_add(1);
        }
    }

    /// Payloads of a type by frame type; `None` where they name none.
    pub(super) fn modes(&self, pt: PayloadType) -> Option<&[u32; 16]> {
        let seen = &self.seldom.as_deref()?.modes;
        let of_type = seen.iter().find(|m| m.payload_type == pt)?;
        Some(&of_type.counts)
    }
}
