//! Messages, transactions, dialogs, calls.

use super::{EndpointRef, MessageDigest, QualityReport, Timestamp, Word};
use crate::call::{
    DialogState, EndedBy, EventKind, JoinedBy, LinkKind, LinkResult, LinkRole, Outcome, Timer,
    TimerVerdict, TransactionState,
};
use crate::types::{Direction, FlawCode, Party, Transport, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Which half of a transaction a message is.
    pub enum MessageKind {
        /// It asks.
        Request = "request",
        /// It answers.
        Response = "response",
    }
}

vocabulary! {
    /// How a digit was sent.
    pub enum DtmfMethod {
        /// As telephone-event in RTP (RFC 4733).
        Rfc4733 = "rfc4733",
        /// In the body of an INFO (RFC 6086).
        SipInfo = "sip_info",
        /// In a NOTIFY of the package kpml (RFC 4730).
        Kpml = "kpml",
        /// As two tones in the sound itself (ITU-T Q.23).
        Inband = "inband",
    }
}

/// One SIP message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// From 1, in order of the packet that completed the message.
    pub id: u32,
    /// Which source.
    pub source: u32,
    /// The packet that completed it, as Wireshark counts.
    pub frame: u64,
    /// All packets that carried it, in order.
    pub frames: Vec<u64>,
    /// Time of `frame`.
    pub time: Timestamp,
    /// Seconds since the capture's first packet.
    pub relative_time_s: f64,
    /// What carried it; `tls`, `ws` and `wss` where the inner text could be read.
    pub transport: Transport,
    /// Sender.
    pub src: EndpointRef,
    /// Receiver.
    pub dst: EndpointRef,
    /// Which half of a transaction it is.
    pub kind: MessageKind,
    /// The request's method, or for a response that of its CSeq.
    pub method: Option<String>,
    /// Request-URI as sent.
    pub request_uri: Option<String>,
    /// Status code of a response.
    pub status: Option<u16>,
    /// Reason phrase as sent.
    pub reason: Option<String>,
    /// Call-ID as sent.
    pub call_id: Option<String>,
    /// CSeq number.
    pub cseq: Option<u32>,
    /// Branch of the topmost Via.
    pub branch: Option<String>,
    /// From header.
    pub from: Option<PartyRef>,
    /// To header.
    pub to: Option<PartyRef>,
    /// Contact URIs; `*` as sent.
    pub contacts: Vec<String>,
    /// User-Agent, or Server in a response.
    pub user_agent: Option<String>,
    /// The Server header alone.
    #[serde(default)]
    pub server: Option<String>,
    /// Via values as sent, topmost first.
    #[serde(default)]
    pub vias: Vec<String>,
    /// Route values as sent, in order.
    #[serde(default)]
    pub routes: Vec<String>,
    /// Record-Route values as sent, in order.
    #[serde(default)]
    pub record_routes: Vec<String>,
    /// True where it carries credentials (Authorization or Proxy-Authorization, RFC 3261 §22).
    #[serde(default)]
    pub has_credentials: bool,
    /// Its Digest credentials; of several the first.
    #[serde(default)]
    pub digest: Option<Box<MessageDigest>>,
    /// The others, where it carries credentials for several realms.
    #[serde(default)]
    pub more_digests: Vec<MessageDigest>,
    /// True for a challenge that says `stale=true`: the nonce was too old (RFC 7616 §3.3).
    #[serde(default)]
    pub stale: bool,
    /// Content-Type as sent.
    pub content_type: Option<String>,
    /// Content-Length as sent.
    pub content_length: Option<u64>,
    /// Whom a REFER asks to call: the URI of Refer-To, the escapes of its headers undone.
    #[serde(default)]
    pub refer_to: Option<String>,
    /// The status line in a message/sipfrag body, without the version: in a NOTIFY how a transfer goes.
    #[serde(default)]
    pub sipfrag: Option<String>,
    /// RSeq: the number of a reliable provisional response (RFC 3262 §7.1).
    #[serde(default)]
    pub rseq: Option<u32>,
    /// RAck of a PRACK, without blanks in excess: RSeq, CSeq number and method of what it confirms (RFC 3262 §7.2).
    #[serde(default)]
    pub rack: Option<String>,
    /// Of an INVITE or UPDATE and their responses: what 100rel is to its sender; `null` where it is not named.
    #[serde(default)]
    pub reliable: Option<super::Reliability>,
    /// Codes of its Warning headers (RFC 3261 §20.43).
    #[serde(default)]
    pub warning_codes: Vec<u16>,
    /// The session description, if there is one anywhere in the body.
    pub sdp: Option<Sdp>,
    /// Transaction id.
    pub transaction: Option<u32>,
    /// Dialog id.
    pub dialog: Option<u32>,
    /// Call id.
    pub call: Option<u32>,
    /// Registration id.
    pub registration: Option<u32>,
    /// Id of the first copy, when a SIP element sent this message again.
    pub retransmission_of: Option<u32>,
    /// Id of the first copy, when the capture itself holds the packet twice.
    pub capture_duplicate_of: Option<u32>,
    /// The layers that were taken off, outermost first, with VLAN, label or network numbers: `eth/vlan(110)/ip/udp`.
    /// `null` for Ethernet, IP and a transport alone.
    pub encapsulation: Option<String>,
    /// Frame of the request a response answers (its first copy on this hop).
    pub request_frame: Option<u64>,
    /// Milliseconds from that request to this response.
    pub response_time_ms: Option<f64>,
    /// What is wrong with the message itself.
    pub warnings: Vec<Warning>,
    /// The message's bytes in base64, with `--raw`.
    #[serde(default)]
    pub raw_base64: Option<String>,
}

