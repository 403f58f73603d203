//! What parties report of the quality they met (RFC 6035): their figures, and whose they are.

use super::{Plot, Sentence};
use crate::explain::names::user_of;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, counted};
use crate::report::model::{QualityReport, ReportedMetrics};

/// Reports told of one call.
const MOST_REPORTS: usize = 4;

impl Plot<'_> {
    pub(super) fn reported(&self) -> Vec<Sentence> {
        let reports = &self.call.quality_reports;
        let mut told: Vec<Sentence> = reports
            .iter()
            .take(MOST_REPORTS)
            .map(|report| Sentence {
                time: Some(report.time),
                text: self.report(report),
                source: Some("RFC 6035 §4.6"),
            })
            .collect();
        if let Some(next) = reports.get(MOST_REPORTS) {
            let left = (reports.len() - MOST_REPORTS) as u64;
            let more = counted(left, "quality report", "quality reports");
            told.push(Sentence {
                time: Some(next.time),
                text: text![more, " more."],
                source: None,
            });
        }
        told
    }

    fn report(&self, report: &QualityReport) -> Text {
        let frame = self.lookup.frames(&[report.message]).into_iter().next();
        let frame = frame.map(|frame| text![" (", Piece::Frame(frame), ")"]);
        text![sentence(report).0, frame, ": ", sentence(report).1, "."]
    }
}

/// Who reports, and the figures of both directions.
pub(crate) fn sentence(report: &QualityReport) -> (String, String) {
    let name = |uri: &Option<String>| uri.as_deref().map(user_of);
    let local = name(&report.local).unwrap_or_else(|| "a party".to_owned());
    let remote = name(&report.remote).unwrap_or_else(|| "the other party".to_owned());
    let mut figures = Vec::new();
    if let Some(metrics) = &report.local_metrics {
        figures.push(format!("of what {local} received: {}", words(metrics)));
    }
    if let Some(metrics) = &report.remote_metrics {
        figures.push(format!("of what {remote} received: {}", words(metrics)));
    }
    if figures.is_empty() {
        figures.push("no figures".to_owned());
    }
    (format!("{local} reports the quality"), figures.join("; "))
}

/// `loss 12.5 %, thrown away 2 %, jitter 2 ms, round trip 200 ms, MOS-LQ 2.1, MOS-CQ 2`.
fn words(m: &ReportedMetrics) -> String {
    let figure =
        |name: &str, value: Option<f64>, unit: &str| value.map(|v| format!("{name} {v}{unit}"));
    let parts = [
        m.codec.as_deref().map(clean),
        figure("loss", m.lost_percent, " %"),
        figure(
            "thrown away by the jitter buffer",
            m.discarded_percent,
            " %",
        ),
        figure("jitter", m.jitter_ms, " ms"),
        figure("round trip", m.round_trip_ms, " ms"),
        figure("MOS-LQ", m.mos_lq, ""),
        figure("MOS-CQ", m.mos_cq, ""),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "nothing".to_owned(),
        false => parts.join(", "),
    }
}
