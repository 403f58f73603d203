//! Sound and pictures of one sender side by side, by its wall clock (RFC 3550 §6.4.1).
//!
//! A sender report names one moment on two clocks: the wall clock that all streams of a sender share, and the stream's
//! own. By that pair a packet was sampled at some time of the wall clock. How much later it arrived here holds the offset
//! of two clocks that nobody set by each other; the difference between two streams does not.

use super::control::Report;
use super::rtcp_trips::Spread;
use super::stream::Stream;
use super::tracker::Tracker;
use crate::types::{CaptureTime, ClockRate, Delta, MediaKind, RtpTicks, Ssrc};

/// Both streams have sent something so long ago at most.
const FRESH: Delta = Delta::from_secs(1);
/// More than that is a clock gone wrong, in milliseconds.
const PLAUSIBLE_MS: f64 = 10_000.0;
/// Streams of a call that are looked at for the other half.
const LOOKED_AT: usize = 256;
/// Units of an NTP time in a second.
const NTP_UNITS: i128 = 1 << 32;

/// The last packet of a stream, and the pair of clocks that dates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// NTP time of the sender report: seconds since 1900 in the upper 32 bits, fraction in the lower.
    pub ntp: u64,
    /// The same moment on the stream's clock.
    pub rtp: RtpTicks,
    /// Timestamp of the packet.
    pub timestamp: RtpTicks,
    /// Clock of both.
    pub clock: ClockRate,
    /// When it arrived.
    pub arrival: CaptureTime,
}

impl Sampled {
    /// When it was sampled, as an NTP time of the sender.
    pub fn ntp_sampled(&self) -> u64 {
        let ticks = i128::from(self.timestamp.distance_from(self.rtp));
        let units = ticks * NTP_UNITS / i128::from(self.clock.hz());
        // 2^31 ticks of a clock of 1 Hz still fit.
        self.ntp.wrapping_add_signed(units as i64)
    }

    /// Arrival less sampling in units of NTP; wraps, as the clocks may lie any time apart.
    fn transit(&self) -> u64 {
        let arrival = i128::from(self.arrival.as_nanos()) * NTP_UNITS / 1_000_000_000;
        (arrival as u64).wrapping_sub(self.ntp_sampled())
    }

    /// How much later than the other it arrived after its sampling, in milliseconds.
    pub fn later_ms(&self, other: &Sampled) -> f64 {
        let units = self.transit().wrapping_sub(other.transit()) as i64;
        units as f64 * 1000.0 / NTP_UNITS as f64
    }
}

/// Pictures against the sound of the same sender.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sync {
    /// The stream of the sound.
    pub sound: Ssrc,
    /// How much later than the sound of the same moment the pictures arrive, in milliseconds; negative: earlier. One
    /// value a sender report of either.
    pub later: Spread,
    /// What the last was worked out of: the pictures, and the sound.
    pub of: [Sampled; 2],
}

impl Sync {
    /// Takes a comparison; of another stream of sound it begins anew.
    fn handle(known: &mut Option<Box<Sync>>, sound: Ssrc, of: [Sampled; 2]) {
        let [pictures, heard] = of;
        let later = pictures.later_ms(&heard);
        if later.abs() > PLAUSIBLE_MS {
            return;
        }
        match known {
            Some(sync) if sync.sound == sound => {
                sync.later.handle(later);
                sync.of = of;
            }
            _ => {
                *known = Some(Box::new(Sync {
                    sound,
                    later: Spread::of(later),
                    of,
                }));
            }
        }
    }
}

impl Tracker {
    /// A sender report passed: pictures and sound of its sender are compared, where it sends both.
    pub(super) fn compare_sound_and_pictures(&mut self, report: &Report, ssrc: Ssrc) {
        let Some(own) = self.sent_by(&report.media, ssrc) else {
            return;
        };
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        if let Some((kind, other)) = self.streams.get(own).and_then(kinds) {
            let others = self.same_sender(own, other, report.time);
            match kind {
                MediaKind::Video => pairs.extend(others.last().map(|sound| (own, *sound))),
                _ => pairs.extend(others.into_iter().map(|pictures| (pictures, own))),
            }
        }
        for (pictures, sound) in pairs {
            let of = [pictures, sound].map(|at| sampled(self.streams.get(at)?, report.time));
            let heard = self.streams.get(sound).map(|s| s.ssrc);
            if let ([Some(seen), Some(of_sound)], Some(heard)) = (of, heard)
                && let Some(s) = self.streams.get_mut(pictures)
            {
                Sync::handle(&mut s.rtcp_mut().sync, heard, [seen, of_sound]);
            }
        }
    }

