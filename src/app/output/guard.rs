//! Which file a name leads to, and who uses it already.
//!
//! Invariant: a file that this run reads, or that this or another sipflow writes, is not written over.
//! Files are told apart by device and inode, so that links are seen through. Who writes a file holds a
//! lock on it (flock), which the system takes away with the process, however that ends.

use super::standard;
use crate::app::failure::Failure;
use crate::types::shown_path;
#[cfg(any(feature = "live", test))]
use std::fs::OpenOptions;
use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// Device and inode.
    There(u64, u64),
    /// A file that is yet to be made.
    Coming(PathBuf),
}

/// The files a run reads, and those it is going to write.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Guard {
    read: Vec<(Key, String)>,
    written: Vec<(Key, String)>,
}

impl Guard {
    /// A file that is read; `-` is standard input.
    pub(in crate::app) fn reads(&mut self, path: &Path) {
        let (key, name) = if path.as_os_str() == "-" {
            (key_of_stdin(), "standard input".to_owned())
        } else {
            (key_of(path), shown_path(path))
        };
        if let Some(key) = key {
            self.read.push((key, format!("{name}, which is read")));
        }
    }

    /// A file that `option` is going to write. Says what would be lost, before anything is opened.
    pub(in crate::app) fn writes(&mut self, option: &str, path: &Path) -> Result<(), Failure> {
        let Some(key) = key_of(path) else {
            return Ok(());
        };
        self.admit(&key, &format!("{option} {}", shown_path(path)))?;
        if is_locked(path) {
            return Err(Failure::Usage(format!(
                "{option} {}: {IN_USE}; name another file",
                shown_path(path)
            )));
        }
        self.written.push((key, format!("the file of {option}")));
        Ok(())
    }

    /// Standard error may be said something on. Where it is a file that is read, or that another sipflow writes,
    /// the refusal is silent: a word there would spoil it. Call it before anything else may be said.
    pub(in crate::app) fn may_say_errors(&self) -> Result<(), Failure> {
        let Some(key) = key_of_errors() else {
            return Ok(());
        };
        if self.read.iter().any(|(read, _)| *read == key) || !standard::lock_errors() {
            return Err(Failure::Usage(String::new()));
        }
        if key_of_stdout().is_some_and(|stdout| stdout == key) {
            standard::unlock_errors();
        }
        Ok(())
    }

    /// Standard output is written; it may be closed, or a file that is read or written besides.
    pub(in crate::app) fn writes_stdout(&mut self) -> Result<(), Failure> {
        standard::refuse_closed()?;
        let Some(key) = key_of_stdout() else {
            return Ok(());
        };
        self.admit(&key, "standard output")?;
        if !standard::lock_stdout() {
            return Err(Failure::Usage(format!(
                "standard output: {IN_USE}; name another file"
            )));
        }
        self.written
            .push((key, "the file of standard output".to_owned()));
        Ok(())
    }

    fn admit(&self, key: &Key, who: &str) -> Result<(), Failure> {
        let mut taken = self.read.iter().chain(&self.written);
        match taken.find(|(other, _)| other == key) {
            Some((_, what)) => Err(Failure::Usage(format!(
                "{who} would write over {what}; name another file"
            ))),
            None => Ok(()),
        }
    }

    /// True for a file that is read or written.
    #[cfg(feature = "live")]
    pub(in crate::app) fn has(&self, path: &Path) -> bool {
        let key = key_of(path);
        key.is_some_and(|key| self.admit(&key, "").is_err())
    }

    /// Opens a file for writing, made where it is missing and not yet emptied, and locks it for as long as it
    /// is open. The error's kind is [`io::ErrorKind::ResourceBusy`] where somebody else uses it.
    #[cfg(any(feature = "live", test))]
    pub(in crate::app) fn claim(&self, path: &Path) -> io::Result<File> {
        self.claim_with(path, OpenOptions::new().write(true))
    }

    /// The same for writing behind its end.
    #[cfg(any(feature = "live", test))]
    pub(in crate::app) fn claim_end(&self, path: &Path) -> io::Result<File> {
        self.claim_with(path, OpenOptions::new().append(true))
    }

    #[cfg(any(feature = "live", test))]
    fn claim_with(&self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        let file = options.create(true).truncate(false).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(file);
        }
        let key = key_of_open(&metadata);
        if self.read.iter().any(|(read, _)| Some(read) == key.as_ref()) {
            return Err(busy("it is read"));
        }
        lock(&file)?;
        Ok(file)
    }
}

const IN_USE: &str = "sipflow writes this file already, here or in another run";

fn busy(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}

/// A failure to open an output: where somebody else uses the file, another one must be named.
pub(in crate::app) fn failed_to_open(path: &Path, error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::ResourceBusy && error.raw_os_error().is_none() {
        Failure::Usage(format!("{}: {error}; name another one", shown_path(path)))
    } else {
        Failure::Output(shown_path(path), error)
    }
}

