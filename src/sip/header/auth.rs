//! Challenges and credentials (RFC 3261 §22, RFC 7616, RFC 8760).

use crate::sip::lex::{split_list, split_word, strip_quotes, trim};
use memchr::memchr;

/// A WWW-Authenticate or Proxy-Authenticate header. Values are without quotes, escapes kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// From Proxy-Authenticate.
    pub proxy: bool,
    /// `Digest`, or what else was sent.
    pub scheme: &'a [u8],
    /// Protection domain: which user name and password are asked for.
    pub realm: Option<&'a [u8]>,
    /// The server's number, which makes each digest another.
    pub nonce: Option<&'a [u8]>,
    /// `stale=true`: the password was right, the nonce too old.
    pub stale: bool,
    /// `MD5` when absent.
    pub algorithm: Option<&'a [u8]>,
    /// The qop values offered, as sent.
    pub qop: Option<&'a [u8]>,
    /// Text of the server's that the client gives back unchanged.
    pub opaque: Option<&'a [u8]>,
    /// `userhash=true`: the server takes hashed user names.
    pub userhash: bool,
}

/// An Authorization or Proxy-Authorization header. Values are without quotes, escapes kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// From Proxy-Authorization.
    pub proxy: bool,
    /// `Digest`, or what else was sent.
    pub scheme: &'a [u8],
    /// User name, in clear unless `userhash`.
    pub username: Option<&'a [u8]>,
    /// Protection domain: which user name and password are asked for.
    pub realm: Option<&'a [u8]>,
    /// The server's number, which makes each digest another.
    pub nonce: Option<&'a [u8]>,
    /// The digest-uri, which need not be the Request-URI.
    pub uri: Option<&'a [u8]>,
    /// The digest that proves the password, in hex.
    pub response: Option<&'a [u8]>,
    /// Nonce count as sent, eight hex digits.
    pub nc: Option<&'a [u8]>,
    /// The client's number, sent where a qop is used.
    pub cnonce: Option<&'a [u8]>,
    /// The one qop that the client chose, as `auth`.
    pub qop: Option<&'a [u8]>,
    /// Hash of the digest; `MD5` when absent.
    pub algorithm: Option<&'a [u8]>,
    /// Text of the server's that the client gives back unchanged.
    pub opaque: Option<&'a [u8]>,
    /// `userhash=true`: the user name is a hash.
    pub userhash: bool,
}

impl<'a> Challenge<'a> {
    /// Reads one header value.
    pub fn parse(value: &'a [u8], proxy: bool) -> Challenge<'a> {
        let (scheme, rest) = split_word(value);
        let mut c = Challenge {
            proxy,
            scheme,
            ..Challenge::default()
        };
        for (name, value) in auth_params(rest) {
            match name.to_ascii_lowercase().as_slice() {
                b"realm" => c.realm = Some(value),
                b"nonce" => c.nonce = Some(value),
                b"stale" => c.stale = value.eq_ignore_ascii_case(b"true"),
                b"algorithm" => c.algorithm = Some(value),
                b"qop" => c.qop = Some(value),
                b"opaque" => c.opaque = Some(value),
                b"userhash" => c.userhash = value.eq_ignore_ascii_case(b"true"),
                _ => {}
            }
        }
        c
    }
}

impl<'a> Credentials<'a> {
    /// Reads one header value.
    pub fn parse(value: &'a [u8], proxy: bool) -> Credentials<'a> {
        let (scheme, rest) = split_word(value);
        let mut c = Credentials {
            proxy,
            scheme,
            ..Credentials::default()
        };
        for (name, value) in auth_params(rest) {
            match name.to_ascii_lowercase().as_slice() {
                b"username" => c.username = Some(value),
                b"realm" => c.realm = Some(value),
                b"nonce" => c.nonce = Some(value),
                b"uri" => c.uri = Some(value),
                b"response" => c.response = Some(value),
                b"nc" => c.nc = Some(value),
                b"cnonce" => c.cnonce = Some(value),
                b"qop" => c.qop = Some(value),
                b"algorithm" => c.algorithm = Some(value),
                b"opaque" => c.opaque = Some(value),
                b"userhash" => c.userhash = value.eq_ignore_ascii_case(b"true"),
                _ => {}
            }
        }
        c
    }
}

/// The comma-separated `name=value` pairs of Authentication-Info and of the two headers above.
pub(crate) fn auth_params(v: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    split_list(v).filter_map(|item| {
        let eq = memchr(b'=', item)?;
        let (name, value) = item.split_at(eq);
        let value = trim(value.get(1..)?);
        Some((trim(name), strip_quotes(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_with_its_quoted_commas() {
        let c = Challenge::parse(
            br#"Digest realm="at,lanta.com", domain="sip:ss1", qop="auth,auth-int", nonce="f84f1c", opaque="", stale=TRUE, algorithm=MD5"#,
            true,
        );
        assert!(c.proxy && c.stale);
        assert_eq!(c.realm, Some(&b"at,lanta.com"[..]));
        assert_eq!(c.qop, Some(&b"auth,auth-int"[..]));
        assert_eq!(c.opaque, Some(&b""[..]));
        assert_eq!(c.algorithm, Some(&b"MD5"[..]));
    }

    #[test]
    fn credentials_are_read() {
        let c = Credentials::parse(
            br#"Digest username="bob", realm="biloxi.com", nonce="dcd9", uri="sip:bob@biloxi.com;x=1", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629", opaque="5ccc""#,
            false,
        );
        assert_eq!(c.username, Some(&b"bob"[..]));
        assert_eq!(c.uri, Some(&b"sip:bob@biloxi.com;x=1"[..]));
        assert_eq!(c.nc, Some(&b"00000001"[..]));
        assert_eq!((c.qop, c.algorithm), (Some(&b"auth"[..]), None));
    }

    #[test]
    fn an_unknown_scheme_keeps_its_name() {
        let c = Credentials::parse(b"NoOneKnowsThisScheme opaque-data=here", false);
        assert_eq!(c.scheme, b"NoOneKnowsThisScheme");
        assert_eq!(c.username, None);
    }
}
