//! The doctor's answer: the answer first, then where every packet went, then what to do.

use super::report::{heading, link_name, source_lines};
use super::style::{Ink, Style};
use super::table::{Cell, Table};
use super::text::{Align, cut, pad, wrap};
use crate::explain::words::{clean, counted, in_digits};
use crate::pipeline::census::Guess;
use crate::report::doctor::{
    Advice, Doctor, FunnelStep, StackSeen, TcpKind, TcpSeen, UnknownUdpSeen,
};
use crate::types::{FileNames, Severity};
use std::io::{self, Write};

/// Width of the severity column.
const LEFT: usize = 9;
/// Longer lines of prose are hard to read.
const LINE: usize = 110;
/// Rows of the layers and VLANs.
const SHOWN: usize = 12;
/// Steps shown even when no packet came to them: what the reader asked for.
const ALWAYS: [&str; 4] = ["packets", "udp", "sip_udp", "rtp"];

/// Writes the whole answer.
pub fn render(doctor: &Doctor, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for source in &doctor.sources {
        source_lines(source, doctor.sources.len() > 1, style, w)?;
    }
    let ink = match doctor.advice.first().map(|a| a.severity) {
        Some(Severity::Error) => Ink::Error,
        Some(Severity::Warning) => Ink::Warning,
        Some(Severity::Info) | None => Ink::Heading,
    };
    for line in wrap(&clean(&doctor.answer), style.columns()) {
        writeln!(w, "{}", style.paint(ink, &line))?;
    }
    heading("PACKETS", style, w)?;
    funnel(&doctor.funnel, style, w)?;
    heading("LINKS AND LAYERS", style, w)?;
    layers(doctor, style, w)?;
    heading("PORTS", style, w)?;
    ports(doctor, style, w)?;
    if !doctor.unknown_udp.is_empty() {
        heading("UDP THAT IS NEITHER SIP NOR MEDIA", style, w)?;
        unknown_udp(doctor, style, w)?;
    }
    if doctor.tcp.iter().any(|t| t.kind != TcpKind::Sip) {
        heading("TCP", style, w)?;
        tcp(doctor, style, w)?;
    }
    if !doctor.advice.is_empty() {
        heading("ADVICE", style, w)?;
        for advice in &doctor.advice {
            one(advice, &files(doctor), style, w)?;
        }
    }
    Ok(())
}

/// `12.3`, `<0.1`.
fn share(percent: f64) -> String {
    if percent > 0.0 && percent < 0.05 {
        "<0.1".to_owned()
    } else {
        format!("{percent:.1}")
    }
}

fn funnel(steps: &[FunnelStep], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let depth = |step: &FunnelStep| {
        let mut depth = 0;
        let mut above = step.parent.as_deref();
        while let Some(id) = above {
            depth += 1;
            above = steps
                .iter()
                .find(|s| s.id == id)
                .and_then(|s| s.parent.as_deref());
        }
        depth
    };
    let mut table = Table::<FunnelStep>::new(2);
    table.left("what became of them", |step| {
        let name = format!("{}{}", "  ".repeat(depth(step)), clean(&step.title));
        Cell::new(step_ink(&step.id), name)
    });
    table.right("packets", |step| in_digits(step.packets));
    table.right("%", |step| share(step.percent));
    table
        .left("why they end here", |step| {
            let why = step.why.as_deref().filter(|_| step.is_final);
            Cell::new(Ink::Dim, clean(why.unwrap_or("")))
        })
        .rank(1);
    let shown = steps
        .iter()
        .filter(|step| step.packets > 0 || ALWAYS.contains(&step.id.as_str()));
    table.write(shown, style, w)
}

fn step_ink(id: &str) -> Ink {
    match id {
        "sip_tcp" | "sip_sctp" | "rtp" => Ink::Heading,
        id if id.starts_with("sip_udp") => Ink::Heading,
        id if id.starts_with("undecoded") => Ink::Warning,
        _ => Ink::Plain,
    }
}

fn layers(doctor: &Doctor, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for link in &doctor.link_types {
        let known = link_name(&link.name);
        let name = match known == link.name {
            true => clean(known),
            false => format!("{known} ({})", clean(&link.name)),
        };
        let packets = counted(link.packets, "packet", "packets");
        let (ink, note) = match link.decoded {
            true => (Ink::Plain, ""),
            false => (Ink::Error, ": no decoder for this link type"),
        };
        let line = format!("link type {name}, {packets}{note}");
        text(&line, ink, style, w)?;
    }
    if !doctor.vlans.is_empty() {
        let rows = doctor.vlans.iter().map(|v| (v.id.to_string(), v.packets));
        let line = format!("VLAN {}", first_few(rows, "packets"));
        text(&line, Ink::Plain, style, w)?;
    }
    let c = &doctor.udp_checksums;
    if c.right + c.wrong + c.absent + c.cut > 0 {
        let line = format!(
            "UDP checksums (never judged): {} right, {} wrong, {} absent",
            in_digits(c.right),
            in_digits(c.wrong),
            in_digits(c.absent)
        );
        text(&line, Ink::Dim, style, w)?;
    }
    if doctor.stacks.is_empty() {
        return Ok(());
    }
    let mut table = Table::<StackSeen>::new(2);
    table
        .left("layers", |s| clean(&s.layers))
        .shrink(20)
        .middle();
    table.right("packets", |s| in_digits(s.packets));
    table.right("%", |s| {
        // Counts of packets are far below 2^53.
        share(s.packets as f64 * 100.0 / doctor.packets.max(1) as f64)
    });
    table.write(doctor.stacks.iter().take(SHOWN), style, w)?;
    more(
        doctor.stacks.iter().skip(SHOWN).map(|s| s.packets).sum(),
        style,
        w,
    )
}

