//! What is kept of a call when it is over: plain values, and the messages a diagnosis needs to name.

use super::agreement::Agreement;
use super::answers::OtherAnswer;
use super::authentication::{Challenged, CredentialsSeen};
use super::contacts::PrivateContact;
use super::exchanges::OfferAnswer;
use super::leg::LegFacts;
use super::legs::{Leg, PossibleLeg};
use super::looping::Looping;
use super::other_port::Unheard;
use super::outcome::{EndedBy, Outcome};
use super::quality::QualityReport;
use super::refusal::MediaRefusal;
use super::repeated::Repeated;
use super::requests::InDialogRequest;
use super::session::{AnswerMissing, SessionEvent};
use super::ties::Ties;
use super::timer::SessionTimer;
use super::transaction::AckFlaw;
use super::unheard::UnheardAck;
use crate::sip::NameAddr;
use crate::types::{
    CallId, CallNo, CaptureTime, Delta, Flow, FrameRef, HostAddr, MessageId, Party, StatusCode,
};
use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

/// A URI and its display name as sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// The URI.
    pub uri: String,
    /// The name, unquoted.
    pub display_name: Option<String>,
}

impl Identity {
    /// Of a From or To header.
    pub(super) fn of(addr: &NameAddr<'_>) -> Identity {
        Identity {
            uri: crate::types::text_of(addr.uri),
            display_name: addr.display_text().filter(|d| !d.is_empty()),
        }
    }
}

/// One hop of the INVITE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hop {
    /// Sender to receiver.
    pub flow: Flow,
    /// Via headers on it: 1 next to the caller.
    pub vias: u16,
}

/// An address some side asked its media to be sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaAddress {
    /// Whose media port it is.
    pub side: Party,
    /// The `c=` address; `None` where it is a name.
    pub address: Option<HostAddr>,
    /// As written.
    pub text: String,
    /// The `m=` port.
    pub port: u16,
    /// The packet that carried it.
    pub flow: Flow,
    /// The message.
    pub message: MessageId,
    /// ICE candidates or a STUN-learnt address stand beside it.
    pub has_ice: bool,
}

/// How the signalling tells of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReport {
    /// In the body of an INFO.
    Info,
    /// In a NOTIFY of the package kpml (RFC 4730).
    Kpml,
}

/// A digit sent in the signalling.
#[derive(Clone, Debug, PartialEq)]
pub struct InfoDigit {
    /// The digit.
    pub digit: String,
    /// When.
    pub time: CaptureTime,
    /// How long, where the body says.
    pub duration_ms: Option<f64>,
    /// Who pressed it.
    pub side: Party,
    /// How it was sent.
    pub way: KeyReport,
    /// The message.
    pub message: MessageId,
    /// Its CSeq number.
    pub(super) cseq: u32,
    /// It was answered by a challenge, and will come again.
    pub(super) challenged: bool,
}

