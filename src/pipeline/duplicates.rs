//! Second copies of one packet made by the capture itself: the `any` device, a mirror of both
//! sides of a bridge or router. They are no retransmissions and no duplicates of the network.

use crate::decode::Datagram;
use crate::types::{CaptureTime, Delta, MessageId};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};

/// How far apart two copies of one packet may be.
const WINDOW: Delta = Delta::from_millis(50);

/// Remembered packets; a power of two. At 50 000 packets a second this spans 80 ms.
const SLOTS: usize = 4096;

#[derive(Clone, Copy)]
struct Slot {
    print: u64,
    link_print: u64,
    time: CaptureTime,
    message: Option<MessageId>,
    ttl: u8,
}

/// Whether a packet was captured before.
pub(super) enum Seen {
    First,
    /// A copy; `message` is the SIP message of the first one.
    Again {
        message: Option<MessageId>,
    },
}

/// A direct-mapped memory of the last packets.
pub(super) struct Duplicates {
    slots: Box<[Option<Slot>]>,
}

impl Duplicates {
    pub(super) fn new() -> Self {
        Duplicates {
            slots: vec![None; SLOTS].into_boxed_slice(),
        }
    }

    fn place(print: u64) -> usize {
        // The mask keeps it below SLOTS.
        (print as usize) & (SLOTS - 1)
    }

    /// Equal bytes between equal endpoints with one IP identification within 50 ms are one packet
    /// where its way through the capture differs (other MAC, VLAN, interface or TTL), or where it
    /// is SIP: SIP is never repeated that fast. Equal RTP from one and the same link is left alone:
    /// networks do duplicate it.
    pub(super) fn look(
        &mut self,
        datagram: &Datagram<'_>,
        time: CaptureTime,
        is_text: bool,
    ) -> Seen {
        let print = print_of(datagram);
        let Some(slot) = self.slots.get_mut(Self::place(print)) else {
            return Seen::First;
        };
        if let Some(first) = slot
            && first.print == print
            && (time - first.time).abs() <= WINDOW
        {
            let other_way =
                first.link_print != datagram.meta.link_print || first.ttl != datagram.meta.ttl;
            let marked = datagram.meta.ip_id.is_some_and(|id| id != 0);
            if other_way || (is_text && marked) {
                return Seen::Again {
                    message: first.message,
                };
            }
        }
        *slot = Some(Slot {
            print,
            link_print: datagram.meta.link_print,
            time,
            message: None,
            ttl: datagram.meta.ttl,
        });
        Seen::First
    }

    /// Says which message the packet just looked at turned out to be.
    pub(super) fn remember(
        &mut self,
        datagram: &Datagram<'_>,
        time: CaptureTime,
        message: MessageId,
    ) {
        let print = print_of(datagram);
        if let Some(Some(slot)) = self.slots.get_mut(Self::place(print))
            && slot.print == print
            && slot.time == time
        {
            slot.message = Some(message);
        }
    }
}

fn print_of(datagram: &Datagram<'_>) -> u64 {
    let mut h = FixedState::default().build_hasher();
    datagram.meta.flow.hash(&mut h);
    h.write_u32(datagram.meta.ip_id.unwrap_or(0));
    h.write_u16(datagram.checksum);
    h.write_u32(datagram.wire_payload_len);
    // The UDP checksum covers the rest, except where it is offloaded or absent.
    let payload = datagram.payload;
    h.write(&payload[..payload.len().min(32)]);
    h.write(&payload[payload.len().saturating_sub(16)..]);
    h.finish()
}
