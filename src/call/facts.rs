//! What the trackers need of a message, taken out once.

use crate::crypto::Passwords;
use crate::sdp::SessionDescription;
use crate::sip::Message;
use crate::types::{CaptureTime, Flow, FrameRef, MessageId, Method, StatusCode, Transport};

/// A message and the circumstances of its capture.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Its number in the report.
    pub id: MessageId,
    /// The packet that completed it.
    pub frame: FrameRef,
    /// When.
    pub time: CaptureTime,
    /// What carried it.
    pub transport: Transport,
    /// From where to where.
    pub flow: Flow,
    /// The first copy, when the capture holds the packet twice.
    pub duplicate_of: Option<MessageId>,
    /// The message.
    pub message: &'a Message<'a>,
    /// Its session description, parsed.
    pub sdp: Option<&'a SessionDescription<'a>>,
    /// The passwords that are known; mostly none.
    pub passwords: &'a Passwords,
}

/// The fields that key transactions and dialogs.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    /// Start-line method, or the CSeq method of a response.
    pub(super) method: Method,
    /// `None` for a request.
    pub(super) status: Option<StatusCode>,
    pub(super) is_request: bool,
    pub(super) call_id: &'a [u8],
    pub(super) from_tag: Option<&'a [u8]>,
    pub(super) to_tag: Option<&'a [u8]>,
    pub(super) cseq: u32,
    pub(super) branch: &'a [u8],
    pub(super) sent_by: &'a [u8],
    pub(super) vias: u16,
    /// It stands in the lists of its transaction, dialog, call and registration; false beyond
    /// `Limits::messages_per_call_id`.
    pub(super) is_listed: bool,
}

/// Longest Call-ID, tag or branch that is kept. RFC 3261 sets no limit; what real elements send is
/// below 256 octets.
const MAX_KEY: usize = 1024;

impl<'a> Facts<'a> {
    /// True where a key is so long that only a flood would send it.
    pub(super) fn is_oversized(&self) -> bool {
        let tags = [self.from_tag, self.to_tag].map(|t| t.unwrap_or_default().len());
        let keys = [self.call_id.len(), self.branch.len(), self.sent_by.len()];
        keys.iter().chain(&tags).any(|len| *len > MAX_KEY)
    }

    /// `None` where the message cannot be correlated: no Call-ID, or a response without a method.
    pub(super) fn of(message: &'a Message<'a>) -> Option<Facts<'a>> {
        let call_id = message.call_id().filter(|id| !id.is_empty())?;
        let method = message.transaction_method()?;
        let is_request = message.is_request();
        if !is_request && message.status().is_none() {
            return None;
        }
        let hop = message.top_hop().unwrap_or_default();
        Some(Facts {
            method,
            status: message.status(),
            is_request,
            call_id,
            from_tag: message.from_tag(),
            to_tag: message.to_tag(),
            cseq: message.cseq().map_or(0, |c| c.number),
            branch: hop.branch.unwrap_or_default(),
            sent_by: hop.sent_by_host,
            vias: u16::try_from(message.via_count())
                .unwrap_or(u16::MAX)
                .max(1),
            is_listed: true,
        })
    }

    /// RFC 3261 §8.1.1.7: only a branch longer than the magic cookie identifies a transaction.
    pub(super) fn has_rfc3261_branch(&self) -> bool {
        const COOKIE: &[u8] = b"z9hG4bK";
        self.branch.len() > COOKIE.len() && self.branch[..COOKIE.len()].eq_ignore_ascii_case(COOKIE)
    }

    /// True where something has come before it: its request, or what made its dialog.
    pub(super) fn needs_dialog(&self) -> bool {
        !self.is_request || self.to_tag.is_some()
    }

    /// True for a message that only a call has. INFO, NOTIFY or REFER alone may belong to anything.
    pub(super) fn starts_call(&self) -> bool {
        matches!(
            self.method,
            Method::Invite
                | Method::Ack
                | Method::Bye
                | Method::Cancel
                | Method::Prack
                | Method::Update
        )
    }

    /// True for an INVITE outside a dialog, or a response to one.
    pub(super) fn is_initial_invite(&self) -> bool {
        self.is_request && self.method == Method::Invite && self.to_tag.is_none()
    }
}
