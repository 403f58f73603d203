//! Digest credentials in words, and the arithmetic of their response (RFC 7616 §3.4).

use super::message::Described;
use crate::call::digest::{check, user_of};
use crate::crypto::Passwords;
use crate::crypto::digest::{Algorithm, Work};
use crate::report::model::{Message, MessageDigest};
use crate::sip::{self, Credentials, Framing};
use crate::types::text_of;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// One line for each realm the message carries Digest credentials for.
pub(super) fn facts(message: &Message) -> Vec<Described> {
    let all = message.digest.as_deref().into_iter();
    all.chain(&message.more_digests).map(fact).collect()
}

fn fact(d: &MessageDigest) -> Described {
    let (user, realm) = (named(d.user.as_deref()), named(d.realm.as_deref()));
    let qop = match &d.qop {
        Some(qop) => format!("qop {qop}"),
        None => "no qop".to_owned(),
    };
    let count =
        d.nc.map(|nc| format!(", nonce count {nc}"))
            .unwrap_or_default();
    let verdict = match d.verified {
        Some(true) => "the response fits the password of the file",
        Some(false) => "the response does not fit the password of the file",
        None => "not checked",
    };
    let reason = d.reason.as_deref().filter(|_| d.verified != Some(false));
    let reason = reason.map(|r| format!(": {r}")).unwrap_or_default();
    let meaning = match d.uri_is_request_uri {
        true => "the response is made for this method and this Request-URI",
        false => {
            "the response is made for this method and the uri of the credentials, which is not written as the \
             Request-URI"
        }
    };
    Described::new(
        "credentials",
        &format!(
            "{user} in realm {realm}, {}, {qop}{count}; {verdict}{reason}",
            d.algorithm
        ),
        Some(meaning),
    )
}

/// Its credentials fit the passwords that are known; of several one that does not decides.
fn verified(message: &Message) -> Option<bool> {
    let all = message.digest.as_deref().into_iter();
    let mut verdicts = all.chain(&message.more_digests).map(|d| d.verified);
    let first = verdicts.next()?;
    verdicts.fold(first, |so_far, next| match (so_far, next) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    })
}

/// What a known password says of a request's credentials, as a sentence.
pub(super) fn verdict(message: &Message) -> Option<&'static str> {
    verified(message).map(|fits| match fits {
        true => "Computed with the password of the file, the digest response is the one that was sent.",
        false => {
            "Computed with the password of the file, the digest response is not the one that was sent: it does not fit \
             that password."
        }
    })
}

/// Why a server may ask again, although the request had credentials.
pub(super) fn refused(request: Option<&Message>) -> &'static str {
    match request.and_then(verified) {
        None => {
            "The request had credentials already, and they were not accepted: user or password is wrong, or another \
             server asks for its own."
        }
        Some(false) => {
            "The request had credentials already, and they were not accepted: they do not fit the password of the file; \
             or another server asks for its own."
        }
        Some(true) => {
            "The request had credentials already, which fit the password of the file, and they were not accepted: the \
             server has another password, or another server asks for its own."
        }
    }
}

fn named(text: Option<&str>) -> &str {
    match text {
        None | Some("") => "-",
        Some(text) => text,
    }
}

/// The arithmetic of a request's Digest credentials, step by step. The password is never shown; what is as good as it
/// (HA1), and what it can be guessed with (cnonce, response), where `secrets` says so.
pub fn digest_work(text: &[u8], passwords: &Passwords, secrets: bool) -> Vec<Described> {
    let Some(message) = sip::parse_message(text, Framing::Datagram) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let credentials = message.credentials().take(16);
    for c in credentials.filter(|c| c.scheme.eq_ignore_ascii_case(b"Digest")) {
        let checked = check(&message, &c, passwords);
        match &checked.work {
            Some((work, method)) => {
                let is_own = message.method().is_some_and(|m| m.as_str() == method);
                steps(&c, work, is_own, secrets, &mut out);
            }
            None => {
                let realm = c.realm.map(text_of).unwrap_or_default();
                let why = checked.reason.as_deref().unwrap_or_default();
                let line = format!("realm {realm}: nothing is computed: {why}");
                out.push(Described::new("credentials", &line, None));
            }
        }
    }
    out
}

fn steps(c: &Credentials<'_>, work: &Work, is_own: bool, secrets: bool, out: &mut Vec<Described>) {
    let of = |value: Option<&[u8]>| value.map(text_of).unwrap_or_default();
    let hidden = |value: &str| match secrets {
        true => value.to_owned(),
        false => HIDDEN.to_owned(),
    };
    let algorithm = c
        .algorithm
        .and_then(Algorithm::of)
        .unwrap_or(Algorithm::MD5);
    let hash = algorithm.hash_name();
    let user = user_of(c).map(|user| text_of(&user)).unwrap_or_default();
    let (realm, nonce, cnonce) = (of(c.realm), of(c.nonce), hidden(&of(c.cnonce)));
    let mut step = |name: &str, value: String, meaning: Option<&str>| {
        out.push(Described::new(name, &value, meaning));
    };
    let who = match c.userhash {
        true => "(user name in clear)".to_owned(),
        false => user,
    };
    step(
        "A1",
        format!("{who}:{realm}:{HIDDEN}"),
        Some("user, realm and password (RFC 7616 §3.4.2); the password is never shown"),
    );
    step(
        "HA1",
        format!("{hash}(A1) = {}", hidden(&work.ha1)),
        Some("as good as the password in this realm; --show-secrets shows it"),
    );
    if let Some(session) = &work.session_ha1 {
        step(
            "HA1 of the session",
            format!("{hash}(HA1:{nonce}:{cnonce}) = {}", hidden(session)),
            Some("takes the place of HA1 below"),
        );
    }
    if let Some(body) = &work.body_hash {
        step(
            "body",
            format!("{hash}(body) = {body}"),
            Some("auth-int covers the body"),
        );
    }
    let a2 = match is_own {
        true => "method and digest-uri (RFC 7616 §3.4.3)",
        false => {
            "method of the INVITE, whose credentials are repeated here, and digest-uri (RFC 3261 §22.1)"
        }
    };
    step("A2", text_of(&work.a2), Some(a2));
    step("HA2", format!("{hash}(A2) = {}", work.ha2), None);
    let line = match c.qop {
        Some(qop) if !qop.is_empty() => {
            format!(
                "HA1:{nonce}:{}:{cnonce}:{}:{}",
                of(c.nc),
                text_of(qop),
                work.ha2
            )
        }
        _ => format!("HA1:{nonce}:{}", work.ha2),
    };
    step(
        "joined",
        line,
        Some(match c.qop {
            Some(_) => "HA1, nonce, nonce count, cnonce, qop, HA2 (RFC 7616 §3.4.1)",
            None => "HA1, nonce, HA2: the form without qop (RFC 2069)",
        }),
    );
    let sent = of(c.response);
    let verdict = match work.response.eq_ignore_ascii_case(&sent) {
        true => "they are equal: it was made with the password of the file",
        false => "they differ: the response does not fit the password of the file",
    };
    step(
        "response",
        format!("{hash}(joined) = {}", hidden(&work.response)),
        None,
    );
    step("sent", hidden(&sent), Some(verdict));
}