/// A finished call (or, at the capture's end, an open one as it stands).
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Its number.
    pub no: CallNo,
    /// Call-ID.
    pub call_id: CallId,
    /// From of the first INVITE.
    pub caller: Identity,
    /// To of the first INVITE.
    pub callee: Identity,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where the outcome alone does not say.
    pub outcome_reason: Option<String>,
    /// Final status on the caller's hop.
    pub final_status: Option<StatusCode>,
    /// Its reason phrase.
    pub final_reason: Option<Cow<'static, str>>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// First INVITE, or the first message where the INVITE was not captured.
    pub start: CaptureTime,
    /// First 180, else 183.
    pub ringing: Option<CaptureTime>,
    /// First 180.
    pub rang: Option<CaptureTime>,
    /// The 2xx of the dialog in use.
    pub answer: Option<CaptureTime>,
    /// BYE, CANCEL or failure.
    pub end: Option<CaptureTime>,
    /// From when on nothing more was waited for: some time after its last message, or the end of the capture.
    pub over: CaptureTime,
    /// INVITE to first 180-183.
    pub post_dial_delay: Option<Delta>,
    /// First 180 to final response or CANCEL; a 183 alone, or a B2BUA's 180 before any phone's, says nothing of a phone
    /// that rings.
    pub ring_time: Option<Delta>,
    /// INVITE to 2xx.
    pub setup_time: Option<Delta>,
    /// 2xx to BYE.
    pub talk_time: Option<Delta>,
    /// BYE to its final response.
    pub release_time: Option<Delta>,
    /// Asked for credentials.
    pub challenged: bool,
    /// The INVITE was captured.
    pub invite_seen: bool,
    /// Hops of the INVITE in path order.
    pub hops: Vec<Hop>,
    /// What offer and answer agreed on the caller's own hop, in order of time.
    pub media: Vec<Agreement>,
    /// What they agreed elsewhere: on further hops where it differs, and with other phones of a fork.
    pub media_elsewhere: Vec<Agreement>,
    /// Each offer on the caller's own hop of a leg, and what came of it, in order of the offers.
    pub exchanges: Vec<OfferAnswer>,
    /// An offer without an answer.
    pub answer_missing: Option<AnswerMissing>,
    /// Offers of the caller that were never answered, by kind.
    pub offered: Vec<String>,
    /// Hold, resume, transfer, fork, …
    pub events: Vec<SessionEvent>,
    /// Requests within its dialogs, and what became of them.
    pub requests: Vec<InDialogRequest>,
    /// Its session timer as the last 2xx set it.
    pub timer: Option<Box<SessionTimer>>,
    /// Digits in SIP INFO.
    pub digits: Vec<InfoDigit>,
    /// Addresses announced in SDP.
    pub addresses: Vec<MediaAddress>,
    /// Quality reports about it (RFC 6035).
    pub reports: Vec<QualityReport>,
    /// All messages.
    pub messages: Vec<MessageId>,
    /// When a TCP connection of its signalling was last found to have a hole in the capture, where the call lacks
    /// something that may have stood there.
    pub hole: Option<CaptureTime>,
    /// Messages the rules of diagnosis point at.
    pub evidence: KeptMarks,
    /// What may join it to another leg.
    pub leg: LegFacts,
    /// Its legs where it has several, the caller's first.
    pub legs: Vec<Leg>,
    /// Calls that may be legs of it, where too little tells.
    pub possible_legs: Vec<PossibleLeg>,
    /// What ties it to other calls.
    pub ties: Option<Box<Ties>>,
}

/// ICMP errors that quoted messages of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IcmpSeen {
    /// ICMP type of the first.
    pub kind: u8,
    /// ICMP code of the first.
    pub code: u8,
    /// From ICMPv6 (RFC 4443).
    pub v6: bool,
    /// The message it quotes went this way.
    pub quoted: Flow,
    /// Its packet.
    pub frame: FrameRef,
    /// How many there were.
    pub count: u32,
    /// That message, where it is known.
    pub message: Option<MessageId>,
}

impl IcmpSeen {
    /// Nothing can reach the destination (RFC 792 type 3, RFC 4443 §3.1); "fragmentation needed" is
    /// about one packet's size only.
    pub fn is_unreachable(&self) -> bool {
        match self.v6 {
            true => self.kind == 1,
            false => self.kind == 3 && self.code != 4,
        }
    }

    /// The quoted packet was lost. A source quench (4) and a redirect (5) say no such thing (RFC 792).
    pub fn is_failure(&self) -> bool {
        self.v6 || !matches!(self.kind, 4 | 5)
    }
}

/// The marks of a call. Where nobody asks for findings only the first four are kept, and thousands of calls are.
#[derive(Clone, Debug, Default)]
pub struct KeptMarks {
    /// First INVITE.
    pub invite: Option<MessageId>,
    /// Last message of any kind.
    pub last_seen: Option<CaptureTime>,
    /// An answer to the INVITE says in its From who called.
    pub caller_shown: bool,
    /// What the BYE was answered with.
    pub bye_status: Option<StatusCode>,
    rest: Option<Box<Marks>>,
}

impl KeptMarks {
    /// All of them.
    pub(crate) fn new(
        invite: Option<MessageId>,
        last_seen: Option<CaptureTime>,
        rest: Marks,
    ) -> Self {
        KeptMarks {
            invite,
            last_seen,
            caller_shown: false,
            bye_status: None,
            rest: Some(Box::new(rest)),
        }
    }

    /// The same with [`KeptMarks::caller_shown`] and [`KeptMarks::bye_status`].
    pub(super) fn with(self, caller_shown: bool, bye_status: Option<StatusCode>) -> Self {
        KeptMarks {
            caller_shown,
            bye_status,
            ..self
        }
    }

