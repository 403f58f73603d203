//! The report document: what `--json` writes, field for field (`sipflow schema` is generated from here).
//!
//! Times are RFC 3339 UTC with nanoseconds, durations end in `_s` or `_ms`, rates in `_kbps`
//! (1000 bit/s), shares in `_percent` (0 to 100). What is not known is `null`.

mod capture;
mod digest;
mod hops;
mod media;
mod negotiation;
mod number;
mod other;
mod quality;
mod registration;
mod requests;
mod rtcp;
mod series;
mod signalling;
mod timestamp;
mod work;

pub use capture::*;
pub use digest::*;
pub use hops::*;
pub use media::*;
pub use negotiation::*;
pub use number::round_to;
pub use other::*;
pub use quality::*;
pub use registration::*;
pub use requests::*;
pub use rtcp::*;
pub use series::*;
pub use signalling::*;
pub use timestamp::Timestamp;
pub use work::*;

use crate::source::{CaptureFormat, Compression};
use crate::types::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A word or sentence of the program's own, not copied for each record that has it.
pub type Word = std::borrow::Cow<'static, str>;

/// The value of `schema` in every report.
pub const SCHEMA_ID: &str = "sipflow/report/1";

/// A whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `sipflow/report/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The captures read, in the order given.
    pub sources: Vec<Source>,
    /// Counts over all sources.
    pub counters: Counters,
    /// What is known of the capture as a whole.
    #[serde(default)]
    pub capture: Capture,
    /// Every SIP message, in time order.
    pub messages: Vec<Message>,
    /// SIP transactions, one per hop (RFC 3261 §17).
    pub transactions: Vec<Transaction>,
    /// SIP dialogs (RFC 3261 §12).
    pub dialogs: Vec<Dialog>,
    /// Calls: everything that belongs to one attempt to talk, over all its hops.
    pub calls: Vec<Call>,
    /// Registrations: one per address-of-record, registrar and Call-ID.
    pub registrations: Vec<Registration>,
    /// Requests outside calls and registrations: OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE and the like.
    #[serde(default)]
    pub requests: Vec<Requests>,
    /// RTP streams.
    pub streams: Vec<Stream>,
    /// What was found, worst first within a call, in order of evidence.
    pub findings: Vec<Finding>,
    /// Packets that are no SIP messages; `sipflow show --json` alone has this key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packets: Vec<ShownPacket>,
    /// Messages on each of their hops, and what changed between; `sipflow show --compare-hops --json` alone has this key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hop_comparisons: Vec<HopComparison>,
    /// What a text says of messages whose records are not in `messages`, in order of id. No part of
    /// the document.
    #[serde(skip)]
    pub named: Vec<Named>,
}

/// A message that is named and not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: u32,
    /// Its capture, from 1.
    pub source: u32,
    /// The packet that completed it.
    pub frame: u64,
    /// Status code of a response.
    pub status: Option<u16>,
}

/// Name and version of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// `sipflow`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Default for Generator {
    fn default() -> Self {
        Generator {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// From 1, in the order given.
    pub id: u32,
    /// As given; `-` is standard input.
    pub path: String,
    /// `pcap` or `pcapng`.
    pub format: CaptureFormat,
    /// `none`, `gzip` or `zstd`.
    pub compression: Compression,
    /// Link types seen, named as tcpdump's LINKTYPE list names them (`EN10MB`, `LINUX_SLL2`).
    pub link_types: Vec<String>,
    /// Packets read.
    pub packets: u64,
    /// Bytes captured in those packets.
    pub bytes: u64,
    /// Time of the earliest packet.
    pub first_time: Option<Timestamp>,
    /// Time of the latest packet.
    pub last_time: Option<Timestamp>,
    /// Packets cut by the snap length.
    pub truncated_packets: u64,
    /// Packets lost while capturing, by the system or the interface; null where the input does not say.
    pub dropped_packets: Option<u64>,
    /// Where and why reading had to stop early.
    pub damage: Option<Damage>,
    /// Added to this file's times before merging.
    pub clock_offset_s: f64,
}

/// Why a capture could not be read to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Damage {
    /// A sentence: what is wrong.
    pub reason: String,
    /// Byte offset in the (decompressed) file.
    pub offset: u64,
    /// The packet that could not be read, 1-based.
    pub frame: u64,
}

/// Counts over all sources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counters {
    /// Packets read.
    pub packets: u64,
    /// Packets with bytes of SIP messages, second copies made by the capture included.
    #[serde(default)]
    pub sip_packets: u64,
    /// SIP messages, retransmissions included, capture duplicates included.
    pub sip_messages: u64,
    /// By method.
    pub sip_requests: BTreeMap<String, u64>,
    /// By status code.
    pub sip_responses: BTreeMap<String, u64>,
    /// Messages sent again by a SIP element.
    pub retransmissions: u64,
    /// Packets that are a second copy made by the capture itself.
    pub capture_duplicates: u64,
    /// Packets of the RTP streams listed.
    pub rtp_packets: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// STUN packets.
    pub stun_packets: u64,
    /// Everything else that could be decoded.
    pub other_packets: u64,
    /// SIP messages and RTP packets of streams by the layers that carried them, numbers left out:
    /// `eth/vlan/ip/udp`. All of them, the plain ones too.
    #[serde(default)]
    pub encapsulations: BTreeMap<String, u64>,
    /// Packets that could not be decoded, by reason.
    pub undecoded_packets: BTreeMap<String, u64>,
}

/// An address and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EndpointRef {
    /// IPv4 or IPv6 address in text form.
    pub address: String,
    /// Transport port.
    pub port: u16,
}

impl From<crate::types::Endpoint> for EndpointRef {
    fn from(e: crate::types::Endpoint) -> Self {
        EndpointRef {
            address: e.addr.to_string(),
            port: e.port,
        }
    }
}

impl std::fmt::Display for EndpointRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.address.contains(':') {
            write!(f, "[{}]:{}", self.address, self.port)
        } else {
            write!(f, "{}:{}", self.address, self.port)
        }
    }
}

/// What a diagnosis rule found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// From 1.
    pub id: u32,
    /// Stable code in lower snake case.
    pub code: Word,
    /// `info`, `warning` or `error`.
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// The evidence, with frames and figures.
    pub detail: String,
    /// What to do about it.
    pub advice: Option<Word>,
    /// Ids of the messages it was read from.
    pub messages: Vec<u32>,
    /// Ids of the calls it concerns.
    pub calls: Vec<u32>,
    /// Ids of the registrations it concerns.
    pub registrations: Vec<u32>,
    /// Ids of the streams it concerns.
    pub streams: Vec<u32>,
    /// Ids of the requests outside calls it concerns.
    #[serde(default)]
    pub requests: Vec<u32>,
    /// Where the rule is written down, as `RFC 3264 §6.1`.
    pub source: Option<Word>,
}
