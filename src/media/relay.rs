//! Media that a TURN relay passes on within its own packets (RFC 8656).

use super::other::IceFigures;
use crate::rtp::turn::Wrapping;
use crate::types::{Endpoint, Flow};

/// Between whom media goes that a packet between a client and its relay holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relay {
    /// The relay; `None` where nothing tells which end it is.
    pub server: Option<Endpoint>,
    /// Its address for the client; `None` where the Allocate is not in the capture.
    pub relayed: Option<Endpoint>,
    /// The peer; `None` where nothing names it.
    pub peer: Option<Endpoint>,
    /// The channel, the latest; `None` for Send and Data indications alone.
    pub channel: Option<u16>,
}

/// Where servers listen (RFC 8656 §19): 3478, and 5349 with TLS.
const TURN_PORTS: [u16; 2] = [3478, 5349];

impl Relay {
    /// Of a packet on `flow`; `known`: what TURN itself said there.
    pub(super) fn of(flow: &Flow, known: Option<&IceFigures>, by: Wrapping) -> Relay {
        let (channel, peer) = match by {
            Wrapping::Channel(channel) => (Some(channel), known.and_then(|k| k.peer_of(channel))),
            Wrapping::Indication { peer, .. } => (None, peer),
        };
        let at_port = |end: &Endpoint| TURN_PORTS.contains(&end.port);
        let by_port = match (at_port(&flow.src), at_port(&flow.dst)) {
            (true, false) => Some(flow.src),
            (false, true) => Some(flow.dst),
            _ => None,
        };
        Relay {
            server: known.and_then(|k| k.server).or(by_port),
            relayed: known.and_then(|k| k.relayed),
            peer,
            channel,
        }
    }

    /// The way of what is inside a packet on `flow`, as the peer sees it: SDP names these ends.
    pub(super) fn inside(&self, flow: &Flow) -> Option<Flow> {
        let (server, peer) = (self.server?, self.peer?);
        let client = if flow.src == server {
            flow.dst
        } else {
            flow.src
        };
        let own = self.relayed.unwrap_or(client);
        let (src, dst) = match flow.src == server {
            true => (peer, own),
            false => (own, peer),
        };
        Some(Flow {
            src,
            dst,
            scope: flow.scope,
        })
    }
}
