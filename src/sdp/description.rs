//! A session description taken apart (RFC 8866).

use super::media::Media;
use crate::types::{Direction, FlawCode};
use std::borrow::Cow;
use std::net::IpAddr;

/// What a `v=0` text says. What is missing is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionDescription<'a> {
    /// `v=` as sent.
    pub version: Option<&'a str>,
    /// `o=`; `None` where it is absent or has not six fields.
    pub origin: Option<Origin<'a>>,
    /// `s=`: the session's name, without meaning in calls.
    pub name: Option<Cow<'a, str>>,
    /// `i=` of the session: free text.
    pub information: Option<Cow<'a, str>>,
    /// Session-level `c=` lines.
    pub connections: Vec<Connection<'a>>,
    /// Session-level `b=` lines.
    pub bandwidth: Vec<Bandwidth<'a>>,
    /// `t=` lines as sent.
    pub timing: Vec<&'a str>,
    /// Session-level direction.
    pub direction: Option<Direction>,
    /// Session-level attributes, all, in order.
    pub attributes: Vec<Attribute<'a>>,
    /// `a=group` lines.
    pub groups: Vec<Group<'a>>,
    /// The m-lines in order; offer and answer match by index (RFC 3264 §6).
    pub media: Vec<Media<'a>>,
    /// What is wrong with the text.
    pub flaws: Vec<SdpFlaw>,
}

/// One thing wrong with a session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdpFlaw {
    /// Which rule is broken.
    pub code: FlawCode,
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong, in one sentence that is safe to show.
    pub text: String,
    /// Where the rule is written down, as `RFC 8866 §9`.
    pub source: &'static str,
}

/// `o=`: who made this description, and which version of it this is (RFC 8866 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// User name, often `-`.
    pub username: &'a str,
    /// Session id as sent.
    pub session_id: &'a str,
    /// Version as sent; it goes up by one with each change (RFC 3264 §8).
    pub version: &'a str,
    /// Network type as sent: `IN` is the Internet, and the only one in use.
    pub net_type: &'a str,
    /// `IP4` or `IP6`.
    pub addr_type: &'a str,
    /// Address or host name.
    pub address: &'a str,
    /// The whole line as sent, without `o=`.
    pub raw: &'a str,
}

/// `c=`: where media is expected (RFC 8866 §5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// Network type as sent: `IN` is the Internet, and the only one in use.
    pub net_type: &'a str,
    /// `IP4` or `IP6`.
    pub addr_type: &'a str,
    /// Address or host name, without ttl and count.
    pub address: &'a str,
    /// Time to live of an IPv4 multicast.
    pub ttl: Option<u8>,
    /// How many consecutive multicast addresses.
    pub count: Option<u16>,
    /// Read once: many ask for it.
    pub(super) ip: Option<IpAddr>,
}

impl Connection<'_> {
    /// The address, when it is no host name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// True for the addresses that put the other side on hold: `0.0.0.0` (RFC 2543), `::` and
    /// names under `.invalid` (RFC 6157 §4.2.3).
    pub fn is_hold(&self) -> bool {
        if let Some(ip) = self.ip {
            return ip.is_unspecified();
        }
        let name = self.address.trim_end_matches('.');
        name.eq_ignore_ascii_case("invalid")
            || name
                .len()
                .checked_sub(".invalid".len())
                .and_then(|at| name.get(at..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(".invalid"))
    }
}

/// `b=` (RFC 8866 §5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth<'a> {
    /// `AS` and `CT` count kbit/s, `TIAS`, `RR` and `RS` bit/s.
    pub kind: &'a str,
    /// The number; `None` when it is none.
    pub value: Option<u64>,
}

/// `a=`: a name, and what follows its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Name as sent.
    pub name: &'a str,
    /// What follows the colon.
    pub value: Option<&'a str>,
}

/// `a=group`: media that belong together (RFC 5888, BUNDLE in RFC 9143).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// `BUNDLE`, `LS`, ...
    pub semantics: &'a str,
    /// The mids of its members, in order.
    pub mids: Vec<&'a str>,
}

impl<'a> SessionDescription<'a> {
    /// The mids that share one transport, if there is a BUNDLE group.
    pub fn bundle(&self) -> Option<&[&'a str]> {
        self.groups
            .iter()
            .find(|g| g.semantics.eq_ignore_ascii_case("BUNDLE"))
            .map(|g| g.mids.as_slice())
    }

    /// The value of the first session-level attribute of that name; `Some("")` for a bare one.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        find_attribute(&self.attributes, name)
    }
}

/// Value of the first attribute of that name; `Some("")` for a bare one.
pub(super) fn find_attribute<'a>(attributes: &[Attribute<'a>], name: &str) -> Option<&'a str> {
    attributes
        .iter()
        .find(|a| a.name == name)
        .map(|a| a.value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_to_write_no_address_are_hold() {
        let at = |address| Connection {
            net_type: "IN",
            addr_type: "IP4",
            address,
            ttl: None,
            count: None,
            ip: address.parse().ok(),
        };
        for hold in ["0.0.0.0", "::", "a.invalid", "x.INVALID.", "invalid"] {
            assert!(at(hold).is_hold(), "{hold}");
        }
        for live in ["192.0.2.1", "::1", "notinvalid", "a.invalid.example"] {
            assert!(!at(live).is_hold(), "{live}");
        }
    }
}
