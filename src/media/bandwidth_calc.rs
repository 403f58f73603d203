//! The classroom calculation: what a codec needs on each layer (`sipflow bandwidth`).

/// How a codec makes payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodecRate {
    /// Name as asked for.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Milliseconds of speech in one frame; packets hold whole frames.
    pub frame_ms: f64,
    /// Octets of one frame.
    pub frame_octets: f64,
    /// Packet time in use where none is asked for.
    pub default_ptime_ms: f64,
}

const fn codec(
    name: &'static str,
    aliases: &'static [&'static str],
    frame_ms: f64,
    frame_octets: f64,
    default_ptime_ms: f64,
) -> CodecRate {
    CodecRate {
        name,
        aliases,
        frame_ms,
        frame_octets,
        default_ptime_ms,
    }
}

/// The codecs with a fixed rate. Sample codecs are given as frames of 1 ms (G.711: 8 octets).
pub const CODECS: &[CodecRate] = &[
    codec(
        "G711",
        &["PCMU", "PCMA", "G711U", "G711A", "G711MU"],
        1.0,
        8.0,
        20.0,
    ),
    codec("G722", &["G722-64"], 1.0, 8.0, 20.0),
    codec("G726-40", &[], 1.0, 5.0, 20.0),
    codec("G726-32", &["G726", "G721"], 1.0, 4.0, 20.0),
    codec("G726-24", &[], 1.0, 3.0, 20.0),
    codec("G726-16", &[], 1.0, 2.0, 20.0),
    codec("G728", &[], 2.5, 5.0, 20.0),
    codec("G729", &["G729A", "G729AB"], 10.0, 10.0, 20.0),
    codec("G723-6.3", &["G723", "G723.1", "G7231"], 30.0, 24.0, 30.0),
    codec("G723-5.3", &[], 30.0, 20.0, 30.0),
    codec("GSM", &["GSM-FR"], 20.0, 33.0, 20.0),
    codec("GSM-EFR", &[], 20.0, 31.0, 20.0),
    codec("ILBC-20", &["ILBC", "ILBC-15.2"], 20.0, 38.0, 20.0),
    codec("ILBC-30", &["ILBC-13.3"], 30.0, 50.0, 30.0),
    codec("AMR-12.2", &["AMR"], 20.0, 32.0, 20.0),
    codec("L16-8000", &[], 1.0, 16.0, 20.0),
    codec("L16-16000", &["L16"], 1.0, 32.0, 20.0),
    codec("L16-44100", &[], 10.0, 882.0, 20.0),
];

/// The codec of a name, in any case, with or without dots as in `G.711`.
pub fn find_codec(name: &str) -> Option<&'static CodecRate> {
    let plain = |n: &str| {
        let mut n = n.to_ascii_uppercase().replace(['_', ' '], "-");
        if let Some(rest) = n.strip_prefix("G.") {
            n = format!("G{rest}");
        }
        n
    };
    let wanted = plain(name);
    CODECS
        .iter()
        .find(|c| plain(c.name) == wanted || c.aliases.iter().any(|alias| plain(alias) == wanted))
}

/// What the packets travel in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// IPv6 instead of IPv4.
    pub ipv6: bool,
    /// 802.1Q tags.
    pub vlan_tags: u32,
    /// SRTP authentication tag (and MKI) octets; 10 for the default profile, 0 without SRTP.
    pub srtp_octets: u32,
}

/// One layer's share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Octets of one packet on this layer, all headers within it included.
    pub octets: f64,
    /// Rate in kbit/s (1000 bit/s), one direction.
    pub kbps: f64,
}

/// The answer, one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandwidthNeed {
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
pub enum BandwidthError {
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
pub fn bandwidth(
    codec: &'static CodecRate,
    ptime_ms: Option<f64>,
    layers: Layers,
) -> Result<BandwidthNeed, BandwidthError> {
    let ptime_ms = ptime_ms.unwrap_or(codec.default_ptime_ms);
    if !ptime_ms.is_finite() || ptime_ms <= 0.0 || ptime_ms > 1000.0 {
        return Err(BandwidthError::Impossible { ptime_ms });
    }
    let frames = ptime_ms / codec.frame_ms;
    if (frames - frames.round()).abs() > 1e-9 || frames < 1.0 {
        return Err(BandwidthError::NotWholeFrames {
            codec: codec.name,
            frame_ms: codec.frame_ms,
            ptime_ms,
        });
    }
    let packets_per_second = 1000.0 / ptime_ms;
    let layer = |octets: f64| Layer {
        octets,
        kbps: octets * 8.0 * packets_per_second / 1000.0,
    };
    let payload = (frames.round() * codec.frame_octets).ceil();
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
        let codec = find_codec(name).unwrap();
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
        let b = bandwidth(find_codec("PCMA").unwrap(), None, layers).unwrap();
        // 160 + 12 + 10 + 8 + 40 + 18 + 4
        assert_eq!(b.ethernet.octets, 252.0);
        assert_eq!(b.wire.octets, 272.0);
    }

    #[test]
    fn a_packet_holds_whole_frames() {
        let g729 = find_codec("g729").unwrap();
        assert!(bandwidth(g729, Some(25.0), Layers::default()).is_err());
        assert!(bandwidth(g729, Some(0.0), Layers::default()).is_err());
        assert!(bandwidth(g729, Some(f64::NAN), Layers::default()).is_err());
        assert_eq!(find_codec("opus"), None);
    }
}
