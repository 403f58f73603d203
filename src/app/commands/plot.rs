//! `sipflow plot`.

use crate::app::analyse::{Analysis, analyse};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::plot::{Chosen, Side, of_call, of_stream, trace};
use crate::app::said::say;
use crate::app::sound::readable_twice;
use crate::cli::{PictureFormat, PlotArgs, SecondsRange};
use crate::explain::words::counted;
use crate::explain::{moments, names};
use crate::media::StreamRecord;
use crate::media::trace::Span;
use crate::render::plot::{self, Drawn, Look, Picture, Theme, Way};
use crate::report::model::{Call, Report, Timestamp};
use crate::types::{
    CallNo, CaptureTime, Delta, Escaped, KindSet, MediaKind, Party, RecordKind, shown_path,
};
use std::io::{IsTerminal, Write};

/// Left and right of what is drawn, as a part of it.
const MARGIN: i64 = 100;
/// Shortest time drawn.
const SHORTEST: Delta = Delta::from_millis(1);
/// Files named in the picture.
const MOST_NAMES: usize = 3;

pub(super) fn run(args: &PlotArgs) -> Result<(), Failure> {
    let format = args.picture_format().map_err(Failure::Usage)?;
    check(args, format)?;
    let (input, _copies) = readable_twice(&args.input)?;
    let keep = KindSet::of(&[RecordKind::Call, RecordKind::Stream, RecordKind::Message]);
    let mut analysis = analyse(&input, &args.diagnostics, keep)?;
    let (call, chosen) = choose(&analysis, args)?;
    let mut report = analysis.report();
    let call = call.and_then(|no| report.calls.iter().find(|c| c.id == no).cloned());
    if let Some(call) = &call {
        report.messages = analysis.load_messages(call.messages.iter().copied())?;
    }
    let moments = call
        .as_ref()
        .map_or_else(Vec::new, |c| moments(c, &report.messages));
    let zero = analysis.first_time().unwrap_or_default();
    let said = match args.stream {
        Some(_) => None,
        None => moments
            .first()
            .map(|m| m.time)
            .zip(moments.last().map(|m| m.time)),
    };
    let span = span(&chosen, said, zero, args)?;
    let step = plot::step(span.length());
    let (said, streams) = (&args.diagnostics, &chosen.streams);
    let read = trace(&input, said, streams, span, (zero, step))?;
    let mut ways: Vec<(Side, Way)> = Vec::new();
    let streams = chosen.streams.iter().zip(&chosen.sides);
    for ((record, side), (trace, sound)) in streams.zip(read) {
        let Some(stream) = report.streams.iter().find(|s| s.id == record.no.get()) else {
            continue;
        };
        let drawn = Drawn {
            stream: stream.clone(),
            first_times: first_times(record),
            trace,
            sound,
        };
        match ways.last_mut().filter(|(last, _)| last == side) {
            Some((_, way)) => way.drawn.push(drawn),
            None => {
                let way = Way {
                    name: way_name(*side, call.as_ref(), &chosen),
                    drawn: vec![drawn],
                    keys: Vec::new(),
                };
                ways.push((*side, way));
            }
        }
    }
    keys(&mut ways, call.as_ref(), &chosen);
    let picture = Picture {
        title: title(call.as_ref(), args, &report),
        subtitle: subtitle(args, zero),
        span,
        zero,
        moments,
        notes: notes(&chosen, args),
        ways: ways.into_iter().map(|(_, way)| way).collect(),
    };
    write(args, format, &picture)?;
    if !args.diagnostics.quiet && !args.is_to_stdout() {
        let streams: Vec<String> = chosen.streams.iter().map(|s| s.no.to_string()).collect();
        let what = match streams.as_slice() {
            [] => "no stream".to_owned(),
            [one] => format!("stream {one}"),
            several => format!("streams {}", several.join(", ")),
        };
        say(&format!("{}: {what}", shown_path(&args.file)));
    }
    analysis.verdict(&args.input)
}

