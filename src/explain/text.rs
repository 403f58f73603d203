//! Sentences as data: words, packets and hosts kept apart, so that an output can link or colour them.

use super::words::clean;
use crate::report::model::Message;
use crate::types::FileNames;
use crate::types::text::first_hidden;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A sentence, or a part of one. Its words are safe to show: what comes from packets enters as a
/// `String` and is escaped there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

/// What a text is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words, safe to show.
    Words(Cow<'static, str>),
    /// A packet by its number, written `#9`, of several files `p2:#9`.
    Frame(FrameName),
    /// A host, by its place in [`Scene::hosts`](super::Scene::hosts), written as its name.
    Host(usize),
}

/// A packet as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameName {
    /// Its number in its file.
    pub frame: u64,
    /// Its file, from 1 in the order given.
    pub source: u32,
    /// What the file is called, where there are several.
    pub file: Option<Arc<str>>,
}

impl FrameName {
    /// A packet, whose file is named where there are several.
    pub(crate) fn new(frame: u64, source: u32) -> Self {
        FrameName {
            frame,
            source,
            file: None,
        }
    }
}

impl fmt::Display for FrameName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:#{}", self.frame),
            None => write!(f, "#{}", self.frame),
        }
    }
}

impl Piece {
    /// The packet that completed a message.
    pub(crate) fn frame_of(m: &Message) -> Piece {
        Piece::Frame(FrameName::new(m.frame, m.source))
    }
}

impl Text {
    /// In reading order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The packets named, in reading order.
    pub fn frames(&self) -> Vec<u64> {
        let frame = |piece: &Piece| match piece {
            Piece::Frame(name) => Some(name.frame),
            _ => None,
        };
        self.0.iter().filter_map(frame).collect()
    }

    /// As plain text, each host under its name in `names`; `-` for one that has none there.
    pub fn with_names<N: AsRef<str>>(&self, names: &[N]) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Frame(name) => out.push_str(&name.to_string()),
                Piece::Host(at) => out.push_str(names.get(*at).map_or("-", N::as_ref)),
            }
        }
        out
    }

    /// With the name of its file before each packet, where there are several.
    pub(crate) fn name_files(&mut self, files: &FileNames) {
        for piece in &mut self.0 {
            if let Piece::Frame(name) = piece {
                let file = files.of_source((name.source as usize).wrapping_sub(1));
                name.file = file.cloned();
            }
        }
    }

    /// With a capital letter at its beginning.
    pub(crate) fn capitalised(mut self) -> Text {
        if let Some(Piece::Words(words)) = self.0.first_mut() {
            let mut letters = words.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            *words = first.into_iter().chain(letters).collect::<String>().into();
        }
        self
    }

    pub(crate) fn push(&mut self, more: impl Into<Text>) {
        for piece in more.into().0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Words(before)), Piece::Words(words)) => {
                    before.to_mut().push_str(&words);
                }
                (_, piece) => self.0.push(piece),
            }
        }
    }
}

/// Without names: for a text that names no hosts.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_names(&[""; 0]))
    }
}

impl From<Piece> for Text {
    fn from(piece: Piece) -> Text {
        Text(vec![piece])
    }
}

/// The program's own words.
impl From<&'static str> for Text {
    fn from(words: &'static str) -> Text {
        match words {
            "" => Text::default(),
            words => Piece::Words(words.into()).into(),
        }
    }
}

/// Words that may come from a packet.
impl From<String> for Text {
    fn from(words: String) -> Text {
        match first_hidden(&words) {
            None if words.is_empty() => Text::default(),
            None => Piece::Words(words.into()).into(),
            Some(_) => Piece::Words(clean(&words).into()).into(),
        }
    }
}

/// A part that may be missing.
impl<T: Into<Text>> From<Option<T>> for Text {
    fn from(part: Option<T>) -> Text {
        part.map_or_else(Text::default, Into::into)
    }
}

/// A [`Text`] of its parts in order.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut text = $crate::explain::Text::default();
        $(text.push($part);)+
        text
    }};
}
pub(crate) use text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_and_packets_and_hosts_stay_apart() {
        let absent: Option<String> = None;
        let text = text![
            Piece::Host(1),
            " rings",
            absent,
            " (",
            Piece::Frame(FrameName::new(16, 2)),
            ")."
        ];
        assert_eq!(text.pieces().len(), 4);
        assert_eq!(text.frames(), [16]);
        assert_eq!(text.with_names(&["alice", "bob"]), "bob rings (#16).");
        assert_eq!(text.to_string(), "- rings (#16).");
        let mut text = text;
        text.name_files(&FileNames::of(["p1.pcap", "p2.pcap"].into_iter()));
        assert_eq!(text.to_string(), "- rings (p2:#16).");
        assert_eq!(text!["a", String::from("b")].pieces().len(), 1);
    }

    #[test]
    fn what_comes_from_a_packet_is_escaped_once() {
        let name = String::from("a\u{1b}[2J");
        let once = text![name].to_string();
        assert_eq!(once, "a\\x1b[2J");
        assert_eq!(text![once.clone()].to_string(), once);
    }
}
