//! Frames joined to messages (RFC 6455 §5.4), their bounds and counts.

use super::frame::{Header, Opcode, unmask_into};
use super::queue::Carried;
use crate::types::{CaptureTime, FrameRef};

/// Bounds of one direction's memory and patience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebSocketLimits {
    /// Longest message, after inflating; of a longer one only so much is read.
    pub max_message: usize,
    /// Longest HTTP head of the handshake.
    pub max_head: usize,
    /// Bytes without a sign of the wanted protocol after which the stream is taken as something else.
    pub probe: u64,
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        WebSocketLimits {
            max_message: 1 << 20,
            max_head: 16 << 10,
            probe: 16 << 10,
        }
    }
}

/// One message and what carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketMessage {
    /// The payload of its frames, unmasked and inflated.
    pub bytes: Vec<u8>,
    /// The capture lacks its end.
    pub truncated: bool,
    /// It is longer than [`WebSocketLimits::max_message`]; the rest was passed over.
    pub too_long: bool,
    /// Time of the packet with its first byte.
    pub first_time: CaptureTime,
    /// Time of the packet that completed it.
    pub time: CaptureTime,
    /// The packets that carried it, in order; the last completed it.
    pub frames: Vec<FrameRef>,
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebSocketCounters {
    /// Messages read.
    pub messages: u64,
    /// Close, ping and pong.
    pub control_frames: u64,
    /// Bytes that belong to no frame that was read.
    pub skipped_bytes: u64,
    /// How often a frame was expected and something else stood there.
    pub desyncs: u64,
    /// Messages of which only the beginning was read because they exceed [`WebSocketLimits::max_message`].
    pub too_long: u64,
    /// Frames that continue nothing, and messages that another one interrupted.
    pub broken: u64,
    /// Compressed messages that could not be read: damaged, or they refer to messages not captured.
    pub not_inflated: u64,
    /// Holes in the byte stream, as TCP reassembly reports them.
    pub gaps: u64,
    /// Bytes missing in those holes.
    pub lost_bytes: u64,
}

/// Packets that carry one message at most: empty fragments must not fill memory.
const MAX_PACKETS: usize = 4096;

/// A message whose last frame has not come.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    bytes: Vec<u8>,
    compressed: bool,
    carried: Carried,
}

/// What a frame brought.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// The whole message, and whether it is compressed.
    pub(super) message: Option<(WebSocketMessage, bool)>,
    /// The frame continues nothing, or another message was interrupted.
    pub(super) broken: bool,
    /// A message was interrupted that was compressed, so later ones may refer to what nobody saw.
    pub(super) compressed_lost: bool,
}

impl Assembly {
    /// Takes a data or continuation frame in.
    pub(super) fn add(
        &mut self,
        header: &Header,
        payload: &[u8],
        carried: Carried,
        max: usize,
    ) -> Added {
        let mut added = Added::default();
        if header.opcode == Opcode::Continuation {
            match &mut self.begun {
                Some(begun) => begun.carried.append(carried),
                None => added.broken = true,
            }
        } else {
            let begun = Begun {
                bytes: Vec::new(),
                compressed: header.compressed,
                carried,
            };
            if let Some(interrupted) = self.begun.replace(begun) {
                added.broken = true;
                added.compressed_lost = interrupted.compressed;
            }
        }
        let Some(begun) = &mut self.begun else {
            return added;
        };
        let room = max.saturating_sub(begun.bytes.len()).min(payload.len());
        let too_long = room < payload.len() || begun.carried.frames.len() > MAX_PACKETS;
        let taken = payload.get(..room).unwrap_or_default();
        unmask_into(&mut begun.bytes, taken, header.mask);
        if header.fin || too_long {
            added.message = self.begun.take().map(|whole| {
                let message = WebSocketMessage {
                    bytes: whole.bytes,
                    truncated: false,
                    too_long,
                    first_time: whole.carried.first_time,
                    time: whole.carried.time,
                    frames: whole.carried.frames,
                };
                (message, whole.compressed)
            });
        }
        added
    }

    /// Forgets what was begun.
    pub(super) fn clear(&mut self) {
        self.begun = None;
    }

    /// The message so far, compressed as it may be.
    pub(super) fn bytes(&self) -> &[u8] {
        self.begun.as_ref().map_or(&[], |begun| &begun.bytes)
    }

    /// Bytes held.
    pub(super) fn len(&self) -> usize {
        self.begun.as_ref().map_or(0, |begun| begun.bytes.len())
    }
}
