//! What a rule about hidden things may look at.

use super::Watch;
use crate::call::CallRecord;
use crate::decode::UndecodedReason;
use crate::diagnosis::capture::LimitHit;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::Rule;
use crate::diagnosis::words::{counted, first_few, packets};
use crate::media::StreamRecord;
use crate::pipeline::census::{Census, Guess, TcpSeen};
use crate::pipeline::{Fate, Summary};
use crate::source::SourceInfo;
use crate::types::{CallNo, FrameRef, Hides, MessageId, Severity};
use std::collections::BTreeSet;

/// Everything that is known of a capture, its packets included.
pub struct Facts<'a> {
    /// The files.
    pub infos: &'a [SourceInfo],
    /// What was counted.
    pub summary: &'a Summary,
    /// The packets, by kind.
    pub census: &'a Census,
    /// Counts over the messages.
    pub watch: &'a Watch,
    /// Calls in order.
    pub calls: &'a [CallRecord],
    /// Streams in order.
    pub streams: &'a [StreamRecord],
    /// Tables that ran full.
    pub limits: Vec<LimitHit>,
    /// The packet of a message.
    pub frame_of: &'a dyn Fn(MessageId) -> Option<FrameRef>,
}

impl Facts<'_> {
    /// Packets of that fate.
    pub fn of(&self, fate: Fate) -> u64 {
        self.summary.counters.fates.of(fate)
    }

    /// All packets.
    pub fn packets(&self) -> u64 {
        self.summary.counters.packets
    }

    pub(in crate::diagnosis) fn has_sip(&self) -> bool {
        self.summary.counters.sip_messages > 0
    }

    pub(in crate::diagnosis) fn has_rtp(&self) -> bool {
        self.of(Fate::Rtp) > 0
    }

    /// True where any stream belongs to a call.
    pub(in crate::diagnosis) fn has_media_of_calls(&self) -> bool {
        self.streams.iter().any(|s| s.call.is_some())
    }

    /// Calls that were answered.
    pub(in crate::diagnosis) fn answered(&self) -> BTreeSet<CallNo> {
        let answered = self.calls.iter().filter(|c| c.answer.is_some());
        answered.map(|c| c.no).collect()
    }

    /// Packets that could not be decoded for that reason.
    pub(in crate::diagnosis) fn undecoded(&self, reason: UndecodedReason) -> u64 {
        let counts = &self.summary.counters.undecoded;
        counts.get(reason.as_str()).copied().unwrap_or(0)
    }

    /// How much it matters what else may hold SIP: where some was found, it only explains.
    pub(in crate::diagnosis) fn unless_sip(&self, hides: Hides) -> (Severity, Option<Hides>) {
        match self.has_sip() {
            true => (Severity::Info, None),
            false => (Severity::Warning, Some(hides)),
        }
    }

    /// Ports of TCP connections with that fate in words, and the first packet.
    pub(in crate::diagnosis) fn tcp_ports(&self, fate: Fate) -> (String, Option<FrameRef>) {
        let mut seen = self.census.tcp();
        seen.retain(|t| t.fate == fate);
        let ports: BTreeSet<u16> = seen.iter().map(|t| t.port()).collect();
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        (first_few(&ports, 5), seen.first().map(|t| t.frame))
    }

    /// TCP connections of that kind, where there are any.
    pub(in crate::diagnosis) fn connections(
        &self,
        wanted: impl Fn(&TcpSeen) -> bool,
    ) -> Option<Connections<'_>> {
        let mut all = self.census.tcp();
        all.retain(|t| wanted(t));
        let first = all.first()?.frame;
        Some(Connections { all, first })
    }

    /// Datagrams that look like SIP of some kind and could not be read.
    pub(in crate::diagnosis) fn unreadable(
        &self,
        rule: &'static Rule,
        guess: Guess,
        title: &str,
        advice: &'static str,
    ) -> Option<Finding> {
        let mut seen = self.census.unknown_udp();
        seen.retain(|u| u.guess == guess);
        let n: u64 = seen.iter().map(|u| u.packets).sum();
        let first = seen.iter().map(|u| u.frame).min()?;
        let flows: Vec<String> = seen.iter().map(|u| u.flow.to_string()).collect();
        let finding = rule
            .found(
                Severity::Warning,
                format!("{} {title}", packets(n)),
                format!("the first: {}", first_few(&flows, 3)),
            )
            .hides(Hides::Sip)
            .advise(advice)
            .packets(n)
            .at(first);
        Some(finding)
    }
}

/// TCP connections of one kind.
pub(in crate::diagnosis) struct Connections<'a> {
    /// At least one, in order of first packet.
    pub(in crate::diagnosis) all: Vec<&'a TcpSeen>,
    /// The first packet of the first.
    pub(in crate::diagnosis) first: FrameRef,
}

impl Connections<'_> {
    /// `1 TCP connection`, with the words for one and for several.
    pub(in crate::diagnosis) fn counted(&self, one: &str, many: &str) -> String {
        counted(self.all.len() as u64, one, many)
    }

    /// Their flows, the first three.
    pub(in crate::diagnosis) fn flows(&self) -> String {
        let flows: Vec<String> = self.all.iter().map(|t| t.flow.to_string()).collect();
        first_few(&flows, 3)
    }
}