    /// Streams of that kind from the same host, call and canonical name.
    fn same_sender(&self, own: u32, kind: MediaKind, now: CaptureTime) -> Vec<u32> {
        let Some(one) = self.streams.get(own) else {
            return Vec::new();
        };
        let Some(binding) = one.binding.as_deref() else {
            return Vec::new();
        };
        let is_its = |s: &Stream| {
            let its = s.binding.as_deref();
            its.is_some_and(|b| b.call == binding.call && b.kind == Some(kind))
                && s.flow.src.addr == one.flow.src.addr
                && s.flow.scope == one.flow.scope
                && name(s).is_some_and(|n| Some(n) == name(one))
                && sampled(s, now).is_some()
        };
        let of_call = self.streams_of(binding.call).into_iter().take(LOOKED_AT);
        let mut found: Vec<u32> = of_call
            .filter(|at| self.streams.get(*at).is_some_and(is_its))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Its kind, and the kind it is compared with.
fn kinds(s: &Stream) -> Option<(MediaKind, MediaKind)> {
    match s.binding.as_deref()?.kind? {
        MediaKind::Audio => Some((MediaKind::Audio, MediaKind::Video)),
        MediaKind::Video => Some((MediaKind::Video, MediaKind::Audio)),
        _ => None,
    }
}

fn name(s: &Stream) -> Option<&str> {
    s.rtcp.as_ref()?.cname()
}

/// Its last packet, where that is fresh and a report dates it. Of several capture points none is taken.
fn sampled(s: &Stream, now: CaptureTime) -> Option<Sampled> {
    if s.split {
        return None;
    }
    let (ntp, rtp) = s.rtcp.as_ref()?.clocks()?;
    let (arrival, timestamp, clock) = s.meter.last_sampled()?;
    ((now - arrival).abs() <= FRESH).then_some(Sampled {
        ntp,
        rtp,
        timestamp,
        clock,
        arrival,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(ntp_ms: u64, ticks: (u32, u32), hz: u32, arrival_ms: i64) -> Sampled {
        Sampled {
            ntp: (ntp_ms << 32) / 1000,
            rtp: RtpTicks(ticks.0),
            timestamp: RtpTicks(ticks.1),
            clock: ClockRate::new(hz).unwrap(),
            arrival: CaptureTime::from_nanos(arrival_ms * 1_000_000),
        }
    }

    #[test]
    fn what_was_sampled_at_one_moment_is_compared_whatever_the_clocks_say() {
        // Sound: 800 ticks of 8 kHz after 5.000 s is 5.100 s, and arrives at 1.150 s: 1050 - 5000 less.
        let sound = sampled(
            5000,
            (0xffff_ff00, 0xffff_ff00u32.wrapping_add(800)),
            8000,
            1150,
        );
        // Pictures: 4500 ticks of 90 kHz before 5.200 s is 5.150 s, arrives at 1.290 s: 90 ms more.
        let pictures = sampled(5200, (9000, 4500), 90_000, 1290);
        assert!((pictures.later_ms(&sound) - 90.0).abs() < 1e-3);
        assert!((sound.later_ms(&pictures) + 90.0).abs() < 1e-3);
    }

    #[test]
    fn another_stream_of_sound_begins_anew_and_nonsense_is_left_out() {
        let sound = sampled(5000, (0, 0), 8000, 1000);
        let mut known = None;
        for arrival in [1020, 1040, 1000 + 20_000] {
            let pictures = sampled(5000, (0, 0), 90_000, arrival);
            Sync::handle(&mut known, Ssrc(1), [pictures, sound]);
        }
        let later = known.as_ref().unwrap().later;
        // Units of NTP are cut off: 2^-32 s.
        let (last, mean) = ((later.last * 1e3).round(), (later.mean * 1e3).round());
        assert_eq!((later.count, last, mean), (2, 40_000.0, 30_000.0));
        Sync::handle(&mut known, Ssrc(2), [sound, sound]);
        assert_eq!(known.unwrap().later.count, 1);
    }
}
