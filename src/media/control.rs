//! RTCP to the streams it speaks of.

use super::packet::{Class, MediaPacket};
use super::rtcp_loss::Reporter;
use super::rtcp_state::RtcpState;
use super::tracker::Tracker;
use crate::rtp::rtcp::{self, RtcpPacket, Validity, XrBlock};
use crate::types::{CaptureTime, Endpoint, Flow, SeqNo, Ssrc};

/// Flows whose RTP an RTCP flow may speak of: the same (muxed), one port below, or as announced.
struct MediaFlows {
    /// The RTCP's own.
    own: Flow,
    flows: [Option<Flow>; 6],
}

impl Tracker {
    /// Takes a datagram whose first octets say RTCP.
    pub(super) fn handle_rtcp(&mut self, p: &MediaPacket<'_>) -> Class {
        let Some(validity) = rtcp::check(p.payload, p.wire_payload_len) else {
            return Class::Other;
        };
        let media = self.media_flows(p.flow);
        let beside_stream = media.flows.iter().flatten().any(|f| {
            self.streams.newest_of(f).is_some() || self.streams.newest_of(&f.reversed()).is_some()
        });
        let announced =
            self.directory.is_announced(&p.flow.dst) || self.directory.is_announced(&p.flow.src);
        // Two packets whose lengths fill the datagram are proof enough anywhere.
        let proven = matches!(validity, Validity::Compound(2..));
        if !(beside_stream || announced || proven) {
            return Class::Other;
        }
        if validity == Validity::HeaderOnly {
            self.handle_enciphered(p, &media);
        } else {
            self.handle_packets(p, &media);
        }
        Class::Rtcp
    }

    fn handle_enciphered(&mut self, p: &MediaPacket<'_>, media: &MediaFlows) {
        let is_sender_report = p.payload.get(1) == Some(&200);
        let Some(ssrc) = rtcp::first_sender(p.payload).filter(|_| is_sender_report) else {
            return;
        };
        if let Some(s) = self.state_of_sender(media, ssrc, p.time) {
            s.handle_enciphered_report();
        }
    }

