//! One capture file a call.
//!
//! Invariant: each file ends with a whole record. Packets that cannot be written are counted and said, and the
//! capture goes on.

use crate::source::save::{Encoder, SavedPacket};
use crate::types::{CallNo, shown_path};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
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
    /// Packets that could not be written since writing began to fail.
    lost: Option<u64>,
    notices: Vec<String>,
}

struct CallFile {
    path: PathBuf,
    buffer: Vec<u8>,
    packets_in_buffer: u64,
    /// Bytes of the file that are written for good.
    written: u64,
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
            lost: None,
            notices: Vec::new(),
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
                packets_in_buffer: 0,
                written: 0,
            }
        });
    }

    /// Saves a packet of a call.
    pub(super) fn packet(&mut self, call: CallNo, packet: &SavedPacket<'_>) {
        let Some(file) = self.calls.get_mut(&call) else {
            return;
        };
        let before = file.buffer.len();
        if file.written == 0 && before == 0 {
            self.encoder.start(&mut file.buffer);
        }
        self.encoder.packet(packet, &mut file.buffer);
        file.packets_in_buffer += 1;
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

    /// What went wrong, and right again, since the last call.
    pub(super) fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn write(&mut self, call: CallNo) {
        let Some(file) = self.calls.get_mut(&call) else {
            return;
        };
        if file.buffer.is_empty() {
            return;
        }
        let written = file.append();
        self.gathered -= file.buffer.len();
        let packets = std::mem::take(&mut file.packets_in_buffer);
        match written {
            Ok(()) => {
                self.made += u64::from(file.written == 0);
                file.written += file.buffer.len() as u64;
                if let Some(lost) = self.lost.take() {
                    self.notices.push(format!(
                        "files of calls can be written again; {lost} packets are missing in them"
                    ));
                }
            }
            Err(error) => {
                if self.lost.is_none() {
                    self.notices.push(format!(
                        "cannot write {}: {error}; the capture goes on and tries again",
                        shown_path(&file.path)
                    ));
                }
                self.lost = Some(self.lost.unwrap_or(0) + packets);
            }
        }
        file.buffer = Vec::new();
    }
}

impl CallFile {
    /// Writes the buffer to the file's end; what is written of it is taken back where not all can be.
    fn append(&self) -> io::Result<()> {
        // A file of an earlier run is overwritten.
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(self.written == 0)
            .write(true)
            .open(&self.path)?;
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.buffer).inspect_err(|_| {
            let _ = file.set_len(self.written);
        })
    }
}
