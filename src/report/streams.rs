//! RTP streams of the report.

use super::digits;
use super::message::encapsulation;
use super::model::{self, Timestamp, round_to};
use super::quality;
use super::rtcp::rtcp;
use super::series::of_stream;
use super::sound;
use crate::media::{BurstFigures, PlayoutFigures, PointFigures, RtcpFigures, StreamRecord};
use crate::types::CaptureTime;
use crate::types::codec::Role;

pub(super) fn ms(value: Option<f64>) -> Option<f64> {
    value.and_then(|v| round_to(v, 3))
}

/// `answer`: when its call was answered, if ever; `None` where that is not known.
pub(super) fn stream(r: &StreamRecord, answer: Option<Option<CaptureTime>>) -> model::Stream {
    let phase = answer.map(|answer| r.phase(answer));
    let f = &r.figures;
    let reports = r.rtcp.as_deref();
    let round_trip = reports.and_then(RtcpFigures::round_trip_total_mean_ms);
    model::Stream {
        id: r.no.get(),
        ssrc: r.ssrc.to_string(),
        src: r.flow.src.into(),
        dst: r.flow.dst.into(),
        call: r.call.map(|c| c.get()),
        kind: r.kind,
        from: r.from,
        encapsulation: encapsulation(r.stack),
        relay: super::other::relay(r),
        payloads: r
            .payloads
            .iter()
            .map(|p| model::Payload {
                payload_type: p.payload_type.get(),
                codec: p.codec.as_deref().map(str::to_owned),
                clock_rate: p.clock.map(|c| c.hz()),
                clock_estimated: p.estimated,
                packets: p.packets,
                keepalive: p.is_keepalive(),
                is_main: p.is_main,
                is_rated_apart: p.is_rated_apart,
                mos: p.rating.and_then(|r| round_to(r.mos, 2)),
                r_factor: p.rating.and_then(|r| round_to(r.r_factor, 2)),
                scale: p.rating.map(|r| r.scale),
            })
            .collect(),
        setup: r.setup,
        setup_rule: r.bind_method,
        setup_frame: r.setup_frame.map(|f| f.frame.0),
        setup_source: r.setup_frame.map(|f| f.source.number()),
        encrypted: r.encrypted,
        first_time: Timestamp(r.first_time),
        last_time: Timestamp(r.last_time),
        duration_s: round_to(f.duration_s, 6).unwrap_or(0.0),
        source: r.first_frame.source.number(),
        first_frame: r.first_frame.frame.0,
        last_frame: r.last_frame.frame.0,
        phase: phase.map(|(phase, _)| phase),
        start_after_answer_s: answer
            .flatten()
            .map(|answer| r.first_time - answer)
            .filter(|since| !since.is_negative())
            .and_then(|since| round_to(since.as_secs_f64(), 6)),
        packets: f.packets,
        early_packets: phase.and_then(|(_, early)| early),
        digits: digits::of_events(r),
        digits_in_sound: digits::of_sound(r),
        bytes: f.bandwidth.rtp_bytes,
        expected: f.expected,
        lost: f.lost,
        lost_percent: f.lost_percent.and_then(|p| round_to(p, 3)),
        max_lost_burst: f.max_lost_burst,
        out_of_order: f.out_of_order,
        duplicates: f.duplicates,
        late: f.late,
        playout: f.playout.iter().map(|p| playout(p, f.expected)).collect(),
        bursts: bursts(&f.bursts, f.ptime_ms),
        pauses: pauses(r),
        sequence_restarts: u64::from(f.sequence_restarts),
        rtcp_style_lost: f.rtcp_style_lost,
        jitter_mean_ms: ms(f.jitter_mean_ms),
        jitter_max_ms: ms(f.jitter_max_ms),
        jitter_last_ms: ms(f.jitter_last_ms),
        jitter_reason: f.jitter_reason.clone(),
        delta_mean_ms: ms(f.delta_mean_ms),
        delta_min_ms: ms(f.delta_min_ms),
        delta_max_ms: ms(f.delta_max_ms),
        delta_max_frame: f.delta_max_frame.map(|f| f.frame.0),
        skew_max_ms: ms(f.skew_max_ms),
        clock_drift_ppm: f.clock_drift_ppm.and_then(|p| round_to(p, 2)),
        ptime_ms: ms(f.ptime_ms),
        bandwidth: model::Bandwidth {
            payload_kbps: ms(f.bandwidth.payload_kbps),
            rtp_kbps: ms(f.bandwidth.rtp_kbps),
            ip_kbps: ms(f.bandwidth.ip_kbps),
            ethernet_kbps: ms(f.bandwidth.ethernet_kbps),
        },
        quality: quality::quality(&f.quality, round_trip),
        sound: r.sound.as_deref().map(sound::of_stream),
        rtcp: reports.map(rtcp),
        points: r.points.iter().map(point).collect(),
        series: r
            .extra
            .iter()
            .filter_map(|e| e.series.as_ref())
            .flat_map(of_stream)
            .collect(),
        work: work(r),
        findings: Vec::new(),
    }
}

