//! Bursts and gaps of lost or discarded packets (RFC 3611 §4.7.2), and how bursty loss is.
//!
//! Losses less than [`GMIN`] received packets apart form a group; a group of two or more is a burst,
//! from its first to its last loss; a single one belongs to the gap. Packets come in sequence order.
//! (The counters of the RFC's appendix book the first loss as the end of a burst and never book the
//! last run, so they are not used.)

/// Received packets between two losses that end a burst (RFC 3611 §4.7.2 recommends 16).
pub(crate) const GMIN: u8 = 16;

/// Burst state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bursts {
    group_losses: u32,
    group_span: u32,
    runs: u32,
    bursts: u32,
    burst_packets: u32,
    burst_losses: u32,
    gap_losses: u32,
    since_loss: u8,
    in_run: bool,
}

/// Burst figures of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BurstFigures {
    /// Bursts seen.
    pub bursts: u32,
    /// Packets within bursts, lost ones included.
    pub burst_packets: u64,
    /// Lost or discarded packets within bursts.
    pub burst_losses: u64,
    /// Packets outside bursts.
    pub gap_packets: u64,
    /// Lost or discarded packets outside bursts.
    pub gap_losses: u64,
    /// Runs of consecutive lost or discarded packets.
    pub loss_runs: u32,
}

impl Bursts {
    /// The next packet in sequence order; `missed` when lost or discarded.
    #[inline]
    pub(crate) fn handle_packet(&mut self, missed: bool) {
        if missed {
            self.handle_loss();
        } else {
            self.in_run = false;
            if self.group_losses > 0 {
                self.since_loss += 1;
                if self.since_loss >= GMIN {
                    self.close_group();
                }
            }
        }
    }

    fn handle_loss(&mut self) {
        if !self.in_run {
            self.runs += 1;
            self.in_run = true;
        }
        self.group_span = self
            .group_span
            .saturating_add(u32::from(self.since_loss) + 1);
        self.group_losses = self.group_losses.saturating_add(1);
        self.since_loss = 0;
    }

    fn close_group(&mut self) {
        if self.group_losses >= 2 {
            self.bursts += 1;
            self.burst_packets = self.burst_packets.saturating_add(self.group_span);
            self.burst_losses = self.burst_losses.saturating_add(self.group_losses);
        } else {
            self.gap_losses = self.gap_losses.saturating_add(self.group_losses);
        }
        self.group_losses = 0;
        self.group_span = 0;
        self.since_loss = 0;
    }

    /// The sequence numbers begin a new range: nothing spans it.
    pub(crate) fn end_of_range(&mut self) {
        self.close_group();
        self.in_run = false;
    }

    /// Figures over `expected` packets, after [`end_of_range`](Self::end_of_range).
    pub(crate) fn figures(&self, expected: u64) -> BurstFigures {
        BurstFigures {
            bursts: self.bursts,
            burst_packets: u64::from(self.burst_packets),
            burst_losses: u64::from(self.burst_losses),
            gap_packets: expected.saturating_sub(u64::from(self.burst_packets)),
            gap_losses: u64::from(self.gap_losses),
            loss_runs: self.runs,
        }
    }
}

impl BurstFigures {
    /// Lost or discarded packets.
    pub fn missed(&self) -> u64 {
        self.burst_losses + self.gap_losses
    }

    /// Share lost within bursts, 0 to 100; `None` without a burst.
    pub fn burst_density_percent(&self) -> Option<f64> {
        share(self.burst_losses, self.burst_packets)
    }

    /// Share lost outside bursts, 0 to 100.
    pub fn gap_density_percent(&self) -> Option<f64> {
        share(self.gap_losses, self.gap_packets)
    }

    /// Mean burst length in milliseconds at `ptime_ms` a packet; `None` without a burst.
    pub fn burst_duration_ms(&self, ptime_ms: f64) -> Option<f64> {
        (self.bursts > 0).then(|| self.burst_packets as f64 / f64::from(self.bursts) * ptime_ms)
    }

    /// BurstR of ITU-T G.107 §3.5: mean length of a loss run over that of random loss of the same
    /// share. 1 for random loss and without loss, never below.
    pub fn burst_ratio(&self) -> f64 {
        let expected = self.burst_packets + self.gap_packets;
        if self.loss_runs == 0 || expected == 0 {
            return 1.0;
        }
        let missed = self.missed() as f64;
        let mean_run = missed / f64::from(self.loss_runs);
        (mean_run * (1.0 - missed / expected as f64)).max(1.0)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pattern: &str) -> BurstFigures {
        let mut b = Bursts::default();
        for c in pattern.chars() {
            b.handle_packet(c == 'L');
        }
        b.end_of_range();
        b.figures(pattern.len() as u64)
    }

    #[test]
    fn the_worked_example_has_one_burst_of_seven() {
        // 20r L 20r L r r L L r L 30r L 30r: by hand, L r r L L r L is the only group closer than 16.
        let r = |n| "r".repeat(n);
        let p = format!("{}L{}LrrLLrL{}L{}", r(20), r(20), r(30), r(30));
        assert_eq!(p.len(), 109);
        let f = run(&p);
        assert_eq!((f.bursts, f.burst_packets, f.burst_losses), (1, 7, 4));
        assert_eq!((f.gap_losses, f.gap_packets), (2, 102));
        assert_eq!(f.burst_duration_ms(20.0), Some(140.0));
        // Runs: L, L, LL, L, L = 5 runs of 6 losses: 1.2 * (1 - 6/109).
        assert!((f.burst_ratio() - 1.2 * (1.0 - 6.0 / 109.0)).abs() < 1e-12);
    }

    #[test]
    fn loss_at_the_very_start_and_end_is_booked() {
        let f = run("LLrrrrL");
        assert_eq!((f.bursts, f.burst_packets, f.burst_losses), (1, 7, 3));
        let f = run("rrr");
        assert_eq!((f.missed(), f.burst_ratio()), (0, 1.0));
        assert_eq!(f.burst_density_percent(), None);
    }

    #[test]
    fn sixteen_received_packets_part_two_losses_and_fifteen_do_not() {
        let p = |n: usize| format!("L{}L", "r".repeat(n));
        assert_eq!(run(&p(16)).bursts, 0);
        assert_eq!(run(&p(15)).bursts, 1);
    }
}
