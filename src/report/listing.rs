//! The packet list of `sipflow list`: a row a packet.

use super::model::{Generator, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The schema of the document and its version.
pub const LIST_SCHEMA_ID: &str = "sipflow/list/1";

/// The document: all packets in the order of the capture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PacketList {
    /// Always `sipflow/list/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The packets asked for.
    pub packets: Vec<PacketRow>,
}

/// A packet in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PacketRow {
    /// Source id.
    pub source: u32,
    /// Its number in that capture, as Wireshark counts.
    pub frame: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Sender's address: of the innermost IP header, else of the link; `null` where it has none. Of what a capture
    /// agent relays (HEP), as the agent saw it.
    pub src: Option<String>,
    /// Sender's port; `null` where it has none.
    pub src_port: Option<u16>,
    /// Receiver's address.
    pub dst: Option<String>,
    /// Receiver's port.
    pub dst_port: Option<u16>,
    /// The innermost protocol, in Wireshark's words: `SIP/SDP`, `RTP`, `ICMP`.
    pub protocol: Cow<'static, str>,
    /// Octets of the whole packet on the wire, link header included.
    pub length_bytes: u32,
    /// What it is, worded as Wireshark words it.
    pub info: String,
}

impl Default for PacketRow {
    fn default() -> Self {
        PacketRow {
            source: 0,
            frame: 0,
            time: Timestamp(crate::types::CaptureTime::from_secs_nanos(0, 0)),
            src: None,
            src_port: None,
            dst: None,
            dst_port: None,
            protocol: Cow::Borrowed(""),
            length_bytes: 0,
            info: String::new(),
        }
    }
}
