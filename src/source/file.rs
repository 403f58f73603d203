//! One capture, packet by packet.

use super::buffer::ReadBuffer;
use super::classic::{ClassicWalker, FILE_HEADER_LEN};
use super::error::{SourceError, shown_name, window_words};
use super::info::{CaptureFormat, Compression, Damage, SourceInfo};
use super::input::Input;
use super::pcapng::PcapngWalker;
use super::record::{Fault, Record};
use super::sniff;
use crate::types::{CaptureTime, Delta, FrameNo, LinkType, Packet, SourceId, path_text};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One input: a pcap or pcapng file, plain or compressed, regular or piped.
///
/// ```no_run
/// use sipflow::source::CaptureFile;
/// use sipflow::types::SourceId;
/// let mut capture = CaptureFile::open("lab.pcap", SourceId(0))?;
/// while capture.advance() {
///     let packet = capture.packet();
///     // … look at packet.data …
/// }
/// let damage = &capture.info().damage;
/// # Ok::<(), sipflow::source::SourceError>(())
/// ```
pub struct CaptureFile {
    walker: Walker,
    buffer: ReadBuffer,
    current: Record,
    /// Of the current packet, the clock offset included.
    time: CaptureTime,
    /// A packet with a time of its own has been seen.
    timed: bool,
    frame: u64,
    info: SourceInfo,
    rereadable: bool,
    consumed: Arc<AtomicU64>,
    total: Option<u64>,
    trailing: Arc<AtomicBool>,
}

enum Walker {
    Classic(ClassicWalker),
    Pcapng(PcapngWalker),
    /// The end or damage was reached.
    Done,
}

const NO_RECORD: Record = Record {
    time: None,
    link: LinkType(0),
    position: 0,
    len: 0,
    wire_len: 0,
    offset: 0,
};

impl CaptureFile {
    /// Opens a capture and reads its header; `-` is standard input.
    pub fn open(path: impl AsRef<Path>, source: SourceId) -> Result<CaptureFile, SourceError> {
        let path = path.as_ref();
        CaptureFile::from_input(&path_text(path), source, Input::open(path)?)
    }

    /// Reads a capture from anything; `name` stands for its path in messages.
    pub fn from_reader(
        name: &str,
        source: SourceId,
        reader: Box<dyn Read + Send>,
    ) -> Result<CaptureFile, SourceError> {
        CaptureFile::from_input(name, source, Input::from_reader(name, reader)?)
    }

    fn from_input(
        path: &str,
        source: SourceId,
        mut input: Input,
    ) -> Result<CaptureFile, SourceError> {
        let compression = input.compression;
        let format = recognise(path, &mut input)?;
        let mut info = SourceInfo::new(source, path, format, compression);
        let buffer = &mut input.buffer;
        let opened = match format {
            CaptureFormat::Pcap => open_classic(buffer, &mut info).map(Walker::Classic),
            // No file has the format of none.
            CaptureFormat::PcapNg | CaptureFormat::Live => {
                PcapngWalker::parse_first_section(buffer, &mut info).map(Walker::Pcapng)
            }
        };
        let walker = match opened {
            Ok(walker) => walker,
            Err(Fault::Input(e)) => {
                return Err(unreadable(path, compression, input.window, buffer, e));
            }
            Err(Fault::Damage { reason, offset }) => {
                return Err(SourceError::HeaderDamaged {
                    path: shown_name(path),
                    format: format.as_str(),
                    offset,
                    reason,
                });
            }
        };
        Ok(CaptureFile {
            walker,
            buffer: input.buffer,
            current: NO_RECORD,
            time: CaptureTime::default(),
            timed: false,
            frame: 0,
            info,
            rereadable: input.rereadable,
            consumed: input.consumed,
            total: input.total,
            trailing: input.trailing,
        })
    }

    /// Adds `offset` to every time that is read from now on: for a host whose clock was off.
    pub fn set_clock_offset(&mut self, offset: Delta) {
        self.info.clock_offset = offset;
    }

    /// Reads the next packet; false at the end of the input, or at damage, which
    /// [`CaptureFile::info`] then describes.
    #[inline]
    pub fn advance(&mut self) -> bool {
        let next = match &mut self.walker {
            Walker::Classic(walker) => walker.next(&mut self.buffer),
            Walker::Pcapng(walker) => walker.next(&mut self.buffer, &mut self.info),
            Walker::Done => Ok(None),
        };
        match next {
            Ok(Some(record)) => {
                self.account(record);
                true
            }
            Ok(None) => {
                self.finish();
                false
            }
            Err(fault) => {
                self.stop(fault);
                false
            }
        }
    }

