//! What is known about an input besides its packets.

use super::error::shown_name;
use crate::types::{CaptureTime, Delta, LinkType, SourceId};

/// How many warnings an input keeps; the last one then says that there were more.
const MAX_WARNINGS: usize = 32;
/// How many comments an input keeps.
const MAX_COMMENTS: usize = 64;
/// How many different link types an input keeps.
const MAX_LINK_TYPES: usize = 256;
/// How many bytes of decryption secrets an input keeps.
const MAX_SECRET_BYTES: usize = 4 << 20;

crate::types::vocabulary! {
    /// The file format of a capture.
    pub enum CaptureFormat {
        /// The classic format of libpcap, microseconds or nanoseconds.
        Pcap = "pcap",
        /// pcap next generation.
        PcapNg = "pcapng",
        /// No file: packets as they came from an interface.
        Live = "live",
    }
}

crate::types::vocabulary! {
    /// How the capture was compressed as a whole.
    pub enum Compression {
        /// Not at all.
        None = "none",
        /// gzip (RFC 1952), one or several members.
        Gzip = "gzip",
        /// Zstandard (RFC 8878), one or several frames.
        Zstd = "zstd",
    }
}

/// Where and why reading had to stop before the end of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong, as a clause without a full stop.
    pub reason: String,
    /// Byte offset in the (decompressed) file at which the unreadable record or block starts.
    pub offset: u64,
    /// The packet that could not be read, 1-based.
    pub frame: u64,
    /// The file itself may be whole: the system could not read on, or it needs more memory than is given.
    pub perhaps_whole: bool,
}

/// Packets the capturing host says it lost before they reached the file (pcapng interface
/// statistics), summed over the interfaces. `None` where the file does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropCounts {
    /// Dropped by the interface (`isb_ifdrop`).
    pub by_interface: Option<u64>,
    /// Dropped by the operating system for want of buffer (`isb_osdrop`).
    pub by_system: Option<u64>,
}

impl DropCounts {
    /// Both together; `None` where neither is told.
    pub fn total(&self) -> Option<u64> {
        match (self.by_interface, self.by_system) {
            (None, None) => None,
            (interface, system) => Some(interface.unwrap_or(0).saturating_add(system.unwrap_or(0))),
        }
    }
}

/// A pcapng Decryption Secrets Block.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The secrets type as the format numbers it; `0x544c534b` is a TLS key log.
    pub kind: u32,
    /// The secrets themselves.
    pub data: Vec<u8>,
}

impl Secrets {
    /// The secrets type of an NSS TLS key log.
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

impl std::fmt::Debug for Secrets {
    /// Never prints the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({:#010x}, {} bytes)", self.kind, self.data.len())
    }
}

/// One input: what it is, what was read so far, and what was wrong with it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Which input, from 0.
    pub source: SourceId,
    /// As given, as [`path_text`](crate::types::path_text) writes it; `-` is standard input.
    pub path: String,
    /// File format.
    pub format: CaptureFormat,
    /// Compression of the whole file.
    pub compression: Compression,
    /// Link types declared, in order, each once.
    pub link_types: Vec<LinkType>,
    /// The largest snap length declared, in bytes; `None` where none is.
    pub snap_len: Option<u32>,
    /// Packets read.
    pub packets: u64,
    /// Bytes captured in those packets.
    pub bytes: u64,
    /// Time of the earliest packet, `clock_offset` included.
    pub first_time: Option<CaptureTime>,
    /// Time of the latest packet, `clock_offset` included.
    pub last_time: Option<CaptureTime>,
    /// Packets of which the capture kept less than the wire carried.
    pub truncated_packets: u64,
    /// Packets recorded earlier than the packet before them in the file.
    pub backward_steps: u64,
    /// The largest such step, as a positive distance.
    pub largest_backward_step: Delta,
    /// Packets that could not be handed on: they name an interface the file does not describe.
    pub skipped_packets: u64,
    /// Where and why reading stopped early.
    pub damage: Option<Damage>,
    /// Oddities that did not stop the reading, one sentence each.
    pub warnings: Vec<String>,
    /// The program that wrote the capture (`shb_userappl`).
    pub application: Option<String>,
    /// The operating system it ran on (`shb_os`).
    pub os: Option<String>,
    /// The hardware it ran on (`shb_hardware`).
    pub hardware: Option<String>,
    /// Comments on the sections of the file.
    pub comments: Vec<String>,
    /// What the capturing host says it lost.
    pub interface_drops: DropCounts,
    /// Key material stored in the file, for decrypting its packets.
    pub secrets: Vec<Secrets>,
    /// Added to every time of this input.
    pub clock_offset: Delta,
}

