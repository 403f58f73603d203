//! The file of `-o`: whole lines, begun anew when whoever rotates logs says so.
//!
//! Invariant: the file ends with a whole line. Lines that cannot be written are counted and said, and the
//! capture goes on.

use crate::types::shown_path;
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Between two attempts after a failed write.
const RETRY: Duration = Duration::from_secs(5);

/// A text file, written by lines. Clones are the same file.
#[derive(Clone)]
pub(super) struct LogFile(Rc<RefCell<Log>>);

struct Log {
    path: PathBuf,
    file: File,
    /// What is not written yet: the beginning of a line.
    line: Vec<u8>,
    trouble: Option<Trouble>,
    notices: Vec<String>,
}

struct Trouble {
    retry_at: Instant,
    lost: u64,
}

impl LogFile {
    /// Opens the file, emptied unless `append`. Lines always go to its end, wherever others cut it.
    pub(super) fn create(path: &Path, append: bool) -> io::Result<LogFile> {
        if !append {
            File::create(path)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(LogFile(Rc::new(RefCell::new(Log {
            path: path.to_owned(),
            file,
            line: Vec::new(),
            trouble: None,
            notices: Vec::new(),
        }))))
    }

    /// Opens the file by its name again: whoever rotates logs has moved the old one away.
    pub(super) fn reopen(&self) {
        self.0.borrow_mut().reopen();
    }

    /// What went wrong, and right again, since the last call.
    pub(super) fn notices(&self) -> Vec<String> {
        std::mem::take(&mut self.0.borrow_mut().notices)
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().take(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn reopen(&mut self) {
        // To its end: where nobody moved it away, what is there stays.
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path);
        match opened {
            Ok(file) => self.file = file,
            Err(error) => self.notices.push(format!(
                "cannot open {} again: {error}; lines go on to the file that was moved",
                shown_path(&self.path)
            )),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(end) = memchr::memrchr(b'\n', bytes) else {
            self.line.extend_from_slice(bytes);
            return Ok(());
        };
        let (lines, rest) = bytes.split_at(end + 1);
        self.line.extend_from_slice(lines);
        let written = self.write_lines();
        self.line.clear();
        self.line.extend_from_slice(rest);
        written
    }

    /// An error only where the file is a pipe that nobody reads.
    fn write_lines(&mut self) -> io::Result<()> {
        let count = memchr::memchr_iter(b'\n', &self.line).count() as u64;
        if let Some(trouble) = &mut self.trouble
            && Instant::now() < trouble.retry_at
        {
            trouble.lost += count;
            return Ok(());
        }
        let (written, result) = write_counting(&mut self.file, &self.line);
        let path = || shown_path(&self.path);
        let error = match result {
            Ok(()) => {
                if let Some(trouble) = self.trouble.take() {
                    self.notices.push(format!(
                        "{} can be written again; {} lines are missing there",
                        path(),
                        trouble.lost
                    ));
                }
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(error),
            Err(error) => error,
        };
        // What was written of the line is taken back; what is no regular file cannot be.
        if let Ok(end) = self.file.metadata().map(|m| m.len()) {
            let _ = self.file.set_len(end.saturating_sub(written));
            let _ = io::Seek::seek(&mut self.file, io::SeekFrom::End(0));
        }
        if self.trouble.is_none() {
            self.notices.push(format!(
                "cannot write {}: {error}; the capture goes on and tries again",
                path()
            ));
        }
        let lost = self.trouble.as_ref().map_or(0, |t| t.lost) + count;
        let retry_at = Instant::now() + RETRY;
        self.trouble = Some(Trouble { retry_at, lost });
        Ok(())
    }
}

/// Writes all; how many octets were written before it failed.
fn write_counting(file: &mut File, mut bytes: &[u8]) -> (u64, io::Result<()>) {
    let mut written = 0;
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(n) => {
                written += n as u64;
                bytes = bytes.get(n..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_away_keeps_its_lines_and_a_new_file_takes_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sip.log");
        let mut log = LogFile::create(&path, false).unwrap();
        writeln!(log, "one").unwrap();
        log.reopen();
        writeln!(log, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        let moved = dir.path().join("sip.log.1");
        std::fs::rename(&path, &moved).unwrap();
        log.reopen();
        assert!(path.exists(), "at once, not with the next line");
        writeln!(log, "three").unwrap();
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
    }

    #[test]
    fn a_line_written_in_pieces_reaches_the_file_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sip.log");
        let mut log = LogFile::create(&path, false).unwrap();
        write!(log, "one\ntw").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        writeln!(log, "o").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_said_once_and_do_not_end_the_capture() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            eprintln!("skipped: no /dev/full here");
            return;
        }
        let mut log = LogFile::create(full, false).unwrap();
        for n in 0..3 {
            writeln!(log, "{n}").unwrap();
        }
        let notices = log.notices();
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].starts_with("cannot write /dev/full"));
    }
}
