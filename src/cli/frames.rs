//! Which packets: frame numbers as people type them.

/// Packets of one capture, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The capture's name, the beginning of it, or its number from 1; `None` for every capture.
    pub file: Option<String>,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// Frames of one range at most: each is looked up.
const MOST: u64 = 10_000;

const EXPECTED: &str =
    "expected frame numbers from 1 on, for example 9 or 9,14 or 5-8, or with a file p2:#13";

impl Frames {
    /// Reads `9`, `#9`, `5-8`, `#5-#8`, `p2:#13`.
    pub(super) fn parse(text: &str) -> Result<Frames, String> {
        let frames = Frames::parse_any(text)?;
        match frames.last - frames.first >= MOST {
            true => Err(format!("at most {MOST} frames at once")),
            false => Ok(frames),
        }
    }

    /// The same of a range of any length, for what is not looked up.
    pub(super) fn parse_any(text: &str) -> Result<Frames, String> {
        let (file, numbers) = match text.rsplit_once(':') {
            Some((file, numbers)) if !file.is_empty() => (Some(file.to_owned()), numbers),
            Some(_) => return Err(EXPECTED.to_owned()),
            None => (None, text),
        };
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let number = |text: &str| {
            let digits = text.strip_prefix('#').unwrap_or(text);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|n: &u64| plain && *n > 0)
        };
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first > last => {
                Err(format!("frames go upwards, for example {last}-{first}"))
            }
            (Some(first), Some(last)) => Ok(Frames { file, first, last }),
            _ => Err(EXPECTED.to_owned()),
        }
    }

    /// The same of a word that stands among the files; `None` where it is one.
    pub(super) fn among_files(word: &str) -> Option<Frames> {
        let is_path = word.contains(['/', '\\', '.']);
        (!is_path).then(|| Frames::parse(word).ok()).flatten()
    }

    /// True for a packet of a capture at `path`, the `number`th from 1.
    pub fn is_of(&self, path: &str, number: usize) -> bool {
        let Some(file) = &self.file else { return true };
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let stem = name.split('.').next().unwrap_or(name);
        path == file || name == file || stem == file || file.parse() == Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_people_type_them() {
        for (text, file, first, last) in [
            ("9", None, 9, 9),
            ("#9", None, 9, 9),
            ("5-8", None, 5, 8),
            ("#5-#8", None, 5, 8),
            ("p2:#13", Some("p2"), 13, 13),
            ("a.pcap:7-9", Some("a.pcap"), 7, 9),
        ] {
            let file = file.map(str::to_owned);
            assert_eq!(
                Frames::parse(text),
                Ok(Frames { file, first, last }),
                "{text}"
            );
        }
        for wrong in ["", "0", "#", "x", "8-5", "5-", ":5", "1-99999", "+5"] {
            assert!(Frames::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_capture_is_named_by_its_path_its_name_or_its_number() {
        let of = |text: &str| Frames::parse(text).unwrap();
        for (text, is) in [
            ("p2:1", true),
            ("p2.pcap:1", true),
            ("2:1", true),
            ("1", true),
            ("p1:1", false),
        ] {
            assert_eq!(of(text).is_of("dir/p2.pcap", 2), is, "{text}");
        }
    }
}
