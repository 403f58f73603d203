//! What RTCP said of a stream, in words.

use crate::explain::words::{clean, counted, in_digits, number};
use crate::report::model::{Rtcp, RtcpFeedback, RtcpXr, Stream};
use crate::types::{FileNames, Severity};

/// Jitter below this is told and not judged, in milliseconds.
const LITTLE: f64 = 5.0;

/// One line a subject, each with its name at the left where it begins.
pub(super) fn facts(s: &Stream, files: &FileNames) -> Vec<(&'static str, String)> {
    let Some(r) = &s.rtcp else {
        return vec![("RTCP", "none seen".into())];
    };
    let mut facts = vec![("RTCP", reports(s, r))];
    let more = [
        secret(r),
        worst(r, files),
        jitter(r),
        trips(r),
        answered(r),
        sync(r),
        sender(r),
        names(r),
    ];
    facts.extend(more.into_iter().flatten().map(|line| ("", line)));
    if let Some(x) = &r.xr {
        facts.push(("receiver says", receiver(s, x)));
        facts.push(("", metrics(x)));
    }
    let others: Vec<String> = r
        .xr_blocks
        .iter()
        .filter(|b| b.kind != 7)
        .map(|b| match &b.name {
            Some(name) => clean(name),
            None => format!("type {}", b.kind),
        })
        .collect();
    if !others.is_empty() {
        let line = format!("extended reports of other kinds: {}", others.join(", "));
        facts.push(("", line));
    }
    if let Some(f) = &r.feedback {
        facts.push(("feedback", feedback(f)));
    }
    for w in &r.warnings {
        let frame = frame(files, w.source, w.frame);
        let times = match w.count {
            1 => format!("in {frame}"),
            n => format!("in {frame}, {} in all", counted(n, "datagram", "datagrams")),
        };
        let name = match w.severity {
            Severity::Info => "RTCP form",
            Severity::Warning | Severity::Error => "RTCP fault",
        };
        facts.push((name, format!("{} ({times})", w.text)));
    }
    facts
}

fn reports(s: &Stream, r: &Rtcp) -> String {
    format!(
        "{}, {}{}; the receiver counts {} lost{} ({} % lately), jitter {} ms",
        counted(r.sender_reports, "sender report", "sender reports"),
        counted(r.receiver_reports, "report block", "report blocks"),
        reported_by(s),
        r.reported_lost.map_or("-".into(), |n| n.to_string()),
        sides(r),
        number(r.reported_fraction_lost_percent, 1),
        number(r.reported_jitter_ms, 1)
    )
}

/// Said where the reports do not come from where the media goes.
fn reported_by(s: &Stream) -> String {
    let by = s.rtcp.as_ref().and_then(|r| r.reported_by.as_ref());
    match by.filter(|by| by.address != s.dst.address) {
        Some(by) => format!(" from {by}"),
        None => String::new(),
    }
}

/// On which side of the capture point they were lost.
fn sides(r: &Rtcp) -> String {
    match (r.loss_before_capture, r.loss_after_capture) {
        (Some(before), Some(after)) if before + after > 0 => {
            format!(": {before} before this capture point, {after} behind it")
        }
        _ => String::new(),
    }
}

fn secret(r: &Rtcp) -> Option<String> {
    (r.srtcp_packets > 0).then(|| {
        let n = counted(r.srtcp_packets, "datagram", "datagrams");
        format!("{n} enciphered (SRTCP): what they report cannot be read")
    })
}

fn worst(r: &Rtcp, files: &FileNames) -> Option<String> {
    let w = r.worst_interval.as_ref()?;
    let here = match w.lost_here {
        0 => "none of them is missing here".to_owned(),
        n if n >= w.reported_lost => "they are missing here too".to_owned(),
        n => format!("{} of them missing here too", in_digits(n)),
    };
    Some(format!(
        "most was lost in the interval up to {}: {} of {}; {here}",
        frame(files, w.source, w.frame),
        in_digits(w.reported_lost),
        counted(w.packets, "packet", "packets"),
    ))
}

fn jitter(r: &Rtcp) -> Option<String> {
    let (reported, here) = (r.reported_jitter_mean_ms?, r.jitter_here_mean_ms?);
    let judged = match () {
        () if reported >= 2.0 * here && reported - here >= LITTLE => {
            ": much of it arises behind this capture point, if the receiver counts as RFC 3550 says"
        }
        () if here >= LITTLE && reported >= here / 2.0 => {
            ": much of it arose before this capture point"
        }
        () => "",
    };
    Some(format!(
        "jitter at the receiver {reported:.1} ms, here at the same moments {here:.1} ms (means){judged}"
    ))
}

fn trips(r: &Rtcp) -> Option<String> {
    let Some(last) = r.round_trip_ms else {
        let any = r.receiver_reports > 0;
        let none = "round trip unknown: no report answers a sender report that passed here before";
        return any.then(|| none.to_owned());
    };
    let spread =
        |last: f64, min: Option<f64>, mean: Option<f64>, max: Option<f64>| match (min, mean, max) {
            (Some(min), Some(mean), Some(max)) if min < max => {
                format!("{last:.1} ms ({min:.1} to {max:.1}, mean {mean:.1})")
            }
            _ => format!("{last:.1} ms"),
        };
    let near = spread(
        last,
        r.round_trip_min_ms,
        r.round_trip_mean_ms,
        r.round_trip_max_ms,
    );
    let whole = match (r.round_trip_sender_ms, r.round_trip_total_ms) {
        (Some(other), Some(total)) => format!(
            ", to the sender {other:.1} ms; together {}",
            spread(
                total,
                r.round_trip_total_min_ms,
                r.round_trip_total_mean_ms,
                r.round_trip_total_max_ms
            )
        ),
        _ => "; to the sender unknown".to_owned(),
    };
    Some(format!(
        "round trip from here to the receiver {near}{whole}"
    ))
}

