//! The call-flow report: the answer first, then the evidence.

use super::calls;
use super::clock::date_and_time;
use super::findings;
use super::ladder::{Extent, Rest, call_ladder, call_title, registration_ladder};
use super::registrations;
use super::requests;
use super::streams;
use super::style::{Ink, Style};
use super::text::{cut, width, wrap};
use crate::explain::Lookup;
use crate::explain::summary::summary as summarised;
use crate::explain::words::{clean, counted, duration, in_digits};
use crate::explain::{Scene, Sentence, registration_story, story};
use crate::report::model::{
    Call, Counters, EndpointRef, Finding, Host, Registration, Report, Source,
};
use crate::source::Compression;
use crate::types::Severity;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How much of a large capture the report shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// With more calls than this, ladders are drawn only for calls with errors or warnings, and for
    /// at most this many.
    pub max_ladders: usize,
    /// Rows drawn of one ladder; further ones are counted.
    pub max_ladder_rows: usize,
    /// The same of a registration.
    pub max_registration_rows: usize,
    /// Rows of the stream table, and of that of one call.
    pub max_streams: usize,
    /// Errors and warnings named under one call.
    pub max_findings: usize,
}

impl Default for ReportOptions {
    fn default() -> Self {
        ReportOptions {
            max_ladders: 20,
            max_ladder_rows: 200,
            max_registration_rows: 24,
            max_streams: 40,
            max_findings: 20,
        }
    }
}

/// Writes the whole report: captures, counters, registrations, calls with ladder, what happened and
/// media quality, streams, findings.
pub fn render(
    report: &Report,
    options: &ReportOptions,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let lookup = Lookup::new(report);
    for source in &report.sources {
        source_lines(source, report.sources.len() > 1, style, w)?;
    }
    counter_lines(report, style, w)?;
    host_line(report, style, w)?;
    summary(report, style, w)?;
    if !report.registrations.is_empty() {
        heading("REGISTRATIONS", style, w)?;
        registrations::table(report, style, w)?;
        let drawn = registrations_to_draw(&lookup, options);
        for registration in &drawn {
            writeln!(w)?;
            one_registration(&lookup, registration, options, style, w)?;
        }
        let left = report.registrations.len() - drawn.len();
        if left > 0 {
            let left = counted(left as u64, "registration", "registrations");
            let line = format!("{left} not drawn: sipflow ladder FILE --registration N");
            writeln!(w)?;
            note(&line, Ink::Dim, style, w)?;
        }
    }
    if !report.requests.is_empty() {
        heading("REQUESTS OUTSIDE CALLS", style, w)?;
        requests::table(&lookup, style, w)?;
    }
    if !report.calls.is_empty() {
        heading("CALLS", style, w)?;
        calls::table_of(&lookup, style, w)?;
        let note = "  (pairs: caller to callee / callee to caller)";
        if !report.streams.is_empty() {
            writeln!(w, "{}", style.paint(Ink::Dim, note))?;
        }
        calls::notes(report, style, w)?;
        let drawn = calls_to_draw(&lookup, options);
        for call in &drawn {
            writeln!(w)?;
            one_call(&lookup, call, options, style, w)?;
        }
        if drawn.len() < report.calls.len() {
            let left = counted((report.calls.len() - drawn.len()) as u64, "call", "calls");
            let which = match drawn.is_empty() {
                true => "none has errors or warnings",
                false => "those above have errors or warnings",
            };
            writeln!(w)?;
            let line = format!("{left} not drawn ({which}): sipflow ladder FILE --call N");
            writeln!(
                w,
                "{}",
                style.paint(Ink::Dim, &cut(&line, style.columns(), ""))
            )?;
        }
    }
    if !report.streams.is_empty() {
        heading("STREAMS", style, w)?;
        let shown: Vec<_> = report.streams.iter().take(options.max_streams).collect();
        streams::some(report, &shown, style, w)?;
        if shown.len() < report.streams.len() {
            let left = in_digits((report.streams.len() - shown.len()) as u64);
            let line = format!("  {left} more: sipflow streams FILE");
            writeln!(w, "{}", style.paint(Ink::Dim, &line))?;
        }
    }
    if !report.findings.is_empty() {
        heading("FINDINGS", style, w)?;
        findings::list(report, style, w)?;
    }
    Ok(())
}

/// Ids of the calls whose ladders [`render`] draws: only their messages have to be in the report.
pub fn drawn_calls(report: &Report, options: &ReportOptions) -> Vec<u32> {
    calls_to_draw(&Lookup::new(report), options)
        .iter()
        .map(|c| c.id)
        .collect()
}

