//! The golden numbers: what each case must measure, with what other tools say about the same packets.
//!
//! G.711 at 20 ms, sequence from 100, timestamps from 1000, 50 packets unless the case says otherwise.
//! Expected values were computed independently of this code from the definitions (RFC 3550 A.3, A.8).

use super::figures::{PayloadFacts, StreamFigures};
use super::measure::bandwidth::Lengths;
use super::measure::dtmf::DtmfEvent;
use super::meter::{CodecName, MeterPacket, StreamMeter};
use crate::rtp::RtpHeader;
use crate::types::codec::Role;
use crate::types::{
    CaptureTime, ClockRate, FrameNo, FrameRef, PayloadType, RtpTicks, SeqNo, SourceId, Ssrc,
};

#[derive(Clone, Copy)]
struct P {
    ms: f64,
    seq: u16,
    ts: u32,
    pt: u8,
    marker: bool,
    event: Option<[u8; 4]>,
}

fn audio(i: u32) -> P {
    P {
        ms: f64::from(i) * 20.0,
        seq: 100u16.wrapping_add(i as u16),
        ts: 1000 + 160 * i,
        pt: 0,
        marker: false,
        event: None,
    }
}

fn clean(n: u32) -> Vec<P> {
    (0..n).map(audio).collect()
}

/// Swaps the contents of two packets, not their times.
fn swap(v: &mut [P], a: usize, b: usize) {
    let (ta, tb) = (v[a].ms, v[b].ms);
    v.swap(a, b);
    v[a].ms = ta;
    v[b].ms = tb;
}

fn facts(pt: PayloadType) -> PayloadFacts {
    let (role, hz) = match pt.get() {
        0 | 8 => (Role::Media, 8000),
        13 => (Role::ComfortNoise, 8000),
        101 => (Role::Event, 8000),
        111 => (Role::Media, 48000),
        _ => (Role::Media, 0),
    };
    PayloadFacts {
        role,
        clock: ClockRate::new(hz),
    }
}

fn measure(packets: &[P]) -> (StreamFigures, Vec<DtmfEvent>) {
    let mut meter: Option<StreamMeter> = None;
    for (n, p) in packets.iter().enumerate() {
        let payload_len = p.event.map_or(160, |e| e.len() as u32);
        let m = MeterPacket {
            time: CaptureTime::from_nanos(1_700_000_000_000_000_000 + (p.ms * 1e6).round() as i64),
            frame: FrameRef {
                source: SourceId(0),
                frame: FrameNo(n as u64 + 1),
            },
            header: RtpHeader {
                version: 2,
                padding: false,
                extension: false,
                csrc_count: 0,
                marker: p.marker,
                payload_type: PayloadType::new(p.pt).unwrap(),
                seq: SeqNo(p.seq),
                timestamp: RtpTicks(p.ts),
                ssrc: Ssrc(0x1234),
                header_len: 12,
                payload_len,
            },
            payload: p.event.as_ref().map_or(&[], |e| e.as_slice()),
            lengths: Lengths {
                payload: payload_len,
                rtp: payload_len + 12,
                ip: payload_len + 40,
                link: 14,
            },
        };
        meter
            .get_or_insert_with(|| StreamMeter::new(&m))
            .handle_packet(&m, facts);
    }
    let mut meter = meter.unwrap();
    meter.finish();
    let name = CodecName {
        name: Some("PCMU"),
        ..CodecName::default()
    };
    (meter.figures(name), meter.into_dtmf())
}

fn counts(f: &StreamFigures) -> (u64, u64, u64, u64, u64) {
    (f.expected, f.unique, f.lost, f.duplicates, f.out_of_order)
}

#[track_caller]
fn near(got: Option<f64>, want: f64) {
    let got = got.expect("a figure");
    assert!((got - want).abs() < 0.001, "got {got}, want {want}");
}

#[track_caller]
fn jitter(f: &StreamFigures, mean: f64, max: f64) {
    near(f.jitter_mean_ms, mean);
    near(f.jitter_max_ms, max);
}

#[track_caller]
fn deltas(f: &StreamFigures, min: f64, mean: f64, max: f64) {
    near(f.delta_min_ms, min);
    near(f.delta_mean_ms, mean);
    near(f.delta_max_ms, max);
}

