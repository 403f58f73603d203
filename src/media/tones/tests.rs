//! The detector against sound that a generator makes which knows nothing of it.

use super::ToneKey;
use super::detector::Detector;
use super::generator::{Key, Random, keys, music, speech, to_a_law, to_mu_law};
use super::law::Law;
use super::watch::{Listening, ToneWatch};
use crate::media::measure::bandwidth::Lengths;
use crate::media::meter::MeterPacket;
use crate::rtp::RtpHeader;
use crate::types::{CaptureTime, FrameNo, FrameRef};
use proptest::prelude::*;

const LENGTHS: Lengths = Lengths {
    payload: 160,
    rtp: 172,
    ip: 200,
    link: 14,
};
const ALL: &str = "123A456B789C*0#D";

fn coded(samples: &[f64], law: Law) -> Vec<u8> {
    let code = if law == Law::A { to_a_law } else { to_mu_law };
    samples.iter().map(|s| code(*s)).collect()
}

/// What the detector alone hears.
fn heard(samples: &[f64]) -> String {
    let mut detector = Detector::new(8000);
    let mut decoded = Vec::new();
    Law::Mu.decode(&coded(samples, Law::Mu), &mut decoded);
    for (n, part) in decoded.chunks(160).enumerate() {
        let time = CaptureTime::from_nanos(n as i64 * 20_000_000);
        detector.handle_samples(part, time, FrameRef::default());
    }
    detector.break_off();
    detector.take().iter().map(|h| h.key).collect()
}

/// A stream of packets of 20 ms through the watch: which of them come, in which order.
fn watched(
    octets: &[u8],
    law: Law,
    how: Listening,
    order: impl Fn(usize) -> Vec<usize>,
) -> Vec<ToneKey> {
    let mut watch = ToneWatch::new(how);
    let parts: Vec<&[u8]> = octets.chunks(160).collect();
    let name = if law == Law::A { "PCMA" } else { "PCMU" };
    for (arrival, n) in order(parts.len()).into_iter().enumerate() {
        let mut rtp = vec![0x80, if law == Law::A { 8 } else { 0 }];
        rtp.extend((n as u16).to_be_bytes());
        rtp.extend((160 * n as u32).to_be_bytes());
        rtp.extend([0, 0, 0, 1]);
        rtp.extend(parts[n]);
        let header = RtpHeader::parse_known(&rtp, rtp.len() as u32).unwrap();
        let packet = MeterPacket {
            time: CaptureTime::from_nanos(arrival as i64 * 20_000_000),
            frame: FrameRef {
                frame: FrameNo(arrival as u64 + 1),
                ..FrameRef::default()
            },
            header,
            payload: parts[n],
            lengths: LENGTHS,
        };
        watch.handle_packet(&packet, |_| Some((name, 8000, None)));
    }
    watch.into_keys()
}

fn digits(keys: &[ToneKey]) -> String {
    keys.iter().map(|k| k.digit).collect()
}

fn all_with(change: impl Fn(&mut Key)) -> Vec<Key> {
    let all = ALL.chars().map(|c| {
        let mut key = Key::new(c);
        change(&mut key);
        key
    });
    all.collect()
}

#[test]
fn every_key_is_heard_at_every_place_of_the_windows() {
    for lead in (0..400).step_by(37) {
        assert_eq!(heard(&keys(&all_with(|_| ()), 8000, lead)), ALL, "{lead}");
    }
}

#[test]
fn forty_milliseconds_of_tone_and_forty_of_pause_are_enough() {
    for lead in (0..64).step_by(5) {
        let fast = all_with(|k| (k.on_ms, k.off_ms) = (40, 40));
        assert_eq!(heard(&keys(&fast, 8000, lead)), ALL, "{lead}");
        let same = [Key {
            on_ms: 40,
            off_ms: 40,
            ..Key::new('7')
        }; 5];
        assert_eq!(heard(&keys(&same, 8000, lead)), "77777", "{lead}");
    }
}

#[test]
fn less_than_23_milliseconds_of_tone_are_no_key() {
    // Q.24 table 1: signals of less than 23 ms are to be rejected.
    for lead in (0..64).step_by(5) {
        let short = all_with(|k| k.on_ms = 22);
        assert_eq!(heard(&keys(&short, 8000, lead)), "", "{lead}");
    }
}

#[test]
fn an_interruption_of_ten_milliseconds_does_not_make_two_keys() {
    let key = |off_ms| Key {
        on_ms: 60,
        off_ms,
        ..Key::new('3')
    };
    assert_eq!(heard(&keys(&[key(10), key(80)], 8000, 0)), "3");
}

