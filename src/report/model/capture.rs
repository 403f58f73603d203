//! What is known of the capture as a whole, and single packets.

use super::{CaptureStep, EndpointRef, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of the capture as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capture {
    /// Hosts whose software is known, in the order they named it.
    pub hosts: Vec<Host>,
    /// Calls and media over time; with `report --series` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<CaptureStep>,
}

/// A host and its software, where a message that it made itself names it: a proxy that passes on what another
/// host wrote is not taken for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaptureHost")]
pub struct Host {
    /// Its address.
    pub address: String,
    /// Its port, where the ports of one address differ in their software.
    pub port: Option<u16>,
    /// User-Agent or Server as sent.
    pub software: String,
    /// Id of the first message that names it.
    pub message: u32,
}

/// A packet that is no SIP message, taken apart as `sipflow show` does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownPacket {
    /// Source id.
    pub source: u32,
    /// Its number in that capture.
    pub frame: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// What it is, as `RTP`; of what sipflow does not take apart, what became of it.
    pub what: String,
    /// From where to where in words; of an ICMP error, of itself. `null` where it has no addresses.
    pub way: Option<String>,
    /// From where; `null` where it has no ports.
    pub src: Option<EndpointRef>,
    /// To where.
    pub dst: Option<EndpointRef>,
    /// Id of the stream it is of.
    pub stream: Option<u32>,
    /// Call it belongs to.
    pub call: Option<u32>,
    /// Its fields, in the order of the packet.
    pub fields: Vec<ShownField>,
}

/// One field of a packet, in the words of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it means; `null` where nothing needs saying.
    pub meaning: Option<String>,
}
