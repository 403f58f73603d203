//! JSON whose strings can be shown on a terminal.
//!
//! JSON lets control characters above U+007E and characters that cannot be seen stand as they are (RFC 8259
//! §7). A terminal obeys some of them, so they are written as `\u009b`, which means the same.

use crate::types::text::first_hidden;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Writes a value on one line.
pub(crate) fn write_compact(value: &impl Serialize, w: impl Write) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(w, Shown(CompactFormatter)))?)
}

/// Writes a value over several lines, indented.
pub(crate) fn write_pretty(value: &impl Serialize, w: impl Write) -> io::Result<()> {
    let formatter = Shown(PrettyFormatter::new());
    Ok(value.serialize(&mut Serializer::with_formatter(w, formatter))?)
}

/// A formatter with safe strings; everything else is that of the inner one.
struct Shown<F>(F);

/// Hands a call on to the inner formatter.
macro_rules! inner {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        #[inline]
        fn $name<W: ?Sized + Write>(&mut self, w: &mut W, $($argument: $kind),*) -> io::Result<()> {
            self.0.$name(w, $($argument),*)
        }
    )*};
}

impl<F: Formatter> Formatter for Shown<F> {
    inner! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        w: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return w.write_all(fragment.as_bytes());
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
