//! What RTCP said about a stream, in the report's form.

use super::model::{self, Timestamp, round_to};
use super::streams::ms;
use crate::media::{ExtendedFigures, FeedbackCounts, FlawSeen, RtcpFigures, Sync, WorstInterval};
use crate::rtp::rtcp::{VoipMetrics, block_name};
use crate::types::FrameRef;

pub(super) fn rtcp(r: &RtcpFigures) -> model::Rtcp {
    let trip = r.round_trip;
    let total = r.round_trip_total;
    model::Rtcp {
        sender_reports: r.sender_reports,
        receiver_reports: r.receiver_reports,
        srtcp_packets: r.enciphered,
        reported_by: r.reported_by.map(Into::into),
        loss_before_capture: r.loss.map(|l| l.before),
        loss_after_capture: r.loss.map(|l| l.after),
        loss_compared: r.loss.map(|l| l.covered),
        worst_interval: r.worst.as_ref().map(interval),
        reported_lost: r.reported_lost,
        reported_fraction_lost_percent: percent(r.reported_fraction_lost_percent),
        reported_jitter_ms: ms(r.reported_jitter_ms),
        reported_jitter_mean_ms: ms(r.jitter.map(|j| j.reported_ms)),
        jitter_here_mean_ms: ms(r.jitter.map(|j| j.here_ms)),
        round_trip_ms: ms(trip.map(|t| t.last)),
        round_trip_min_ms: ms(trip.map(|t| t.min)),
        round_trip_mean_ms: ms(trip.map(|t| t.mean)),
        round_trip_max_ms: ms(trip.map(|t| t.max)),
        round_trip_sender_ms: ms(r.round_trip_to_sender_ms),
        round_trip_answered_ms: ms(r.round_trip_answered.map(|t| t.last)),
        round_trips_answered: r.round_trip_answered.map_or(0, |t| t.count),
        round_trip_total_ms: ms(total.map(|t| t.last)),
        round_trip_total_min_ms: ms(total.map(|t| t.min)),
        round_trip_total_mean_ms: ms(total.map(|t| t.mean)),
        round_trip_total_max_ms: ms(total.map(|t| t.max)),
        sender_packets: r.sender_packets,
        sender_octets: r.sender_octets,
        sent_before_first: r.sent_before_first,
        sent_between_reports: r.sent_and_arrived.map(|s| s.sent),
        arrived_between_reports: r.sent_and_arrived.map(|s| s.arrived),
        sender_clock_hz: r.sender_clock_hz.and_then(|hz| round_to(hz, 2)),
        sync: r.sync.as_deref().map(sync),
        cname: r.cname.clone(),
        tool: r.tool.clone(),
        bye_time: r.bye_time.map(Timestamp),
        bye_reason: r.bye_reason.clone(),
        app_packets: r.app_packets,
        xr: r.extended.as_deref().and_then(xr),
        xr_blocks: r
            .extended
            .iter()
            .flat_map(|x| x.kinds())
            .map(block)
            .collect(),
        feedback: r.feedback.as_ref().map(feedback),
        warnings: r.flaws.iter().map(warning).collect(),
    }
}

fn percent(value: Option<f64>) -> Option<f64> {
    value.and_then(|p| round_to(p, 3))
}

fn source(frame: FrameRef) -> u32 {
    frame.source.number()
}

fn interval(w: &WorstInterval) -> model::RtcpInterval {
    model::RtcpInterval {
        source: source(w.frame),
        frame: w.frame.frame.0,
        time: Timestamp(w.time),
        packets: w.packets,
        reported_lost: w.reported,
        lost_here: w.missing,
    }
}

fn sync(s: &Sync) -> model::RtcpSync {
    let ms = |value: f64| round_to(value, 3).unwrap_or(0.0);
    model::RtcpSync {
        sound: s.sound.to_string(),
        later_ms: ms(s.later.last),
        later_min_ms: ms(s.later.min),
        later_mean_ms: ms(s.later.mean),
        later_max_ms: ms(s.later.max),
        reports: s.later.count,
    }
}

fn xr(x: &ExtendedFigures) -> Option<model::RtcpXr> {
    let v: VoipMetrics = x.voip?;
    Some(model::RtcpXr {
        reports: x.voip_blocks,
        reported_by: x.reported_by.map(Into::into),
        source: x.frame.map(source),
        frame: x.frame.map(|f| f.frame.0),
        loss_percent: percent(Some(v.loss_percent)),
        discard_percent: percent(Some(v.discard_percent)),
        burst_density_percent: percent(Some(v.burst_density_percent)),
        gap_density_percent: percent(Some(v.gap_density_percent)),
        burst_duration_ms: v.burst_duration_ms,
        gap_duration_ms: v.gap_duration_ms,
        gmin: v.gmin,
        round_trip_ms: v.round_trip_ms,
        end_system_delay_ms: v.end_system_delay_ms,
        signal_level_dbm0: v.signal_level_dbm0,
        noise_level_dbm0: v.noise_level_dbm0,
        rerl_db: v.rerl_db,
        r_factor: v.r_factor,
        external_r_factor: v.external_r_factor,
        mos_lq: v.mos_lq.and_then(|m| round_to(m, 1)),
        mos_cq: v.mos_cq.and_then(|m| round_to(m, 1)),
        concealment: v.concealment,
        jitter_buffer: v.buffer,
        jitter_buffer_rate: v.buffer_rate,
        jitter_buffer_nominal_ms: v.buffer_nominal_ms,
        jitter_buffer_max_ms: v.buffer_max_ms,
        jitter_buffer_abs_max_ms: v.buffer_abs_max_ms,
    })
}

fn block(kind: u8) -> model::XrBlockSeen {
    model::XrBlockSeen {
        kind,
        name: block_name(kind).map(str::to_owned),
    }
}

fn feedback(f: &FeedbackCounts) -> model::RtcpFeedback {
    model::RtcpFeedback {
        nacks: f.nacks,
        nacked_packets: f.nacked,
        picture_loss: f.picture_loss,
        full_intra: f.full_intra,
        remb: f.max_rates,
        remb_bps: f.max_rate_bps,
        transport_wide: f.transport_wide,
        other: f.other,
    }
}

fn warning(w: &FlawSeen) -> model::RtcpWarning {
    model::RtcpWarning {
        code: w.flaw,
        severity: w.flaw.severity(),
        text: w.flaw.text().to_owned(),
        count: w.count,
        source: source(w.frame),
        frame: w.frame.frame.0,
    }
}
