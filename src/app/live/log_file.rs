//! The file of `-o`: whole lines, begun anew when whoever rotates logs says so.
//!
//! Invariant: the file ends with a whole line. Lines that cannot be written are counted and said, and the
//! capture goes on.

use crate::app::output::Guard;
use crate::explain::words::counted;
use crate::types::shown_path;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Between two attempts after a failed write.
const RETRY: Duration = Duration::from_secs(5);

/// How a line of NDJSON begins.
const RECORD: &[u8] = b"{\"record\":";
/// No record is longer.
const LONGEST_RECORD: u64 = 64 << 20;

/// A text file, written by lines. Clones are the same file.
#[derive(Clone)]
pub(super) struct LogFile(Rc<RefCell<Log>>);

struct Log {
    path: PathBuf,
    file: File,
    /// What is not written yet: the beginning of a line.
    line: Vec<u8>,
    trouble: Option<Trouble>,
    /// Lines in the file and lines lost, over the whole capture.
    total: (u64, u64),
    guard: Guard,
    notices: Vec<String>,
}

struct Trouble {
    retry_at: Instant,
    lost: u64,
}

impl LogFile {
    /// Opens the file, emptied unless `append`. Lines always go to its end, wherever others cut it. `records`
    /// are lines of JSON: half a one, as a crash leaves it, is taken away.
    pub(super) fn create(
        path: &Path,
        append: bool,
        records: bool,
        guard: Guard,
    ) -> io::Result<LogFile> {
        let mut file = guard.claim_end(path)?;
        let mut notices = Vec::new();
        if file.metadata()?.is_file() {
            if append {
                notices.extend(mend_end(path, &mut file, records)?);
            } else {
                file.set_len(0)?;
            }
        }
        Ok(LogFile(Rc::new(RefCell::new(Log {
            path: path.to_owned(),
            file,
            line: Vec::new(),
            trouble: None,
            total: (0, 0),
            guard,
            notices,
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

impl LogFile {
    /// What is missing in the file, in words.
    pub(super) fn missing(&self) -> Option<String> {
        let log = self.0.borrow();
        let (written, lost) = log.total;
        (lost > 0).then(|| {
            format!(
                "{}: {lost} of {} lines could not be written, {written} are",
                shown_path(&log.path),
                written + lost
            )
        })
    }
}

/// What an earlier run left at the end of the file that is no whole line.
fn mend_end(path: &Path, file: &mut File, records: bool) -> io::Result<Option<String>> {
    // Opened for writing only, as devices want it.
    let mut reader = File::open(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut reader)
        .take(4096)
        .read_to_end(&mut head)?;
    if memchr::memchr(0, &head).is_some() || head.starts_with(&[0x1f, 0x8b]) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "this is no text file, and lines added to it would spoil it; name another file",
        ));
    }
    let len = file.metadata()?.len();
    let begin = begin_of_last_line(&mut reader, len)?;
    if begin == len {
        return Ok(None);
    }
    let mut last = Vec::new();
    reader.seek(SeekFrom::Start(begin))?;
    reader.take(LONGEST_RECORD).read_to_end(&mut last)?;
    let whole = serde_json::from_slice::<serde::de::IgnoredAny>(&last).is_ok();
    // What is no record of ours stays, whatever it is.
    let half = records && !whole && (last.starts_with(RECORD) || RECORD.starts_with(&last));
    let path = shown_path(path);
    if half {
        file.set_len(begin)?;
        return Ok(Some(format!(
            "{path} ended in half a record, as a crash leaves it; these {} bytes were removed",
            len - begin
        )));
    }
    file.write_all(b"\n")?;
    Ok(Some(format!(
        "{path} did not end with a whole line; the line was ended, and what is added begins on the next"
    )))
}

/// Where the part behind the last line break begins.
fn begin_of_last_line(file: &mut File, len: u64) -> io::Result<u64> {
    const STEP: u64 = 64 << 10;
    let mut end = len;
    let mut bytes = Vec::new();
    while end > 0 {
        let begin = end.saturating_sub(STEP);
        bytes.clear();
        file.seek(SeekFrom::Start(begin))?;
        Read::by_ref(file)
            .take(end - begin)
            .read_to_end(&mut bytes)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
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
        // Where nobody moved it away, it goes on.
        if is_same_file(&self.path, &self.file) {
            return;
        }
        match self.guard.claim_end(&self.path) {
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
            self.total.1 += count;
            return Ok(());
        }
        let (written, result) = write_counting(&mut self.file, &self.line);
        let path = || shown_path(&self.path);
        let error = match result {
            Ok(()) => {
                self.total.0 += count;
                if let Some(trouble) = self.trouble.take() {
                    self.notices.push(format!(
                        "{} can be written again; missing there: {}",
                        path(),
                        counted(trouble.lost, "line", "lines")
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
        self.total.1 += count;
        let lost = self.trouble.as_ref().map_or(0, |t| t.lost) + count;
        let retry_at = Instant::now() + RETRY;
        self.trouble = Some(Trouble { retry_at, lost });
        Ok(())
    }
}

/// True where `path` still names the open file.
pub(super) fn is_same_file(path: &Path, open: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(path), open.metadata()) {
        (Ok(named), Ok(open)) => named.ino() == open.ino() && named.dev() == open.dev(),
        _ => false,
    }
}

/// Writes all; how many octets were written before it failed.
pub(super) fn write_counting(file: &mut File, mut bytes: &[u8]) -> (u64, io::Result<()>) {
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

    fn new(path: &Path) -> io::Result<LogFile> {
        LogFile::create(path, false, false, Guard::default())
    }

    /// A file that held `before`, with a line added; what was said of it.
    fn added_to(before: &[u8], records: bool) -> (String, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sip.log");
        std::fs::write(&path, before).unwrap();
        let mut log = LogFile::create(&path, true, records, Guard::default()).unwrap();
        writeln!(log, "new").unwrap();
        (std::fs::read_to_string(&path).unwrap(), log.notices())
    }

    #[test]
    fn lines_are_added_behind_whole_lines_without_a_word() {
        for before in ["", "one\n"] {
            let (text, said) = added_to(before.as_bytes(), true);
            assert_eq!((text, said.len()), (format!("{before}new\n"), 0));
        }
    }

    #[test]
    fn half_a_record_of_a_crash_is_removed_and_half_a_line_of_text_is_ended() {
        let half = "{\"record\":\"call\"}\n{\"record\":\"mess";
        let (text, said) = added_to(half.as_bytes(), true);
        assert_eq!(text, "{\"record\":\"call\"}\nnew\n");
        assert!(said[0].contains("these 15 bytes were removed"), "{said:?}");
        let (text, said) = added_to(half.as_bytes(), false);
        assert_eq!(text, format!("{half}\nnew\n"));
        assert!(said[0].contains("the line was ended"), "{said:?}");
    }

    #[test]
    fn a_whole_record_without_its_line_break_and_what_is_no_record_stay() {
        for before in ["{\"record\":\"call\"}", "somebody's words"] {
            let (text, said) = added_to(before.as_bytes(), true);
            assert_eq!((text, said.len()), (format!("{before}\nnew\n"), 1));
        }
    }

    #[test]
    fn half_a_record_longer_than_one_look_is_found_from_its_begin() {
        let half = format!("one\n{{\"record\":\"{}", "x".repeat(200_000));
        assert_eq!(added_to(half.as_bytes(), true).0, "one\nnew\n");
    }

    #[test]
    fn lines_are_not_added_to_a_capture() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.pcap");
        let bytes = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
        std::fs::write(&path, bytes).unwrap();
        assert!(LogFile::create(&path, true, true, Guard::default()).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn what_was_moved_away_keeps_its_lines_and_a_new_file_takes_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sip.log");
        let mut log = new(&path).unwrap();
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
        let mut log = new(&path).unwrap();
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
        let mut log = new(full).unwrap();
        for n in 0..3 {
            writeln!(log, "{n}").unwrap();
        }
        let notices = log.notices();
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].starts_with("cannot write /dev/full"));
        let missing = log.missing().unwrap();
        assert_eq!(
            missing,
            "/dev/full: 3 of 3 lines could not be written, 0 are"
        );
    }
}