/// Ids of the registrations whose ladders [`render`] draws.
pub fn drawn_registrations(report: &Report, options: &ReportOptions) -> Vec<u32> {
    registrations_to_draw(&Lookup::new(report), options)
        .iter()
        .map(|r| r.id)
        .collect()
}

pub(super) fn heading(title: &str, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    writeln!(w)?;
    writeln!(w, "{}", style.paint(Ink::Heading, title))
}

/// `lab.pcap   pcap, Ethernet   1 224 packets, 12.6 s   2026-11-20 15:45:56 UTC`
/// Numbered where there are `several`.
pub(super) fn source_lines(
    source: &Source,
    several: bool,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let mut format = source.format.to_string();
    if several {
        format = format!("file {}: {format}", source.id);
    }
    if source.compression != Compression::None {
        format += &format!(" in {}", source.compression);
    }
    let links: Vec<&str> = source.link_types.iter().map(|l| link_name(l)).collect();
    for link in links {
        format += &format!(", {}", clean(link));
    }
    let mut length = counted(source.packets, "packet", "packets");
    let mut when = String::new();
    if let (Some(first), Some(last)) = (source.first_time, source.last_time) {
        length += &format!(", {}", duration((last.0 - first.0).as_secs_f64()));
        when = format!("   {}", date_and_time(first, style.zone));
    }
    let path = clean(&source.path);
    let rest = format!("{format}   {length}{when}");
    if width(&path) + 3 + width(&rest) <= style.columns() {
        writeln!(w, "{}   {rest}", style.paint(Ink::Heading, &path))?;
    } else {
        // A path is cut at its front: the file name matters.
        let path = tail(&path, style.columns(), style.ellipsis());
        writeln!(w, "{}", style.paint(Ink::Heading, &path))?;
        let rest = cut(&rest, style.columns() - 2, style.ellipsis());
        writeln!(w, "  {rest}")?;
    }
    if let Some(damage) = &source.damage {
        let text = format!(
            "reading stopped: {} (packet {}, byte {}); what came before is read",
            clean(&damage.reason),
            damage.frame,
            damage.offset
        );
        note(&text, Ink::Error, style, w)?;
    }
    if source.truncated_packets > 0 {
        let n = counted(source.truncated_packets, "packet was", "packets were");
        note(
            &format!("{n} cut short by the capture's snap length"),
            Ink::Warning,
            style,
            w,
        )?;
    }
    if source.clock_offset_s != 0.0 {
        note(
            &format!("times moved by {} s", source.clock_offset_s),
            Ink::Plain,
            style,
            w,
        )?;
    }
    Ok(())
}

/// The end of `text` in at most `room` columns.
fn tail(text: &str, room: usize, mark: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars().rev() {
        let longer = format!("{c}{kept}");
        if width(&longer) + width(mark) > room {
            break;
        }
        kept = longer;
    }
    format!("{mark}{kept}")
}

fn note(text: &str, ink: Ink, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for (n, line) in wrap(text, style.columns() - 4).iter().enumerate() {
        let indent = if n == 0 { "  " } else { "    " };
        writeln!(w, "{indent}{}", style.paint(ink, line))?;
    }
    Ok(())
}

/// The names people know.
pub(super) fn link_name(link: &str) -> &str {
    match link {
        "EN10MB" => "Ethernet",
        "LINUX_SLL" | "LINUX_SLL2" => "Linux cooked (any)",
        "NULL" | "LOOP" => "loopback",
        "RAW" | "IPV4" | "IPV6" => "raw IP",
        "IEEE802_11" | "IEEE802_11_RADIO" => "Wi-Fi",
        other => other,
    }
}

/// `packets: SIP 24   RTP 1202 in 2 streams   RTCP 8   STUN 0   other 8`, which are all there are
fn counter_lines(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let c = &report.counters;
    let mut parts = vec![format!("packets: SIP {}", in_digits(c.sip_packets))];
    parts.push(match report.streams.len() {
        0 => format!("RTP {}", in_digits(c.rtp_packets)),
        n => format!(
            "RTP {} in {}",
            in_digits(c.rtp_packets),
            counted(n as u64, "stream", "streams")
        ),
    });
    parts.push(format!("RTCP {}", in_digits(c.rtcp_packets)));
    parts.push(format!("STUN {}", in_digits(c.stun_packets)));
    parts.push(format!("other {}", in_digits(c.other_packets)));
    let undecoded: u64 = c.undecoded_packets.values().sum();
    if undecoded > 0 {
        parts.push(format!("not decoded {}", in_digits(undecoded)));
    }
    let line = parts.join("   ");
    writeln!(w, "{}", cut(&line, style.columns(), style.ellipsis()))?;
    if c.sip_messages > 0 {
        let line = format!("messages: {}", sip_counts(c, style));
        let room = style.columns();
        for (n, line) in wrap(&line, room - 4).iter().enumerate() {
            let indent = if n == 0 { "  " } else { "    " };
            writeln!(w, "{}", style.paint(Ink::Dim, &format!("{indent}{line}")))?;
        }
    }
    if let Some(line) = layers_line(c) {
        note(&line, Ink::Dim, style, w)?;
    }
    if undecoded > 0 {
        let why: Vec<String> = c
            .undecoded_packets
            .iter()
            .map(|(reason, n)| format!("{} {}", clean(reason).replace('_', " "), in_digits(*n)))
            .collect();
        note(
            &format!("not decoded: {}", why.join(", ")),
            Ink::Warning,
            style,
            w,
        )?;
    }
    Ok(())
}