/// `110 (62 packets), 7 (3 packets), 4 more`.
fn first_few(rows: impl Iterator<Item = (String, u64)>, unit: &str) -> String {
    let rows: Vec<(String, u64)> = rows.collect();
    let mut parts: Vec<String> = rows
        .iter()
        .take(SHOWN)
        .map(|(name, n)| format!("{name} ({} {unit})", in_digits(*n)))
        .collect();
    if rows.len() > SHOWN {
        parts.push(format!("{} more", rows.len() - SHOWN));
    }
    parts.join(", ")
}

fn ports(doctor: &Doctor, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let sip = &doctor.sip;
    let line = if sip.ports.is_empty() {
        "SIP  none".to_owned()
    } else {
        let rows = sip
            .ports
            .iter()
            .map(|p| (format!("{} {}", p.transport, p.port), p.messages));
        let mut line = format!("SIP  {}", first_few(rows, "messages"));
        if sip.ports_more > 0 {
            line.push_str(&format!(", {} on further ports", in_digits(sip.ports_more)));
        }
        line
    };
    text(&line, Ink::Plain, style, w)?;
    let rtp = &doctor.rtp;
    let line = match (rtp.lowest_port, rtp.highest_port) {
        (Some(low), Some(high)) if low == high => format!("RTP  udp {low}"),
        (Some(low), Some(high)) => format!(
            "RTP  udp {low} to {high}: {}, {}",
            counted(rtp.ports, "port", "ports"),
            counted(rtp.streams, "stream", "streams")
        ),
        _ => "RTP  none".to_owned(),
    };
    text(&line, Ink::Plain, style, w)
}

fn unknown_udp(doctor: &Doctor, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let files = files(doctor);
    let mut table = Table::<UnknownUdpSeen>::new(2);
    table.right("port", |u| u.port.to_string());
    table.left("side", |u| u.side.as_str()).rank(2);
    table.right("packets", |u| in_digits(u.packets));
    table.left("maybe", |u| {
        let odd = matches!(u.guess, Guess::SipMalformed | Guess::SigComp | Guess::Hep);
        Cell::new(if odd { Ink::Warning } else { Ink::Plain }, clean(&u.title))
    });
    table.right("first", |u| frame(&files, u.source, u.frame));
    table
        .left("from", |u| u.src.to_string())
        .shrink(15)
        .middle()
        .rank(1);
    table
        .left("to", |u| u.dst.to_string())
        .shrink(15)
        .middle()
        .rank(1);
    table
        .left("first bytes", |u| Cell::new(Ink::Dim, clean(&u.head)))
        .shrink(16);
    table.write(doctor.unknown_udp.iter(), style, w)?;
    more(doctor.unknown_udp_more, style, w)
}

fn tcp(doctor: &Doctor, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let files = files(doctor);
    let mut table = Table::<TcpSeen>::new(2);
    table.right("port", |t| t.port.to_string());
    table.left("kind", |t| t.kind.as_str());
    table.right("connections", |t| in_digits(t.connections));
    table.right("packets", |t| in_digits(t.packets));
    table.right("first", |t| frame(&files, t.source, t.frame));
    table
        .left("first bytes", |t| Cell::new(Ink::Dim, clean(&t.head)))
        .shrink(16);
    table.write(doctor.tcp.iter(), style, w)?;
    more(doctor.tcp_more, style, w)
}

fn files(doctor: &Doctor) -> FileNames {
    FileNames::of(doctor.sources.iter().map(|s| &*s.path))
}

/// `#9`, of several files `p2:#9`; files count from 1.
fn frame(files: &FileNames, source: u32, frame: u64) -> String {
    files.frame((source as usize).wrapping_sub(1), frame)
}

fn more(packets: u64, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    if packets == 0 {
        return Ok(());
    }
    let line = format!("  and {} more", counted(packets, "packet", "packets"));
    writeln!(w, "{}", style.paint(Ink::Dim, &line))
}

fn text(line: &str, ink: Ink, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for (n, line) in wrap(line, style.columns() - 7).iter().enumerate() {
        let indent = if n == 0 { "  " } else { "       " };
        writeln!(w, "{indent}{}", style.paint(ink, line))?;
    }
    Ok(())
}

/// Severity, title, evidence, what to do, code and example: as findings look.
fn one(a: &Advice, files: &FileNames, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::of_severity(a.severity);
    let room = style.columns().saturating_sub(LEFT + 2).min(LINE);
    let blank = " ".repeat(LEFT + 2);
    let mark = pad(a.severity.as_str(), LEFT, Align::Left);
    for (n, line) in wrap(&clean(&a.title), room).iter().enumerate() {
        match n {
            0 => writeln!(w, "  {}{}", style.paint(ink, &mark), style.paint(ink, line))?,
            _ => writeln!(w, "{blank}{}", style.paint(ink, line))?,
        }
    }
    for line in wrap(&clean(&a.detail), room) {
        writeln!(w, "{blank}{line}")?;
    }
    if let Some(advice) = &a.advice {
        for line in wrap(&format!("To do: {}", clean(advice)), room) {
            writeln!(w, "{blank}{line}")?;
        }
    }
    let mut evidence = clean(&a.code);
    if let (Some(source), Some(at)) = (a.source, a.frame) {
        evidence.push_str(&format!("   {}", frame(files, source, at)));
    }
    let evidence = cut(&evidence, room, style.ellipsis());
    writeln!(w, "{blank}{}", style.paint(Ink::Dim, &evidence))
}
