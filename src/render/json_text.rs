//! JSON whose strings can be shown on a terminal.
//!
//! JSON lets control characters above U+007E and characters that cannot be seen stand as they are (RFC 8259
//! §7). A terminal obeys some of them, so they are written as `\u009b`, which means the same.

use crate::types::text::first_hidden;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, BufWriter, Write};

/// Octets gathered for one write of a document.
const DOCUMENT: usize = 32 << 10;
/// And of a line: the memory allocator has such a piece at hand.
const LINE: usize = 960;

/// Writes a value on one line, and ends the line.
pub(crate) fn write_line(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, false, BufWriter::with_capacity(LINE, w), b"\n")
}

/// Writes a value on one line.
pub(crate) fn write_compact(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, false, BufWriter::with_capacity(DOCUMENT, w), b"")
}

/// Writes a value over several lines, indented.
pub(crate) fn write_pretty(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, true, BufWriter::with_capacity(DOCUMENT, w), b"")
}

/// `serde_json` writes every quote and comma by itself: a buffer of a known type makes that cheap, `dyn Write` does not.
fn write(
    value: &impl Serialize,
    indented: bool,
    mut buffer: BufWriter<&mut dyn Write>,
    end: &[u8],
) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut buffer,
        Shown::new(indented),
    ))?;
    buffer.write_all(end)?;
    buffer.flush()
}

/// `serde_json`'s compact or indented form with safe strings.
struct Shown {
    indented: bool,
    depth: usize,
    /// The array or object that ends next has something in it.
    is_filled: bool,
}

/// What stands before an entry: as many blanks of it as the entry is deep.
const BREAK: &[u8; 66] = b",\n                                                                ";

impl Shown {
    fn new(indented: bool) -> Self {
        Shown {
            indented,
            depth: 0,
            is_filled: false,
        }
    }

    fn begin<W: ?Sized + Write>(&mut self, w: &mut W, open: &[u8; 1]) -> io::Result<()> {
        self.depth += 1;
        self.is_filled = false;
        w.write_all(open)
    }

    fn end<W: ?Sized + Write>(&mut self, w: &mut W, close: &[u8; 1]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.is_filled {
            self.next_entry(w, true)?;
        }
        self.is_filled = true;
        w.write_all(close)
    }

    /// A comma but for the first, and a new line where the form has lines: in one piece.
    #[inline]
    fn next_entry<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        let begin = usize::from(first);
        if !self.indented {
            return w.write_all(BREAK.get(begin..1).unwrap_or_default());
        }
        let end = 2 + 2 * self.depth;
        if let Some(piece) = BREAK.get(begin..end) {
            return w.write_all(piece);
        }
        w.write_all(BREAK.get(begin..2).unwrap_or_default())?;
        (0..self.depth).try_for_each(|_| w.write_all(b"  "))
    }
}

impl Formatter for Shown {
    #[inline]
    fn begin_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.begin(w, b"[")
    }
    #[inline]
    fn end_array<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.end(w, b"]")
    }
    #[inline]
    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.next_entry(w, first)
    }
    #[inline]
    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }
    #[inline]
    fn begin_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.begin(w, b"{")
    }
    #[inline]
    fn end_object<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.end(w, b"}")
    }
    #[inline]
    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.next_entry(w, first)
    }
    #[inline]
    fn begin_object_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        let between: &[u8] = if self.indented { b": " } else { b":" };
        w.write_all(between)
    }
    #[inline]
    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        w: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        match is_plain(fragment.as_bytes()) {
            true => w.write_all(fragment.as_bytes()),
            false => write_hidden(w, fragment),
        }
    }
}

/// True for ASCII without a DEL. `serde_json` has escaped what is below the blank; eight octets at once.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let odd = |word: u64| (word | word.wrapping_add(0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    let found = words.iter().fold(0, |f, w| f | odd(u64::from_ne_bytes(*w)));
    found == 0 && rest.iter().all(|b| *b < 0x7f)
}

#[cold]
fn write_hidden<W: ?Sized + Write>(w: &mut W, fragment: &str) -> io::Result<()> {
    let mut rest = fragment;
    while let Some((at, c)) = first_hidden(rest) {
        let (plain, found) = rest.split_at(at);
        w.write_all(plain.as_bytes())?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(w, "\\u{unit:04x}")?;
        }
        rest = found.get(c.len_utf8()..).unwrap_or_default();
    }
    w.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::net::Ipv6Addr;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        let value =
            json!({"a\u{9b}": ["x\u{7f}y\u{202e}z\u{e0061}", "\u{1b}[2J", "Jürgen", "日本"]});
        let mut text = Vec::new();
        write_compact(&value, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            r#"{"a\u009b":["x\u007fy\u202ez\udb40\udc61","\u001b[2J","Jürgen","日本"]}"#
        );
        let again: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(again, value);
    }

    #[test]
    fn shape_is_that_of_serde_json() {
        let value = json!({"a": [], "b": {}, "c": [1, {"d": null}], "e": "f\n"});
        let mut text = Vec::new();
        write_pretty(&value, &mut text).unwrap();
        assert_eq!(text, serde_json::to_vec_pretty(&value).unwrap());
    }

    #[test]
    fn an_octet_is_plain_where_a_terminal_shows_it() {
        for (at, byte) in (0..20).flat_map(|at| (b' '..=255).map(move |byte| (at, byte))) {
            let mut bytes = *b"~ !#[]^~ abcdefghijk";
            bytes[at] = byte;
            assert_eq!(is_plain(&bytes), byte < 0x7f, "{byte:#x} at {at}");
        }
    }

    #[test]
    fn every_shape_is_that_of_serde_json() {
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize)]
        struct Pair(i8, f32);
        #[derive(Serialize)]
        enum Kind {
            Unit,
            New(u128),
            Two(char, bool),
            Named { a: Option<u8>, b: Vec<()> },
        }
        #[derive(Serialize)]
        struct All<'a> {
            unit: Unit,
            pair: Pair,
            kinds: [Kind; 4],
            numbers: BTreeMap<i64, f64>,
            flags: BTreeMap<bool, &'a [u8]>,
            deep: Value,
            nan: f64,
            shown: Ipv6Addr,
        }
        // Deeper than is indented at once.
        let deep = (0..40).fold(json!("x"), |inner, at| match at % 2 {
            0 => json!([inner, {}]),
            _ => json!({"k\"\u{1}": inner, "l": []}),
        });
        let value = All {
            unit: Unit,
            pair: Pair(-5, 0.1),
            kinds: [
                Kind::Unit,
                Kind::New(u128::MAX),
                Kind::Two('"', false),
                Kind::Named {
                    a: None,
                    b: vec![(), ()],
                },
            ],
            numbers: [(-1, 1e300), (7, 20.0), (i64::MIN, -0.0)].into(),
            flags: [(true, &b"\x00\xff"[..]), (false, b"")].into(),
            deep,
            nan: f64::NAN,
            shown: Ipv6Addr::LOCALHOST,
        };
        let (mut pretty, mut compact, mut line) = (Vec::new(), Vec::new(), Vec::new());
        write_pretty(&value, &mut pretty).unwrap();
        write_compact(&value, &mut compact).unwrap();
        write_line(&value, &mut line).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(text(pretty), serde_json::to_string_pretty(&value).unwrap());
        let expected = serde_json::to_string(&value).unwrap();
        assert_eq!(text(line), expected.clone() + "\n");
        assert_eq!(text(compact), expected);
    }
}
