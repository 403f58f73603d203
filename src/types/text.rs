//! Text from packets, made safe for a terminal.

use std::fmt;

/// Bytes as text, what is not UTF-8 replaced by U+FFFD. As `String::from_utf8_lossy`, which looks at
/// one character after the other; nearly all bytes are text as they stand.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Displays bytes as text: UTF-8 kept, the rest replaced by U+FFFD, control characters (C0, DEL, C1,
/// and the Unicode direction overrides) shown escaped, so no packet can move a reader's cursor.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl<'a> Escaped<'a> {
    /// Of a string.
    pub fn of(s: &'a str) -> Self {
        Escaped(s.as_bytes())
    }
}

/// True for a character that could change a terminal's state or the order of the text.
pub fn is_unsafe_char(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let plain = self.0.iter().all(|b| matches!(b, b' '..=b'~'));
        if let (true, Ok(text)) = (plain, std::str::from_utf8(self.0)) {
            return f.write_str(text);
        }
        for c in String::from_utf8_lossy(self.0).chars() {
            if is_unsafe_char(c) {
                match c {
                    '\r' => f.write_str("\\r")?,
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    c if (c as u32) < 0x100 => write!(f, "\\x{:02x}", c as u32)?,
                    c => write!(f, "\\u{{{:x}}}", c as u32)?,
                }
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(Escaped(b"a\x1b[2Jb\r\n").to_string(), "a\\x1b[2Jb\\r\\n");
        assert_eq!(Escaped::of("x\u{202e}y").to_string(), "x\\u{202e}y");
    }

    #[test]
    fn accents_stay_and_bad_bytes_are_replaced() {
        assert_eq!(Escaped("Zvoním".as_bytes()).to_string(), "Zvoním");
        assert_eq!(Escaped(b"Zvon\xedm").to_string(), "Zvon\u{fffd}m");
    }
}
