//! The texts of messages: read again from their file, or kept aside.

use crate::report::TextStore;
use crate::source::{Rereader, Spool};
use crate::types::FileRange;
use std::io;
use std::path::PathBuf;

/// Where message texts are found again.
pub(super) struct Store {
    spool: Spool,
    files: Rereader,
}

impl Store {
    pub(super) fn new(paths: &[PathBuf]) -> Self {
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
