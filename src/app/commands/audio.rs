//! `sipflow audio`.

use crate::app::analyse::{Analysis, analyse};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::said::say;
use crate::app::sound::{
    Channel, HeardStream, Lane, MOST_OCTETS, Plan, Raw, Way, formats, header, listen, named,
    readable_twice,
};
use crate::cli::{AudioArgs, InputArgs, OutputArgs};
use crate::explain::words::counted;
use crate::media::StreamRecord;
use crate::media::sound::{Track, TrackFigures};
use crate::types::{CaptureTime, Delta, Escaped, KindSet, Party, RecordKind, shown_path};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// Rate of a file without sound.
const USUAL_RATE: u32 = 8000;
/// Sound may begin a little before its first packet came.
const BEFORE: Delta = Delta::from_secs(1);
/// Samples of a channel that are mixed at a time.
const STEP: usize = 1 << 15;

/// A stream that was listened to.
struct Heard {
    lane: Option<Lane>,
    figures: TrackFigures,
    raw: Vec<(PathBuf, u64)>,
}

pub(super) fn run(args: &AudioArgs) -> Result<(), Failure> {
    if args.is_to_stdout() && (args.streams || args.raw) {
        let text = "-o - is one file: name a file that the others can be named after";
        return Err(Failure::Usage(text.to_owned()));
    }
    if args.is_to_stdout() && std::io::stdout().is_terminal() {
        let text = "standard output is a terminal: name a file with -o, or send it to a program";
        return Err(Failure::Usage(text.to_owned()));
    }
    let (input, _copies) = readable_twice(&args.input)?;
    let keep = KindSet::of(&[RecordKind::Call, RecordKind::Stream]);
    let mut analysis = analyse(&input, &args.diagnostics, keep)?;
    let plan = plan(&analysis, args)?;
    let begin = match args.talk {
        true => Some(answer_of(&mut analysis, args)?),
        false => None,
    };
    let plan = if args.streams { plan.apart() } else { plan };
    if plan.streams.is_empty() {
        return Err(Failure::NothingMatched(nothing(&plan, args)));
    }
    let rate = rate_of(&plan);
    let origin = plan.streams.iter().map(|s| s.first_time).min();
    let origin = origin.unwrap_or_default() - BEFORE;
    let heard = hear(&input, args, &plan, rate, origin)?;
    let mut said = Said::of(&plan, &heard);
    let mut lanes: Vec<Option<Lane>> = heard.into_iter().map(|h| h.lane).collect();
    let mut is_sound = false;
    if args.streams {
        for (stream, way) in plan.streams.iter().zip(&plan.ways) {
            let addition = format!("-stream-{}", stream.no.get());
            let path = named(&args.file, &addition, "wav");
            let file = Some(path.clone());
            let out = OutputArgs {
                file,
                ..OutputArgs::default()
            };
            output::check(&out, &args.input.files)?;
            let mut channels = [channel(way, &mut lanes)];
            is_sound |= write(
                &mut channels,
                (rate, origin, begin),
                &out,
                &mut said,
                &analysis,
            )?;
        }
    } else {
        let mut channels: Vec<Channel> = plan.ways.iter().map(|w| channel(w, &mut lanes)).collect();
        said.leave_out_covered(&plan, &mut channels);
        is_sound = write(
            &mut channels,
            (rate, origin, begin),
            &args.output(),
            &mut said,
            &analysis,
        )?;
    }
    if !is_sound && said.is_raw {
        let file = shown_path(&args.file);
        let line = format!("no sound could be decoded: {file} is not written");
        said.lines.push(line);
    }
    if !args.diagnostics.quiet {
        for line in &said.lines {
            say(line);
        }
    }
    analysis.verdict(&args.input)?;
    match is_sound || said.is_raw {
        true => Ok(()),
        false if args.diagnostics.quiet => Err(Failure::NothingMatched(said.lines.join("\n"))),
        false => Err(Failure::NothingMatched(
            "no sound could be decoded: no file was written".into(),
        )),
    }
}

/// What is asked for, of what is in the capture.
fn plan(analysis: &Analysis, args: &AudioArgs) -> Result<Plan, Failure> {
    let (streams, calls) = (&analysis.collected.streams, &analysis.collected.calls);
    if let Some(number) = args.stream {
        return match streams.iter().any(|s| s.no.get() == number) {
            true => Ok(Plan::of_stream(streams, number)),
            false => Err(Failure::NothingMatched(format!(
                "no stream {number} in the capture; sipflow streams lists them"
            ))),
        };
    }
    let number = match (args.call, calls.as_slice()) {
        (Some(number), _) => number,
        (None, [only]) => only.no.get(),
        (None, []) => {
            let text = "no call in the capture; --stream N takes a stream of no call";
            return Err(Failure::NothingMatched(text.to_owned()));
        }
        (None, several) => {
            return Err(Failure::Usage(format!(
                "the capture has {} calls: name one with --call N",
                several.len()
            )));
        }
    };
    match calls.iter().any(|c| c.no.get() == number) {
        true => Ok(Plan::of_call(streams, number)),
        false => Err(Failure::NothingMatched(format!(
            "no call {number} in the capture; sipflow calls lists them"
        ))),
    }
}