    /// The current packet, lent from the read buffer; meaningful after [`CaptureFile::advance`]
    /// returned true.
    #[inline]
    pub fn packet(&self) -> Packet<'_> {
        let record = &self.current;
        Packet {
            source: self.info.source,
            frame: FrameNo(self.frame),
            time: self.time,
            link: record.link,
            data: self.buffer.slice(record.position, record.len),
            wire_len: record.wire_len,
            file_offset: self.rereadable.then_some(record.offset),
        }
    }

    /// Capture time of the current packet.
    #[inline]
    pub(super) fn time(&self) -> CaptureTime {
        self.time
    }

    /// What the input is, and what was read of it so far.
    pub fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// Bytes read from outside so far, before decompression, and how many there are where that is
    /// known (a regular file).
    pub fn progress(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.total)
    }

    #[inline]
    fn account(&mut self, record: Record) {
        let info = &mut self.info;
        info.packets += 1;
        info.bytes += record.len as u64;
        info.truncated_packets += u64::from((record.len as u64) < u64::from(record.wire_len));
        if let Some(time) = record.time {
            let time = time + info.clock_offset;
            if self.timed && time < self.time {
                info.backward_steps += 1;
                info.largest_backward_step = info.largest_backward_step.max(self.time - time);
            }
            if info.first_time.is_none_or(|first| time < first) {
                info.first_time = Some(time);
            }
            if info.last_time.is_none_or(|last| time > last) {
                info.last_time = Some(time);
            }
            self.time = time;
            self.timed = true;
        }
        // A packet nobody can look at still has its number.
        self.frame = info.packets + info.skipped_packets;
        self.current = record;
    }

    #[cold]
    fn finish(&mut self) {
        self.walker = Walker::Done;
        self.current = NO_RECORD;
        if self.trailing.load(Ordering::Relaxed) {
            self.info.warn(|| {
                "Bytes that are no gzip data follow the gzip data; they were ignored.".to_owned()
            });
        }
    }

    /// A capture that begins at the damaged place was put behind this one, as `cat` does. In pcapng that is
    /// allowed, and the place is damaged otherwise.
    fn explained(&self, reason: String, offset: u64) -> String {
        let found = match self.buffer.offset() == offset {
            true => super::sniff::capture_format(self.buffer.available()),
            false => None,
        };
        if found.is_some_and(|f| f == CaptureFormat::Pcap || f != self.info.format) {
            return format!(
                "{reason}; another capture begins there, as after 'cat a b': 'mergecap -w all.pcap a b' \
                 joins files"
            );
        }
        reason
    }

    #[cold]
    fn stop(&mut self, fault: Fault) {
        let (reason, offset, whole) = match fault {
            Fault::Damage { reason, offset } => (self.explained(reason, offset), offset, false),
            Fault::Input(e) => (
                input_failure(self.info.compression, &e),
                self.buffer.offset(),
                self.info.compression == Compression::None || is_too_large(&e),
            ),
        };
        self.info.damage = Some(Damage {
            reason,
            offset,
            perhaps_whole: whole,
            frame: self.info.packets + self.info.skipped_packets + 1,
        });
        self.finish();
    }
}

impl std::fmt::Debug for CaptureFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaptureFile")
            .field("path", &self.info.path)
            .field("frame", &self.frame)
            .finish_non_exhaustive()
    }
}

fn open_classic(buffer: &mut ReadBuffer, info: &mut SourceInfo) -> Result<ClassicWalker, Fault> {
    if !buffer.fill(FILE_HEADER_LEN)? {
        return Err(super::record::cut_short(
            "file header",
            FILE_HEADER_LEN,
            buffer,
        ));
    }
    ClassicWalker::parse_file_header(buffer, info).ok_or_else(|| Fault::Damage {
        reason: "it is of no known kind".to_owned(),
        offset: 0,
    })
}

/// The format of an input, or why it is no capture.
fn recognise(path: &str, input: &mut Input) -> Result<CaptureFormat, SourceError> {
    let compression = input.compression;
    let buffer = &mut input.buffer;
    if let Err(e) = buffer.fill(4) {
        return Err(unreadable(path, compression, input.window, buffer, e));
    }
    if buffer.available().is_empty() {
        return Err(SourceError::Empty {
            path: shown_name(path),
            compression,
        });
    }
    if let Some(format) = sniff::capture_format(buffer.available()) {
        return Ok(format);
    }
    // An error behind the first bytes changes nothing about what they are.
    let _ = buffer.fill(sniff::SNIFF_LEN);
    let head = buffer.available();
    let impostor = sniff::impostor(head.get(..sniff::SNIFF_LEN).unwrap_or(head));
    let named = shown_name(path);
    let named = if path == "-" { "FILE" } else { &named };
    Err(SourceError::NotCapture {
        path: shown_name(path),
        compression,
        found: impostor.found,
        advice: impostor.advice.replace("FILE", named),
    })
}

/// Reading failed before the first packet.
fn unreadable(
    path: &str,
    compression: Compression,
    window: Option<u64>,
    buffer: &ReadBuffer,
    error: io::Error,
) -> SourceError {
    let offset = buffer.offset() + buffer.available().len() as u64;
    match compression {
        Compression::None => SourceError::from_io(path, offset, error),
        _ if is_too_large(&error) => SourceError::WindowTooLarge {
            path: shown_name(path),
            named: if path == "-" { "FILE" } else { path }.to_owned(),
            window,
        },
        _ => SourceError::CompressedDamaged {
            path: shown_name(path),
            compression,
            offset,
            reason: decompressor_words(&error),
        },
    }
}

/// Reading failed between packets.
fn input_failure(compression: Compression, error: &io::Error) -> String {
    match compression {
        Compression::None => format!("reading failed: {error}"),
        _ if is_too_large(error) => format!(
            "{}; decompress the file first: zstd -d --long=31",
            window_words(None)
        ),
        _ => format!(
            "the {} data cannot be decompressed any further: {}",
            compression.as_str(),
            decompressor_words(error)
        ),
    }
}

/// zstd's own words for a window beyond what it was allowed.
fn is_too_large(error: &io::Error) -> bool {
    error.to_string().contains("requires too much memory")
}

fn decompressor_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends early, the file was cut off".to_owned(),
        _ => error.to_string(),
    }
}
