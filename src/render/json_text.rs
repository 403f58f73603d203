//! JSON whose strings can be shown on a terminal.
//!
//! JSON lets control characters above U+007E and characters that cannot be seen stand as they are (RFC 8259
//! §7). A terminal obeys some of them, so they are written as `\u009b`, which means the same.

mod string;
mod writer;

use serde::Serialize;
use std::fmt::{self, Display};
use std::io::{self, Write};
use writer::Writer;

/// Octets gathered for one write of a document.
const DOCUMENT: usize = 32 << 10;
/// And of a line: the memory allocator has such a piece at hand.
const LINE: usize = 640;

/// Writes a value on one line, and ends the line.
pub(crate) fn write_line(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, Writer::new(w, false, LINE), b"\n")
}

/// Writes a value on one line.
pub(crate) fn write_compact(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, Writer::new(w, false, DOCUMENT), b"")
}

/// Writes a value over several lines, indented.
pub(crate) fn write_pretty(value: &impl Serialize, w: &mut dyn Write) -> io::Result<()> {
    write(value, Writer::new(w, true, DOCUMENT), b"")
}

fn write(value: &impl Serialize, mut writer: Writer<'_>, end: &[u8]) -> io::Result<()> {
    match value.serialize(&mut writer) {
        Ok(()) => writer.finish(end),
        Err(Failed(error)) => {
            // What was written before is worth something; the first error is the one to tell.
            let _ = writer.finish(b"");
            Err(error)
        }
    }
}

/// Why writing ended early.
#[derive(Debug)]
struct Failed(io::Error);

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed(error)
    }
}

impl Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl serde::ser::Error for Failed {
    fn custom<T: Display>(message: T) -> Self {
        Failed(io::Error::other(message.to_string()))
    }
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
        let deep = (0..30).fold(json!("x"), |inner, at| match at % 2 {
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