/// A flaw of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// What is wrong.
    pub code: FlawCode,
    /// The header concerned.
    pub header: Option<Word>,
    /// A sentence.
    pub text: String,
    /// Where the rule is written down.
    pub source: Option<Word>,
}

/// From or To of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Party")]
pub struct PartyRef {
    /// URI as sent.
    pub uri: String,
    /// Display name, unquoted.
    pub display_name: Option<String>,
    /// Tag.
    pub tag: Option<String>,
}

/// Caller or callee of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallParty {
    /// URI as sent in From or To of the first INVITE.
    pub uri: String,
    /// Display name, unquoted.
    pub display_name: Option<String>,
}

/// A session description (RFC 8866), the parts that shape media.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sdp {
    /// The `o=` line as sent, without `o=`.
    pub origin: Option<String>,
    /// The `s=` line.
    pub session_name: Option<String>,
    /// Session-level connection address.
    pub connection: Option<String>,
    /// Media sections in order.
    pub media: Vec<SdpMedia>,
    /// What is wrong with it.
    pub warnings: Vec<Warning>,
}

/// One `m=` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SdpMedia {
    /// `audio`, `video`, `image`, `application`, …
    pub kind: String,
    /// Port as sent; 0 is rejected or removed.
    pub port: u16,
    /// Transport profile, as `RTP/AVP`.
    pub protocol: String,
    /// The address media is to be sent to: this section's `c=`, else the session's.
    pub connection: Option<String>,
    /// Formats in order of preference.
    pub formats: Vec<SdpFormat>,
    /// Packet time asked for.
    pub ptime_ms: Option<f64>,
    /// Which way media may go, as the describing party means it.
    pub direction: Direction,
    /// Where RTCP is expected, when SDP says so.
    pub rtcp_port: Option<u16>,
    /// RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// ICE candidates as sent, without `candidate:`.
    pub candidates: Vec<String>,
    /// True where keys or fingerprints announce SRTP.
    pub encrypted: bool,
    /// DTLS role as sent: `actpass`, `active`, `passive`, `holdconn` (RFC 4145 §4), the section's or the session's.
    #[serde(default)]
    pub setup: Option<String>,
    /// Hash function of the certificate fingerprint, as `sha-256`, the section's or the session's.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// SRTP suites of its `a=crypto` lines in order, without their keys (RFC 4568).
    #[serde(default)]
    pub crypto: Vec<String>,
    /// `b=` lines of the section as sent, without `b=`.
    #[serde(default)]
    pub bandwidth: Vec<String>,
    /// True where it has a user fragment for ICE, the section's or the session's (RFC 8839 §5.4).
    #[serde(default)]
    pub ice: bool,
    /// Preconditions as sent: `curr`, `des` and `conf` lines (RFC 3312).
    #[serde(default)]
    pub preconditions: Vec<String>,
    /// True for `a=bundle-only`: port 0 does not refuse it (RFC 9143 §6).
    #[serde(default)]
    pub bundle_only: bool,
}

