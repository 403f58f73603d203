//! The arithmetic behind a stream's figures, for readers who want to do it themselves.

mod quality;
mod sync;

use super::words::{clean, number};
use crate::media::{PacketRow, Place};
use crate::report::model::Stream;

/// How one figure comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// `loss`, `jitter`, `clock`, `bandwidth`, `round trip`, `sound and pictures`, `quality`.
    pub figure: &'static str,
    /// The arithmetic, line by line.
    pub lines: Vec<Formula>,
}

/// One line of arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What is worked out; empty where the line goes on about the one before, `-` where nothing can be.
    pub name: &'static str,
    /// The sum with the stream's own numbers, or why there is none.
    pub formula: String,
    /// The figure of the report, where the sum comes to another.
    pub reported: Option<String>,
}

fn line(name: &'static str, formula: impl Into<String>) -> Formula {
    Formula {
        name,
        formula: formula.into(),
        reported: None,
    }
}

/// How the figures of a stream come about. Everything is computed again from the report's own counts.
pub fn work(stream: &Stream) -> Vec<Work> {
    let mut works = vec![
        ("loss", loss(stream)),
        ("jitter", jitter(stream)),
        ("clock", clock(stream)),
        ("bandwidth", bandwidth(stream)),
    ];
    works.extend(round_trip(stream).map(|lines| ("round trip", lines)));
    works.extend(sync::sync(stream).map(|lines| ("sound and pictures", lines)));
    works.push(("quality", quality::quality(stream)));
    works.retain(|(_, lines)| !lines.is_empty());
    let works = works.into_iter();
    works
        .map(|(figure, lines)| Work { figure, lines })
        .collect()
}

/// The reported figure where the computed one is another.
fn unless_same(computed: f64, reported: Option<f64>, decimals: usize) -> Option<String> {
    let computed = number(Some(computed), decimals);
    let reported = number(reported, decimals);
    (computed != reported).then_some(reported)
}

/// Counts below 2^53 are exact in f64; no capture holds more packets or bytes.
fn float(n: u64) -> f64 {
    n as f64
}

fn loss(s: &Stream) -> Vec<Formula> {
    let distinct = s.packets.saturating_sub(s.duplicates);
    let lost = s.expected.saturating_sub(distinct);
    let copies = match s.duplicates {
        1 => "duplicate",
        _ => "duplicates",
    };
    let mut lines = expected(s);
    lines.extend([
        line(
            "distinct",
            format!(
                "{} received - {} {copies} = {distinct}",
                s.packets, s.duplicates
            ),
        ),
        Formula {
            reported: unless_same(float(lost), Some(float(s.lost)), 0),
            ..line("lost", format!("{} - {distinct} = {lost}", s.expected))
        },
    ]);
    if s.sequence_restarts > 0 {
        let ranges = s.sequence_restarts + 1;
        lines.push(line("", format!("summed over {ranges} sequence ranges")));
    }
    if s.expected > 0 {
        let percent = float(s.lost) / float(s.expected) * 100.0;
        let formula = format!("{} / {} x 100 = {percent:.3} %", s.lost, s.expected);
        lines.push(Formula {
            reported: unless_same(percent, s.lost_percent, 3),
            ..line("lost %", formula)
        });
    }
    lines.push(line(
        "RFC 3550",
        format!(
            "{} - {} received, copies counted = {}",
            s.expected, s.packets, s.rtcp_style_lost
        ),
    ));
    lines
}

/// Packets promised by the first and the last number, as RFC 3550 A.3 counts them.
fn expected(s: &Stream) -> Vec<Formula> {
    const CYCLE: u64 = 1 << 16;
    let Some((lowest, highest)) = s.work.as_ref().and_then(|w| w.range) else {
        let formula = format!("highest - lowest sequence number + 1 = {}", s.expected);
        return vec![line("expected", formula)];
    };
    let cycles = highest / CYCLE - lowest / CYCLE;
    let (first, last) = (lowest % CYCLE, highest % CYCLE);
    let extended = cycles * CYCLE + last;
    let expected = extended - first + 1;
    let turns = match cycles {
        0 => format!("sequence number {last}, no turn through 65535"),
        n => format!("sequence number {last} after {n} x 65536 = {extended}"),
    };
    vec![
        line("lowest", format!("sequence number {first}")),
        line("highest", turns),
        Formula {
            reported: unless_same(float(expected), Some(float(s.expected)), 0),
            ..line("expected", format!("{extended} - {first} + 1 = {expected}"))
        },
    ]
}

