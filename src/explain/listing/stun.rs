//! STUN and TURN in Wireshark's words.

use crate::explain::words::clean;
use crate::report::listing::PacketRow;
use crate::rtp::stun::{self, StunClass, StunMessage};
use crate::types::{Endpoint, HostAddr};
use std::borrow::Cow;
use std::fmt::Write;

/// MAPPED-ADDRESS and what else holds an address as it is (RFC 8489 §14.1, RFC 5780 §7).
const MAPPED_ADDRESS: u16 = 0x0001;
const ERROR_CODE: u16 = 0x0009;
const LIFETIME: u16 = 0x000d;
const REQUESTED_TRANSPORT: u16 = 0x0019;
const RESPONSE_ORIGIN: u16 = 0x802b;
const OTHER_ADDRESS: u16 = 0x802c;

/// One message.
pub(super) fn stun(row: &mut PacketRow, payload: &[u8], wire_len: u32) {
    row.protocol = Cow::Borrowed("STUN");
    let Some(m) = StunMessage::parse_classic(payload, wire_len) else {
        if matches!(payload.first(), Some(0x40..=0x4f)) {
            row.info.push_str("ChannelData TURN Message");
        }
        return;
    };
    let method = match m.method {
        1 => "Binding",
        2 => "SharedSecret",
        3 => "Allocate",
        4 => "Refresh",
        6 => "Send",
        7 => "Data",
        8 => "CreatePermission",
        9 => "Channel-Bind",
        _ => "Unknown",
    };
    let class = match m.class {
        StunClass::Request => "Request",
        StunClass::Indication => "Indication",
        StunClass::Success => "Success Response",
        StunClass::Error => "Error Response",
    };
    let _ = write!(row.info, "{method} {class}");
    for (kind, value) in m.attributes() {
        let _ = match kind {
            stun::USERNAME => {
                let user = clean(&String::from_utf8_lossy(value));
                write!(row.info, " user: {user}")
            }
            stun::XOR_MAPPED_ADDRESS => address(row, &m, kind, "XOR-MAPPED-ADDRESS"),
            stun::XOR_RELAYED_ADDRESS => address(row, &m, kind, "XOR-RELAYED-ADDRESS"),
            stun::XOR_PEER_ADDRESS => address(row, &m, kind, "XOR-PEER-ADDRESS"),
            MAPPED_ADDRESS => plain_address(row, value, "MAPPED-ADDRESS"),
            RESPONSE_ORIGIN => plain_address(row, value, "RESPONSE-ORIGIN"),
            OTHER_ADDRESS => plain_address(row, value, "OTHER-ADDRESS"),
            LIFETIME => match value.first_chunk::<4>() {
                Some(v) => write!(row.info, " lifetime: {}", u32::from_be_bytes(*v)),
                None => Ok(()),
            },
            REQUESTED_TRANSPORT => match value.first() {
                Some(17) => write!(row.info, " UDP"),
                Some(6) => write!(row.info, " TCP"),
                _ => Ok(()),
            },
            ERROR_CODE => match value.first_chunk::<4>() {
                Some([_, _, class, number]) => {
                    let code = u16::from(class & 7) * 100 + u16::from(*number);
                    let reason = value.get(4..).unwrap_or_default();
                    let reason = clean(&String::from_utf8_lossy(reason));
                    write!(row.info, " error-code: {code} ({reason})")
                }
                None => Ok(()),
            },
            stun::CHANNEL_NUMBER => match value.first_chunk::<2>() {
                Some(v) => write!(row.info, " ChannelNumber=0x{:x}", u16::from_be_bytes(*v)),
                None => Ok(()),
            },
            _ => Ok(()),
        };
    }
}

fn address(row: &mut PacketRow, m: &StunMessage<'_>, kind: u16, name: &str) -> std::fmt::Result {
    match m.xor_address(kind) {
        Some(end) => write_end(row, name, end),
        None => Ok(()),
    }
}

fn plain_address(row: &mut PacketRow, value: &[u8], name: &str) -> std::fmt::Result {
    let end = match *value {
        [_, 1, p0, p1, a, b, c, d] => Some((HostAddr::v4([a, b, c, d]), [p0, p1])),
        [_, 2, p0, p1, ref octets @ ..] => octets
            .first_chunk::<16>()
            .map(|octets| (HostAddr::v6(*octets), [p0, p1])),
        _ => None,
    };
    match end {
        Some((addr, port)) => write_end(row, name, Endpoint::new(addr, u16::from_be_bytes(port))),
        None => Ok(()),
    }
}

fn write_end(row: &mut PacketRow, name: &str, end: Endpoint) -> std::fmt::Result {
    write!(row.info, " {name}: {}:{}", end.addr, end.port)
}
