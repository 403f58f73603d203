//! What is kept of each stream beside its figures, only where somebody asks for it.

/// What sound is listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hearing {
    /// None: nobody shows what was heard.
    Nothing,
    /// What may hold keys.
    #[default]
    Keys,
    /// All that can be decoded.
    All,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamExtras {
    /// Figures second by second.
    pub series: bool,
    /// The numbers that worked arithmetic begins with.
    pub work: bool,
    /// Packets whose arrival is kept one by one.
    pub packets: Option<PacketRange>,
}

impl StreamExtras {
    /// Nothing is asked for.
    pub fn is_none(self) -> bool {
        self == StreamExtras::default()
    }
}

/// Packets of each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRange {
    /// The numbers are those of frames; else packets of the stream are counted from 1, as they came.
    pub frames: bool,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl PacketRange {
    /// Packets kept of one stream at most.
    pub const MOST: u64 = 1000;

    /// True for the `number`th packet of a stream, from 1, in this frame.
    pub fn has(&self, number: u64, frame: u64) -> bool {
        let of = if self.frames { frame } else { number };
        (self.first..=self.last).contains(&of)
    }
}
