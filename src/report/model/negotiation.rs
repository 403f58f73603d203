//! Offer and answer, one exchange after the other.

use super::{Timestamp, Word};
use crate::call::OfferResult;
use crate::types::{Direction, Party, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What reliable provisional responses (100rel, RFC 3262) are to the sender of a message.
    pub enum Reliability {
        /// Its Require names 100rel.
        Required = "required",
        /// Its Supported names 100rel.
        Supported = "supported",
    }
}

/// One offer of a session description, and what came of it (RFC 3264). Where several phones of a fork answer one offer,
/// and where a 2xx says something else than the 18x before it, each answer is a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Negotiation {
    /// From 1, in order of the offers.
    pub number: u32,
    /// Which of the call's legs it is of, from 1.
    pub leg: u32,
    /// Which party of that leg offers.
    pub by: Party,
    /// Id of the message with the offer.
    pub offer: u32,
    /// When it was seen.
    pub time: Timestamp,
    /// What came of it.
    pub result: OfferResult,
    /// Id of the message with the answer; `null` where none was seen.
    pub answer: Option<u32>,
    /// Id of the response that refuses the request with the offer.
    pub refusal: Option<u32>,
    /// When it was answered or refused.
    pub end_time: Option<Timestamp>,
    /// Status of that refusal.
    pub status: Option<u16>,
    /// Why it was refused, as its Warning header says it.
    pub reason: Option<String>,
    /// The `m=` lines of the offer in order, and what the answer makes of each.
    pub media: Vec<NegotiatedMedia>,
}

/// One `m=` line of an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NegotiatedMedia {
    /// `audio`, `video`, …
    pub kind: Word,
    /// Transport profile of the offer, as `RTP/AVP`.
    pub protocol: Word,
    /// Codecs or formats offered, the preferred first.
    pub offered: Vec<Word>,
    /// Where who offers wants to receive it, as `address:port`; `null` where its address is a name or missing, or the
    /// port is 0.
    pub offered_at: Option<String>,
    /// Which way it may go, as who offers means it.
    pub offered_direction: Direction,
    /// Codecs or formats that the answer takes of them, in its order; empty where it was not answered or refused.
    pub chosen: Vec<Word>,
    /// Where who answers wants to receive it.
    pub answered_at: Option<String>,
    /// Which way it may go, as who answers means it.
    pub answered_direction: Option<Direction>,
    /// True where the answer refuses it (port 0).
    pub refused: bool,
    /// Why nothing of it is in use, as far as offer and answer show it.
    pub reason: Option<String>,
}
