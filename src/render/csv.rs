//! Tables for spreadsheets (RFC 4180): a heading, commas, quotes where needed, CRLF line ends.
//!
//! Columns carry the names and units of the JSON report; an unknown is an empty field. Control
//! characters are escaped, so a field never spans lines; what a spreadsheet would run is defused.

use super::csv_rows::Rows;
use crate::explain::Lookup;
use crate::explain::media::codec_of;
use crate::report::model::{Message, Report};
use std::fmt::Display;
use std::io::{self, Write};

pub use super::csv_rows::Formulas;

/// The calls.
pub fn calls(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let mut rows = Rows::begin(
        &[
            "id",
            "call_id",
            "from",
            "to",
            "outcome",
            "final_status",
            "ended_by",
            "start_time",
            "ringing_time",
            "answer_time",
            "end_time",
            "post_dial_delay_s",
            "ring_time_s",
            "setup_time_s",
            "talk_time_s",
            "release_time_ms",
            "challenged",
            "codecs",
            "dtmf",
            "streams",
            "findings",
        ],
        formulas,
        w,
    )?;
    for c in &report.calls {
        let codecs: Vec<&str> = c.media.iter().filter_map(|m| m.codec.as_deref()).collect();
        let digits: String = c.dtmf.iter().map(|d| d.digit.as_str()).collect();
        let streams = lookup.streams_of_call(c.id).iter();
        let findings = lookup.findings(&c.findings);
        rows.value(c.id)?
            .text(&c.call_ids.join(" "))?
            .text(&c.caller.uri)?
            .text(&c.callee.uri)?
            .value(c.outcome)?
            .maybe(c.final_status)?
            .maybe(c.ended_by)?
            .value(c.start_time)?
            .maybe(c.ringing_time)?
            .maybe(c.answer_time)?
            .maybe(c.end_time)?
            .maybe(c.post_dial_delay_s)?
            .maybe(c.ring_time_s)?
            .maybe(c.setup_time_s)?
            .maybe(c.talk_time_s)?
            .maybe(c.release_time_ms)?
            .value(c.challenged)?
            .text(&codecs.join(" "))?
            .text(&digits)?
            .text(&joined(streams.map(|s| s.id)))?
            .text(&joined(findings.iter().map(|f| &f.code)))?
            .end()?;
    }
    rows.finish()
}

fn joined<T: Display>(items: impl Iterator<Item = T>) -> String {
    items.map(|i| i.to_string()).collect::<Vec<_>>().join(" ")
}

/// The streams.
pub fn streams(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::begin(
        &[
            "id",
            "ssrc",
            "src",
            "dst",
            "call",
            "kind",
            "from",
            "codec",
            "setup",
            "setup_frame",
            "encrypted",
            "first_time",
            "last_time",
            "duration_s",
            "first_frame",
            "last_frame",
            "packets",
            "bytes",
            "expected",
            "lost",
            "lost_percent",
            "max_lost_burst",
            "out_of_order",
            "duplicates",
            "late",
            "jitter_mean_ms",
            "jitter_max_ms",
            "delta_mean_ms",
            "delta_min_ms",
            "delta_max_ms",
            "delta_max_frame",
            "skew_max_ms",
            "clock_drift_ppm",
            "ptime_ms",
            "payload_kbps",
            "rtp_kbps",
            "ip_kbps",
            "ethernet_kbps",
            "mos",
            "r_factor",
            "mos_ceiling",
            "round_trip_ms",
            "encapsulation",
        ],
        formulas,
        w,
    )?;
    for s in &report.streams {
        rows.value(s.id)?
            .text(&s.ssrc)?
            .value(&s.src)?
            .value(&s.dst)?
            .maybe(s.call)?
            .maybe(s.kind)?
            .maybe(s.from)?
            .text(&codec_of(s))?
            .value(s.setup)?
            .maybe(s.setup_frame)?
            .value(s.encrypted)?
            .value(s.first_time)?
            .value(s.last_time)?
            .value(s.duration_s)?
            .value(s.first_frame)?
            .value(s.last_frame)?
            .value(s.packets)?
            .value(s.bytes)?
            .value(s.expected)?
            .value(s.lost)?
            .maybe(s.lost_percent)?
            .value(s.max_lost_burst)?
            .value(s.out_of_order)?
            .value(s.duplicates)?
            .maybe(s.late)?
            .maybe(s.jitter_mean_ms)?
            .maybe(s.jitter_max_ms)?
            .maybe(s.delta_mean_ms)?
            .maybe(s.delta_min_ms)?
            .maybe(s.delta_max_ms)?
            .maybe(s.delta_max_frame)?
            .maybe(s.skew_max_ms)?
            .maybe(s.clock_drift_ppm)?
            .maybe(s.ptime_ms)?
            .maybe(s.bandwidth.payload_kbps)?
            .maybe(s.bandwidth.rtp_kbps)?
            .maybe(s.bandwidth.ip_kbps)?
            .maybe(s.bandwidth.ethernet_kbps)?
            .maybe(s.quality.mos)?
            .maybe(s.quality.r_factor)?
            .maybe(s.quality.mos_ceiling)?
            .maybe(s.rtcp.as_ref().and_then(|r| r.round_trip_ms))?
            .maybe_text(s.encapsulation.as_deref())?
            .end()?;
    }
    rows.finish()
}

