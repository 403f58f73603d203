//! Ladder diagrams: a column a host, an arrow a message, media as arrows of their own.

mod draw;
mod fold;
mod meaning;
mod scene;
mod steps;

use super::clock::{Reference, start_column, time_column};
use super::style::{Ink, Style, TimeColumn};
use super::text::{Align, cut, pad, short_duration, width, wrap};
use crate::explain::Lookup;
use crate::explain::media::codec_of;
use crate::explain::media::in_one_gap;
use crate::explain::names::{address_of, ended_by, outcome, party, party_in_full};
use crate::explain::words::{clean, counted, duration, number};
use crate::report::model::{Call, DtmfMethod, Message, Registration, Report, Stream, Timestamp};
use crate::types::Party;
use draw::{Row, draw};
use fold::Fold;
use scene::Scene;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use steps::Step;

pub(crate) use draw::SENTENCES_FROM;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One call, by its id.
    Call(u32),
    /// One registration, by its id.
    Registration(u32),
    /// Every call.
    Calls,
    /// Every registration and every call, in time order.
    Everything,
}

/// How much of one call or registration is drawn. What is beyond is counted under the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows: messages, streams, runs of digits.
    pub rows: usize,
    /// Lanes: hosts beyond share the last one. At least three.
    pub hosts: usize,
}

impl Extent {
    /// More than anyone reads.
    pub const READABLE: Extent = Extent {
        rows: 2000,
        hosts: 50,
    };
    /// All there is.
    pub const ALL: Extent = Extent {
        rows: usize::MAX,
        hosts: usize::MAX,
    };
}

/// Draws one ladder for each call or registration asked for; `Ok(false)` where there is none.
///
/// From 120 columns on the margin says what each step means; below, it shows codecs and repeats.
pub fn render(
    report: &Report,
    which: Which,
    extent: Extent,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<bool> {
    enum Item<'a> {
        Call(&'a Call),
        Registration(&'a Registration),
    }
    let lookup = Lookup::new(report);
    let mut items: Vec<(Option<Timestamp>, Item<'_>)> = Vec::new();
    for call in &report.calls {
        if which == Which::Call(call.id) || matches!(which, Which::Calls | Which::Everything) {
            items.push((Some(call.start_time), Item::Call(call)));
        }
    }
    for r in &report.registrations {
        if which == Which::Registration(r.id) || which == Which::Everything {
            items.push((r.attempts.first().map(|a| a.time), Item::Registration(r)));
        }
    }
    items.sort_by_key(|(start, _)| *start);
    for (n, (_, item)) in items.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        match item {
            Item::Call(call) => {
                call_title(call, style, w)?;
                let all = format!("sipflow ladder FILE --call {} --all", call.id);
                let rest = Rest {
                    rows: &all,
                    hosts: &all,
                };
                call_ladder(&lookup, call, extent, rest, style, w)?;
            }
            Item::Registration(registration) => {
                registration_ladder(&lookup, registration, extent, style, w)?;
            }
        }
    }
    Ok(!items.is_empty())
}

/// `CALL 1   alice -> bob, completed (200), 4.1 s, ended by bob          Call-ID b6badf14-8a1c`
pub(crate) fn call_title(call: &Call, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let (outcome, _) = outcome(call);
    let mut title = format!(
        "CALL {}   {} -> {}, {outcome}",
        call.id,
        party(&call.caller),
        party(&call.callee)
    );
    if let Some(talk) = call.talk_time_s {
        title += &format!(", {}", duration(talk));
    }
    if let (Some(by), Some(_)) = (ended_by(call), call.talk_time_s) {
        title += &format!(", ended by {by}");
    }
    let start = format!("   {}", start_column(call.start_time, style, 3));
    let title = cut(&title, style.columns(), style.ellipsis());
    let call_id = call.call_ids.first().map_or("-", String::as_str);
    let context = format!("{start}   Call-ID {}", clean(call_id));
    let room = style.columns().saturating_sub(width(&title));
    let context = match width(&context) <= room {
        true => context,
        false if room > width(&start) + 20 => cut(&context, room, style.ellipsis()),
        false if room > width(&start) => start,
        false => String::new(),
    };
    let context = pad(&context, room, Align::Right);
    let line = format!(
        "{}{}",
        style.paint(Ink::Heading, &title),
        style.paint(Ink::Dim, context.trim_end())
    );
    writeln!(w, "{}", line.trim_end())?;
    let parties = format!(
        "  {} -> {}",
        party_in_full(&call.caller),
        party_in_full(&call.callee)
    );
    let parties = cut(&parties, style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Dim, &parties))
}

/// How to see what is not drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest<'a> {
    pub(crate) rows: &'a str,
    pub(crate) hosts: &'a str,
}

/// The drawing of one call, as much as `extent` says.
pub(crate) fn call_ladder<'a>(
    lookup: &Lookup<'a>,
    call: &'a Call,
    extent: Extent,
    rest: Rest<'_>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let scene = Scene::of_call(lookup, call);
    draw_scene(&scene, extent, rest, style, w)
}

