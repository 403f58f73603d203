//! What the files of a report are called in front of a frame number: each numbers its own packets.

use std::collections::HashSet;
use std::sync::Arc;

/// Longer names make every line of text longer: numbers stand for them.
const LONGEST: usize = 12;

/// The names of several files in the order given; empty where there is one, whose name nobody needs. What
/// [`FileNames::frame`] writes, `sipflow show` reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNames(Vec<Arc<str>>);

impl FileNames {
    /// Names without their ends (`p2` of `dir/p2.pcap`) where that tells them apart, else whole names, else numbers
    /// from 1.
    pub fn of<'a>(paths: impl Iterator<Item = &'a str>) -> FileNames {
        let names: Vec<&str> = paths
            .map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path))
            .collect();
        if names.len() < 2 {
            return FileNames::default();
        }
        let stem = |name: &&'a str| name.split('.').next().unwrap_or(name);
        let stems: Vec<&str> = names.iter().map(stem).collect();
        // A name of digits alone could be a number of another file.
        let is_number = |name: &&str| name.bytes().all(|b| b.is_ascii_digit());
        if tell_apart(&stems) && !stems.iter().any(is_number) {
            return FileNames(stems.into_iter().map(Arc::from).collect());
        }
        if tell_apart(&names) && !names.iter().any(is_number) {
            return FileNames(names.into_iter().map(Arc::from).collect());
        }
        let numbers = 1..=names.len();
        FileNames(numbers.map(|n| n.to_string().into()).collect())
    }

    /// True where no frame needs the name of its file.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a file by its place from 0; `None` where there is one file.
    pub fn of_source(&self, source: usize) -> Option<&Arc<str>> {
        self.0.get(source)
    }

    /// `#9`, of several files `p2:#9`; files count from 0.
    pub fn frame(&self, source: usize, frame: u64) -> String {
        match self.of_source(source) {
            Some(file) => format!("{file}:#{frame}"),
            None => format!("#{frame}"),
        }
    }
}

/// Short, different, and of characters that need no escape anywhere.
fn tell_apart(names: &[&str]) -> bool {
    let is_plain = |name: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        name != "-" && (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain)
    };
    let different: HashSet<&&str> = names.iter().collect();
    different.len() == names.len() && names.iter().all(|name| is_plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_shortest_name_of_its_file_that_tells_it_apart() {
        let second = |paths: &[&str]| FileNames::of(paths.iter().copied()).frame(1, 13);
        assert_eq!(second(&["a.pcap"]), "#13");
        assert_eq!(second(&["lab/p1.pcap", "lab/p2.pcap.gz"]), "p2:#13");
        assert_eq!(second(&["s.pcap", "s.pcapng"]), "s.pcapng:#13");
        assert_eq!(second(&["1.pcap", "2.pcap"]), "2.pcap:#13");
        assert_eq!(second(&["a/p.pcap", "b/p.pcap"]), "2:#13");
        assert_eq!(second(&["p1.pcap", "-"]), "2:#13");
        assert_eq!(
            second(&["lab_00001_20261120154556.pcap", "b.pcap"]),
            "2:#13"
        );
        assert_eq!(second(&["a.pcap", "\u{1b}[2J.pcap"]), "2:#13");
    }
}
