//! The document of `sipflow stats`: how the signalling of a capture does as a whole (RFC 6076).
//!
//! Plain data as in [`super::model`], with the same conventions: absent is `null`, shares are percent.
//! A call counts once, by its caller's hop: what a proxy or B2BUA passes on, a hop that several captures hold, and the
//! further legs are the same call. Methods, statuses and hops count what is on the wire.

mod assemble;
mod counts;
mod outcomes;
mod values;

pub use assemble::{assemble_stats, limits_of_stats};
pub use counts::StatsCounts;

use super::model::{Generator, Source, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of `schema` in every document.
pub const STATS_SCHEMA_ID: &str = "sipflow/stats/1";

/// How the signalling of a capture does as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Always `sipflow/stats/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The captures read, in the order given.
    pub sources: Vec<Source>,
    /// First to last packet; `null` without packets.
    pub duration_s: Option<f64>,
    /// SIP messages, copies included.
    pub messages: u64,
    /// Messages sent again by a SIP element.
    pub retransmissions: u64,
    /// The calls behind the figures.
    pub calls: CallCounts,
    /// The registration attempts behind the figures.
    pub registrations: RegistrationCounts,
    /// Registration request delay: first REGISTER to the 2xx that accepts it, a challenge in between included (RFC 6076
    /// §4.1).
    pub rrd_ms: Distribution,
    /// Ineffective registration attempts: `failed` of `registrations.attempts` (RFC 6076 §4.2).
    pub ira_percent: Option<f64>,
    /// Session request delay of answered calls: first INVITE to the first 180 to 183, where none came to the 2xx (RFC
    /// 6076 §4.3.1).
    pub srd_ms: Distribution,
    /// Session request delay of calls that failed: first INVITE to the first 180 to 183, where none came to the failure,
    /// 4xx to 6xx but 401, 402 and 407 (RFC 6076 §4.3.2).
    pub sfd_ms: Distribution,
    /// Session disconnect delay: BYE to its 2xx, of a BYE that was challenged the one with credentials (RFC 6076 §4.4).
    pub sdd_ms: Distribution,
    /// Session duration time: 2xx to BYE, of calls whose BYE a 2xx answered (RFC 6076 §4.5.1).
    pub sdt_s: Distribution,
    /// Session establishment ratio: `answered` of the attempts that were not `redirected` (RFC 6076 §4.6).
    pub ser_percent: Option<f64>,
    /// Session establishment effectiveness ratio: `answered` and `refused_by_user` of the attempts that were not
    /// `redirected` (RFC 6076 §4.7).
    pub seer_percent: Option<f64>,
    /// Ineffective session attempts: `ineffective` of the attempts (RFC 6076 §4.8).
    pub isa_percent: Option<f64>,
    /// Session completion ratio: `completed` of the attempts whose end the capture shows, all but `end_unknown` (RFC
    /// 6076 §4.9).
    pub scr_percent: Option<f64>,
    /// First INVITE to the 2xx; not of RFC 6076, as is all that follows.
    pub setup_ms: Distribution,
    /// First 180 to the answer, the failure or the CANCEL.
    pub ring_s: Distribution,
    /// How fast calls are tried.
    pub attempts_per_second: Rate,
    /// Most calls that were up at the same time, from 2xx to BYE; where the 2xx is not in the capture, from the first
    /// message.
    pub concurrent_calls_max: u64,
    /// When that was first so.
    pub concurrent_calls_time: Option<Timestamp>,
    /// Most calls that were up or being set up at the same time.
    pub concurrent_attempts_max: u64,
    /// Calls by how they ended, as `calls[].outcome` of the report.
    pub outcomes: BTreeMap<String, u64>,
    /// Calls by the final status of their last INVITE on the caller's hop.
    pub call_statuses: BTreeMap<String, u64>,
    /// Responses by status code: messages as they are captured, on every hop, copies included.
    pub statuses: BTreeMap<String, u64>,
    /// Methods, most messages first.
    pub methods: Vec<MethodStats>,
    /// Software by the calls and requests of its hosts, most calls and requests first; `software` is `null` for hosts
    /// that do not say.
    pub user_agents: Vec<AgentStats>,
    /// Hops, most requests first. Each hop has its own copy of a request that is passed on.
    pub hops: Vec<HopStats>,
    /// Requests of hops beyond the 1024 that are told apart.
    pub hops_more: u64,
    /// What reached a limit and is missing in the figures, in words.
    pub limits: Vec<String>,
}

