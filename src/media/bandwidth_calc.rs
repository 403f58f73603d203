//! The classroom calculation: what a codec needs on each layer (`sipflow bandwidth`).

use crate::types::codec::{CODECS, Rate};

/// The rates the calculation knows, those of one name once.
pub(crate) fn rates() -> impl Iterator<Item = &'static Rate> {
    let all = || CODECS.iter().flat_map(|codec| codec.rates);
    all().enumerate().filter_map(move |(i, rate)| {
        let first = all().position(|r| r.name == rate.name);
        (first == Some(i)).then_some(rate)
    })
}

/// The rate of a codec by name, in any case, with or without dots as in `G.711`; of several rates the one
/// whose frames fill `ptime_ms`, else the usual one.
pub(crate) fn find_rate(name: &str, ptime_ms: Option<f64>) -> Option<&'static Rate> {
    let wanted = plain(name);
    let is = |n: &&str| plain(n) == wanted;
    let exact = rates().find(|r| is(&r.name) || r.aliases.iter().any(&is));
    exact.or_else(|| {
        let codec = CODECS
            .iter()
            .find(|c| is(&c.name) || c.aliases.iter().any(&is))?;
        let fits = |r: &&Rate| ptime_ms.is_some_and(|ms| whole_frames(r, ms).is_some());
        codec.rates.iter().find(fits).or(codec.rates.first())
    })
}

fn plain(name: &str) -> String {
    let mut plain = name.to_ascii_uppercase().replace(['_', ' '], "-");
    if let Some(rest) = plain.strip_prefix("G.") {
        plain = format!("G{rest}");
    }
    plain
}

/// Frames in a packet; `None` where they do not fill it.
fn whole_frames(rate: &Rate, ptime_ms: f64) -> Option<f64> {
    let frames = ptime_ms / rate.frame_ms;
    ((frames - frames.round()).abs() <= 1e-9 && frames >= 1.0).then_some(frames.round())
}

/// What the packets travel in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layers {
    /// IPv6 instead of IPv4.
    pub ipv6: bool,
    /// 802.1Q tags.
    pub vlan_tags: u32,
    /// SRTP authentication tag (and MKI) octets; 10 for the default profile, 0 without SRTP.
    pub srtp_octets: u32,
}

/// One layer's share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Layer {
    /// Octets of one packet on this layer, all headers within it included.
    pub octets: f64,
    /// Rate in kbit/s (1000 bit/s), one direction.
    pub kbps: f64,
}

/// The answer, one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BandwidthNeed {
    /// The codec.
    pub codec: &'static str,
    /// Milliseconds a packet.
    pub ptime_ms: f64,
    /// Packets a second.
    pub packets_per_second: f64,
    /// Codec payload alone.
    pub payload: Layer,
    /// + 12 octets RTP (and the SRTP tag).
    pub rtp: Layer,
    /// + 8 octets UDP.
    pub udp: Layer,
    /// + 20 octets IPv4 or 40 IPv6.
    pub ip: Layer,
    /// + 14 octets Ethernet header, 4 a VLAN tag, 4 check sequence; at least 64.
    pub ethernet: Layer,
    /// + 8 octets preamble and 12 of interframe gap: what the wire is busy with.
    pub wire: Layer,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum BandwidthError {
    /// A packet holds whole frames.
    #[error("{codec} packets hold whole frames of {frame_ms} ms; {ptime_ms} ms is not a multiple")]
    NotWholeFrames {
        /// The codec.
        codec: &'static str,
        /// Its frame.
        frame_ms: f64,
        /// What was asked for.
        ptime_ms: f64,
    },
    /// Zero, negative, or longer than a datagram can hold.
    #[error("a packet time of {ptime_ms} ms is not possible")]
    Impossible {
        /// What was asked for.
        ptime_ms: f64,
    },
}

