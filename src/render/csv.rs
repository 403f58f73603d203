//! Tables for spreadsheets (RFC 4180): a heading, commas, quotes where needed, CRLF line ends.
//!
//! Columns carry the names and units of the JSON report; an unknown is an empty field. Control
//! characters are escaped, so a field never spans lines; what a spreadsheet would run is defused.

use super::csv_rows::{Column, figure, maybe, table, text};
use crate::explain::Lookup;
use crate::explain::media::codec_of;
use crate::media::PlayoutBuffer;
use crate::report::model::{
    Call, Message, Registration, RegistrationAttempt, Report, Rtcp, SeriesStep, Stream,
};
use std::fmt::Display;
use std::io::{self, Write};

pub use super::csv_rows::Formulas;

/// The calls.
pub fn calls(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    let rows = report.calls.iter().map(Ok);
    table(&call_columns(), rows, &Lookup::new(report), formulas, w)
}

/// The registrations, a row an attempt.
pub fn registrations(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    let all = report.registrations.iter();
    let rows = all.flat_map(|r| r.attempts.iter().map(move |a| Ok((r, a))));
    table(&registration_columns(), rows, &(), formulas, w)
}

/// The streams.
pub fn streams(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    table(STREAMS, report.streams.iter().map(Ok), &(), formulas, w)
}

/// The streams second by second, a row a step.
pub fn series(report: &Report, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    let all = report.streams.iter();
    let rows = all.flat_map(|s| s.series.iter().map(move |step| Ok((s, step))));
    table(&series_columns(), rows, &(), formulas, w)
}

/// The messages, one at a time as the iterator brings them.
pub fn messages(
    messages: &mut dyn Iterator<Item = io::Result<Message>>,
    formulas: Formulas,
    w: &mut dyn Write,
) -> io::Result<()> {
    table(MESSAGES, messages, &(), formulas, w)
}

// No constant, as each report has a look-up of its own.
fn call_columns<'r>() -> Vec<Column<Call, Lookup<'r>>> {
    vec![
        ("id", |c, _| figure(c.id)),
        ("call_id", |c, _| text(c.call_ids.join(" "))),
        ("from", |c, _| text(&c.caller.uri)),
        ("to", |c, _| text(&c.callee.uri)),
        ("outcome", |c, _| figure(c.outcome)),
        ("final_status", |c, _| maybe(c.final_status)),
        ("ended_by", |c, _| maybe(c.ended_by)),
        ("start_time", |c, _| figure(c.start_time)),
        ("ringing_time", |c, _| maybe(c.ringing_time)),
        ("answer_time", |c, _| maybe(c.answer_time)),
        ("end_time", |c, _| maybe(c.end_time)),
        ("post_dial_delay_s", |c, _| maybe(c.post_dial_delay_s)),
        ("ring_time_s", |c, _| maybe(c.ring_time_s)),
        ("setup_time_s", |c, _| maybe(c.setup_time_s)),
        ("talk_time_s", |c, _| maybe(c.talk_time_s)),
        ("release_time_ms", |c, _| maybe(c.release_time_ms)),
        ("challenged", |c, _| figure(c.challenged)),
        ("codecs", |c, _| text(codecs(c))),
        ("dtmf", |c, _| text(digits(c))),
        ("streams", |c, l| {
            text(joined(l.streams_of_call(c.id).iter().map(|s| s.id)))
        }),
        ("findings", |c, l| {
            text(joined(l.findings(&c.findings).iter().map(|f| &f.code)))
        }),
    ]
}

