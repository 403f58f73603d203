//! Text from packets and names of files, made safe for a terminal.

use std::fmt;
use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Bytes as text, what is not UTF-8 replaced by U+FFFD. As `String::from_utf8_lossy`, which looks at
/// one character after the other; nearly all bytes are text as they stand.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Displays bytes as text: UTF-8 kept, the rest replaced by U+FFFD, what [`first_hidden`] finds shown
/// escaped, so no packet can move a reader's cursor, and no two texts look equal that are not.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl<'a> Escaped<'a> {
    /// Of a string.
    pub fn of(s: &'a str) -> Self {
        Escaped(s.as_bytes())
    }
}

/// The first character of `text` that must not be shown as it is, and where: everything that shows text
/// from outside asks here, and goes on asking behind what it found.
pub fn first_hidden(text: &str) -> Option<(usize, char)> {
    let mut before = None;
    text.char_indices().find(|&(at, c)| {
        let hidden = is_hidden(c)
            && match c {
                EMOJI_STYLE => !turns_to_emoji(before),
                WIDE_SPACE => !is_between_wide(before, text.get(at + c.len_utf8()..)),
                _ => true,
            };
        before = Some(c);
        hidden
    })
}

/// IDEOGRAPHIC SPACE.
const WIDE_SPACE: char = '\u{3000}';

/// True between two letters as wide as itself, where Japanese names have it: elsewhere, and doubled, it looks
/// like the gap between two columns.
fn is_between_wide(before: Option<char>, rest: Option<&str>) -> bool {
    let wide = |c: char| c.width() == Some(2) && !is_hidden(c);
    before.is_some_and(wide) && rest.and_then(|r| r.chars().next()).is_some_and(wide)
}

/// VARIATION SELECTOR-16: the character before it is to be drawn as an emoji.
const EMOJI_STYLE: char = '\u{fe0f}';

/// True where U+FE0F changes what is seen: behind the characters of Unicode's emoji-variation-sequences.txt
/// that are narrow without it, as unicode-width knows them. Digits, `#` and `*` are among them, but most
/// terminals draw those as before. The other variation selectors choose between forms hardly told apart.
fn turns_to_emoji(before: Option<char>) -> bool {
    before.is_some_and(|c| {
        !c.is_ascii()
            && c.width() == Some(1)
            && [c, EMOJI_STYLE].iter().collect::<String>().width() == 2
    })
}

