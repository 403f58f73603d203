//! Standard output, a device, or a file that replaces the one of its name once it is complete.

use super::guard::{failed_to_open, folder_of, followed, is_descriptor, is_locked, lock};
use super::standard;
use crate::app::failure::{Failure, Unwritten};
use crate::explain::words::counted;
use crate::types::shown_path;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufWriter, LineWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where a command's data goes. Without [`Output::finish`] a file keeps what it held before.
pub(in crate::app) enum Output {
    /// Flushed after every line.
    Lines(LineWriter<Counted>),
    /// Flushed when full.
    Blocks(BufWriter<Counted>),
}

/// Counts what was written, so that a failure can say what is there.
pub(in crate::app) struct Counted {
    target: Target,
    bytes: u64,
    lines: u64,
}

enum Target {
    Stdout(standard::Stdout),
    /// A device or a pipe, or a file where no other can be made beside it.
    Direct(File, PathBuf),
    Replacing {
        /// Beside the file.
        new: NamedTempFile,
        path: PathBuf,
        /// The file as it is until then, locked.
        old: Option<(File, Box<Metadata>)>,
    },
}

impl Output {
    pub(super) fn stdout(line_buffered: bool) -> Result<Output, Failure> {
        let stdout = standard::stdout();
        let stdout = stdout.map_err(|e| Failure::Output("standard output".to_owned(), e))?;
        Ok(Output::to(Target::Stdout(stdout), line_buffered))
    }

    pub(super) fn file(path: &Path, line_buffered: bool) -> Result<Output, Failure> {
        let target = Target::open(path).map_err(|e| failed_to_open(path, e))?;
        Ok(Output::to(target, line_buffered))
    }

    fn to(target: Target, line_buffered: bool) -> Output {
        let counted = Counted {
            target,
            bytes: 0,
            lines: 0,
        };
        if line_buffered {
            Output::Lines(LineWriter::new(counted))
        } else {
            Output::Blocks(BufWriter::with_capacity(64 << 10, counted))
        }
    }

    /// Everything is written: the file takes its name.
    pub(in crate::app) fn finish(self) -> Result<(), Failure> {
        let mut counted = match self {
            Output::Lines(lines) => lines.into_inner().map_err(|e| e.into_error())?,
            Output::Blocks(blocks) => blocks.into_inner().map_err(|e| e.into_error())?,
        };
        counted.flush()?;
        counted.target.put_in_place()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Lines(lines) => lines.write(bytes),
            Output::Blocks(blocks) => blocks.write(bytes),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Output::Lines(lines) => lines.write_all(bytes),
            Output::Blocks(blocks) => blocks.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Lines(lines) => lines.flush(),
            Output::Blocks(blocks) => blocks.flush(),
        }
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Stdout(out) => out.write(bytes),
            Target::Direct(file, _) => file.write(bytes),
            // The handle itself would name the temporary file in its errors.
            Target::Replacing { new, .. } => new.as_file_mut().write(bytes),
        };
        let n = written.map_err(|e| self.unwritten(e))?;
        self.bytes += n as u64;
        let lines = memchr::memchr_iter(b'\n', bytes.get(..n).unwrap_or(bytes)).count();
        self.lines += lines as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Stdout(out) => out.flush(),
            Target::Direct(file, _) => file.flush(),
            Target::Replacing { new, .. } => new.as_file_mut().flush(),
        };
        flushed.map_err(|e| self.unwritten(e))
    }
}

impl Counted {
    fn unwritten(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let written = format!(
            "{} ({}) {} written before, the rest is missing",
            counted(self.lines, "line", "lines"),
            counted(self.bytes, "byte", "bytes"),
            if self.lines == 1 { "was" } else { "were" }
        );
        let (to, then) = match &self.target {
            Target::Stdout(_) => ("standard output".to_owned(), written),
            Target::Direct(_, path) => (shown_path(path), written),
            Target::Replacing { path, old, .. } => {
                let left = match old {
                    Some(_) => "the file is left as it was",
                    None => "no file is made",
                };
                (shown_path(path), left.to_owned())
            }
        };
        Unwritten::wrap(to, then, error)
    }
}

