//! Saves packets: to one file, to a ring of files, or to a pipe.
//!
//! Invariant: what a file holds ends with a whole record. A write that fails takes the file back to there,
//! is said once, and is tried again; the capture goes on meanwhile. Every packet is counted: saved or lost.

use super::log_file::{is_same_file, write_counting};
use super::ring::{Ring, ring_members, ring_name};
use crate::app::output::{self, Guard, is_locked};
use crate::explain::words::counted;
use crate::source::save::{Encoder, InterfaceCounts, SavedPacket};
use crate::types::{CaptureTime, shown_path};
use chrono::Local;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes gathered for one write.
const WRITE_UNIT: usize = 256 << 10;
/// Between two attempts after a failed write.
const RETRY: Duration = Duration::from_secs(5);

enum Target {
    /// Standard output.
    Pipe,
    File(PathBuf),
    /// The name asked for; the files' own names come from it.
    Ring(PathBuf, Ring),
}

enum Open {
    File(File),
    Pipe(output::Stdout),
}

/// Writes saved packets.
pub(super) struct Saver {
    target: Target,
    encoder: Encoder,
    open: Option<Open>,
    path: PathBuf,
    buffer: Vec<u8>,
    /// Where each packet in the buffer ends.
    ends: Vec<usize>,
    /// Bytes of the file that are written for good.
    written: u64,
    packets_in_file: u64,
    begun: Instant,
    files: u64,
    kept: VecDeque<PathBuf>,
    total_bytes: u64,
    trouble: Option<Trouble>,
    /// The next file could not be begun; the last one goes on until then.
    turn_again_at: Option<Instant>,
    losses: Losses,
    guard: Guard,
    notices: Vec<String>,
}

/// What did not go as asked for, over the whole capture.
#[derive(Clone, Copy, Debug, Default)]
struct Losses {
    /// Packets that are in a file.
    saved: u64,
    /// Packets that are in none.
    lost: u64,
    /// Times that a file of the ring could not be begun.
    not_begun: u64,
}

struct Trouble {
    retry_at: Instant,
    lost: u64,
}

impl Saver {
    /// Creates the first file. `path` `-` is standard output.
    pub(super) fn create(
        path: &Path,
        ring: Option<Ring>,
        encoder: Encoder,
        guard: Guard,
    ) -> io::Result<Saver> {
        let target = match ring {
            _ if path.as_os_str() == "-" => Target::Pipe,
            Some(ring) => Target::Ring(path.to_owned(), ring),
            None => Target::File(path.to_owned()),
        };
        let mut saver = Saver {
            target,
            encoder,
            open: None,
            path: path.to_owned(),
            buffer: Vec::with_capacity(WRITE_UNIT),
            ends: Vec::new(),
            written: 0,
            packets_in_file: 0,
            begun: Instant::now(),
            files: 0,
            kept: VecDeque::new(),
            total_bytes: 0,
            trouble: None,
            turn_again_at: None,
            losses: Losses::default(),
            guard,
            notices: Vec::new(),
        };
        saver.adopt_earlier_files();
        saver.begin_file()?;
        saver.refuse_a_second_ring()?;
        // A full disk or a pipe nobody reads shows now and not at the end.
        saver.write_out().map_err(|(_, error)| error)?;
        Ok(saver)
    }

