//! A frame reference in eight octets, for state kept once a stream.

use super::packet::{FrameNo, FrameRef, SourceId};

const FRAME_BITS: u32 = 48;

/// Source and frame number packed: 16 and 48 bits. No capture has 2^48 packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackedFrame(u64);

impl From<FrameRef> for PackedFrame {
    fn from(f: FrameRef) -> Self {
        let frame = f.frame.0.min((1 << FRAME_BITS) - 1);
        PackedFrame(u64::from(f.source.0) << FRAME_BITS | frame)
    }
}

impl From<PackedFrame> for FrameRef {
    fn from(p: PackedFrame) -> Self {
        FrameRef {
            // What the shift leaves is the 16 bits put there.
            source: SourceId((p.0 >> FRAME_BITS) as u16),
            frame: FrameNo(p.0 & ((1 << FRAME_BITS) - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out() {
        let f = FrameRef {
            source: SourceId(65535),
            frame: FrameNo(123_456_789_012),
        };
        assert_eq!(FrameRef::from(PackedFrame::from(f)), f);
    }
}
