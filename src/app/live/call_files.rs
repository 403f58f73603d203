//! One capture file a call.

use crate::source::save::{Encoder, SavedPacket};
use crate::types::CallNo;
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes gathered for a call before they are written.
const WRITE_UNIT: usize = 64 << 10;
/// Bytes gathered for all calls.
const MAX_GATHERED: usize = 16 << 20;
/// Characters of a Call-ID in a file's name.
const CALL_ID_CHARS: usize = 60;

/// Writes the calls' files. No file stays open: there may be more calls than descriptors.
pub(super) struct CallFiles {
    dir: PathBuf,
    extension: &'static str,
    encoder: Encoder,
    calls: HashMap<CallNo, CallFile>,
    gathered: usize,
    made: u64,
    failed: Option<String>,
}

struct CallFile {
    path: PathBuf,
    buffer: Vec<u8>,
    exists: bool,
}

impl CallFiles {
    /// Makes the folder where it is missing.
    pub(super) fn create(
        dir: &Path,
        extension: &'static str,
        encoder: Encoder,
    ) -> io::Result<CallFiles> {
        std::fs::create_dir_all(dir)?;
        Ok(CallFiles {
            dir: dir.to_owned(),
            extension,
            encoder,
            calls: HashMap::new(),
            gathered: 0,
            made: 0,
            failed: None,
        })
    }

    /// A message of the call was seen: its file has a name from now on.
    pub(super) fn name(&mut self, call: CallNo, call_id: Option<&str>) {
        let (dir, extension) = (&self.dir, self.extension);
        self.calls.entry(call).or_insert_with(|| {
            let id: String = call_id
                .unwrap_or_default()
                .chars()
                .take(CALL_ID_CHARS)
                .map(|c| match c {
                    'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '@' => c,
                    _ => '_',
                })
                .collect();
            CallFile {
                path: dir.join(format!("call-{:05}_{id}.{extension}", call.get())),
                buffer: Vec::new(),
                exists: false,
            }
        });
    }

    /// Saves a packet of a call.
    pub(super) fn packet(&mut self, call: CallNo, packet: &SavedPacket<'_>) {
        let Some(file) = self.calls.get_mut(&call) else {
            return;
        };
        let before = file.buffer.len();
        if !file.exists && before == 0 {
            self.encoder.start(&mut file.buffer);
            self.made += 1;
        }
        self.encoder.packet(packet, &mut file.buffer);
        self.gathered += file.buffer.len() - before;
        if file.buffer.len() >= WRITE_UNIT {
            self.write(call);
        }
        if self.gathered > MAX_GATHERED {
            self.flush();
        }
    }

    /// The call is over and nothing more of it will come.
    pub(super) fn close(&mut self, call: CallNo) {
        self.write(call);
        self.calls.remove(&call);
    }

    /// Writes what is gathered.
    pub(super) fn flush(&mut self) {
        let calls: Vec<CallNo> = self.calls.keys().copied().collect();
        for call in calls {
            self.write(call);
        }
    }

    /// Files written so far.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// What went wrong since the last call, the first of it.
    pub(super) fn take_failure(&mut self) -> Option<String> {
        self.failed.take()
    }

    fn write(&mut self, call: CallNo) {
        let Some(file) = self.calls.get_mut(&call) else {
            return;
        };
        if file.buffer.is_empty() {
            return;
        }
        let written = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(!file.exists)
            .append(file.exists)
            .open(&file.path)
            .and_then(|mut out| out.write_all(&file.buffer));
        file.exists |= written.is_ok();
        self.gathered -= file.buffer.len();
        file.buffer.clear();
        if let Err(error) = written {
            self.failed.get_or_insert_with(|| {
                format!(
                    "{}: {error}; packets of the call are missing there",
                    file.path.display()
                )
            });
        }
    }
}