fn jitter(s: &Stream) -> Vec<Formula> {
    let rate = s.payloads.iter().find_map(|p| p.clock_rate);
    let Some(rate) = rate.filter(|_| s.jitter_mean_ms.is_some()) else {
        let reason = s.jitter_reason.as_deref().unwrap_or("no clock rate");
        return vec![line("-", clean(reason))];
    };
    vec![
        line(
            "D",
            format!("(arrival - arrival before) - (timestamp - timestamp before) / {rate} Hz"),
        ),
        line(
            "J",
            "J + (|D| - J) / 16 for each packet, from 0 (RFC 3550 A.8)",
        ),
        line(
            "",
            format!(
                "mean {} ms, max {} ms, at the end {} ms",
                number(s.jitter_mean_ms, 3),
                number(s.jitter_max_ms, 3),
                number(s.jitter_last_ms, 3)
            ),
        ),
    ]
}

fn bandwidth(s: &Stream) -> Vec<Formula> {
    let b = &s.bandwidth;
    let (Some(ip), Some(ptime)) = (b.ip_kbps, s.ptime_ms) else {
        return vec![line("-", "packet time or packet size unknown")];
    };
    let active = s.duration_s + ptime / 1e3;
    if active <= 0.0 || s.packets == 0 {
        return vec![line("-", "no time passed")];
    }
    let rate = float(s.packets) / active;
    let mut lines = vec![
        line(
            "active time",
            format!(
                "{:.3} s first to last + {:.3} s, one packet = {active:.3} s",
                s.duration_s,
                ptime / 1e3
            ),
        ),
        line(
            "packets/s",
            format!("{} / {active:.3} s = {rate:.2}", s.packets),
        ),
    ];
    let mean = float(s.bytes) / float(s.packets);
    lines.push(line(
        "mean packet",
        format!(
            "{} bytes / {} packets = {mean:.1} bytes of RTP",
            s.bytes, s.packets
        ),
    ));
    let Some(work) = &s.work else { return lines };
    let mut before = 0;
    for (name, octets, headers, reported) in [
        ("payload", work.payload_bytes, "", b.payload_kbps),
        ("RTP", s.bytes, "RTP headers", b.rtp_kbps),
        ("IP", work.ip_bytes, "UDP and IP headers", Some(ip)),
        (
            "Ethernet",
            work.ethernet_bytes,
            "headers, padding, FCS",
            b.ethernet_kbps,
        ),
    ] {
        let added = octets.saturating_sub(std::mem::replace(&mut before, octets));
        let kbps = float(octets) * 8.0 / active / 1e3;
        let sum = match headers {
            "" => format!("{octets} bytes"),
            _ => format!("+ {added} of {headers} = {octets} bytes"),
        };
        let formula = format!("{sum}; x 8 / {active:.3} s / 1000 = {kbps:.1} kbit/s");
        lines.push(Formula {
            reported: unless_same(kbps, reported, 1),
            ..line(name, formula)
        });
    }
    lines
}

/// How the last round trip comes about (RFC 3550 §6.4.1), seen from the capture point.
fn round_trip(s: &Stream) -> Option<Vec<Formula>> {
    let rtcp = s.rtcp.as_ref()?;
    let Some(work) = s.work.as_ref()?.round_trip else {
        let why = "no receiver's report answers a sender report of this stream that was captured";
        return Some(vec![line("-", why)]);
    };
    let since = |time: crate::types::CaptureTime| (time - s.first_time.0).as_secs_f64();
    let (sent, answered) = (since(work.sent), since(work.answered));
    let delay = f64::from(work.delay_since_last_sr) / 65_536.0;
    let trip = (answered - sent - delay) * 1e3;
    Some(vec![
        line(
            "T1",
            format!("{sent:.6} s: the sender's report passes; seconds of the stream"),
        ),
        line(
            "LSR",
            format!(
                "0x{:08x}, the middle of its NTP time, names it",
                work.last_sr
            ),
        ),
        line(
            "T2",
            format!("{answered:.6} s: the receiver's report with this LSR passes"),
        ),
        line(
            "DLSR",
            format!(
                "{} / 65536 = {delay:.6} s, what the receiver waited",
                work.delay_since_last_sr
            ),
        ),
        Formula {
            reported: unless_same(trip, rtcp.round_trip_ms, 3),
            ..line(
                "round trip",
                format!(
                    "T2 - T1 - DLSR = {answered:.6} - {sent:.6} - {delay:.6} = {trip:.3} ms, from \
                     here to the receiver and back"
                ),
            )
        },
    ])
}

