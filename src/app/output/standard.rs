//! Standard output and standard error: closed, or files that others write as well.
//!
//! Their locks are those of the open file, which the shell's redirection made: commands that share one
//! (`{ a; b; } >x`, `xargs -P4`) share its lock, and the lock lasts as long as one of them has it open.

use crate::app::failure::Failure;
use std::fs::{File, Metadata};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
pub(in crate::app) type Stdout = File;
#[cfg(not(unix))]
pub(in crate::app) type Stdout = io::Stdout;

/// Said by whoever saw it before Rust's runtime opened `/dev/null` in its place.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Standard output was closed when the program began.
pub(in crate::app) fn stdout_was_closed() {
    CLOSED.store(true, Ordering::Relaxed);
}

pub(super) fn refuse_closed() -> Result<(), Failure> {
    if CLOSED.load(Ordering::Relaxed) {
        let error = io::Error::other("it is closed");
        return Err(Failure::Output("standard output".to_owned(), error));
    }
    Ok(())
}

/// Standard output without a buffer of its own: what a write takes, the system has.
#[cfg(unix)]
pub(in crate::app) fn stdout() -> io::Result<Stdout> {
    copy_of(io::stdout())
}

#[cfg(not(unix))]
pub(in crate::app) fn stdout() -> io::Result<Stdout> {
    Ok(io::stdout())
}

#[cfg(unix)]
pub(super) fn metadata_of(stream: impl std::os::fd::AsFd) -> Option<Metadata> {
    copy_of(stream).ok()?.metadata().ok()
}

#[cfg(unix)]
pub(super) fn metadata_of_errors() -> Option<Metadata> {
    metadata_of(io::stderr())
}

#[cfg(unix)]
fn copy_of(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// Locks the file of standard output: for us alone, or where lines go to its end (`>>`) against those that
/// do not. False where another sipflow writes it.
#[cfg(unix)]
pub(super) fn lock_stdout() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl};
    let appends = fcntl_getfl(io::stdout()).is_ok_and(|flags| flags.contains(OFlags::APPEND));
    lock(io::stdout(), appends)
}

/// Locks the file of standard error; several may say something there.
#[cfg(unix)]
pub(super) fn lock_errors() -> bool {
    lock(io::stderr(), true)
}

#[cfg(unix)]
fn lock(stream: impl std::os::fd::AsFd, shared: bool) -> bool {
    let Ok(file) = copy_of(stream) else {
        return true;
    };
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return true;
    }
    let locked = match shared {
        true => file.try_lock_shared(),
        false => file.try_lock(),
    };
    // Closing the copy leaves the lock: it is the open file's.
    !matches!(locked, Err(std::fs::TryLockError::WouldBlock))
}

/// The lock of standard error is taken away again: standard output is the same file.
#[cfg(unix)]
pub(super) fn unlock_errors() {
    if let Ok(file) = copy_of(io::stderr()) {
        // Where there are no locks, none was taken.
        let _ = file.unlock();
    }
}

#[cfg(not(unix))]
pub(super) fn lock_stdout() -> bool {
    true
}

#[cfg(not(unix))]
pub(super) fn lock_errors() -> bool {
    true
}

#[cfg(not(unix))]
pub(super) fn unlock_errors() {}
