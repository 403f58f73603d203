//! A `sipflow capture` that runs.

use crate::wire::{PATIENCE, Space, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

pub struct Capture {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

/// What it said, once it has ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sipflow"))
}

impl Capture {
    /// Starts it, in words, and waits until it captures. Relative paths are below `dir`.
    pub fn start(space: &Space, dir: &Path, words: &str) -> Capture {
        let mut command = space.command(program());
        command.arg("capture").args(words.split_whitespace());
        Capture::spawn(command, dir)
    }

    /// Runs a command that is a capture.
    pub fn spawn(mut command: Command, dir: &Path) -> Capture {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let out = dir.join(format!("out.{number}"));
        let err = dir.join(format!("err.{number}"));
        command.current_dir(dir).env("TMPDIR", dir);
        command.stdout(File::create(&out).unwrap());
        command.stderr(File::create(&err).unwrap());
        let child = command.spawn().unwrap();
        let mut capture = Capture { child, out, err };
        wait_until("capturing", || {
            assert_eq!(capture.child.try_wait().unwrap(), None, "{}", capture.err());
            capture.err().contains("capturing on")
        });
        capture
    }

    pub fn out(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.out).unwrap()).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.err).unwrap()).into_owned()
    }

    /// Waits until it has printed a text so often.
    pub fn prints(&self, text: &str, times: usize) {
        wait_until(text, || self.out().matches(text).count() >= times);
    }

    /// Waits until it has said something on standard error.
    pub fn says(&self, text: &str) {
        wait_until(text, || self.err().contains(text));
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn send(&self, signal: Signal) {
        // Process numbers are positive and small.
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Ends it with a signal.
    pub fn end(self, signal: Signal) -> Ended {
        self.send(signal);
        self.ended()
    }

    /// Waits until it has ended by itself.
    pub fn ended(mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "still runs:\n{}", self.err());
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        Ended {
            code: status.code(),
            out: self.out(),
            err: self.err(),
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // Ended long since where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Ended as it should.
    pub fn well(self) -> Ended {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }
}
