//! Where each side asks its media to be sent.

use super::compact::push_exact;
use super::facts::Arrival;
use super::record::MediaAddress;
use crate::sdp::{MediaPort, SessionDescription};
use crate::types::{HostAddr, Party};

/// Longest list kept for one call; beyond it the call goes on, the list does not.
const MAX_ADDRESSES: usize = 64;

/// Adds the addresses of a description that are not known yet.
pub(super) fn note(
    known: &mut Vec<MediaAddress>,
    side: Party,
    sdp: &SessionDescription<'_>,
    arrival: &Arrival<'_>,
) {
    for media in &sdp.media {
        let MediaPort::Port(port) = media.port else {
            continue;
        };
        let port = port.get();
        let Some(connection) = media.connection() else {
            continue;
        };
        let text = connection.address;
        let same = |a: &MediaAddress| a.side == side && a.text == text && a.port == port;
        if known.len() >= MAX_ADDRESSES || known.iter().any(same) {
            continue;
        }
        push_exact(
            known,
            MediaAddress {
                side,
                address: connection.ip().map(HostAddr::from),
                text: text.to_string(),
                port,
                flow: arrival.flow,
                message: arrival.id,
                has_ice: !media.candidates.is_empty(),
            },
        );
    }
}
