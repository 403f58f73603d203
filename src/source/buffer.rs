//! The one read buffer: bytes come in by read(2) and are lent as slices.

use std::io::{self, BufRead, Read};

/// Fits a core's second-level cache. Smaller costs system calls, larger costs memory traffic.
const CAPACITY: usize = 128 << 10;

/// A read buffer that grows only as far as one record needs, and only as its bytes arrive.
pub(super) struct ReadBuffer {
    input: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Stream offset of `bytes[start]`.
    offset: u64,
}

impl ReadBuffer {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        ReadBuffer {
            input,
            bytes: vec![0; CAPACITY],
            start: 0,
            end: 0,
            offset: 0,
        }
    }

    /// The bytes that can be looked at without reading.
    #[inline]
    pub(super) fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or(&[])
    }

    /// Stream offset of the first available byte.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Buffer position of the first available byte, for [`ReadBuffer::slice`].
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.start
    }

    /// Bytes at a buffer position; valid until the next [`ReadBuffer::fill`] or [`ReadBuffer::skip`].
    #[inline]
    pub(super) fn slice(&self, position: usize, len: usize) -> &[u8] {
        self.bytes
            .get(position..position.saturating_add(len))
            .unwrap_or(&[])
    }

    /// Passes over `n` available bytes; they stay in place until the next fill.
    #[inline]
    pub(super) fn advance(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// Reads until `need` bytes are available; false where the input ends before. Reads no further
    /// than it must, so a live pipe is followed packet by packet.
    #[inline]
    pub(super) fn fill(&mut self, need: usize) -> io::Result<bool> {
        if self.end - self.start >= need {
            return Ok(true);
        }
        self.fill_slow(need)
    }

    #[cold]
    #[inline(never)]
    fn fill_slow(&mut self, need: usize) -> io::Result<bool> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < need {
            if self.end == self.bytes.len() {
                // Doubling follows the bytes that came; a length that lies allocates nothing.
                let grown = (self.bytes.len() * 2).min(need.max(CAPACITY));
                self.bytes.resize(grown, 0);
            }
            if self.read_more()? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Passes over `n` bytes without keeping them; returns how many there were.
    pub(super) fn skip(&mut self, n: u64) -> io::Result<u64> {
        let mut left = n;
        loop {
            let here = (self.end - self.start) as u64;
            let step = left.min(here);
            // `step` is at most the buffer's length.
            self.advance(step as usize);
            left -= step;
            if left == 0 {
                return Ok(n);
            }
            self.start = 0;
            self.end = 0;
            if self.read_more()? == 0 {
                return Ok(n - left);
            }
        }
    }

    fn read_more(&mut self) -> io::Result<usize> {
        loop {
            let free = self.bytes.get_mut(self.end..).unwrap_or(&mut []);
            match self.input.read(free) {
                Ok(n) => {
                    // A reader that claims more than it was given room for is held to the room.
                    let n = n.min(free.len());
                    self.end += n;
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// A decompressor reads from a buffer as from any other.
impl BufRead for ReadBuffer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill(1)?;
        Ok(self.available())
    }
    fn consume(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Read for ReadBuffer {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.fill(1)?;
        let n = self.available().read(out)?;
        self.advance(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `step` bytes a call of an endless count upwards, `left` in all.
    struct Steps {
        next: u8,
        step: usize,
        left: usize,
    }

    impl Read for Steps {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.step.min(out.len()).min(self.left);
            for b in &mut out[..n] {
                *b = self.next;
                self.next = self.next.wrapping_add(1);
            }
            self.left -= n;
            Ok(n)
        }
    }

    fn steps(step: usize, left: usize) -> ReadBuffer {
        ReadBuffer::new(Box::new(Steps {
            next: 0,
            step,
            left,
        }))
    }

    #[test]
    fn short_reads_are_put_together() {
        let mut b = steps(3, 100);
        assert!(b.fill(10).unwrap());
        assert_eq!(b.available().len(), 12);
        b.advance(10);
        assert_eq!((b.available(), b.offset()), (&[10, 11][..], 10));
    }

    #[test]
    fn an_end_before_what_is_needed_keeps_what_there_is() {
        let mut b = steps(7, 20);
        assert!(!b.fill(21).unwrap());
        assert_eq!(b.available().len(), 20);
    }

    #[test]
    fn a_record_larger_than_the_buffer_fits_after_growing() {
        let mut b = steps(usize::MAX, 1_000_000);
        b.fill(5).unwrap();
        b.advance(5);
        assert!(b.fill(900_000).unwrap());
        assert_eq!(b.available()[0], 5);
    }

    #[test]
    fn a_length_that_lies_allocates_no_more_than_double_what_came() {
        let mut b = steps(usize::MAX, 1000);
        assert!(!b.fill(500_000_000).unwrap());
        assert!(b.bytes.capacity() <= 2 * CAPACITY);
    }

    #[test]
    fn skipping_passes_over_more_than_the_buffer_holds() {
        let mut b = steps(usize::MAX, 1_000_000);
        assert_eq!(b.skip(999_999).unwrap(), 999_999);
        assert_eq!(b.offset(), 999_999);
        assert_eq!(b.skip(5).unwrap(), 1);
    }
}
