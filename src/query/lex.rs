//! An expression as words: paths, numbers with units, texts, signs.

use super::error::Wrong;
use std::ops::Range;

/// One word of an expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Octets of the expression.
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A field, with dots; or a word that is none.
    Path(String),
    And,
    Or,
    Not,
    In,
    True,
    False,
    Null,
    /// A number as written, and what stands right behind it: `200`, `ms`.
    Number(f64, String),
    /// `4xx`: the first digit.
    Class(u8),
    Text(String),
    Sign(Sign),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    End,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Matches,
    MatchesNot,
}

impl Sign {
    /// As it is written.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Sign::Equal => "==",
            Sign::Unequal => "!=",
            Sign::Less => "<",
            Sign::AtMost => "<=",
            Sign::More => ">",
            Sign::AtLeast => ">=",
            Sign::Matches => "~",
            Sign::MatchesNot => "!~",
        }
    }

    /// The same comparison with its sides exchanged; `None` where that means nothing.
    pub(super) const fn exchanged(self) -> Option<Sign> {
        Some(match self {
            Sign::Equal => Sign::Equal,
            Sign::Unequal => Sign::Unequal,
            Sign::Less => Sign::More,
            Sign::AtMost => Sign::AtLeast,
            Sign::More => Sign::Less,
            Sign::AtLeast => Sign::AtMost,
            Sign::Matches | Sign::MatchesNot => return None,
        })
    }
}

/// The words of an expression, with [`TokenKind::End`] behind the last.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = char_at(text, at) {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, len) = one(text, at, c)?;
        tokens.push(Token {
            kind,
            at: at..at + len,
        });
        at += len;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        at: text.len()..text.len(),
    });
    Ok(tokens)
}

fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// How many octets from `at` on are of characters that `is` accepts.
fn run(text: &str, at: usize, is: impl Fn(char) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find(|c| !is(c)).unwrap_or(rest.len())
}

/// The word that begins at `at` with `c`, and its length.
fn one(text: &str, at: usize, c: char) -> Result<(TokenKind, usize), Wrong> {
    let next = char_at(text, at + c.len_utf8());
    let sign = |sign| TokenKind::Sign(sign);
    let wrong = |len, what: &str| Err(Wrong::new(at..at + len, what));
    Ok(match (c, next) {
        ('(', _) => (TokenKind::Open, 1),
        (')', _) => (TokenKind::Close, 1),
        ('[', _) => (TokenKind::OpenList, 1),
        (']', _) => (TokenKind::CloseList, 1),
        (',', _) => (TokenKind::Comma, 1),
        ('=', Some('=')) => (sign(Sign::Equal), 2),
        ('=', Some('~')) => return wrong(2, "a regular expression follows '~'"),
        ('=', _) => return wrong(1, "a comparison is written '=='"),
        ('!', Some('=')) => (sign(Sign::Unequal), 2),
        ('!', Some('~')) => (sign(Sign::MatchesNot), 2),
        ('!', _) => (TokenKind::Not, 1),
        ('<', Some('=')) => (sign(Sign::AtMost), 2),
        ('<', Some('>')) => return wrong(2, "unequal is written '!='"),
        ('<', _) => (sign(Sign::Less), 1),
        ('>', Some('=')) => (sign(Sign::AtLeast), 2),
        ('>', _) => (sign(Sign::More), 1),
        ('~', _) => (sign(Sign::Matches), 1),
        ('&', Some('&')) => (TokenKind::And, 2),
        ('|', Some('|')) => (TokenKind::Or, 2),
        ('&' | '|', _) => return wrong(1, "conditions are joined by 'and' or 'or'"),
        ('\'' | '"', _) => quoted(text, at, c)?,
        ('-', Some(d)) if d.is_ascii_digit() => number(text, at)?,
        _ if c.is_ascii_digit() => number(text, at)?,
        _ if c.is_alphabetic() || c == '_' => word(text, at),
        ('\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}', _) => {
            return wrong(c.len_utf8(), "text stands in straight quotes: ' or \"");
        }
        _ => return wrong(c.len_utf8(), "this has no place in an expression"),
    })
}

/// A backslash stays, for regular expressions, except before the quote that would end the text.
fn quoted(text: &str, at: usize, quote: char) -> Result<(TokenKind, usize), Wrong> {
    let mut inside = String::new();
    let mut chars = text.get(at + 1..).unwrap_or_default().char_indices();
    while let Some((n, c)) = chars.next() {
        if c == quote {
            return Ok((TokenKind::Text(inside), n + 2));
        }
        if c == '\\' {
            match chars.next() {
                Some((_, escaped)) => {
                    if escaped != quote {
                        inside.push('\\');
                    }
                    inside.push(escaped);
                }
                None => break,
            }
            continue;
        }
        inside.push(c);
    }
    Err(Wrong::new(at..at + 1, "this quote is never closed"))
}

