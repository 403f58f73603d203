//! The classroom calculation: what a codec needs on each layer (`sipflow bandwidth`).

use crate::types::MediaKind;
use crate::types::codec::{CODECS, Codec, Rate, Role};
use crate::types::near::nearest;

/// The rates the calculation knows, each with its codec; those of one name once.
pub(crate) fn rates() -> impl Iterator<Item = (&'static Codec, &'static Rate)> {
    let all = || {
        CODECS
            .iter()
            .flat_map(|codec| codec.rates.iter().map(move |rate| (codec, rate)))
    };
    all().enumerate().filter_map(move |(i, (codec, rate))| {
        let first = all().position(|(_, r)| r.name == rate.name);
        (first == Some(i)).then_some((codec, rate))
    })
}

/// Sound whose rate the encoder chooses.
pub(crate) fn variable() -> impl Iterator<Item = &'static Codec> {
    CODECS
        .iter()
        .filter(|c| c.rates.is_empty() && c.role == Role::Media && c.kind == MediaKind::Audio)
}

/// What a codec is called where no session description names it.
pub(crate) const SPOKEN: &[(&str, &str)] = &[
    ("ulaw", "PCMU"),
    ("mulaw", "PCMU"),
    ("µlaw", "PCMU"),
    ("μlaw", "PCMU"),
    ("G711-ulaw", "PCMU"),
    ("alaw", "PCMA"),
    ("G711-alaw", "PCMA"),
    ("AMR-NB", "AMR"),
    ("spx", "speex"),
];

/// A codec of variable rate, and what is known of its frames: milliseconds, and the rate assumed where none is given.
const VARIABLE: &[(&str, f64, Option<f64>)] = &[
    ("opus", 2.5, Some(32.0)),
    ("SILK", 20.0, None),
    ("iSAC", 30.0, None),
    ("EVRC", 20.0, None),
    ("G719", 20.0, None),
];

/// What opus is assumed to be sent at.
pub(crate) const OPUS_ASSUMED: &str = "opus has no fixed rate: 32 kbit/s is assumed, within the 28 to 40 that RFC 6716 \
                                       §2.1.1 gives for full-band speech; --bitrate takes another";

/// A rate, and what had to be assumed for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// The rate.
    pub rate: Rate,
    /// What was assumed; empty where nothing was.
    pub assumed: &'static str,
}

/// Why a name gives no rate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum UnknownRate {
    /// No codec of that name.
    #[error("no codec is called that")]
    Name,
    /// The encoder chooses the rate.
    #[error("{0} has no fixed rate: say one in kbit/s, as --bitrate 24")]
    Variable(&'static str),
    /// Other rates than that asked for.
    #[error("{name} is not sent at {kbps} kbit/s; it is as {rates}")]
    OtherRates {
        /// The codec.
        name: &'static str,
        /// What was asked for.
        kbps: f64,
        /// What there is.
        rates: String,
    },
    /// It is no sound.
    #[error("{0} is no sound with a packet time: {1}")]
    NoSound(&'static str, &'static str),
}

