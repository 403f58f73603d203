//! What in a message's text is a secret or as good as one, and hiding it: every octet of it becomes `*`, so that
//! lengths stay right.
//!
//! - Of Digest credentials response and cnonce, with which passwords can be guessed offline; of other schemes all that
//!   stands behind the scheme. Of Authentication-Info rspauth and cnonce.
//! - Of AKA challenges the keys ik and ck (TS 24.229 §5.2.2, taken out on the way to the phone).
//! - Of SDP the keys of `a=crypto` (RFC 4568), `a=key-mgmt` (RFC 4567) and `k=`, and the ICE password (RFC 8839).
//!
//! Header fields within a body (message/sip, message/sipfrag) are hidden as well.

use super::lex::{TOKEN_CHARS, is_lws, quoted_len, split_run};
use std::ops::Range;

/// Headers that hold credentials; none has a compact form.
const CREDENTIALS: [&[u8]; 2] = [b"authorization", b"proxy-authorization"];
/// Headers that hold parameters some of which are secrets.
const PARAMETERS: [&[u8]; 4] = [
    b"authentication-info",
    b"proxy-authentication-info",
    b"www-authenticate",
    b"proxy-authenticate",
];
/// Parameters that are hidden.
const SECRETS: [&[u8]; 6] = [b"response", b"cnonce", b"rspauth", b"auts", b"ik", b"ck"];

/// Hides the secrets of a message's bytes, in place.
pub(crate) fn mask(text: &mut [u8]) {
    let mut at = 0;
    while let Some(line) = folded_line(text, at) {
        let end = line.end;
        for secret in secrets_of(text.get(line.clone()).unwrap_or_default()) {
            let range = line.start + secret.start..line.start + secret.end;
            hide(text.get_mut(range).unwrap_or_default());
        }
        at = end;
    }
}

/// A line that is no header field, as one torn off by a missing blank may be, without secret parameters.
pub(crate) fn without_parameters(line: &[u8]) -> Vec<u8> {
    let mut shown = line.to_vec();
    for secret in parameters(line, 0) {
        hide(shown.get_mut(secret).unwrap_or_default());
    }
    shown
}

fn hide(secret: &mut [u8]) {
    let shown = |b: &&mut u8| !matches!(b, b'\r' | b'\n');
    secret.iter_mut().filter(shown).for_each(|b| *b = b'*');
}

/// The line that begins there, with the lines it goes on in (RFC 3261 §7.3.1).
fn folded_line(text: &[u8], start: usize) -> Option<Range<usize>> {
    let mut end = start;
    loop {
        let rest = text.get(end..)?;
        if rest.is_empty() {
            return (end > start).then_some(start..end);
        }
        end += rest
            .iter()
            .position(|b| *b == b'\n')
            .map_or(rest.len(), |n| n + 1);
        if !matches!(text.get(end), Some(b' ' | b'\t')) {
            return Some(start..end);
        }
    }
}

/// Where in this line secrets stand.
fn secrets_of(line: &[u8]) -> Vec<Range<usize>> {
    match line {
        // Most lines are none of these.
        [b'a' | b'A' | b'p' | b'P' | b'w' | b'W', ..] if !line.starts_with(b"a=") => header(line),
        [b'a', b'=', ..] => attribute(line),
        [b'k', b'=', ..] => key_line(line),
        _ => Vec::new(),
    }
}

fn header(line: &[u8]) -> Vec<Range<usize>> {
    let (name, rest) = split_run(line, &TOKEN_CHARS);
    let is = |known: &&[u8]| known.eq_ignore_ascii_case(name);
    let has_credentials = CREDENTIALS.iter().any(is);
    if !has_credentials && !PARAMETERS.iter().any(is) {
        return Vec::new();
    }
    let blank = |bytes: &[u8]| bytes.iter().take_while(|b| is_lws(**b)).count();
    let colon = name.len() + blank(rest);
    if line.get(colon) != Some(&b':') {
        return Vec::new();
    }
    let mut at = colon + 1;
    at += blank(line.get(at..).unwrap_or_default());
    if has_credentials {
        let (scheme, _) = split_run(line.get(at..).unwrap_or_default(), &TOKEN_CHARS);
        at += scheme.len();
        if !scheme.eq_ignore_ascii_case(b"Digest") {
            let all = at + blank(line.get(at..).unwrap_or_default())..line.len();
            return vec![all];
        }
    }
    parameters(line, at)
}

