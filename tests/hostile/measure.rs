//! What a run cost: CPU time by quarter of its packets, and the peak of resident memory (Linux).

use std::time::Duration;

/// One run under measurement.
pub struct Measured {
    name: &'static str,
    total: u64,
    done: u64,
    quarters: Vec<Duration>,
    began: Duration,
    memory_before: u64,
}

impl Measured {
    /// Begins; `total` packets will come.
    pub fn begin(name: &'static str, total: u64) -> Self {
        // 5: the peak counts from now (proc_pid_clear_refs).
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Measured {
            name,
            total: total.max(4),
            done: 0,
            quarters: Vec::new(),
            began: cpu_time(),
            memory_before: memory("VmRSS"),
        }
    }

    /// A packet was handled.
    pub fn count(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(self.total / 4) && self.quarters.len() < 4 {
            self.quarters.push(cpu_time());
        }
    }

    /// Prints the row of docs/robustness.md and holds the run to its bounds: peak memory beyond
    /// what was there before, and a last quarter that costs no more than three times the second
    /// (the first fills the tables).
    pub fn end(self, most_mib: u64) {
        let peak = memory("VmHWM").saturating_sub(self.memory_before) / 1024;
        let spent = cpu_time().saturating_sub(self.began);
        let each = |n: usize| {
            let from = self.quarters.get(n.wrapping_sub(1)).copied();
            let to = self.quarters.get(n).copied().unwrap_or_default();
            to.saturating_sub(from.unwrap_or(self.began))
        };
        let per = |d: Duration| d.as_nanos() as u64 * 4 / self.total;
        println!(
            "| {} | {} | {:.1} s | {} / {} | {peak} MiB | {most_mib} MiB |",
            self.name,
            self.done,
            spent.as_secs_f64(),
            per(each(1)),
            per(each(3)),
        );
        assert!(peak <= most_mib, "{}: {peak} MiB resident", self.name);
        let linear = each(3) <= each(1) * 3 + Duration::from_millis(200);
        assert!(linear, "{}: not linear", self.name);
    }
}

/// User and system time of this process.
pub fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| -> u64 {
        let word = after_name.split_whitespace().nth(n);
        word.and_then(|w| w.parse().ok()).unwrap_or(0)
    };
    // Fields 14 and 15 of proc(5), in ticks of 10 ms.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// A line of /proc/self/status in KiB; 0 where there is none.
pub fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with(name));
    let number = line.and_then(|l| l.split_whitespace().nth(1));
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}
