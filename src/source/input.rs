//! Opening an input: a path or standard input, counted on the way, decompressed where its first
//! bytes ask for it.

use super::buffer::ReadBuffer;
use super::error::{MAX_ZSTD_WINDOW_LOG, SourceError};
use super::gzip::GzipMembers;
use super::info::Compression;
use super::sniff;
use crate::types::path_text;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Decompressed bytes asked for at a time. Where compressed data is corrupt, what the decompressor
/// had ready in the failing call is lost, so it is kept small.
const DECOMPRESSED_STEP: usize = 16 << 10;

/// An open input, positioned at its first (decompressed) byte.
pub(super) struct Input {
    pub(super) buffer: ReadBuffer,
    pub(super) compression: Compression,
    /// The offsets of the buffer are those of a file that can be read again.
    pub(super) rereadable: bool,
    /// Bytes read from outside so far, before decompression.
    pub(super) consumed: Arc<AtomicU64>,
    /// How many there are, where that is known.
    pub(super) total: Option<u64>,
    /// The bytes of memory that zstd data asks for at its start.
    pub(super) window: Option<u64>,
    /// Set when bytes that are no gzip data follow the gzip data.
    pub(super) trailing: Arc<AtomicBool>,
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let name = path_text(path);
        if name == "-" {
            return Input::from_reader(&name, Box::new(io::stdin()));
        }
        let failed = |e| SourceError::from_io(&name, 0, e);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let total = metadata.is_file().then_some(metadata.len());
        Input::new(&name, Box::new(file), total)
    }

    /// Reads from anything.
    pub(super) fn from_reader(
        name: &str,
        reader: Box<dyn Read + Send>,
    ) -> Result<Self, SourceError> {
        Input::new(name, reader, None)
    }

    /// `total` is the length of a regular file.
    fn new(
        path: &str,
        reader: Box<dyn Read + Send>,
        total: Option<u64>,
    ) -> Result<Self, SourceError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            reader,
            consumed: Arc::clone(&consumed),
        };
        let mut raw = ReadBuffer::new(Box::new(counted));
        // Four bytes tell; asking for more would stall on a live pipe.
        raw.fill(4).map_err(|e| SourceError::from_io(path, 0, e))?;
        let compression = sniff::compression(raw.available());
        let trailing = Arc::new(AtomicBool::new(false));
        let mut window = None;
        let buffer = match compression {
            Compression::None => raw,
            Compression::Gzip => decompressed(GzipMembers::new(raw, Arc::clone(&trailing))),
            Compression::Zstd => {
                let failed = |e| SourceError::from_io(path, 0, e);
                // No frame is shorter: its header, the header of a block, and a byte.
                raw.fill(9).map_err(failed)?;
                window = sniff::zstd_window(raw.available());
                let mut decoder = zstd::Decoder::with_buffer(raw).map_err(failed)?;
                decoder
                    .window_log_max(MAX_ZSTD_WINDOW_LOG)
                    .map_err(failed)?;
                decompressed(decoder)
            }
        };
        Ok(Input {
            buffer,
            compression,
            rereadable: total.is_some() && compression == Compression::None,
            consumed,
            total,
            window,
            trailing,
        })
    }
}

fn decompressed(decoder: impl Read + Send + 'static) -> ReadBuffer {
    ReadBuffer::new(Box::new(Stepwise(decoder)))
}

/// Counts what is read from outside, for progress.
struct Counted {
    reader: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(out)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Asks a decompressor for little at a time.
struct Stepwise<R>(R);

impl<R: Read> Read for Stepwise<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let step = out.len().min(DECOMPRESSED_STEP);
        self.0.read(out.get_mut(..step).unwrap_or(&mut []))
    }
}
