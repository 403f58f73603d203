//! Challenges and credentials (RFC 3261 §22, RFC 7616, RFC 8760).

use crate::sip::lex::{
    ListItems, PARAM_CHARS, TOKEN_CHARS, quoted_len, split_list, split_run, split_word,
    strip_quotes, trim, trim_start,
};
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
    /// User name of other than ASCII characters, as `username*` encodes it (RFC 7616 §3.4).
    pub username_ext: Option<&'a [u8]>,
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
        let mut room = [0; LONGEST_NAME];
        for (name, value) in auth_params(rest) {
            match lowered(name, &mut room) {
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
        let mut room = [0; LONGEST_NAME];
        for (name, value) in auth_params(rest) {
            match lowered(name, &mut room) {
                b"username" => c.username = Some(value),
                b"username*" => c.username_ext = Some(value),
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

/// `algorithm`, the longest name that is looked for.
const LONGEST_NAME: usize = 9;

/// The name in lower case; empty where it is longer than any that is looked for.
fn lowered<'r>(name: &[u8], room: &'r mut [u8; LONGEST_NAME]) -> &'r [u8] {
    let Some(lowered) = room.get_mut(..name.len()) else {
        return &[];
    };
    lowered.copy_from_slice(name);
    lowered.make_ascii_lowercase();
    lowered
}

/// The comma-separated `name=value` pairs of Authentication-Info and of the two headers above.
pub(crate) fn auth_params(v: &[u8]) -> AuthParams<'_> {
    AuthParams { rest: v, odd: None }
}

/// Iterator over the pairs, values without quotes.
pub(crate) struct AuthParams<'a> {
    rest: &'a [u8],
    /// From the first pair on that is written in an unusual way.
    odd: Option<ListItems<'a>>,
}

impl<'a> Iterator for AuthParams<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.odd.is_none() {
            if let Some((pair, rest)) = plain_pair(self.rest) {
                self.rest = rest;
                return Some(pair);
            }
            self.odd = Some(split_list(self.rest));
        }
        self.odd.as_mut()?.find_map(|item| {
            let (name, value) = item.split_at(memchr(b'=', item)?);
            let value = trim(value.get(1..)?);
            Some((trim(name), strip_quotes(value)))
        })
    }
}

/// A name and its value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// A pair and what follows its comma, where it is `name=token` or `name="text"`.
fn plain_pair(v: &[u8]) -> Option<(Pair<'_>, &[u8])> {
    let (name, after) = split_run(trim_start(v), &TOKEN_CHARS);
    let (value, after) = match after {
        [b'=', value @ ..] if value.first() == Some(&b'"') => {
            let (quoted, after) = value.split_at_checked(quoted_len(value)?)?;
            (strip_quotes(quoted), after)
        }
        [b'=', value @ ..] => split_run(value, &PARAM_CHARS),
        _ => return None,
    };
    match trim_start(after) {
        [] => Some(((name, value), &[])),
        [b',', rest @ ..] => Some(((name, value), rest)),
        _ => None,
    }
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

    proptest::proptest! {
        // Built from the pieces the grammar turns on, so that near-misses are common.
        #[test]
        fn pairs_read_at_a_glance_are_those_of_a_close_look(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "realm", "=", "\"", "a b", ",", ", ", ";", " ", "\\", "<", ">", "/", "x",
                    "nonce=\"1,2\"", "qop=auth", "\r\n ", "opaque=\"\"",
                ]),
                0..12,
            ),
        ) {
            let value = pieces.concat();
            let in_full = AuthParams { rest: &[], odd: Some(split_list(value.as_bytes())) };
            let at_a_glance: Vec<_> = auth_params(value.as_bytes()).collect();
            proptest::prop_assert_eq!(at_a_glance, in_full.collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_unknown_scheme_keeps_its_name() {
        let c = Credentials::parse(b"NoOneKnowsThisScheme opaque-data=here", false);
        assert_eq!(c.scheme, b"NoOneKnowsThisScheme");
        assert_eq!(c.username, None);
    }
}
