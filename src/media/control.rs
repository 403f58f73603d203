//! RTCP to the streams it speaks of.

use super::measure::jitter::Jitter;
use super::packet::{Class, MediaPacket};
use super::rtcp_loss::Reporter;
use super::rtcp_state::RtcpState;
use super::stream::Stream;
use super::tracker::Tracker;
use crate::rtp::rtcp::{self, RtcpPacket, SenderReport, Validity, XrContent};
use crate::types::{CaptureTime, Delta, Endpoint, Flow, FrameRef, SeqNo, Ssrc};

/// A stream whose last packet is no older was still sent when its source reported.
const UNDER_WAY: Delta = Delta::from_millis(100);

/// Flows whose RTP an RTCP flow may speak of: the same (muxed), one port below, or as announced.
pub(super) struct MediaFlows {
    /// The RTCP's own.
    own: Flow,
    flows: [Option<Flow>; 6],
}

/// One datagram of RTCP.
pub(super) struct Report {
    /// When it passed.
    pub(super) time: CaptureTime,
    frame: FrameRef,
    /// Another file held the same before: what it says is counted already.
    is_copy: bool,
    /// What it may speak of.
    pub(super) media: MediaFlows,
}

impl Tracker {
    /// Takes a datagram whose first octets say RTCP. `is_copy`: it was captured at another point before.
    pub(super) fn handle_rtcp(&mut self, p: &MediaPacket<'_>, is_copy: bool) -> Class {
        if self.directory.has_others()
            && !is_copy
            && let Some(class) = self.handle_agreed(p)
        {
            return class;
        }
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
        let report = Report {
            time: p.time,
            frame: p.frame,
            is_copy,
            media,
        };
        if validity == Validity::HeaderOnly {
            self.handle_header_only(p, &report);
        } else {
            self.handle_packets(p, &report);
        }
        Class::Rtcp
    }

    /// Enciphered, cut by the capture, or broken: nothing behind the first sender is believed.
    fn handle_header_only(&mut self, p: &MediaPacket<'_>, report: &Report) {
        let Some(ssrc) = rtcp::first_sender(p.payload).filter(|_| !report.is_copy) else {
            return;
        };
        let is_cut = p.payload.len() < p.wire_payload_len as usize;
        let is_secret = rtcp::looks_enciphered(p.payload) || self.is_secret(&report.media, ssrc);
        if !is_secret && !is_cut {
            return self.handle_flaw(p, report);
        }
        let is_sender_report = p.payload.get(1) == Some(&200);
        // A receiver that sends nothing has no stream that its report could be noted at.
        let state = match is_sender_report {
            true => self.state_of_sender(report, ssrc),
            false => {
                let at = self.sent_by(&report.media, ssrc);
                let stream = at.and_then(|at| self.streams.get_mut(at));
                stream.map(Stream::rtcp_mut)
            }
        };
        match state {
            Some(s) if is_secret => s.handle_enciphered(is_sender_report),
            Some(s) if is_sender_report => s.handle_cut_report(),
            _ => {}
        }
    }

    /// Media beside it is enciphered.
    fn is_secret(&self, media: &MediaFlows, ssrc: Ssrc) -> bool {
        let stream = self
            .sent_by(media, ssrc)
            .and_then(|at| self.streams.get(at));
        stream.is_some_and(|s| s.binding.as_deref().is_some_and(|b| b.encrypted))
    }