/// Calls, and what became of them. An INVITE that was challenged or redirected and the one that follows in the same call
/// are one attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallCounts {
    /// Calls of the capture.
    pub total: u64,
    /// Calls whose first INVITE and its result are in the capture.
    pub attempts: u64,
    /// Calls without their INVITE: they began before the capture, or it is not in it.
    pub without_invite: u64,
    /// Calls still being set up when the capture ended, and those that it does not hold enough of to tell.
    pub undecided: u64,
    /// Attempts that a 2xx answered.
    pub answered: u64,
    /// Attempts that ended with a 3xx.
    pub redirected: u64,
    /// Attempts that ended with 480, 486, 600 or 603.
    pub refused_by_user: u64,
    /// Attempts that ended with 408, 500, 503 or 504.
    pub ineffective: u64,
    /// Attempts without any final response in the capture, not counting those still being set up.
    pub unanswered: u64,
    /// Answered attempts that ended with a BYE and its 2xx.
    pub completed: u64,
    /// Answered attempts without BYE, or with one that the capture ended too soon after (less than 32 s, Timer F) to show
    /// its answer.
    pub end_unknown: u64,
}

/// Attempts to register, and what became of them. A REGISTER that was challenged and the one that follows are one attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationCounts {
    /// Attempts whose result is in the capture.
    pub attempts: u64,
    /// Accepted with a 2xx: bindings, removals and queries. Each counts as an attempt.
    pub accepted: u64,
    /// Ended with a 4xx but 401, 402 and 407, a 5xx or a 6xx, or had no final response for 32 s (Timer F) of the capture.
    pub failed: u64,
    /// Ended with 401, 402 or 407: no credentials followed, or they were not accepted. RFC 6076 §4.2 does not count
    /// these as failed.
    pub challenged: u64,
    /// Had no final response when the capture ended, less than 32 s later.
    pub undecided: u64,
}

/// How values are spread. Quantiles are values that occur (nearest rank): p95 is the least one that at least 95 % of the
/// values do not exceed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// How many.
    pub count: u64,
    /// The least.
    pub min: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// Nine in ten are not above.
    pub p90: Option<f64>,
    /// 95 in a hundred are not above.
    pub p95: Option<f64>,
    /// 99 in a hundred are not above.
    pub p99: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// False where the quantiles are exact. True beyond 10 000 values, of a method, host or hop beyond 1000: then from a
    /// histogram of logarithmic steps, at most 0.8 % off (below 64 microseconds, half a microsecond). The others stay exact.
    pub approximate: bool,
}

/// How often something happens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    /// First INVITEs of calls by the duration of the capture.
    pub mean: Option<f64>,
    /// Most of them within any one second.
    pub peak: u64,
    /// When that second begins, the first where there are several.
    pub peak_time: Option<Timestamp>,
}

/// Requests of one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MethodStats {
    /// The method.
    pub method: String,
    /// Messages as they are captured, on every hop, copies included.
    pub messages: u64,
    /// Transactions whose request is in the capture, one a hop: retransmissions are none of their own.
    pub transactions: u64,
    /// Copies sent again, of requests and their responses.
    pub retransmissions: u64,
    /// Transactions without a final response in the capture; none are expected of ACK.
    pub unanswered: u64,
    /// Request to first response, on each hop.
    pub first_response_ms: Distribution,
    /// Request to first final response, on each hop; an INVITE's has the ringing in it.
    pub final_response_ms: Distribution,
}

/// What hosts of one software do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentStats {
    /// What they say of themselves in messages of their own; `null` for hosts that do not.
    pub software: Option<String>,
    /// Addresses of the hosts, with the port where the ends of one address differ; at most 64.
    pub hosts: Vec<String>,
    /// How many hosts they are in all.
    pub hosts_total: u64,
    /// Call attempts that begin there.
    pub calls_made: u64,
    /// Of them answered.
    pub calls_answered: u64,
    /// Calls whose INVITE goes there and no further.
    pub calls_received: u64,
    /// Attempts to register from there.
    pub registrations: u64,
    /// Requests that came there but ACK, one a transaction.
    pub requests: u64,
    /// Of them without any response in the capture.
    pub unanswered: u64,
    /// Request to first response.
    pub response_ms: Distribution,
}

/// Requests from one host to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HopStats {
    /// Who sends the requests: an address, with the port where both are on one host.
    pub from: String,
    /// Who gets them.
    pub to: String,
    /// Requests but ACK, one a transaction.
    pub requests: u64,
    /// Requests by method.
    pub methods: BTreeMap<String, u64>,
    /// Final responses by status code.
    pub statuses: BTreeMap<String, u64>,
    /// Copies sent again, either way.
    pub retransmissions: u64,
    /// Requests without a final response in the capture.
    pub unanswered: u64,
    /// Request to first response.
    pub response_ms: Distribution,
}
