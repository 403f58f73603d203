//! What STUN says of a flow: who checks it, what was chosen, what a relay was asked for.

use crate::media::packet::MediaPacket;
use crate::rtp::stun::{
    CHANNEL_NUMBER, StunClass, StunMessage, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
    XOR_PEER_ADDRESS, XOR_RELAYED_ADDRESS,
};
use crate::types::{CaptureTime, Endpoint, FrameRef};

/// Channels of one relayed flow that are told apart.
const MOST_CHANNELS: usize = 32;
/// Checks that wait for their answer.
const MOST_WAITING: usize = 8;

/// The packets that chose a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nomination {
    /// Frame of the request with USE-CANDIDATE.
    pub request: FrameRef,
    /// Frame of its success response.
    pub response: FrameRef,
    /// When that came.
    pub time: CaptureTime,
    /// Who sent that request: the controlling side (RFC 8445 §8.1.1).
    pub by: Endpoint,
}

/// STUN and TURN of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IceFigures {
    /// Requests.
    pub requests: u64,
    /// Answers that grant.
    pub successes: u64,
    /// Answers that refuse.
    pub errors: u64,
    /// Messages that expect no answer.
    pub indications: u64,
    /// USERNAME of the first request that has one: of a check the two user fragments; of 513 octets at most.
    pub username: Option<Box<str>>,
    /// Who sent that request.
    pub checked_by: Option<Endpoint>,
    /// A check with USE-CANDIDATE that was answered with success.
    pub nominated: Option<Nomination>,
    /// As whom the answering side sees the asking one.
    pub mapped: Option<Endpoint>,
    /// The relay's address for the client.
    pub relayed: Option<Endpoint>,
    /// The relay.
    pub server: Option<Endpoint>,
    /// Channels and whom they stand for; 32 at most.
    pub channels: Vec<(u16, Endpoint)>,
    /// Nominating checks not answered yet: transaction and frame.
    waiting: Vec<([u8; 12], FrameRef)>,
}

impl IceFigures {
    /// Takes a message of the flow.
    pub(super) fn handle(&mut self, m: &StunMessage<'_>, p: &MediaPacket<'_>) {
        let flow = p.flow;
        match m.class {
            StunClass::Request => {
                self.requests += 1;
                self.handle_request(m, p);
            }
            StunClass::Success => {
                self.successes += 1;
                self.handle_success(m, p);
            }
            StunClass::Error => self.errors += 1,
            StunClass::Indication => {
                self.indications += 1;
                match m.method {
                    6 => self.server = Some(flow.dst),
                    7 => self.server = Some(flow.src),
                    _ => {}
                }
            }
        }
    }

    fn handle_request(&mut self, m: &StunMessage<'_>, p: &MediaPacket<'_>) {
        let (flow, frame) = (p.flow, p.frame);
        if self.username.is_none() {
            let name = m.attribute(USERNAME).filter(|name| name.len() <= 513);
            let name = name.and_then(|name| std::str::from_utf8(name).ok());
            self.username = name.map(Box::from);
            self.checked_by = self.username.as_ref().map(|_| flow.src);
        }
        // Allocate, Refresh, CreatePermission and ChannelBind go to the relay.
        if matches!(m.method, 3 | 4 | 8 | 9) {
            self.server = Some(flow.dst);
        }
        let channel = m.attribute(CHANNEL_NUMBER).and_then(|v| v.first_chunk());
        if let (9, Some(number), Some(peer)) = (m.method, channel, m.xor_address(XOR_PEER_ADDRESS))
        {
            let number = u16::from_be_bytes(*number);
            self.channels.retain(|(n, _)| *n != number);
            if self.channels.len() < MOST_CHANNELS {
                self.channels.push((number, peer));
            }
        }
        if m.method == 1 && m.attribute(USE_CANDIDATE).is_some() && self.nominated.is_none() {
            if self.waiting.len() >= MOST_WAITING {
                self.waiting.remove(0);
            }
            self.waiting.push((m.transaction, frame));
        }
    }

    fn handle_success(&mut self, m: &StunMessage<'_>, p: &MediaPacket<'_>) {
        let (flow, frame) = (p.flow, p.frame);
        match m.method {
            1 => self.mapped = self.mapped.or(m.xor_address(XOR_MAPPED_ADDRESS)),
            3 => {
                self.server = Some(flow.src);
                self.relayed = m.xor_address(XOR_RELAYED_ADDRESS).or(self.relayed);
            }
            _ => {}
        }
        let asked = self.waiting.iter().find(|(t, _)| *t == m.transaction);
        if let Some((_, request)) = asked {
            self.nominated.get_or_insert(Nomination {
                request: *request,
                response: frame,
                time: p.time,
                by: flow.dst,
            });
            self.waiting = Vec::new();
        }
    }

    /// Whom a channel stands for.
    pub(in crate::media) fn peer_of(&self, channel: u16) -> Option<Endpoint> {
        let mut known = self.channels.iter();
        known.find(|(n, _)| *n == channel).map(|(_, peer)| *peer)
    }

    pub(super) fn weight(&self) -> usize {
        let name = self.username.as_ref().map_or(0, |name| name.len());
        size_of::<Self>() + name + size_of_val(&*self.channels) + size_of_val(&*self.waiting)
    }
}
