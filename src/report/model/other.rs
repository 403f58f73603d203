//! What calls carry beside RTP.

use super::{EndpointRef, Timestamp};
use crate::media::BindMethod;
use crate::types::{OtherProtocol, Party, Transport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What went between two ends of a call by one protocol other than RTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherMedia {
    /// `stun`, `turn` (what is asked of a relay; the media in it is a stream), `dtls`, `zrtp`, `t38`, `msrp`, `bfcp`.
    pub protocol: OtherProtocol,
    /// `udp` or `tcp`.
    pub transport: Transport,
    /// Who sent first.
    pub src: EndpointRef,
    /// To whom.
    pub dst: EndpointRef,
    /// Which party `src` is; `null` where that is not known.
    pub from: Option<Party>,
    /// The rule that tied it to the call, as a stream's.
    pub setup_rule: BindMethod,
    /// Frame of the SDP.
    pub setup_frame: Option<u64>,
    /// Which source that frame is of.
    pub setup_source: Option<u32>,
    /// First packet.
    pub first_time: Timestamp,
    /// Last packet.
    pub last_time: Timestamp,
    /// Which source these frames are of.
    pub source: u32,
    /// Frame of the first packet.
    pub first_frame: u64,
    /// Frame of the last packet.
    pub last_frame: u64,
    /// Packets from `src` to `dst`.
    pub packets: u64,
    /// Octets in them, without the headers of UDP or TCP.
    pub bytes: u64,
    /// Packets from `dst` to `src`.
    pub packets_back: u64,
    /// Octets in them.
    pub bytes_back: u64,
    /// What STUN and TURN said; `null` for other protocols.
    pub ice: Option<Ice>,
    /// How far DTLS or ZRTP came; `null` for other protocols.
    pub keys: Option<KeyExchange>,
    /// What a fax (T.38) shows; `null` for other protocols.
    pub fax: Option<Fax>,
    /// What a session of messages (MSRP) shows; `null` for other protocols.
    pub session: Option<MessageSession>,
}

/// A session of messages (RFC 4975).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSession {
    /// What the way from `src` to `dst` shows.
    pub there: MessageWay,
    /// What the way from `dst` to `src` shows.
    pub back: MessageWay,
    /// Content types, each once; the first 16.
    pub content_types: Vec<String>,
    /// Answers by status code.
    pub statuses: std::collections::BTreeMap<String, u64>,
}

/// One direction of a session of messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageWay {
    /// The session of who sends: the first URI of its From-Path.
    pub session: Option<String>,
    /// Messages that came to their end, those without content left out.
    pub messages: u64,
    /// SEND requests: a message may take several.
    pub sends: u64,
    /// Messages given up by who sent them.
    pub aborted: u64,
    /// Octets of content.
    pub content_bytes: u64,
}

/// A fax over UDPTL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fax {
    /// Pages that were sent to their end (MPS, EOM, EOP, and with error correction PPS with one of these).
    pub pages: u64,
    /// Pages that the receiver confirmed (MCF, RTP, PIP).
    pub pages_confirmed: u64,
    /// Pages that it did not receive well (RTN, PIN).
    pub pages_refused: u64,
    /// Who sent the pages; `null` where none was, or the party is not known.
    pub sender: Option<Party>,
    /// Speed of the pages in bit/s, the latest.
    pub rate: Option<u32>,
    /// Pages came in frames that can be asked for again (T.30 error correction mode).
    pub ecm: bool,
    /// What the way from `src` to `dst` shows.
    pub there: FaxWay,
    /// What the way from `dst` to `src` shows.
    pub back: FaxWay,
    /// Packets whose content could not be read: cut by the capture, or no T.38.
    pub unread: u64,
    /// What the two machines said to each other (T.30), the first 200; what came in repeated packets too.
    pub messages: Vec<FaxMessage>,
}

/// One direction of a fax.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaxWay {
    /// The machine's number, as it says in CSI or TSI.
    pub number: Option<String>,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Those of them that later packets repeat, or give back by parity (FEC).
    pub made_good: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// How packets are made good: `redundancy`, `fec`; `null` where no packet says.
    pub correction: Option<FaxCorrection>,
}

crate::types::vocabulary! {
    /// What makes lost packets of UDPTL good.
    pub enum FaxCorrection {
        /// Packets repeat those before them.
        Redundancy = "redundancy",
        /// Packets carry parity over those before them.
        Fec = "fec",
    }
}

/// A message of T.30.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaxMessage {
    /// `DIS`, `DCS`, `CFR`, `MPS`, `EOP`, `MCF`, `DCN`, ...
    pub name: String,
    /// True where `dst` sent it to `src`.
    pub back: bool,
    /// When it was complete.
    pub time: Timestamp,
    /// The packet that completed it.
    pub frame: u64,
}

/// What STUN and TURN said between two ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ice {
    /// Requests.
    pub requests: u64,
    /// Answers that grant them.
    pub successes: u64,
    /// Answers that refuse them.
    pub errors: u64,
    /// Messages that expect no answer.
    pub indications: u64,
    /// USERNAME of the first request that has one; of a connectivity check the user fragment of who is asked, a colon,
    /// and that of who asks.
    pub username: Option<String>,
    /// The check by which this pair was chosen (USE-CANDIDATE, RFC 8445 §8.1.1) and answered with success.
    pub nominated: Option<Nominated>,
    /// As whom the answering side sees the asking one.
    pub mapped: Option<EndpointRef>,
    /// The relay's address for its client.
    pub relayed: Option<EndpointRef>,
    /// The relay.
    pub server: Option<EndpointRef>,
    /// Channels of the relay; the first 32.
    pub channels: Vec<Channel>,
}

/// The packets that chose a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nominated {
    /// Which source these frames are of.
    pub source: u32,
    /// The request with USE-CANDIDATE.
    pub request_frame: u64,
    /// Its success response.
    pub response_frame: u64,
    /// When that came.
    pub time: Timestamp,
    /// True where `dst` asked for it, false where `src` did: the controlling side of ICE.
    #[serde(default)]
    pub back: bool,
}

/// A channel of a relay (RFC 8656 §12).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Channel {
    /// Its number, 0x4000 to 0x4fff.
    pub number: u16,
    /// Whom it stands for.
    pub peer: EndpointRef,
}

/// How two sides agreed on keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyExchange {
    /// The capture shows its end: both sides changed to the keys (DTLS before 1.3), or Conf2ACK (ZRTP). What is
    /// `false` may still have come to its end.
    pub complete: bool,
    /// When it came to its end or failed.
    pub end_time: Option<Timestamp>,
    /// The packet that shows it.
    pub end_frame: Option<u64>,
    /// Number of the fatal alert (DTLS) or of the error (ZRTP) that ended it.
    pub failure: Option<u32>,
    /// Whose ClientHello is in the capture: the client of DTLS; `null` where none is.
    #[serde(default)]
    pub client: Option<EndpointRef>,
}

/// The TURN relay that a stream's packets came out of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamRelay {
    /// The relay; `null` where nothing tells which end of the stream it is.
    pub server: Option<EndpointRef>,
    /// Its address for the client, which SDP announces; `null` where the Allocate is not in the capture.
    pub relayed: Option<EndpointRef>,
    /// Whom it passes the media on to, or got it from; `null` where nothing names it.
    pub peer: Option<EndpointRef>,
    /// The channel, the latest of several; `null` for Send and Data indications alone.
    pub channel: Option<u16>,
}
