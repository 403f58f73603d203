//! The classroom calculation: what a codec costs on each layer.

use super::style::{Ink, Style};
use super::table::Table;
use crate::explain::media::WIDEBAND_MARK;
use crate::explain::words::{clean, number};
use crate::types::QualityScale;
use std::io::{self, Write};

/// One direction of one call, layer by layer.
#[derive(Clone, Debug, PartialEq)]
pub struct BandwidthSum {
    /// The rate's name, as `iLBC-20`.
    pub codec: String,
    /// Packet time in milliseconds.
    pub ptime_ms: f64,
    /// Packets a second, one way.
    pub packets_per_second: f64,
    /// From the payload outwards.
    pub layers: Vec<BandwidthLayer>,
    /// What was assumed, one sentence each.
    pub notes: Vec<String>,
}

/// What one layer adds.
#[derive(Clone, Debug, PartialEq)]
pub struct BandwidthLayer {
    /// `payload`, `RTP`, `UDP`, `IPv4`, `Ethernet`.
    pub name: String,
    /// Bytes this layer adds to a packet.
    pub adds_bytes: u32,
    /// Bytes of a packet up to this layer.
    pub total_bytes: u32,
    /// Rate up to this layer in kbit/s (1000 bit/s).
    pub kbps: f64,
}

/// One codec of the list, at one of its rates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodecRow {
    /// Its name, as `iLBC-20`.
    pub name: String,
    /// The encoding name of session descriptions.
    pub sdp: String,
    /// Rate of the payload in kbit/s; `None` where the encoder chooses it.
    pub kbps: Option<f64>,
    /// Milliseconds of sound in a frame.
    pub frame_ms: Option<f64>,
    /// Bytes of a frame; with fractions where frames end within one.
    pub frame_bytes: Option<f64>,
    /// The usual packet time: what it takes to fill a packet.
    pub packet_ms: Option<f64>,
    /// Bytes of payload of such a packet.
    pub packet_bytes: Option<f64>,
    /// Its rate with RTP, UDP and IP headers.
    pub ip_kbps: Option<f64>,
    /// And with those of Ethernet.
    pub ethernet_kbps: Option<f64>,
    /// Milliseconds of sound after a frame that its coding waits for; `None` where that is not known.
    pub look_ahead_ms: Option<f64>,
    /// Milliseconds that coding takes: two frames and the look-ahead.
    pub codec_delay_ms: Option<f64>,
    /// Milliseconds that a de-jitter buffer of two packets holds.
    pub buffer_delay_ms: Option<f64>,
    /// The best score, of the E-model without delay, and its scale.
    pub mos: Option<(f64, QualityScale)>,
    /// The same by the classroom profile.
    pub mos_taught: Option<f64>,
}

/// Prints the codecs with what each is sent at.
pub fn list(rows: &[CodecRow], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let some = |v: Option<f64>| v.map_or("-".into(), plain);
    let mut table = Table::<CodecRow>::new(0);
    table.left("codec", |r| clean(&r.name));
    table.left("in SDP", |r| clean(&r.sdp)).rank(5);
    table.right("kbit/s", |r| some(r.kbps));
    table.right("frame ms", |r| some(r.frame_ms));
    table.right("bytes", |r| some(r.frame_bytes));
    table.right("packet ms", |r| some(r.packet_ms));
    table.right("bytes", |r| some(r.packet_bytes)).rank(4);
    table.right("IP kbit/s", |r| number(r.ip_kbps, 1)).rank(3);
    table
        .right("Ethernet", |r| number(r.ethernet_kbps, 1))
        .rank(2);
    table.right("ahead ms", |r| some(r.look_ahead_ms)).rank(7);
    table.right("codec ms", |r| some(r.codec_delay_ms)).rank(1);
    table
        .right("buffer ms", |r| some(r.buffer_delay_ms))
        .rank(6);
    table.right("MOS", |r| match r.mos {
        Some((mos, QualityScale::Wideband)) => format!("{mos:.2}{WIDEBAND_MARK}"),
        other => number(other.map(|(mos, _)| mos), 2),
    });
    table.right("taught", |r| number(r.mos_taught, 2));
    table.write(rows.iter(), style, w)?;
    for note in NOTES {
        for line in super::text::wrap(note, style.columns()) {
            writeln!(w, "{}", style.paint(Ink::Dim, &line))?;
        }
    }
    Ok(())
}