fn registration_ladder<'a>(
    lookup: &Lookup<'a>,
    registration: &'a Registration,
    extent: Extent,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let title = format!(
        "REGISTRATION {}   {} at {}",
        registration.id,
        address_of(&registration.aor),
        registration.registrar
    );
    let title = cut(&title, style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Heading, &title))?;
    let scene = Scene::of_registration(lookup, registration);
    let all = "sipflow report FILE --json";
    let rest = Rest {
        rows: all,
        hosts: all,
    };
    draw_scene(&scene, extent, rest, style, w)
}

fn draw_scene(
    scene: &Scene<'_>,
    extent: Extent,
    rest: Rest<'_>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    if scene.messages.is_empty() {
        return writeln!(w, "  (no messages of it are at hand)");
    }
    let fold = Fold::of(scene, extent.hosts);
    let (mut rows, among) = rows(scene, &fold, style);
    let left = rows.len().saturating_sub(extent.rows);
    rows.truncate(extent.rows);
    draw(&fold.hosts, &rows, style, w)?;
    let mut said = Vec::new();
    if left > 0 {
        let rows = counted(left as u64, "row", "rows");
        said.push(format!("{rows} more: {}", rest.rows));
    }
    if fold.shared > 0 {
        let hosts = counted(fold.shared as u64, "host", "hosts");
        let arrows = counted(among as u64, "arrow", "arrows");
        said.push(format!(
            "{hosts} drawn as one, {arrows} among them left out: {}",
            rest.hosts
        ));
    }
    if scene.hidden_duplicates > 0 {
        let copies = counted(scene.hidden_duplicates as u64, "copy", "copies");
        said.push(format!("{copies} made by the capture itself left out"));
    }
    for line in said {
        for (n, line) in wrap(&line, style.columns() - 4).iter().enumerate() {
            let indent = if n == 0 { "  " } else { "    " };
            writeln!(w, "{indent}{}", style.paint(Ink::Dim, line))?;
        }
    }
    Ok(())
}

/// Messages and media in time order, with the time since the row before; and how many run between
/// hosts that share a lane, and have no row.
fn rows(scene: &Scene<'_>, fold: &Fold, style: &Style) -> (Vec<Row>, usize) {
    let mut timed: Vec<(Timestamp, Row)> = Vec::new();
    for (m, step) in scene.messages.iter().zip(steps::steps(scene)) {
        if let Some((from, to)) = scene.columns(m) {
            timed.push((m.time, message_row(m, from, to, step, style)));
        }
    }
    timed.extend(media_rows(scene));
    timed.extend(digit_rows(scene));
    let before = timed.len();
    timed.retain_mut(|(_, row)| match fold.lanes(row.from, row.to) {
        Some(lanes) => {
            (row.from, row.to) = lanes;
            true
        }
        None => false,
    });
    let among = before - timed.len();
    timed.sort_by_key(|(time, _)| *time);
    let first = timed.first().map(|(t, _)| *t);
    let deltas = matches!(style.times, TimeColumn::Delta | TimeColumn::DeltaDisplayed);
    let mut previous = None;
    let mut rows = Vec::with_capacity(timed.len());
    for (time, mut row) in timed {
        let at = Reference {
            first,
            previous_packet: None,
            previous_line: previous,
        };
        row.time = time_column(time, style, at, 3);
        if !deltas {
            row.gap = previous.map_or("-".into(), |before: Timestamp| {
                short_duration((time.0 - before.0).as_secs_f64())
            });
        }
        previous = Some(time);
        rows.push(row);
    }
    (rows, among)
}

fn message_row(m: &Message, from: usize, to: usize, step: Step, style: &Style) -> Row {
    let wide = style.columns() >= SENTENCES_FROM;
    Row {
        frame: format!("#{}", m.frame),
        time: String::new(),
        gap: String::new(),
        from,
        to,
        labels: labels(m),
        media: false,
        both_ways: false,
        note: if wide { step.long } else { step.short },
        spare: spare(m),
        ink: step.ink,
    }
}

