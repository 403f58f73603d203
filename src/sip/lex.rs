//! Lexical pieces of RFC 3261 §25.1 shared by every header: LWS, tokens, quoted strings, lists.

use memchr::{memchr, memchr2, memchr3};
use std::borrow::Cow;

/// SP, HT, or part of a line fold.
pub(crate) const fn is_lws(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// A `token` character (RFC 3261 §25.1).
pub(crate) const fn is_token_char(b: u8) -> bool {
    TOKEN_CHARS[b as usize]
}

/// What a `token` is made of (RFC 3261 §25.1).
pub(crate) static TOKEN_CHARS: CharSet = alphanumeric_and(b"-.!%*_+`'~");
/// What a host name or an IPv4 address is made of.
pub(crate) static HOST_CHARS: CharSet = alphanumeric_and(b".-");
/// What a plain parameter is made of, its value without quotes.
pub(crate) static PARAM_CHARS: CharSet = alphanumeric_and(b"-.!%*_+`'~=");

/// True at the octets that belong to it.
pub(crate) type CharSet = [bool; 256];

/// Those octets.
pub(crate) const fn set_of(octets: &[u8]) -> CharSet {
    let mut set = [false; 256];
    let mut at = 0;
    while at < octets.len() {
        set[octets[at] as usize] = true;
        at += 1;
    }
    set
}

/// Letters, digits and `others`.
pub(crate) const fn alphanumeric_and(others: &[u8]) -> CharSet {
    let mut set = set_of(others);
    let mut b = 0;
    while b < set.len() {
        set[b] |= (b as u8).is_ascii_alphanumeric();
        b += 1;
    }
    set
}

/// As many octets as belong to the set, and the rest.
pub(crate) fn split_run<'a>(v: &'a [u8], set: &CharSet) -> (&'a [u8], &'a [u8]) {
    let other = v.iter().position(|b| !set[usize::from(*b)]);
    v.split_at(other.unwrap_or(v.len()))
}

/// True for a non-empty token.
pub(crate) fn is_token(v: &[u8]) -> bool {
    !v.is_empty() && v.iter().all(|b| is_token_char(*b))
}

/// Without LWS at either end.
pub(crate) fn trim(mut v: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = v {
        if !is_lws(*first) {
            break;
        }
        v = rest;
    }
    while let [rest @ .., last] = v {
        if !is_lws(*last) {
            break;
        }
        v = rest;
    }
    v
}

/// Joins folded lines with one SP (RFC 3261 §7.3.1). Borrows where nothing is folded.
pub(crate) fn unfold(v: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\n', v).is_none() {
        return Cow::Borrowed(v);
    }
    let mut out = Vec::with_capacity(v.len());
    let mut rest = v;
    while let Some(lf) = memchr(b'\n', rest) {
        let (line, after) = rest.split_at(lf);
        out.extend_from_slice(trim_end(line));
        let text = trim_start(after);
        if !out.is_empty() && !text.is_empty() {
            out.push(b' ');
        }
        rest = text;
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

fn trim_end(mut v: &[u8]) -> &[u8] {
    while let [rest @ .., last] = v {
        if !is_lws(*last) {
            break;
        }
        v = rest;
    }
    v
}

/// Without LWS at its start.
pub(crate) fn trim_start(mut v: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = v {
        if !is_lws(*first) {
            break;
        }
        v = rest;
    }
    v
}

/// For `v` starting at a double quote: how many bytes the quoted string takes, quotes included.
/// `None` when it never closes. A backslash escapes whatever follows it (§25.1 quoted-pair).
pub(crate) fn quoted_len(v: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = v.get(at..)?;
        let hit = memchr2(b'"', b'\\', rest)?;
        match rest.get(hit)? {
            b'"' => return Some(at + hit + 1),
            _ => at += hit + 2,
        }
    }
}

/// The content of a quoted string with its escapes resolved; any other text as it is.
pub(crate) fn unquote(v: &[u8]) -> Cow<'_, [u8]> {
    let inner = strip_quotes(v);
    if inner.len() == v.len() || memchr2(b'\\', b'\n', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let flat = unfold(inner);
    let mut out = Vec::with_capacity(flat.len());
    let mut bytes = flat.iter();
    while let Some(b) = bytes.next() {
        match b {
            b'\\' => out.extend(bytes.next()),
            b => out.push(*b),
        }
    }
    Cow::Owned(out)
}

/// The content of a quoted string with its escapes kept; any other text as it is.
pub(crate) fn strip_quotes(v: &[u8]) -> &[u8] {
    match v {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}

/// Splits a list-typed header value at its top-level commas: not inside quotes or `<>`.
pub(crate) fn split_list(value: &[u8]) -> ListItems<'_> {
    ListItems {
        rest: Some(value),
        comments: false,
    }
}

