//! What a party reports of the quality it met (RFC 6035), kept with its call.

use super::compact::block;
use super::facts::Arrival;
use crate::sip::{VqMetrics, VqReport};
use crate::types::{CaptureTime, MessageId, text_of};

/// Longest text kept of one field.
const LONGEST: usize = 256;

/// Figures of one direction as reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportedMetrics {
    /// The codec's name.
    pub codec: Option<String>,
    /// Packets lost on the network, percent (NLR).
    pub loss_percent: Option<f64>,
    /// Packets thrown away by the jitter buffer, percent (JDR).
    pub discarded_percent: Option<f64>,
    /// Interarrival jitter in milliseconds (IAJ).
    pub jitter_ms: Option<f64>,
    /// Round trip in milliseconds (RTD).
    pub round_trip_ms: Option<f64>,
    /// Listening quality (MOSLQ).
    pub mos_lq: Option<f64>,
    /// Conversational quality (MOSCQ).
    pub mos_cq: Option<f64>,
}

/// One quality report.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityReport {
    /// The message that carries it.
    pub message: MessageId,
    /// When it was sent.
    pub time: CaptureTime,
    /// `CallTerm`, `Interval`, or as sent.
    pub kind: String,
    /// The Call-ID it is about.
    pub call_id: Option<String>,
    /// Who measured: the LocalID.
    pub local: Option<String>,
    /// The other party: the RemoteID.
    pub remote: Option<String>,
    /// Of what the reporter received.
    pub local_metrics: Option<ReportedMetrics>,
    /// Of what the other party received, as it told the reporter.
    pub remote_metrics: Option<ReportedMetrics>,
}

impl QualityReport {
    pub(super) fn of(report: &VqReport<'_>, arrival: &Arrival<'_>) -> QualityReport {
        let text = |v: &[u8]| text_of(v.get(..LONGEST).unwrap_or(v));
        let metrics = |m: &VqMetrics<'_>| ReportedMetrics {
            codec: m.codec.map(text),
            loss_percent: m.loss_percent,
            discarded_percent: m.discarded_percent,
            jitter_ms: m.jitter_ms,
            round_trip_ms: m.round_trip_ms,
            mos_lq: m.mos_lq,
            mos_cq: m.mos_cq,
        };
        QualityReport {
            message: arrival.id,
            time: arrival.time,
            kind: text(report.kind),
            call_id: report.about().map(text),
            local: report.local.map(text),
            remote: report.remote.map(text),
            local_metrics: report.local_metrics.as_ref().map(metrics),
            remote_metrics: report.remote_metrics.as_ref().map(metrics),
        }
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let texts = [&self.call_id, &self.local, &self.remote];
        let texts = texts.into_iter().flatten().map(|t| block(t.len()));
        size_of::<Self>() + block(self.kind.len()) + texts.sum::<usize>() + 2 * block(16)
    }
}
