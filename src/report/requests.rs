//! Requests outside calls, and quality reports, in the report's form.

use super::model::{self, Timestamp, round_to};
use super::signalling::ids;
use crate::call::{QualityReport, ReportedMetrics, RequestsRecord};
use crate::types::Delta;

pub(super) fn requests(r: RequestsRecord) -> model::Requests {
    let seconds = |d: Delta| round_to(d.as_secs_f64(), 3);
    let between = r.requests.saturating_sub(1);
    let mean = (between > 0).then(|| (r.last - r.first).as_secs_f64() / f64::from(between));
    model::Requests {
        id: r.no.get(),
        method: r.method.as_str().to_owned(),
        event: r.event,
        client: r.client.into(),
        server: r.server.into(),
        vias: r.vias,
        from: r.from,
        to: r.to,
        requests: r.requests,
        answered: r.answered,
        unanswered: r.unanswered,
        challenged: r.challenged,
        statuses: r
            .statuses
            .iter()
            .map(|(s, n)| (s.to_string(), *n))
            .collect(),
        retransmissions: r.retransmissions,
        first_time: Timestamp(r.first),
        last_time: Timestamp(r.last),
        interval_s: mean.and_then(|s| round_to(s, 3)),
        interval_min_s: r.gaps.and_then(|(min, _)| seconds(min)),
        interval_max_s: r.gaps.and_then(|(_, max)| seconds(max)),
        quality_reports: r.reports.into_iter().map(report).collect(),
        messages: ids(r.messages),
        findings: Vec::new(),
    }
}

pub(super) fn report(r: QualityReport) -> model::QualityReport {
    let metrics = |m: ReportedMetrics| model::ReportedMetrics {
        codec: m.codec,
        lost_percent: m.loss_percent,
        discarded_percent: m.discarded_percent,
        jitter_ms: m.jitter_ms,
        round_trip_ms: m.round_trip_ms,
        mos_lq: m.mos_lq,
        mos_cq: m.mos_cq,
    };
    model::QualityReport {
        message: r.message.get(),
        time: Timestamp(r.time),
        kind: r.kind,
        call_id: r.call_id,
        local: r.local,
        remote: r.remote,
        local_metrics: r.local_metrics.map(metrics),
        remote_metrics: r.remote_metrics.map(metrics),
    }
}