/// How far the sender's clock runs from the capture's.
fn clock(s: &Stream) -> Vec<Formula> {
    let mut lines = Vec::new();
    if let Some(skew) = s.skew_max_ms {
        lines.push(line(
            "skew",
            format!("largest |arrival since the first packet - timestamp since it / rate| = {skew:.3} ms"),
        ));
    }
    if let Some(ppm) = s.clock_drift_ppm {
        let apart = ppm * s.duration_s / 1e3;
        lines.push(line(
            "drift",
            format!(
                "{ppm:.2} ppm x {:.3} s / 1000 = {apart:.3} ms apart at the end",
                s.duration_s
            ),
        ));
    }
    lines
}

/// One packet of the jitter recurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct JitterRow {
    /// Its number in the stream.
    pub number: u64,
    /// Its frame.
    pub frame: u64,
    /// Sequence number as sent.
    pub seq: u16,
    /// Arrival, in seconds from the first packet of the stream.
    pub arrival_s: f64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Arrival since that of the packet it is compared with.
    pub arrival_step_ms: Option<f64>,
    /// Timestamp since that of this packet, as time.
    pub timestamp_step_ms: Option<f64>,
    /// The difference of both.
    pub d_ms: Option<f64>,
    /// J after it, by this arithmetic.
    pub j_ms: Option<f64>,
    /// Why there is no D, or that the measure came to another J.
    pub note: String,
}

/// The jitter recurrence of the packets asked for.
pub fn jitter_rows(s: &Stream) -> Vec<JitterRow> {
    let packets = s.work.iter().flat_map(|w| &w.packets);
    packets.map(|p| jitter_row(s, p)).collect()
}

fn jitter_row(s: &Stream, p: &PacketRow) -> JitterRow {
    let mut row = JitterRow {
        number: p.number,
        frame: p.frame.frame.0,
        seq: p.seq.0,
        arrival_s: (p.time - s.first_time.0).as_secs_f64(),
        timestamp: p.timestamp.0,
        arrival_step_ms: None,
        timestamp_step_ms: None,
        d_ms: None,
        j_ms: None,
        note: String::new(),
    };
    let (Some((time, timestamp)), Some(rate)) = (p.against, p.clock) else {
        row.note = match p.place {
            Place::Duplicate => "copy, not compared",
            Place::Stray => "far off the numbers, not compared",
            Place::InOrder if p.number == 1 => "first, J begins at 0",
            Place::NewRange => "new range, compared with none",
            _ if p.clock.is_none() => "clock rate not known yet",
            _ => "no media or a new time base: not compared",
        }
        .to_owned();
        return row;
    };
    let arrival = (p.time - time).as_millis_f64();
    // A timestamp's step is signed: packets may come late.
    let ticks = f64::from(p.timestamp.distance_from(timestamp));
    let nominal = ticks * 1e3 / f64::from(rate.hz());
    let d = arrival - nominal;
    let j = p.jitter_before_ms + (d.abs() - p.jitter_before_ms) / 16.0;
    row.arrival_step_ms = Some(arrival);
    row.timestamp_step_ms = Some(nominal);
    row.d_ms = Some(d);
    row.j_ms = Some(j);
    if let Some(reported) = unless_same(j, p.jitter_ms, 3) {
        row.note = format!("measured {reported}");
    } else if p.place == Place::Late {
        row.note = "out of order".to_owned();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_does_not_follow_is_handed_on() {
        assert_eq!(unless_same(80.04, Some(80.0), 1), None);
        assert_eq!(unless_same(79.0, Some(80.0), 1).as_deref(), Some("80.0"));
    }

    #[test]
    fn loss_is_worked_out_of_the_streams_own_counts() {
        let mut stream = crate::report::fixtures::proxied().streams[1].clone();
        // 206 received with 2 copies of 210 expected: 6 lost, 2.857 %; the report is made to say 5.
        (stream.packets, stream.duplicates, stream.expected) = (206, 2, 210);
        (stream.lost, stream.lost_percent) = (5, Some(2.381));
        let works = work(&stream);
        assert_eq!(works[0].figure, "loss");
        let told: Vec<(&str, &str, Option<&str>)> = works[0]
            .lines
            .iter()
            .map(|s| (s.name, s.formula.as_str(), s.reported.as_deref()))
            .collect();
        assert_eq!(
            told[1..4],
            [
                ("distinct", "206 received - 2 duplicates = 204", None),
                ("lost", "210 - 204 = 6", Some("5")),
                ("lost %", "5 / 210 x 100 = 2.381 %", None),
            ]
        );
    }
}