    pub(super) fn rest(&self) -> Option<&Marks> {
        self.rest.as_deref()
    }

    /// Lets go of all but the first four.
    pub(super) fn forget(&mut self) {
        self.rest = None;
    }

    /// All but the first four.
    pub(super) fn into_rest(self) -> Marks {
        self.rest.map_or_else(Marks::default, |rest| *rest)
    }
}

impl Deref for KeptMarks {
    type Target = Marks;

    fn deref(&self) -> &Marks {
        static NONE: LazyLock<Marks> = LazyLock::new(Marks::default);
        self.rest.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for KeptMarks {
    fn deref_mut(&mut self) -> &mut Marks {
        self.rest.get_or_insert_default()
    }
}

/// The messages a diagnosis needs to name.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Copies of the last INVITE on the caller's hop, the first included.
    pub invite_sends: u32,
    /// Final response that decided the outcome.
    pub final_response: Option<MessageId>,
    /// Some hop of the path acknowledged that response.
    pub acked: bool,
    /// Copies of the 2xx sent again.
    pub answer_repeats: u32,
    /// The BYE that ended the call.
    pub bye: Option<MessageId>,
    /// The challenge to a BYE that none with credentials followed.
    pub bye_refused: Option<MessageId>,
    /// 2xx and ACK of the call's dialog that were sent again, first ones listed.
    pub in_dialog_repeats: Vec<MessageId>,
    /// How many were.
    pub repeated_in_dialog: u32,
    /// The 2xx was sent again after its ACK.
    pub unheard_ack: Option<Box<UnheardAck>>,
    /// The final response refuses the offered media.
    pub refusal: Option<Box<MediaRefusal>>,
    /// An ACK with the wrong branch, the first.
    pub ack_flaw: Option<Box<AckFlaw>>,
    /// The INVITE came back to a host it had passed.
    pub looping: Option<Box<Looping>>,
    /// Contacts at private addresses, of the caller and of the callee.
    pub private_contacts: Vec<PrivateContact>,
    /// Answers of other phones to the same INVITE.
    pub other_answers: Vec<OtherAnswer>,
    /// CANCEL.
    pub cancel: Option<MessageId>,
    /// Messages sent again, first ones listed.
    pub retransmissions: Vec<MessageId>,
    /// What each of those is, in the same order.
    pub repeated: Vec<Repeated>,
    /// How many were sent again.
    pub retransmission_count: u32,
    /// What became of the credentials of INVITEs; `None` where there was no challenge and none was sent.
    pub credentials: Option<Box<CredentialsSeen>>,
    /// What the 401 or 407 to the last INVITE says.
    pub challenge: Option<Challenged>,
    /// Answers to the last INVITE that went to another port than it came from, and it was sent again.
    pub unheard: Option<Unheard>,
    /// What a Reason or Warning header of the final response says.
    pub said: Option<Box<str>>,
    /// Q.850 cause.
    pub q850: Option<u32>,
    /// ICMP errors that quoted a message of the call.
    pub icmp: Option<Box<IcmpSeen>>,
    /// The last INVITE carried credentials.
    pub credentials_sent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_destination_unreachable_makes_a_host_unreachable() {
        let addr = std::net::IpAddr::from([192, 0, 2, 1]).into();
        let nowhere = crate::types::Endpoint::new(addr, 5060);
        // (v6, type, code), unreachable, failure: RFC 792, RFC 1191 §4, RFC 4443 §3.
        for (v6, kind, code, unreachable, failure) in [
            (false, 3, 3, true, true),
            (false, 3, 4, false, true),
            (false, 4, 0, false, false),
            (false, 5, 1, false, false),
            (false, 11, 0, false, true),
            (true, 1, 4, true, true),
            (true, 2, 0, false, true),
            (true, 4, 0, false, true),
        ] {
            let seen = IcmpSeen {
                kind,
                code,
                v6,
                quoted: Flow {
                    src: nowhere,
                    dst: nowhere,
                    scope: crate::types::Scope::NONE,
                },
                frame: FrameRef::default(),
                count: 1,
                message: None,
            };
            let got = (seen.is_unreachable(), seen.is_failure());
            assert_eq!(got, (unreachable, failure), "{v6} {kind} {code}");
        }
    }
}
