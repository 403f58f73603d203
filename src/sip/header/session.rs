//! Session-Expires (RFC 4028) and Replaces, Join, Target-Dialog (RFC 3891, 3911, 4538).

use super::event::split_params;
use super::numbers::parse_seconds;

/// The session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires<'a> {
    /// The session interval in seconds.
    pub seconds: u32,
    /// Who refreshes, `uac` or `uas`.
    pub refresher: Option<&'a [u8]>,
}

impl<'a> SessionExpires<'a> {
    /// Reads a value; `None` when the number is missing.
    pub fn parse(value: &'a [u8]) -> Option<SessionExpires<'a>> {
        let (seconds, params) = split_params(value);
        Some(SessionExpires {
            seconds: parse_seconds(seconds)?,
            refresher: params.value("refresher"),
        })
    }
}

/// A dialog named by another one's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaces<'a> {
    /// Its Call-ID.
    pub call_id: &'a [u8],
    /// The To tag, from the receiver's side (`local-tag` in Target-Dialog).
    pub to_tag: Option<&'a [u8]>,
    /// The From tag (`remote-tag` in Target-Dialog).
    pub from_tag: Option<&'a [u8]>,
    /// Only a dialog not yet answered may be replaced.
    pub early_only: bool,
}

impl<'a> Replaces<'a> {
    /// Reads a value of Replaces, Join or Target-Dialog. For a Replaces inside a Refer-To URI, unescape it first.
    pub fn parse(value: &'a [u8]) -> Replaces<'a> {
        let (call_id, params) = split_params(value);
        let tag = |a: &str, b: &str| params.value(a).or_else(|| params.value(b));
        Replaces {
            call_id,
            to_tag: tag("to-tag", "local-tag"),
            from_tag: tag("from-tag", "remote-tag"),
            early_only: params.has("early-only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_interval_and_its_refresher_are_read() {
        let s = SessionExpires::parse(b"1800 ;refresher=uas").unwrap();
        assert_eq!((s.seconds, s.refresher), (1800, Some(&b"uas"[..])));
        assert_eq!(SessionExpires::parse(b"soon"), None);
    }

    #[test]
    fn the_replaced_dialog_is_named_in_full() {
        let r = Replaces::parse(b"425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only");
        assert_eq!(r.call_id, b"425928@bobster.example.org");
        assert_eq!(
            (r.to_tag, r.from_tag),
            (Some(&b"7743"[..]), Some(&b"6472"[..]))
        );
        assert!(r.early_only);
    }
}
