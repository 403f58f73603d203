//! Play-out, packet by packet.

use super::*;

fn late(delays_ms: &[f64]) -> u64 {
    let mut p = Playout::default();
    for (i, d) in delays_ms.iter().enumerate() {
        let arrival = i as i64 * 20_000_000 + (d * 1e6) as i64;
        p.handle_packet(
            arrival,
            d * 1e6,
            ExtendedSeq(i as u64),
            false,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    p.late()
}

#[test]
fn sixty_milliseconds_are_in_time_and_more_is_late() {
    assert_eq!(late(&[0.0, 60.0, 0.0, 61.0, 0.0]), 2 - 1);
}

#[test]
fn a_late_first_packet_does_not_set_the_base() {
    let mut d = vec![80.0];
    d.extend([0.0; 60]);
    assert_eq!(late(&d), 1);
}

#[test]
fn a_lasting_step_of_delay_is_late_for_one_second() {
    // Packet 100 is 100 ms late at 2.1 s; packet 150 comes a second after it and finds the base
    // moved: 100..=149 are late.
    let mut d = vec![0.0; 100];
    d.extend([100.0; 2900]);
    assert_eq!(late(&d), 50);
}

#[test]
fn three_early_packets_do_not_condemn_the_rest() {
    // Late from packet 3 at 60 ms; packet 53 comes at 1060 ms, a second later: 3..=52.
    let mut d = vec![-70.0; 3];
    d.extend([0.0; 2997]);
    assert_eq!(late(&d), 50);
}

#[test]
fn a_packet_in_time_breaks_the_run_of_lateness() {
    // Every 40th packet (0.8 s) is in time: 39 of 40 are late for good. 100 + 400 packets.
    let mut d = vec![0.0; 100];
    d.extend((0..400).map(|i| if i % 40 == 0 { 0.0 } else { 100.0 }));
    assert_eq!(late(&d), 390);
}

#[test]
fn a_step_after_the_first_second_is_late_until_the_next_talkspurt() {
    let mut d = vec![0.0; 60];
    d.extend([100.0; 10]);
    assert_eq!(late(&d), 10);
    let mut p = Playout::default();
    for (i, delay) in d.iter().enumerate() {
        let spurt = i == 65;
        p.handle_packet(
            i as i64 * 20_000_000,
            delay * 1e6,
            ExtendedSeq(i as u64),
            spurt,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    assert_eq!(p.late(), 5);
}

#[test]
fn an_honest_slow_clock_is_not_late_after_an_hour() {
    // 100 ppm slow: the delay grows 0.1 ms a second, 360 ms in an hour.
    let mut p = Playout::default();
    for i in 0..180_000i64 {
        let t = i * 20_000_000;
        let delay = t as f64 * 1e-4;
        if i % 50 == 0 {
            p.handle_second(t, delay);
        }
        p.handle_packet(t, delay, ExtendedSeq(i as u64), false, &mut CountOnly);
    }
    assert_eq!(p.late(), 0);
}

/// 3000 packets sent every 20 ms, each 0 to 60 ms late (a linear congruential generator), from the 1500th on 80 ms
/// more; the 2400th to come begins a talkspurt.
fn on_a_bad_path() -> (Playout, i64) {
    let mut state = 12_345u64;
    let mut packets: Vec<(i64, u64, i64)> = (0..3000u64)
        .map(|n| {
            state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
            let delay =
                ((state >> 16) % 1000) as i64 * 60_000 + if n >= 1500 { 80_000_000 } else { 0 };
            (n as i64 * 20_000_000 + delay, n, delay)
        })
        .collect();
    packets.sort_unstable();
    let mut p = Playout::default();
    let begin = packets[0].0;
    let mut second = 0;
    for (at, (arrival, n, delay)) in packets.iter().enumerate() {
        let now = (arrival - begin) / 1_000_000_000;
        if now != std::mem::replace(&mut second, now) {
            p.handle_second(*arrival, 0.0);
        }
        p.handle_packet(
            *arrival,
            *delay as f64,
            ExtendedSeq(*n),
            at == 2400,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    (p, packets[packets.len() - 1].0)
}

#[test]
fn every_buffer_discards_what_a_model_written_apart_says() {
    // A program of its own (Python, the whole list at once, milliseconds) says of these packets: 1340, 51, 0 and 58
    // discarded, and the adaptive buffer 123.0982 ms deep on the average.
    let (packets, last) = on_a_bad_path();
    let figures = packets
        .figures(last)
        .map(|f| (f.buffer.as_str(), f.discarded));
    assert_eq!(
        figures,
        [
            ("fixed_40", 1340),
            ("fixed_60", 51),
            ("fixed_200", 0),
            ("adaptive", 58)
        ]
    );
    let depth = packets.figures(last)[ADAPTIVE].delay_ms;
    assert!((depth - 123.0982).abs() < 0.001, "{depth}");
}

#[test]
fn the_adaptive_buffer_begins_as_deep_as_its_first_second_asks_for() {
    // Delays 0 and 10 ms in turn: mean 5, mean deviation 5, so the point is 25 ms above the base, and stays.
    let mut p = Playout::default();
    for n in 0..500i64 {
        let delay = (n % 2) * 10_000_000;
        let seq = ExtendedSeq(n as u64);
        p.handle_packet(
            n * 20_000_000 + delay,
            delay as f64,
            seq,
            false,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    let adaptive = p.figures(9_990_000_000)[ADAPTIVE];
    assert_eq!((adaptive.discarded, adaptive.delay_ms.round()), (0, 25.0));
}

#[test]
fn an_even_stream_needs_the_least_depth() {
    let mut p = Playout::default();
    for n in 0..100i64 {
        p.handle_packet(
            n * 20_000_000,
            0.0,
            ExtendedSeq(n as u64),
            false,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    let all = p.figures(1_980_000_000).map(|f| (f.discarded, f.delay_ms));
    assert_eq!(all, [(0, 40.0), (0, 60.0), (0, 200.0), (0, 20.0)]);
}

#[test]
fn lateness_beyond_forty_milliseconds_is_judged_by_each_buffer() {
    let mut p = Playout::default();
    for (n, delay) in
        (0..200i64).map(|n| (n, [0, 0, 0, 50, 0, 100, 0, 250, 0, 0][(n % 10) as usize]))
    {
        let seq = ExtendedSeq(n as u64);
        let delay = delay * 1_000_000;
        p.handle_packet(
            n * 20_000_000 + delay,
            delay as f64,
            seq,
            false,
            &mut CountOnly,
        );
    }
    p.finish(&mut CountOnly);
    let fixed: Vec<u64> = p.figures(0).iter().take(3).map(|f| f.discarded).collect();
    assert_eq!(fixed, [60, 40, 20]);
}
