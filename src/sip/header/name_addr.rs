//! `name-addr` and `addr-spec`: From, To, Contact, Route, Refer-To, identities (RFC 3261 §25.1).

use crate::sip::lex::{
    CharSet, alphanumeric_and, is_lws, quoted_len, set_of, split_run, trim, unfold, unquote,
};
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
    /// It was not in the first `<>`, which holds what cannot be a URI.
    pub mended: bool,
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
    let (mut name, mut inner) = display_name(v)?;
    let mut mended = false;
    if !may_be_uri(upto_bracket(inner))
        && let Some(address) = last_address(inner)
    {
        // What stands before it is what somebody meant as a name.
        let before = v.get(..v.len() - address.len() - 1).unwrap_or_default();
        (name, inner, mended) = (unfold(trim(before)), address, true);
    }
    let (uri, rest) = inner.split_at(upto_bracket(inner).len());
    Some(NameAddr {
        display_name: Some(name).filter(|n| !n.is_empty()),
        uri: trim(uri),
        params: Params(rest.get(1..).unwrap_or_default()),
        bracketed: true,
        mended,
    })
}

fn upto_bracket(inner: &[u8]) -> &[u8] {
    let end = memchr(b'>', inner).unwrap_or(inner.len());
    inner.get(..end).unwrap_or_default()
}

/// True for a scheme and a colon with no white space or bracket behind them: as much as any URI has (RFC 3986 §3).
pub(crate) fn may_be_uri(v: &[u8]) -> bool {
    let (scheme, rest) = split_run(trim(v), &SCHEME_CHARS);
    !scheme.is_empty()
        && rest.first() == Some(&b':')
        && rest.iter().all(|b| !BREAKS_URI[usize::from(*b)])
}

static SCHEME_CHARS: CharSet = alphanumeric_and(b"+-.");
/// LWS and the bracket.
static BREAKS_URI: CharSet = set_of(b" \t\r\n<");

/// In `room 5> <sip:carol@example.com>;tag=1`, whose beginning is no URI: what follows the last `<` that opens one,
/// before any parameter.
fn last_address(inner: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    let mut rest = inner;
    while let Some(open) = memchr(b'<', rest) {
        let (before, from) = rest.split_at(open);
        if memchr(b';', before).is_some() {
            break;
        }
        rest = from.get(1..)?;
        if memchr(b'>', rest).is_some() && may_be_uri(upto_bracket(rest)) {
            found = Some(rest);
        }
    }
    found
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
        mended: false,
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
    fn of_several_brackets_the_last_that_holds_a_uri_is_the_address() {
        for (value, uri, name, tag) in [
            (
                "Front Desk <room 5> <sip:carol@example.com>;tag=1",
                "sip:carol@example.com",
                Some("Front Desk <room 5>"),
                Some("1"),
            ),
            ("<x> <sip:a@b>", "sip:a@b", Some("<x>"), None),
            ("a < b <sip:a@b>;tag=2", "sip:a@b", Some("a < b"), Some("2")),
            // A bracket in a parameter is none of the address's.
            ("<room 5>;x=<sip:a@b>;tag=3", "room 5", None, Some("3")),
            ("<sip:a@b> <sip:c@d>", "sip:a@b", None, None),
            ("<room 5> <6>", "room 5", None, None),
            (
                "\"A\" <sips:a@b;x=y>;tag=4",
                "sips:a@b;x=y",
                Some("A"),
                Some("4"),
            ),
        ] {
            let a = parse(value);
            let tag = tag.map(str::as_bytes);
            assert_eq!((a.uri, a.tag()), (uri.as_bytes(), tag), "{value}");
            assert_eq!(a.display_text().as_deref(), name, "{value}");
        }
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
