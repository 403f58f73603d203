//! Link layers, by the link type of the capture file. A new one is a file, a row of [`LINKS`], and its [`Layer`].

mod ethernet;
mod exported_pdu;
mod loopback;
mod nflog;
mod ppp;
mod sll;
mod wifi;

pub(super) use ethernet::{ether_type, frame as ethernet};
pub(super) use ppp::protocol as ppp_protocol;

use super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::decoded::{Decoded, UndecodedReason};
use super::ip;
use super::stack::Layer;
use crate::types::LinkType;

type LinkDecoder = for<'a> fn(Carry, &'a [u8]) -> Decoded<'a>;

/// Number (LINKTYPE_*), name as tcpdump prints it, decoder.
const LINKS: &[(u16, &str, LinkDecoder)] = &[
    (0, "NULL", loopback::host_order),
    (1, "EN10MB", ethernet::frame),
    (9, "PPP", ppp::frame),
    (12, "RAW", raw_ip),
    (14, "RAW", raw_ip),
    (50, "PPP_SERIAL", ppp::frame),
    (51, "PPP_ETHER", ppp::pppoe_frame),
    (101, "RAW", raw_ip),
    (105, "IEEE802_11", wifi::frame),
    (108, "LOOP", loopback::network_order),
    (113, "LINUX_SLL", sll::v1),
    (127, "IEEE802_11_RADIO", wifi::radiotap),
    (192, "PPI", wifi::ppi),
    (228, "IPV4", raw_ip),
    (229, "IPV6", raw_ip),
    (239, "NFLOG", nflog::frame),
    (252, "WIRESHARK_UPPER_PDU", exported_pdu::frame),
    (276, "LINUX_SLL2", sll::v2),
];

/// Decodes the first header of a captured packet.
#[inline(always)]
pub(super) fn frame<'a>(link: LinkType, carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    if link.0 == 1 {
        return ethernet::straight(carry, bytes);
    }
    match LINKS.iter().find(|row| row.0 == link.0) {
        Some((_, _, decode)) => decode(carry, bytes),
        None => Decoded::Undecoded(UndecodedReason::UnsupportedLinkType),
    }
}

/// True for a link type whose packets can be read.
pub fn is_decoded(link: LinkType) -> bool {
    LINKS.iter().any(|row| row.0 == link.0)
}

fn raw_ip<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    carry.stack = carry.stack.with(Layer::Raw);
    ip::packet(&carry, bytes)
}

fn short<'a>() -> Decoded<'a> {
    Decoded::Undecoded(UndecodedReason::ShortLinkHeader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_type_has_one_name_whether_decoded_or_not() {
        for (number, name, _) in LINKS {
            let named = crate::source::link_type_name(LinkType(*number));
            assert_eq!(&*named, *name, "{number}");
        }
    }
}