/// Octets and rates per layer for packets of `ptime_ms` (the codec's usual one if `None`).
pub(crate) fn bandwidth(
    codec: &'static Rate,
    ptime_ms: Option<f64>,
    layers: Layers,
) -> Result<BandwidthNeed, BandwidthError> {
    let ptime_ms = ptime_ms.unwrap_or(codec.packet_ms);
    if !ptime_ms.is_finite() || ptime_ms <= 0.0 || ptime_ms > 1000.0 {
        return Err(BandwidthError::Impossible { ptime_ms });
    }
    let Some(frames) = whole_frames(codec, ptime_ms) else {
        return Err(BandwidthError::NotWholeFrames {
            codec: codec.name,
            frame_ms: codec.frame_ms,
            ptime_ms,
        });
    };
    let packets_per_second = 1000.0 / ptime_ms;
    let layer = |octets: f64| Layer {
        octets,
        kbps: octets * 8.0 * packets_per_second / 1000.0,
    };
    let payload = (frames * codec.frame_octets).ceil();
    let rtp = payload + 12.0 + f64::from(layers.srtp_octets);
    let udp = rtp + 8.0;
    let ip = udp + if layers.ipv6 { 40.0 } else { 20.0 };
    let ethernet = (ip + 14.0 + 4.0 * f64::from(layers.vlan_tags)).max(60.0) + 4.0;
    Ok(BandwidthNeed {
        codec: codec.name,
        ptime_ms,
        packets_per_second,
        payload: layer(payload),
        rtp: layer(rtp),
        udp: layer(udp),
        ip: layer(ip),
        ethernet: layer(ethernet),
        wire: layer(ethernet + 20.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kbps(name: &str, ptime: f64) -> [f64; 4] {
        let codec = find_rate(name, Some(ptime)).unwrap();
        let b = bandwidth(codec, Some(ptime), Layers::default()).unwrap();
        [b.payload.kbps, b.rtp.kbps, b.ip.kbps, b.ethernet.kbps]
    }

    // (payload [+12] [+8+20] [+14+4]) * 8 * pps / 1000, by hand.
    #[test]
    fn the_table_every_course_has() {
        for (name, ptime, want) in [
            ("G.711", 20.0, [64.0, 68.8, 80.0, 87.2]),
            ("pcmu", 30.0, [64.0, 67.2, 74.667, 79.467]),
            ("G729", 20.0, [8.0, 12.8, 24.0, 31.2]),
            ("G723-6.3", 30.0, [6.4, 9.6, 17.067, 21.867]),
            ("G723-5.3", 30.0, [5.333, 8.533, 16.0, 20.8]),
            ("GSM", 20.0, [13.2, 18.0, 29.2, 36.4]),
            ("iLBC-20", 20.0, [15.2, 20.0, 31.2, 38.4]),
            ("iLBC-30", 30.0, [13.333, 16.533, 24.0, 28.8]),
        ] {
            for (got, want) in kbps(name, ptime).into_iter().zip(want) {
                assert!((got - want).abs() < 0.001, "{name} {ptime}: {got} {want}");
            }
        }
    }

    #[test]
    fn ipv6_vlan_and_srtp_add_their_octets() {
        let layers = Layers {
            ipv6: true,
            vlan_tags: 1,
            srtp_octets: 10,
        };
        let b = bandwidth(find_rate("PCMA", None).unwrap(), None, layers).unwrap();
        // 160 + 12 + 10 + 8 + 40 + 18 + 4
        assert_eq!(b.ethernet.octets, 252.0);
        assert_eq!(b.wire.octets, 272.0);
    }

    #[test]
    fn a_packet_holds_whole_frames() {
        let g729 = find_rate("g729", None).unwrap();
        assert!(bandwidth(g729, Some(25.0), Layers::default()).is_err());
        assert!(bandwidth(g729, Some(0.0), Layers::default()).is_err());
        assert!(bandwidth(g729, Some(f64::NAN), Layers::default()).is_err());
        assert_eq!(find_rate("opus", None), None);
    }
    #[test]
    fn the_packet_time_chooses_between_the_frames_of_a_codec() {
        // RFC 3952 §4: frames of 20 or 30 ms.
        let name = |ptime| find_rate("iLBC", ptime).map(|r| r.name);
        assert_eq!(name(None), Some("iLBC-20"));
        assert_eq!(name(Some(30.0)), Some("iLBC-30"));
        assert_eq!(name(Some(25.0)), Some("iLBC-20"));
    }
}
