//! Challenges and credentials in sentences. What is secret (response, cnonce) is not told.

use super::pieces::{Challenge, Credentials};
use super::teller::Nonces;
use crate::explain::words::listed;

/// What a 401 or 407 asks for.
pub(super) fn challenge(c: &Challenge) -> Vec<String> {
    if !c.scheme.eq_ignore_ascii_case("Digest") {
        return vec![format!("The challenge is of the scheme {}.", c.scheme)];
    }
    let mut parts = Vec::new();
    parts.extend(c.realm.as_ref().map(|r| format!("the realm \"{r}\"")));
    parts.extend(c.nonce.as_ref().map(|n| format!("the nonce \"{n}\"")));
    parts.push(match &c.algorithm {
        Some(algorithm) => format!("the algorithm {algorithm}"),
        None => "the algorithm MD5 (none is named, and that means MD5)".to_owned(),
    });
    parts.push(match &c.qop {
        Some(qop) => format!("qop \"{qop}\""),
        None => "no qop".to_owned(),
    });
    let mut told = vec![format!("The challenge has {}.", listed(&parts))];
    if c.stale {
        told.push(
            "It says stale=true: only the nonce is too old. The same password is to be used with \
             the new nonce."
                .to_owned(),
        );
    }
    told
}

/// What a request proves, and with which nonce. `first`: nothing was proven before in this lesson.
pub(super) fn credentials(c: &Credentials, nonces: &Nonces, first: bool) -> Vec<String> {
    if !c.scheme.eq_ignore_ascii_case("Digest") {
        return vec![format!("The credentials are of the scheme {}.", c.scheme)];
    }
    let who = c.username.as_ref();
    let who = who.map_or(String::new(), |u| format!(" for the user \"{u}\""));
    let realm = c.realm.as_ref();
    let realm = realm.map_or(String::new(), |r| format!(" in the realm \"{r}\""));
    let mut told = vec![match first {
        true => format!(
            "It has credentials{who}{realm}: a digest response made from the password. The password itself is not sent."
        ),
        false => format!("It has credentials{who}{realm}."),
    }];
    let nonce = c.nonce.as_deref().unwrap_or_default();
    let count =
        c.nc.as_deref()
            .and_then(|nc| u32::from_str_radix(nc, 16).ok());
    let count = count.map_or(String::new(), |n| format!(", with {n} as its nc"));
    match nonces.step_of(nonce) {
        Some(step) => told.push(format!("The nonce is that of step {step}{count}.")),
        None if !nonce.is_empty() => told.push(format!(
            "No challenge with its nonce comes before it in this lesson{}.",
            count.replace(", with", "; it has")
        )),
        None => {}
    }
    told
}
