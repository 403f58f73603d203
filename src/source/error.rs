//! Why an input could not be opened. Each message is a sentence a support engineer can paste.

use super::info::Compression;
use crate::types::near::nearest;
use crate::types::{Escaped, path_text, shown_path};
use std::io;
use std::path::Path;

/// An input that cannot be read as a capture at all. Damage further in is not an error: see
/// [`SourceInfo::damage`](super::SourceInfo::damage).
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No such file.
    #[error("{path}: no such file; {advice}")]
    NotFound {
        /// As given, safe to show.
        path: String,
        /// What may have been meant, safe to show.
        advice: String,
    },
    /// The file may not be read.
    #[error(
        "{path}: no permission to read the file; change its mode or owner, or run as a user who may read it"
    )]
    Permission {
        /// As given, safe to show.
        path: String,
    },
    /// A directory.
    #[error("{path}: is a directory; name the capture files in it, as {path}/*.pcap")]
    IsDirectory {
        /// As given, safe to show, without a trailing slash.
        path: String,
    },
    /// Nothing in it.
    #[error(
        "{}: {} is empty (0 bytes), so there is no capture in it; record or copy it again",
        .path,
        .compression.content()
    )]
    Empty {
        /// As given, safe to show.
        path: String,
        /// What it was compressed with.
        compression: Compression,
    },
    /// Something else than a capture.
    #[error(
        "{}: not a pcap or pcapng capture: {} starts like {}; {}",
        .path,
        .compression.content(),
        .found,
        .advice
    )]
    NotCapture {
        /// As given, safe to show.
        path: String,
        /// What it was compressed with.
        compression: Compression,
        /// What it looks like.
        found: String,
        /// What to do.
        advice: String,
    },
    /// A file header that holds nonsense or is cut off.
    #[error(
        "{path}: the {format} file header is damaged at byte {offset}: {reason}; copy or record the file again"
    )]
    HeaderDamaged {
        /// As given, safe to show.
        path: String,
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// Byte offset in the (decompressed) file.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Compressed data that cannot be decompressed far enough to reach the first packet.
    #[error(
        "{}: the {} data is damaged before the first packet, at byte {} of the decompressed data: {}; copy the file again",
        .path,
        .compression.as_str(),
        .offset,
        .reason
    )]
    CompressedDamaged {
        /// As given, safe to show.
        path: String,
        /// What it was compressed with.
        compression: Compression,
        /// How many bytes came out before.
        offset: u64,
        /// What the decompressor said.
        reason: String,
    },
    /// More inputs than can be told apart.
    #[error(
        "{count} files are more than the {limit} that can be read as one capture; merge some of them first (mergecap -w all.pcap …)"
    )]
    TooMany {
        /// How many were given.
        count: usize,
        /// How many may be.
        limit: usize,
    },
    /// The process may not open any more files.
    #[error(
        "{path}: too many open files; raise the limit, for example with 'ulimit -n 4096', or merge some of the captures first (mergecap -w all.pcap …)"
    )]
    OutOfDescriptors {
        /// As given, safe to show.
        path: String,
    },
    /// zstd data that needs more memory than is given to it.
    #[error(
        "{path}: {}; decompress it first: zstd -d --long=31 {named} -o {named}.pcap",
        window_words(*.window)
    )]
    WindowTooLarge {
        /// As given, safe to show.
        path: String,
        /// The file's name for a command line.
        named: String,
        /// The bytes it asks for, where it says so at its start.
        window: Option<u64>,
    },
    /// Any other failure of the operating system.
    #[error(
        "{path}: cannot be read at byte {offset}: {error}; check the disk or the connection, then try again"
    )]
    Io {
        /// As given, safe to show.
        path: String,
        /// Byte offset at which reading failed.
        offset: u64,
        /// What the operating system said.
        error: io::Error,
    },
}

impl SourceError {
    /// The error of opening `path` or of reading its first bytes at `offset`.
    pub(super) fn from_io(path: &str, offset: u64, error: io::Error) -> Self {
        let given = path;
        let path = shown_name(given);
        match error.kind() {
            _ if is_out_of_descriptors(&error) => SourceError::OutOfDescriptors { path },
            io::ErrorKind::NotFound => SourceError::NotFound {
                advice: near(Path::new(given)),
                path,
            },
            io::ErrorKind::PermissionDenied => SourceError::Permission { path },
            io::ErrorKind::IsADirectory => SourceError::IsDirectory {
                path: path.trim_end_matches('/').to_owned(),
            },
            _ => SourceError::Io {
                path,
                offset,
                error,
            },
        }
    }
}

/// What may have been meant by a name that no file has.
fn near(path: &Path) -> String {
    /// Names looked at: a directory may hold any number.
    const MOST: usize = 10_000;
    let name = path
        .file_name()
        .map(Path::new)
        .map(path_text)
        .unwrap_or_default();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return match folder.exists() {
            true => "check the name and the directory".to_owned(),
            false => format!("there is no directory {}", shown_path(folder)),
        };
    };
    let names = entries.take(MOST).flatten();
    let names: Vec<String> = names
        .map(|e| path_text(Path::new(&e.file_name())))
        .collect();
    // The ending is easily forgotten.
    let stem = |n: &str| n.split('.').next().map_or(0, str::len);
    let spellings = names
        .iter()
        .flat_map(|n| [(&**n, &**n), (n.get(..stem(n)).unwrap_or(n), &**n)]);
    match nearest(&name, spellings).as_slice() {
        [] => "check the name and the directory".to_owned(),
        near => {
            let near = near
                .iter()
                .map(|name| shown_path(&path.with_file_name(name)));
            format!("was {} meant?", near.collect::<Vec<_>>().join(" or "))
        }
    }
}

impl Compression {
    /// What a sentence about the content starts with.
    fn content(self) -> &'static str {
        match self {
            Compression::None => "the file",
            Compression::Gzip => "the gzip data",
            Compression::Zstd => "the zstd data",
        }
    }
}

/// How messages call an input, whose name may be meant for more than reading.
pub(super) fn shown_name(path: &str) -> String {
    match path {
        "-" => "standard input".to_owned(),
        path => Escaped::of(path).to_string(),
    }
}

/// Bytes of a zstd window that are accepted: the decoder's own default, 128 MiB, which `zstd -d` has too.
pub(super) const MAX_ZSTD_WINDOW: u64 = 1 << MAX_ZSTD_WINDOW_LOG;
/// Its logarithm to base 2, as the decoder takes it.
pub(super) const MAX_ZSTD_WINDOW_LOG: u32 = 27;

/// Why zstd data is not decompressed.
pub(super) fn window_words(window: Option<u64>) -> String {
    let most = MAX_ZSTD_WINDOW >> 20;
    match window {
        Some(bytes) => format!(
            "the zstd data needs a window of {} MiB, and {most} MiB are given to it",
            bytes.div_ceil(1 << 20)
        ),
        None => format!("the zstd data needs a window of more than the {most} MiB given to it"),
    }
}

/// True where the limit of open files is reached: that of the process or of the system.
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    // EMFILE and ENFILE, the same numbers on every Unix.
    cfg!(unix) && matches!(error.raw_os_error(), Some(24 | 23))
}
