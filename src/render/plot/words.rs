//! The figures of a stream as the picture says them: those of its record.

use super::{Drawn, Way};
use crate::explain::media::codec_and_srtp;
use crate::explain::words::{counted, number};
use crate::media::trace::Trace;
use crate::report::model::Stream;

/// The line above a way: its streams, from where to where, with which codec.
pub(super) fn heading(way: &Way) -> String {
    match way.drawn.as_slice() {
        [one] => {
            let s = &one.stream;
            let (codec, src, dst) = (codec_and_srtp(s), &s.src, &s.dst);
            format!("stream {}, {codec}, {src} to {dst}", s.id)
        }
        several => {
            let all: Vec<String> = several.iter().map(|d| d.stream.id.to_string()).collect();
            format!("streams {}", all.join(", "))
        }
    }
}

/// A line of figures for each of several streams, or for the one.
fn each(way: &Way, of: impl Fn(&Stream) -> Option<String>) -> String {
    let several = way.drawn.len() > 1;
    let lines = way.drawn.iter().filter_map(|d| {
        let said = of(&d.stream)?;
        Some(match several {
            true => format!("stream {}: {said}", d.stream.id),
            false => said,
        })
    });
    lines.collect::<Vec<_>>().join("; ")
}

pub(super) fn jitter(way: &Way) -> String {
    each(way, |s| {
        let (mean, max) = (s.jitter_mean_ms?, s.jitter_max_ms?);
        Some(format!("mean {mean:.2}, max {max:.2}"))
    })
}

pub(super) fn delta(way: &Way) -> String {
    each(way, |s| {
        let (mean, min, max) = (s.delta_mean_ms?, s.delta_min_ms?, s.delta_max_ms?);
        Some(format!("mean {mean:.2}, min {min:.2}, max {max:.2}"))
    })
}

pub(super) fn delay(way: &Way) -> String {
    each(way, |s| {
        let drift = s.clock_drift_ppm?;
        Some(format!("clock drift {drift:+.1} ppm"))
    })
}

pub(super) fn loss(way: &Way) -> String {
    each(way, |s| Some(loss_of(s)))
}

fn loss_of(s: &Stream) -> String {
    let percent = match s.lost_percent {
        Some(percent) if s.lost > 0 => format!(" ({percent:.1} %)"),
        _ => String::new(),
    };
    let mut said = format!("{} of {} lost{percent}", s.lost, s.expected);
    if s.max_lost_burst > 1 {
        said.push_str(&format!(", longest run {}", s.max_lost_burst));
    }
    if s.out_of_order > 0 {
        said.push_str(&format!(", {} out of order", s.out_of_order));
    }
    if s.duplicates > 0 {
        let copies = counted(s.duplicates, "duplicate", "duplicates");
        said.push_str(&format!(", {copies}"));
    }
    said
}

pub(super) fn rate(way: &Way) -> String {
    let several = way.drawn.len() > 1;
    let said = each(way, |s| {
        let (ip, payload) = (s.bandwidth.ip_kbps?, s.bandwidth.payload_kbps?);
        Some(match several {
            true => format!("IP {ip:.1}, payload {payload:.1}"),
            false => format!("IP {ip:.1} (line), payload {payload:.1} (dashed)"),
        })
    });
    match several {
        true => format!("IP line, payload dashed; {said}"),
        false => said,
    }
}

/// What the picture says of a way, for who cannot see it.
pub(super) fn described(way: &Way) -> String {
    let mut said = format!("{}: ", way.name);
    let each: Vec<String> = way.drawn.iter().map(described_stream).collect();
    said.push_str(&each.join("; "));
    if !way.keys.is_empty() {
        let keys: Vec<&str> = way.keys.iter().map(|(_, key)| key.as_str()).collect();
        said.push_str(&format!("; keys {}", keys.join(" ")));
    }
    said.push('.');
    said
}

fn described_stream(d: &Drawn) -> String {
    let s = &d.stream;
    format!(
        "stream {}, {}, {}, {}, jitter mean {} ms and max {} ms, longest wait {} ms, IP {} kbit/s",
        s.id,
        codec_and_srtp(s),
        counted(s.packets, "packet", "packets"),
        loss_of(s),
        number(s.jitter_mean_ms, 2),
        number(s.jitter_max_ms, 2),
        number(s.delta_max_ms, 2),
        number(s.bandwidth.ip_kbps, 1),
    )
}

/// `1 s`, `0.2 s`.
pub(super) fn step_of(trace: &Trace) -> String {
    let seconds = trace.step().as_secs_f64();
    let text = format!("{seconds:.1}");
    format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
}
