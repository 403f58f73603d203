//! Ladder diagrams: a column a host, an arrow a message, media as arrows of their own.

mod draw;
mod rows;

use super::clock::{dated, start_column};
use super::style::{Ink, Style};
use super::text::{Align, cut, pad, width, wrap};
use crate::explain::linked::linked;
use crate::explain::names::{address_of, ended_by, outcome, party, party_in_full};
use crate::explain::words::{clean, counted, duration};
use crate::explain::{Arrow, Fold, Lookup, Scene};
use crate::report::model::{Call, Registration, Report, Timestamp};
use draw::{Column, draw};
use rows::rows;
use std::io::{self, Write};

pub(crate) use draw::SENTENCES_FROM;

/// Which calls and registrations to draw.
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
    /// With the timers of what was sent again; the report then holds transactions.
    pub timers: bool,
}

impl Extent {
    /// More than anyone reads.
    pub const READABLE: Extent = Extent {
        rows: 2000,
        hosts: 50,
        timers: false,
    };
    /// All there is (`--all`).
    pub const ALL: Extent = Extent {
        rows: usize::MAX,
        hosts: usize::MAX,
        timers: false,
    };
}

/// Draws one ladder for each call or registration asked for; `Ok(false)` where there is none.
///
/// What each step means stands beside it from 120 columns on, else under the drawing; the margin then shows codecs
/// and repeats.
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
                call_title(&lookup, call, style, w)?;
                let all = format!("sipflow ladder FILE --call {} --all", call.id);
                let rest = Rest {
                    rows: &all,
                    hosts: &all,
                };
                call_ladder(&lookup, call, extent, rest, style, w)?;
                for line in linked(call) {
                    for line in wrap(&line, style.columns() - 4) {
                        writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
                    }
                }
            }
            Item::Registration(registration) => {
                let all = format!(
                    "sipflow ladder FILE --registration {} --all",
                    registration.id
                );
                let rest = Rest {
                    rows: &all,
                    hosts: &all,
                };
                registration_ladder(&lookup, registration, extent, rest, style, w)?;
            }
        }
    }
    Ok(!items.is_empty())
}

/// `CALL 1   alice -> bob, completed (200), 4.1 s, ended by bob          Call-ID b6badf14-8a1c`
pub(crate) fn call_title(
    lookup: &Lookup<'_>,
    call: &Call,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let (outcome, _) = outcome(call);
    // Where the capture does not show who called, it shows who talked.
    let to = if call.caller_known { "->" } else { "<->" };
    let mut title = format!(
        "CALL {}   {} {to} {}, {outcome}",
        call.id,
        party(&call.caller),
        party(&call.callee)
    );
    if let Some(talk) = call.talk_time_s {
        title += &format!(", {}", duration(talk));
    }
    if let (Some(by), Some(_)) = (ended_by(lookup, call), call.talk_time_s) {
        title += &format!(", ended by {by}");
    }
    let start = format!(
        "   {}",
        start_column(call.start_time, &dated(style, lookup.report), 3)
    );
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
        "  {} {to} {}",
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
    let scene = match extent.timers {
        true => scene.with_timers(lookup),
        false => scene,
    };
    draw_scene(&scene, extent, rest, style, w)
}

/// `REGISTRATION 1   alice@example.org at 192.0.2.10:5060`, and the drawing.
pub(crate) fn registration_ladder<'a>(
    lookup: &Lookup<'a>,
    registration: &'a Registration,
    extent: Extent,
    rest: Rest<'_>,
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
    let scene = match extent.timers {
        true => scene.with_timers(lookup),
        false => scene,
    };
    draw_scene(&scene, extent, rest, style, w)
}

fn draw_scene(
    scene: &Scene,
    extent: Extent,
    rest: Rest<'_>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    if scene.is_silent() {
        return writeln!(w, "  (no messages of it are at hand)");
    }
    let fold = Fold::of(scene, extent.hosts);
    // What runs between hosts that share a lane has no row.
    let visible = scene
        .arrows
        .iter()
        .filter_map(|arrow| Some((arrow, fold.lanes(arrow.from, arrow.to)?)));
    let visible: Vec<(&Arrow, (usize, usize))> = visible.collect();
    let left = visible.len().saturating_sub(extent.rows);
    let among = scene.arrows.len() - visible.len();
    let shown = visible.get(..extent.rows).unwrap_or(&visible);
    let columns: Vec<Column> = fold.hosts.iter().map(Column::of).collect();
    draw(&columns, &rows(scene, shown, style), style, w)?;
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