/// As [`split_list`], for Via: commas inside `(comments)` do not separate either (RFC 2543 §6.40).
pub(crate) fn split_via_list(value: &[u8]) -> ListItems<'_> {
    ListItems {
        rest: Some(value),
        comments: true,
    }
}

/// Iterator over the trimmed, non-empty items of a list-typed value.
#[derive(Clone, Debug)]
pub(crate) struct ListItems<'a> {
    rest: Option<&'a [u8]>,
    comments: bool,
}

impl<'a> Iterator for ListItems<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest?;
            let end = item_len(rest, self.comments);
            let (item, tail) = rest.split_at(end);
            self.rest = match tail {
                [_, after @ ..] => Some(after),
                [] => None,
            };
            let item = trim(item);
            // `;,;` holds no value, only separators too many.
            if !item.iter().all(|b| *b == b';' || is_lws(*b)) {
                return Some(item);
            }
        }
    }
}

/// Bytes up to the next top-level comma, or all. An opening mark that never closes is plain text.
fn item_len(v: &[u8], comments: bool) -> usize {
    if memchr(b',', v).is_none() {
        return v.len();
    }
    let mark = |rest: &[u8]| match comments {
        true => rest
            .iter()
            .position(|b| matches!(b, b',' | b'"' | b'<' | b'(')),
        false => memchr3(b',', b'"', b'<', rest),
    };
    let mut at = 0;
    while let Some(rest) = v.get(at..)
        && let Some(hit) = mark(rest)
    {
        let rest = rest.get(hit..).unwrap_or_default();
        at += hit;
        at += match rest.first() {
            None => return v.len(),
            Some(b',') => return at,
            Some(b'"') => quoted_len(rest).unwrap_or(1),
            Some(b'<') => memchr(b'>', rest).map_or(1, |end| end + 1),
            Some(b'(') => memchr(b')', rest).map_or(1, |end| end + 1),
            Some(_) => 1,
        };
    }
    v.len()
}

/// A decimal number, saturating at `u64::MAX`; `None` unless every byte is a digit.
pub(crate) fn parse_number(v: &[u8]) -> Option<u64> {
    if v.is_empty() {
        return None;
    }
    v.iter().try_fold(0u64, |n, b| {
        b.is_ascii_digit()
            .then(|| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    })
}

/// The digits a value starts with, as a saturating number; `None` if there are none.
pub(crate) fn leading_number(v: &[u8]) -> Option<u64> {
    let digits = v.iter().take_while(|b| b.is_ascii_digit()).count();
    parse_number(v.get(..digits)?)
}

/// First word of a value and what follows it, both trimmed.
pub(crate) fn split_word(v: &[u8]) -> (&[u8], &[u8]) {
    let v = trim(v);
    let end = v.iter().position(|b| is_lws(*b)).unwrap_or(v.len());
    let (word, rest) = v.split_at(end);
    (word, trim(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(v: &str) -> Vec<String> {
        split_list(v.as_bytes())
            .map(|i| String::from_utf8_lossy(i).into_owned())
            .collect()
    }

    #[test]
    fn commas_inside_quotes_and_brackets_do_not_split() {
        assert_eq!(
            items(r#""Bell, A\", B" <sip:a@b>, <sip:c,d@e>;x=1 , sip:f@g"#),
            [r#""Bell, A\", B" <sip:a@b>"#, "<sip:c,d@e>;x=1", "sip:f@g"]
        );
    }

    #[test]
    fn stray_commas_make_no_items() {
        assert_eq!(items(",a,, ,b,; ;,"), ["a", "b"]);
        assert_eq!(items(""), Vec::<String>::new());
    }

    #[test]
    fn a_quote_that_never_closes_does_not_swallow_the_list() {
        assert_eq!(items(r#""Joe <sip:a@b>, <sip:c@d>"#).len(), 2);
    }

    #[test]
    fn folds_become_one_space() {
        assert_eq!(&*unfold(b"a\r\n  b \r\n\tc"), b"a b c");
        assert_eq!(&*unfold(b"\r\n a"), b"a");
        assert!(matches!(unfold(b"a  b"), Cow::Borrowed(_)));
    }

    #[test]
    fn quoted_pairs_are_resolved() {
        assert_eq!(&*unquote(br#""J \\\"""#), br#"J \""#);
        assert_eq!(&*unquote(b"plain"), b"plain");
        assert_eq!(quoted_len(br#""a\"b" c"#), Some(6));
        assert_eq!(quoted_len(br#""a\"#), None);
    }

    #[test]
    fn numbers_saturate_and_signs_are_no_digits() {
        assert_eq!(parse_number(b"0068"), Some(68));
        assert_eq!(parse_number(b"36893488147419103232"), Some(u64::MAX));
        assert_eq!(parse_number(b"-999"), None);
        assert_eq!(parse_number(b""), None);
    }
}