fn answer_of(analysis: &mut Analysis, args: &AudioArgs) -> Result<CaptureTime, Failure> {
    let calls = analysis.report().calls;
    let number = args.call.or(calls.first().map(|c| c.id));
    let call = calls.into_iter().find(|c| Some(c.id) == number);
    call.and_then(|c| c.answer_time)
        .map(|t| t.0)
        .ok_or_else(|| {
            Failure::NothingMatched(
                "the call was not answered in the capture: leave out --talk".into(),
            )
        })
}

fn nothing(plan: &Plan, args: &AudioArgs) -> String {
    match (plan.encrypted.as_slice(), args.stream) {
        ([], Some(number)) => format!("stream {number} carries no sound"),
        ([], None) => "the call has no RTP with sound in the capture".to_owned(),
        (encrypted, _) => encrypted_line(encrypted),
    }
}

fn encrypted_line(streams: &[u32]) -> String {
    let verb = if streams.len() == 1 { "is" } else { "are" };
    format!(
        "{} {verb} encrypted (SRTP): without the keys it is no sound",
        numbers(streams)
    )
}

/// `stream 1`, `streams 1, 2`
fn numbers(streams: &[u32]) -> String {
    let all: Vec<String> = streams.iter().map(u32::to_string).collect();
    let noun = if all.len() == 1 { "stream" } else { "streams" };
    format!("{noun} {}", all.join(", "))
}

/// The highest rate of anything that is heard.
fn rate_of(plan: &Plan) -> u32 {
    let rates = plan
        .streams
        .iter()
        .filter_map(|s| Track::new(formats(s), false).rate());
    rates.max().unwrap_or(USUAL_RATE)
}

fn hear(
    input: &InputArgs,
    args: &AudioArgs,
    plan: &Plan,
    rate: u32,
    origin: CaptureTime,
) -> Result<Vec<Heard>, Failure> {
    let channels = if args.streams {
        1
    } else {
        plan.ways.len() as u64
    };
    let most = MOST_OCTETS / (2 * channels.max(1));
    let mut ears = Vec::new();
    for stream in &plan.streams {
        let raw = match args.raw {
            true => Some(Raw::open(stream, &args.file, &args.input.files)?),
            false => None,
        };
        let lane = Lane::new(rate, origin, most).map_err(Failure::Texts)?;
        let track = Track::new(formats(stream), args.conceal);
        ears.push(HeardStream::new(track, lane, raw));
    }
    listen(input, &args.diagnostics, &plan.streams, &mut ears)?;
    let mut heard = Vec::new();
    for ear in ears {
        let (lane, figures, raw) = ear.finish().map_err(Failure::Texts)?;
        heard.push(Heard {
            lane: Some(lane),
            figures,
            raw: raw.map_or(Ok(Vec::new()), Raw::finish)?,
        });
    }
    Ok(heard)
}

fn channel(way: &Way, lanes: &mut [Option<Lane>]) -> Channel {
    let own = way.streams.iter();
    Channel {
        lanes: own.filter_map(|at| lanes.get_mut(*at)?.take()).collect(),
    }
}