    /// Saves a packet. An error only where standard output is closed.
    pub(super) fn packet(
        &mut self,
        packet: &SavedPacket<'_>,
        counts: &[InterfaceCounts],
    ) -> io::Result<()> {
        if self.is_full() {
            self.turn(packet.time, counts)?;
        }
        if let Some(trouble) = &mut self.trouble
            && Instant::now() < trouble.retry_at
        {
            trouble.lost += 1;
            self.losses.lost += 1;
            return Ok(());
        }
        self.encoder.packet(packet, &mut self.buffer);
        self.ends.push(self.buffer.len());
        self.packets_in_file += 1;
        if self.buffer.len() >= WRITE_UNIT {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is gathered. An error only where standard output is closed.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        match self.write_out() {
            Ok(()) => {
                if let Some(trouble) = self.trouble.take() {
                    self.notices.push(format!(
                        "{} can be written again; not saved: {}",
                        shown_path(&self.path),
                        counted(trouble.lost, "packet", "packets")
                    ));
                }
                Ok(())
            }
            Err((written, error)) if matches!(self.target, Target::Pipe) => {
                let whole = self.ends.partition_point(|end| *end as u64 <= written);
                self.losses.saved += whole as u64;
                self.losses.lost += (self.ends.len() - whole) as u64;
                self.ends.clear();
                self.buffer.clear();
                Err(error)
            }
            Err((written, error)) => {
                self.take_back(written, &error);
                Ok(())
            }
        }
    }

    /// Ends the file with what the interfaces counted.
    pub(super) fn finish(
        &mut self,
        now: CaptureTime,
        counts: &[InterfaceCounts],
    ) -> io::Result<()> {
        self.end_file(now, counts)?;
        if let Some(trouble) = &self.trouble {
            self.notices.push(format!(
                "{}: not saved: {}",
                shown_path(&self.path),
                counted(trouble.lost, "packet", "packets")
            ));
        }
        Ok(())
    }

    /// Begins the file anew under its name: whoever rotates logs has moved the old one away.
    pub(super) fn reopen(
        &mut self,
        now: CaptureTime,
        counts: &[InterfaceCounts],
    ) -> io::Result<()> {
        match &self.target {
            Target::Pipe => Ok(()),
            Target::Ring(..) => self.turn(now, counts),
            // The file is still there: nobody moved it, so going on in it loses nothing.
            Target::File(path) if self.is_still(path) => self.flush(),
            Target::File(_) => self.turn(now, counts),
        }
    }

    fn is_still(&self, path: &Path) -> bool {
        matches!(&self.open, Some(Open::File(file)) if is_same_file(path, file))
    }

    pub(super) fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// True where the next packet would begin a file beyond the first `most`.
    pub(super) fn is_at_its_end(&self, most: u64) -> bool {
        self.files >= most && self.is_full()
    }

    /// Bytes in the file that is written now.
    pub(super) fn file_bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Bytes saved in all files.
    pub(super) fn bytes(&self) -> u64 {
        self.total_bytes + self.file_bytes()
    }

    /// Where the packets are, in words.
    pub(super) fn place(&self) -> String {
        match (&self.target, self.files) {
            (Target::Pipe, _) => "standard output".to_owned(),
            (Target::Ring(..), n) if n > 1 => {
                format!("{} and {} before it", shown_path(&self.path), n - 1)
            }
            _ => shown_path(&self.path),
        }
    }

    /// What is missing there, in words; `None` where everything is saved as asked for.
    pub(super) fn missing(&self) -> Option<String> {
        let Losses {
            saved,
            lost,
            not_begun,
        } = self.losses;
        let mut words = Vec::new();
        if lost > 0 {
            words.push(format!(
                "{lost} of {} packets could not be saved, {saved} are",
                saved + lost
            ));
        }
        if not_begun > 0 {
            words.push(format!(
                "the next file of the ring could not be begun ({}), and the one before went on",
                counted(not_begun, "attempt", "attempts")
            ));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn is_full(&self) -> bool {
        let Target::Ring(_, ring) = &self.target else {
            return false;
        };
        let refused = self.turn_again_at.is_some_and(|at| Instant::now() < at);
        let any = self.packets_in_file > 0;
        any && !refused
            && (ring.bytes.is_some_and(|n| self.file_bytes() >= n)
                || ring.packets.is_some_and(|n| self.packets_in_file >= n)
                || ring.duration.is_some_and(|d| self.begun.elapsed() >= d))
    }

    fn turn(&mut self, now: CaptureTime, counts: &[InterfaceCounts]) -> io::Result<()> {
        self.end_file(now, counts)?;
        let refused_before = self.turn_again_at.take().is_some();
        if let Err(error) = self.begin_file() {
            if !refused_before {
                self.notices.push(format!(
                    "cannot begin the next file: {error}; {} goes on",
                    shown_path(&self.path)
                ));
            }
            self.losses.not_begun += 1;
            self.turn_again_at = Some(Instant::now() + RETRY);
        }
        Ok(())
    }

    fn end_file(&mut self, now: CaptureTime, counts: &[InterfaceCounts]) -> io::Result<()> {
        if self.trouble.is_none() {
            for (interface, counts) in (0..).zip(counts) {
                self.encoder
                    .counts(interface, now, counts, &mut self.buffer);
            }
        }
        self.flush()
    }

    /// A file is begun with its header on the disk, so that a full disk is left with no empty files.
    fn begin_file(&mut self) -> io::Result<()> {
        let path = match &self.target {
            Target::Pipe => None,
            Target::File(path) => Some(path.clone()),
            Target::Ring(path, _) => Some(ring_name(path, self.files + 1, Local::now())),
        };
        let mut header = Vec::new();
        self.encoder.start(&mut header);
        let (open, written) = match &path {
            None => (Open::Pipe(output::stdout()?), 0),
            Some(path) => (
                Open::File(self.file_with(path, &header)?),
                header.len() as u64,
            ),
        };
        self.total_bytes += self.written;
        self.written = written;
        self.packets_in_file = 0;
        self.ends.clear();
        self.begun = Instant::now();
        self.files += 1;
        self.buffer.clear();
        if matches!(open, Open::Pipe(_)) {
            self.buffer = header;
        }
        self.open = Some(open);
        if let Some(path) = path {
            self.path.clone_from(&path);
            self.forget_oldest(path);
        }
        if let Some(trouble) = &mut self.trouble {
            // Another file, perhaps another disk, and the oldest has made room.
            trouble.retry_at = Instant::now();
        }
        Ok(())
    }

    /// A new file that holds `header`; none where that cannot be written.
    fn file_with(&mut self, path: &Path, header: &[u8]) -> io::Result<File> {
        let mut file = self.guard.claim(path)?;
        let is_file = file.metadata()?.is_file();
        if is_file {
            file.set_len(0)?;
        }
        let mut written = write_counting(&mut file, header).1;
        // A ring that has filled the disk itself: the oldest is due, and makes room.
        let is_full = |e: &io::Error| e.kind() == io::ErrorKind::StorageFull;
        if is_file && written.as_ref().is_err_and(is_full) && self.forget_until_one_fits() {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            written = write_counting(&mut file, header).1;
        }
        match written {
            Ok(()) => Ok(file),
            Err(error) => {
                if is_file {
                    // Ours, locked, and without a packet.
                    let _ = std::fs::remove_file(path);
                }
                Err(error)
            }
        }
    }

    /// A ring goes on where an earlier run left it: its files count among those kept.
    fn adopt_earlier_files(&mut self) {
        let Target::Ring(path, Ring { files: Some(_), .. }) = &self.target else {
            return;
        };
        let mut earlier = ring_members(path);
        let begun = |p: &PathBuf| std::fs::metadata(p).and_then(|m| m.modified()).ok();
        earlier.sort_by_cached_key(begun);
        self.kept.extend(earlier);
    }

    /// Two rings of one name remove each other's files. Whoever writes one holds one file of it at least.
    fn refuse_a_second_ring(&self) -> io::Result<()> {
        let Target::Ring(path, _) = &self.target else {
            return Ok(());
        };
        let others = ring_members(path).into_iter().filter(|m| *m != self.path);
        match others.into_iter().find(|member| is_locked(member)) {
            Some(_) => {
                // Nothing is in it yet.
                let _ = std::fs::remove_file(&self.path);
                Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "another sipflow writes a ring of this name",
                ))
            }
            None => Ok(()),
        }
    }

    fn forget_oldest(&mut self, newest: PathBuf) {
        if let Some(most) = self.most_files() {
            self.kept.push_back(newest);
            self.forget_beyond(most);
        }
    }

    /// Makes room for one more in the ring; true where a file was due for that.
    fn forget_until_one_fits(&mut self) -> bool {
        let Some(most) = self.most_files() else {
            return false;
        };
        // The one that is written now stays: it goes on where the next cannot be begun.
        let most = most.saturating_sub(1).max(1);
        let any = self.kept.len() as u64 > most;
        self.forget_beyond(most);
        any
    }

    fn most_files(&self) -> Option<u64> {
        match &self.target {
            Target::Ring(_, ring) => ring.files,
            _ => None,
        }
    }

    fn forget_beyond(&mut self, most: u64) {
        while self.kept.len() as u64 > most {
            if let Some(oldest) = self.kept.pop_front()
                && let Err(error) = std::fs::remove_file(&oldest)
            {
                self.notices.push(format!(
                    "{} cannot be removed: {error}",
                    shown_path(&oldest)
                ));
            }
        }
    }

    /// An error comes with the number of bytes that were written before.
    fn write_out(&mut self) -> Result<(), (u64, io::Error)> {
        match &mut self.open {
            Some(Open::File(file)) => match write_counting(file, &self.buffer) {
                (_, Ok(())) => {}
                (written, Err(error)) => return Err((written, error)),
            },
            Some(Open::Pipe(pipe)) => {
                let (written, result) = write_counting(pipe, &self.buffer);
                result.map_err(|e| (written, e))?;
            }
            None => return Err((0, io::ErrorKind::NotFound.into())),
        }
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.losses.saved += self.ends.len() as u64;
        self.ends.clear();
        Ok(())
    }

    /// A write failed: the file ends again with the last packet that is whole in it.
    fn take_back(&mut self, written: u64, error: &io::Error) {
        let whole = self.ends.partition_point(|end| *end as u64 <= written);
        let end = whole.checked_sub(1).and_then(|last| self.ends.get(last));
        self.written += end.map_or(0, |end| *end as u64);
        if let Some(Open::File(file)) = &mut self.open {
            // Where not even this works, readers find a cut record at the end.
            let _ = file.set_len(self.written);
            let _ = file.seek(SeekFrom::Start(self.written));
        }
        let lost = (self.ends.len() - whole) as u64;
        self.ends.clear();
        self.losses.saved += whole as u64;
        self.losses.lost += lost;
        self.packets_in_file = self.packets_in_file.saturating_sub(lost);
        self.buffer.clear();
        if self.written == 0 {
            self.encoder.start(&mut self.buffer);
        }
        let retry_at = Instant::now() + RETRY;
        match &mut self.trouble {
            Some(trouble) => {
                trouble.lost += lost;
                trouble.retry_at = retry_at;
            }
            None => {
                self.notices.push(format!(
                    "cannot write {}: {error}; the capture goes on without saving and tries again",
                    shown_path(&self.path)
                ));
                self.trouble = Some(Trouble { retry_at, lost });
            }
        }
    }
}

#[cfg(test)]
mod tests;
