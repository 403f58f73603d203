//! SIP, SIPS and tel URIs; any other scheme is kept as opaque text (RFC 3261 §19.1, RFC 3966).

use super::lex::{parse_number, trim};
use super::params::Params;
use memchr::{memchr, memrchr};
use std::borrow::Cow;
use std::net::IpAddr;

/// A URI taken apart. What is missing is `None`; nothing is unescaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole URI as sent.
    pub raw: &'a [u8],
    /// Scheme as sent; empty when there is none.
    pub scheme: &'a [u8],
    /// User part of sip/sips, the number of tel; escapes kept.
    pub user: Option<&'a [u8]>,
    /// What follows the first `:` of the user part; RFC 3261 §19.1.1 advises against it.
    pub password: Option<&'a [u8]>,
    /// Host as sent, an IPv6 address in its brackets; empty for schemes without one.
    pub host: &'a [u8],
    /// Port, where there is one and it is 1 to 65535.
    pub port: Option<u16>,
    /// There is a port but it is no number from 1 to 65535, or the host's bracket never closes.
    pub host_malformed: bool,
    /// Parameters after the host.
    pub params: Params<'a>,
    /// What follows `?`: headers of the request to be made from it.
    pub headers: Option<&'a [u8]>,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart; whatever cannot be understood stays in `raw`.
    pub fn parse(raw: &'a [u8]) -> Uri<'a> {
        let raw = trim(raw);
        let Some((scheme, rest)) = split_scheme(raw) else {
            return Uri {
                raw,
                ..Uri::default()
            };
        };
        let mut uri = Uri {
            raw,
            scheme,
            ..Uri::default()
        };
        if uri.is_sip() {
            uri.read_sip(rest);
        } else if scheme.eq_ignore_ascii_case(b"tel") {
            let (number, params) = split_at_byte(rest, b';');
            uri.user = Some(number);
            uri.params = Params(params);
        }
        uri
    }

    /// The part after the scheme. The user part may hold `;`, `?` and `/`, so the last `@` decides.
    fn read_sip(&mut self, rest: &'a [u8]) {
        let (userinfo, hostport) = match memrchr(b'@', rest) {
            Some(at) => (rest.get(..at), rest.get(at + 1..).unwrap_or_default()),
            None => (None, rest),
        };
        if let Some(userinfo) = userinfo {
            let (user, password) = match memchr(b':', userinfo) {
                Some(colon) => (userinfo.get(..colon), userinfo.get(colon + 1..)),
                None => (Some(userinfo), None),
            };
            self.user = user;
            self.password = password;
        }
        let (before, headers) = match memchr(b'?', hostport) {
            Some(q) => (hostport.get(..q).unwrap_or_default(), hostport.get(q + 1..)),
            None => (hostport, None),
        };
        self.headers = headers;
        let (host, params) = split_at_byte(before, b';');
        self.params = Params(params);
        let host = split_host_port(host);
        self.host = host.host;
        self.port = host.port;
        self.host_malformed = host.malformed || host.host.is_empty();
    }

    /// True for sip and sips.
    pub fn is_sip(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"sip") || self.scheme.eq_ignore_ascii_case(b"sips")
    }

    /// The host as an address, if it is one.
    pub fn host_addr(&self) -> Option<IpAddr> {
        parse_addr(self.host)
    }

    /// The user part with its escapes resolved; `%00` stays as it is.
    pub fn user_text(&self) -> Option<Cow<'a, [u8]>> {
        self.user.map(unescape)
    }

    /// What to call this party in a line of text: the user, else the host, else the whole URI.
    pub fn short_text(&self) -> String {
        let bytes = match self.user_text() {
            Some(user) if !user.is_empty() => user,
            _ if !self.host.is_empty() => Cow::Borrowed(self.host),
            _ => Cow::Borrowed(self.raw),
        };
        crate::types::text_of(&bytes)
    }

    /// The address of record: scheme, user and host without password, parameters and headers, the
    /// default port left out, scheme and host in lower case, escapes resolved (RFC 3261 §10.3).
    pub fn aor(&self) -> String {
        let lower = |v: &[u8]| String::from_utf8_lossy(v).to_ascii_lowercase();
        if self.scheme.eq_ignore_ascii_case(b"tel") {
            let number = self.user.unwrap_or_default();
            return format!("tel:{}", lower(&without_separators(number)));
        }
        if !self.is_sip() {
            return String::from_utf8_lossy(self.raw).into_owned();
        }
        let mut out = lower(self.scheme);
        out.push(':');
        if let Some(user) = self.user_text() {
            out.push_str(&String::from_utf8_lossy(&user));
            out.push('@');
        }
        out.push_str(&lower(self.host));
        match self.port {
            Some(port) if port != self.default_port() => out.push_str(&format!(":{port}")),
            _ => {}
        }
        out
    }

    /// The value of a header after `?`, its escapes resolved: `Replaces` of a Refer-To (RFC 3891 §6.1).
    pub fn header_value(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        let mut pairs = self.headers?.split(|b| *b == b'&');
        pairs.find_map(|pair| {
            let (key, value) = split_at_byte(pair, b'=');
            let is_it = unescape(key).eq_ignore_ascii_case(name.as_bytes());
            is_it.then(|| unescape(value.get(1..).unwrap_or_default()))
        })
    }

    /// The URI without the headers after `?`, as sent.
    pub fn without_headers(&self) -> &'a [u8] {
        let behind = self.headers.map_or(0, |headers| headers.len() + 1);
        self.raw
            .get(..self.raw.len().saturating_sub(behind))
            .unwrap_or(self.raw)
    }

    fn default_port(&self) -> u16 {
        if self.scheme.eq_ignore_ascii_case(b"sips") {
            5061
        } else {
            5060
        }
    }

    /// Equality of RFC 3261 §19.1.4; for tel that of RFC 3966 §4 (visual separators ignored); for
    /// any other scheme byte by byte.
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        if !self.scheme.eq_ignore_ascii_case(other.scheme) {
            return false;
        }
        if self.scheme.eq_ignore_ascii_case(b"tel") {
            let number =
                |u: &Uri<'_>| without_separators(u.user.unwrap_or_default()).to_ascii_lowercase();
            return number(self) == number(other);
        }
        if !self.is_sip() {
            return self.raw == other.raw;
        }
        // Even where a parameter comes twice, which the grammar does not allow.
        if self.raw == other.raw {
            return true;
        }
        self.user.map(unescape) == other.user.map(unescape)
            && self.password.map(unescape) == other.password.map(unescape)
            && unescape(self.host).eq_ignore_ascii_case(&unescape(other.host))
            && self.port == other.port
            && same_params(self.params, other.params)
            && same_headers(self.headers, other.headers)
    }
}