#[test]
fn clean_stream() {
    let (f, _) = measure(&clean(50));
    assert_eq!(counts(&f), (50, 50, 0, 0, 0));
    jitter(&f, 0.0, 0.0);
    deltas(&f, 20.0, 20.0, 20.0);
    near(f.ptime_ms, 20.0);
    near(f.bandwidth.ethernet_kbps, 87.2);
    near(f.quality.r_factor, 93.206);
    assert_eq!((f.late, f.max_lost_burst), (Some(0), 0));
}

#[test]
fn three_lost() {
    let mut v = clean(50);
    v.retain(|p| ![110, 111, 130].contains(&p.seq));
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 47, 3, 0, 0));
    jitter(&f, 0.0, 0.0);
    deltas(&f, 20.0, 21.304, 60.0);
    near(f.lost_percent, 6.0);
    assert_eq!((f.max_lost_burst, f.rtcp_style_lost), (2, 3));
}

#[test]
fn one_duplicate_is_not_minus_one_lost() {
    let mut v = clean(50);
    let copy = P {
        ms: v[20].ms + 1.0,
        ..v[20]
    };
    v.insert(21, copy);
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 1, 0));
    assert_eq!((f.packets, f.rtcp_style_lost), (51, -1));
    jitter(&f, 0.0, 0.0);
    deltas(&f, 1.0, 19.6, 20.0);
}

#[test]
fn two_swapped_in_the_middle() {
    let mut v = clean(50);
    swap(&mut v, 20, 21);
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 0, 1));
    jitter(&f, 1.381, 4.692);
}

fn wrapping() -> Vec<P> {
    let mut v = clean(50);
    for (i, p) in v.iter_mut().enumerate() {
        p.seq = 65520u16.wrapping_add(i as u16);
        p.ts = (u32::MAX - 2000).wrapping_add(160 * i as u32);
    }
    v
}

#[test]
fn both_counters_wrap() {
    let (f, _) = measure(&wrapping());
    assert_eq!(counts(&f), (50, 50, 0, 0, 0));
    jitter(&f, 0.0, 0.0);
}

#[test]
fn a_swap_at_the_wrap_is_not_65536_lost() {
    let mut v = wrapping();
    swap(&mut v, 15, 16);
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 0, 1));
    jitter(&f, 1.451, 4.692);
}

#[test]
fn the_first_two_swapped() {
    let mut v = clean(50);
    swap(&mut v, 0, 1);
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 0, 1));
    jitter(&f, 1.172, 3.594);
}

#[test]
fn the_last_two_swapped() {
    let mut v = clean(50);
    swap(&mut v, 48, 49);
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 0, 1));
    jitter(&f, 0.100, 3.672);
}

fn odd_late(mut v: Vec<P>) -> Vec<P> {
    v.iter_mut().skip(1).step_by(2).for_each(|p| p.ms += 5.0);
    v
}

#[test]
fn every_other_packet_five_ms_late() {
    let (f, _) = measure(&odd_late(clean(50)));
    assert_eq!(counts(&f), (50, 50, 0, 0, 0));
    jitter(&f, 3.534, 4.788);
    near(f.jitter_last_ms, 4.788);
    deltas(&f, 15.0, 20.102, 25.0);
    near(f.skew_max_ms, 5.0);
}

#[test]
fn a_step_of_a_hundred_ms() {
    let mut v = clean(50);
    v.iter_mut().skip(25).for_each(|p| p.ms += 100.0);
    let (f, _) = measure(&v);
    jitter(&f, 1.634, 6.250);
    near(f.jitter_last_ms, 1.328);
    deltas(&f, 20.0, 22.041, 120.0);
    near(f.skew_max_ms, 100.0);
}

#[test]
fn four_hundred_ms_of_honest_silence_is_neither_loss_nor_jitter() {
    for marker in [true, false] {
        let mut v = clean(50);
        v.iter_mut().skip(25).for_each(|p| {
            p.ms += 400.0;
            p.ts += 3200;
        });
        v[25].marker = marker;
        let (f, _) = measure(&v);
        assert_eq!((f.lost, f.late), (0, Some(0)));
        jitter(&f, 0.0, 0.0);
        near(f.delta_max_ms, 420.0);
        near(f.ptime_ms, 20.0);
    }
}

