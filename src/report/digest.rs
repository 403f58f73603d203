//! Digest credentials of the report.

use super::model::MessageDigest;
use crate::call::digest::{check, nonce_count, user_of};
use crate::crypto::Passwords;
use crate::crypto::digest::Algorithm;
use crate::sip::{Credentials, Message};
use crate::types::text_of;

/// Credentials listed of one message; nobody asks for so many.
const LISTED: usize = 16;

/// The Digest credentials of a request, in order.
pub(super) fn digests(m: &Message<'_>, passwords: &Passwords) -> Vec<MessageDigest> {
    let credentials = m.credentials().filter(is_digest).take(LISTED);
    credentials.map(|c| digest(m, &c, passwords)).collect()
}

fn is_digest(c: &Credentials<'_>) -> bool {
    c.scheme.eq_ignore_ascii_case(b"Digest")
}

fn digest(m: &Message<'_>, c: &Credentials<'_>, passwords: &Passwords) -> MessageDigest {
    let checked = check(m, c, passwords);
    let known =
        |name: &[u8]| Algorithm::of(name).map_or_else(|| text_of(name), |a| a.name().into());
    MessageDigest {
        user: user_of(c).map(|user| text_of(&user)),
        realm: c.realm.map(text_of),
        nonce: c.nonce.map(text_of),
        qop: c.qop.map(text_of),
        nc: c.nc.and_then(nonce_count),
        algorithm: c.algorithm.map_or_else(|| "MD5".to_owned(), known),
        uri: c.uri.map(text_of),
        uri_is_request_uri: c.uri.is_some() && c.uri == m.request_uri(),
        verified: checked.verified,
        reason: checked.reason.map(Into::into),
    }
}