// No constant, as its rows are borrowed.
fn registration_columns<'r>() -> Vec<Column<(&'r Registration, &'r RegistrationAttempt), ()>> {
    vec![
        ("id", |(r, _), _| figure(r.id)),
        ("aor", |(r, _), _| text(&r.aor)),
        ("registrar", |(r, _), _| figure(&r.registrar)),
        ("client", |(r, _), _| figure(&r.client)),
        ("call_id", |(r, _), _| text(&r.call_id)),
        ("time", |(_, a), _| figure(a.time)),
        ("kind", |(_, a), _| figure(a.kind)),
        ("outcome", |(_, a), _| figure(a.outcome)),
        ("outcome_reason", |(_, a), _| {
            text(a.outcome_reason.as_deref().unwrap_or_default())
        }),
        ("status", |(_, a), _| maybe(a.status)),
        ("challenged", |(_, a), _| figure(a.challenged)),
        ("credentials_sent", |(_, a), _| figure(a.credentials_sent)),
        ("expires_s", |(_, a), _| maybe(a.expires_s)),
        ("contacts", |(_, a), _| text(a.contacts.join(" "))),
        ("delay_ms", |(_, a), _| maybe(a.delay_ms)),
    ]
}

// No constant, as its rows are borrowed.
fn series_columns<'r>() -> Vec<Column<(&'r Stream, &'r SeriesStep), ()>> {
    vec![
        ("stream", |(s, _), _| figure(s.id)),
        ("ssrc", |(s, _), _| text(&s.ssrc)),
        ("src", |(s, _), _| figure(&s.src)),
        ("dst", |(s, _), _| figure(&s.dst)),
        ("call", |(s, _), _| maybe(s.call)),
        ("time", |(_, t), _| figure(t.time)),
        ("relative_time_s", |(_, t), _| figure(t.relative_time_s)),
        ("step_s", |(_, t), _| figure(t.step_s)),
        ("packets", |(_, t), _| figure(t.packets)),
        ("lost", |(_, t), _| figure(t.lost)),
        ("duplicates", |(_, t), _| figure(t.duplicates)),
        ("jitter_ms", |(_, t), _| maybe(t.jitter_ms)),
        ("jitter_max_ms", |(_, t), _| maybe(t.jitter_max_ms)),
        ("delta_max_ms", |(_, t), _| maybe(t.delta_max_ms)),
        ("payload_kbps", |(_, t), _| figure(t.payload_kbps)),
        ("rtp_kbps", |(_, t), _| figure(t.rtp_kbps)),
        ("ip_kbps", |(_, t), _| figure(t.ip_kbps)),
        ("ethernet_kbps", |(_, t), _| figure(t.ethernet_kbps)),
    ]
}

