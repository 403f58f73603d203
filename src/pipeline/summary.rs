//! What is known when the capture is over.

use super::{Counters, Fate, Pipeline, Sink};
use crate::reassembly::{FragmentCounters, MissingFragments, TcpCounters};
use crate::types::CaptureTime;

/// What is known when the capture is over.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What was counted.
    pub counters: Counters,
    /// Time of the first packet handled.
    pub first_time: Option<CaptureTime>,
    /// Streams have their figures second by second.
    pub series: bool,
    /// Datagrams whose later fragments never came.
    pub fragments_missing: MissingFragments,
    /// What was counted of fragments.
    pub fragments: FragmentCounters,
    /// What was counted of TCP.
    pub tcp: TcpCounters,
    /// Bounds that were hit.
    pub limits_reached: LimitsReached,
}

/// Which bounds were hit, and how often.
#[derive(Clone, Debug, Default)]
pub struct LimitsReached {
    /// Call-IDs closed before their time.
    pub call_ids_closed_early: u64,
    /// Transactions and dialogs closed before their time, because their Call-ID had too many.
    pub transactions_closed_early: u64,
    /// Messages of a Call-ID that has too many to list them all.
    pub messages_unlisted: u64,
    /// Messages whose Call-ID, tags or branch are too long to be kept: they belong to no call.
    pub keys_too_long: u64,
    /// Requests outside calls and registrations beyond the kinds that are told apart.
    pub requests_refused: u64,
    /// Media tables.
    pub media: crate::media::LimitsReached,
    /// VLANs or tunnels that belong together and were kept apart.
    pub networks_not_joined: u64,
    /// Fragmented datagrams given up because the table was full.
    pub fragments_evicted: u64,
    /// Fragments beyond what is kept of one datagram.
    pub fragments_beyond: u64,
    /// TCP connections dropped because the table was full.
    pub tcp_connections_evicted: u64,
    /// TCP holes given up because too much waited behind them.
    pub tcp_queue_overflows: u64,
    /// WebSocket messages longer than is read.
    pub websocket_messages_too_long: u64,
    /// Fragments of SCTP messages given up because too many were held.
    pub sctp_fragments_dropped: u64,
    /// SCTP messages longer than is read.
    pub sctp_messages_too_long: u64,
    /// Compressed payloads of capture agents longer than is read.
    pub hep_payloads_too_long: u64,
    /// Directions of SCTP associations forgotten because the table was full.
    pub sctp_directions_evicted: u64,
    /// Messages on streams cut where they stood, because too many others were unfinished too.
    pub unfinished_messages_given_up: u64,
    /// Messages on streams longer than is read.
    pub stream_messages_too_long: u64,
    /// Segments of TCP connections of media that found too many others.
    pub agreed_segments_refused: u64,
}

impl Pipeline {
    /// The capture is over: closes everything and says what was counted.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        self.fragments.finish();
        self.show_incomplete(sink);
        let core = &mut self.core;
        self.tcp.finish(&mut |event| {
            core.handle_stream(event, sink);
        });
        core.end_streams(sink);
        core.expire_pieces(CaptureTime::MAX, sink);
        core.release_ties(CaptureTime::MAX, sink);
        self.label_sip_connections();
        let core = &mut self.core;
        while core.calls.finish() {
            core.hand_on_signalling(None, sink);
        }
        core.media.finish();
        core.hand_on(None, sink);
        let media = core.media.counters();
        core.counters.rtcp_packets = media.rtcp;
        core.counters.stun_packets = media.stun;
        let fates = &mut core.counters.fates;
        fates.turn(Fate::RtpUnproven, Fate::Rtp, media.proven);
        fates.settle_tcp(self.tcp.packets_by_label(), core.tcp_carried);
        Summary {
            counters: std::mem::take(&mut core.counters),
            first_time: core.first_time,
            series: core.series,
            fragments_missing: self.fragments.missing(),
            fragments: self.fragments.counters(),
            tcp: self.tcp.counters(),
            limits_reached: LimitsReached {
                call_ids_closed_early: core.calls.closed_early(),
                transactions_closed_early: core.calls.transactions_closed_early(),
                messages_unlisted: core.calls.messages_unlisted(),
                keys_too_long: core.calls.keys_too_long(),
                requests_refused: core.calls.requests_refused(),
                media: core.media.limits_reached(),
                networks_not_joined: core.networks.refused(),
                fragments_evicted: self.fragments.counters().evicted,
                fragments_beyond: self.fragments.counters().too_many,
                tcp_connections_evicted: self.tcp.counters().evicted,
                tcp_queue_overflows: self.tcp.counters().queue_overflows,
                websocket_messages_too_long: core.streams.websocket_too_long(),
                unfinished_messages_given_up: core.streams.given_up(),
                stream_messages_too_long: core.streams.too_long(),
                agreed_segments_refused: core.agreed.refused,
                sctp_fragments_dropped: self.sctp.counters().overflows,
                sctp_messages_too_long: self.sctp.counters().too_long,
                hep_payloads_too_long: core.relayed_too_long,
                sctp_directions_evicted: self.sctp.counters().evicted,
            },
        }
    }
}
