//! One message as a lesson: its Via stack against the hops of the capture, its way, and whose address stands where.
//!
//! What is said of a hop is read off its packet. Where that is not in the capture, that is said and nothing else.

mod addresses;
mod answered;
mod octets;
mod routes;
mod vias;

pub(super) use answered::acknowledged;
pub use octets::BodyLine;
pub(super) use octets::lines;

use super::Lookup;
use super::message::Described;
use crate::report::model::{Message, MessageKind};
use crate::sip::NameAddr;
use std::net::IpAddr;

/// What is worked out of one message and the others of its Call-ID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// Each Via, who wrote it and what was added on the way.
    pub vias: Vec<Described>,
    /// Route, Record-Route and Request-URI.
    pub routes: Vec<Described>,
    /// Each address and where it stands.
    pub addresses: Vec<Described>,
}

/// The lesson of a message.
pub(super) fn lesson(lookup: &Lookup<'_>, message: &Message) -> Lesson {
    let around = Around::of(lookup, message);
    Lesson {
        vias: vias::facts(&around),
        routes: routes::facts(&around),
        addresses: addresses::facts(&around),
    }
}

/// A message among those of its Call-ID.
pub(super) struct Around<'a> {
    lookup: &'a Lookup<'a>,
    message: &'a Message,
    /// Copies that the capture made are left out.
    same: Vec<&'a Message>,
}

impl<'a> Around<'a> {
    pub(super) fn of(lookup: &'a Lookup<'a>, message: &'a Message) -> Around<'a> {
        let all = lookup.report.messages.iter();
        let is_same = |m: &&Message| {
            message.call_id.is_some()
                && m.call_id == message.call_id
                && m.capture_duplicate_of.is_none()
        };
        Around {
            lookup,
            message,
            same: all.filter(is_same).collect(),
        }
    }

    /// The request of this message's CSeq that has that branch on top: the packet of that hop.
    fn on_hop(&self, branch: &[u8]) -> Option<&'a Message> {
        let m = self.message;
        let mut same = self.same.iter().copied();
        same.find(|r| {
            r.kind == MessageKind::Request
                && r.cseq == m.cseq
                && r.method == m.method
                && r.branch.as_deref().map(str::as_bytes) == Some(branch)
        })
    }

    /// The same request on the hop before this one.
    fn before(&self) -> Option<&'a Message> {
        if self.message.kind != MessageKind::Request {
            return None;
        }
        let via = self.message.vias.get(1)?;
        self.on_hop(crate::sip::Via::parse(via.as_bytes()).branch?)
            .filter(|r| r.id != self.message.id)
    }

    fn name(&self, m: &Message) -> String {
        self.lookup.frame_name(m.source, m.frame).to_string()
    }
}

/// The host of a header's URI, without brackets.
fn host_of(value: &str) -> String {
    let address = NameAddr::parse(value.as_bytes());
    let host = String::from_utf8_lossy(address.uri().host).into_owned();
    without_brackets(&host).to_owned()
}

fn without_brackets(host: &str) -> &str {
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// True for an address and not a name.
fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

/// True where two texts are one address.
fn is_same(a: &str, b: &str) -> bool {
    match (a.parse::<IpAddr>(), b.parse::<IpAddr>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.eq_ignore_ascii_case(b),
    }
}