/// The messages, one at a time as the iterator brings them.
pub fn messages(
    messages: &mut dyn Iterator<Item = io::Result<Message>>,
    formulas: Formulas,
    w: &mut dyn Write,
) -> io::Result<()> {
    let mut rows = Rows::begin(
        &[
            "id",
            "source",
            "frame",
            "time",
            "relative_time_s",
            "transport",
            "src",
            "dst",
            "kind",
            "method",
            "request_uri",
            "status",
            "reason",
            "call_id",
            "cseq",
            "branch",
            "from",
            "to",
            "user_agent",
            "content_type",
            "content_length",
            "sdp",
            "transaction",
            "dialog",
            "call",
            "registration",
            "retransmission_of",
            "capture_duplicate_of",
            "request_frame",
            "response_time_ms",
            "warnings",
            "encapsulation",
        ],
        formulas,
        w,
    )?;
    for message in messages {
        let m = message?;
        rows.value(m.id)?
            .value(m.source)?
            .value(m.frame)?
            .value(m.time)?
            .value(m.relative_time_s)?
            .value(m.transport)?
            .value(&m.src)?
            .value(&m.dst)?
            .value(m.kind)?
            .maybe_text(m.method.as_deref())?
            .maybe_text(m.request_uri.as_deref())?
            .maybe(m.status)?
            .maybe_text(m.reason.as_deref())?
            .maybe_text(m.call_id.as_deref())?
            .maybe(m.cseq)?
            .maybe_text(m.branch.as_deref())?
            .maybe_text(m.from.as_ref().map(|p| p.uri.as_str()))?
            .maybe_text(m.to.as_ref().map(|p| p.uri.as_str()))?
            .maybe_text(m.user_agent.as_deref())?
            .maybe_text(m.content_type.as_deref())?
            .maybe(m.content_length)?
            .value(m.sdp.is_some())?
            .maybe(m.transaction)?
            .maybe(m.dialog)?
            .maybe(m.call)?
            .maybe(m.registration)?
            .maybe(m.retransmission_of)?
            .maybe(m.capture_duplicate_of)?
            .maybe(m.request_frame)?
            .maybe(m.response_time_ms)?
            .text(&joined(m.warnings.iter().map(|w| &w.code)))?
            .maybe_text(m.encapsulation.as_deref())?
            .end()?;
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};

    /// A reader of RFC 4180 that knows nothing of the writer.
    fn parse(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
        let mut chars = text.chars().peekable();
        let mut inside = false;
        while let Some(c) = chars.next() {
            match (c, inside) {
                ('"', true) if chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                ('"', _) => inside = !inside,
                (',', false) => row.push(std::mem::take(&mut field)),
                ('\r', false) => {}
                ('\n', false) => {
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                (c, _) => field.push(c),
            }
        }
        rows
    }

    #[test]
    fn commas_quotes_and_controls_survive_in_one_field() {
        let mut report = fixtures::proxied();
        report.calls[0].caller.uri = "sip:\"a,b\"\r\n@h".into();
        let text = rendered(|w| calls(&report, Formulas::Defused, w));
        assert!(text.contains("\"sip:\"\"a,b\"\"\\r\\n@h\""), "{text}");
        let rows = parse(&text);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1][2], "sip:\"a,b\"\\r\\n@h");
        assert_eq!(rows[0].len(), rows[1].len());
    }

    #[test]
    fn every_row_has_a_field_for_every_heading_and_an_unknown_is_empty() {
        let report = fixtures::troubles();
        let mut each = report.messages.clone().into_iter().map(Ok);
        for text in [
            rendered(|w| calls(&report, Formulas::Defused, w)),
            rendered(|w| streams(&report, Formulas::Defused, w)),
            rendered(|w| messages(&mut each, Formulas::Defused, w)),
        ] {
            let rows = parse(&text);
            assert!(rows.len() > 1);
            assert!(rows.iter().all(|r| r.len() == rows[0].len()));
        }
        let rows = parse(&rendered(|w| streams(&report, Formulas::Defused, w)));
        let mos = rows[0].iter().position(|h| h == "mos").unwrap();
        assert_eq!(rows[2][mos], "");
    }
}
