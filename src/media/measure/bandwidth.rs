//! Octets per layer and the rates they make.

use crate::types::CaptureTime;

/// Ethernet's least frame without its check sequence; shorter ones are padded on the wire.
const ETHERNET_MIN: u64 = 60;
/// Frame check sequence, which captures leave out.
const FCS: u64 = 4;
const SECOND: i64 = 1_000_000_000;

/// Octet sums of one stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bandwidth {
    payload: u64,
    rtp: u64,
    ip: u64,
    ethernet: u64,
    second_began: i64,
    second_octets: u32,
    peak_octets: u32,
}

/// Lengths of one packet, in octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lengths {
    /// RTP payload without padding.
    pub payload: u32,
    /// The UDP payload: RTP header, payload, padding.
    pub rtp: u32,
    /// The IP packet.
    pub ip: u32,
    /// Link header; 14 for Ethernet, 4 more a VLAN tag.
    pub link: u16,
}

/// Octets of the Ethernet frame a packet travels in, padding and check sequence included.
#[inline]
pub(crate) fn ethernet_octets(l: Lengths) -> u64 {
    (u64::from(l.ip) + u64::from(l.link)).max(ETHERNET_MIN) + FCS
}

/// Mean rates in kbit/s (1000 bit/s) and octet sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BandwidthFigures {
    /// Octets of RTP payload.
    pub payload_bytes: u64,
    /// Octets of RTP packets (header and padding included).
    pub rtp_bytes: u64,
    /// Octets of IP packets.
    pub ip_bytes: u64,
    /// Octets of Ethernet frames with padding and check sequence.
    pub ethernet_bytes: u64,
    /// Codec payload alone.
    pub payload_kbps: Option<f64>,
    /// With the RTP header.
    pub rtp_kbps: Option<f64>,
    /// With UDP and IP headers.
    pub ip_kbps: Option<f64>,
    /// With Ethernet header, padding to 64 octets and frame check sequence.
    pub ethernet_kbps: Option<f64>,
    /// The busiest second, counted from the first packet on, at IP level.
    pub peak_ip_kbps: Option<f64>,
}

impl Bandwidth {
    /// Nothing counted, the first second beginning at `first`.
    pub(crate) fn new(first: CaptureTime) -> Self {
        Bandwidth {
            payload: 0,
            rtp: 0,
            ip: 0,
            ethernet: 0,
            second_began: first.as_nanos(),
            second_octets: 0,
            peak_octets: 0,
        }
    }

    /// Takes a packet's lengths.
    #[inline]
    pub(crate) fn handle_packet(&mut self, time: CaptureTime, l: Lengths) {
        self.payload += u64::from(l.payload);
        self.rtp += u64::from(l.rtp);
        self.ip += u64::from(l.ip);
        self.ethernet += ethernet_octets(l);
        let into = time.as_nanos().wrapping_sub(self.second_began);
        if into >= SECOND {
            self.peak_octets = self.peak_octets.max(self.second_octets);
            self.second_octets = 0;
            self.second_began = time.as_nanos() - into % SECOND;
        }
        self.second_octets = self.second_octets.saturating_add(l.ip);
    }

    /// Rates over `active_s` seconds: last minus first packet plus one packet time.
    pub(crate) fn figures(&self, active_s: Option<f64>) -> BandwidthFigures {
        let kbps = |octets: u64| {
            active_s
                .filter(|s| *s > 0.0)
                .map(|s| octets as f64 * 8.0 / 1000.0 / s)
        };
        BandwidthFigures {
            payload_bytes: self.payload,
            rtp_bytes: self.rtp,
            ip_bytes: self.ip,
            ethernet_bytes: self.ethernet,
            payload_kbps: kbps(self.payload),
            rtp_kbps: kbps(self.rtp),
            ip_kbps: kbps(self.ip),
            ethernet_kbps: kbps(self.ethernet),
            peak_ip_kbps: active_s
                .filter(|s| *s >= 1.0)
                .map(|_| f64::from(self.peak_octets.max(self.second_octets)) * 8.0 / 1000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_at_20_ms_is_64_68_8_80_and_87_2() {
        let mut b = Bandwidth::new(CaptureTime::default());
        for i in 0..250i64 {
            b.handle_packet(
                CaptureTime::from_nanos(i * 20_000_000),
                Lengths {
                    payload: 160,
                    rtp: 172,
                    ip: 200,
                    link: 14,
                },
            );
        }
        let f = b.figures(Some(5.0));
        let close = |v: Option<f64>, want: f64| (v.unwrap() - want).abs() < 1e-9;
        assert!(close(f.payload_kbps, 64.0) && close(f.rtp_kbps, 68.8));
        assert!(close(f.ip_kbps, 80.0) && close(f.ethernet_kbps, 87.2));
        assert!(close(f.peak_ip_kbps, 80.0));
        assert_eq!(b.figures(None).ip_kbps, None);
    }

    #[test]
    fn a_short_frame_is_padded_on_the_wire() {
        let mut b = Bandwidth::new(CaptureTime::default());
        let l = Lengths {
            payload: 1,
            rtp: 13,
            ip: 41,
            link: 14,
        };
        b.handle_packet(CaptureTime::default(), l);
        // 64 octets in one second.
        assert_eq!(b.figures(Some(1.0)).ethernet_kbps, Some(0.512));
    }
}
