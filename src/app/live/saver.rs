//! Saves packets: to one file, to a ring of files, or to a pipe.
//!
//! Invariant: what a file holds ends with a whole record. A write that fails takes the file back to there,
//! is said once, and is tried again; the capture goes on meanwhile.

use super::log_file::is_same_file;
use crate::app::output::{Guard, folder_of, is_locked, shown};
use crate::cli::Condition;
use crate::source::save::{Encoder, InterfaceCounts, SavedPacket};
use crate::types::CaptureTime;
use chrono::{DateTime, Local};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes gathered for one write.
const WRITE_UNIT: usize = 256 << 10;
/// Between two attempts after a failed write.
const RETRY: Duration = Duration::from_secs(5);
/// tshark's kilobyte.
const KILOBYTE: u64 = 1000;

/// When a file is full, and how many are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ring {
    pub(super) duration: Option<Duration>,
    pub(super) bytes: Option<u64>,
    pub(super) packets: Option<u64>,
    pub(super) files: Option<u64>,
}

impl Ring {
    /// `None` where nothing was asked for.
    pub(super) fn of(conditions: &[Condition]) -> Option<Ring> {
        let mut ring = Ring::default();
        for condition in conditions {
            match *condition {
                Condition::Duration(s) => ring.duration = Some(Duration::from_secs(s)),
                Condition::FileSize(kb) => ring.bytes = Some(kb.saturating_mul(KILOBYTE)),
                Condition::Packets(n) => ring.packets = Some(n),
                Condition::Files(n) => ring.files = Some(n),
            }
        }
        (!conditions.is_empty()).then_some(ring)
    }
}

enum Target {
    /// Standard output.
    Pipe,
    File(PathBuf),
    /// The name asked for; the files' own names come from it.
    Ring(PathBuf, Ring),
}

enum Open {
    File(File),
    Pipe(io::Stdout),
}

/// Writes saved packets.
pub(super) struct Saver {
    target: Target,
    encoder: Encoder,
    open: Option<Open>,
    path: PathBuf,
    buffer: Vec<u8>,
    packets_in_buffer: u64,
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
            packets_in_buffer: 0,
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
        saver.write_out()?;
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
        self.packets_in_buffer += 1;
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
                        "{} can be written again; {} packets were not saved",
                        shown(&self.path),
                        trouble.lost
                    ));
                }
                Ok(())
            }
            Err(error) if matches!(self.target, Target::Pipe) => Err(error),
            Err(error) => {
                self.take_back(&error);
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
                "{}: {} packets were not saved",
                shown(&self.path),
                trouble.lost
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
                format!("{} and {} before it", shown(&self.path), n - 1)
            }
            _ => shown(&self.path),
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
                "the next file of the ring could not be begun ({not_begun} attempts), and the one before \
                 went on"
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
                    shown(&self.path)
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

    fn begin_file(&mut self) -> io::Result<()> {
        let path = match &self.target {
            Target::Pipe => None,
            Target::File(path) => Some(path.clone()),
            Target::Ring(path, _) => Some(ring_name(path, self.files + 1, Local::now())),
        };
        self.open = Some(match &path {
            None => Open::Pipe(io::stdout()),
            Some(path) => {
                let file = self.guard.claim(path)?;
                if file.metadata()?.is_file() {
                    file.set_len(0)?;
                }
                Open::File(file)
            }
        });
        self.total_bytes += self.written;
        self.written = 0;
        self.packets_in_file = 0;
        self.packets_in_buffer = 0;
        self.begun = Instant::now();
        self.files += 1;
        self.buffer.clear();
        self.encoder.start(&mut self.buffer);
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
        let Target::Ring(
            _,
            Ring {
                files: Some(most), ..
            },
        ) = self.target
        else {
            return;
        };
        self.kept.push_back(newest);
        while self.kept.len() as u64 > most {
            if let Some(oldest) = self.kept.pop_front()
                && let Err(error) = std::fs::remove_file(&oldest)
            {
                self.notices
                    .push(format!("{} cannot be removed: {error}", shown(&oldest)));
            }
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        match &mut self.open {
            Some(Open::File(file)) => file.write_all(&self.buffer)?,
            Some(Open::Pipe(pipe)) => {
                pipe.write_all(&self.buffer)?;
                pipe.flush()?;
            }
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.losses.saved += std::mem::take(&mut self.packets_in_buffer);
        Ok(())
    }

    /// A write failed: the file ends again where its last whole write ended.
    fn take_back(&mut self, error: &io::Error) {
        if let Some(Open::File(file)) = &mut self.open {
            // Where not even this works, readers find a cut record at the end.
            let _ = file.set_len(self.written);
            let _ = file.seek(SeekFrom::Start(self.written));
        }
        let lost = std::mem::take(&mut self.packets_in_buffer);
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
                    shown(&self.path)
                ));
                self.trouble = Some(Trouble { retry_at, lost });
            }
        }
    }
}