    fn handle_packets(&mut self, p: &MediaPacket<'_>, media: &MediaFlows) {
        let time = p.time;
        for packet in rtcp::packets(p.payload) {
            match packet {
                RtcpPacket::SenderReport(sr) => {
                    if let Some(s) = self.state_of_sender(media, sr.ssrc, time) {
                        s.handle_sender_report(&sr, time);
                    }
                    self.handle_blocks(media, sr.ssrc, sr.blocks, time);
                }
                RtcpPacket::ReceiverReport(rr) => {
                    self.handle_blocks(media, rr.ssrc, rr.blocks, time);
                }
                RtcpPacket::Sdes(sdes) => {
                    for (ssrc, name) in sdes.cnames() {
                        if let Some(s) = self.state_of_sender(media, ssrc, time) {
                            s.handle_cname(name);
                        }
                    }
                }
                RtcpPacket::Bye(bye) => {
                    for ssrc in bye.sources() {
                        let at = self.sent_by(media, ssrc);
                        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                            s.rtcp_mut().handle_bye(time);
                        }
                    }
                }
                RtcpPacket::ExtendedReport(xr) => {
                    for block in xr.blocks() {
                        let XrBlock::Voip(metrics) = block else {
                            continue;
                        };
                        let at = self.received_from(media, metrics.about);
                        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                            s.rtcp_mut().handle_voip_metrics(metrics);
                        }
                    }
                }
                RtcpPacket::Feedback(f) => {
                    let at = self.received_from(media, f.media);
                    if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                        s.rtcp_mut()
                            .handle_feedback(f.nacked().count(), f.asks_for_intra_frame());
                    }
                }
                RtcpPacket::App(_) | RtcpPacket::Unknown { .. } => {}
            }
        }
    }

    fn handle_blocks(
        &mut self,
        media: &MediaFlows,
        by: Ssrc,
        blocks: rtcp::ReportBlocks<'_>,
        time: CaptureTime,
    ) {
        for block in blocks {
            let at = self.received_from(media, block.about);
            let stream = at.and_then(|at| self.streams.get(at));
            // The low half is the number as sent, the high half its cycles.
            let number = SeqNo(block.highest_seq as u16);
            let reporter = Reporter {
                ssrc: by,
                end: media.own.src,
                seen: stream.and_then(|s| s.meter.up_to(number)),
                whole: stream.is_some_and(|s| s.announced),
            };
            if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                s.each_other_point(|meter, loss| {
                    let seen = meter.up_to(number);
                    loss.handle_block(&block, &Reporter { seen, ..reporter });
                });
            }
            if let Some(s) = self.state_at(at, media.own.reversed(), block.about, time) {
                s.handle_block(block, time, &reporter);
            }
        }
    }

    /// Where to note what a source says of itself: at its stream, or until that opens aside.
    fn state_of_sender(
        &mut self,
        media: &MediaFlows,
        ssrc: Ssrc,
        time: CaptureTime,
    ) -> Option<&mut RtcpState> {
        let at = self.sent_by(media, ssrc);
        self.state_at(at, media.own, ssrc, time)
    }

    fn state_at(
        &mut self,
        at: Option<u32>,
        flow: Flow,
        ssrc: Ssrc,
        time: CaptureTime,
    ) -> Option<&mut RtcpState> {
        match at {
            Some(at) => self.streams.get_mut(at).map(|s| s.rtcp_mut()),
            // Several streams it may mean are open: not one to come.
            None if self.streams_between(flow, ssrc).next().is_some() => None,
            None => self.early_rtcp.state(flow, ssrc, time),
        }
    }

    /// What RTCP said of a stream that opens now.
    pub(super) fn early_rtcp_of(
        &mut self,
        flow: Flow,
        ssrc: Ssrc,
        began: CaptureTime,
    ) -> Option<Box<RtcpState>> {
        let mut early = std::mem::take(&mut self.early_rtcp);
        let found = early.take(ssrc, |rtcp, last| {
            (began - last).abs() <= self.limits.idle_after_call
                && self.media_flows(*rtcp).flows.contains(&Some(flow))
        });
        self.early_rtcp = early;
        found
    }

    /// The stream of `ssrc` that goes the way the RTCP goes.
    fn sent_by(&self, media: &MediaFlows, ssrc: Ssrc) -> Option<u32> {
        let mut flows = media.flows.iter().flatten();
        flows
            .find_map(|f| self.streams.find(f, ssrc))
            .or_else(|| self.only_stream_between(media.flows.first().copied().flatten()?, ssrc))
    }

    /// The stream of `ssrc` that the RTCP's sender receives.
    fn received_from(&self, media: &MediaFlows, ssrc: Ssrc) -> Option<u32> {
        let mut flows = media.flows.iter().flatten().map(|f| f.reversed());
        flows.find_map(|f| self.streams.find(&f, ssrc)).or_else(|| {
            let flow = media.flows.first().copied().flatten()?;
            self.only_stream_between(flow.reversed(), ssrc)
        })
    }

    /// Ports that follow no rule (a relay, a NAT): the one stream of this source between the two hosts.
    fn only_stream_between(&self, flow: Flow, ssrc: Ssrc) -> Option<u32> {
        let mut between = self.streams_between(flow, ssrc);
        let at = between.next()?;
        between.next().is_none().then_some(at)
    }

    fn streams_between(&self, flow: Flow, ssrc: Ssrc) -> impl Iterator<Item = u32> + '_ {
        self.streams
            .of_ssrc(ssrc)
            .filter(move |(_, s)| {
                s.flow.src.addr == flow.src.addr
                    && s.flow.dst.addr == flow.dst.addr
                    && s.flow.scope == flow.scope
            })
            .map(|(at, _)| at)
    }

    fn media_flows(&self, flow: Flow) -> MediaFlows {
        let below = |e: Endpoint| Some(Endpoint::new(e.addr, e.port.checked_sub(1)?));
        let with = |src: Option<Endpoint>, dst: Option<Endpoint>| {
            Some(Flow {
                src: src?,
                dst: dst?,
                scope: flow.scope,
            })
        };
        let announced_src = self.directory.media_of_rtcp(&flow.src).last();
        let announced_dst = self.directory.media_of_rtcp(&flow.dst).last();
        MediaFlows {
            own: flow,
            flows: [
                Some(flow),
                with(below(flow.src), below(flow.dst)),
                with(announced_src, announced_dst),
                with(Some(flow.src), announced_dst.or(below(flow.dst))),
                with(announced_src.or(below(flow.src)), Some(flow.dst)),
                with(below(flow.src), announced_dst),
            ],
        }
    }
}