fn playout(p: &PlayoutFigures, expected: u64) -> model::Playout {
    model::Playout {
        buffer: p.buffer,
        discarded: p.discarded,
        discarded_percent: percent(p.discarded, expected),
        delay_ms: round_to(p.delay_ms, 3).unwrap_or(0.0),
    }
}

fn percent(part: u64, of: u64) -> Option<f64> {
    let share = 100.0 * part as f64 / of as f64;
    round_to(share, 3).filter(|_| of > 0)
}

fn bursts(b: &BurstFigures, ptime_ms: Option<f64>) -> model::Bursts {
    let bursts = u64::from(b.bursts);
    // A gap lies before, between and behind bursts.
    let gap = ptime_ms.map(|ms| ms * b.gap_packets as f64 / (bursts + 1) as f64);
    let rounded = |percent: Option<f64>| percent.and_then(|p| round_to(p, 3));
    model::Bursts {
        count: bursts,
        packets: b.burst_packets,
        missed: b.burst_losses,
        density_percent: rounded(b.burst_density_percent()),
        mean_duration_ms: ms(ptime_ms.and_then(|ms| b.burst_duration_ms(ms))),
        gap_packets: b.gap_packets,
        gap_missed: b.gap_losses,
        gap_density_percent: rounded(b.gap_density_percent()),
        gap_mean_duration_ms: ms(gap),
        ratio: round_to(b.burst_ratio(), 3).unwrap_or(1.0),
    }
}

fn pauses(r: &StreamRecord) -> model::Pauses {
    let is_noise = |codec: &str| Role::of_codec(codec) == Role::ComfortNoise;
    let noise = r
        .payloads
        .iter()
        .filter(|p| p.codec.as_deref().is_some_and(is_noise));
    model::Pauses {
        count: r.figures.pauses.count,
        total_s: round_to(r.figures.pauses.total_s, 3).unwrap_or(0.0),
        comfort_noise_packets: noise.map(|p| p.packets).sum(),
    }
}

/// What worked arithmetic begins with, where it was kept.
fn work(r: &StreamRecord) -> Option<Box<model::StreamWork>> {
    let extra = r.extra.as_deref()?;
    let facts = extra.work?;
    let one_range = r.figures.sequence_restarts == 0;
    Some(Box::new(model::StreamWork {
        range: one_range.then_some((facts.lowest, facts.highest)),
        payload_bytes: r.figures.bandwidth.payload_bytes,
        ip_bytes: r.figures.bandwidth.ip_bytes,
        ethernet_bytes: r.figures.bandwidth.ethernet_bytes,
        packets: extra.packets.clone(),
        sync: r
            .rtcp
            .as_ref()
            .and_then(|rtcp| Some(rtcp.sync.as_ref()?.of)),
        round_trip: r.rtcp.as_ref().and_then(|rtcp| {
            let (sent, answered, block) = rtcp.round_trip_of?;
            Some(model::RoundTripWork {
                sent,
                answered,
                last_sr: block.last_sr,
                delay_since_last_sr: block.delay_since_last_sr,
            })
        }),
    }))
}

fn point(p: &PointFigures) -> model::Point {
    model::Point {
        source: p.source.number(),
        packets: p.packets,
        lost: p.lost,
        duplicates: p.duplicates,
        first_time: p.first_time.map(Timestamp),
    }
}
