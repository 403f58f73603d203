//! The arithmetic behind a stream's figures, for readers who want to do it themselves.

mod quality;

use super::words::{clean, number};
use crate::report::model::Stream;

/// IPv4 and UDP headers; IPv6 has 20 bytes more.
const IPV4_UDP_BYTES: f64 = 28.0;
const IPV6_UDP_BYTES: f64 = 48.0;
/// Ethernet header and frame check sequence.
const ETHERNET_BYTES: f64 = 18.0;

/// How one figure comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// `loss`, `jitter`, `bandwidth`, `quality`.
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
    [
        ("loss", loss(stream)),
        ("jitter", jitter(stream)),
        ("bandwidth", bandwidth(stream)),
        ("quality", quality::quality(stream)),
    ]
    .map(|(figure, lines)| Work { figure, lines })
    .into()
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
    let mut lines = vec![
        line(
            "expected",
            format!("highest - lowest sequence number + 1 = {}", s.expected),
        ),
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
    ];
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
    let (Some(payload), Some(rtp)) = (b.payload_kbps, b.rtp_kbps) else {
        return lines;
    };
    let headers = match s.src.address.contains(':') {
        true => IPV6_UDP_BYTES,
        false => IPV4_UDP_BYTES,
    };
    let mean = float(s.bytes) / float(s.packets);
    // The header follows from the rates: real ones may carry extensions.
    let header = (rtp - payload) * 1e3 / 8.0 / rate;
    lines.push(line(
        "mean packet",
        format!(
            "{} bytes / {} packets = {mean:.1} bytes of RTP",
            s.bytes, s.packets
        ),
    ));
    for (name, packet, bytes, reported) in [
        (
            "payload",
            format!("{mean:.1} - {header:.1} RTP header"),
            mean - header,
            b.payload_kbps,
        ),
        ("RTP", format!("{mean:.1}"), mean, b.rtp_kbps),
        (
            "IP",
            format!("{mean:.1} + {headers} UDP, IP"),
            mean + headers,
            Some(ip),
        ),
        (
            "Ethernet",
            format!("{mean:.1} + {headers} + {ETHERNET_BYTES} header, FCS"),
            mean + headers + ETHERNET_BYTES,
            b.ethernet_kbps,
        ),
    ] {
        let kbps = bytes * 8.0 * rate / 1e3;
        let formula = format!("({packet}) x 8 x {rate:.2}/s / 1000 = {kbps:.1} kbit/s");
        lines.push(Formula {
            reported: unless_same(kbps, reported, 1),
            ..line(name, formula)
        });
    }
    lines
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