/// `INVITE 1 SDP`, `180 Ringing SDP`, `200 OK (BYE)`, and what of it fits a narrower arrow.
fn labels(m: &Message) -> Vec<String> {
    let sdp = if m.sdp.is_some() { " SDP" } else { "" };
    let method = clean(m.method.as_deref().unwrap_or("?"));
    match m.status {
        None => {
            let number = m.cseq.map_or(String::new(), |n| format!(" {n}"));
            vec![
                format!("{method}{number}{sdp}"),
                format!("{method}{sdp}"),
                method,
            ]
        }
        Some(status) => {
            let reason = clean(m.reason.as_deref().unwrap_or(""));
            let reason = if reason.is_empty() {
                reason
            } else {
                format!(" {reason}")
            };
            let of = match method.as_str() {
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
fn spare(m: &Message) -> String {
    let sdp = if m.sdp.is_some() { ", SDP" } else { "" };
    match (&m.reason, m.cseq) {
        (Some(reason), _) => clean(reason),
        (None, Some(cseq)) => format!("CSeq {cseq}{sdp}"),
        (None, None) => String::new(),
    }
}

/// Streams, the two directions of one conversation in one row.
fn media_rows(scene: &Scene<'_>) -> Vec<(Timestamp, Row)> {
    let mut rows = Vec::new();
    let mut done = vec![false; scene.streams.len()];
    // Streams still to come by their way and kind. They stand in time order, so the first that fits is
    // the first of its way.
    let mut to_come: HashMap<_, VecDeque<(usize, &Stream)>> = HashMap::new();
    for (i, s) in scene.streams.iter().copied().enumerate() {
        if let Some(way) = scene.stream_columns(s) {
            let same = to_come.entry((way, s.kind)).or_default();
            same.push_back((i, s));
        }
    }
    for (i, a) in scene.streams.iter().enumerate() {
        let (Some((from, to)), Some(false)) = (scene.stream_columns(a), done.get(i).copied())
        else {
            continue;
        };
        let back = to_come.get_mut(&((to, from), a.kind));
        let back = back.and_then(|list| {
            while list.front().is_some_and(|(j, _)| *j <= i) {
                list.pop_front();
            }
            let fits = list
                .front()
                .is_some_and(|(_, b)| b.first_time <= a.last_time);
            if fits { list.pop_front() } else { None }
        });
        if let Some((j, _)) = back
            && let Some(flag) = done.get_mut(j)
        {
            *flag = true;
        }
        // Figures are told in reading order: left to right first.
        let (there, back) = match back {
            Some((_, b)) if from > to => (b, Some(*a)),
            Some((_, b)) => (*a, Some(b)),
            None => (*a, None),
        };
        rows.push((a.first_time, media_row(scene, there, back, from, to)));
    }
    rows
}

/// Digits sent within the media, one row for those dialled in one go.
fn digit_rows(scene: &Scene<'_>) -> Vec<(Timestamp, Row)> {
    /// A longer pause starts a new row.
    const PAUSE_S: f64 = 3.0;
    let mut rows: Vec<(Timestamp, Row)> = Vec::new();
    let mut last: Option<(Timestamp, Party)> = None;
    for d in scene
        .digits
        .iter()
        .filter(|d| d.method == DtmfMethod::Rfc4733)
    {
        let from = d.from.unwrap_or(Party::Caller);
        let Some((caller, callee)) = scene.ends else {
            break;
        };
        let goes_on = last
            .is_some_and(|(time, by)| by == from && (d.time.0 - time.0).as_secs_f64() < PAUSE_S);
        last = Some((d.time, from));
        match rows.last_mut().and_then(|(_, row)| row.labels.first_mut()) {
            Some(label) if goes_on => label.push_str(&clean(&d.digit)),
            _ => {
                let (from, to) = match from {
                    Party::Callee => (callee, caller),
                    Party::Caller => (caller, callee),
                };
                let row = Row {
                    frame: "-".into(),
                    time: String::new(),
                    gap: String::new(),
                    from,
                    to,
                    labels: vec![format!("DTMF {}", clean(&d.digit))],
                    media: true,
                    both_ways: false,
                    note: String::new(),
                    spare: String::new(),
                    ink: Ink::Plain,
                };
                rows.push((d.time, row));
            }
        }
    }
    rows
}

fn media_row(
    scene: &Scene<'_>,
    there: &Stream,
    back: Option<&Stream>,
    from: usize,
    to: usize,
) -> Row {
    let name = if there.encrypted { "SRTP" } else { "RTP" };
    let mut codec = codec_of(there);
    if let Some(other) = back.map(codec_of).filter(|other| *other != codec) {
        codec = format!("{codec}/{other}");
    }
    // A line for each direction, named by its sender: two figures side by side would need a legend.
    let sent = |s: &Stream| {
        let sender = scene
            .stream_columns(s)
            .map_or("-", |(from, _)| scene.name(from));
        let gap = if in_one_gap(s) { " in one gap" } else { "" };
        let late = match s.late {
            Some(late @ 1..) => format!(", late {late}"),
            _ => String::new(),
        };
        format!(
            "{}: {}, lost {}{gap}{late}, jitter {} ms",
            cut(sender, 20, ".."),
            counted(s.packets, "packet", "packets"),
            s.lost,
            number(s.jitter_mean_ms, 1),
        )
    };
    let mut note = sent(there);
    if let Some(back) = back {
        note = format!("{note}\n{}", sent(back));
    }
    let lost = there.lost + back.map_or(0, |b| b.lost);
    Row {
        frame: format!(
            "#{}",
            back.map_or(there.first_frame, |b| b.first_frame.min(there.first_frame))
        ),
        time: String::new(),
        gap: String::new(),
        from: if back.is_some() { from.min(to) } else { from },
        to: if back.is_some() { from.max(to) } else { to },
        labels: vec![format!("{name} {codec}"), name.into()],
        media: true,
        both_ways: back.is_some(),
        note,
        spare: String::new(),
        ink: if lost > 0 { Ink::Warning } else { Ink::Plain },
    }
}
