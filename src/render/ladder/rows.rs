//! The arrows of a scene as rows of a drawing: what fits on an arrow and beside it.

use super::SENTENCES_FROM;
use super::draw::{Row, host_name};
use crate::explain::{Arrow, Media, Said, Scene, Sender, Way, What};
use crate::render::clock::{Reference, time_column};
use crate::render::style::{Style, TimeColumn};
use crate::render::text::{cut, short_duration};
use crate::report::model::Timestamp;

/// A longer sender of media is cut: its figures stand behind it.
const LONGEST_SENDER: usize = 20;

/// A row an arrow, with the lanes it joins and the time since the row before.
pub(super) fn rows(scene: &Scene, arrows: &[(&Arrow, (usize, usize))], style: &Style) -> Vec<Row> {
    let names: Vec<String> = scene.hosts.iter().map(host_name).collect();
    let first = arrows.first().map(|(arrow, _)| arrow.time);
    let deltas = matches!(style.times, TimeColumn::Delta | TimeColumn::DeltaDisplayed);
    let mut previous: Option<Timestamp> = None;
    let mut rows = Vec::with_capacity(arrows.len());
    for (arrow, lanes) in arrows {
        let at = Reference {
            first,
            previous_message: None,
            previous_line: previous,
        };
        let gap = match previous {
            _ if deltas => String::new(),
            None => "-".into(),
            Some(before) => short_duration((arrow.time.0 - before.0).as_secs_f64()),
        };
        rows.push(Row {
            time: time_column(arrow.time, style, at, 3),
            gap,
            ..row(arrow, *lanes, &names, style)
        });
        previous = Some(arrow.time);
    }
    rows
}

/// The row without its times.
fn row(arrow: &Arrow, (from, to): (usize, usize), names: &[String], style: &Style) -> Row {
    let mut row = Row {
        frame: arrow.frame.as_ref().map_or("-".into(), ToString::to_string),
        time: String::new(),
        gap: String::new(),
        from,
        to,
        labels: Vec::new(),
        media: true,
        both_ways: false,
        sentence: String::new(),
        sender: String::new(),
        note: String::new(),
        spare: String::new(),
        ink: arrow.ink,
    };
    match &arrow.what {
        What::Message(said) => {
            row.media = false;
            row.labels = labels(said);
            row.spare = spare(said);
            row.sentence = said.sentence.with_names(names);
            row.sender = names.get(arrow.from).cloned().unwrap_or_default();
            row.note = match style.columns() {
                SENTENCES_FROM.. => row.sentence.clone(),
                _ => squeezed(&said.gist.to_string()),
            };
        }
        What::Media(media) => {
            row.labels = media_labels(media);
            row.both_ways = media.ways.len() > 1;
            row.note = figures(media, names);
        }
        What::Beside(beside) => {
            row.labels = vec![beside.protocol.name().to_owned()];
            row.both_ways = beside.ways.len() > 1;
            let line = |way: &Sender| sent(way.from, &way.figures(), names);
            let gist = Some(beside.gist.clone()).filter(|gist| !gist.is_empty());
            let lines: Vec<String> = gist
                .into_iter()
                .chain(beside.ways.iter().map(line))
                .collect();
            row.note = lines.join("\n");
        }
        What::Waited(waited) => {
            row.media = false;
            row.labels = vec![waited.label.clone()];
            row.sentence = waited.sentence.with_names(names);
            row.sender = names.get(arrow.from).cloned().unwrap_or_default();
            if style.columns() >= SENTENCES_FROM {
                row.note = row.sentence.clone();
            }
        }
        What::Digits(digits) => row.labels = vec![format!("DTMF {digits}")],
    }
    row
}

/// `INVITE 1 SDP`, `180 Ringing SDP`, `200 OK (BYE)`, and what of it fits a narrower arrow.
fn labels(said: &Said) -> Vec<String> {
    let sdp = if said.has_sdp { " SDP" } else { "" };
    let method = said.method.as_str();
    match said.status {
        None => {
            let number = said.cseq.map_or(String::new(), |n| format!(" {n}"));
            vec![
                format!("{method}{number}{sdp}"),
                format!("{method}{sdp}"),
                method.to_owned(),
            ]
        }
        Some(status) => {
            let reason = said.reason.as_deref().filter(|reason| !reason.is_empty());
            let reason = reason.map_or(String::new(), |reason| format!(" {reason}"));
            let of = match method {
                "INVITE" | "?" => String::new(),
                method => format!(" ({method})"),
            };
            // Of a success the method tells more, of a refusal its reason.
            let shorter = match status {
                200..=299 if !of.is_empty() => &of,
                _ => &reason,
            };
            vec![
                format!("{status}{reason}{of}{sdp}"),
                format!("{status}{shorter}{sdp}"),
                format!("{status}{sdp}"),
                format!("{status}"),
            ]
        }
    }
}

/// What a short label leaves unsaid.
fn spare(said: &Said) -> String {
    let sdp = if said.has_sdp { ", SDP" } else { "" };
    match (&said.reason, said.cseq) {
        (Some(reason), _) => reason.clone(),
        (None, Some(cseq)) => format!("CSeq {cseq}{sdp}"),
        (None, None) => String::new(),
    }
}

/// For a narrow margin.
fn squeezed(gist: &str) -> String {
    gist.replace(", ", ",").replace("telephone-event", "DTMF")
}

fn media_labels(media: &Media) -> Vec<String> {
    let name = if media.secure { "SRTP" } else { "RTP" };
    vec![format!("{name} {}", media.codec), name.into()]
}

fn sent(from: usize, figures: &str, names: &[String]) -> String {
    let sender = names.get(from).map_or("-", String::as_str);
    format!("{}: {figures}", cut(sender, LONGEST_SENDER, ".."))
}

/// A line for each direction, named by its sender: two figures side by side would need a legend.
fn figures(media: &Media, names: &[String]) -> String {
    let line = |way: &Way| sent(way.from, &way.figures(), names);
    let lines: Vec<String> = media.ways.iter().map(line).collect();
    lines.join("\n")
}
