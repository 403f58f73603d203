//! TCP segments: the network and the connection of each, and what that is found to be.

use super::{Pipeline, Sink, fate};
use crate::decode::Segment;
use crate::reassembly::TcpLabel;
use crate::sip::Verdict;
use crate::types::{CaptureTime, Flow, FrameRef};

impl Pipeline {
    /// The flow of a segment in the network it belongs to; a connection already open keeps its own.
    pub(super) fn place_segment(&mut self, segment: &Segment<'_>) -> Flow {
        let flow = segment.meta.flow;
        let tcp = &self.tcp;
        let is_open = |scope| tcp.is_open(Flow { scope, ..flow }.key());
        let scope = self.core.networks.of_segment(segment, is_open);
        Flow { scope, ..flow }
    }

    /// What its connection is found to be now.
    pub(super) fn handle_segment(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: &mut dyn Sink,
    ) -> TcpLabel {
        let core = &mut self.core;
        let flow = segment.meta.flow;
        core.segment = Some((flow, segment.meta.stack));
        let mut boring = None;
        let mut label = self.tcp.handle_segment(segment, frame, time, &mut |event| {
            if core.handle_stream(event, sink) == Verdict::NotSip {
                boring = Some(flow.key());
            }
        });
        if let Some(key) = boring {
            self.tcp.ignore(key);
        }
        let ports = [flow.src.port, flow.dst.port];
        let found = fate::peek(label, ports, segment.payload)
            .or((boring.is_some() && label == TcpLabel::UNKNOWN).then_some(fate::OTHER));
        if let Some(found) = found {
            label = found;
            self.tcp.label(flow.key(), found);
        }
        if self.core.sip_connections.contains(&flow.key()) {
            label = fate::SIP;
        }
        let agreed = self.core.agreed.found.iter();
        for (_, found) in agreed.filter(|(key, _)| *key == flow.key()) {
            label = *found;
        }
        self.label_sip_connections();
        label
    }

    /// Connections are labelled where the table of connections is at hand.
    pub(super) fn label_sip_connections(&mut self) {
        while let Some(key) = self.core.sip_connections.pop() {
            self.tcp.label(key, fate::SIP);
        }
        for (key, label) in self.core.agreed.found.drain(..) {
            self.tcp.label(key, label);
        }
    }
}
