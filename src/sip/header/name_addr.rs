//! `name-addr` and `addr-spec`: From, To, Contact, Route, Refer-To, identities (RFC 3261 §25.1).

use crate::sip::lex::{is_lws, quoted_len, trim, unfold, unquote};
use crate::sip::params::Params;
use crate::sip::uri::Uri;
use memchr::memchr;
use std::borrow::Cow;

/// An address with an optional display name and header parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// Display name, quotes removed and escapes resolved; `None` when there is none.
    pub display_name: Option<Cow<'a, [u8]>>,
    /// The URI as sent, without brackets or white space around it.
    pub uri: &'a [u8],
    /// Header parameters. Without brackets everything from the first `;` is one (RFC 3261 §20.10).
    pub params: Params<'a>,
    /// The URI stood in `<>`.
    pub bracketed: bool,
}

impl<'a> NameAddr<'a> {
    /// Reads one value. Always gives one; an unreadable value has it all in `uri`.
    pub fn parse(value: &'a [u8]) -> NameAddr<'a> {
        let value = trim(value);
        bracketed(value).unwrap_or_else(|| addr_spec(value))
    }

    /// The `tag` parameter: this side of a dialog; `None` when absent or empty.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.value("tag").filter(|t| !t.is_empty())
    }

    /// The URI taken apart.
    pub fn uri(&self) -> Uri<'a> {
        Uri::parse(self.uri)
    }

    /// The display name as text; bytes that are not UTF-8 are replaced.
    pub fn display_text(&self) -> Option<String> {
        let name = self.display_name.as_deref()?;
        Some(crate::types::text_of(name))
    }
}

/// `[display-name] "<" addr-spec ">" params`; `None` when there is no opening bracket. Several are
/// read of every message, hence by hand.
fn bracketed(v: &[u8]) -> Option<NameAddr<'_>> {
    let (name, inner) = display_name(v)?;
    let (uri, rest) = inner.split_at(memchr(b'>', inner).unwrap_or(inner.len()));
    Some(NameAddr {
        display_name: Some(name).filter(|n| !n.is_empty()),
        uri: trim(uri),
        params: Params(rest.get(1..).unwrap_or_default()),
        bracketed: true,
    })
}

/// The display name and what follows the opening bracket.
fn display_name(v: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    if let (Some(b'"'), Some(len)) = (v.first(), quoted_len(v)) {
        let (quoted, rest) = v.split_at(len.min(v.len()));
        let blanks = rest.iter().take_while(|b| is_lws(**b)).count();
        if let Some([b'<', inner @ ..]) = rest.get(blanks..) {
            return Some((unquote(quoted), inner));
        }
    }
    // Unquoted, or a quote that never closes: everything before the bracket.
    let (name, rest) = v.split_at(memchr(b'<', v)?);
    let inner = rest.get(1..).unwrap_or_default();
    if name.is_empty() {
        return Some((Cow::Borrowed(name), inner));
    }
    if is_addr_spec_with_params(name) {
        return None;
    }
    let name = trim(name);
    let name = trim(name.strip_prefix(b"\"").unwrap_or(name));
    Some((unfold(name), inner))
}

/// `sip:a@b;x="<...`: the bracket belongs to a parameter, not to the address.
fn is_addr_spec_with_params(before: &[u8]) -> bool {
    matches!(
        (memchr(b':', before), memchr(b';', before)),
        (Some(colon), Some(semi)) if colon < semi
    ) && before.first() != Some(&b'"')
}

fn addr_spec(value: &[u8]) -> NameAddr<'_> {
    let (uri, params) = value.split_at(memchr(b';', value).unwrap_or(value.len()));
    NameAddr {
        display_name: None,
        uri: trim(uri),
        params: Params(params),
        bracketed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(s: &str) -> NameAddr<'_> {
        NameAddr::parse(s.as_bytes())
    }

    #[test]
    fn the_tag_is_the_parameter_named_tag_and_no_other() {
        let a = parse(r#""tag=x;tag=y" <sip:a@b;tag=uri>;mytag=z;x="tag=q;tag=r";tag=right"#);
        assert_eq!(a.tag(), Some(&b"right"[..]));
        assert_eq!(a.display_text().as_deref(), Some("tag=x;tag=y"));
        assert_eq!(a.uri, b"sip:a@b;tag=uri");
        assert_eq!(parse("<sip:a@b>;mytag=z").tag(), None);
        assert_eq!(parse("<sip:a@b>;tag=").tag(), None);
    }

    #[test]
    fn without_brackets_parameters_belong_to_the_header() {
        let a = parse("sip:+16505552222@ss1.example.net;user=phone;tag=1");
        assert_eq!(a.uri, b"sip:+16505552222@ss1.example.net");
        assert_eq!(a.tag(), Some(&b"1"[..]));
        assert!(!a.bracketed);
        let odd = parse(r#"sip:a@b;x="<sip:c@d>";tag=2"#);
        assert_eq!((odd.uri, odd.tag()), (&b"sip:a@b"[..], Some(&b"2"[..])));
    }

    #[test]
    fn folds_spaces_and_escapes_are_read() {
        let a = parse(
            "\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8",
        );
        assert_eq!(a.display_text().as_deref(), Some("J Rosenberg \\\""));
        assert_eq!(a.tag(), Some(&b"98asjd8"[..]));
        let b = parse("sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n");
        assert_eq!(b.uri, b"sip:vivekg@chair-dnrc.example.com");
        assert_eq!(b.tag(), Some(&b"1918181833n"[..]));
    }

    #[test]
    fn display_names_beside_the_grammar_are_kept() {
        let a = parse("Bell, Alexander <sip:a.g.bell@example.com>;tag=43");
        assert_eq!(a.display_text().as_deref(), Some("Bell, Alexander"));
        assert_eq!(a.tag(), Some(&b"43"[..]));
        let b = parse("\"Mr. J. User <sip:j.user@example.com>");
        assert_eq!(b.display_text().as_deref(), Some("Mr. J. User"));
        assert_eq!(b.uri, b"sip:j.user@example.com");
        assert_eq!(
            parse("caller<sip:a@b>").display_text().as_deref(),
            Some("caller")
        );
        assert_eq!(parse("< sip:t@example.org >").uri, b"sip:t@example.org");
        assert_eq!(parse("\"\" <sip:a@b>").display_name, None);
    }

    #[test]
    fn control_bytes_in_a_display_name_survive() {
        let a = NameAddr::parse(b"\"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:a@b>");
        assert_eq!(
            a.display_name.as_deref(),
            Some(&b"BEL:\x07 NUL:\x00 DEL:\x7f"[..])
        );
    }

    #[test]
    fn a_bracket_that_never_closes_takes_the_rest() {
        let a = parse("<sip:a@b;tag=1");
        assert_eq!((a.uri, a.tag()), (&b"sip:a@b;tag=1"[..], None));
        assert_eq!(parse("").uri, b"");
    }
}
