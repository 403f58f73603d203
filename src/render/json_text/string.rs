//! Strings of JSON: whether they can stand as they are, and how they are written where not.

use crate::types::text::first_hidden;
use serde::Serializer as _;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// A byte repeated over a word.
const fn all(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// True where a byte of the word has to be escaped, or is not ASCII. Eight at once: subtracting sets the high bit of a
/// byte that is below, and of no other unless one is.
#[inline]
fn has_odd(word: u64) -> bool {
    let is_zero = |w: u64| w.wrapping_sub(all(1)) & !w;
    let below_blank = word.wrapping_sub(all(b' '));
    let from_delete = word | word.wrapping_add(all(1));
    let quote = is_zero(word ^ all(b'"'));
    let backslash = is_zero(word ^ all(b'\\'));
    (below_blank | from_delete | quote | backslash) & all(0x80) != 0
}

/// True where all of it is printable ASCII with nothing to escape.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    if words.iter().any(|word| has_odd(u64::from_ne_bytes(*word))) {
        return false;
    }
    match bytes.last_chunk::<8>() {
        // Some bytes are looked at twice.
        Some(last) => rest.is_empty() || !has_odd(u64::from_ne_bytes(*last)),
        None => rest
            .iter()
            .all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\')),
    }
}

/// Writes a string with what has to be escaped.
#[cold]
pub(super) fn write_escaped(text: &str, into: &mut Vec<u8>) -> io::Result<()> {
    Ok(Serializer::with_formatter(into, Shown).serialize_str(text)?)
}

/// `serde_json`'s strings, with what a terminal obeys escaped too.
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        w: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = first_hidden(rest) {
            let (plain, found) = rest.split_at(at);
            w.write_all(plain.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(w, "\\u{unit:04x}")?;
            }
            rest = found.get(c.len_utf8()..).unwrap_or_default();
        }
        CompactFormatter.write_string_fragment(w, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_string_is_plain_where_nothing_in_it_is_escaped() {
        for at in 0..20 {
            let plain = "~ !#[]^~ abcdefghijk"; // 20 octets
            assert!(is_plain(plain.as_bytes()) && is_plain(&plain.as_bytes()[at..]));
            for byte in 0..=255u8 {
                let mut bytes = plain.as_bytes().to_vec();
                bytes[at] = byte;
                let stands = matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
                assert_eq!(is_plain(&bytes), stands, "{byte:#x} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_escaped_form_is_read_back_as_the_string(text in any::<String>()) {
            let mut written = Vec::new();
            write_escaped(&text, &mut written).unwrap();
            prop_assert_eq!(&serde_json::from_slice::<String>(&written).unwrap(), &text);
            if is_plain(text.as_bytes()) {
                prop_assert_eq!(written, format!("\"{text}\"").into_bytes());
            }
        }
    }
}
