//! Bytes that cannot be read from their source again: from a pipe, a compressed file, an interface,
//! or put together from several packets.

use crate::types::shown_path;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bytes kept in memory before a file is made.
const MEMORY_LIMIT: usize = 8 << 20;
/// Bytes gathered for one write.
const WRITE_UNIT: usize = 64 << 10;

/// An append-only store: the first 8 MiB in memory, the rest in a temporary file without a name,
/// which the system removes when the process ends, however it ends.
#[derive(Debug)]
pub struct Spool {
    memory: Vec<u8>,
    memory_limit: usize,
    file: Option<File>,
    /// Bytes written to the file.
    file_len: u64,
    /// Bytes behind those.
    pending: Vec<u8>,
}

impl Default for Spool {
    fn default() -> Self {
        Spool::new()
    }
}

impl Spool {
    /// An empty store; makes no file yet.
    pub fn new() -> Self {
        Spool::with_memory_limit(MEMORY_LIMIT)
    }

    fn with_memory_limit(memory_limit: usize) -> Self {
        Spool {
            memory: Vec::new(),
            memory_limit,
            file: None,
            file_len: 0,
            pending: Vec::new(),
        }
    }

    /// Bytes stored so far: the offset the next [`Spool::append`] returns.
    pub fn len(&self) -> u64 {
        self.memory.len() as u64 + self.file_len + self.pending.len() as u64
    }

    /// True before the first byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives up everything stored, memory and file.
    pub fn clear(&mut self) {
        *self = Spool::with_memory_limit(self.memory_limit);
    }

    /// Stores `bytes` and returns where; an error names the temporary directory.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let offset = self.len();
        if self.file.is_none() && self.memory.len() + bytes.len() <= self.memory_limit {
            self.memory.extend_from_slice(bytes);
            return Ok(offset);
        }
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile().map_err(in_temp_dir)?);
        }
        if self.pending.len() + bytes.len() > WRITE_UNIT {
            self.flush()?;
        }
        if bytes.len() >= WRITE_UNIT {
            self.write(bytes)?;
        } else {
            self.pending.extend_from_slice(bytes);
        }
        Ok(offset)
    }

    /// Replaces the content of `out` by `len` bytes from `offset`.
    pub fn read(&mut self, offset: u64, len: usize, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "{len} bytes at byte {offset} are beyond the {} stored",
                    self.len()
                ),
            ));
        }
        let mut at = offset;
        let mut left = len;
        copy_part(&self.memory, 0, &mut at, &mut left, out);
        let in_file = self.memory.len() as u64;
        let in_pending = in_file + self.file_len;
        if left > 0 && at < in_pending {
            let here = (in_pending - at).min(left as u64);
            if let Some(file) = &mut self.file {
                file.seek(SeekFrom::Start(at - in_file))?;
                file.take(here).read_to_end(out)?;
            }
            at += here;
            left -= here as usize; // no more than `left`
        }
        copy_part(&self.pending, in_pending, &mut at, &mut left, out);
        if out.len() == len {
            Ok(())
        } else {
            Err(in_temp_dir(io::ErrorKind::UnexpectedEof.into()))
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.write(&pending)?;
        self.pending = pending;
        self.pending.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(self.file_len))
                .and_then(|_| file.write_all(bytes))
                .map_err(in_temp_dir)?;
            self.file_len += bytes.len() as u64;
        }
        Ok(())
    }
}

/// Copies what of `[at, at + left)` lies in `part`, whose first byte has offset `base`.
fn copy_part(part: &[u8], base: u64, at: &mut u64, left: &mut usize, out: &mut Vec<u8>) {
    let start = usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX);
    let end = start.saturating_add(*left).min(part.len());
    if let Some(bytes) = part.get(start..end) {
        out.extend_from_slice(bytes);
        *at += bytes.len() as u64;
        *left -= bytes.len();
    }
}

fn in_temp_dir(e: io::Error) -> io::Error {
    let advice = if super::is_out_of_descriptors(&e) {
        "raise the limit, for example with 'ulimit -n 4096'"
    } else {
        "free space there or set TMPDIR to another directory"
    };
    let place = std::env::temp_dir();
    let text = format!(
        "the temporary file in {} failed: {e}; {advice}",
        shown_path(&place)
    );
    io::Error::new(e.kind(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read_back_from_memory_file_and_write_buffer() {
        let mut spool = Spool::with_memory_limit(1000);
        let piece = |n: u32| n.to_be_bytes().repeat(n as usize % 100 + 1);
        let places: Vec<_> = (0..2000)
            .map(|n| spool.append(&piece(n)).unwrap())
            .collect();
        let big = vec![7u8; 3 * WRITE_UNIT];
        let big_at = spool.append(&big).unwrap();
        spool.append(b"end").unwrap();
        assert!(spool.file_len > 0 && !spool.pending.is_empty() && spool.memory.len() <= 1000);
        let mut out = Vec::new();
        for (n, at) in (0..2000).zip(places) {
            let expected = piece(n);
            spool.read(at, expected.len(), &mut out).unwrap();
            assert_eq!(out, expected, "piece {n}");
        }
        spool.read(big_at, big.len() + 3, &mut out).unwrap();
        assert_eq!(out, [&big[..], b"end"].concat());
    }

    #[test]
    fn one_read_may_span_all_three_places() {
        let mut spool = Spool::with_memory_limit(2);
        spool.append(b"ab").unwrap();
        spool.append(&[b'c'; WRITE_UNIT]).unwrap();
        spool.append(b"de").unwrap();
        let mut out = Vec::new();
        spool.read(1, WRITE_UNIT + 2, &mut out).unwrap();
        assert_eq!((out[0], out[1], out[WRITE_UNIT + 1]), (b'b', b'c', b'd'));
    }

    #[test]
    fn writing_goes_on_behind_the_end_after_a_read() {
        let mut spool = Spool::with_memory_limit(0);
        let mut out = Vec::new();
        for n in 0..10u8 {
            let at = spool.append(&[n; WRITE_UNIT]).unwrap();
            spool.read(0, 1, &mut out).unwrap();
            assert_eq!(out, [0]);
            spool.read(at, 2, &mut out).unwrap();
            assert_eq!(out, [n, n]);
        }
        assert_eq!(spool.len(), 10 * WRITE_UNIT as u64);
    }

    #[test]
    fn a_range_beyond_the_end_is_an_error() {
        let mut spool = Spool::new();
        spool.append(b"abc").unwrap();
        assert!(spool.read(1, 3, &mut Vec::new()).is_err());
        assert!(spool.read(u64::MAX, 3, &mut Vec::new()).is_err());
        assert!(spool.read(3, 0, &mut Vec::new()).is_ok());
    }
}