#[test]
fn comfort_noise_between_two_spurts() {
    let mut v = clean(20);
    v.push(P {
        pt: 13,
        ..audio(20)
    });
    for i in 21..41 {
        // The audio after the noise is 600 ms later, on both clocks.
        v.push(P {
            ms: f64::from(i) * 20.0 + 580.0,
            ts: 1000 + 160 * i + 4640,
            marker: i == 21,
            ..audio(i)
        });
    }
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (41, 41, 0, 0, 0));
    jitter(&f, 0.0, 0.0);
    assert_eq!(f.timestamp_discontinuities, 0);
}

#[test]
fn a_key_press_costs_no_jitter() {
    let mut v = clean(20);
    let durations = [160u16, 320, 480, 640, 800, 800, 800];
    for (n, dur) in durations.into_iter().enumerate() {
        let i = 20 + n as u32;
        let [hi, lo] = dur.to_be_bytes();
        v.push(P {
            pt: 101,
            ts: 1000 + 160 * 20,
            marker: n == 0,
            event: Some([5, if n >= 4 { 0x8a } else { 0x0a }, hi, lo]),
            ..audio(i)
        });
    }
    v.extend((27..47).map(audio));
    let (f, keys) = measure(&v);
    assert_eq!(counts(&f), (47, 47, 0, 0, 0));
    jitter(&f, 0.0, 0.0);
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].digit.as_str(), keys[0].end_missing), ("5", false));
    near(keys[0].duration_ms, 100.0);
}

#[test]
fn a_sender_at_8010_hz_drifts_1250_ppm() {
    let mut v = clean(500);
    for (i, p) in v.iter_mut().enumerate() {
        p.ms = i as f64 * 160.0 / 8.010;
    }
    let (f, _) = measure(&v);
    near(f.jitter_mean_ms, 0.024);
    near(f.jitter_max_ms, 0.025);
    near(f.delta_mean_ms, 19.975);
    let ppm = f.clock_drift_ppm.expect("ten seconds");
    assert!((ppm - 1250.0).abs() < 0.5, "{ppm}");
}

#[test]
fn a_sequence_jump_is_a_second_epoch() {
    let mut v = clean(50);
    v.iter_mut()
        .skip(25)
        .for_each(|p| p.seq = p.seq.wrapping_add(39_900));
    let (f, _) = measure(&v);
    assert_eq!(counts(&f), (50, 50, 0, 0, 0));
    assert_eq!(f.sequence_restarts, 1);
    jitter(&f, 0.0, 0.0);
}

#[test]
fn a_timestamp_jump_back_is_one_discontinuity() {
    let mut v = clean(50);
    v.iter_mut()
        .skip(25)
        .for_each(|p| p.ts = p.ts.wrapping_sub(400_000));
    let (f, _) = measure(&v);
    assert_eq!(f.timestamp_discontinuities, 1);
    jitter(&f, 0.0, 0.0);
    near(f.skew_max_ms, 0.0);
}

#[test]
fn opus_with_and_without_rtpmap() {
    for pt in [111, 98] {
        let mut v = odd_late(clean(50));
        for (i, p) in v.iter_mut().enumerate() {
            p.pt = pt;
            p.ts = 1000 + 960 * i as u32;
        }
        let (f, _) = measure(&v);
        jitter(&f, 3.534, 4.788);
        near(f.ptime_ms, 20.0);
    }
}

#[test]
fn one_packet_has_no_jitter_and_says_so() {
    let (f, _) = measure(&clean(1));
    assert_eq!((f.jitter_max_ms, f.delta_max_ms), (None, None));
    assert!(f.jitter_reason.is_some());
    assert_eq!(f.bandwidth.ip_kbps, None);
    assert_eq!((f.expected, f.lost), (1, 0));
}

#[test]
fn an_active_stream_stays_within_its_budget() {
    assert!(
        size_of::<StreamMeter>() <= 664,
        "{} octets",
        size_of::<StreamMeter>()
    );
}