/// A host with an optional port, as in a URI or a Via sent-by.
pub(crate) struct HostPort<'a> {
    pub(crate) host: &'a [u8],
    pub(crate) port: Option<u16>,
    pub(crate) malformed: bool,
}

/// Splits `host[:port]`. An IPv6 address without brackets (RFC 5118 §4.2) is taken whole.
pub(crate) fn split_host_port(v: &[u8]) -> HostPort<'_> {
    let v = trim(v);
    let (host, rest, mut malformed) = match v.first() {
        Some(b'[') => match memchr(b']', v) {
            Some(end) => {
                let (host, rest) = v.split_at(end + 1);
                (host, trim(rest), false)
            }
            None => (v, &v[..0], true),
        },
        _ => match memchr(b':', v).map(|at| v.split_at(at)) {
            Some((host, rest)) if memrchr(b':', rest) == Some(0) => (trim(host), rest, false),
            Some(_) => (v, &v[..0], true),
            None => (v, &v[..0], false),
        },
    };
    let port = match rest {
        [] => None,
        [b':', digits @ ..] => {
            let port = parse_number(trim(digits))
                .and_then(|n| u16::try_from(n).ok())
                .filter(|n| *n > 0);
            malformed |= port.is_none();
            port
        }
        _ => {
            malformed = true;
            None
        }
    };
    HostPort {
        host,
        port,
        malformed,
    }
}

