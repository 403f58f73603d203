//! permessage-deflate (RFC 7692): one message at a time, against a window of earlier messages.
//!
//! A decompressor is made for each message and shown the window as a stored block first, so that a
//! silent connection keeps at most the window, and a broken message spoils nothing but the window.
//! Where the window is not known (the capture began later, or lost something), it is taken as NUL
//! bytes: SIP text has none, so a message that comes out without them referred to nothing unknown.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memchr;

/// The window of the largest `max_window_bits`; a sender with a smaller one refers back less far.
const WINDOW: usize = 32 << 10;

/// The end of a message's last block, which senders leave out (§7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A message is inflated to its end, for later ones may refer to it, unless it is so many times too long.
const BOMB: usize = 4;

/// Why a message could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Not DEFLATE data.
    Corrupt,
    /// More comes out than anybody means to send.
    Bomb,
    /// It refers to earlier messages that the capture does not have.
    EarlierMissing,
}

/// One direction's decompression.
#[derive(Debug)]
pub(super) struct Inflater {
    /// The sender refers back to earlier messages ("context takeover").
    takes_over: bool,
    /// The end of what came out so far.
    window: Vec<u8>,
    /// What came before the window is not known.
    cut: bool,
    /// The window holds NUL bytes that stand for what is not known.
    holes: bool,
}

impl Inflater {
    /// Before the first message of a direction, or before the first one captured (`mid_stream`).
    pub(super) fn new(mid_stream: bool) -> Inflater {
        Inflater {
            takes_over: true,
            window: Vec::new(),
            cut: mid_stream,
            holes: false,
        }
    }

    /// Every message stands alone (§7.1.1).
    pub(super) fn forget_context(&mut self) {
        *self = Inflater::new(false);
        self.takes_over = false;
    }

    /// Messages were missed.
    pub(super) fn lose_context(&mut self) {
        if self.takes_over {
            *self = Inflater::new(true);
        }
    }

    /// Inflates a message; of one longer than `max` the first `max` bytes, and true.
    pub(super) fn inflate(
        &mut self,
        compressed: &[u8],
        max: usize,
    ) -> Result<(Vec<u8>, bool), Failure> {
        let mut text = match self.run(&[compressed, &TAIL], max.saturating_mul(BOMB)) {
            Ok(text) => text,
            Err(Failure::Bomb) => {
                let text = self.peek(compressed, max);
                self.lose_context();
                return Ok((text, true));
            }
            Err(failure) => {
                self.lose_context();
                return Err(failure);
            }
        };
        let unsure = self.cut || self.holes;
        if self.takes_over {
            self.slide(&text);
            self.holes = unsure && memchr(0, &self.window).is_some();
        }
        if unsure && memchr(0, &text).is_some() {
            return Err(Failure::EarlierMissing);
        }
        let too_long = text.len() > max;
        text.truncate(max);
        Ok((text, too_long))
    }

    /// False where this is no beginning of compressed text, found without the window: its block cannot begin so,
    /// or the first byte that comes out is no letter.
    pub(super) fn may_be_text(compressed: &[u8]) -> bool {
        may_begin(compressed)
            && Inflater::new(false)
                .peek(compressed, 1)
                .first()
                .is_none_or(u8::is_ascii_alphabetic)
    }

    /// What can be made of the beginning of a message without its end; changes nothing.
    pub(super) fn peek(&self, compressed: &[u8], max: usize) -> Vec<u8> {
        let mut text = Vec::new();
        if let Some(mut inflate) = self.start() {
            // An error shows in what came out before it.
            let _ = pump(&mut inflate, compressed, max, &mut text);
        }
        text
    }

    /// A decompressor that knows the window.
    fn start(&self) -> Option<Decompress> {
        let mut inflate = Decompress::new(false);
        if self.cut {
            let unknown = vec![0; WINDOW - self.window.len().min(WINDOW)];
            show(&mut inflate, &unknown)?;
        }
        show(&mut inflate, &self.window)?;
        Some(inflate)
    }

    fn run(&self, parts: &[&[u8]], max: usize) -> Result<Vec<u8>, Failure> {
        let mut inflate = self.start().ok_or(Failure::Corrupt)?;
        let mut text = Vec::new();
        for part in parts {
            if pump(&mut inflate, part, max, &mut text)? == Status::StreamEnd {
                break; // a last block says that nothing follows (§7.2.3.4)
            }
        }
        Ok(text)
    }

    fn slide(&mut self, text: &[u8]) {
        let kept = WINDOW.saturating_sub(text.len()).min(self.window.len());
        self.window.drain(..self.window.len() - kept);
        let newest = text.len().saturating_sub(WINDOW);
        self.window
            .extend_from_slice(text.get(newest..).unwrap_or_default());
        self.cut &= self.window.len() < WINDOW;
    }
}

/// False for a reserved block type, a stored block whose length and its complement disagree, and a dynamic block
/// whose first code is not complete (RFC 1951 §3.2.3, §3.2.4, §3.2.7).
fn may_begin(compressed: &[u8]) -> bool {
    let mut start = [0; 16];
    start.iter_mut().zip(compressed).for_each(|(s, c)| *s = *c);
    let bits = u128::from_le_bytes(start);
    match bits >> 1 & 3 {
        0 => match compressed {
            [_, a, b, c, d, ..] => [*a, *b] == [!c, !d],
            _ => true,
        },
        2 if compressed.len() >= start.len() => {
            // Behind the counts of the other two codes stand four to nineteen lengths of three bits.
            let lengths = (bits >> 13 & 15) + 4;
            let sum: u128 = (0..lengths)
                .map(|n| bits >> (17 + 3 * n) & 7)
                .filter(|len| *len > 0)
                .map(|len| 1 << (7 - len))
                .sum();
            sum == 1 << 7
        }
        3 => false,
        _ => true,
    }
}