/// Writes one file. False where there is no sound in it, and so no file.
fn write(
    channels: &mut [Channel],
    (rate, origin, begin): (u32, CaptureTime, Option<CaptureTime>),
    to: &OutputArgs,
    said: &mut Said,
    analysis: &Analysis,
) -> Result<bool, Failure> {
    let spans = channels.iter().filter_map(Channel::span);
    let Some((first, end)) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Ok(false);
    };
    let sample = |t: CaptureTime| {
        let any = channels.iter().flat_map(|c| &c.lanes).next();
        any.map_or(0, |lane| u64::try_from(lane.sample_at(t)).unwrap_or(0))
    };
    let first = begin.map_or(first, sample);
    let frames = end.saturating_sub(first);
    if frames == 0 {
        said.lines
            .push("nothing sounds after the answer".to_owned());
        return Ok(false);
    }
    let count = channels.len();
    let mut out = output::open(to)?;
    out.write_all(&header(rate, count as u16, frames))?;
    let mut at = first;
    let mut samples = vec![0i16; STEP];
    let mut octets = vec![0u8; STEP * 2 * count];
    while at < end {
        let here = usize::try_from(end - at).unwrap_or(STEP).min(STEP);
        for (channel, n) in channels.iter_mut().zip(0..) {
            let part = samples.get_mut(..here).unwrap_or_default();
            channel.read(at, part).map_err(Failure::Texts)?;
            let frames = octets.chunks_exact_mut(2 * count);
            for (frame, sample) in frames.zip(part) {
                if let Some(place) = frame.get_mut(2 * n..2 * n + 2) {
                    place.copy_from_slice(&sample.to_le_bytes());
                }
            }
        }
        out.write_all(octets.get(..here * 2 * count).unwrap_or_default())?;
        at += here as u64;
    }
    out.finish()?;
    let place = to
        .file
        .as_ref()
        .map_or("standard output".to_owned(), |f| shown_path(f));
    let seconds = frames as f64 / f64::from(rate);
    let start =
        origin + Delta::from_nanos((first as i128 * 1_000_000_000 / i128::from(rate)) as i64);
    let since = analysis
        .first_time()
        .map_or(0.0, |t| (start - t).as_secs_f64());
    let what = match count {
        1 => "1 channel".to_owned(),
        _ => "channel 1 the caller, 2 the callee".to_owned(),
    };
    said.lines.push(format!(
        "{place}: {seconds:.2} s from {since:.3} s of the capture on, {rate} Hz, {what}"
    ));
    if channels.iter().flat_map(|c| &c.lanes).any(|l| l.is_cut) {
        said.lines
            .push("a WAV file holds 4 GiB: the rest of the sound is left out".to_owned());
    }
    Ok(true)
}

/// What is said about the sound.
struct Said {
    lines: Vec<String>,
    is_raw: bool,
}

impl Said {
    fn of(plan: &Plan, heard: &[Heard]) -> Said {
        let mut lines = Vec::new();
        let whose = |at: usize| {
            let way = plan.ways.iter().find(|w| w.streams.contains(&at));
            match way.and_then(|w| w.party) {
                Some(Party::Caller) => "the caller, ",
                Some(Party::Callee) => "the callee, ",
                None => "",
            }
        };
        for at in plan.ways.iter().flat_map(|w| {
            let mut own = w.streams.clone();
            own.sort_unstable();
            own
        }) {
            if let (Some(stream), Some(h)) = (plan.streams.get(at), heard.get(at)) {
                lines.extend(lines_of(whose(at), stream, h));
            }
        }
        if !plan.encrypted.is_empty() {
            lines.push(encrypted_line(&plan.encrypted));
        }
        if !plan.guessed.is_empty() {
            lines.push(format!(
                "nothing tells whose sound {} is: put to the address it came from",
                numbers(&plan.guessed)
            ));
        }
        Said {
            lines,
            is_raw: heard.iter().any(|h| !h.raw.is_empty()),
        }
    }

    /// Leaves out streams that are another hop of what is heard.
    fn leave_out_covered(&mut self, plan: &Plan, channels: &mut [Channel]) {
        let mut covered: Vec<u32> = Vec::new();
        for (way, channel) in plan.ways.iter().zip(channels) {
            let left_out = channel.leave_out_covered().into_iter();
            let at = left_out.filter_map(|n| way.streams.get(n));
            covered.extend(at.filter_map(|at| Some(plan.streams.get(*at)?.no.get())));
        }
        covered.sort_unstable();
        if !covered.is_empty() {
            self.lines.push(format!(
                "not mixed in, as another stream of the same party sounds at that time: {}",
                numbers(&covered)
            ));
        }
    }
}

fn lines_of(whose: &str, stream: &StreamRecord, heard: &Heard) -> Vec<String> {
    let figures = &heard.figures;
    let number = stream.no.get();
    let codecs: Vec<&str> = figures.codecs.iter().map(|c| &**c).collect();
    let codecs = Escaped::of(&codecs.join(", ")).to_string();
    let mut lines = Vec::new();
    if figures.heard > 0 {
        let lost = match figures.lost {
            0 => "none lost".to_owned(),
            lost => format!("{lost} lost"),
        };
        let packets = counted(figures.heard, "packet", "packets");
        lines.push(format!(
            "{whose}stream {number}: {codecs}, {packets}, {lost}"
        ));
    }
    if figures.beside > 0 {
        let packets = counted(figures.beside, "packet", "packets");
        lines.push(format!(
            "stream {number}: {packets} of events or comfort noise are silence here"
        ));
    }
    for (_, why, count) in &figures.undecoded {
        let packets = counted(*count, "packet", "packets");
        let hint = match heard.raw.is_empty() {
            true => "; --raw writes its payload",
            false => "",
        };
        lines.push(format!(
            "stream {number}: {packets} not decoded: {why}{hint}"
        ));
    }
    for (path, packets) in &heard.raw {
        let packets = counted(*packets, "payload", "payloads");
        lines.push(format!(
            "{}: {packets} of stream {number}",
            shown_path(path)
        ));
    }
    lines
}