/// One format of an `m=` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SdpFormat {
    /// As sent in the `m=` line: a payload type, or a token.
    pub format: String,
    /// Encoding name from rtpmap, else from the static table (RFC 3551).
    pub codec: Option<String>,
    /// RTP clock rate in Hz.
    pub clock_rate: Option<u32>,
    /// Channels, where the rtpmap names them.
    pub channels: Option<u32>,
    /// Format parameters as sent.
    pub fmtp: Option<String>,
}

/// One transaction on one hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transaction {
    /// From 1.
    pub id: u32,
    /// Request method.
    pub method: String,
    /// Branch of the topmost Via.
    pub branch: Option<String>,
    /// Call-ID.
    pub call_id: Option<String>,
    /// Who sent the request.
    pub client: EndpointRef,
    /// Who received it.
    pub server: EndpointRef,
    /// Message ids in order.
    pub messages: Vec<u32>,
    /// Distinct 1xx in order.
    pub provisional_statuses: Vec<u16>,
    /// The first final status.
    pub final_status: Option<u16>,
    /// How far it got (RFC 3261 §17).
    pub state: TransactionState,
    /// Copies sent again, either way.
    pub retransmissions: u32,
    /// Request to first response.
    pub first_response_ms: Option<f64>,
    /// Request to final response.
    pub final_response_ms: Option<f64>,
    /// Each message that was sent again with its timer, in time order, then the timer that waits at the end. Times are
    /// those at the capture point.
    #[serde(default)]
    pub timers: Vec<TransactionTimer>,
}

/// A message that was sent again and the timer that sends it, or a timer that waits in vain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionTimer {
    /// The timer by its letter; `2xx` and `1xx` send these responses to INVITE again (RFC 3261 §13.3.1.4, RFC 3262 §3),
    /// `2xx_end` waits for the ACK; `null` where no timer runs: an answer to a copy.
    pub timer: Option<Timer>,
    /// Id of the message; `null` of a timer that waits.
    pub message: Option<u32>,
    /// Which copy it is, as far as the capture shows; the first message is 1.
    pub copy: Option<u32>,
    /// The pause the timer asks for, with those of `missing` copies, or how long it lasts.
    pub expected_ms: Option<f64>,
    /// The pause since the copy before, or how long it was waited; `null` of a timer that has ended.
    pub seen_ms: Option<f64>,
    /// Copies that seem to be missing before it in the capture.
    pub missing: u32,
    /// T1, where the pauses show one that is not 500 ms.
    pub t1_ms: Option<f64>,
    /// What is to be said of it.
    pub verdict: TimerVerdict,
}

