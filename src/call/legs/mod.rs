//! Legs of one call: a B2BUA (PBX, SBC, gateway) makes a call of its own for each that it gets.
//!
//! One file looks for one kind of evidence; a leg is joined where it fits one other leg and no second as well.
//! Numbers and names alone join nothing, and what time and names tell is not carried from leg to leg.
//!
//! Invariant: looks at finished records alone; what is sought is found by its hash or in a window of time, so
//! that the work grows with the number of legs and not with its square.

mod consulted;
mod groups;
mod identity;
mod map;
mod named;
mod shared;
mod sounds;
mod unite;
mod view;

#[cfg(test)]
mod tests;

pub use unite::{Leg, PossibleLeg, United, possible_legs, unite};

use super::record::CallRecord;
use crate::types::{CallNo, CaptureTime, Flow, MessageId, Party};
use view::View;

crate::types::vocabulary! {
    /// How a leg was joined to its call.
    pub enum JoinedBy {
        /// It has the call's Call-ID, or one made of it.
        CallId = "call_id",
        /// A header of its INVITE names the other leg.
        Header = "header",
        /// Both legs have one Session-ID (RFC 7989).
        SessionId = "session_id",
        /// Both legs name one place for media, or one stream runs on both.
        Media = "media",
        /// Both legs' session descriptions have one origin.
        SdpOrigin = "sdp_origin",
        /// The same users, and one leg follows the other in time through one host.
        Identity = "identity",
    }
}

/// A stream of a leg, as far as it can tell of other legs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamOfLeg {
    /// The leg.
    pub call: CallNo,
    /// Whose media it is.
    pub side: Option<Party>,
    /// Its SSRC.
    pub ssrc: u32,
    /// From where to where.
    pub flow: Flow,
    /// First packet.
    pub first: CaptureTime,
    /// Last packet.
    pub last: CaptureTime,
    /// Packets.
    pub packets: u64,
}

/// Why two legs are thought to be one call. `up` is nearer to who called.
#[derive(Clone, Debug)]
struct Link {
    up: usize,
    down: usize,
    by: JoinedBy,
    confidence: f64,
    evidence: String,
    messages: Vec<MessageId>,
    /// Seen after the legs were answered, when it may be the doing of a transfer.
    late: Option<Late>,
}

/// When something late was seen.
#[derive(Clone, Copy, Debug)]
enum Late {
    Message(MessageId),
    Time(CaptureTime),
}

impl Late {
    fn is_after(self, refer: (MessageId, CaptureTime)) -> bool {
        match self {
            Late::Message(id) => id > refer.0,
            Late::Time(time) => time > refer.1,
        }
    }
}

/// From here on a leg is joined.
const ENOUGH: f64 = 0.6;

/// What joins the legs, and what may.
#[derive(Debug, Default)]
struct Found {
    links: Vec<Link>,
    possible: Vec<Link>,
}

/// Looks at all there is.
fn find(calls: &[CallRecord], streams: &[StreamOfLeg]) -> Found {
    let views: Vec<View<'_>> = calls.iter().map(View::of).collect();
    let mut certain = named::links(&views);
    certain.extend(shared::links(&views));
    certain.extend(sounds::links(&views, streams));
    for link in &mut certain {
        if let (Some(up), Some(down)) = (views.get(link.up), views.get(link.down))
            && down.leads_to(up)
            && !up.leads_to(down)
        {
            (link.up, link.down) = (link.down, link.up);
        }
    }
    let transferred = calls.iter().any(|c| c.leg.refer.is_some());
    if transferred && certain.iter().any(|l| l.late.is_some()) {
        // Who was together before the transfer is asked without what came later.
        let early: Vec<Link> = certain
            .iter()
            .filter(|l| l.late.is_none())
            .cloned()
            .collect();
        let before = identity::add(&views, early);
        let refers = groups::refers(&views, &before.links);
        certain.retain(|l| {
            let ends = [l.up, l.down];
            let mut refers = ends
                .iter()
                .filter_map(|at| refers.get(*at).copied().flatten());
            l.late
                .is_none_or(|late| !refers.any(|refer| late.is_after(refer)))
        });
    }
    let apart = consulted::apart(&views);
    let certain = consulted::certain(&views, &apart, certain);
    consulted::found(&views, &apart, identity::add(&views, certain))
}
