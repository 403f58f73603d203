//! What a call carried beside RTP, as it leaves the tracker.

use super::fax::FaxFigures;
use super::ice::IceFigures;
use super::keys::KeyFigures;
use super::messages::MessageFigures;
use crate::media::record::BindMethod;
use crate::types::{CallNo, CaptureTime, Flow, FrameRef, OtherProtocol, Party, Transport};

/// Packets of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub packets: u64,
    /// Octets they carry above UDP or TCP.
    pub bytes: u64,
}

/// What was exchanged between two ends of a call by a protocol other than RTP.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherRecord {
    /// The call.
    pub call: CallNo,
    /// The protocol.
    pub protocol: OtherProtocol,
    /// What it ran over.
    pub transport: Transport,
    /// From who sent first to who was sent to first.
    pub flow: Flow,
    /// Who sent first.
    pub from: Option<Party>,
    /// The rule that tied it to the call.
    pub rule: BindMethod,
    /// Frame of the SDP.
    pub setup_frame: Option<FrameRef>,
    /// What went the way of `flow`.
    pub there: Counted,
    /// What went the other way.
    pub back: Counted,
    /// First packet.
    pub first_time: CaptureTime,
    /// Last packet.
    pub last_time: CaptureTime,
    /// Frame of the first packet.
    pub first_frame: FrameRef,
    /// Frame of the last packet.
    pub last_frame: FrameRef,
    /// Where its first packet stands among all of media.
    pub order: u64,
    /// What the protocol itself says.
    pub about: About,
}

/// What a protocol says beside how much there was.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum About {
    /// Nothing is read of it.
    #[default]
    Nothing,
    /// STUN and TURN.
    Ice(Box<IceFigures>),
    /// DTLS and ZRTP.
    Keys(KeyFigures),
    /// T.38.
    Fax(Box<FaxFigures>),
    /// MSRP.
    Messages(Box<MessageFigures>),
}

impl About {
    /// What is to be read of a protocol.
    pub(super) fn of(protocol: OtherProtocol) -> About {
        match protocol {
            OtherProtocol::Stun | OtherProtocol::Turn => About::Ice(Box::default()),
            OtherProtocol::Dtls | OtherProtocol::Zrtp => About::Keys(KeyFigures::default()),
            OtherProtocol::T38 => About::Fax(Box::default()),
            OtherProtocol::Msrp => About::Messages(Box::default()),
            OtherProtocol::Bfcp => About::Nothing,
        }
    }
}

impl OtherRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let about = match &self.about {
            About::Nothing | About::Keys(_) => 0,
            About::Ice(ice) => ice.weight(),
            About::Fax(fax) => fax.weight(),
            About::Messages(messages) => messages.weight(),
        };
        size_of::<Self>() + about + 16
    }
}

#[cfg(test)]
impl OtherRecord {
    /// A flow of BFCP with nothing in it.
    pub(crate) fn sample(call: CallNo) -> OtherRecord {
        let host = std::net::IpAddr::from([192, 0, 2, 1]);
        let end = crate::types::Endpoint::new(host.into(), 5000);
        let (time, frame) = (CaptureTime::from_nanos(0), FrameRef::default());
        OtherRecord {
            call,
            protocol: OtherProtocol::Bfcp,
            transport: Transport::Udp,
            flow: Flow {
                src: end,
                dst: end,
                scope: crate::types::Scope::NONE,
            },
            from: None,
            rule: BindMethod::Destination,
            setup_frame: None,
            there: Counted::default(),
            back: Counted::default(),
            first_time: time,
            last_time: time,
            first_frame: frame,
            last_frame: frame,
            order: 0,
            about: About::Nothing,
        }
    }
}