impl SourceInfo {
    pub(super) fn new(
        source: SourceId,
        path: &str,
        format: CaptureFormat,
        compression: Compression,
    ) -> Self {
        SourceInfo {
            source,
            path: path.to_owned(),
            format,
            compression,
            link_types: Vec::new(),
            snap_len: None,
            packets: 0,
            bytes: 0,
            first_time: None,
            last_time: None,
            truncated_packets: 0,
            backward_steps: 0,
            largest_backward_step: Delta::ZERO,
            skipped_packets: 0,
            damage: None,
            warnings: Vec::new(),
            application: None,
            os: None,
            hardware: None,
            comments: Vec::new(),
            interface_drops: DropCounts::default(),
            secrets: Vec::new(),
            clock_offset: Delta::ZERO,
        }
    }

    /// The damage as a sentence for standard error: file, packet, byte offset, and what to do.
    pub fn damage_sentence(&self) -> Option<String> {
        let damage = self.damage.as_ref()?;
        let read = match self.packets {
            0 => "no packet could be read before it".to_owned(),
            1 => "the packet before it was read".to_owned(),
            n => format!("the {n} packets before it were read"),
        };
        let (stopped, advice) = match (damage.perhaps_whole, self.compression) {
            (false, _) => (
                "damaged at",
                " If the original is at hand, copy or record it again.",
            ),
            (true, Compression::None) => (
                "cannot be read beyond",
                " Check the disk or the connection, then try again.",
            ),
            // The reason says what to do.
            (true, _) => ("cannot be read beyond", ""),
        };
        Some(format!(
            "{}: {stopped} byte {}{}, packet #{}: {}; {read}.{advice}",
            shown_name(&self.path),
            damage.offset,
            match self.compression {
                Compression::None => "",
                _ => " of the decompressed data",
            },
            damage.frame,
            damage.reason,
        ))
    }

    pub(super) fn warn(&mut self, warning: impl FnOnce() -> String) {
        if self.warnings.len() < MAX_WARNINGS {
            let warning = warning();
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        } else if self.warnings.len() == MAX_WARNINGS {
            self.warnings
                .push("More oddities were found than are listed.".to_owned());
        }
    }

    pub(super) fn add_link_type(&mut self, link: LinkType) {
        if self.link_types.len() < MAX_LINK_TYPES && !self.link_types.contains(&link) {
            self.link_types.push(link);
        }
    }

    /// Takes a declared snap length; 0 means none.
    pub(super) fn add_snap_len(&mut self, snap_len: u32) {
        if snap_len > 0 {
            self.snap_len = self.snap_len.max(Some(snap_len));
        }
    }

    pub(super) fn add_comment(&mut self, comment: String) {
        if self.comments.len() < MAX_COMMENTS {
            self.comments.push(comment);
        }
    }

    pub(super) fn add_secrets(&mut self, kind: u32, data: &[u8]) {
        let kept: usize = self.secrets.iter().map(|s| s.data.len()).sum();
        if data.len() <= MAX_SECRET_BYTES.saturating_sub(kept) {
            self.secrets.push(Secrets {
                kind,
                data: data.to_vec(),
            });
        } else {
            self.warn(|| {
                format!(
                    "More than {} MiB of decryption secrets are stored in the file; the rest is not kept.",
                    MAX_SECRET_BYTES >> 20
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> SourceInfo {
        SourceInfo::new(
            SourceId(0),
            "lab.pcap",
            CaptureFormat::Pcap,
            Compression::None,
        )
    }

    #[test]
    fn a_damage_sentence_names_file_byte_packet_and_remedy() {
        let mut info = info();
        info.packets = 44;
        info.damage = Some(Damage {
            reason: "the file ends inside the packet".into(),
            offset: 9012,
            frame: 45,
            perhaps_whole: false,
        });
        assert_eq!(
            info.damage_sentence().unwrap(),
            "lab.pcap: damaged at byte 9012, packet #45: the file ends inside the packet; \
             the 44 packets before it were read. \
             If the original is at hand, copy or record it again."
        );
    }

    #[test]
    fn warnings_are_kept_once_and_limited() {
        let mut info = info();
        for n in 0..100 {
            info.warn(|| format!("oddity {}", n % 50));
        }
        assert_eq!(info.warnings.len(), MAX_WARNINGS + 1);
    }

    #[test]
    fn secrets_never_print() {
        let secrets = Secrets {
            kind: Secrets::TLS_KEY_LOG,
            data: b"CLIENT_RANDOM".to_vec(),
        };
        assert_eq!(format!("{secrets:?}"), "Secrets(0x544c534b, 13 bytes)");
    }
}
