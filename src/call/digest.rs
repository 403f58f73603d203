//! Whether credentials fit a password that is known (RFC 7616 §3.4, RFC 3261 §22.4).
//!
//! One message is enough, but for what it takes over from others: the session of a `-sess` algorithm, and the INVITE
//! whose credentials an ACK repeats.

use crate::crypto::Passwords;
use crate::crypto::digest::{Algorithm, Inputs, Work, work_out};
use crate::sip::{Credentials, Message, unescape};
use std::borrow::Cow;

/// What is known of the credentials of one message.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// They fit the password; `None` where that cannot be told.
    pub(crate) verified: Option<bool>,
    /// Why it cannot be told, or against what it was told; `None` where they simply fit.
    pub(crate) reason: Option<Cow<'static, str>>,
    /// The arithmetic, with the method it was done for; `None` where it could not be done.
    pub(crate) work: Option<(Work, String)>,
}

impl Checked {
    fn unknown(reason: impl Into<Cow<'static, str>>) -> Checked {
        Checked {
            verified: None,
            reason: Some(reason.into()),
            work: None,
        }
    }
}

/// The user name in clear, where it is not sent as a hash.
pub(crate) fn user_of<'a>(c: &Credentials<'a>) -> Option<Cow<'a, [u8]>> {
    let extended = || c.username_ext.and_then(extended_value).map(Cow::Owned);
    c.username.map(Cow::Borrowed).or_else(extended)
}

/// `UTF-8''J%C3%A4s%C3%B8n` (RFC 8187 §3.2.1).
fn extended_value(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(3, |b| *b == b'\'');
    let charset = parts.next()?;
    let text = parts.nth(1)?;
    charset
        .eq_ignore_ascii_case(b"UTF-8")
        .then(|| unescape(text).into_owned())
}

/// Checks Digest credentials of a request; those of another scheme prove nothing that can be computed.
pub(crate) fn check(message: &Message<'_>, c: &Credentials<'_>, passwords: &Passwords) -> Checked {
    if message.is_cut_in_headers() {
        return Checked::unknown("the header fields are not all in the capture");
    }
    let algorithm = match c.algorithm {
        None => Algorithm::MD5,
        Some(name) => match Algorithm::of(name) {
            Some(algorithm) => algorithm,
            None => return Checked::unknown("its algorithm is not one that is computed here"),
        },
    };
    let qop = c.qop.filter(|q| !q.is_empty());
    let is = |known: &[u8]| qop.is_some_and(|q| q.eq_ignore_ascii_case(known));
    if qop.is_some() && !is(b"auth") && !is(b"auth-int") {
        return Checked::unknown("its qop is neither auth nor auth-int");
    }
    let user = user_of(c);
    if let Some(part) = missing(c, qop.is_some(), algorithm, user.as_deref()) {
        return Checked::unknown(format!("{part} is missing or empty"));
    }
    if is(b"auth-int") && is_body_cut(message) {
        return Checked::unknown("the body, which the response covers, is not all in the capture");
    }
    if passwords.is_empty() {
        return Checked::unknown("no password is given (--password-file)");
    }
    let (user, realm) = (user.unwrap_or_default(), c.realm.unwrap_or_default());
    let found = match c.userhash {
        true => {
            let hash = |name: &[u8]| algorithm.hash_user(name, realm);
            let name = passwords.find_user(realm, |name| {
                hash(name).as_bytes().eq_ignore_ascii_case(&user)
            });
            name.and_then(|name| Some((name, passwords.find(name, realm)?)))
        }
        false => {
            let plain = unescaped(&user);
            let password = passwords.find(&user, realm);
            let password = password.or_else(|| passwords.find(&plain, &unescaped(realm)));
            password.map(|password| (&*user, password))
        }
    };
    let Some((user, password)) = found else {
        return Checked::unknown("the password file names no such user in this realm");
    };
    let asked = message.method().map_or("", |m| m.as_str());
    let inputs = Inputs {
        algorithm,
        user,
        realm,
        nonce: c.nonce.unwrap_or_default(),
        qop,
        nc: c.nc.unwrap_or_default(),
        cnonce: c.cnonce.unwrap_or_default(),
        method: asked.as_bytes(),
        uri: c.uri.unwrap_or_default(),
        body: message.body,
    };
    compare(&inputs, password, c.response.unwrap_or_default(), asked)
}

/// A quoted text with its quoted pairs (`\\"`) resolved.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(b) = bytes.next() {
        match b {
            b'\\' => out.extend(bytes.next()),
            b => out.push(*b),
        }
    }
    Cow::Owned(out)
}

fn compare(inputs: &Inputs<'_>, password: &[u8], sent: &[u8], method: &str) -> Checked {
    let fits = |i: &Inputs<'_>| {
        let work = work_out(i, password);
        (work.response.as_bytes().eq_ignore_ascii_case(sent), work)
    };
    let done = |verified, reason: Option<&'static str>, work, method: &str| Checked {
        verified,
        reason: reason.map(Cow::Borrowed),
        work: Some((work, method.to_owned())),
    };
    let (is_right, work) = fits(inputs);
    if is_right {
        return done(Some(true), None, work, method);
    }
    // RFC 3261 §22.1: an ACK repeats the credentials of its INVITE; some clients do the same in CANCEL.
    if matches!(method, "ACK" | "CANCEL") {
        let of_invite = Inputs {
            method: b"INVITE",
            ..*inputs
        };
        if let (true, work) = fits(&of_invite) {
            let why = "they are those of the INVITE, repeated";
            return done(Some(true), Some(why), work, "INVITE");
        }
    }
    // Quoted pairs: some hash what stands on the wire, some what it means.
    let (user, realm, nonce) = (
        unescaped(inputs.user),
        unescaped(inputs.realm),
        unescaped(inputs.nonce),
    );
    let plain = Inputs {
        user: &user,
        realm: &realm,
        nonce: &nonce,
        ..*inputs
    };
    if let (true, work) = fits(&plain) {
        return done(Some(true), None, work, method);
    }
    // RFC 7616 §3.4.2: HA1 of a session is made with the cnonce of its first request.
    if inputs.algorithm.is_session() && !is_first(inputs.nc) {
        let why = "the session began with another request, whose cnonce is needed";
        return Checked::unknown(why);
    }
    let why = "the response does not fit the password of the file";
    done(Some(false), Some(why), work, method)
}