/// What the columns of the list mean.
const NOTES: [&str; 3] = [
    "kbit/s: the payload of a usual packet, one way; IP and Ethernet with headers. A codec without a rate is sent at one \
     that its encoder chooses (--bitrate).",
    "codec ms: two frames and the look-ahead (ITU-T G.114), what coding takes; a packet adds what it takes to fill it. \
     buffer ms: a de-jitter buffer of two packets.",
    "MOS: the best that the codec can reach by the E-model, without loss and delay; wb is the wideband scale, which is \
     not comparable. taught: the ceiling that courses give, R = 93.2 - Ie - 0.024 (codec ms + 20).",
];

/// Prints the sum: bytes added, bytes so far, and the rate with its arithmetic.
pub fn render(sum: &BandwidthSum, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let title = format!(
        "{}, {} ms packets: 1000 / {} = {} packets/s each way",
        clean(&sum.codec),
        plain(sum.ptime_ms),
        plain(sum.ptime_ms),
        plain(sum.packets_per_second)
    );
    writeln!(w, "{}", style.paint(Ink::Heading, &title))?;
    let rate = plain(sum.packets_per_second);
    let mut table = Table::<BandwidthLayer>::new(2);
    table.left("layer", |l| clean(&l.name));
    table.right("adds bytes", |l| l.adds_bytes.to_string());
    table.right("packet bytes", |l| l.total_bytes.to_string());
    table
        .left("bytes x 8 x packets/s / 1000", |l| {
            format!("{} x 8 x {rate} / 1000", l.total_bytes)
        })
        .rank(1);
    table.right("kbit/s", |l| number(Some(l.kbps), 2));
    table.write(sum.layers.iter(), style, w)?;
    if let Some(last) = sum.layers.last() {
        writeln!(
            w,
            "  both ways {} kbit/s; payload share {} %",
            number(Some(last.kbps * 2.0), 2),
            share(sum).map_or("-".into(), |s| number(Some(s), 1))
        )?;
    }
    for note in &sum.notes {
        for line in super::text::wrap(&clean(note), style.columns() - 2) {
            writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
        }
    }
    Ok(())
}

/// Payload of what the outermost layer carries.
fn share(sum: &BandwidthSum) -> Option<f64> {
    let (first, last) = (sum.layers.first()?, sum.layers.last()?);
    (last.total_bytes > 0)
        .then(|| f64::from(first.total_bytes) / f64::from(last.total_bytes) * 100.0)
}

/// `20`, `33.33`: two digits only where there is a fraction.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::rendered;

    #[test]
    fn g711_at_20_ms_costs_87_2_kbit_s_on_ethernet() {
        // (160 + 12 + 8 + 20 + 18) bytes x 8 x 50/s = 87 200 bit/s.
        let layer = |name: &str, adds_bytes, total_bytes: u32| BandwidthLayer {
            name: name.into(),
            adds_bytes,
            total_bytes,
            kbps: f64::from(total_bytes) * 8.0 * 50.0 / 1000.0,
        };
        let sum = BandwidthSum {
            codec: "G.711".into(),
            ptime_ms: 20.0,
            packets_per_second: 50.0,
            layers: vec![
                layer("payload", 160, 160),
                layer("RTP", 12, 172),
                layer("UDP", 8, 180),
                layer("IPv4", 20, 200),
                layer("Ethernet", 18, 218),
            ],
            notes: vec!["Ethernet: 14 bytes of header and 4 of frame check sequence.".into()],
        };
        assert_eq!(
            rendered(|w| render(&sum, &Style::default(), w)),
            "G.711, 20 ms packets: 1000 / 20 = 50 packets/s each way
  layer     adds bytes  packet bytes  bytes x 8 x packets/s / 1000  kbit/s
  payload          160           160  160 x 8 x 50 / 1000            64.00
  RTP               12           172  172 x 8 x 50 / 1000            68.80
  UDP                8           180  180 x 8 x 50 / 1000            72.00
  IPv4              20           200  200 x 8 x 50 / 1000            80.00
  Ethernet          18           218  218 x 8 x 50 / 1000            87.20
  both ways 174.40 kbit/s; payload share 73.4 %
  Ethernet: 14 bytes of header and 4 of frame check sequence.
"
        );
    }
}
