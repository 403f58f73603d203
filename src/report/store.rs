//! The texts of messages: read again from their file, or kept aside.

use super::TextStore;
use crate::source::{Rereader, Spool};
use crate::types::FileRange;
use std::io;
use std::path::PathBuf;

/// Where message texts are found again: in the files they were read from, or in a temporary file.
pub struct Store {
    spool: Spool,
    files: Rereader,
}

impl Store {
    /// Of messages read from these files, in the order given; none for a live capture.
    pub fn new(paths: &[PathBuf]) -> Self {
        Store {
            spool: Spool::new(),
            files: Rereader::new(paths),
        }
    }
}

impl TextStore for Store {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.spool.append(bytes)
    }

    fn clear(&mut self) {
        self.spool.clear();
    }

    fn read_kept(&mut self, at: u64, len: u32, into: &mut Vec<u8>) -> io::Result<()> {
        self.spool.read(at, len as usize, into)
    }

    fn read_file(&mut self, range: FileRange, into: &mut Vec<u8>) -> io::Result<()> {
        self.files.read(range, into)
    }
}
