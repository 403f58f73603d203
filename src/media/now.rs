//! Open streams as they are now, for display while a capture runs.

use super::measure::jitter::Jitter;
use super::record::StreamHandle;
use super::stream::{Named, format_of};
use super::tracker::Tracker;
use crate::decode::Datagram;
use crate::rtp::RtpHeader;
use crate::rtp::turn::unwrapped;
use crate::types::{CallNo, CaptureTime, Endpoint, Flow, Party, Ssrc};

/// An open stream of a call.
#[derive(Clone, Copy, Debug)]
pub struct OpenStream {
    /// Its call.
    pub call: CallNo,
    /// Who sends, where that is known.
    pub from: Option<Party>,
    /// From where to where.
    pub flow: Flow,
    /// Packets so far.
    pub packets: u64,
    /// Packets expected so far, by their sequence numbers (RFC 3550 A.3).
    pub expected: u64,
    /// Of these, never seen.
    pub lost: u64,
    /// The jitter estimate now, in ms (RFC 3550 A.8); `None` where the clock rate is not known.
    pub jitter_ms: Option<f64>,
    /// Time of the last packet.
    pub last: CaptureTime,
}

/// What an RTP packet is of.
#[derive(Clone, Copy, Debug)]
pub struct Carrying<'a> {
    /// Its stream.
    pub stream: StreamHandle,
    /// Encoding name of its payload type, by SDP or RFC 3551.
    pub codec: Option<&'a str>,
    /// SRTP, by SDP.
    pub encrypted: bool,
}

impl Tracker {
    /// The open streams that belong to a call.
    pub fn open_streams_of_calls(&self) -> impl Iterator<Item = OpenStream> + '_ {
        self.streams.open().filter_map(|(_, s)| {
            let binding = s.binding.as_deref()?;
            let sequence = s.meter.sequence();
            Some(OpenStream {
                call: binding.call,
                from: binding.from,
                flow: s.flow,
                packets: s.meter.packets(),
                expected: sequence.expected,
                lost: sequence.lost,
                jitter_ms: s.meter.jitter().and_then(Jitter::last_ms),
                last: s.meter.last_time(),
            })
        })
    }

    /// The call whose media or RTCP goes this way, as far as announcements tell.
    pub fn call_on(&self, flow: &Flow) -> Option<CallNo> {
        let media = |e: Endpoint| self.directory.media_of_rtcp(&e).next();
        // Without an announcement RTCP has the next port (RFC 3550 §11).
        let before = |e: Endpoint| Endpoint::new(e.addr, e.port.saturating_sub(1));
        let of = |media: &dyn Fn(Endpoint) -> Endpoint| Flow {
            src: media(flow.src),
            dst: media(flow.dst),
            scope: flow.scope,
        };
        self.call_of_media(flow)
            .or_else(|| self.call_of_media(&of(&|e| media(e).unwrap_or(e))))
            .or_else(|| self.call_of_media(&of(&before)))
    }

    /// The open stream of an RTP packet, as it comes or as a relay wraps it (TURN), and what its payload type is.
    pub fn stream_of(&self, datagram: &Datagram<'_>) -> Option<Carrying<'_>> {
        let (rtp, len) = unwrapped(datagram.payload, datagram.wire_payload_len);
        let header = RtpHeader::parse_known(rtp, len)?;
        let at = self.streams.find(&datagram.meta.flow, header.ssrc)?;
        let stream = self.streams.get(at)?;
        let binding = stream.binding.as_deref();
        let codec = match format_of(binding, header.payload_type) {
            Some(Named::Format(format)) => Some(&*format.codec),
            Some(Named::Static(name, ..)) => Some(name),
            None => None,
        };
        Some(Carrying {
            stream: stream.handle,
            codec,
            encrypted: binding.is_some_and(|b| b.encrypted),
        })
    }

    fn call_of_media(&self, flow: &Flow) -> Option<CallNo> {
        let open = self
            .streams
            .newest_of(flow)
            .and_then(|at| self.streams.get(at));
        match open.and_then(|s| s.binding.as_deref()) {
            Some(binding) => Some(binding.call),
            None => self.directory.resolve(flow, Ssrc(0)).map(|b| b.call),
        }
    }
}
