//! The TURN relay that a stream came out of.

use super::Fact;
use crate::report::model::Stream;

/// `192.0.2.50:3478, as 192.0.2.50:49170, channel 0x4000, to 192.0.2.12:6000`.
pub(super) fn fact(s: &Stream) -> Option<Fact> {
    let relay = s.relay.as_ref()?;
    let server = match &relay.server {
        Some(server) => server.to_string(),
        None => "not known which end".to_owned(),
    };
    let mut told = server;
    if let Some(relayed) = &relay.relayed {
        told += &format!(", which has {relayed} for its client");
    }
    told += &match relay.channel {
        Some(channel) => format!(", in channel {channel:#06x}"),
        None => ", in Send or Data indications".to_owned(),
    };
    if let Some(peer) = &relay.peer {
        told += &format!(", with the peer {peer}");
    }
    Some(("TURN relay", told))
}