/// One dialog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dialog {
    /// From 1.
    pub id: u32,
    /// Call-ID.
    pub call_id: String,
    /// Tag of who sent the request that made the dialog.
    pub local_tag: Option<String>,
    /// Tag of who answered it.
    pub remote_tag: Option<String>,
    /// Call id.
    pub call: Option<u32>,
    /// Where it stands (RFC 3261 §12).
    pub state: DialogState,
    /// Message ids in order.
    pub messages: Vec<u32>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// From 1.
    pub id: u32,
    /// Call-IDs of its legs.
    pub call_ids: Vec<String>,
    /// Its legs, that of who called first: a server that calls on makes a leg of its own.
    pub legs: Vec<Leg>,
    /// Calls that may be further legs of it, where too little tells.
    #[serde(default)]
    pub possible_legs: Vec<PossibleLeg>,
    /// Who called.
    pub caller: CallParty,
    /// Who was called.
    pub callee: CallParty,
    /// The capture shows who called: an INVITE of the call, or an answer to it. Else `caller` is who sent the first
    /// request seen.
    pub caller_known: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in a few words, and what the Reason or Warning headers of the BYE, CANCEL or failure say; `null` where the
    /// outcome says it all.
    pub outcome_reason: Option<String>,
    /// The final status of the last INVITE on the caller's hop.
    pub final_status: Option<u16>,
    /// Its reason phrase as sent.
    pub final_reason: Option<String>,
    /// Who ended it; `network` is a proxy or PBX in between.
    pub ended_by: Option<EndedBy>,
    /// First INVITE.
    pub start_time: Timestamp,
    /// First 180, else 183.
    pub ringing_time: Option<Timestamp>,
    /// The 2xx to the INVITE; where several phones answered, that of the dialog that was acknowledged and used.
    pub answer_time: Option<Timestamp>,
    /// BYE, CANCEL or failure response.
    pub end_time: Option<Timestamp>,
    /// First INVITE to first 180/181/182/183 (RFC 6076 §4.3, session request delay).
    pub post_dial_delay_s: Option<f64>,
    /// First 180, of a phone where a B2BUA sends one before any phone does, to the final response or CANCEL; none where
    /// a 183 alone came.
    pub ring_time_s: Option<f64>,
    /// First INVITE to first 2xx.
    pub setup_time_s: Option<f64>,
    /// First 2xx to the first BYE that was not challenged.
    pub talk_time_s: Option<f64>,
    /// The same BYE to its final response.
    pub release_time_ms: Option<f64>,
    /// True when a 401 or 407 asked for credentials.
    pub challenged: bool,
    /// Negotiated media.
    pub media: Vec<CallMedia>,
    /// Each offer of a session description (RFC 3264) on the caller's own hop of a leg, and what came of it, in order.
    #[serde(default)]
    pub negotiations: Vec<super::Negotiation>,
    /// What happened on the way: hold, resume, transfer, forked, …
    pub events: Vec<CallEvent>,
    /// Calls it is tied to: by a transfer, a redirection, a conference.
    #[serde(default)]
    pub links: Vec<CallLink>,
    /// What it carried beside RTP, by protocol and pair of ends.
    #[serde(default)]
    pub other_media: Vec<super::OtherMedia>,
    /// Digits dialled during the call.
    pub dtmf: Vec<Dtmf>,
    /// The same as one string a side.
    #[serde(default)]
    pub digits: Vec<Dialled>,
    /// Who talks when, from the answer to the end; `null` where `--audio` did not ask for it, or nothing could be
    /// decoded.
    #[serde(default)]
    pub sound: Option<CallSound>,
    /// What parties report of its quality (RFC 6035), as they say it.
    #[serde(default)]
    pub quality_reports: Vec<QualityReport>,
    /// Message ids in order.
    pub messages: Vec<u32>,
    /// Finding ids.
    pub findings: Vec<u32>,
}

/// Who talks when, while both sides may be heard: from the answer to the end without the times on hold. A side talks
/// where its sound has -50 dBov or more, in pieces of 20 ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallSound {
    /// Seconds looked at.
    pub seconds: f64,
    /// How much of the caller's sound is there: the rest was lost, not sent, or is comfort noise.
    pub caller_known_percent: Option<f64>,
    /// The same of the callee.
    pub callee_known_percent: Option<f64>,
    /// Share of the time in which the caller talks; `null` where nothing of the caller was decoded.
    pub caller_talk_percent: Option<f64>,
    /// The same of the callee.
    pub callee_talk_percent: Option<f64>,
    /// Both talk.
    pub double_talk_percent: Option<f64>,
    /// Both are silent.
    pub silence_percent: Option<f64>,
    /// Silence of both for ten seconds or more; the first 100.
    pub dead_air: Vec<DeadAir>,
}

/// A time in which nobody says anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadAir {
    /// When it begins.
    pub start_time: Timestamp,
    /// How long it is.
    pub duration_s: f64,
}

/// One leg: one Call-ID and the hops it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Leg {
    /// Call-ID.
    pub call_id: String,
    /// Hosts in the INVITE's order, as `address:port`.
    pub hops: Vec<String>,
    /// How this leg ended.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// When it was answered.
    #[serde(default)]
    pub answer_time: Option<Timestamp>,
    /// How the leg was joined to the call.
    pub joined_by: JoinedBy,
    /// How sure that is, from 0 to 1.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// Why it was joined, in a sentence.
    #[serde(default)]
    pub evidence: String,
    /// Ids of the messages that show it.
    #[serde(default)]
    pub evidence_messages: Vec<u32>,
}

