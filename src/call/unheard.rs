//! An ACK that does not get through: the 2xx it answers is sent again after it (RFC 3261 §13.3.1.4).

use super::compact::block;
use super::facts::Arrival;
use crate::sip::Uri;
use crate::types::{CaptureTime, Delta, Endpoint, HostAddr, MessageId, text_of};

/// A 2xx that was sent again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    pub(super) on_caller_hop: bool,
    pub(super) vias: u16,
}

/// What the 2xx and its ACK say of the way the ACK takes.
#[derive(Clone, Debug, PartialEq)]
pub struct UnheardAck {
    /// The first ACK.
    pub ack: MessageId,
    /// When it was sent.
    pub ack_time: CaptureTime,
    /// Where the caller, or the host nearest to it, sends it.
    pub ack_to: Endpoint,
    /// Where a host behind that sends it on.
    pub ack_on_to: Option<Endpoint>,
    /// The 2xx is seen to come from behind that host, and the ACK is not seen to go on from there.
    pub stops_at_proxy: bool,
    /// Copies of the ACK on one hop, the first included.
    pub acks: u32,
    /// Copies of the 2xx on the caller's hop after the first ACK.
    pub repeats: u32,
    /// The last of them.
    pub last: CaptureTime,
    /// Who sends the 2xx on the hop furthest from the caller.
    pub from: Endpoint,
    vias: u16,
    /// Host and port of its Contact, as sent.
    pub contact: Option<String>,
    /// The Contact's host, where it is an address.
    pub contact_address: Option<HostAddr>,
    /// Host and port of its last Record-Route: the first the ACK has to go to (RFC 3261 §12.1.2).
    pub route: Option<String>,
    /// Its host, where it is an address.
    pub route_address: Option<HostAddr>,
}

impl UnheardAck {
    pub(super) fn new(ack_time: CaptureTime, repeat: Repeat, arrival: &Arrival<'_>) -> UnheardAck {
        let message = arrival.message;
        let contact = message.contacts().next().map(|c| host_of(c.addr.uri));
        let route = message.record_routes().last().map(|r| host_of(r.uri));
        let mut unheard = UnheardAck {
            ack: arrival.id,
            ack_time,
            ack_to: arrival.flow.dst,
            ack_on_to: None,
            stops_at_proxy: false,
            acks: 1,
            repeats: 0,
            last: arrival.time,
            from: arrival.flow.src,
            vias: repeat.vias,
            contact_address: contact.as_ref().and_then(|c| c.1),
            contact: contact.map(|c| c.0),
            route_address: route.as_ref().and_then(|r| r.1),
            route: route.map(|r| r.0),
        };
        unheard.note_repeat(repeat, arrival);
        unheard
    }

    pub(super) fn note_repeat(&mut self, repeat: Repeat, arrival: &Arrival<'_>) {
        if repeat.on_caller_hop {
            self.repeats += 1;
            self.last = self.last.max(arrival.time);
        }
        if repeat.vias > self.vias {
            (self.vias, self.from) = (repeat.vias, arrival.flow.src);
        }
    }

    /// The 2xx was seen on a hop further from the caller than any ACK.
    pub(super) fn is_from_behind(&self, vias_of_ack: u16) -> bool {
        self.vias > vias_of_ack
    }

    /// One repetition may cross the ACK on its way; two, of which the second is sent a round trip later, cannot.
    pub fn is_proven(&self) -> bool {
        const ROUND_TRIP: Delta = Delta::from_secs(1);
        self.repeats >= 2 && self.last - self.ack_time >= ROUND_TRIP
    }

    /// Of an ACK to a private Contact, for tests of rules.
    #[cfg(test)]
    pub(crate) fn sample(ack: MessageId, ack_time: CaptureTime, last: CaptureTime) -> UnheardAck {
        let at = |octets| Endpoint::new(HostAddr::v4(octets), 5060);
        UnheardAck {
            ack,
            ack_time,
            ack_to: at([10, 0, 0, 5]),
            ack_on_to: None,
            stops_at_proxy: false,
            acks: 3,
            repeats: 3,
            last,
            from: at([192, 0, 2, 12]),
            vias: 1,
            contact: Some("10.0.0.5:5060".to_owned()),
            contact_address: Some(at([10, 0, 0, 5]).addr),
            route: None,
            route_address: None,
        }
    }

    pub(super) fn weight(&self) -> usize {
        let texts = [&self.contact, &self.route].into_iter().flatten();
        block(size_of::<Self>()) + texts.map(|t| block(t.len())).sum::<usize>()
    }
}

/// `10.0.0.5:5060` of a URI, and the address where the host is one.
fn host_of(uri: &[u8]) -> (String, Option<HostAddr>) {
    /// RFC 1035 allows 253 octets.
    const LONGEST: usize = 300;
    let uri = Uri::parse(uri);
    let text = text_of(uri.host.get(..LONGEST).unwrap_or(uri.host));
    let address = uri.host_addr().map(HostAddr::from);
    let text = match uri.port {
        Some(port) => format!("{text}:{port}"),
        None => text,
    };
    (text, address)
}
