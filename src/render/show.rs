//! One message field by field: what stands there, what it means, what follows from it.

use super::clock::{date_and_time, ngrep_time};
use super::style::{Ink, Style};
use super::text::{Align, cut, pad, width, wrap};
use crate::explain::words::{clean, counted, frames};
use crate::explain::{BodyLine, Described, Description, FrameName, PacketDescription};
use crate::report::model::Message;
use std::io::{self, Write};

/// The widest column of names.
const MAX_NAME: usize = 22;
/// From here on meanings stand beside the values.
const BESIDE_FROM: usize = 110;

/// Prints the message: where it was captured, every field with its meaning, body, derived facts, flaws.
pub fn render(
    m: &Message,
    description: &Description,
    file: Option<&str>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let title = format!(
        "{}#{}   {} -> {}   {}",
        in_file(file),
        m.frame,
        m.src,
        m.dst,
        m.transport.as_str().to_uppercase()
    );
    let title = cut(&clean(&title), style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Heading, &title))?;
    let exact = ngrep_time(m.time, style.zone);
    let zone = date_and_time(m.time, style.zone);
    let zone = zone.rsplit(' ').next().unwrap_or("");
    let mut when = format!(
        "{exact} {zone}, {:.6} s into the capture",
        m.relative_time_s
    );
    if m.frames.len() > 1 {
        let n = counted(m.frames.len() as u64, "packet", "packets");
        let name = |frame: &u64| FrameName {
            frame: *frame,
            source: m.source,
            file: None,
        };
        let names: Vec<FrameName> = m.frames.iter().map(name).collect();
        when += &format!(", in {n} ({})", frames(&names, 4));
    }
    writeln!(
        w,
        "{}",
        style.paint(Ink::Dim, &cut(&when, style.columns(), ""))
    )?;
    if let Some(layers) = &m.encapsulation {
        let line = cut(
            &format!("carried in {}", clean(layers)),
            style.columns(),
            style.ellipsis(),
        );
        writeln!(w, "{}", style.paint(Ink::Dim, &line))?;
    }

    let start = std::slice::from_ref(&description.start_line);
    block("START LINE", start, style, w)?;
    block("HEADER FIELDS", &description.headers, style, w)?;
    body(description, style, w)?;
    block("WORKED OUT", &description.facts, style, w)?;
    let lesson = &description.lesson;
    block("VIA STACK", &lesson.vias, style, w)?;
    block("ROUTE", &lesson.routes, style, w)?;
    block("ADDRESSES", &lesson.addresses, style, w)?;
    block("CREDENTIALS", &description.work, style, w)?;
    block("FLAWS", &description.flaws, style, w)
}

/// The body's lines behind their octets, and the sum that Content-Length holds.
fn body(description: &Description, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let Some(last) = description.body.last() else {
        return Ok(());
    };
    let room = last.sum.to_string().len().max("octets".len());
    let counted = |line: &BodyLine| Described {
        name: format!(
            "{:>room$}  {:>room$}  {}",
            line.octets, line.sum, line.text.name
        ),
        ..line.text.clone()
    };
    let lines: Vec<Described> = description.body.iter().map(counted).collect();
    writeln!(w)?;
    writeln!(w, "{}", style.paint(Ink::Heading, "BODY"))?;
    let note = format!(
        "  {:>room$}  {:>room$}  of each line with its end (CR LF: 2), which Content-Length counts",
        "octets", "sum"
    );
    let note = cut(&note, style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Dim, &note))?;
    rows(&lines, style, w)
}

/// Prints a packet that is no message: its fields with their meanings. `file`: where there are several.
pub fn render_packet(
    p: &PacketDescription,
    file: Option<&str>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let way = p.way.as_deref().map(|way| format!("   {way}"));
    let title = format!(
        "{}#{}{}   {}",
        in_file(file),
        p.frame,
        way.unwrap_or_default(),
        p.what
    );
    let title = cut(&clean(&title), style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Heading, &title))?;
    let exact = ngrep_time(p.time, style.zone);
    let zone = date_and_time(p.time, style.zone);
    let zone = zone.rsplit(' ').next().unwrap_or("");
    writeln!(w, "{}", style.paint(Ink::Dim, &format!("{exact} {zone}")))?;
    block("FIELDS", &p.fields, style, w)
}

