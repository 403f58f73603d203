//! What each request method means (RFC 3261 and its extensions).

use crate::types::Method;
use crate::types::near::edits;

/// A method's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MethodEntry {
    /// The method as sent: case counts.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
}

const fn row(name: &'static str, meaning: &'static str, source: &'static str) -> MethodEntry {
    MethodEntry {
        name,
        meaning,
        source,
    }
}

/// Every method of the IANA registry.
#[rustfmt::skip]
pub(crate) const METHODS: &[MethodEntry] = &[
    row("INVITE", "Asks someone into a call, or changes a call that goes on (re-INVITE).", "RFC 3261 §13"),
    row("ACK", "Confirms that the final response to an INVITE arrived; it is never answered.", "RFC 3261 §13.2.2.4 and §17.1.1.3"),
    row("BYE", "Ends a call. Both sides may send it after the call is accepted, the caller before that too.", "RFC 3261 §15"),
    row("CANCEL", "Gives up an INVITE that has no final response yet.", "RFC 3261 §9"),
    row("OPTIONS", "Asks what the other side can do; often used as a keep-alive.", "RFC 3261 §11"),
    row("REGISTER", "Tells a server where a user can be reached, asks for it, or removes it.", "RFC 3261 §10"),
    row("PRACK", "Confirms that a response before the final one has arrived (a reliable provisional response).", "RFC 3262"),
    row("UPDATE", "Changes the sound or video of a call, also before the call is accepted. The state of the dialog stays as it is.", "RFC 3311"),
    row("SUBSCRIBE", "Asks to be notified of events.", "RFC 6665 §4.1"),
    row("NOTIFY", "Reports an event to a subscriber, or the progress of a transfer.", "RFC 6665 §4.2"),
    row("PUBLISH", "Gives a server a state, such as presence, to distribute.", "RFC 3903"),
    row("INFO", "Carries application data inside a call, such as DTMF digits.", "RFC 6086"),
    row("REFER", "Asks the other side to contact a third one: a transfer.", "RFC 3515"),
    row("MESSAGE", "Carries an instant message.", "RFC 3428"),
];

/// The row of a method; `None` for an extension not known here.
pub(crate) fn meaning(method: &Method) -> Option<&'static MethodEntry> {
    METHODS.iter().find(|m| m.name == method.as_str())
}

/// The known method that `word` is near to, and not the same in another case.
pub(crate) fn near(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_uppercase();
    let known = METHODS.iter().map(|m| m.name);
    if word.len() < 3 || known.clone().any(|name| name == word) {
        return None;
    }
    let distance = |name: &'static str| {
        let begins = name.starts_with(&word) || word.starts_with(name);
        if begins { 0 } else { edits(name, &word) }
    };
    let nearest = known.min_by_key(|name| distance(name))?;
    (distance(nearest) <= 2).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_method_is_near_the_one_that_was_meant() {
        for (typed, meant) in [
            ("invit", Some("INVITE")),
            ("INVTIE", Some("INVITE")),
            ("registr", Some("REGISTER")),
            ("invite", None),
            ("KDMQ", None),
            ("by", None),
        ] {
            assert_eq!(near(typed), meant, "{typed}");
        }
        assert_eq!(
            (edits("BYE", "BYE"), edits("ACK", "ACKS"), edits("", "AB")),
            (0, 1, 2)
        );
    }

    #[test]
    fn every_method_type_but_other_has_a_meaning() {
        for m in METHODS {
            assert!(
                !matches!(Method::parse(m.name.as_bytes()), Method::Other(_)),
                "{}",
                m.name
            );
        }
        assert_eq!(METHODS.len(), 14);
        assert_eq!(meaning(&Method::parse(b"invite")), None);
    }
}
