//! Registrations.

use super::{EndpointRef, Timestamp};
use crate::call::{RegisterKind, RegisterOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The REGISTER traffic of one address-of-record with one registrar under one Call-ID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Registration {
    /// From 1.
    pub id: u32,
    /// Address-of-record: the To URI without parameters.
    pub aor: String,
    /// Where the REGISTER was sent.
    pub registrar: EndpointRef,
    /// Who sent it.
    pub client: EndpointRef,
    /// Call-ID.
    pub call_id: String,
    /// Attempts in order.
    pub attempts: Vec<RegistrationAttempt>,
    /// Finding ids.
    pub findings: Vec<u32>,
}

/// A contact bound to an address-of-record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// Its URI as sent.
    pub contact: String,
    /// For how many seconds it lasts yet.
    pub expires_s: Option<u32>,
    /// True where this attempt asked for it.
    pub own: bool,
}

/// One REGISTER with the repetitions a challenge asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationAttempt {
    /// What it asks for.
    pub kind: RegisterKind,
    /// What became of it.
    pub outcome: RegisterOutcome,
    /// Why it failed, in a few words; `null` where the status says it all.
    #[serde(default)]
    pub outcome_reason: Option<String>,
    /// The last final status.
    pub status: Option<u16>,
    /// True when a 401 or 407 asked for credentials.
    pub challenged: bool,
    /// True when credentials were sent.
    pub credentials_sent: bool,
    /// True for `Contact: *`: all bindings are meant.
    #[serde(default)]
    pub wildcard: bool,
    /// Granted lifetime of this binding.
    pub expires_s: Option<u32>,
    /// Contacts bound after the attempt as the registrar lists them; before an answer, as asked for.
    pub contacts: Vec<String>,
    /// The bindings after it, as the registrar lists them in its 2xx; empty before an answer.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// First REGISTER of the attempt.
    pub time: Timestamp,
    /// First REGISTER to the final 2xx, challenge included.
    pub delay_ms: Option<f64>,
    /// Message ids in order.
    pub messages: Vec<u32>,
}
