//! Dialogs (RFC 3261 §12): Call-ID and an unordered pair of tags.

use super::facts::Facts;
use crate::types::{CallId, CallNo, DialogNo, MessageId, Method, Tag};

crate::types::vocabulary! {
    /// Where a dialog stands.
    pub enum DialogState {
        /// No 2xx yet.
        Early = "early",
        /// A 2xx was seen, or a request inside the dialog.
        Confirmed = "confirmed",
        /// Ended by BYE, failure, or NOTIFY with `terminated`.
        Terminated = "terminated",
    }
}

/// A dialog as the report lists it.
#[derive(Clone, Debug)]
pub struct DialogRecord {
    /// Its number.
    pub no: DialogNo,
    /// Call-ID.
    pub call_id: CallId,
    /// Tag of who sent the request that made it.
    pub local_tag: Option<Tag>,
    /// Tag of who answered it.
    pub remote_tag: Option<Tag>,
    /// The call it belongs to.
    pub call: Option<CallNo>,
    /// Where it stood.
    pub state: DialogState,
    /// Its messages.
    pub messages: Vec<MessageId>,
}

/// An open dialog.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) no: DialogNo,
    pub(super) call: Option<CallNo>,
    pub(super) local_tag: Option<Tag>,
    pub(super) remote_tag: Option<Tag>,
    pub(super) state: DialogState,
    messages: Vec<MessageId>,
}

/// True for a method whose request can make a dialog (RFC 3261 §12.1, RFC 6665, RFC 3515).
pub(super) fn makes_dialog(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Subscribe | Method::Refer)
}

impl Dialog {
    pub(super) fn new(
        no: DialogNo,
        call: Option<CallNo>,
        local: Option<&[u8]>,
        remote: Option<&[u8]>,
    ) -> Self {
        Dialog {
            no,
            call,
            local_tag: local.map(Tag::new),
            remote_tag: remote.map(Tag::new),
            state: DialogState::Early,
            messages: Vec::new(),
        }
    }

    fn is(&self, local: Option<&[u8]>, remote: Option<&[u8]>) -> bool {
        self.local_tag.as_ref().map(Tag::as_bytes) == local
            && self.remote_tag.as_ref().map(Tag::as_bytes) == remote
    }

    /// True when both tags agree, in either order.
    pub(super) fn has_tags(&self, facts: &Facts<'_>) -> bool {
        self.is(facts.from_tag, facts.to_tag) || self.is(facts.to_tag, facts.from_tag)
    }

    /// True for a dialog whose far end has not shown its tag yet.
    pub(super) fn awaits_answer_to(&self, from_tag: Option<&[u8]>) -> bool {
        self.remote_tag.is_none() && self.local_tag.as_ref().map(Tag::as_bytes) == from_tag
    }

    pub(super) fn handle(&mut self, facts: &Facts<'_>, id: MessageId) {
        if facts.is_listed {
            self.messages.push(id);
        }
        self.state = next_state(self.state, facts);
    }

    pub(super) fn into_record(self, call_id: &CallId) -> DialogRecord {
        DialogRecord {
            no: self.no,
            call_id: call_id.clone(),
            local_tag: self.local_tag,
            remote_tag: self.remote_tag,
            call: self.call,
            state: self.state,
            messages: self.messages,
        }
    }
}

fn next_state(state: DialogState, facts: &Facts<'_>) -> DialogState {
    use DialogState::{Confirmed, Early, Terminated};
    match (state, facts.status, &facts.method) {
        (Terminated, ..) => Terminated,
        (_, None, Method::Bye) => Terminated,
        (Early, Some(s), m) if s.is_success() && makes_dialog(m) => Confirmed,
        (Early, Some(s), Method::Invite) if s.get() == 199 => Terminated,
        (Early, Some(s), m) if s.get() >= 300 && makes_dialog(m) && !s.is_challenge() => Terminated,
        // A subscription's NOTIFY may overtake the 200 (RFC 6665 §4.1.2.4).
        (Early, None, Method::Notify) => Confirmed,
        (s, ..) => s,
    }
}