/// The files there are of the ring `path`, of this run and of earlier ones.
pub(super) fn ring_members(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder_of(path));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| path.with_file_name(entry.file_name()))
        .filter(|found| is_ring_name(path, found))
        .collect()
}

/// Whether `found` is a file of the ring `path`.
pub(super) fn is_ring_name(path: &Path, found: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = found.file_stem().unwrap_or_default().to_string_lossy();
    let rest = name
        .strip_prefix(stem.as_ref())
        .and_then(|r| r.strip_prefix('_'));
    let parts = rest.and_then(|r| r.split_once('_'));
    let digits =
        |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b.is_ascii_digit());
    found.extension() == path.extension()
        && parts.is_some_and(|(number, time)| digits(number, 5) && digits(time, 14))
}

/// `lab.pcap` as tshark numbers it: `lab_00001_20260322155059.pcap`.
fn ring_name(path: &Path, number: u64, now: DateTime<Local>) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("_{number:05}_{}", now.format("%Y%m%d%H%M%S")));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::CaptureFile;
    use crate::source::save::{SaveFormat, SavedInterface};
    use crate::types::{LinkType, SourceId};

    fn encoder(format: SaveFormat) -> Encoder {
        let interface = SavedInterface {
            name: "eth0".to_owned(),
            link: LinkType(1),
            snap_len: 65_535,
            filter: None,
        };
        Encoder::new(format, vec![interface]).unwrap()
    }

    fn save(saver: &mut Saver, packets: std::ops::Range<i64>) {
        for n in packets {
            let packet = SavedPacket {
                interface: 0,
                time: CaptureTime::from_nanos(n),
                data: &[0; 100],
                wire_len: 100,
            };
            saver
                .packet(&packet, &[InterfaceCounts::default()])
                .unwrap();
        }
    }

    fn packets_in(path: &Path) -> (u64, bool) {
        let mut file = CaptureFile::open(&path.to_string_lossy(), SourceId(0)).unwrap();
        while file.advance() {}
        (file.info().packets, file.info().damage.is_none())
    }

    #[test]
    fn a_ring_keeps_the_last_files_and_each_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Ring::of(&[Condition::Packets(10), Condition::Files(2)]);
        let path = dir.path().join("lab.pcapng");
        let mut saver =
            Saver::create(&path, ring, encoder(SaveFormat::Pcapng), Guard::default()).unwrap();
        save(&mut saver, 0..35);
        saver
            .finish(CaptureTime::from_nanos(0), &[InterfaceCounts::default()])
            .unwrap();
        assert_eq!(saver.files, 4, "35 packets by 10");
        let mut left: Vec<PathBuf> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        left.sort();
        let names: Vec<String> = left
            .iter()
            .map(|p| p.file_name().unwrap().to_string_lossy()[..9].to_owned())
            .collect();
        assert_eq!(names, ["lab_00003", "lab_00004"]);
        assert_eq!(packets_in(&left[0]), (10, true));
        assert_eq!(packets_in(&left[1]), (5, true));
    }

    #[test]
    fn a_ring_begun_again_removes_what_the_run_before_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lab.pcap");
        let other = dir.path().join("lab_notes.pcap");
        std::fs::write(&other, "").unwrap();
        for _ in 0..2 {
            let ring = Ring::of(&[Condition::Packets(1), Condition::Files(3)]);
            let mut saver =
                Saver::create(&path, ring, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
            save(&mut saver, 0..3);
            saver.flush().unwrap();
            std::thread::sleep(Duration::from_millis(1100));
        }
        assert!(other.exists());
        let left = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, 4, "three of the ring, and the other file");
    }

    #[test]
    fn a_file_is_full_at_its_size_in_thousands_of_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Ring::of(&[Condition::FileSize(1)]);
        let mut saver = Saver::create(
            &dir.path().join("x.pcap"),
            ring,
            encoder(SaveFormat::Pcap),
            Guard::default(),
        )
        .unwrap();
        // 24 octets of file header and 116 a packet: 1000 are reached with the ninth (24 + 9 * 116 = 1068).
        save(&mut saver, 0..9);
        assert_eq!(saver.files, 1);
        save(&mut saver, 9..10);
        assert_eq!(saver.files, 2);
    }

    #[test]
    fn where_the_next_file_cannot_be_begun_the_last_one_goes_on_and_that_is_said_once() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("moved");
        std::fs::create_dir(&inner).unwrap();
        let ring = Ring::of(&[Condition::Packets(10)]);
        let path = inner.join("x.pcap");
        let mut saver =
            Saver::create(&path, ring, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
        save(&mut saver, 0..5);
        std::fs::rename(&inner, dir.path().join("away")).unwrap();
        save(&mut saver, 5..35);
        saver
            .finish(CaptureTime::from_nanos(0), &[InterfaceCounts::default()])
            .unwrap();
        let notices = saver.notices();
        assert_eq!(notices.len(), 1, "{notices:?}");
        let mut left = std::fs::read_dir(dir.path().join("away")).unwrap();
        let only = left.next().unwrap().unwrap().path();
        assert_eq!(packets_in(&only), (35, true));
        assert!(left.next().is_none());
    }

    #[test]
    fn what_cannot_be_written_is_said_once_and_the_file_stays_whole() {
        // A device that takes no byte.
        let Ok(file) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
            eprintln!("skipped: no /dev/full here");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.pcap");
        let mut saver =
            Saver::create(&path, None, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
        save(&mut saver, 0..5);
        saver.flush().unwrap();
        let good = saver.open.replace(Open::File(file));
        save(&mut saver, 5..8);
        saver.flush().unwrap();
        save(&mut saver, 8..9);
        saver.flush().unwrap();
        let said = saver.notices();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("goes on without saving"), "{said:?}");
        saver.open = good;
        saver.trouble.as_mut().unwrap().retry_at = Instant::now();
        save(&mut saver, 9..11);
        saver.flush().unwrap();
        assert!(
            saver.notices()[0].contains("4 packets were not saved"),
            "three in the buffer and one while waiting"
        );
        saver.finish(CaptureTime::from_nanos(0), &[]).unwrap();
        assert_eq!(packets_in(&path), (7, true));
    }

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.pcap");
        let mut saver =
            Saver::create(&path, None, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
        save(&mut saver, 0..3);
        saver.reopen(CaptureTime::from_nanos(0), &[]).unwrap();
        assert_eq!(packets_in(&path), (3, true), "not moved: it goes on");
        let moved = dir.path().join("x.pcap.1");
        std::fs::rename(&path, &moved).unwrap();
        save(&mut saver, 3..4);
        saver.reopen(CaptureTime::from_nanos(0), &[]).unwrap();
        save(&mut saver, 4..6);
        saver.finish(CaptureTime::from_nanos(0), &[]).unwrap();
        assert_eq!(packets_in(&moved), (4, true));
        assert_eq!(packets_in(&path), (2, true));
    }
}
