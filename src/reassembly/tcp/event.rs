//! What following TCP yields, its bounds and its counts.

use crate::types::{CaptureTime, Delta, Flow, FrameRef};

/// Something that happened on a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEvent<'a> {
    /// The next bytes of a direction, in order and each once.
    Data {
        /// Who sent them to whom.
        flow: Flow,
        /// Never empty.
        bytes: &'a [u8],
        /// The packet they came in.
        frame: FrameRef,
        /// When that was captured.
        time: CaptureTime,
        /// The beginning of this direction was not captured, so its first bytes may stand in the middle of a message.
        mid_stream: bool,
    },
    /// Bytes the capture does not have; what follows does not continue what came before.
    Gap {
        /// The direction concerned.
        flow: Flow,
        /// How many bytes are missing.
        missing: u64,
    },
    /// No more bytes follow in this direction.
    End {
        /// The direction concerned.
        flow: Flow,
        /// By whom or what it was ended.
        reason: EndReason,
    },
}

/// Why a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// FIN, and everything before it was delivered or declared missing.
    Fin,
    /// RST.
    Reset,
    /// Another connection uses the same ports.
    PortReused,
    /// The table was full.
    Evicted,
    /// The capture ends.
    CaptureEnd,
}

impl EndReason {
    /// The lower snake case token.
    pub const fn name(self) -> &'static str {
        match self {
            EndReason::Fin => "fin",
            EndReason::Reset => "reset",
            EndReason::PortReused => "port_reused",
            EndReason::Evicted => "evicted",
            EndReason::CaptureEnd => "capture_end",
        }
    }
}

/// What a connection was found to be, as its user numbers it; packets are counted by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpLabel(u8);

impl TcpLabel {
    /// Labels there are.
    pub const COUNT: usize = 8;
    /// What every connection begins with.
    pub const UNKNOWN: TcpLabel = TcpLabel(0);

    /// A label of the user's; numbers from [`TcpLabel::COUNT`] on count as the last.
    pub const fn new(number: u8) -> TcpLabel {
        // COUNT is 8.
        let last = TcpLabel::COUNT as u8 - 1;
        TcpLabel(if number < last { number } else { last })
    }

    /// Its place in counts by label.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Bounds of TCP reassembly.
#[derive(Clone, Copy, Debug)]
pub struct TcpLimits {
    /// Connections followed.
    pub flows: usize,
    /// Bytes queued behind a hole, each direction; beyond it the hole is declared lost.
    pub queued_per_direction: usize,
    /// Bytes queued in all.
    pub queued_total: usize,
    /// How long, in capture time, bytes wait behind a hole.
    pub hole_timeout: Delta,
}

impl Default for TcpLimits {
    fn default() -> Self {
        TcpLimits {
            flows: 10_000,
            queued_per_direction: 256 << 10,
            queued_total: 64 << 20,
            hole_timeout: Delta::from_secs(3),
        }
    }
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpCounters {
    /// Segments seen.
    pub segments: u64,
    /// Connections begun, those from the middle among them.
    pub connections: u64,
    /// Directions whose beginning was not captured.
    pub mid_stream: u64,
    /// Segments of ignored connections.
    pub ignored_segments: u64,
    /// Bytes delivered in order.
    pub bytes: u64,
    /// Segments whose bytes had all come before.
    pub retransmissions: u64,
    /// Segments that repeat earlier bytes with other values; the first values were kept.
    pub conflicts: u64,
    /// Segments that came before earlier ones.
    pub out_of_order: u64,
    /// Keep-alive probes (RFC 9293 §3.8.4).
    pub keep_alives: u64,
    /// Holes declared lost.
    pub gaps: u64,
    /// Bytes missing in those holes.
    pub gap_bytes: u64,
    /// Holes declared lost because too much waited behind them.
    pub queue_overflows: u64,
    /// Connections reset.
    pub resets: u64,
    /// RST outside the window, not believed (RFC 5961 §3).
    pub bad_resets: u64,
    /// Segments with bytes after the end of their direction.
    pub after_end: u64,
    /// Live connections dropped because the table was full.
    pub evicted: u64,
}
