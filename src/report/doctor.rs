//! The doctor's document: why something is, or is not, shown (`sipflow doctor --json`).
//!
//! Plain data as in [`super::model`], with the same conventions: absent is `null`, shares are percent.

mod assemble;
mod funnel;
mod seen;

pub use assemble::assemble_doctor;
pub use funnel::STEPS;

use super::model::{EndpointRef, Generator, Source};
use crate::pipeline::census::Guess;
use crate::types::{Hides, Severity, Transport, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of `schema` in every document.
pub const DOCTOR_SCHEMA_ID: &str = "sipflow/doctor/1";

/// Why something is, or is not, shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Doctor {
    /// Always `sipflow/doctor/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The answer in a sentence or two: what was found, and what hides the rest.
    pub answer: String,
    /// The captures read, in the order given.
    pub sources: Vec<Source>,
    /// Packets read.
    pub packets: u64,
    /// The SIP that was found.
    pub sip: SipSeen,
    /// The RTP that was found.
    pub rtp: RtpSeen,
    /// From all packets down to what became of each. The final steps add up to `packets`.
    pub funnel: Vec<FunnelStep>,
    /// Link types, most packets first.
    pub link_types: Vec<LinkTypeSeen>,
    /// Layers that were taken off packets, most packets first. Packets without an IP header have none.
    pub stacks: Vec<StackSeen>,
    /// VLANs, most packets first; a packet with two tags counts in both.
    pub vlans: Vec<VlanSeen>,
    /// UDP datagrams that are neither SIP nor media, by port and look, most packets first; at most 10.
    pub unknown_udp: Vec<UnknownUdpSeen>,
    /// Packets of `unknown_udp` beyond those listed.
    pub unknown_udp_more: u64,
    /// TCP by port and kind, most packets first; at most 10.
    pub tcp: Vec<TcpSeen>,
    /// Packets of `tcp` beyond those listed.
    pub tcp_more: u64,
    /// UDP checksums. They are counted, never judged: no packet is refused for its checksum.
    pub udp_checksums: ChecksumsSeen,
    /// What hides or cuts something, or explains it; worst first.
    pub advice: Vec<Advice>,
}

/// The SIP of a capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SipSeen {
    /// Messages, copies included.
    pub messages: u64,
    /// Packets that carried them.
    pub packets: u64,
    /// Calls.
    pub calls: u64,
    /// Registrations.
    pub registrations: u64,
    /// Ports requests were sent to and responses came from, most messages first; at most 10.
    pub ports: Vec<PortSeen>,
    /// Messages on ports beyond those listed.
    pub ports_more: u64,
}

/// A port of SIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PortSeen {
    /// What carried the messages.
    pub transport: Transport,
    /// The port.
    pub port: u16,
    /// Messages to or from it.
    pub messages: u64,
}

/// The RTP of a capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtpSeen {
    /// Streams.
    pub streams: u64,
    /// Streams that belong to a call.
    pub streams_of_calls: u64,
    /// Streams of SRTP, as far as SDP says.
    pub encrypted_streams: u64,
    /// Packets of streams.
    pub packets: u64,
    /// Different UDP ports streams were sent to.
    pub ports: u64,
    /// The lowest of them.
    pub lowest_port: Option<u16>,
    /// The highest.
    pub highest_port: Option<u16>,
}

/// One step of the funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelStep {
    /// A stable token: `packets`, `udp`, `sip_udp`, `undecoded.cut_by_snaplen`, ….
    pub id: String,
    /// The step it is a part of; `null` for all packets.
    pub parent: Option<String>,
    /// The step in words.
    pub title: String,
    /// Packets that came this far.
    pub packets: u64,
    /// Of all packets.
    pub percent: f64,
    /// A packet ends here: the final steps add up to all packets.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Why packets end here, where that is no SIP and no RTP.
    pub why: Option<String>,
}

/// A link type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkTypeSeen {
    /// As tcpdump's LINKTYPE list names it (`EN10MB`, `LINUX_SLL2`).
    pub name: String,
    /// Its number in that list.
    pub number: u16,
    /// Whether there is a decoder for it.
    pub decoded: bool,
    /// Packets.
    pub packets: u64,
}

/// The layers of packets, outermost first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StackSeen {
    /// As `eth/vlan/ip/udp`; VLAN and tunnel numbers are left out.
    pub layers: String,
    /// Packets.
    pub packets: u64,
}

/// A VLAN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VlanSeen {
    /// VLAN identifier, 0 for a priority tag.
    pub id: u32,
    /// Packets.
    pub packets: u64,
}

vocabulary! {
    /// Where packets of a port go.
    pub enum PortSide {
        /// To it.
        To = "to",
        /// From it.
        From = "from",
        /// Both ways.
        Both = "both",
    }
}

vocabulary! {
    /// What TCP of a port carries.
    pub enum TcpKind {
        /// Anything else.
        Other = "other",
        /// No octet of payload was captured.
        Silent = "silent",
        /// SIP.
        Sip = "sip",
        /// TLS, on ports of SIP and others.
        Tls = "tls",
        /// WebSocket without SIP.
        WebSocket = "websocket",
    }
}

/// Datagrams that are neither SIP nor media.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownUdpSeen {
    /// The port that stands for the service: a registered one, else the lower of the two.
    pub port: u16,
    /// Whether packets go to that port, come from it, or both: `to`, `from`, `both`.
    pub side: PortSide,
    /// What they may be (`dns`, `ntp`, `sip_malformed`, `rtp_like`, `quic`, …, `unknown`): a guess by port and
    /// first octets.
    pub guess: Guess,
    /// The guess in words.
    pub title: String,
    /// Packets.
    pub packets: u64,
    /// Sender of the first.
    pub src: EndpointRef,
    /// Receiver of the first.
    pub dst: EndpointRef,
    /// Its file.
    pub source: u32,
    /// Its frame.
    pub frame: u64,
    /// Up to 16 first octets of its payload in hexadecimal.
    pub head_hex: String,
    /// The same as text, octets that are not printable escaped.
    pub head: String,
}

/// TCP of one port and kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpSeen {
    /// The server's port where the beginning was captured, else the lower one.
    pub port: u16,
    /// `sip`, `tls`, `websocket`, `other`, or `silent` where no octet of payload was captured.
    pub kind: TcpKind,
    /// Pairs of endpoints; ports that were used again count once.
    pub connections: u64,
    /// Packets.
    pub packets: u64,
    /// The first packet's file.
    pub source: u32,
    /// Its frame.
    pub frame: u64,
    /// The first octets of the first payload as text, octets that are not printable escaped.
    pub head: String,
}

/// UDP checksums.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChecksumsSeen {
    /// Datagrams whose checksum fits.
    pub right: u64,
    /// Datagrams whose checksum does not.
    pub wrong: u64,
    /// Datagrams sent without one.
    pub absent: u64,
    /// Datagrams of which the capture does not hold all octets.
    pub cut: u64,
}

/// What hides or cuts something, or explains it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    /// Stable code in lower snake case.
    pub code: String,
    /// `error`: nothing can be seen for this; `warning`: something is missing for this; `info`: worth knowing.
    pub severity: Severity,
    /// What it hides: `sip`, `rtp`, `both`, or `null` where it only explains.
    pub hides: Option<Hides>,
    /// One sentence.
    pub title: String,
    /// The evidence, with figures.
    pub detail: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// How many packets it concerns, where that can be told.
    pub packets: Option<u64>,
    /// The file of an example, from 1.
    pub source: Option<u32>,
    /// The frame of an example.
    pub frame: Option<u64>,
}