/// `software: 192.0.2.11 baresip v1.0.0, 192.0.2.10 kamailio (5.6.3)`
fn host_line(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 12;
    const LONGEST: usize = 60;
    let hosts = &report.capture.hosts;
    if hosts.is_empty() {
        return Ok(());
    }
    let one = |host: &Host| {
        let address = match host.port {
            Some(port) => {
                let address = host.address.clone();
                EndpointRef { address, port }.to_string()
            }
            None => host.address.clone(),
        };
        let software = cut(&clean(&host.software), LONGEST, style.ellipsis());
        format!("{address} {software}")
    };
    let mut each: Vec<String> = hosts.iter().take(SHOWN).map(one).collect();
    if hosts.len() > SHOWN {
        each.push(format!("{} more", hosts.len() - SHOWN));
    }
    note(
        &format!("software: {}", each.join(", ")),
        Ink::Dim,
        style,
        w,
    )
}

/// `carried in eth/vlan/ip/udp (47)`, where there is more than a link, IP and a transport.
fn layers_line(c: &Counters) -> Option<String> {
    const SHOWN: usize = 4;
    let is_more = |layers: &str| layers.split('/').count() > 3;
    if !c.encapsulations.keys().any(|layers| is_more(layers)) {
        return None;
    }
    let mut ranked: Vec<(&String, &u64)> = c.encapsulations.iter().collect();
    ranked.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let mut parts: Vec<String> = ranked
        .iter()
        .take(SHOWN)
        .map(|(layers, n)| format!("{} ({})", clean(layers), in_digits(**n)))
        .collect();
    if ranked.len() > SHOWN {
        parts.push(format!("{} more", ranked.len() - SHOWN));
    }
    Some(format!("carried in {}", parts.join(", ")))
}

/// `INVITE 2, ACK 3, …; 100 1, 180 2, …; 3 retransmissions`
fn sip_counts(c: &Counters, style: &Style) -> String {
    const SHOWN: usize = 16;
    const LONGEST: usize = 24;
    // By name, as everywhere; where there are too many, those that count.
    let list = |counts: &BTreeMap<String, u64>| {
        let mut ranked: Vec<(&String, u64)> = counts.iter().map(|(k, n)| (k, *n)).collect();
        ranked.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        ranked.truncate(SHOWN);
        ranked.sort();
        let each = ranked.iter().map(|(k, n)| {
            let name = cut(&clean(k), LONGEST, style.ellipsis());
            format!("{name} {}", in_digits(*n))
        });
        let mut words = each.collect::<Vec<_>>().join(", ");
        if counts.len() > SHOWN {
            words += &format!(" and {} more", in_digits((counts.len() - SHOWN) as u64));
        }
        words
    };
    // `100 1` reads badly, `100: 1` does not.
    let responses: Vec<String> = c
        .sip_responses
        .iter()
        .map(|(status, n)| format!("{}: {}", clean(status), in_digits(*n)))
        .collect();
    let mut parts = vec![list(&c.sip_requests)];
    parts.push(responses.join(", "));
    if c.retransmissions > 0 {
        parts.push(counted(
            c.retransmissions,
            "retransmission",
            "retransmissions",
        ));
    }
    if c.capture_duplicates > 0 {
        parts.push(counted(
            c.capture_duplicates,
            "capture duplicate",
            "capture duplicates",
        ));
    }
    parts.retain(|p| !p.is_empty());
    parts.join("; ")
}

/// The answer: how many calls ended how, registrations that failed, and the worst findings.
fn summary(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let told = summarised(report);
    if told.seen.is_empty() && told.found.is_none() {
        return match report.counters.sip_messages {
            0 => writeln!(w, "No SIP message was found; sipflow doctor FILE says why."),
            _ => writeln!(w, "No call and no registration is in the capture."),
        };
    }
    for line in wrap(&told.seen.join("; "), style.columns()) {
        writeln!(w, "{line}")?;
    }
    if let Some((found, ink)) = told.found {
        writeln!(w, "{}", style.paint(ink, &format!("{found}, see FINDINGS")))?;
    }
    Ok(())
}

