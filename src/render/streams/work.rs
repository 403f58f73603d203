//! The arithmetic behind a stream's figures, for readers who want to do it themselves.

use super::title;
use crate::render::style::{Ink, Style};
use crate::render::text::{clean, number, width, wrap};
use crate::report::model::{Report, Stream};
use std::io::{self, Write};

/// IPv4 and UDP headers; IPv6 has 20 bytes more.
const IPV4_UDP_BYTES: f64 = 28.0;
const IPV6_UDP_BYTES: f64 = 48.0;
/// Ethernet header and frame check sequence.
const ETHERNET_BYTES: f64 = 18.0;
/// Without impairments the E-model gives this R (ITU-T G.107 defaults).
const R_DEFAULT: f64 = 93.2;
/// Width of the names left of the formulas.
const NAME: usize = 13;

/// A name and a formula.
type Line = (&'static str, String);

/// Shows how the figures of one stream (`Some(id)`) or of each come about; `Ok(false)` where there
/// is none.
///
/// Everything is computed again from the report's own counts. Where the result differs from the
/// figure reported, that figure stands beside it.
pub fn show_work(
    report: &Report,
    id: Option<u32>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<bool> {
    let mut any = false;
    let wanted = |s: &&Stream| id.is_none_or(|id| id == s.id);
    for s in report.streams.iter().filter(wanted) {
        if any {
            writeln!(w)?;
        }
        any = true;
        title(s, style, w)?;
        for (heading, lines) in [
            ("loss", loss(s)),
            ("jitter", jitter(s)),
            ("bandwidth", bandwidth(s)),
            ("quality", quality(s)),
        ] {
            writeln!(w, "  {}", style.paint(Ink::Dim, heading))?;
            for (name, formula) in lines {
                let room = style.columns().saturating_sub(4 + NAME);
                let parts = match width(&formula) <= room {
                    true => vec![formula],
                    false => wrap(&formula, room),
                };
                for (n, part) in parts.iter().enumerate() {
                    let name = if n == 0 { name } else { "" };
                    writeln!(w, "    {name:<NAME$}{part}")?;
                }
            }
        }
    }
    Ok(any)
}

/// `(the report says 80.0)` where a recomputed figure is not the reported one.
fn unless_same(computed: f64, reported: Option<f64>, decimals: usize) -> String {
    let computed = number(Some(computed), decimals);
    let reported = number(reported, decimals);
    match computed == reported {
        true => String::new(),
        false => format!("   (the report says {reported})"),
    }
}

/// Counts below 2^53 are exact in f64; no capture holds more packets or bytes.
fn float(n: u64) -> f64 {
    n as f64
}

fn loss(s: &Stream) -> Vec<Line> {
    let distinct = s.packets.saturating_sub(s.duplicates);
    let lost = s.expected.saturating_sub(distinct);
    let copies = match s.duplicates {
        1 => "duplicate",
        _ => "duplicates",
    };
    let mut lines = vec![
        (
            "expected",
            format!("highest - lowest sequence number + 1 = {}", s.expected),
        ),
        (
            "distinct",
            format!(
                "{} received - {} {copies} = {distinct}",
                s.packets, s.duplicates
            ),
        ),
        (
            "lost",
            format!(
                "{} - {distinct} = {lost}{}",
                s.expected,
                unless_same(float(lost), Some(float(s.lost)), 0)
            ),
        ),
    ];
    if s.sequence_restarts > 0 {
        let ranges = s.sequence_restarts + 1;
        lines.push(("", format!("summed over {ranges} sequence ranges")));
    }
    if s.expected > 0 {
        let percent = float(s.lost) / float(s.expected) * 100.0;
        let differs = unless_same(percent, s.lost_percent, 3);
        lines.push((
            "lost %",
            format!(
                "{} / {} x 100 = {percent:.3} %{differs}",
                s.lost, s.expected
            ),
        ));
    }
    lines.push((
        "RFC 3550",
        format!(
            "{} - {} received, copies counted = {}",
            s.expected, s.packets, s.rtcp_style_lost
        ),
    ));
    lines
}

fn jitter(s: &Stream) -> Vec<Line> {
    let rate = s.payloads.iter().find_map(|p| p.clock_rate);
    let Some(rate) = rate.filter(|_| s.jitter_mean_ms.is_some()) else {
        let reason = s.jitter_reason.as_deref().unwrap_or("no clock rate");
        return vec![("-", clean(reason))];
    };
    vec![
        (
            "D",
            format!("(arrival - arrival before) - (timestamp - timestamp before) / {rate} Hz"),
        ),
        (
            "J",
            "J + (|D| - J) / 16 for each packet, from 0 (RFC 3550 A.8)".into(),
        ),
        (
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

fn bandwidth(s: &Stream) -> Vec<Line> {
    let b = &s.bandwidth;
    let (Some(ip), Some(ptime)) = (b.ip_kbps, s.ptime_ms) else {
        return vec![("-", "packet time or packet size unknown".into())];
    };
    let active = s.duration_s + ptime / 1e3;
    if active <= 0.0 || s.packets == 0 {
        return vec![("-", "no time passed".into())];
    }
    let rate = float(s.packets) / active;
    let mut lines = vec![
        (
            "active time",
            format!(
                "{:.3} s first to last + {:.3} s, one packet = {active:.3} s",
                s.duration_s,
                ptime / 1e3
            ),
        ),
        (
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
    lines.push((
        "mean packet",
        format!(
            "{} bytes / {} packets = {mean:.1} bytes of RTP",
            s.bytes, s.packets
        ),
    ));
    for (name, formula, bytes, reported) in [
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
        lines.push((
            name,
            format!(
                "({formula}) x 8 x {rate:.2}/s / 1000 = {kbps:.1} kbit/s{}",
                unless_same(kbps, reported, 1)
            ),
        ));
    }
    lines
}

fn quality(s: &Stream) -> Vec<Line> {
    let q = &s.quality;
    let (Some(r), Some(mos)) = (q.r_factor, q.mos) else {
        let reason = q.reason.as_deref().unwrap_or("no model for this codec");
        return vec![("-", clean(reason))];
    };
    let taken = (R_DEFAULT - r).max(0.0);
    let computed = mos_of(r);
    let mut lines = vec![
        (
            "R",
            format!("Ro - Is - Id - Ie,eff = {R_DEFAULT} - {taken:.1} = {r:.1}"),
        ),
        (
            "",
            format!("{R_DEFAULT} = Ro - Is - Id at zero delay (ITU-T G.107 defaults)"),
        ),
        (
            "Ie,eff",
            "Ie + (95 - Ie) x loss % / (loss % / BurstR + Bpl): what codec and loss take".into(),
        ),
        (
            "MOS",
            format!(
                "1 + 0.035 R + R (R - 60) (100 - R) x 0.000007 = {computed:.2}{}",
                unless_same(computed, Some(mos), 2)
            ),
        ),
        (
            "at most",
            format!("{} without loss", number(q.mos_ceiling, 2)),
        ),
    ];
    if let Some(reason) = &q.reason {
        lines.push(("", clean(reason)));
    }
    lines
}

/// ITU-T G.107 Annex B.
fn mos_of(r: f64) -> f64 {
    match r {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mos_of_the_default_r_is_the_known_one() {
        // G.107: R 93.2 is MOS 4.41, R 50 is 2.58; the polynomial dips below 1 and is clamped.
        assert_eq!(number(Some(mos_of(93.2)), 2), "4.41");
        assert_eq!(number(Some(mos_of(50.0)), 2), "2.58");
        assert_eq!(mos_of(3.2), 1.0);
    }

    #[test]
    fn a_figure_that_does_not_follow_is_shown_beside() {
        assert_eq!(unless_same(80.04, Some(80.0), 1), "");
        assert_eq!(
            unless_same(79.0, Some(80.0), 1),
            "   (the report says 80.0)"
        );
    }
}
