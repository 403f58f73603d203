//! Requests outside calls and registrations, and quality reports.

use super::{EndpointRef, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Requests of one kind outside calls and registrations, from one host to another, by the same user to the same user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// From 1.
    pub id: u32,
    /// `OPTIONS`, `SUBSCRIBE`, `NOTIFY`, `PUBLISH`, `MESSAGE`, …
    pub method: String,
    /// Event package (RFC 6665) of the first.
    pub event: Option<String>,
    /// Who sends them.
    pub client: EndpointRef,
    /// Who gets them.
    pub server: EndpointRef,
    /// Via headers of the first: 1 next to who made it, more behind proxies.
    pub vias: u16,
    /// From URI.
    pub from: String,
    /// To URI.
    pub to: String,
    /// How many; repetitions are not counted.
    pub requests: u32,
    /// How many had a final response.
    pub answered: u32,
    /// How many had none although the sender waited: it was sent again, or 32 s passed.
    pub unanswered: u32,
    /// How many were answered with 401 or 407.
    pub challenged: u32,
    /// Final responses by status code.
    pub statuses: BTreeMap<String, u32>,
    /// Copies sent again.
    pub retransmissions: u32,
    /// Time of the first.
    pub first_time: Timestamp,
    /// Time of the last.
    pub last_time: Timestamp,
    /// Mean time between two.
    pub interval_s: Option<f64>,
    /// Shortest time between two.
    pub interval_min_s: Option<f64>,
    /// Longest time between two.
    pub interval_max_s: Option<f64>,
    /// Quality reports in them about calls that are not in the capture.
    pub quality_reports: Vec<QualityReport>,
    /// Ids of the first messages, requests and responses.
    pub messages: Vec<u32>,
    /// Finding ids.
    pub findings: Vec<u32>,
}

/// What a party reports of the quality it met (RFC 6035), as it says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityReport {
    /// Id of the message that carries it.
    pub message: u32,
    /// When it was sent.
    pub time: Timestamp,
    /// `CallTerm` at the end of a call, else the name of the report.
    pub kind: String,
    /// The Call-ID it is about.
    pub call_id: Option<String>,
    /// Who measured (LocalID).
    pub local: Option<String>,
    /// The other party (RemoteID).
    pub remote: Option<String>,
    /// Of what `local` received.
    pub local_metrics: Option<ReportedMetrics>,
    /// Of what `remote` received, as it told `local`.
    pub remote_metrics: Option<ReportedMetrics>,
}

/// Figures of one direction as reported; `null` where the report does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedMetrics {
    /// The codec.
    pub codec: Option<String>,
    /// Packets lost on the network (NLR).
    pub lost_percent: Option<f64>,
    /// Packets the jitter buffer threw away (JDR).
    pub discarded_percent: Option<f64>,
    /// Interarrival jitter (IAJ).
    pub jitter_ms: Option<f64>,
    /// Round trip (RTD).
    pub round_trip_ms: Option<f64>,
    /// Listening quality (MOSLQ).
    pub mos_lq: Option<f64>,
    /// Conversational quality (MOSCQ).
    pub mos_cq: Option<f64>,
}