/// `00000001`.
fn is_first(nc: &[u8]) -> bool {
    nonce_count(nc).is_none_or(|n| n == 1)
}

/// A nonce count, eight hexadecimal digits as sent.
pub(crate) fn nonce_count(nc: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(nc).ok()?, 16).ok()
}

/// The first part that the computation needs and the credentials lack.
fn missing(
    c: &Credentials<'_>,
    has_qop: bool,
    algorithm: Algorithm,
    user: Option<&[u8]>,
) -> Option<&'static str> {
    let needs_cnonce = has_qop || algorithm.is_session();
    let parts = [
        ("username", user, true),
        ("realm", c.realm, true),
        ("nonce", c.nonce, true),
        ("uri", c.uri, true),
        ("response", c.response, true),
        ("nc", c.nc, has_qop),
        ("cnonce", c.cnonce, needs_cnonce),
    ];
    let lacks = |(_, value, needed): &&(&str, Option<&[u8]>, bool)| {
        *needed && value.is_none_or(<[u8]>::is_empty)
    };
    parts.iter().find(lacks).map(|(name, ..)| *name)
}

/// Fewer octets than its Content-Length says.
fn is_body_cut(message: &Message<'_>) -> bool {
    let said = message.content_length();
    said.is_some_and(|said| said > message.body.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Framing, parse_message};

    const KNOWN: &[u8] = b"bob:zanzibar\nmufasa@a\\\"b:x\n";

    /// A request with these credentials, checked.
    fn checked(method: &str, credentials: &str, body: &str) -> Checked {
        let text = format!(
            "{method} sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
             Authorization: Digest {credentials}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let passwords = Passwords::parse(KNOWN).unwrap();
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        let c = m.credentials().next().unwrap();
        check(&m, &c, &passwords)
    }

    /// Those of bob at `r`, whose response is the first of `hashes` that fits.
    fn credentials(more: &str, response: &str) -> String {
        format!(
            "username=\"bob\", realm=\"r\", nonce=\"n\", uri=\"sip:b@example.org\", {more}response=\"{response}\""
        )
    }

    // All computed by Python's hashlib from the formulas of RFC 7616 §3.4.
    const PLAIN_INVITE: &str = "e26c3c67b9aecb90e702f2674955285c";
    const AUTH_INT: &str = "a71c553e0e78da594042460b396a2b5f";
    const SESSION: &str = "12b398ff83793b9978d3ab33a896bdee";

    #[test]
    fn a_response_fits_or_does_not() {
        let c = checked("INVITE", &credentials("", PLAIN_INVITE), "");
        assert_eq!((c.verified, c.reason), (Some(true), None));
        let c = checked("BYE", &credentials("", PLAIN_INVITE), "");
        assert_eq!(c.verified, Some(false));
        assert_eq!(
            c.reason.as_deref(),
            Some("the response does not fit the password of the file")
        );
    }

    #[test]
    fn an_ack_repeats_the_credentials_of_its_invite() {
        let c = checked("ACK", &credentials("", PLAIN_INVITE), "");
        assert_eq!(c.verified, Some(true));
        assert_eq!(c.work.unwrap().1, "INVITE");
    }

    #[test]
    fn auth_int_covers_the_body() {
        let more = "qop=auth-int, nc=00000001, cnonce=\"c\", ";
        for (body, verified) in [("hello", Some(true)), ("hallo", Some(false))] {
            let c = checked("MESSAGE", &credentials(more, AUTH_INT), body);
            assert_eq!(c.verified, verified, "{body}");
        }
    }

    #[test]
    fn a_later_request_of_a_session_alone_proves_nothing() {
        for (nc, response, verified) in [
            ("00000001", SESSION, Some(true)),
            ("00000001", "00", Some(false)),
            ("00000002", "00", None),
        ] {
            let more = format!("algorithm=MD5-sess, qop=auth, nc={nc}, cnonce=\"c\", ");
            let c = checked("REGISTER", &credentials(&more, response), "");
            assert_eq!(c.verified, verified, "{nc} {response}");
        }
    }

    #[test]
    fn what_cannot_be_computed_is_said_and_not_guessed() {
        for (credentials, reason) in [
            (
                credentials("algorithm=AKAv1-MD5, ", "00"),
                "its algorithm is not one that is computed here",
            ),
            (credentials("qop=auth, ", "00"), "nc is missing or empty"),
            (credentials("", ""), "response is missing or empty"),
            (
                credentials("", "00").replace("bob", "eve"),
                "the password file names no such user in this realm",
            ),
        ] {
            let c = checked("INVITE", &credentials, "");
            assert_eq!((c.verified, c.reason.as_deref()), (None, Some(reason)));
        }
    }

    #[test]
    fn an_extended_name_is_read() {
        let c = Credentials::parse(b"Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", false);
        assert_eq!(user_of(&c).unwrap(), "J\u{e4}s\u{f8}n Doe".as_bytes());
    }
}
