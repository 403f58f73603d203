//! SCTP packets (RFC 9260), which SIP may use (RFC 4168). Messages split over chunks are joined in the next
//! layer.

use super::bytes::{be16, be32};
use super::decoded::{Decoded, IpMeta, SctpPacket, UndecodedReason};
use super::stack::Layer;
use super::transport;

/// User data of one DATA or I-DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataChunk<'a> {
    /// Transmission sequence number.
    pub tsn: u32,
    /// Stream within the association; each keeps an order of its own.
    pub stream: u16,
    /// Payload protocol identifier; 0 is unspecified.
    pub protocol: u32,
    /// First piece of a user message (B bit).
    pub first: bool,
    /// Last piece of a user message (E bit).
    pub last: bool,
    /// Message identifier and fragment number of an I-DATA chunk (RFC 8260 §2.1); `None` for DATA, whose
    /// fragments have TSNs in a row.
    pub interleaved: Option<(u32, u32)>,
    /// May be delivered out of its stream's order (U bit).
    pub unordered: bool,
    /// What was captured of the user data.
    pub data: &'a [u8],
    /// The capture lacks bytes at the end.
    pub cut: bool,
}

/// The DATA (type 0) and I-DATA (type 64, RFC 8260) chunks of a packet, in order; ends where the next chunk cannot
/// be found, and passes over one too short for its header.
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
            let whole = rest.get(..len);
            let chunk = whole.unwrap_or(rest);
            // Chunks start on multiples of four (§3.2).
            rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
            let header_len = match kind {
                0 => 16,
                64 => 20,
                _ => continue,
            };
            let last = flags & 1 != 0;
            let first = flags & 2 != 0;
            // The last word of an I-DATA header is the protocol in a first piece, whose number is 0, and the
            // fragment number in any other.
            let (Some(word), Some(tsn), Some(stream), Some(data)) = (
                be32(chunk, header_len - 4),
                be32(chunk, 4),
                be16(chunk, 8),
                chunk.get(header_len..),
            ) else {
                // Too short for what it says it is; the next one may be sound.
                continue;
            };
            return Some(DataChunk {
                tsn,
                stream,
                protocol: if kind == 64 && !first { 0 } else { word },
                first,
                last,
                interleaved: if kind == 64 {
                    Some((be32(chunk, 12)?, if first { 0 } else { word }))
                } else {
                    None
                },
                unordered: flags & 4 != 0,
                data,
                cut: whole.is_none(),
            });
        }
    })
}

/// Decodes the common header.
pub(super) fn packet<'a>(ip: &IpMeta, bytes: &'a [u8]) -> Decoded<'a> {
    match (transport::ports(bytes), be32(bytes, 4), bytes.get(12..)) {
        (Some((src, dst)), Some(tag), Some(chunks)) => Decoded::Sctp(SctpPacket {
            meta: ip.with_ports(src, dst, ip.stack.with(Layer::Sctp)),
            tag,
            chunks,
        }),
        _ => Decoded::Undecoded(UndecodedReason::ShortSctpHeader),
    }
}