/// Locks an open file or folder until it is closed.
pub(in crate::app) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(busy(IN_USE)),
        // Some network file systems know no locks; that is no reason not to write there.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Whether a file is there that this or another sipflow is writing.
pub(in crate::app) fn is_locked(path: &Path) -> bool {
    // Opening a named pipe would wait for its other end.
    if !std::fs::metadata(path).is_ok_and(|m| m.is_file()) {
        return false;
    }
    File::open(path).is_ok_and(|f| matches!(f.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The path behind symbolic links, whether or not there is a file at the end.
pub(super) fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        if is_descriptor(&path) {
            break;
        }
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        path = folder_of(&path).join(target);
    }
    path
}

/// A file that has no name of its own: `/dev/stdout`, `/dev/fd/3`.
pub(super) fn is_descriptor(path: &Path) -> bool {
    let inside = |folder: &str| path.starts_with(folder);
    inside("/proc") || inside("/dev") && !inside("/dev/shm")
}

/// The folder a file is in.
pub(in crate::app) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// `None` for what cannot be written over: terminals and other devices, sockets, folders.
fn key_of(path: &Path) -> Option<Key> {
    match std::fs::metadata(path) {
        Ok(metadata) => key_of_open(&metadata),
        Err(_) => {
            let path = followed(path);
            let folder = folder_of(&path).canonicalize().ok()?;
            Some(Key::Coming(folder.join(path.file_name()?)))
        }
    }
}

#[cfg(unix)]
fn key_of_open(metadata: &Metadata) -> Option<Key> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let kind = metadata.file_type();
    let holds = kind.is_file() || kind.is_fifo() || kind.is_block_device();
    holds.then(|| Key::There(metadata.dev(), metadata.ino()))
}

#[cfg(unix)]
fn key_of_stdin() -> Option<Key> {
    key_of_open(&standard::metadata_of(io::stdin())?)
}

#[cfg(unix)]
fn key_of_stdout() -> Option<Key> {
    key_of_open(&standard::metadata_of(io::stdout())?)
}

/// Files alone: a pipe may well come back to where it began.
#[cfg(unix)]
fn key_of_errors() -> Option<Key> {
    let metadata = standard::metadata_of_errors().filter(Metadata::is_file)?;
    key_of_open(&metadata)
}

#[cfg(not(unix))]
fn key_of_open(_: &Metadata) -> Option<Key> {
    None
}

#[cfg(not(unix))]
fn key_of_stdin() -> Option<Key> {
    None
}

#[cfg(not(unix))]
fn key_of_stdout() -> Option<Key> {
    None
}

#[cfg(not(unix))]
fn key_of_errors() -> Option<Key> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(guard: &mut Guard, path: &Path) -> Option<String> {
        guard.writes("-o", path).err().and_then(|f| f.to_line())
    }

    #[test]
    fn links_lead_to_the_same_file_and_a_copy_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("a"), "x").unwrap();
        std::fs::copy(at("a"), at("copy")).unwrap();
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("hard"), at("soft")).unwrap();
        let mut guard = Guard::default();
        guard.reads(&at("a"));
        for name in ["a", "hard", "soft"] {
            let text = refusal(&mut guard, &at(name)).unwrap();
            assert!(text.contains("would write over") && text.contains("a, which is read"));
            assert_eq!(
                guard.claim(&at(name)).unwrap_err().kind(),
                io::ErrorKind::ResourceBusy
            );
        }
        assert_eq!(refusal(&mut guard, &at("copy")), None);
    }

    #[test]
    fn one_new_file_named_twice_is_seen_also_through_a_link_to_it() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("new", dir.path().join("link")).unwrap();
        let mut guard = Guard::default();
        guard.writes("-w", &dir.path().join("new")).unwrap();
        for name in ["new", "./new", "link"] {
            let text = refusal(&mut guard, &dir.path().join(name)).unwrap();
            assert!(text.contains("the file of -w"), "{text}");
        }
    }

    #[test]
    fn a_claimed_file_is_refused_to_others_until_it_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let held = Guard::default().claim(&path).unwrap();
        assert!(is_locked(&path));
        assert!(refusal(&mut Guard::default(), &path).is_some());
        assert!(Guard::default().claim_end(&path).is_err());
        drop(held);
        assert!(!is_locked(&path));
        Guard::default().claim(&path).unwrap();
    }

    #[test]
    fn a_device_may_be_read_and_written_at_once() {
        let mut guard = Guard::default();
        guard.reads(Path::new("/dev/null"));
        assert_eq!(refusal(&mut guard, Path::new("/dev/null")), None);
    }
}
