//! Bytes of a plain capture file, read again.

use crate::types::{FileRange, shown_path};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How many files are kept open at once.
const MAX_OPEN: usize = 32;

/// Reads ranges of the input files again: for what a record kept only the place of.
#[derive(Debug)]
pub struct Rereader {
    paths: Vec<PathBuf>,
    /// Most recently used last.
    open: Vec<(u16, File)>,
}

impl Rereader {
    /// For the inputs in the order of their [`SourceId`](crate::types::SourceId); nothing is opened yet.
    pub fn new(paths: &[impl AsRef<Path>]) -> Self {
        Rereader {
            paths: paths.iter().map(|p| p.as_ref().to_owned()).collect(),
            open: Vec::new(),
        }
    }

    /// Replaces the content of `out` by the bytes of `range`. Fails where the file has become
    /// shorter or is gone.
    pub fn read(&mut self, range: FileRange, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        let path = self.paths.get(usize::from(range.source.0));
        let path = path.map_or(String::new(), |p| shown_path(p));
        let named = |e: io::Error| {
            io::Error::new(
                e.kind(),
                format!(
                    "{path}: {} bytes at byte {} cannot be read again: {e}",
                    range.len, range.offset
                ),
            )
        };
        let file = self.file(range.source.0).map_err(named)?;
        file.seek(SeekFrom::Start(range.offset)).map_err(named)?;
        // Taken, not allocated ahead: a wrong length costs no more than the file has.
        let n = file
            .take(u64::from(range.len))
            .read_to_end(out)
            .map_err(named)?;
        if n as u64 == u64::from(range.len) {
            Ok(())
        } else {
            Err(named(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file has become shorter since it was read",
            )))
        }
    }

    fn file(&mut self, source: u16) -> io::Result<&mut File> {
        let entry = match self.open.iter().position(|(s, _)| *s == source) {
            Some(at) => self.open.remove(at),
            None => {
                let path = self.paths.get(usize::from(source)).ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::InvalidInput,
                        format!("there is no input {source}"),
                    )
                })?;
                if self.open.len() >= MAX_OPEN {
                    self.open.remove(0);
                }
                let opened = match File::open(path) {
                    Err(e) if super::is_out_of_descriptors(&e) && !self.open.is_empty() => {
                        self.open.clear();
                        File::open(path)
                    }
                    opened => opened,
                };
                (source, opened?)
            }
        };
        let last = self.open.len();
        self.open.insert(last, entry);
        match self.open.get_mut(last) {
            Some((_, file)) => Ok(file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SourceId;
    use std::io::Write;

    fn range(source: u16, offset: u64, len: u32) -> FileRange {
        FileRange {
            source: SourceId(source),
            offset,
            len,
        }
    }

    fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn ranges_of_two_files_come_back_in_any_order() {
        let (a, b) = (file_of(b"0123456789"), file_of(b"abcdef"));
        let paths = [&a, &b].map(|f| f.path().to_str().unwrap().to_owned());
        let mut reader = Rereader::new(&paths);
        let mut out = Vec::new();
        for (range, expected) in [
            (range(0, 4, 3), &b"456"[..]),
            (range(1, 0, 6), b"abcdef"),
            (range(0, 0, 2), b"01"),
            (range(0, 10, 0), b""),
        ] {
            reader.read(range, &mut out).unwrap();
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn more_files_than_may_be_open_are_read_all_the_same() {
        let files: Vec<_> = (0..40u8).map(|n| file_of(&[n])).collect();
        let paths: Vec<_> = files
            .iter()
            .map(|f| f.path().to_str().unwrap().to_owned())
            .collect();
        let mut reader = Rereader::new(&paths);
        let mut out = Vec::new();
        for n in (0..40u16).chain(0..40) {
            reader.read(range(n, 0, 1), &mut out).unwrap();
            assert_eq!(usize::from(out[0]), usize::from(n));
        }
        assert_eq!(reader.open.len(), MAX_OPEN);
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_that_names_it() {
        let file = file_of(b"0123");
        let path = file.path().to_str().unwrap().to_owned();
        let mut reader = Rereader::new(std::slice::from_ref(&path));
        let error = reader
            .read(range(0, 2, 5), &mut Vec::new())
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!(
                "{path}: 5 bytes at byte 2 cannot be read again: the file has become shorter since it was read"
            )
        );
    }

    #[test]
    fn an_unknown_input_is_an_error() {
        assert!(
            Rereader::new(&[] as &[PathBuf])
                .read(range(3, 0, 1), &mut Vec::new())
                .is_err()
        );
    }
}