#[test]
fn quiet_and_loud_keys_are_heard() {
    for level in [-30.0, -20.0, -5.0, 0.0] {
        assert_eq!(
            heard(&keys(&all_with(|k| k.level = level), 8000, 11)),
            ALL,
            "{level} dBm0"
        );
    }
}

#[test]
fn the_column_may_be_8_db_weaker_or_4_db_stronger_and_no_more() {
    for twist in [-8.0, -4.0, 2.0, 4.0] {
        for level in [-10.0, -22.0] {
            let twisted = all_with(|k| (k.twist, k.level) = (twist, level));
            assert_eq!(
                heard(&keys(&twisted, 8000, 11)),
                ALL,
                "{twist} dB, {level} dBm0"
            );
        }
    }
    for twist in [-12.0, 8.0] {
        assert_eq!(
            heard(&keys(&all_with(|k| k.twist = twist), 8000, 11)),
            "",
            "{twist} dB"
        );
    }
}

#[test]
fn frequencies_may_be_off_by_one_and_a_half_percent_and_not_by_three_and_a_half() {
    for off in [-0.015, -0.01, 0.01, 0.015] {
        for both in [(off, off), (off, -off), (off, 0.0), (0.0, off)] {
            assert_eq!(
                heard(&keys(&all_with(|k| k.off = both), 8000, 11)),
                ALL,
                "{both:?}"
            );
        }
    }
    for off in [-0.035, 0.035] {
        for one in [(off, 0.0), (0.0, off)] {
            assert_eq!(
                heard(&keys(&all_with(|k| k.off = one), 8000, 11)),
                "",
                "{one:?}"
            );
        }
    }
}

#[test]
fn the_worst_of_everything_at_once_is_heard() {
    for (twist, off) in [(-8.0, 0.015), (-8.0, -0.015), (4.0, 0.015), (4.0, -0.015)] {
        let worst = all_with(|k| {
            *k = Key {
                on_ms: 50,
                off_ms: 50,
                level: -26.0,
                twist,
                off: (off, off),
                ..*k
            };
        });
        assert_eq!(heard(&keys(&worst, 8000, 23)), ALL, "{twist} dB, {off}");
    }
}

#[test]
fn noise_twenty_db_below_does_not_hide_a_key() {
    let mut r = Random(7);
    let mut sound = keys(&all_with(|_| ()), 8000, 5);
    // Two tones of -10 dBm0 have a root mean square of 7053; a tenth of it.
    sound.iter_mut().for_each(|s| *s += 700.0 * r.normal());
    assert_eq!(heard(&sound), ALL);
}

#[test]
fn one_tone_alone_and_the_tones_of_a_line_are_no_keys() {
    // Dial, ring back and busy tones of several countries, and single tones of the keypad.
    let pairs = [
        (350.0, 440.0),
        (440.0, 480.0),
        (480.0, 620.0),
        (425.0, 425.0),
        (400.0, 450.0),
        (697.0, 697.0),
        (1209.0, 1209.0),
        (941.0, 770.0),
        (1100.0, 2100.0),
    ];
    for (one, other) in pairs {
        let sound: Vec<f64> = (0..8000)
            .map(|n| {
                let t = f64::from(n) / 8000.0 * std::f64::consts::TAU;
                3000.0 * ((one * t).sin() + (other * t).sin())
            })
            .collect();
        assert_eq!(heard(&sound), "", "{one} {other}");
    }
}

#[test]
fn minutes_of_noise_like_speech_and_of_music_hold_no_key() {
    // The seeds are any.
    for seed in 1..=6u64 {
        assert_eq!(heard(&speech(40, seed * 0x9e37_79b9)), "", "voice {seed}");
        assert_eq!(heard(&music(40, seed * 0x85eb_ca6b)), "", "music {seed}");
    }
}

#[test]
fn level_twist_begin_and_length_are_what_was_sent() {
    let key = Key {
        on_ms: 200,
        level: -12.0,
        twist: -3.0,
        ..Key::new('6')
    };
    let octets = coded(&keys(&[key], 8000, 1600), Law::A);
    let got = watched(&octets, Law::A, Listening::Full, |n| (0..n).collect());
    let [k] = &got[..] else { panic!("{got:?}") };
    // -12 and -15 dBm0 together: 10 log (10^-1.2 + 10^-1.5) = -10.24.
    assert!((k.level_dbm0 + 10.24).abs() < 0.5, "{k:?}");
    assert!((k.twist_db + 3.0).abs() < 0.5, "{k:?}");
    assert!(
        k.duration_ms.is_some_and(|ms| (ms - 200.0).abs() < 10.0),
        "{k:?}"
    );
    let begin = k.time.as_nanos() as f64 / 1e6;
    assert!((begin - 200.0).abs() < 8.0, "{begin}");
}