/// The round trip a receiver without sender reports can ask for.
fn answered(r: &Rtcp) -> Option<String> {
    let trip = r.round_trip_answered_ms?;
    let n = u64::from(r.round_trips_answered);
    Some(format!(
        "round trip from here to the sender {trip:.1} ms, by {} to reference times (RFC 3611 §4.5)",
        match n {
            1 => "an answer".to_owned(),
            n => format!("{} answers", in_digits(n)),
        }
    ))
}

/// Pictures against sound.
fn sync(r: &Rtcp) -> Option<String> {
    let s = r.sync.as_ref()?;
    let (word, mean) = match s.later_mean_ms < 0.0 {
        true => ("earlier", -s.later_mean_ms),
        false => ("later", s.later_mean_ms),
    };
    let spread = match s.reports {
        1 => String::new(),
        _ => format!(" ({:.1} to {:.1})", s.later_min_ms, s.later_max_ms),
    };
    Some(format!(
        "pictures arrive {mean:.1} ms {word} than the sound of the same moment{spread}, by the sender's wall clock; a \
         phone that goes by it can make up for that"
    ))
}

fn sender(r: &Rtcp) -> Option<String> {
    let mut said = Vec::new();
    if let (Some(sent), Some(arrived)) = (r.sent_between_reports, r.arrived_between_reports) {
        said.push(format!(
            "between its reports the sender counts {} sent, {} arrived here",
            counted(sent, "packet", "packets"),
            in_digits(arrived)
        ));
    }
    if let Some(hz) = r.sender_clock_hz {
        said.push(format!(
            "its media clock ran at {hz:.1} Hz by its wall clock"
        ));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn names(r: &Rtcp) -> Option<String> {
    let mut said = Vec::new();
    if let Some(name) = &r.cname {
        said.push(format!("CNAME {}", clean(name)));
    }
    if let Some(tool) = &r.tool {
        said.push(format!("tool {}", clean(tool)));
    }
    if r.bye_time.is_some() {
        let reason = r.bye_reason.as_deref().map(clean);
        said.push(match reason {
            Some(reason) => format!("said goodbye: {reason}"),
            None => "said goodbye".to_owned(),
        });
    }
    if r.app_packets > 0 {
        said.push(counted(
            r.app_packets,
            "packet of an application",
            "packets of an application",
        ));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// What the phone rates, beside what was measured here.
fn receiver(s: &Stream, x: &RtcpXr) -> String {
    format!(
        "{} % lost (here {}), {} % discarded; MOS-LQ {} (here {}), MOS-CQ {}, R {} (here {})",
        number(x.loss_percent, 1),
        number(s.lost_percent, 1),
        number(x.discard_percent, 1),
        number(x.mos_lq, 1),
        number(s.quality.mos, 2),
        number(x.mos_cq, 1),
        x.r_factor.map_or("-".into(), |r| r.to_string()),
        number(s.quality.r_factor, 0),
    )
}

fn metrics(x: &RtcpXr) -> String {
    let known = |v: Option<u16>| v.map_or("-".to_owned(), |v| v.to_string());
    let level = |v: Option<i8>| v.map_or("-".to_owned(), |v| v.to_string());
    format!(
        "bursts {} ms at {} %, gaps {} ms at {} % (Gmin {}); round trip {} ms, in the phone {} ms; speech {} dBm0, noise \
         {} dBm0, echo loss {} dB; {} buffer {} ms, at most {}, never above {}; concealment {}",
        x.burst_duration_ms,
        number(x.burst_density_percent, 1),
        x.gap_duration_ms,
        number(x.gap_density_percent, 1),
        x.gmin,
        known(x.round_trip_ms),
        known(x.end_system_delay_ms),
        level(x.signal_level_dbm0),
        level(x.noise_level_dbm0),
        known(x.rerl_db.map(u16::from)),
        x.jitter_buffer,
        x.jitter_buffer_nominal_ms,
        x.jitter_buffer_max_ms,
        x.jitter_buffer_abs_max_ms,
        x.concealment
    )
}

fn feedback(f: &RtcpFeedback) -> String {
    let mut said = Vec::new();
    if f.nacks > 0 {
        said.push(format!(
            "{} asked for again ({} NACK)",
            counted(f.nacked_packets, "packet", "packets"),
            f.nacks
        ));
    }
    let kinds = [
        (f.picture_loss, "picture loss (PLI)"),
        (f.full_intra, "whole picture asked for (FIR)"),
        (f.transport_wide, "arrival times (transport-wide)"),
        (f.other, "of other kinds"),
    ];
    let told = kinds.into_iter().filter(|(n, _)| *n > 0);
    said.extend(told.map(|(n, what)| format!("{n} {what}")));
    if let Some(bps) = f.remb_bps.filter(|_| f.remb > 0) {
        said.push(format!(
            "{} limits of the rate (REMB), the last {} kbit/s",
            f.remb,
            bps / 1000
        ));
    }
    said.join(", ")
}

fn frame(files: &FileNames, source: u32, frame: u64) -> String {
    files.frame((source as usize).wrapping_sub(1), frame)
}