const STREAMS: &[Column<Stream, ()>] = &[
    ("id", |s, _| figure(s.id)),
    ("ssrc", |s, _| text(&s.ssrc)),
    ("src", |s, _| figure(&s.src)),
    ("dst", |s, _| figure(&s.dst)),
    ("call", |s, _| maybe(s.call)),
    ("kind", |s, _| maybe(s.kind)),
    ("from", |s, _| maybe(s.from)),
    ("codec", |s, _| text(codec_of(s))),
    ("setup", |s, _| figure(s.setup)),
    ("setup_frame", |s, _| maybe(s.setup_frame)),
    ("encrypted", |s, _| figure(s.encrypted)),
    ("first_time", |s, _| figure(s.first_time)),
    ("last_time", |s, _| figure(s.last_time)),
    ("duration_s", |s, _| figure(s.duration_s)),
    ("first_frame", |s, _| figure(s.first_frame)),
    ("last_frame", |s, _| figure(s.last_frame)),
    ("packets", |s, _| figure(s.packets)),
    ("bytes", |s, _| figure(s.bytes)),
    ("expected", |s, _| figure(s.expected)),
    ("lost", |s, _| figure(s.lost)),
    ("lost_percent", |s, _| maybe(s.lost_percent)),
    ("max_lost_burst", |s, _| figure(s.max_lost_burst)),
    ("out_of_order", |s, _| figure(s.out_of_order)),
    ("duplicates", |s, _| figure(s.duplicates)),
    ("late", |s, _| maybe(s.late)),
    ("jitter_mean_ms", |s, _| maybe(s.jitter_mean_ms)),
    ("jitter_max_ms", |s, _| maybe(s.jitter_max_ms)),
    ("delta_mean_ms", |s, _| maybe(s.delta_mean_ms)),
    ("delta_min_ms", |s, _| maybe(s.delta_min_ms)),
    ("delta_max_ms", |s, _| maybe(s.delta_max_ms)),
    ("delta_max_frame", |s, _| maybe(s.delta_max_frame)),
    ("skew_max_ms", |s, _| maybe(s.skew_max_ms)),
    ("clock_drift_ppm", |s, _| maybe(s.clock_drift_ppm)),
    ("ptime_ms", |s, _| maybe(s.ptime_ms)),
    ("payload_kbps", |s, _| maybe(s.bandwidth.payload_kbps)),
    ("rtp_kbps", |s, _| maybe(s.bandwidth.rtp_kbps)),
    ("ip_kbps", |s, _| maybe(s.bandwidth.ip_kbps)),
    ("ethernet_kbps", |s, _| maybe(s.bandwidth.ethernet_kbps)),
    ("mos", |s, _| maybe(s.quality.mos)),
    ("r_factor", |s, _| maybe(s.quality.r_factor)),
    ("mos_ceiling", |s, _| maybe(s.quality.mos_ceiling)),
    ("mos_scale", |s, _| maybe(s.quality.scale)),
    ("mos_conversational", |s, _| {
        maybe(s.quality.mos_conversational)
    }),
    ("round_trip_ms", |s, _| {
        maybe(s.rtcp.as_ref().and_then(|r| r.round_trip_ms))
    }),
    ("encapsulation", |s, _| {
        text(s.encapsulation.as_deref().unwrap_or_default())
    }),
    ("phase", |s, _| maybe(s.phase)),
    ("start_after_answer_s", |s, _| maybe(s.start_after_answer_s)),
    ("early_packets", |s, _| maybe(s.early_packets)),
    ("digits", |s, _| {
        text(s.digits.as_deref().unwrap_or_default())
    }),
    ("digits_in_sound", |s, _| {
        text(s.digits_in_sound.as_deref().unwrap_or_default())
    }),
    ("discarded_fixed_40", |s, _| {
        maybe(discarded(s, PlayoutBuffer::Fixed40))
    }),
    ("discarded_fixed_60", |s, _| {
        maybe(discarded(s, PlayoutBuffer::Fixed60))
    }),
    ("discarded_fixed_200", |s, _| {
        maybe(discarded(s, PlayoutBuffer::Fixed200))
    }),
    ("discarded_adaptive", |s, _| {
        maybe(discarded(s, PlayoutBuffer::Adaptive))
    }),
    ("bursts", |s, _| figure(s.bursts.count)),
    ("burst_density_percent", |s, _| {
        maybe(s.bursts.density_percent)
    }),
    ("burst_mean_duration_ms", |s, _| {
        maybe(s.bursts.mean_duration_ms)
    }),
    ("gap_density_percent", |s, _| {
        maybe(s.bursts.gap_density_percent)
    }),
    ("burst_ratio", |s, _| figure(s.bursts.ratio)),
    ("pauses", |s, _| figure(s.pauses.count)),
    ("pauses_total_s", |s, _| figure(s.pauses.total_s)),
    ("delay_total_ms", |s, _| {
        maybe(s.quality.delay_ms.as_ref().and_then(|d| d.total))
    }),
    ("reported_lost", |s, _| maybe(rtcp(s, |r| r.reported_lost))),
    ("reported_jitter_ms", |s, _| {
        maybe(rtcp(s, |r| r.reported_jitter_ms))
    }),
    ("loss_before_capture", |s, _| {
        maybe(rtcp(s, |r| r.loss_before_capture))
    }),
    ("loss_after_capture", |s, _| {
        maybe(rtcp(s, |r| r.loss_after_capture))
    }),
    ("round_trip_total_ms", |s, _| {
        maybe(rtcp(s, |r| r.round_trip_total_ms))
    }),
    ("level_dbov", |s, _| {
        maybe(s.sound.as_ref().and_then(|s| s.level_dbov))
    }),
    ("first_dbov", |s, _| {
        maybe(s.sound.as_ref().and_then(|s| s.first_dbov))
    }),
    ("silent_percent", |s, _| {
        maybe(s.sound.as_ref().and_then(|s| s.silent_percent))
    }),
];

