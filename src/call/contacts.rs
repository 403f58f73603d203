//! Contacts of a dialog that lead nowhere: a private address, said in a message that came from a public one.

use super::facts::Arrival;
use crate::sip::Uri;
use crate::types::{HostAddr, MessageId, Party};

/// A Contact at a private, loopback or link-local address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateContact {
    /// Whose it is.
    pub side: Party,
    /// The address it names.
    pub address: HostAddr,
    /// Where the message came from.
    pub from: HostAddr,
    /// The message.
    pub message: MessageId,
    /// The message gives another way: Record-Route, or a flow to be used again (RFC 5626).
    pub has_way_round: bool,
}

impl PrivateContact {
    /// Of the INVITE or 2xx that makes the dialog.
    pub(super) fn of(side: Party, arrival: &Arrival<'_>) -> Option<PrivateContact> {
        let from = arrival.flow.src.addr;
        if is_local(from) {
            return None;
        }
        let contact = arrival.message.contacts().next()?;
        let uri = Uri::parse(contact.addr.uri);
        let address = uri
            .host_addr()
            .map(HostAddr::from)
            .filter(|a| is_local(*a))?;
        let outbound = uri.params.has("ob") || contact.reg_id.is_some();
        Some(PrivateContact {
            side,
            address,
            from,
            message: arrival.id,
            has_way_round: outbound || arrival.message.record_routes().next().is_some(),
        })
    }
}

fn is_local(address: HostAddr) -> bool {
    address.is_private() || address.is_loopback()
}
