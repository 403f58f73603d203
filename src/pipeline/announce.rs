//! From a session description to what the media tracker must expect.

use crate::call::Side;
use crate::media::{Announcement, FormatMap, Party};
use crate::sdp::{Media, SessionDescription};
use crate::types::{CallNo, CaptureTime, Endpoint, Flow, FrameRef, HostAddr, MessageId};
use std::sync::Arc;

/// The message a description came in.
pub(super) struct Context {
    pub(super) call: CallNo,
    pub(super) side: Side,
    pub(super) message: MessageId,
    pub(super) frame: FrameRef,
    pub(super) time: CaptureTime,
    pub(super) flow: Flow,
}

/// Phones of one capture offer the same few format lists again and again: each is kept once.
#[derive(Default)]
pub(super) struct FormatCache {
    known: Vec<Arc<FormatMap>>,
}

const MAX_KNOWN: usize = 64;