/// A call that may be another leg of this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PossibleLeg {
    /// Id of that call.
    pub call: u32,
    /// Its Call-ID.
    pub call_id: String,
    /// Its hosts in the INVITE's order, as `address:port`.
    pub hops: Vec<String>,
    /// What speaks for it.
    pub joined_by: JoinedBy,
    /// How much, from 0 to 1; where nothing else fits, 0.6 would join it.
    pub confidence: f64,
    /// Why, in a sentence.
    pub evidence: String,
    /// Ids of the messages that show it.
    pub evidence_messages: Vec<u32>,
}

/// What was agreed for one medium, as long as it held: a medium that changes has one row after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallMedia {
    /// `audio`, `video`, …
    pub kind: Word,
    /// The codec the answer chose.
    pub codec: Option<Word>,
    /// Its RTP clock rate in Hz.
    pub clock_rate: Option<u32>,
    /// Negotiated packet time.
    pub ptime_ms: Option<f64>,
    /// Direction as the caller sees it.
    pub direction: Direction,
    /// Id of the message with the answer that agreed it (RFC 3264).
    #[serde(default)]
    pub agreed_in: Option<u32>,
    /// When another agreement took its place; `null` where it held to the end.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Ids of the streams that ran while it held.
    pub streams: Vec<u32>,
}

/// Something that happened in a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallEvent {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The message that says so.
    pub message: Option<u32>,
    /// In words.
    pub text: String,
}

/// What ties a call to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallLink {
    /// What ties them.
    pub kind: LinkKind,
    /// What this call is to the other.
    pub role: LinkRole,
    /// Call id; `null` where the capture shows no such call, and where all is under the Call-ID of this one: a fork, or a
    /// redirection that the caller or a proxy followed with the same Call-ID.
    pub call: Option<u32>,
    /// Ids of the messages that say so: REFER, its response, NOTIFYs, 3xx, the INVITE of the call that resulted.
    pub messages: Vec<u32>,
    /// How it came out.
    pub result: LinkResult,
    /// The status that tells: of the REFER's refusal, of the last NOTIFY, of the call that resulted, or the 3xx.
    pub status: Option<u16>,
    /// Of a redirection followed under the Call-ID of this call: the URI of who answered there; `null` else.
    #[serde(default)]
    pub target: Option<String>,
}

/// One dialled digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dtmf {
    /// `0`–`9`, `*`, `#`, `A`–`D`, `flash`.
    pub digit: String,
    /// When it started.
    pub time: Timestamp,
    /// How long it lasted.
    pub duration_ms: Option<f64>,
    /// The pause since the digit before of the same side ended; `null` for the first, and where that end is not known.
    #[serde(default)]
    pub gap_ms: Option<f64>,
    /// How it was sent.
    pub method: DtmfMethod,
    /// The other way the same key was sent as well, by the phone or by a PBX that passes it on; `null` where none.
    #[serde(default)]
    pub also: Option<DtmfMethod>,
    /// Who pressed it.
    pub from: Option<Party>,
    /// No packet said that the key was let go: the length is what was heard of it.
    #[serde(default)]
    pub end_missing: bool,
    /// Its power in dBm0: as the event says (RFC 4733), or of both tones as heard; `null` for others.
    #[serde(default)]
    pub level_dbm0: Option<f64>,
    /// The stream it was in; `null` where it was in a message.
    #[serde(default)]
    pub stream: Option<u32>,
    /// Frame of the packet with which it began; `null` where it was in a message.
    #[serde(default)]
    pub frame: Option<u64>,
    /// The message it was in; `null` where it was in a stream.
    #[serde(default)]
    pub message: Option<u32>,
}

/// What one side dialled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dialled {
    /// Who; `null` where only the time tells the call.
    pub from: Option<Party>,
    /// The digits in order, flash as `!`.
    pub digits: String,
    /// How they were sent, each way once, in order.
    pub methods: Vec<DtmfMethod>,
    /// Begin of the first.
    pub time: Timestamp,
}