/// True for a character that a terminal obeys, that changes the order of the text, that cannot be seen, or
/// that cannot be told from a space.
///
/// The sets are those of Unicode 16: Cc; Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which
/// holds zero-width characters, direction marks, fillers, variation selectors and tags; Cf, Zl and Zp beyond
/// it, but for the marks that are drawn around numbers; Zs; noncharacters; the empty Braille pattern; and
/// those that are named filler, joiner, null or replacement and have no shape: U+2D7F, U+FFFC, U+1107F,
/// U+16FE4, U+1D159.
fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        // Controls.
        '\u{80}'..='\u{9f}'
        // Default_Ignorable_Code_Point.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        // Other format characters, line and paragraph separator.
        | '\u{70f}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{13430}'..='\u{13455}'
        // Blanks.
        | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}'
        | WIDE_SPACE
        // Without a shape.
        | '\u{2d7f}' | '\u{fffc}' | '\u{1107f}' | '\u{16fe4}' | '\u{1d159}'
        // Noncharacters.
        | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.iter().all(|b| matches!(b, b' '..=b'~'));
        if let (true, Ok(text)) = (plain, std::str::from_utf8(self.0)) {
            return f.write_str(text);
        }
        let text = String::from_utf8_lossy(self.0);
        let mut rest: &str = &text;
        while let Some((at, c)) = first_hidden(rest) {
            let (shown, found) = rest.split_at(at);
            f.write_str(shown)?;
            match c {
                '\r' => f.write_str("\\r")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                // Beyond these, `\\x9b` is an octet of a file's name.
                c if c.is_ascii() => write!(f, "\\x{:02x}", c as u32)?,
                c => write!(f, "\\u{{{:x}}}", c as u32)?,
            }
            rest = found.get(c.len_utf8()..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// A file's name as text, different for different names: octets that are not UTF-8 as `\xff`, and then,
/// or where a name holds such letters itself, a backslash as `\\`. Escape it before a terminal sees it.
pub fn path_text(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let text = std::str::from_utf8(bytes).ok();
    if let Some(text) = text.filter(|t| !has_escape(t)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        out += &chunk.valid().replace('\\', "\\\\");
        for octet in chunk.invalid() {
            out += &format!("\\x{octet:02x}");
        }
    }
    out
}

/// `\xff` or `\u{9b}` written out.
fn has_escape(text: &str) -> bool {
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let mut octets = text.split("\\x").skip(1);
    let mut characters = text.split("\\u{").skip(1);
    octets.any(|rest| digits(rest) >= 2) || characters.any(|rest| digits(rest) >= 2)
}

/// A file's name in a sentence for a terminal.
pub fn shown_path(path: &Path) -> String {
    Escaped::of(&path_text(path)).to_string()
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

    /// Ranges of Default_Ignorable_Code_Point in DerivedCoreProperties-16.0.0.txt, copied from there.
    const DEFAULT_IGNORABLE: [(u32, u32); 17] = [
        (0x00ad, 0x00ad),
        (0x034f, 0x034f),
        (0x061c, 0x061c),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x202a, 0x202e),
        (0x2060, 0x206f),
        (0x3164, 0x3164),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff0, 0xfff8),
        (0x1bca0, 0x1bca3),
        (0x1d173, 0x1d17a),
        (0xe0000, 0xe0fff),
    ];

    #[test]
    fn of_all_code_points_none_that_is_unseen_is_shown_as_it_is() {
        for c in '\0'..=char::MAX {
            let n = u32::from(c);
            let ignorable = DEFAULT_IGNORABLE.iter().any(|&(a, b)| (a..=b).contains(&n));
            let named = matches!(
                n,
                0x2028 | 0x2029 | 0xfff9..=0xfffc | 0x2d7f | 0x1107f | 0x16fe4 | 0x1d159
            );
            let blank = c.is_whitespace() && c != ' ';
            let unseen = c.is_control() || ignorable || named || blank;
            let shown = Escaped::of(c.encode_utf8(&mut [0; 4])).to_string();
            if unseen {
                assert!(
                    shown.bytes().all(|b| b.is_ascii_graphic()),
                    "U+{n:04X}: {shown}"
                );
            }
            if shown.contains(c) {
                // Combining marks and the vowels of Hangul syllables have no width of their own, and show.
                assert_eq!(shown, c.to_string());
            }
            assert!(first_hidden(&shown).is_none(), "U+{n:04X}");
            // Behind anything else, too, and without a change to it.
            for before in ["a", "\u{2764}", "1"] {
                let text = format!("{before}{c}");
                let again = Escaped::of(&text).to_string();
                let emoji = c == '\u{fe0f}' && before == "\u{2764}";
                assert_eq!(
                    again,
                    if emoji {
                        text
                    } else {
                        format!("{before}{shown}")
                    }
                );
            }
        }
    }

    #[test]
    fn letters_marks_and_emoji_stay() {
        for text in [
            "Zvoním",
            "山田　太郎",
            "Z\u{30c}",
            "\u{2764}\u{fe0f}",
            "📞",
            "नमस्ते",
            "가",
            "٣",
        ] {
            assert_eq!(Escaped::of(text).to_string(), text);
        }
        for gap in [
            "a\u{3000}b",
            "\u{3000}山",
            "山\u{3000}\u{3000}田",
            "山\u{3000}",
        ] {
            let shown = Escaped::of(gap).to_string();
            assert_eq!(shown, gap.replace('\u{3000}', "\\u{3000}"));
        }
        assert_eq!(Escaped::of("1\u{fe0f}").to_string(), "1\\u{fe0f}");
        assert_eq!(Escaped::of("a\u{e0061}").to_string(), "a\\u{e0061}");
    }

    #[cfg(unix)]
    #[test]
    fn names_of_files_that_differ_look_different() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let shown = |name: &[u8]| shown_path(Path::new(OsStr::from_bytes(name)));
        for (name, text) in [
            (&b"a\xff.pcap"[..], "a\\xff.pcap"),
            (b"a\\xff.pcap", "a\\\\xff.pcap"),
            (b"a\xfe\\.pcap", "a\\xfe\\\\.pcap"),
            (b"a\\b.pcap", "a\\b.pcap"),
            (b"a\x1b[31m\r\n", "a\\x1b[31m\\r\\n"),
            (b"a\\x1b[31m", "a\\\\x1b[31m"),
            ("a\u{202e}b".as_bytes(), "a\\u{202e}b"),
            (b"a\\u{202e}b", "a\\\\u{202e}b"),
            ("a\u{9b}b".as_bytes(), "a\\u{9b}b"),
            (b"a\x9bb", "a\\x9bb"),
        ] {
            assert_eq!(shown(name), text);
        }
    }
}
