//! SCTP packets (RFC 9260), which SIP may use (RFC 4168). Messages split over chunks are not joined here.

use super::bytes::{be16, be32};
use super::decoded::{Decoded, IpMeta, SctpPacket, UndecodedReason};
use super::stack::Layer;
use super::transport;

/// User data of one DATA or I-DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataChunk<'a> {
    /// Transmission sequence number.
    pub tsn: u32,
    /// Stream identifier.
    pub stream: u16,
    /// Payload protocol identifier; 0 is unspecified.
    pub protocol: u32,
    /// First piece of a user message (B bit).
    pub first: bool,
    /// Last piece of a user message (E bit).
    pub last: bool,
    /// The bytes, as captured.
    pub data: &'a [u8],
}

/// The DATA (type 0) and I-DATA (type 64, RFC 8260) chunks of a packet, in order; ends at the first one that
/// does not fit.
pub fn data_chunks<'a>(packet: &SctpPacket<'a>) -> impl Iterator<Item = DataChunk<'a>> + use<'a> {
    let mut rest = packet.chunks;
    std::iter::from_fn(move || {
        loop {
            let &kind = rest.first()?;
            let &flags = rest.get(1)?;
            let len = usize::from(be16(rest, 2)?);
            if len < 4 {
                return None;
            }
            let chunk = rest.get(..len).unwrap_or(rest);
            // Chunks start on multiples of four (§3.2).
            rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
            let header_len = match kind {
                0 => 16,
                64 => 20,
                _ => continue,
            };
            let last = flags & 1 != 0;
            let first = flags & 2 != 0;
            return Some(DataChunk {
                tsn: be32(chunk, 4)?,
                stream: be16(chunk, 8)?,
                // In I-DATA this word is a fragment number except in a first piece.
                protocol: if kind == 64 && !first {
                    0
                } else {
                    be32(chunk, header_len - 4)?
                },
                first,
                last,
                data: chunk.get(header_len..)?,
            });
        }
    })
}

/// Decodes the common header.
pub(super) fn packet<'a>(ip: &IpMeta, bytes: &'a [u8]) -> Decoded<'a> {
    match (transport::ports(bytes), bytes.get(12..)) {
        (Some((src, dst)), Some(chunks)) => Decoded::Sctp(SctpPacket {
            meta: ip.with_ports(src, dst, ip.stack.with(Layer::Sctp)),
            chunks,
        }),
        _ => Decoded::Undecoded(UndecodedReason::ShortSctpHeader),
    }
}