/// The rate of a codec by name: its own or one that people use, in any case, with or without dots and dashes; of several
/// rates that of `bitrate_kbps`, else the one whose frames fill `ptime_ms`, else the usual one.
pub(crate) fn find_rate(
    name: &str,
    ptime_ms: Option<f64>,
    bitrate_kbps: Option<f64>,
) -> Result<Found, UnknownRate> {
    let found = |rate: &Rate| Found {
        rate: *rate,
        assumed: "",
    };
    let wanted = plain(name);
    let is = |n: &&str| plain(n) == wanted;
    let named = bitrate_kbps.map_or(name.to_owned(), |kbps| format!("{name}-{kbps}"));
    let loosely = plain(&named);
    let names = |r: &Rate| [r.name].into_iter().chain(r.aliases.iter().copied());
    let rates = || CODECS.iter().flat_map(|c| c.rates);
    // EVS-9.6 and EVS-96 differ by the dot alone.
    let exact = rates().find(|r| names(r).any(|n| n.eq_ignore_ascii_case(&named)));
    let rate = exact.or_else(|| rates().find(|r| names(r).any(|n| plain(n) == loosely)));
    if let Some(rate) = rate {
        return Ok(found(rate));
    }
    let spoken = SPOKEN.iter().find(|(n, _)| is(n)).map(|(_, name)| *name);
    let called = |c: &&Codec| is(&c.name) || c.aliases.iter().any(&is) || spoken == Some(c.name);
    let family = |c: &&Codec| {
        c.rates
            .iter()
            .any(|r| is(&r.name) || r.aliases.iter().any(&is))
    };
    let Some(codec) = CODECS
        .iter()
        .find(called)
        .or_else(|| CODECS.iter().find(family))
    else {
        // As opus-24.
        let with_rate = name.rsplit_once(['-', '@', ' ']);
        let with_rate = with_rate.and_then(|(name, kbps)| Some((name, kbps.parse::<f64>().ok()?)));
        return match with_rate.filter(|(_, kbps)| bitrate_kbps.is_none() && is_bitrate(*kbps)) {
            Some((name, kbps)) => find_rate(name, ptime_ms, Some(kbps)),
            None => Err(UnknownRate::Name),
        };
    };
    match (codec.kind, codec.role) {
        (MediaKind::Audio, Role::Media) => {}
        (MediaKind::Audio, _) => {
            let why = "it goes with a codec and is sent when there is something to send";
            return Err(UnknownRate::NoSound(codec.name, why));
        }
        _ => {
            let why = "its encoder chooses the size of each packet";
            return Err(UnknownRate::NoSound(codec.name, why));
        }
    }
    if codec.rates.is_empty() {
        return variable_rate(codec, bitrate_kbps);
    }
    let Some(kbps) = bitrate_kbps else {
        let fits = |r: &&Rate| ptime_ms.is_some_and(|ms| whole_frames(r, ms).is_some());
        let rate = codec.rates.iter().find(fits).or(codec.rates.first());
        return rate.map(found).ok_or(UnknownRate::Name);
    };
    let rate = codec
        .rates
        .iter()
        .find(|r| (nominal_kbps(r) - kbps).abs() < 0.06);
    rate.map(found).ok_or_else(|| UnknownRate::OtherRates {
        name: codec.name,
        kbps,
        rates: codec
            .rates
            .iter()
            .map(|r| r.name)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

fn variable_rate(codec: &'static Codec, kbps: Option<f64>) -> Result<Found, UnknownRate> {
    let known = VARIABLE.iter().find(|(name, ..)| *name == codec.name);
    let frame_ms = known.map_or(1.0, |(_, ms, _)| *ms);
    let usual = known.and_then(|(_, _, kbps)| *kbps);
    let (kbps, assumed) = match (kbps, usual) {
        (Some(kbps), _) => (kbps, ""),
        (None, Some(usual)) => (usual, OPUS_ASSUMED),
        (None, None) => return Err(UnknownRate::Variable(codec.name)),
    };
    Ok(Found {
        rate: Rate {
            name: codec.name,
            aliases: &[],
            frame_ms,
            frame_octets: kbps * frame_ms / 8.0,
            header_octets: 0.0,
            packet_ms: codec.packet_ms.max(frame_ms),
        },
        assumed,
    })
}

/// kbit/s as the rate's name has them, else those of its frames.
fn nominal_kbps(rate: &Rate) -> f64 {
    let named = rate
        .name
        .rsplit_once('-')
        .and_then(|(_, kbps)| kbps.parse().ok());
    let of_frames = rate.frame_octets * 8.0 / rate.frame_ms;
    // iLBC-20 and L16-8000 are named by something else.
    named
        .filter(|kbps: &f64| (kbps - of_frames).abs() <= 1.0)
        .unwrap_or(of_frames)
}

/// True for a rate that a codec of sound may have, in kbit/s.
pub(crate) fn is_bitrate(kbps: f64) -> bool {
    (0.1..=10_000.0).contains(&kbps)
}

/// Names that were perhaps meant.
pub(crate) fn near(name: &str) -> Vec<&'static str> {
    let rates = CODECS.iter().flat_map(|c| c.rates);
    let of_rates = rates.flat_map(|r| [r.name].into_iter().chain(r.aliases.iter().copied()));
    let of_codecs = CODECS
        .iter()
        .filter(|c| c.role == Role::Media && c.kind == MediaKind::Audio)
        .flat_map(|c| [c.name].into_iter().chain(c.aliases.iter().copied()));
    let spoken = SPOKEN.iter().map(|(name, _)| *name);
    let all = of_codecs.chain(of_rates).chain(spoken);
    nearest(name, all.map(|n| (n, n)))
}

/// Letters, digits and `+` alone.
fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || *c == '+');
    kept.flat_map(char::to_uppercase).collect()
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
    codec: &Rate,
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
    let payload = codec.payload_octets(frames);
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
        let found = find_rate(name, Some(ptime), None).unwrap();
        let b = bandwidth(&found.rate, Some(ptime), Layers::default()).unwrap();
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
        let pcma = find_rate("PCMA", None, None).unwrap().rate;
        let b = bandwidth(&pcma, None, layers).unwrap();
        // 160 + 12 + 10 + 8 + 40 + 18 + 4
        assert_eq!(b.ethernet.octets, 252.0);
        assert_eq!(b.wire.octets, 272.0);
    }

    #[test]
    fn a_packet_holds_whole_frames() {
        let g729 = find_rate("g729", None, None).unwrap().rate;
        for ptime in [25.0, 0.0, f64::NAN] {
            assert!(bandwidth(&g729, Some(ptime), Layers::default()).is_err());
        }
    }
    #[test]
    fn the_packet_time_chooses_between_the_frames_of_a_codec() {
        // RFC 3952 §4: frames of 20 or 30 ms.
        let name = |ptime| find_rate("iLBC", ptime, None).unwrap().rate.name;
        assert_eq!(name(None), "iLBC-20");
        assert_eq!(name(Some(30.0)), "iLBC-30");
        assert_eq!(name(Some(25.0)), "iLBC-20");
    }

    #[test]
    fn names_are_taken_as_people_type_them() {
        for (typed, name) in [
            ("ulaw", "G711"),
            ("a-law", "G711"),
            ("pcma", "G711"),
            ("G.711", "G711"),
            ("g711u", "G711"),
            ("G.722", "G722"),
            ("G.723.1-5.3", "G723-5.3"),
            ("g723.1", "G723-6.3"),
            ("g729a", "G729"),
            ("ilbc30", "iLBC-30"),
            ("iLBC", "iLBC-20"),
            ("G.726", "G726-32"),
            ("g726-24", "G726-24"),
            ("amr-wb", "AMR-WB-12.65"),
            ("AMR-WB-23.85", "AMR-WB-23.85"),
            ("amr", "AMR-12.2"),
            ("g.722.2", "AMR-WB-12.65"),
            ("G.722.1", "G722.1-24"),
            ("speex-8", "speex-8"),
            ("opus", "opus"),
            ("opus-24", "opus"),
            ("gsm-fr", "GSM"),
        ] {
            let found = find_rate(typed, None, None);
            assert_eq!(found.map(|f| f.rate.name), Ok(name), "{typed}");
        }
        assert_eq!(find_rate("x-own", None, None), Err(UnknownRate::Name));
        assert_eq!(near("G792"), ["G722"]);
        assert_eq!(near("ulav"), ["ulaw"]);
    }

    #[test]
    fn a_codec_of_variable_rate_needs_one() {
        let payload = |name, kbps| {
            let found = find_rate(name, None, kbps).unwrap();
            let b = bandwidth(&found.rate, None, Layers::default()).unwrap();
            (b.payload.octets, found.assumed.is_empty())
        };
        // 32 kbit/s for 20 ms are 640 bits, 80 octets; 24.4 are 61.
        assert_eq!(payload("opus", None), (80.0, false));
        assert_eq!(payload("opus", Some(24.4)), (61.0, true));
        assert_eq!(payload("G723", Some(5.3)), (20.0, true));
        let silk = find_rate("silk", None, None);
        assert_eq!(silk, Err(UnknownRate::Variable("SILK")));
        let g711 = find_rate("PCMU", None, Some(32.0));
        assert!(matches!(g711, Err(UnknownRate::OtherRates { .. })));
        for name in ["H264", "telephone-event"] {
            let found = find_rate(name, None, None);
            assert!(matches!(found, Err(UnknownRate::NoSound(..))), "{name}");
        }
    }

    // RFC 4867, bandwidth-efficient: 4 bits, then 6 and the speech bits a frame, filled up to octets. One frame of 12.2:
    // 254 bits, 32 octets; two: 504 bits, 63. AMR-WB 23.85: 487 bits, 61.
    #[test]
    fn payload_headers_count_once_a_packet() {
        let payload = |name, ptime| {
            let rate = find_rate(name, None, None).unwrap().rate;
            bandwidth(&rate, Some(ptime), Layers::default())
                .unwrap()
                .payload
                .octets
        };
        assert_eq!(payload("AMR-12.2", 20.0), 32.0);
        assert_eq!(payload("AMR-12.2", 40.0), 63.0);
        assert_eq!(payload("AMR-WB-23.85", 20.0), 61.0);
        assert_eq!(payload("DVI4-8000", 20.0), 84.0);
        assert_eq!(payload("G729.1-32", 20.0), 81.0);
        assert_eq!(payload("speex-15", 20.0), 38.0);
    }

    #[test]
    fn every_rate_of_the_registry_can_be_worked_out_by_its_name() {
        for (codec, rate) in rates() {
            let found = find_rate(rate.name, None, None).unwrap();
            assert_eq!(found.rate.name, rate.name);
            let b = bandwidth(rate, None, Layers::default());
            assert!(
                b.is_ok_and(|b| b.ethernet.kbps > b.payload.kbps),
                "{}",
                codec.name
            );
        }
    }
}
