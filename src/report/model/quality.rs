//! The estimate of a stream's quality, with what it is the sum of.

use crate::media::{DelaySource, QualityModel};
use crate::types::QualityScale;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// E-model estimate (ITU-T G.107, wideband codecs G.107.1): listening quality by codec and loss, and conversational
/// quality where the delay is known. Late packets count as lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Mean opinion score of listening, 1 to 4.5. Only scores of one `scale` can be compared.
    pub mos: Option<f64>,
    /// Transmission rating, 0 to 100; 0 to 129 on the wideband scale.
    pub r_factor: Option<f64>,
    /// What the codec can reach without loss; on the wideband scale there even where `mos` is `null` for loss.
    pub mos_ceiling: Option<f64>,
    /// `g107`, `g107_1` (wideband) or `classroom` (`--mos-profile classroom`); `null` where no model applies.
    pub model: Option<QualityModel>,
    /// Why `mos` is `null`, or what was assumed.
    pub reason: Option<String>,
    /// The scale of every score here; `null` where there is none.
    #[serde(default)]
    pub scale: Option<QualityScale>,
    /// What `r_factor` is the sum of.
    #[serde(default)]
    pub terms: Option<RatingTerms>,
    /// Ie of the codec; Ie,wb on the wideband scale.
    #[serde(default)]
    pub ie: Option<f64>,
    /// Bpl that was used; `null` where none is published and none was needed.
    #[serde(default)]
    pub bpl: Option<f64>,
    /// Packets lost or late, of those expected: what entered the model.
    #[serde(default)]
    pub effective_loss_percent: Option<f64>,
    /// BurstR: mean length of a run of lost packets against that of random loss; 1 at least.
    #[serde(default)]
    pub burst_ratio: Option<f64>,
    /// Mean opinion score of conversation: the delay from mouth to ear counts too. `null` where that is not known.
    #[serde(default)]
    pub mos_conversational: Option<f64>,
    /// Transmission rating of conversation.
    #[serde(default)]
    pub r_conversational: Option<f64>,
    /// What `r_conversational` is the sum of.
    #[serde(default)]
    pub terms_conversational: Option<RatingTerms>,
    /// Why `mos_conversational` is `null` beside a `mos`, or what was assumed.
    #[serde(default)]
    pub conversational_reason: Option<String>,
    /// The delay from mouth to ear, part by part; `null` where the stream is not rated.
    #[serde(default)]
    pub delay_ms: Option<DelayParts>,
    /// What else was assumed, where `reason` begins with the receiver that conceals loss. No part of the document.
    #[serde(skip)]
    pub beside_concealment: Option<Box<str>>,
}

/// The terms of R = Ro - Is - Id - Ie,eff + A (ITU-T G.107).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RatingTerms {
    /// Basic signal-to-noise ratio.
    pub ro: f64,
    /// What comes with the speech: loudness, sidetone, quantizing.
    pub is: f64,
    /// Delay and echo.
    pub id: f64,
    /// Codec and packet loss.
    pub ie_eff: f64,
    /// Advantage of access; 0 always.
    pub a: f64,
}

/// One-way delay from mouth to ear, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DelayParts {
    /// The network: half the round trip that RTCP shows, which takes both ways for equal. `null` where no RTCP shows
    /// both halves.
    pub network: Option<f64>,
    /// Gathering speech for one packet.
    pub packetization: Option<f64>,
    /// What the codec looks ahead.
    pub codec: Option<f64>,
    /// The fixed play-out buffer against which packets are found late.
    pub buffer: Option<f64>,
    /// The sum; `null` where one part is.
    pub total: Option<f64>,
    /// Where the network's part is from: `rtcp`; `classroom` where the profile gives the sum.
    pub source: Option<DelaySource>,
}
