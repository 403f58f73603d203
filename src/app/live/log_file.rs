//! The file of `-o`, begun anew when whoever rotates logs says so.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A text file, written by lines.
pub(super) struct LogFile {
    path: PathBuf,
    file: LineWriter<File>,
    reopen: Rc<Cell<bool>>,
}

impl LogFile {
    /// Creates the file, empty. When `reopen` is set, the next write opens it by its name again.
    pub(super) fn create(path: &Path, reopen: Rc<Cell<bool>>) -> io::Result<LogFile> {
        Ok(LogFile {
            path: path.to_owned(),
            file: LineWriter::new(File::create(path)?),
            reopen,
        })
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reopen.replace(false) {
            self.file.flush()?;
            // To its end: where nobody moved it away, what is there stays.
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            self.file = LineWriter::new(file);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_away_keeps_its_lines_and_a_new_file_takes_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sip.log");
        let reopen = Rc::new(Cell::new(false));
        let mut log = LogFile::create(&path, Rc::clone(&reopen)).unwrap();
        writeln!(log, "one").unwrap();
        reopen.set(true);
        writeln!(log, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        let moved = dir.path().join("sip.log.1");
        std::fs::rename(&path, &moved).unwrap();
        reopen.set(true);
        writeln!(log, "three").unwrap();
        log.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
    }
}