fn calls_to_draw<'a>(lookup: &Lookup<'a>, options: &ReportOptions) -> Vec<&'a Call> {
    let calls = &lookup.report.calls;
    if calls.len() <= options.max_ladders {
        return calls.iter().collect();
    }
    let noted = |c: &&Call| lookup.findings(&c.findings).iter().any(|f| matters(f));
    calls
        .iter()
        .filter(noted)
        .take(options.max_ladders)
        .collect()
}

/// The same choice as for calls.
fn registrations_to_draw<'a>(
    lookup: &Lookup<'a>,
    options: &ReportOptions,
) -> Vec<&'a Registration> {
    let all = &lookup.report.registrations;
    if all.len() <= options.max_ladders {
        return all.iter().collect();
    }
    let noted = |r: &&Registration| lookup.findings(&r.findings).iter().any(|f| matters(f));
    all.iter().filter(noted).take(options.max_ladders).collect()
}

/// Ladder, the story, findings in a word.
fn one_registration<'a>(
    lookup: &Lookup<'a>,
    registration: &'a Registration,
    options: &ReportOptions,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let extent = Extent {
        rows: options.max_registration_rows,
        ..Extent::READABLE
    };
    let rest = Rest {
        rows: "sipflow ladder FILE --registration N",
        hosts: "sipflow ladder FILE --registration N --all",
    };
    registration_ladder(lookup, registration, extent, rest, style, w)?;
    sentences(&registration_story(lookup, registration), style, w)?;
    let mut findings = lookup.findings(&registration.findings);
    findings.retain(|f| matters(f));
    for f in findings.iter().take(options.max_findings) {
        let text = format!("{}: {}", f.severity, clean(&f.title));
        note(&text, Ink::of_severity(f.severity), style, w)?;
    }
    Ok(())
}

/// A story, numbered.
fn sentences(told: &[Sentence], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for (n, sentence) in told.iter().enumerate() {
        let number = format!("  {}. ", n + 1);
        let indent = " ".repeat(number.len());
        let lines = wrap(&sentence.text.to_string(), style.columns() - number.len());
        for (i, line) in lines.iter().enumerate() {
            writeln!(w, "{}{line}", if i == 0 { &number } else { &indent })?;
        }
    }
    Ok(())
}

fn matters(f: &Finding) -> bool {
    f.severity > Severity::Info
}

/// Title, ladder, the story, media, findings in a word.
fn one_call<'a>(
    lookup: &Lookup<'a>,
    call: &'a Call,
    options: &ReportOptions,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    call_title(lookup, call, style, w)?;
    let extent = Extent {
        rows: options.max_ladder_rows,
        ..Extent::READABLE
    };
    let rest = Rest {
        rows: "sipflow ladder FILE --call N",
        hosts: "sipflow ladder FILE --call N --all",
    };
    call_ladder(lookup, call, extent, rest, style, w)?;
    sentences(&story(lookup, call), style, w)?;
    let streams = lookup.streams_of_call(call.id);
    if !streams.is_empty() {
        let shown = streams.get(..options.max_streams).unwrap_or(streams);
        let hosts = Scene::names_between(lookup, call);
        streams::of_call(call, shown, &hosts, &lookup.files, style, w)?;
        let left = streams.len() - shown.len();
        if left > 0 {
            let left = counted(left as u64, "stream", "streams");
            let line = format!("{left} more: sipflow streams FILE --call {}", call.id);
            note(&line, Ink::Dim, style, w)?;
        }
    }
    let mut findings = lookup.findings(&call.findings);
    findings.retain(|f| matters(f));
    for f in findings.iter().take(options.max_findings) {
        let ink = Ink::of_severity(f.severity);
        let text = format!("{}: {}", f.severity, clean(&f.title));
        note(&text, ink, style, w)?;
    }
    let left = findings.len().saturating_sub(options.max_findings);
    if left > 0 {
        let left = counted(left as u64, "error or warning", "errors and warnings");
        let line = format!("{left} more: sipflow report FILE --call {} --json", call.id);
        note(&line, Ink::Dim, style, w)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_long_methods_those_that_count_are_named() {
        let mut counters = Counters::default();
        for n in 0..255 {
            let name = format!("M{n:03}{}", "X".repeat(1000));
            counters.sip_requests.insert(name, 1);
        }
        counters.sip_requests.insert("ZED".to_owned(), 7);
        let line = sip_counts(&counters, &Style::default());
        assert!(line.contains("ZED 7 and 240 more"), "{line}");
        assert!(line.starts_with("M000XXXX") && line.len() < 600, "{line}");
    }
}
