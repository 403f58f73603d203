//! Linux netfilter log (LINKTYPE_NFLOG): attributes, one of them the packet from its IP header on.

use super::super::bytes::{be16, le16};
use super::super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::super::decoded::{Decoded, OtherKind, UndecodedReason};
use super::super::ip;
use super::super::stack::Layer;
use super::short;
use crate::types::mix;

const PAYLOAD: u16 = 9;
/// Input and output interface index: they tell the chains apart that logged one packet twice.
const INTERFACES: [u16; 2] = [4, 5];

/// Family, version, resource id, then (length, type, value) padded to four octets.
pub(super) fn frame<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    carry.stack = carry.stack.with(Layer::Nflog);
    let Some(mut rest) = bytes.get(4..) else {
        return short();
    };
    while rest.len() >= 4 {
        let (len, kind) = match attribute_header(rest) {
            Some(found) => found,
            None => return Decoded::Undecoded(UndecodedReason::BadLinkHeader),
        };
        let value = rest
            .get(4..len)
            .or_else(|| rest.get(4..))
            .unwrap_or_default();
        // The top two bits are flags (nested, byte order).
        match kind & 0x3fff {
            PAYLOAD => return ip::packet(&carry, value),
            kind if INTERFACES.contains(&kind) => {
                let index = value
                    .iter()
                    .fold(0, |word, octet| word << 8 | u64::from(*octet));
                carry.link_print = mix(carry.link_print, u64::from(kind) << 32 | index);
            }
            _ => {}
        }
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Decoded::Other(OtherKind::NotNetwork)
}

/// Length and type stand in the byte order of the machine that captured, which nothing tells: the
/// order in which the length is possible and the type known.
fn attribute_header(bytes: &[u8]) -> Option<(usize, u16)> {
    let possible =
        |len: u16, kind: u16| (len >= 4 && kind & 0x3fff < 64).then_some((usize::from(len), kind));
    possible(le16(bytes, 0)?, le16(bytes, 2)?)
        .or_else(|| possible(be16(bytes, 0)?, be16(bytes, 2)?))
}