/// An address with or without brackets.
pub(crate) fn parse_addr(host: &[u8]) -> Option<IpAddr> {
    let inner = match host {
        [b'[', inner @ .., b']'] => inner,
        plain => plain,
    };
    std::str::from_utf8(inner).ok()?.parse().ok()
}

/// Scheme and the rest; `None` when the text before the first colon is no scheme.
fn split_scheme(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', raw)?;
    let (scheme, rest) = raw.split_at(colon);
    let valid = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    valid.then(|| (scheme, rest.get(1..).unwrap_or_default()))
}

/// Before the first `byte`, and from it on.
fn split_at_byte(v: &[u8], byte: u8) -> (&[u8], &[u8]) {
    v.split_at(memchr(byte, v).unwrap_or(v.len()))
}

/// Resolves `%HH` once; a `%` that starts no escape and `%00` stay as they are.
pub(crate) fn unescape(v: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'%', v).is_none() {
        return Cow::Borrowed(v);
    }
    let hex = |b: &u8| {
        char::from(*b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut out = Vec::with_capacity(v.len());
    let mut rest = v;
    loop {
        match rest {
            [] => break,
            [b'%', h, l, tail @ ..] => match (hex(h), hex(l)) {
                (Some(h), Some(l)) if h | l != 0 => {
                    out.push(h << 4 | l);
                    rest = tail;
                }
                _ => {
                    out.push(b'%');
                    rest = rest.get(1..).unwrap_or_default();
                }
            },
            [b, tail @ ..] => {
                out.push(*b);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

/// A telephone number without its visual separators (RFC 3966 §5.1.1).
pub(crate) fn without_separators(number: &[u8]) -> Vec<u8> {
    number
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'-' | b'.' | b'(' | b')' | b' '))
        .collect()
}

/// user, ttl, method, maddr and transport must be in both or in neither; any other parameter is
/// compared only where both have it.
fn same_params(a: Params<'_>, b: Params<'_>) -> bool {
    one_way(a, b) && one_way(b, a)
}

fn one_way(a: Params<'_>, b: Params<'_>) -> bool {
    a.iter().all(|p| {
        let other = b.iter().find(|q| q.name.eq_ignore_ascii_case(p.name));
        match other {
            Some(q) => unescape(p.value.unwrap_or_default())
                .eq_ignore_ascii_case(&unescape(q.value.unwrap_or_default())),
            None => !["user", "ttl", "method", "maddr", "transport"]
                .iter()
                .any(|n| p.name.eq_ignore_ascii_case(n.as_bytes())),
        }
    })
}

/// The same headers in any order.
fn same_headers(a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
    let sorted = |v: Option<&[u8]>| {
        let mut parts: Vec<Vec<u8>> = v
            .unwrap_or_default()
            .split(|b| *b == b'&')
            .map(|h| unescape(h).to_ascii_lowercase())
            .collect();
        parts.sort();
        parts
    };
    sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(s: &str) -> Uri<'_> {
        Uri::parse(s.as_bytes())
    }

    #[test]
    fn headers_of_a_refer_to_are_read_unescaped() {
        let u = uri("sip:c@example.com;user=phone?Replaces=1%40a%3Bto-tag%3D7&require=x");
        assert_eq!(
            u.header_value("replaces").as_deref(),
            Some(&b"1@a;to-tag=7"[..])
        );
        assert_eq!(u.without_headers(), b"sip:c@example.com;user=phone");
        assert_eq!(uri("sip:c@d").header_value("replaces"), None);
        assert_eq!(uri("sip:c@d").without_headers(), b"sip:c@d");
    }

    #[test]
    fn every_part_is_found() {
        let u = uri("sip:alice:pw@[2001:db8::1]:5070;transport=tcp;lr?Subject=x&y=z");
        assert_eq!(u.user, Some(&b"alice"[..]));
        assert_eq!(u.password, Some(&b"pw"[..]));
        assert_eq!(u.host, b"[2001:db8::1]");
        assert_eq!(u.host_addr(), "2001:db8::1".parse().ok());
        assert_eq!(u.port, Some(5070));
        assert_eq!(u.params.value("TRANSPORT"), Some(&b"tcp"[..]));
        assert_eq!(u.headers, Some(&b"Subject=x&y=z"[..]));
    }

    #[test]
    fn the_last_at_sign_ends_the_user() {
        let u = uri("sip:user;par=u%40example.net@example.com");
        assert_eq!(u.user, Some(&b"user;par=u%40example.net"[..]));
        assert_eq!(
            u.user_text().as_deref(),
            Some(&b"user;par=u@example.net"[..])
        );
        assert_eq!(u.host, b"example.com");
        let u = uri("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com");
        assert_eq!(u.host, b"example.com");
        assert_eq!(u.headers, None);
    }

    #[test]
    fn an_escaped_nul_ends_nothing() {
        assert_eq!(
            uri("sip:null-%00-null@example.com").short_text(),
            "null-%00-null"
        );
        assert_ne!(
            uri("sip:%00@example.com").aor(),
            uri("sip:%00%00@example.com").aor()
        );
        assert_eq!(&*unescape(b"%Z%45%"), b"%ZE%");
    }

    #[test]
    fn an_unreadable_port_is_said_not_guessed() {
        for s in [
            "sip:a@b:99999",
            "sip:a@b:0",
            "sip:a@b:50x",
            "sip:a@[::1",
            "sip:a@",
        ] {
            assert!(uri(s).host_malformed, "{s}");
            assert_eq!(uri(s).port, None, "{s}");
        }
    }

    #[test]
    fn the_address_of_record_drops_what_does_not_name_the_user() {
        assert_eq!(
            uri("SIP:1071:pw@Example.COM:5060;user=phone?a=b").aor(),
            "sip:1071@example.com"
        );
        assert_eq!(uri("sip:a@b:5070").aor(), "sip:a@b:5070");
        assert_eq!(uri("tel:+1-201-555(0123);x=y").aor(), "tel:+12015550123");
        assert_eq!(uri("sip:192.0.2.1").aor(), "sip:192.0.2.1");
    }

    // The pairs of RFC 3261 §19.1.4.
    #[test]
    fn equality_follows_the_examples_of_the_rfc() {
        for (a, b) in [
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtlanTa.CoM;Transport=tcp",
            ),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;newparam=5",
            ),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
        ] {
            assert!(uri(a).is_equivalent(&uri(b)), "{a} = {b}");
        }
        for (a, b) in [
            (
                "SIP:ALICE@AtLanTa.CoM;Transport=udp",
                "sip:alice@AtLanTa.CoM;Transport=UDP",
            ),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com:6000;transport=tcp",
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com?Subject=next%20meeting",
            ),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;security=off",
            ),
        ] {
            assert!(!uri(a).is_equivalent(&uri(b)), "{a} != {b}");
        }
        assert!(uri("tel:+1-201-555-0123").is_equivalent(&uri("tel:+12015550123")));
    }

    #[test]
    fn an_unknown_scheme_stays_whole() {
        let u = uri("nobodyKnowsThisScheme:totallyopaquecontent");
        assert_eq!(
            (u.scheme, u.host),
            (&b"nobodyKnowsThisScheme"[..], &b""[..])
        );
        assert_eq!(u.aor(), "nobodyKnowsThisScheme:totallyopaquecontent");
    }
}
