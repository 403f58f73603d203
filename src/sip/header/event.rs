//! Event and Subscription-State (RFC 6665 §8.2).

use super::numbers::parse_seconds;
use crate::sip::lex::trim;
use crate::sip::params::Params;
use memchr::memchr;

/// What is subscribed to or notified about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event package with its templates, as `presence.winfo`.
    pub package: &'a [u8],
    /// The `id` parameter; after REFER the CSeq number of the REFER (RFC 3515 §2.4.6).
    pub id: Option<&'a [u8]>,
}

impl<'a> Event<'a> {
    /// Reads a value.
    pub fn parse(value: &'a [u8]) -> Event<'a> {
        let (package, params) = split_params(value);
        Event {
            package,
            id: params.value("id"),
        }
    }
}

/// Whether a subscription lives, in a NOTIFY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated`, as sent.
    pub state: &'a [u8],
    /// Why it ended.
    pub reason: Option<&'a [u8]>,
    /// For how many more seconds it lives.
    pub expires: Option<u32>,
    /// When to subscribe again, in seconds.
    pub retry_after: Option<u32>,
}

impl<'a> SubscriptionState<'a> {
    /// Reads a value.
    pub fn parse(value: &'a [u8]) -> SubscriptionState<'a> {
        let (state, params) = split_params(value);
        SubscriptionState {
            state,
            reason: params.value("reason"),
            expires: params.value("expires").and_then(parse_seconds),
            retry_after: params.value("retry-after").and_then(parse_seconds),
        }
    }

    /// True when the subscription ended with this notification.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case(b"terminated")
    }
}

/// Text before the first `;` and the parameters after it.
pub(crate) fn split_params(value: &[u8]) -> (&[u8], Params<'_>) {
    let (head, params) = value.split_at(memchr(b';', value).unwrap_or(value.len()));
    (trim(head), Params(params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_and_state_are_read_with_their_parameters() {
        let e = Event::parse(b"refer;id=93809824");
        assert_eq!((e.package, e.id), (&b"refer"[..], Some(&b"93809824"[..])));
        let s = SubscriptionState::parse(b"Terminated ; reason=noresource;retry-after=10");
        assert!(s.is_terminated());
        assert_eq!(
            (s.reason, s.retry_after),
            (Some(&b"noresource"[..]), Some(10))
        );
        assert_eq!(
            SubscriptionState::parse(b"active;expires=59").expires,
            Some(59)
        );
    }
}
