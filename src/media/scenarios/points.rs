//! One call in several files.

use super::*;

impl Scenario {
    /// A packet of one file; `copy`: another file had it before.
    fn seen(&mut self, file: u16, f: Flow, seq: u16, ms: i64, copy: bool) {
        let mut frame = self.next_frame();
        frame.source = SourceId(file);
        self.tracker.note_source(frame.source, at(ms));
        let payload = rtp(0, seq, u32::from(seq) * 160, 7);
        let packet = MediaPacket {
            flow: f,
            time: at(ms),
            frame,
            payload: &payload,
            wire_payload_len: payload.len() as u32,
            ip_bytes: payload.len() as u32 + 28,
            link_bytes: 14,
            stack: Default::default(),
            ttl: 64,
        };
        match copy {
            true => self.tracker.handle_copy(&packet),
            false => {
                self.tracker.handle_datagram(&packet);
            }
        }
    }

    /// Packets of a file that are none of media.
    fn signalling(&mut self, files: &[u16], ms: i64) {
        for file in files {
            self.tracker.note_source(SourceId(*file), at(ms));
        }
    }
}

fn announced() -> Scenario {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, -200);
    s.announce(1, Party::Callee, B, -100);
    s
}

/// File, packets and lost of each point.
fn points(r: &StreamRecord) -> Vec<(u16, u64, u64)> {
    let row = |p: &PointFigures| (p.source.0, p.packets, p.lost);
    r.points.iter().map(row).collect()
}

/// 500 packets from A to B: file 0 is at the sender, file 1 at the receiver, who gets those that `arrives` says.
fn sent(s: &mut Scenario, arrives: impl Fn(u16) -> bool) {
    s.signalling(&[0, 1], -1000);
    for seq in 0..500u16 {
        let ms = i64::from(seq) * 20;
        s.seen(0, flow(A, B), seq, ms, false);
        if arrives(seq) {
            s.seen(1, flow(A, B), seq, ms, true);
        }
    }
    s.signalling(&[0, 1], 11_000);
}

#[test]
fn what_only_the_senders_side_saw_is_lost() {
    let mut s = announced();
    sent(&mut s, |seq| seq % 50 != 7);
    let r = &s.streams()[0];
    assert_eq!(points(r), [(0, 500, 0), (1, 490, 10)]);
    assert_eq!(
        (r.figures.packets, r.figures.lost, r.counted),
        (490, 10, 500)
    );
}

#[test]
fn what_is_missing_at_either_end_is_lost_where_the_capture_ran() {
    let mut s = announced();
    sent(&mut s, |seq| (20..450).contains(&seq));
    assert_eq!(points(&s.streams()[0]), [(0, 500, 0), (1, 430, 70)]);
    // The file at the receiver begins and ends with the media it has: nothing is known of the rest.
    let mut s = announced();
    s.signalling(&[0], -1000);
    for seq in 0..500u16 {
        let ms = i64::from(seq) * 20;
        s.seen(0, flow(A, B), seq, ms, false);
        if (20..450).contains(&seq) {
            s.seen(1, flow(A, B), seq, ms, true);
        }
    }
    let lost: u64 = s.streams()[0].points.iter().map(|p| p.lost).sum();
    assert_eq!(lost, 0);
}

#[test]
fn parts_of_one_capture_are_one_point() {
    let mut s = announced();
    for seq in 0..600u16 {
        s.seen(seq / 150, flow(A, B), seq, i64::from(seq) * 20, false);
    }
    let r = &s.streams()[0];
    assert_eq!(
        (points(r), r.figures.packets, r.figures.lost),
        (vec![], 600, 0)
    );
}

#[test]
fn a_capture_in_parts_and_another_point_are_two_points() {
    let mut s = announced();
    s.tracker
        .name_sources(&["a_1", "b_1", "a_2", "b_2"].map(str::to_owned));
    for seq in 0..600u16 {
        let (part, ms) = (2 * (seq / 300), i64::from(seq) * 20);
        s.seen(part, flow(A, B), seq, ms, false);
        if seq % 100 != 7 {
            s.seen(part + 1, flow(A, B), seq, ms + 1, true);
        }
    }
    assert_eq!(points(&s.streams()[0]), [(0, 600, 0), (1, 594, 6)]);
}

#[test]
fn a_point_that_began_in_the_middle_is_no_part() {
    let mut s = announced();
    for seq in 0..500u16 {
        let ms = i64::from(seq) * 20;
        if seq >= 300 {
            // Its clock is ahead: it comes first.
            s.seen(1, flow(A, B), seq, ms - 1, false);
        }
        s.seen(0, flow(A, B), seq, ms, seq >= 300);
    }
    let mut rows = points(&s.streams()[0]);
    rows.sort_unstable();
    assert_eq!(rows, [(0, 500, 0), (1, 200, 0)]);
}

#[test]
fn none_that_reached_a_point_which_has_the_other_direction_is_all_lost() {
    let mut s = announced();
    s.signalling(&[0, 1], -1000);
    for seq in 0..500u16 {
        let ms = i64::from(seq) * 20;
        // From A: seen at both. From B: only at B's.
        s.seen(0, flow(A, B), seq, ms, false);
        s.seen(1, flow(A, B), seq, ms, true);
        s.seen(1, flow(B, A), seq, ms + 5, false);
    }
    s.signalling(&[0, 1], 11_000);
    let streams = s.streams();
    assert_eq!(points(&streams[0]), [(0, 500, 0), (1, 500, 0)]);
    let r = &streams[1];
    assert_eq!(points(r), [(1, 500, 0), (0, 0, 500)]);
    assert_eq!(
        (r.figures.packets, r.figures.lost, r.figures.quality.mos),
        (0, 500, None)
    );
}

#[test]
fn two_files_with_a_direction_each_are_no_loss() {
    let mut s = announced();
    s.signalling(&[0, 1], -1000);
    for seq in 0..500u16 {
        let ms = i64::from(seq) * 20;
        s.seen(0, flow(A, B), seq, ms, false);
        s.seen(1, flow(B, A), seq, ms + 5, false);
    }
    for r in s.streams() {
        assert_eq!(
            (points(&r), r.figures.packets, r.figures.lost),
            (vec![], 500, 0)
        );
    }
}