fn in_file(file: Option<&str>) -> String {
    file.map_or(String::new(), |f| format!("{f}: "))
}

fn block(title: &str, fields: &[Described], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(w)?;
    writeln!(w, "{}", style.paint(Ink::Heading, title))?;
    rows(fields, style, w)
}

pub(super) fn rows(fields: &[Described], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let names = fields.iter().map(|f| width(&f.name));
    let name_width = names.max().unwrap_or(0).min(MAX_NAME);
    let indent = if name_width == 0 { 2 } else { name_width + 4 };
    let beside = style.columns() >= BESIDE_FROM;
    let room = style.columns().saturating_sub(indent);
    let value_room = if beside { room * 11 / 20 } else { room };
    let blank = " ".repeat(indent);
    for field in fields {
        let name = cut(&field.name, name_width, style.ellipsis());
        let label = match name_width {
            0 => "  ".to_owned(),
            n => format!("  {}  ", pad(&name, n, Align::Left)),
        };
        let values = folded(&field.value, value_room);
        let meaning = field.meaning.as_deref().unwrap_or_default();
        let meaning = match beside {
            true => wrap(meaning, room.saturating_sub(value_room + 2)),
            false => wrap(meaning, room.saturating_sub(2)),
        };
        let rows = if beside {
            values.len().max(meaning.len())
        } else {
            values.len()
        };
        for n in 0..rows.max(1) {
            let value = values.get(n).map_or("", String::as_str);
            let said = meaning.get(n).filter(|_| beside).map_or("", String::as_str);
            let left = if n == 0 { &label } else { &blank };
            let line = match said.is_empty() {
                true => format!("{left}{value}"),
                false => format!(
                    "{left}{}  {}",
                    pad(value, value_room, Align::Left),
                    style.paint(Ink::Dim, said)
                ),
            };
            writeln!(w, "{}", line.trim_end())?;
        }
        for line in meaning.iter().filter(|_| !beside) {
            writeln!(w, "{blank}  {}", style.paint(Ink::Dim, line))?;
        }
    }
    Ok(())
}

/// A value on one line, or broken at blanks; an empty one stays an empty line.
fn folded(value: &str, room: usize) -> Vec<String> {
    match width(value) <= room {
        true => vec![value.to_owned()],
        false => wrap(value, room),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};

    fn description() -> Description {
        let long = "<sip:alice@192.0.2.11:5060;transport=udp>;expires=300;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"";
        Description {
            start_line: Described::new(
                "",
                "SIP/2.0 486 Busy \x1b[5mHere",
                Some("The callee is busy (RFC 3261 §21.4.24)."),
            ),
            headers: vec![
                Described::new(
                    "From",
                    "\"山田太郎\" <sip:yamada@example.jp>;tag=1",
                    Some("Who calls; the tag is the caller's half of the dialog id."),
                ),
                Described::new(
                    "CSeq",
                    "7 INVITE",
                    Some("Answers request number 7, an INVITE."),
                ),
                Described::new("Contact", long, None),
            ],
            body: vec![BodyLine {
                text: Described::new("", "v=0", Some("version of SDP")),
                octets: 5,
                sum: 5,
            }],
            lesson: crate::explain::Lesson::default(),
            facts: vec![Described::new(
                "request frame",
                "#2800",
                Some("answered after 200.0 ms"),
            )],
            work: Vec::new(),
            flaws: Vec::new(),
        }
    }

    #[test]
    fn meanings_stand_under_the_value_or_beside_it_and_nothing_is_wider_than_the_screen() {
        let report = fixtures::troubles();
        let message = report
            .messages
            .iter()
            .find(|m| m.status == Some(486))
            .unwrap();
        for columns in [80, 120, 200] {
            let style = Style {
                width: columns,
                ..Style::default()
            };
            let out = rendered(|w| render(message, &description(), None, &style, w));
            assert!(out.lines().all(|l| width(l) <= columns), "{out}");
            assert!(!out.contains('\x1b'), "{out}");
            if columns == 80 {
                assert!(
                    out.contains(
                        "  CSeq     7 INVITE\n             Answers request number 7, an INVITE.\n"
                    ),
                    "{out}"
                );
            }
        }
    }
}