#[test]
fn lost_and_reordered_and_doubled_packets_do_not_change_the_digits() {
    let octets = coded(&keys(&all_with(|k| k.on_ms = 120), 8000, 1600), Law::Mu);
    let reordered = |n: usize| {
        let mut order: Vec<usize> = (0..n).collect();
        order.chunks_exact_mut(3).for_each(|c| c.swap(1, 2));
        order
    };
    let doubled = |n: usize| (0..n).flat_map(|i| [i, i]).collect();
    // One in ten, never two within a key: 120 + 80 ms are ten packets, and each loses its fourth.
    let lossy = |n: usize| (0..n).filter(|i| i % 10 != 3).collect();
    let orders: [&dyn Fn(usize) -> Vec<usize>; 3] = [&reordered, &doubled, &lossy];
    for (i, order) in orders.iter().enumerate() {
        let got = watched(&octets, Law::Mu, Listening::Full, order);
        assert_eq!(digits(&got), ALL, "{i}");
    }
}

#[test]
fn the_screen_lets_no_ordinary_key_pass_unheard() {
    for law in [Law::Mu, Law::A] {
        for lead in (0..640).step_by(53) {
            for (level, twist) in [(-10.0, 0.0), (-20.0, -6.0), (-16.0, 3.0)] {
                let mut dialled = all_with(|k| (k.on_ms, k.level, k.twist) = (100, level, twist));
                // Far from the others: each has to be found by the screen.
                dialled.iter_mut().for_each(|k| k.off_ms = 4000);
                let octets = coded(&keys(&dialled, 8000, lead), law);
                let got = watched(&octets, law, Listening::Screened, |n| (0..n).collect());
                assert_eq!(digits(&got), ALL, "{law:?} {lead} {level} {twist}");
            }
        }
    }
}

#[test]
fn a_key_that_was_under_way_when_listening_began_has_no_length() {
    let dialled = ['1', '2'].map(|c| Key {
        on_ms: 200,
        ..Key::new(c)
    });
    // Looked at in the packets that begin at 0, 60, 120 ms: 100 ms of silence, the key's first look is 20 ms late.
    let octets = coded(&keys(&dialled, 8000, 800), Law::Mu);
    let got = watched(&octets, Law::Mu, Listening::Screened, |n| (0..n).collect());
    let [first, second] = &got[..] else {
        panic!("{got:?}")
    };
    assert_eq!((first.digit, first.duration_ms), ('1', None));
    assert!(
        second
            .duration_ms
            .is_some_and(|ms| (ms - 200.0).abs() < 10.0),
        "{second:?}"
    );
}

proptest! {
    #[test]
    fn no_sound_makes_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..4000), channels in 0u8..5) {
        let mut decoded = Vec::new();
        for law in [Law::Mu, Law::A, Law::Linear { channels: channels.max(1) }] {
            law.decode(&octets, &mut decoded);
        }
        let mut detector = Detector::new(8000 + u32::from(channels) * 8000);
        detector.handle_samples(&decoded, CaptureTime::from_nanos(0), FrameRef::default());
        detector.handle_gap(u64::from(channels) * 1000);
        detector.handle_samples(&decoded, CaptureTime::from_nanos(1), FrameRef::default());
        detector.break_off();
    }

    #[test]
    fn no_order_of_packets_makes_it_panic(packets in proptest::collection::vec((any::<u32>(), 0usize..400, any::<u8>()), 0..80)) {
        let mut watch = ToneWatch::new(Listening::Full);
        for (n, (timestamp, length, octet)) in packets.into_iter().enumerate() {
            let payload = vec![octet; length];
            let mut rtp = vec![0x80, 0, 0, n as u8];
            rtp.extend(timestamp.to_be_bytes());
            rtp.extend([0, 0, 0, 1]);
            let header = RtpHeader::parse_known(&rtp, rtp.len() as u32).unwrap();
            watch.handle_packet(
                &MeterPacket {
                    time: CaptureTime::from_nanos(n as i64 * 20_000_000),
                    frame: FrameRef::default(),
                    header,
                    payload: &payload,
                    lengths: LENGTHS,
                },
                |_| Some(("PCMU", 8000, None)),
            );
        }
        watch.into_keys();
    }
}