    /// Counts the rule that a datagram breaks at the stream of who speaks first, or at the one it receives.
    fn handle_flaw(&mut self, p: &MediaPacket<'_>, report: &Report) {
        let Some(flaw) = rtcp::flaw(p.payload, p.wire_payload_len) else {
            return;
        };
        let ssrc = rtcp::first_sender(p.payload);
        let own = ssrc.and_then(|ssrc| self.sent_by(&report.media, ssrc));
        let at = own.or_else(|| {
            let mut flows = report.media.flows.iter().flatten();
            flows.find_map(|f| self.streams.newest_of(f))
        });
        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
            s.rtcp_mut().handle_flaw(flaw, report.frame);
        }
    }

    fn handle_packets(&mut self, p: &MediaPacket<'_>, report: &Report) {
        if !report.is_copy {
            self.handle_flaw(p, report);
        }
        let mut reporter = None;
        for packet in rtcp::packets(p.payload) {
            match packet {
                RtcpPacket::SenderReport(sr) => {
                    reporter = Some(sr.ssrc);
                    self.handle_sender_report(report, &sr);
                    self.handle_blocks(report, sr.ssrc, sr.blocks);
                }
                RtcpPacket::ReceiverReport(rr) => self.handle_blocks(report, rr.ssrc, rr.blocks),
                _ if report.is_copy => {}
                RtcpPacket::Sdes(sdes) => {
                    for item in sdes.items() {
                        if let Some(s) = self.state_of_sender(report, item.ssrc) {
                            s.handle_name(&item);
                        }
                    }
                }
                RtcpPacket::Bye(bye) => {
                    for ssrc in bye.sources() {
                        let at = self.sent_by(&report.media, ssrc);
                        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                            s.rtcp_mut().handle_bye(report.time, bye.reason());
                        }
                    }
                }
                RtcpPacket::ExtendedReport(xr) => {
                    for block in xr.blocks() {
                        self.handle_times(report, xr.ssrc, &block);
                        let about = block.about();
                        let at = about.and_then(|ssrc| self.received_from(&report.media, ssrc));
                        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                            let by = report.media.own.src;
                            s.rtcp_mut().handle_extended(&block, report.frame, by);
                        }
                    }
                }
                RtcpPacket::Feedback(f) => {
                    for ssrc in f.targets() {
                        let at = self.received_from(&report.media, ssrc);
                        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                            s.rtcp_mut().handle_feedback(&f);
                        }
                    }
                }
                RtcpPacket::App(app) => {
                    let at = self.sent_by(&report.media, app.ssrc);
                    if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                        s.rtcp_mut().handle_app();
                    }
                }
                RtcpPacket::Unknown { .. } => {}
            }
        }
        // By the names that follow a report.
        if let Some(ssrc) = reporter.filter(|_| !report.is_copy) {
            self.compare_sound_and_pictures(report, ssrc);
        }
    }

    /// Reference times and their answers (RFC 3611 §4.4, §4.5): a receiver's own way to measure the round trip.
    fn handle_times(&mut self, report: &Report, by: Ssrc, block: &rtcp::XrBlock<'_>) {
        let (time, source) = (report.time, report.frame.source);
        let flows = report.media.flows.iter().flatten();
        match block.content {
            XrContent::ReferenceTime { ntp } => {
                let mut back = flows.filter_map(|f| self.streams.newest_of(&f.reversed()));
                if let Some(s) = back.next().and_then(|at| self.streams.get_mut(at)) {
                    // The middle 32 of the 64 bits.
                    let middle = (ntp >> 16) as u32;
                    let trips = &mut s.rtcp_mut().trips;
                    trips.handle_reference(middle, by, time, source);
                }
            }
            XrContent::Answers(answers) => {
                let mut own = flows.filter_map(|f| self.streams.newest_of(f));
                if let Some(s) = own.next().and_then(|at| self.streams.get_mut(at)) {
                    for answer in answers {
                        s.rtcp_mut().trips.handle_answer(&answer, time, source);
                    }
                }
            }
            _ => {}
        }
    }

    fn handle_sender_report(&mut self, report: &Report, sr: &SenderReport<'_>) {
        let at = self.sent_by(&report.media, sr.ssrc);
        // Counts of one point are no counts of another.
        let stream = at.and_then(|at| self.streams.get(at)).filter(|s| !s.split);
        let arrived = stream.map(|s| s.meter.sequence().unique);
        // What is missing behind the last packet cannot be told from what is missing before the first.
        let is_under_way =
            |s: &&Stream| s.announced && report.time - s.meter.last_time() <= UNDER_WAY;
        let whole = stream.filter(is_under_way).map(|s| s.meter.sequence());
        let expected = whole.filter(|s| s.restarts == 0).map(|s| s.expected);
        if let Some(s) = self.state_at(at, report.media.own, sr.ssrc, report.time) {
            let source = report.frame.source;
            s.trips
                .handle_sender_report(sr.ntp_middle(), report.time, source);
            if !report.is_copy {
                s.handle_sender_report(sr, arrived, expected);
            }
        }
    }

    fn handle_blocks(&mut self, report: &Report, by: Ssrc, blocks: rtcp::ReportBlocks<'_>) {
        let media = &report.media;
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
                jitter_here_ms: stream.and_then(|s| s.meter.jitter().and_then(Jitter::last_ms)),
                frame: report.frame,
                time: report.time,
            };
            if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                s.each_other_point(|meter, loss| {
                    let seen = meter.up_to(number);
                    let jitter_here_ms = meter.jitter().and_then(Jitter::last_ms);
                    let here = Reporter {
                        seen,
                        jitter_here_ms,
                        ..reporter
                    };
                    loss.handle_block(&block, &here);
                });
            }
            if let Some(s) = self.state_at(at, media.own.reversed(), block.about, report.time) {
                s.handle_block(block, &reporter, report.is_copy);
                let is_answer = s
                    .trips
                    .handle_block(&block, report.time, report.frame.source);
                if is_answer {
                    self.join_halves(at, by, report);
                }
            }
        }
    }

    /// A half of the round trip was measured; with the other half, of the reporter's own stream, it is a whole one.
    fn join_halves(&mut self, measured: Option<u32>, by: Ssrc, report: &Report) {
        let (time, source) = (report.time, report.frame.source);
        let half = |s: Option<&Stream>| s?.rtcp.as_ref()?.trips.half(source, time);
        let other = self.sent_by(&report.media, by);
        let halves = [measured, other].map(|at| half(at.and_then(|at| self.streams.get(at))));
        let [Some(near), Some(far)] = halves else {
            return;
        };
        for (at, own, others) in [(measured, near, far), (other, far, near)] {
            if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
                // At each point it is the same whole: that of the first is enough.
                if !report.is_copy {
                    s.rtcp_mut().trips.handle_both(own, others, time);
                }
            }
        }
    }

    /// Where to note what a source says of itself: at its stream, or until that opens aside.
    fn state_of_sender(&mut self, report: &Report, ssrc: Ssrc) -> Option<&mut RtcpState> {
        let at = self.sent_by(&report.media, ssrc);
        self.state_at(at, report.media.own, ssrc, report.time)
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
    pub(super) fn sent_by(&self, media: &MediaFlows, ssrc: Ssrc) -> Option<u32> {
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
