//! One capture file a call.
//!
//! Invariant: each file ends with a whole record. What fits of a piece that cannot be written whole stays; the
//! packets beyond are counted and said, and the capture goes on.

use super::log_file::write_counting;
use crate::app::output::{Guard, lock};
use crate::source::save::{Encoder, SavedPacket};
use crate::types::{CallNo, shown_path};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes gathered for a call before they are written.
const WRITE_UNIT: usize = 64 << 10;
/// Bytes gathered for all calls.
const MAX_GATHERED: usize = 16 << 20;
/// Names tried for a call's file.
const OTHER_NAMES: u32 = 10;
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
    /// Packets in files and packets in none, over the whole capture.
    total: (u64, u64),
    guard: Guard,
    /// Open and locked: no other sipflow writes calls there meanwhile.
    _folder: File,
    notices: Vec<String>,
}

struct CallFile {
    path: PathBuf,
    buffer: Vec<u8>,
    /// Where each packet in the buffer ends.
    ends: Vec<usize>,
    /// Bytes of the file that are written for good.
    written: u64,
}

impl CallFiles {
    /// Makes the folder where it is missing.
    pub(super) fn create(
        dir: &Path,
        extension: &'static str,
        encoder: Encoder,
        guard: Guard,
    ) -> io::Result<CallFiles> {
        std::fs::create_dir_all(dir)?;
        let folder = File::open(dir)?;
        lock(&folder)?;
        Ok(CallFiles {
            dir: dir.to_owned(),
            extension,
            encoder,
            calls: HashMap::new(),
            gathered: 0,
            made: 0,
            lost: None,
            total: (0, 0),
            guard,
            _folder: folder,
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
                ends: Vec::new(),
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
        file.ends.push(file.buffer.len());
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

    /// What is missing in the files, in words.
    pub(super) fn missing(&self) -> Option<String> {
        let (saved, lost) = self.total;
        (lost > 0).then(|| {
            format!(
                "{}: {lost} of {} packets of calls could not be saved, {saved} are",
                shown_path(&self.dir),
                saved + lost
            )
        })
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
        let new = file.written == 0;
        let (saved, written) = file.append(&self.guard);
        self.gathered -= file.buffer.len();
        file.buffer = Vec::new();
        let lost = std::mem::take(&mut file.ends).len() as u64 - saved;
        self.total.0 += saved;
        self.total.1 += lost;
        self.made += u64::from(new && file.written > 0);
        match written {
            Ok(()) => {
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
                self.lost = Some(self.lost.unwrap_or(0) + lost);
            }
        }
    }
}

impl CallFile {
    /// Writes the buffer to the file's end, up to the last packet that fits; how many do.
    fn append(&mut self, guard: &Guard) -> (u64, io::Result<()>) {
        let mut file = match self.at_its_end(guard) {
            Ok(file) => file,
            Err(error) => return (0, Err(error)),
        };
        let (written, result) = write_counting(&mut file, &self.buffer);
        let whole = self.ends.partition_point(|end| *end as u64 <= written);
        let last = whole.checked_sub(1).and_then(|last| self.ends.get(last));
        self.written += last.map_or(0, |end| *end as u64);
        if result.is_err() {
            // Where not even this works, readers find a cut record at the end.
            let _ = file.set_len(self.written);
        }
        (whole as u64, result)
    }

    fn at_its_end(&mut self, guard: &Guard) -> io::Result<File> {
        let mut file = self.open(guard)?;
        if self.written == 0 && file.metadata()?.is_file() {
            // A file of an earlier run is overwritten.
            file.set_len(0)?;
        }
        file.seek(SeekFrom::Start(self.written))?;
        Ok(file)
    }

    /// Another name where a file of this one is read, or written by somebody else.
    fn open(&mut self, guard: &Guard) -> io::Result<File> {
        let first = self.path.clone();
        for number in 2..=OTHER_NAMES {
            match guard.claim(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy && self.written == 0 => {
                    let extension = first.extension().unwrap_or_default().to_owned();
                    let mut name = first.file_stem().unwrap_or_default().to_owned();
                    name.push(format!("_{number}."));
                    name.push(extension);
                    self.path = first.with_file_name(name);
                }
                opened => return opened,
            }
        }
        guard.claim(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::CaptureFile;
    use crate::source::save::{SaveFormat, SavedInterface};
    use crate::types::{CaptureTime, LinkType, SourceId};

    fn encoder() -> Encoder {
        let interface = SavedInterface {
            name: "eth0".to_owned(),
            link: LinkType(1),
            snap_len: 65_535,
            filter: None,
        };
        Encoder::new(SaveFormat::Pcap, vec![interface]).unwrap()
    }

    fn one_call(dir: &Path, guard: Guard) -> CallFiles {
        let mut files = CallFiles::create(dir, "pcap", encoder(), guard).unwrap();
        let call = CallNo::after(0);
        files.name(call, Some("one"));
        let packet = SavedPacket {
            interface: 0,
            time: CaptureTime::from_nanos(1),
            data: &[0; 100],
            wire_len: 100,
        };
        files.packet(call, &packet);
        files.flush();
        files
    }

    #[test]
    fn a_file_that_is_read_or_written_besides_keeps_its_bytes_and_the_call_takes_another_name() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("call-00001_one.pcap");
        std::fs::write(&name, "a filter").unwrap();
        let mut guard = Guard::default();
        guard.reads(&name);
        let files = one_call(dir.path(), guard);
        assert_eq!(std::fs::read_to_string(&name).unwrap(), "a filter");
        let other = dir.path().join("call-00001_one_2.pcap");
        let mut saved = CaptureFile::open(other, SourceId(0)).unwrap();
        assert!(saved.advance());
        assert_eq!(files.missing(), None);
    }

    #[test]
    fn two_runs_do_not_write_calls_to_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = one_call(dir.path(), Guard::default());
        let second = CallFiles::create(dir.path(), "pcap", encoder(), Guard::default());
        assert_eq!(second.err().unwrap().kind(), io::ErrorKind::ResourceBusy);
        drop(first);
        one_call(dir.path(), Guard::default());
    }

    #[test]
    fn packets_of_calls_that_no_file_takes_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        // A folder of that name is in the way.
        std::fs::create_dir(dir.path().join("call-00001_one.pcap")).unwrap();
        let files = one_call(dir.path(), Guard::default());
        let words = files.missing().unwrap();
        assert!(
            words.contains("1 of 1 packets of calls could not be saved"),
            "{words}"
        );
    }
}