impl Target {
    fn open(path: &Path) -> io::Result<Target> {
        let path = followed(path);
        let there = match std::fs::metadata(&path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if is_descriptor(&path) || there.as_ref().is_some_and(|m| !m.is_file()) {
            let file = OpenOptions::new().append(true).open(&path)?;
            if there.is_some_and(|m| m.is_file()) {
                lock(&file)?;
            }
            return Ok(Target::Direct(file, path));
        }
        let old = match there {
            Some(metadata) => {
                // Replacing needs a right on the folder only; a file that is protected stays.
                let file = OpenOptions::new().write(true).open(&path)?;
                lock(&file)?;
                Some((file, Box::new(metadata)))
            }
            None => None,
        };
        let new = match beside(&path) {
            Ok(new) => new,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return match old {
                    Some((file, _)) => {
                        file.set_len(0)?;
                        Ok(Target::Direct(file, path))
                    }
                    None => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        Ok(Target::Replacing { new, path, old })
    }

    fn put_in_place(self) -> Result<(), Failure> {
        let Target::Replacing { new, path, old } = self else {
            return Ok(());
        };
        let failed = |error: io::Error| Failure::Output(shown_path(&path), error);
        // A disk that is full or gone may show only now.
        new.as_file().sync_data().map_err(failed)?;
        if let Some((_, metadata)) = &old {
            keep_owner(&new, metadata);
            new.as_file()
                .set_permissions(metadata.permissions())
                .map_err(failed)?;
        }
        // The old one is locked by ourselves; another may have come meanwhile.
        if old.is_none() && is_locked(&path) {
            let error = io::Error::other("another sipflow began to write it meanwhile");
            return Err(failed(error));
        }
        new.persist(&path).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut begin = std::ffi::OsString::from(".");
    begin.push(path.file_name().unwrap_or_default());
    begin.push(".");
    // The errors of tempfile name the temporary file; that of the system is the one to tell.
    let mut cause = None;
    let made = tempfile::Builder::new()
        .prefix(&begin)
        .make_in(folder_of(path), |path| {
            let opened = new_file().open(path);
            opened.inspect_err(|e| cause = e.raw_os_error())
        });
    made.map_err(|error| cause.map_or(error, io::Error::from_raw_os_error))
}

/// As any new file: what the umask leaves of its mode.
fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    options
}

/// Root that replaces another's file leaves it to him.
#[cfg(unix)]
fn keep_owner(new: &NamedTempFile, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    // Others may not, and theirs the file then is.
    let _ = fchown(new.as_file(), Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &NamedTempFile, _: &Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_when_complete_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut out = Output::file(&path, true).unwrap();
        writeln!(out, "half").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        drop(out);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(dir.path()), ["x"]);
        let mut out = Output::file(&path, false).unwrap();
        writeln!(out, "new").unwrap();
        out.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(dir.path()), ["x"]);
    }

    #[test]
    fn a_link_stays_a_link_and_its_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let mut out = Output::file(&dir.path().join("link"), false).unwrap();
        writeln!(out, "x").unwrap();
        out.finish().unwrap();
        assert!(dir.path().join("link").is_symlink());
        assert_eq!(
            std::fs::read_to_string(dir.path().join("real")).unwrap(),
            "x\n"
        );
    }

    #[test]
    fn a_file_another_run_writes_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "old").unwrap();
        let first = Output::file(&path, false).unwrap();
        assert_eq!(Output::file(&path, false).err().unwrap().exit_code(), 2);
        drop(first);
        assert!(Output::file(&path, false).is_ok());
    }

    #[test]
    fn a_full_device_is_said_with_what_was_written() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            eprintln!("skipped: no /dev/full here");
            return;
        }
        let mut out = Output::file(full, false).unwrap();
        writeln!(out, "x").unwrap();
        let failure = out.finish().unwrap_err();
        assert_eq!(failure.exit_code(), 3);
        let line = failure.to_line().unwrap();
        assert!(line.starts_with("cannot write /dev/full: "), "{line}");
        assert!(line.contains("the rest is missing"), "{line}");
    }
}