/// A number with its unit. A mark that no number has shows that text was meant.
fn number(text: &str, at: usize) -> Result<(TokenKind, usize), Wrong> {
    let minus = usize::from(char_at(text, at) == Some('-'));
    let whole = minus + run(text, at + minus, |c| c.is_ascii_digit());
    let dot = text.get(at + whole..).is_some_and(|rest| {
        let mut chars = rest.chars();
        chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_ascii_digit())
    });
    let digits = match dot {
        true => whole + 1 + run(text, at + whole + 1, |c| c.is_ascii_digit()),
        false => whole,
    };
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '%' | '_' | '.' | ':' | '-' | '/');
    let behind = run(text, at + digits, in_word);
    let len = digits + behind;
    let written = text.get(at..at + digits).unwrap_or_default();
    let unit = text.get(at + digits..at + len).unwrap_or_default();
    if unit.eq_ignore_ascii_case("xx") && digits == 1 {
        let class = written.bytes().next().unwrap_or_default();
        return match class {
            b'1'..=b'6' => Ok((TokenKind::Class(class - b'0'), len)),
            _ => Err(Wrong::new(
                at..at + len,
                "classes of status codes go from 1xx to 6xx",
            )),
        };
    }
    let is_unit = |c: char| c.is_alphabetic() || c == '%' || c == '/';
    let value = written.parse::<f64>().ok().filter(|v| v.is_finite());
    match value {
        Some(value) if unit.chars().all(is_unit) => {
            Ok((TokenKind::Number(value, unit.to_owned()), len))
        }
        // Behind a unit a figure may end in one: dBm0.
        Some(value) if unit.eq_ignore_ascii_case("dbm0") => {
            Ok((TokenKind::Number(value, unit.to_owned()), len))
        }
        _ => {
            let all = text.get(at..at + len).unwrap_or_default();
            Err(Wrong::new(
                at..at + len,
                format!("{all} is no number; text stands in quotes: '{all}'"),
            ))
        }
    }
}

fn word(text: &str, at: usize) -> (TokenKind, usize) {
    let mut len = 0;
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut path = String::new();
    loop {
        let part = run(text, at + len, in_word);
        path.push_str(text.get(at + len..at + len + part).unwrap_or_default());
        len += part;
        // As other languages have it: `messages[].status`.
        let rest = text.get(at + len..).unwrap_or_default();
        let skipped = if rest.starts_with("[].") { 2 } else { 0 };
        let mut behind = rest.get(skipped..).unwrap_or_default().chars();
        if behind.next() != Some('.') || !behind.next().is_some_and(in_word) {
            break;
        }
        path.push('.');
        len += skipped + 1;
    }
    let kind = match path.to_ascii_lowercase().as_str() {
        "and" => TokenKind::And,
        "or" => TokenKind::Or,
        "not" => TokenKind::Not,
        "in" => TokenKind::In,
        "true" => TokenKind::True,
        "false" => TokenKind::False,
        "null" => TokenKind::Null,
        _ => TokenKind::Path(path),
    };
    (kind, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut kinds: Vec<TokenKind> = lex(text).unwrap().into_iter().map(|t| t.kind).collect();
        assert_eq!(kinds.pop(), Some(TokenKind::End));
        kinds
    }

    fn wrong(text: &str) -> (Range<usize>, String) {
        let wrong = lex(text).unwrap_err();
        (wrong.at, wrong.what)
    }

    #[test]
    fn a_number_has_its_unit_with_it() {
        assert_eq!(
            kinds("200ms -4.5dBm0 5% 80kbps 4xx"),
            [
                TokenKind::Number(200.0, "ms".into()),
                TokenKind::Number(-4.5, "dBm0".into()),
                TokenKind::Number(5.0, "%".into()),
                TokenKind::Number(80.0, "kbps".into()),
                TokenKind::Class(4),
            ]
        );
    }

    #[test]
    fn a_backslash_is_for_the_regular_expression_unless_it_guards_the_quote() {
        assert_eq!(
            kinds(r#"'a\.b' 'it\'s' "\"""#),
            [
                TokenKind::Text(r"a\.b".into()),
                TokenKind::Text("it's".into()),
                TokenKind::Text("\"".into()),
            ]
        );
    }

    #[test]
    fn a_path_goes_through_lists_and_words_of_other_languages_are_known() {
        assert_eq!(
            kinds("messages[].status && !statuses.486 OR x"),
            [
                TokenKind::Path("messages.status".into()),
                TokenKind::And,
                TokenKind::Not,
                TokenKind::Path("statuses.486".into()),
                TokenKind::Or,
                TokenKind::Path("x".into()),
            ]
        );
    }

    #[test]
    fn what_is_no_word_is_named_with_its_place() {
        assert_eq!(
            wrong("a == 192.0.2.1"),
            (
                5..14,
                "192.0.2.1 is no number; text stands in quotes: '192.0.2.1'".into()
            )
        );
        assert_eq!(wrong("a = 1").1, "a comparison is written '=='");
        assert_eq!(wrong("a == 'x").0, 5..6);
        assert_eq!(wrong("a == 7xx").0, 5..8);
        assert_eq!(wrong("a # b").0, 2..3);
    }
}