const MESSAGES: &[Column<Message, ()>] = &[
    ("id", |m, _| figure(m.id)),
    ("source", |m, _| figure(m.source)),
    ("frame", |m, _| figure(m.frame)),
    ("time", |m, _| figure(m.time)),
    ("relative_time_s", |m, _| figure(m.relative_time_s)),
    ("transport", |m, _| figure(m.transport)),
    ("src", |m, _| figure(&m.src)),
    ("dst", |m, _| figure(&m.dst)),
    ("kind", |m, _| figure(m.kind)),
    ("method", |m, _| {
        text(m.method.as_deref().unwrap_or_default())
    }),
    ("request_uri", |m, _| {
        text(m.request_uri.as_deref().unwrap_or_default())
    }),
    ("status", |m, _| maybe(m.status)),
    ("reason", |m, _| {
        text(m.reason.as_deref().unwrap_or_default())
    }),
    ("call_id", |m, _| {
        text(m.call_id.as_deref().unwrap_or_default())
    }),
    ("cseq", |m, _| maybe(m.cseq)),
    ("branch", |m, _| {
        text(m.branch.as_deref().unwrap_or_default())
    }),
    ("from", |m, _| {
        text(m.from.as_ref().map(|p| p.uri.as_str()).unwrap_or_default())
    }),
    ("to", |m, _| {
        text(m.to.as_ref().map(|p| p.uri.as_str()).unwrap_or_default())
    }),
    ("user_agent", |m, _| {
        text(m.user_agent.as_deref().unwrap_or_default())
    }),
    ("content_type", |m, _| {
        text(m.content_type.as_deref().unwrap_or_default())
    }),
    ("content_length", |m, _| maybe(m.content_length)),
    ("sdp", |m, _| figure(m.sdp.is_some())),
    ("transaction", |m, _| maybe(m.transaction)),
    ("dialog", |m, _| maybe(m.dialog)),
    ("call", |m, _| maybe(m.call)),
    ("registration", |m, _| maybe(m.registration)),
    ("retransmission_of", |m, _| maybe(m.retransmission_of)),
    ("capture_duplicate_of", |m, _| maybe(m.capture_duplicate_of)),
    ("request_frame", |m, _| maybe(m.request_frame)),
    ("response_time_ms", |m, _| maybe(m.response_time_ms)),
    ("warnings", |m, _| {
        text(joined(m.warnings.iter().map(|w| w.code)))
    }),
    ("encapsulation", |m, _| {
        text(m.encapsulation.as_deref().unwrap_or_default())
    }),
];

fn rtcp<T>(s: &Stream, of: impl Fn(&Rtcp) -> Option<T>) -> Option<T> {
    s.rtcp.as_ref().and_then(of)
}

fn discarded(s: &Stream, buffer: PlayoutBuffer) -> Option<u64> {
    let one = s.playout.iter().find(|p| p.buffer == buffer);
    one.map(|p| p.discarded)
}

fn codecs(c: &Call) -> String {
    let mut codecs: Vec<&str> = Vec::new();
    for codec in c.media.iter().filter_map(|m| m.codec.as_deref()) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    joined(codecs.into_iter())
}

fn digits(c: &Call) -> String {
    c.dtmf.iter().map(|d| d.digit.as_str()).collect()
}

fn joined<T: Display>(items: impl Iterator<Item = T>) -> String {
    items.map(|i| i.to_string()).collect::<Vec<_>>().join(" ")
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
