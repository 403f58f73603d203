//! Semicolon-separated parameters, read only when asked for (RFC 3261 §7.3.1 and §19.1.1).

use super::lex::{is_lws, quoted_len, trim, unquote};
use memchr::memchr;
use std::borrow::Cow;

/// The raw text of a parameter list, from its first `;`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a>(pub &'a [u8]);

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Name as sent; compares without regard to case.
    pub name: &'a [u8],
    /// Value as sent, quotes included; `None` for a bare name.
    pub value: Option<&'a [u8]>,
}

impl<'a> Param<'a> {
    /// The value with quotes removed and escapes resolved.
    pub fn unquoted(&self) -> Option<Cow<'a, [u8]>> {
        self.value.map(unquote)
    }
}

impl<'a> Params<'a> {
    /// The parameters in order.
    pub fn iter(&self) -> ParamIter<'a> {
        ParamIter { rest: self.0 }
    }
    /// The first parameter of that name, compared without regard to case.
    pub fn find(&self, name: &str) -> Option<Param<'a>> {
        self.iter()
            .find(|p| p.name.eq_ignore_ascii_case(name.as_bytes()))
    }
    /// Its value as sent; `None` when the parameter is absent or has no value.
    pub fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.find(name)?.value
    }
    /// True when the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
    /// True when there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// Iterator over parameters; empty ones (`;;`) are passed over.
#[derive(Clone, Debug)]
pub struct ParamIter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        loop {
            // Every round takes at least one byte: the first of a name, or its `=`.
            let start = self.rest.iter().position(|b| !is_lws(*b) && *b != b';')?;
            let (rest, param) = split_param(self.rest.get(start..)?);
            self.rest = rest;
            if !param.name.is_empty() {
                return Some(param);
            }
        }
    }
}

/// The parameter at the start, and what follows its `;`. Every message has dozens of them, hence by
/// hand.
fn split_param(v: &[u8]) -> (&[u8], Param<'_>) {
    // Names are short: a loop beats a vectorized search here.
    let end = v.iter().position(|b| matches!(b, b'=' | b';'));
    let (name, after) = v.split_at(end.unwrap_or(v.len()));
    let (value, rest) = match after {
        [b'=', after @ ..] => {
            let (value, rest) = split_value(after);
            (Some(trim(value)), rest)
        }
        other => (None, other),
    };
    let param = Param {
        name: trim(name),
        value,
    };
    (rest.get(1..).unwrap_or_default(), param)
}

/// A value, and the rest from its `;` on.
fn split_value(v: &[u8]) -> (&[u8], &[u8]) {
    let blanks = v.iter().take_while(|b| is_lws(**b)).count();
    let v = v.get(blanks..).unwrap_or_default();
    if let (Some(b'"'), Some(len)) = (v.first(), quoted_len(v)) {
        let (value, rest) = v.split_at(len.min(v.len()));
        // Anything between the closing quote and the next `;` is not part of the value.
        return (value, rest.get(until_semicolon(rest)..).unwrap_or_default());
    }
    v.split_at(until_semicolon(v))
}

fn until_semicolon(v: &[u8]) -> usize {
    memchr(b';', v).unwrap_or(v.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_whole_and_in_any_case() {
        let p = Params(b";mytag=a; TAG = b ;flag");
        assert_eq!(p.value("tag"), Some(&b"b"[..]));
        assert!(p.has("Flag"));
        assert_eq!(p.value("flag"), None);
        assert!(!p.has("fla"));
    }

    #[test]
    fn a_quoted_value_may_hold_semicolons_and_equal_signs() {
        let p = Params(br#";x="a;tag=no\";";tag=yes"#);
        assert_eq!(p.value("tag"), Some(&b"yes"[..]));
        assert_eq!(
            p.find("x").and_then(|x| x.unquoted()).as_deref(),
            Some(&br#"a;tag=no";"#[..])
        );
    }

    #[test]
    fn stray_semicolons_are_passed_over() {
        assert!(Params(b";;;;").is_empty());
        assert_eq!(Params(b";;a;;b=;").iter().count(), 2);
    }

    #[test]
    fn folds_count_as_white_space() {
        assert_eq!(
            Params(b"\r\n  ;\r\n  tag = 98asjd8").value("tag"),
            Some(&b"98asjd8"[..])
        );
    }
}
