//! One message on several hops, and what changed between them.

use super::{EndpointRef, Timestamp};
use crate::types::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What happened to a part of a message from one hop to the next.
    pub enum ChangeKind {
        /// It is there now.
        Added = "added",
        /// It is there no longer.
        Removed = "removed",
        /// It says something else.
        Changed = "changed",
        /// It stands in another place.
        Moved = "moved",
    }
}

vocabulary! {
    /// How two packets are known to hold one message.
    pub enum HopLink {
        /// The second has a Via more (a response: less) than the first: an element of SIP passed it on.
        Via = "via",
        /// Both have the same topmost Via between other addresses: nothing between them put itself into the Via.
        SameVia = "same_via",
    }
}

/// One message on each of its hops in the capture (`show --compare-hops`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HopComparison {
    /// Id of the message that was asked for.
    pub message: u32,
    /// Its packets in the order of its path, this one among them.
    pub hops: Vec<Hop>,
    /// What changed from one to the next.
    pub steps: Vec<HopStep>,
}

/// A packet that holds the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// Message id.
    pub message: u32,
    /// Source id.
    pub source: u32,
    /// The packet that completed it.
    pub frame: u64,
    /// Time of that packet.
    pub time: Timestamp,
    /// From where.
    pub src: EndpointRef,
    /// To where.
    pub dst: EndpointRef,
}

/// From one hop to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HopStep {
    /// Message id on the first hop.
    pub from: u32,
    /// Message id on the second.
    pub to: u32,
    /// How they are known to be one message.
    pub link: HopLink,
    /// The address that the first goes to and the second comes from; `null` where these are not the same.
    pub by: Option<String>,
    /// Milliseconds from the first to the second.
    pub delay_ms: f64,
    /// What is different, in the order of the message.
    pub changes: Vec<HopChange>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HopChange {
    /// What happened.
    pub kind: ChangeKind,
    /// What it happened to: a header's name, `start line`, a line of the body as `c=`, `body`.
    pub part: String,
    /// As it was; `null` where it was not there. Secrets are masked.
    pub before: Option<String>,
    /// As it is; `null` where it is gone. Secrets are masked.
    pub after: Option<String>,
    /// In a sentence.
    pub text: String,
    /// What follows from it; `null` where nothing needs saying.
    pub meaning: Option<String>,
}
