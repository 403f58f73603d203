//! Where a redirected call went: who answers is no longer who was called first.

use super::names::user_of;
use crate::report::model::{Message, MessageKind};

/// A redirection that a later INVITE of the same call followed.
pub(super) struct Followed<'a> {
    /// The 3xx.
    pub(super) redirect: &'a Message,
    /// The first INVITE to the new address.
    pub(super) invite: &'a Message,
    /// The user of the new address; safe to show.
    pub(super) name: String,
}

/// The last such redirection among messages in order of time (RFC 3261 §8.1.3.4, §16.7).
pub(super) fn followed<'a>(messages: &[&'a Message]) -> Option<Followed<'a>> {
    let is_redirect = |m: &&&Message| {
        m.status.is_some_and(|s| s / 100 == 3) && m.method.as_deref() == Some("INVITE")
    };
    let redirects = messages.iter().filter(is_redirect).copied();
    let follows = |redirect: &'a Message| {
        let targets: Vec<&str> = redirect.contacts.iter().map(|c| bare(c)).collect();
        let invite = messages.iter().find(|m| {
            let invite = m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE");
            let to = m.request_uri.as_deref().map(bare);
            invite && m.time >= redirect.time && to.is_some_and(|to| targets.contains(&to))
        })?;
        // Another branch of a fork may answer.
        let answers = |m: &&&Message| {
            m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s / 100 == 2)
        };
        let mut answers = messages.iter().filter(answers).peekable();
        let is_there = |m: &&Message| m.src.address == invite.dst.address;
        if answers.peek().is_some() && !answers.any(is_there) {
            return None;
        }
        Some(Followed {
            redirect,
            invite,
            name: user_of(invite.request_uri.as_deref()?),
        })
    };
    redirects.rev().find_map(follows)
}

/// A URI without parameters and headers.
fn bare(uri: &str) -> &str {
    let host = uri.rfind('@').unwrap_or(0);
    let end = uri.get(host..).and_then(|rest| rest.find([';', '?']));
    end.and_then(|end| uri.get(..host + end)).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;

    #[test]
    fn the_new_address_is_that_of_a_contact_that_was_called() {
        let mut report = fixtures::proxied();
        // The INVITE of #9 is redirected to where that of #14 goes.
        let mut messages = vec![report.messages[8].clone(), report.messages[15].clone()];
        messages[1].status = Some(302);
        messages[1].contacts = vec!["sip:x@y".into(), "sip:carol@192.0.2.13;q=1".into()];
        let mut again = report.messages.swap_remove(13);
        assert_eq!((again.frame, messages[0].frame), (14, 9));
        again.time = messages[1].time;
        again.request_uri = Some("sip:carol@192.0.2.13;user=phone".into());
        messages.push(again);
        let shown: Vec<&Message> = messages.iter().collect();
        let found = followed(&shown).unwrap();
        assert_eq!((&*found.name, found.redirect.status), ("carol", Some(302)));
        assert!(followed(&shown[..2]).is_none());
    }
}
