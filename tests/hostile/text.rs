//! Text of floods: the renderers in this process, and the program's commands in processes of their own.

use super::floods;
use super::load::whole_report;
use super::program::{Flood, capture, cpu, run};
use sipflow::pipeline::Options;
use sipflow::render::ladder::{Extent, Which};
use sipflow::render::report::ReportOptions;
use sipflow::render::{Style, calls, findings, ladder, registrations, report, streams};
use sipflow::report::model::Report;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// A flood, and whether all of it belongs to one call.
pub const FLOODS: [(&str, Flood, bool); 14] = [
    ("hosts", floods::hosts, true),
    ("servers", floods::servers, true),
    ("long_names_of_hosts", floods::long_names_of_hosts, true),
    ("streams", floods::streams, true),
    ("forks", floods::forks, true),
    ("statuses_and_products", floods::statuses_and_products, true),
    ("repeats", floods::repeats, true),
    ("offers_and_pracks", floods::offers_and_pracks, true),
    ("events", floods::events, true),
    ("digits", floods::digits, true),
    ("lines_of_one_message", floods::lines_of_one_message, true),
    ("words_without_end", floods::words_without_end, true),
    (
        "calls_and_registrations",
        floods::calls_and_registrations,
        false,
    ),
    (
        "calls_without_their_streams",
        floods::calls_without_their_streams,
        false,
    ),
];

/// Four times the packets may take this many times as long.
const LINEAR: f64 = 8.0;

type Draw = fn(&Report, &mut dyn Write) -> io::Result<()>;

/// Every renderer of a report.
const DRAWN: [(&str, Draw); 8] = [
    ("report", |r, w| {
        report::render(r, &ReportOptions::default(), &style(), w)
    }),
    ("ladder", |r, w| {
        ladder::render(r, Which::Everything, Extent::READABLE, &style(), w).map(drop)
    }),
    ("ladder --all", |r, w| {
        ladder::render(r, Which::Everything, Extent::ALL, &style(), w).map(drop)
    }),
    ("calls", |r, w| calls::table(r, &style(), w)),
    ("streams", |r, w| streams::table(r, &style(), w)),
    ("stream details", |r, w| {
        streams::details(r, None, &style(), w).map(drop)
    }),
    ("registrations", |r, w| registrations::table(r, &style(), w)),
    ("findings", |r, w| findings::list(r, &style(), w)),
];

fn style() -> Style {
    Style {
        width: 120,
        ..Style::default()
    }
}

/// The least CPU time of three runs, and the length of what was written.
fn drawn(report: &Report, draw: Draw) -> (Duration, usize) {
    let mut best = Duration::MAX;
    let mut out = Vec::new();
    for _ in 0..3 {
        out.clear();
        let before = cpu("thread-self");
        draw(report, &mut out).expect("memory takes it");
        best = best.min(Duration::from_nanos(cpu("thread-self") - before));
    }
    (best, out.len())
}

/// Draws each flood at `n` and `4 n` with everything that makes text of a report.
pub fn every_renderer_is_linear(n: u64) {
    let mut wrong = Vec::new();
    for (name, flood, one_call) in FLOODS {
        // A stream takes several packets.
        let n = if name == "streams" { 4 * n } else { n };
        let reports = [n, 4 * n].map(|n| whole_report(Options::default(), |send| flood(n, send)));
        let [small, large] = &reports;
        for (what, draw) in DRAWN {
            let ((t1, b1), (t4, b4)) = (drawn(small, draw), drawn(large, draw));
            // A few milliseconds are noise.
            let noise = Duration::from_millis(5);
            let ratio = t4.as_secs_f64() / (t1 + noise).as_secs_f64();
            if ratio > LINEAR || b4 > 8 * b1 + 10_000 {
                wrong.push(format!(
                    "{what} of {name}: {t1:?} and {b1} bytes, then {t4:?} and {b4} bytes"
                ));
            }
            let bounded = one_call && matches!(what, "report" | "ladder");
            if bounded && b4 > MOST_TEXT {
                wrong.push(format!("{what} of {name}: {b4} bytes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What one call may fill, in bytes.
const MOST_TEXT: usize = 1 << 20;

/// Runs every text command on a flood of `n` and of `4 n` packets, and prints a row of
/// docs/robustness.md.
pub fn every_command_is_linear(name: &str, n: u64) {
    let (_, flood, one_call) = FLOODS
        .into_iter()
        .find(|(known, ..)| *known == name)
        .expect("a flood");
    let place = |what: &str| -> PathBuf {
        std::env::temp_dir().join(format!("sipflow-{}-{name}.{what}", std::process::id()))
    };
    let (small, large, out) = (place("1"), place("4"), place("txt"));
    let (_, packets) = (capture(&small, n, flood), capture(&large, 4 * n, flood));
    let mut wrong = Vec::new();
    let (mut times, mut peak, mut most) = (Vec::new(), 0, 0);
    for command in [
        "report",
        "ladder",
        "ladder --all",
        "calls",
        "messages",
        "streams",
        "doctor",
        "show --frame 1",
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        let (a, b) = (run(&args, &small, &out), run(&args, &large, &out));
        let floor = Duration::from_millis(50);
        if b.spent.as_secs_f64() > LINEAR * a.spent.max(floor).as_secs_f64() {
            wrong.push(format!("{command}: {:?}, then {:?}", a.spent, b.spent));
        }
        let limited = matches!(command, "report" | "ladder");
        if limited && one_call {
            most = b.written.max(most);
        }
        peak = b.peak_kib.max(peak);
        times.push(format!(
            "{:.2} / {:.2}",
            a.spent.as_secs_f64(),
            b.spent.as_secs_f64()
        ));
    }
    for file in [small, large, out] {
        let _ = std::fs::remove_file(file);
    }
    let text = match one_call {
        true => format!("{} KiB", most.div_ceil(1024)),
        false => "-".to_owned(),
    };
    println!(
        "| `{name}` | {packets} | {} | {} MiB | {text} |",
        times.join(" | "),
        peak / 1024
    );
    assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    assert!(most <= MOST_TEXT as u64, "{name}: {most} bytes of text");
}