fn check(args: &PlotArgs, format: PictureFormat) -> Result<(), Failure> {
    let is_png = format == PictureFormat::Png;
    if is_png && args.is_to_stdout() && std::io::stdout().is_terminal() {
        let text = "standard output is a terminal: name a file with -o, or send it to a program";
        return Err(Failure::Usage(text.to_owned()));
    }
    if is_png && cfg!(not(feature = "plot")) {
        let text = "this build draws no PNG: it was made without the feature plot; SVG it does";
        return Err(Failure::Usage(text.to_owned()));
    }
    if !is_png && args.scale != 1 {
        let text = "--scale is for PNG: an SVG is sharp at every size";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}

/// The call, and what of it is drawn.
fn choose(analysis: &Analysis, args: &PlotArgs) -> Result<(Option<u32>, Chosen), Failure> {
    let (streams, calls) = (&analysis.collected.streams, &analysis.collected.calls);
    if let Some(number) = args.stream {
        let Some(chosen) = of_stream(streams, number) else {
            let text = format!("no stream {number} in the capture; sipflow streams lists them");
            return Err(Failure::NothingMatched(text));
        };
        let call = chosen.streams.first().and_then(|s| s.call).map(CallNo::get);
        return Ok((call, chosen));
    }
    let number = match (args.call, calls.as_slice()) {
        (Some(number), _) => number,
        (None, [only]) => only.no.get(),
        (None, []) => {
            let text = "no call in the capture; --stream N draws a stream of no call";
            return Err(Failure::NothingMatched(text.to_owned()));
        }
        (None, several) => {
            let text = format!(
                "the capture has {} calls: name one with --call N",
                several.len()
            );
            return Err(Failure::Usage(text));
        }
    };
    match calls.iter().any(|c| c.no.get() == number) {
        true => Ok((Some(number), of_call(streams, number))),
        false => Err(Failure::NothingMatched(format!(
            "no call {number} in the capture; sipflow calls lists them"
        ))),
    }
}

/// The time shown: as asked for, else all of the streams and of what SIP said, with a little room.
fn span(
    chosen: &Chosen,
    said: Option<(CaptureTime, CaptureTime)>,
    zero: CaptureTime,
    args: &PlotArgs,
) -> Result<Span, Failure> {
    let spans = [chosen.span(), said];
    let all = spans.into_iter().flatten();
    let (begin, end) = all
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((zero, zero));
    let room = Delta::from_nanos(((end - begin).as_nanos() / MARGIN).max(1_000_000));
    let (mut from, mut to) = (begin - room, end + room);
    if let Some(SecondsRange { from: a, to: b }) = args.range {
        from = at(zero, a);
        to = b.map_or(to, |b| at(zero, b));
        if to <= from {
            let last = (end - zero).as_secs_f64();
            let text = format!("--range begins at {a} s: what is drawn ends at {last:.3} s");
            return Err(Failure::NothingMatched(text));
        }
    }
    Ok(Span {
        begin: from,
        end: to.max(from + SHORTEST),
        columns: plot::columns(args.width),
    })
}

fn at(zero: CaptureTime, seconds: f64) -> CaptureTime {
    zero + Delta::from_nanos((seconds * 1e9) as i64)
}

fn first_times(record: &StreamRecord) -> Vec<(u8, CaptureTime)> {
    let payloads = record.payloads.iter();
    payloads
        .map(|p| (p.payload_type.get(), p.first_time))
        .collect()
}

/// `alice to bob, video`
fn way_name(side: Side, call: Option<&Call>, chosen: &Chosen) -> String {
    let names = match (side.party, call) {
        (Some(Party::Caller), Some(c)) => {
            format!("{} to {}", names::party(&c.caller), names::callee_of(c))
        }
        (Some(Party::Callee), Some(c)) => {
            format!("{} to {}", names::callee_of(c), names::party(&c.caller))
        }
        _ => match side.flow {
            Some(flow) => format!("{} to {}", flow.src.addr, flow.dst.addr),
            None => "stream".to_owned(),
        },
    };
    let several = chosen.sides.iter().any(|s| s.kind != side.kind);
    match side.kind {
        Some(kind) if several || kind != MediaKind::Audio => format!("{names}, {kind}"),
        _ => names,
    }
}

/// Puts the keys where they were pressed: into the first block of the party.
fn keys(ways: &mut [(Side, Way)], call: Option<&Call>, chosen: &Chosen) {
    let Some(call) = call else {
        let own = chosen.streams.iter().flat_map(|s| &s.dtmf);
        if let Some((_, way)) = ways.first_mut() {
            way.keys = own.map(|d| (d.time, d.digit.clone())).collect();
        }
        return;
    };
    for key in &call.dtmf {
        let mut ways = ways.iter_mut();
        if let Some((_, way)) = ways.find(|(side, _)| side.party == key.from) {
            way.keys
                .push((key.time.0, Escaped::of(&key.digit).to_string()));
        }
    }
}

fn title(call: Option<&Call>, args: &PlotArgs, report: &Report) -> String {
    let stream = args
        .stream
        .and_then(|n| report.streams.iter().find(|s| s.id == n));
    let of_call = call.map(|c| {
        let (caller, callee) = (names::party(&c.caller), names::party(&c.callee));
        (c.id, format!("{caller} to {callee}"))
    });
    match (stream, of_call) {
        (Some(stream), Some((call, ends))) => {
            format!("Stream {} of call {call} ({ends})", stream.id)
        }
        (Some(stream), None) => format!("Stream {}", stream.id),
        (None, Some((call, ends))) => format!("Call {call}, {ends}"),
        (None, None) => "sipflow".to_owned(),
    }
}

fn subtitle(args: &PlotArgs, zero: CaptureTime) -> String {
    let files = &args.input.files;
    let name = |f: &std::path::PathBuf| match f.file_name() {
        _ if f.as_os_str() == "-" => "standard input".to_owned(),
        Some(name) => shown_path(std::path::Path::new(name)),
        None => shown_path(f),
    };
    let mut names: Vec<String> = files.iter().take(MOST_NAMES).map(name).collect();
    if files.len() > MOST_NAMES {
        names.push(format!("{} more", files.len() - MOST_NAMES));
    }
    format!("{}, 0 s is {}", names.join(", "), Timestamp(zero))
}

fn notes(chosen: &Chosen, args: &PlotArgs) -> Vec<String> {
    let mut notes = Vec::new();
    if chosen.streams.is_empty() {
        notes.push("no RTP of this call is in the capture".to_owned());
    }
    if args.range.is_some() && !chosen.streams.is_empty() {
        notes.push("the figures above the panels are those of the whole stream".to_owned());
    }
    let beside = [
        (&chosen.other_hops, "another hop"),
        (
            &chosen.other_sources,
            "another source between the same ports",
        ),
    ];
    for (streams, what) in beside.iter().filter(|(streams, _)| !streams.is_empty()) {
        let all: Vec<String> = streams.iter().map(u32::to_string).collect();
        let noun = if all.len() == 1 { "stream" } else { "streams" };
        notes.push(format!(
            "not drawn, as another stream of the same side ran at that time ({what}): {noun} {}; --stream N draws one",
            all.join(", ")
        ));
    }
    if chosen.beyond > 0 {
        let more = counted(chosen.beyond as u64, "stream", "streams");
        notes.push(format!("{more} more of this call not drawn"));
    }
    notes
}

fn write(args: &PlotArgs, format: PictureFormat, picture: &Picture) -> Result<(), Failure> {
    let theme = match (args.dark, format) {
        (true, _) => Theme::Dark,
        (false, PictureFormat::Svg) => Theme::Both,
        (false, PictureFormat::Png) => Theme::Light,
    };
    let svg = plot::render(
        picture,
        Look {
            width: args.width,
            height: args.height,
            theme,
        },
    );
    let bytes = match format {
        PictureFormat::Svg => svg.into_bytes(),
        PictureFormat::Png => png(&svg, args.scale)?,
    };
    let mut out = output::open(&args.output())?;
    out.write_all(&bytes)?;
    out.finish()
}

#[cfg(feature = "plot")]
fn png(svg: &str, scale: u32) -> Result<Vec<u8>, Failure> {
    plot::rasterise(svg, scale).map_err(|e| Failure::Usage(e.to_string()))
}

#[cfg(not(feature = "plot"))]
fn png(_svg: &str, _scale: u32) -> Result<Vec<u8>, Failure> {
    Ok(Vec::new())
}