/// The values of the parameters that are hidden, without their quotes.
fn parameters(line: &[u8], mut at: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.first() == Some(&b'"') {
            at += quoted_len(rest).unwrap_or(rest.len());
            continue;
        }
        let (name, after) = split_run(rest, &TOKEN_CHARS);
        if name.is_empty() {
            at += 1;
            continue;
        }
        at += name.len();
        let blanks = after.iter().take_while(|b| is_lws(**b)).count();
        let Some([b'=', value @ ..]) = after.get(blanks..) else {
            continue;
        };
        let blanks_behind = value.iter().take_while(|b| is_lws(**b)).count();
        at += blanks + 1 + blanks_behind;
        let value = value.get(blanks_behind..).unwrap_or_default();
        let (skip, len) = match value.first() {
            Some(b'"') => {
                let whole = quoted_len(value).unwrap_or(value.len() + 1);
                (1, whole.saturating_sub(2))
            }
            _ => {
                let ends = |b: &u8| *b == b',' || is_lws(*b) || matches!(b, b'\r' | b'\n');
                (0, value.iter().position(ends).unwrap_or(value.len()))
            }
        };
        if SECRETS.iter().any(|s| s.eq_ignore_ascii_case(name)) {
            found.push(at + skip..(at + skip + len).min(line.len()));
        }
        at += len + 2 * skip;
    }
    found
}

fn attribute(line: &[u8]) -> Vec<Range<usize>> {
    let behind = |start: &[u8]| line.starts_with(start).then_some(start.len()..line.len());
    if let Some(all) = behind(b"a=ice-pwd:").or_else(|| behind(b"a=key-mgmt:")) {
        return vec![all];
    }
    if !line.starts_with(b"a=crypto:") {
        return Vec::new();
    }
    const INLINE: &[u8] = b"inline:";
    let mut keys = Vec::new();
    for (at, window) in line.windows(INLINE.len()).enumerate() {
        if window.eq_ignore_ascii_case(INLINE) {
            let start = at + INLINE.len();
            let key = line.get(start..).unwrap_or_default();
            let ends = |b: &u8| matches!(b, b'|' | b';' | b' ' | b'\r' | b'\n');
            let len = key.iter().position(ends).unwrap_or(key.len());
            keys.push(start..start + len);
        }
    }
    keys
}

/// `k=clear:...`; `k=prompt` holds nothing.
fn key_line(line: &[u8]) -> Vec<Range<usize>> {
    let colon = line.iter().position(|b| *b == b':');
    colon.map(|at| at + 1..line.len()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        mask(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_proves_a_password_is_hidden_and_nothing_else() {
        for (line, shown) in [
            (
                "Authorization: Digest username=\"response=\\\"a\", response=\"6629\", cnonce=\"0a\", nc=00000001\r\n",
                "Authorization: Digest username=\"response=\\\"a\", response=\"****\", cnonce=\"**\", nc=00000001\r\n",
            ),
            (
                "PROXY-Authorization : digest cnonce = 0a4f ,\r\n Response=\"66\"\r\nVia: response=\"1\"\r\n",
                "PROXY-Authorization : digest cnonce = **** ,\r\n Response=\"**\"\r\nVia: response=\"1\"\r\n",
            ),
            (
                "Authorization: Basic QWxhZGRpbg==\r\n",
                "Authorization: Basic ************\r\n",
            ),
            (
                "Authorization: Bearer\r\n a.b\r\n",
                "Authorization: Bearer\r\n ***\r\n",
            ),
            (
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", ik=\"00\", ck=\"11\"",
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", ik=\"**\", ck=\"**\"",
            ),
            (
                "Authentication-Info: nextnonce=\"n\", rspauth=\"ab\"\n",
                "Authentication-Info: nextnonce=\"n\", rspauth=\"**\"\n",
            ),
            // A quote that never ends hides all behind it.
            (
                "Authorization: Digest response=\"66\r\n",
                "Authorization: Digest response=\"**\r\n",
            ),
        ] {
            assert_eq!(masked(line), shown);
        }
    }

    #[test]
    fn keys_of_media_are_hidden() {
        for (line, shown) in [
            (
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf|2^20|1:4;inline:abc UNENCRYPTED_SRTCP\r\n",
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****|2^20|1:4;inline:*** UNENCRYPTED_SRTCP\r\n",
            ),
            (
                "a=ice-pwd:asd8\r\na=ice-ufrag:8hhY\r\n",
                "a=ice-pwd:****\r\na=ice-ufrag:8hhY\r\n",
            ),
            ("a=key-mgmt:mikey AQ==\n", "a=key-mgmt:**********\n"),
            ("k=clear:secret\r\n", "k=clear:******\r\n"),
            ("k=prompt\r\na=sendrecv\r\n", "k=prompt\r\na=sendrecv\r\n"),
        ] {
            assert_eq!(masked(line), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn lengths_and_line_ends_stay(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "Authorization", ":", " ", "Digest ", "response", "=", "\"", "\\", ",", "\r\n", "\n", "a=crypto:",
                    "inline:", "k=", "Basic ", "x",
                ]),
                0..16,
            ),
        ) {
            let text = pieces.concat();
            let shown = masked(&text);
            proptest::prop_assert_eq!(shown.len(), text.len());
            let ends = |t: &str| t.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n).collect::<Vec<_>>();
            proptest::prop_assert_eq!(ends(&shown), ends(&text));
        }
    }
}