/// Makes `seen` part of what was seen: a stored block that is not the last (RFC 1951 §3.2.4).
fn show(inflate: &mut Decompress, seen: &[u8]) -> Option<()> {
    let len = u16::try_from(seen.len()).ok().filter(|len| *len > 0);
    if let Some(len) = len {
        let [a, b] = len.to_le_bytes();
        let mut out = Vec::with_capacity(seen.len());
        pump(inflate, &[0, a, b, !a, !b], 0, &mut out).ok()?;
        pump(inflate, seen, seen.len(), &mut out).ok()?;
    }
    Some(())
}

/// Feeds `input`, appending what comes out while `text` is no longer than `max`.
fn pump(
    inflate: &mut Decompress,
    mut input: &[u8],
    max: usize,
    text: &mut Vec<u8>,
) -> Result<Status, Failure> {
    let mut chunk = [0u8; 4096];
    loop {
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate
            .decompress(input, &mut chunk, FlushDecompress::Sync)
            .map_err(|_| Failure::Corrupt)?;
        // Both differences are bounded by the slices given.
        let taken = (inflate.total_in() - before_in) as usize;
        let given = (inflate.total_out() - before_out) as usize;
        input = input.get(taken..).unwrap_or_default();
        text.extend_from_slice(chunk.get(..given).unwrap_or_default());
        if text.len() > max {
            text.truncate(max);
            return Err(Failure::Bomb);
        }
        if status == Status::StreamEnd || taken == 0 && given == 0 {
            return Ok(status);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    /// A sender: `Sync` ends each message as §7.2.1 says, without the tail.
    pub(super) fn deflate(compress: &mut Compress, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 64);
        compress
            .compress_vec(text, &mut out, FlushCompress::Sync)
            .unwrap();
        assert!(out.ends_with(&TAIL));
        out.truncate(out.len() - 4);
        out
    }

    /// RFC 7692 §7.2.3.1 to §7.2.3.5, byte for byte.
    #[test]
    fn the_examples_of_the_rfc_are_inflated() {
        let one = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
        let mut inflater = Inflater::new(false);
        assert_eq!(inflater.inflate(&one, 99).unwrap().0, b"Hello");
        assert_eq!(inflater.inflate(&again, 99).unwrap().0, b"Hello");
        let stored = [
            0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0,
        ];
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two = [
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ];
        for example in [&one[..], &stored, &last, &two] {
            assert_eq!(
                Inflater::new(false).inflate(example, 99).unwrap().0,
                b"Hello"
            );
        }
    }

    #[test]
    fn a_message_after_a_last_block_may_refer_back_past_it() {
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let mut inflater = Inflater::new(false);
        inflater.inflate(&last, 99).unwrap();
        let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
        assert_eq!(inflater.inflate(&again, 99).unwrap().0, b"Hello");
    }

    #[test]
    fn a_window_slides_over_many_messages() {
        let mut compress = Compress::new(Compression::best(), false);
        let mut inflater = Inflater::new(false);
        for n in 0..40u32 {
            let line = format!("NOTIFY sip:{n}@example.net SIP/2.0\r\nX: {}\r\n", n * 7919);
            let text = line.repeat(100);
            let sent = deflate(&mut compress, text.as_bytes());
            assert_eq!(inflater.inflate(&sent, 1 << 20).unwrap().0, text.as_bytes());
            assert!(inflater.window.len() <= WINDOW);
        }
    }

    #[test]
    fn a_message_that_refers_to_missed_ones_is_refused_and_later_ones_recover() {
        let mut compress = Compress::new(Compression::best(), false);
        let first = deflate(&mut compress, b"OPTIONS sip:bob@example.net SIP/2.0\r\n");
        let second = deflate(&mut compress, b"OPTIONS sip:bob@example.net SIP/2.0\r\n");
        let fresh = deflate(&mut compress, b"0123456789 abcdefghijklmnop");
        let repeat = deflate(&mut compress, b"0123456789 abcdefghijklmnop");
        let mut inflater = Inflater::new(false);
        assert!(inflater.inflate(&first, 99).is_ok());
        inflater.lose_context();
        assert_eq!(inflater.inflate(&second, 99), Err(Failure::EarlierMissing));
        for message in [fresh, repeat] {
            let text = inflater.inflate(&message, 99).unwrap().0;
            assert_eq!(text, b"0123456789 abcdefghijklmnop");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut compress = Compress::new(Compression::best(), false);
        let bomb = deflate(&mut compress, &vec![b'a'; 8 << 20]);
        assert!(bomb.len() < 10_000);
        let mut inflater = Inflater::new(false);
        let (text, too_long) = inflater.inflate(&bomb, 1 << 20).unwrap();
        assert_eq!((text.len(), too_long), (1 << 20, true));
        assert!(inflater.cut);
    }

    #[test]
    fn a_message_that_is_too_long_is_known_to_later_ones() {
        let mut compress = Compress::new(Compression::best(), false);
        let filler = "0123456789 abcdefghijklmnop".repeat(100);
        let long = deflate(&mut compress, format!("{filler}the end of it").as_bytes());
        let later = deflate(&mut compress, b"the end of it");
        let mut inflater = Inflater::new(false);
        let (text, too_long) = inflater.inflate(&long, 1000).unwrap();
        assert_eq!(
            (text.as_slice(), too_long),
            (&filler.as_bytes()[..1000], true)
        );
        assert_eq!(inflater.inflate(&later, 1000).unwrap().0, b"the end of it");
    }
}
