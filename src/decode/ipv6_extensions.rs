//! The chain of IPv6 extension headers (RFC 8200 §4), and the authentication header IPv4 shares.
//!
//! Each header is sliced by etherparse; the walk is ours, because a chain ends at a fragment header
//! that fragments: what follows in a later fragment is payload, whatever the next-header field says.

use super::bytes::len32;
use super::decoded::{Decoded, Fragment, IpMeta, OtherKind, UndecodedReason};
use super::stack::Layer;
use super::transport;
use etherparse::{IpAuthHeaderSlice, Ipv6FragmentHeaderSlice, Ipv6RawExtHeaderSlice};

/// The next-header value of an empty payload.
pub(super) const NO_NEXT_HEADER: u8 = 59;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

const MAX_EXTENSIONS: usize = 8;

/// Walks the headers from `protocol` on and decodes what they lead to.
pub(super) fn resume<'a>(ip: &IpMeta, protocol: u8, payload: &'a [u8], cut: u32) -> Decoded<'a> {
    let mut ip = *ip;
    let mut next = protocol;
    let mut rest = payload;
    for _ in 0..=MAX_EXTENSIONS {
        let (following, header_len) = match next {
            // 0 is IPv6's alone: in IPv4 the number is not assigned.
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6
                if !ip.src.is_v4() =>
            {
                match Ipv6RawExtHeaderSlice::from_slice(rest) {
                    Ok(header) => (header.next_header().0, header.slice().len()),
                    Err(_) => return bad_length(cut),
                }
            }
            AUTHENTICATION => match IpAuthHeaderSlice::from_slice(rest) {
                Ok(header) => {
                    ip.stack = ip.stack.with(Layer::Ah);
                    (header.next_header().0, header.slice().len())
                }
                Err(_) => return bad_length(cut),
            },
            FRAGMENT if !ip.src.is_v4() => {
                let Ok(header) = Ipv6FragmentHeaderSlice::from_slice(rest) else {
                    return bad_length(cut);
                };
                ip.ip_id = Some(header.identification());
                let inner = rest.get(header.slice().len()..).unwrap_or_default();
                if header.is_fragmenting_payload() {
                    return Decoded::Fragment(Fragment {
                        ip,
                        v6: true,
                        protocol: header.next_header().0,
                        id: header.identification(),
                        offset: u32::from(header.fragment_offset().value()) * 8,
                        more: header.more_fragments(),
                        payload: inner,
                        wire_payload_len: len32(inner).saturating_add(cut),
                    });
                }
                (header.next_header().0, header.slice().len())
            }
            NO_NEXT_HEADER => return Decoded::Other(OtherKind::IpProtocol(NO_NEXT_HEADER)),
            _ => return transport::payload(&ip, next, rest, cut),
        };
        next = following;
        rest = rest.get(header_len..).unwrap_or_default();
    }
    Decoded::Undecoded(UndecodedReason::TooManyExtensions)
}

/// Offset in the fragment header of a chain that begins with `first`, in units of eight bytes; `None`
/// where there is none, or the bytes end before it.
pub(super) fn fragment_offset(first: u8, headers: &[u8]) -> Option<u16> {
    let mut next = first;
    let mut rest = headers;
    for _ in 0..=MAX_EXTENSIONS {
        let (following, header_len) = match next {
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6 => {
                let header = Ipv6RawExtHeaderSlice::from_slice(rest).ok()?;
                (header.next_header().0, header.slice().len())
            }
            AUTHENTICATION => {
                let header = IpAuthHeaderSlice::from_slice(rest).ok()?;
                (header.next_header().0, header.slice().len())
            }
            FRAGMENT => {
                let header = Ipv6FragmentHeaderSlice::from_slice(rest).ok()?;
                return Some(header.fragment_offset().value());
            }
            _ => return None,
        };
        next = following;
        rest = rest.get(header_len..)?;
    }
    None
}

/// A header that does not fit: the capture's fault where it was cut, else the packet's.
fn bad_length<'a>(cut: u32) -> Decoded<'a> {
    Decoded::Undecoded(if cut > 0 {
        UndecodedReason::ShortIpHeader
    } else {
        UndecodedReason::BadIpLength
    })
}
