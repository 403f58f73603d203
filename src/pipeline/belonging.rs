//! What the packet at hand turned out to be, for a front end that saves packets by it.

use super::Fate;
use crate::types::{CallNo, Flow, FrameRef};

/// What is known of the packet handled last, where [`super::Options::belonging`] asked for it.
#[derive(Clone, Debug, Default)]
pub struct Belonging {
    fate: Option<Fate>,
    undecided: bool,
    /// From where to where; `None` where it has no ports.
    pub flow: Option<Flow>,
    /// The call of its media.
    pub call: Option<CallNo>,
    /// Every packet that shared a message or a datagram with it, and the call of that message.
    pub together: Vec<(FrameRef, Option<CallNo>)>,
}

/// Whether a packet is SIP or media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voip {
    /// It is.
    Yes,
    /// Later packets of its flow or its datagram will tell.
    Undecided,
    /// It is something else.
    No,
}

impl Belonging {
    pub(super) fn clear(&mut self) {
        self.fate = None;
        self.undecided = false;
        self.flow = None;
        self.call = None;
        self.together.clear();
    }

    pub(super) fn note(&mut self, fate: Fate, flow: Option<Flow>) {
        // A message outlives what is noted of its packet afterwards.
        if !self.fate.is_some_and(Fate::is_sip) {
            self.fate = Some(fate);
        }
        self.flow = flow.or(self.flow);
    }

    /// A segment of a connection of which nothing is known yet.
    pub(super) fn note_unknown(&mut self, flow: Flow) {
        self.note(Fate::OtherTcp, Some(flow));
        self.undecided = true;
    }

    pub(super) fn note_message(&mut self, fate: Fate, frames: &[FrameRef], call: Option<CallNo>) {
        self.fate = Some(fate);
        self.together.extend(frames.iter().map(|f| (*f, call)));
    }

    pub(super) fn note_together(&mut self, frames: &[FrameRef]) {
        self.together.extend(frames.iter().map(|f| (*f, None)));
    }

    /// What became of the packet.
    pub fn fate(&self) -> Option<Fate> {
        self.fate
    }

    /// Whether it is SIP or media.
    pub fn voip(&self) -> Voip {
        match self.fate {
            Some(
                Fate::SipUdp
                | Fate::SipUdpCopy
                | Fate::SipTcp
                | Fate::SipTcpBare
                | Fate::SipTls
                | Fate::SipSctp
                | Fate::IcmpSip
                | Fate::IcmpMedia
                | Fate::Rtp
                | Fate::Rtcp
                | Fate::Zrtp,
            ) => Voip::Yes,
            // Of use where it goes to an end that a call announced.
            Some(Fate::Stun | Fate::Dtls) if self.call.is_some() => Voip::Yes,
            Some(
                Fate::RtpUnproven
                | Fate::UdpCopy
                | Fate::FragmentIncomplete
                | Fate::FragmentCopy
                | Fate::OtherSctp,
            ) => Voip::Undecided,
            _ if self.undecided => Voip::Undecided,
            _ => Voip::No,
        }
    }
}
