//! The statistics for spreadsheets: a row a figure.

use crate::render::csv_rows::{Column, Formulas, figure, maybe, table, text};
use crate::report::stats::{Distribution, Stats};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// One figure.
#[derive(Debug, Default)]
struct Row {
    group: &'static str,
    name: String,
    figure: String,
    value: Option<f64>,
    time: Option<crate::report::model::Timestamp>,
}

const COLUMNS: &[Column<Row, ()>] = &[
    ("group", |r, ()| text(r.group)),
    ("name", |r, ()| text(&r.name)),
    ("figure", |r, ()| text(&r.figure)),
    ("value", |r, ()| maybe(r.value)),
    ("time", |r, ()| match r.time {
        Some(time) => figure(time),
        None => text(""),
    }),
];

/// Writes all of it: `group` is the array or the part of the JSON document, `name` the row of it, `figure` the field.
pub fn csv(s: &Stats, formulas: Formulas, w: &mut dyn Write) -> io::Result<()> {
    table(COLUMNS, rows(s).iter().map(Ok), &(), formulas, w)
}

/// Rows on their way.
#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn put(&mut self, group: &'static str, name: &str, figure: &str, value: Option<f64>) {
        self.0.push(Row {
            group,
            name: name.to_owned(),
            figure: figure.to_owned(),
            value,
            time: None,
        });
    }

    fn count(&mut self, group: &'static str, name: &str, figure: &str, n: u64) {
        // Counts stay far below 2^53.
        self.put(group, name, figure, Some(n as f64));
    }

    fn spread(&mut self, group: &'static str, name: &str, figure: &str, d: &Distribution) {
        self.count(group, name, &format!("{figure}.count"), d.count);
        for (part, value) in [
            ("min", d.min),
            ("mean", d.mean),
            ("p50", d.p50),
            ("p90", d.p90),
            ("p95", d.p95),
            ("p99", d.p99),
            ("max", d.max),
        ] {
            self.put(group, name, &format!("{figure}.{part}"), value);
        }
    }

    fn counts(&mut self, group: &'static str, of: &BTreeMap<String, u64>) {
        for (name, n) in of {
            self.count(group, name, "count", *n);
        }
    }

    fn timed(&mut self, time: Option<crate::report::model::Timestamp>) {
        if let Some(row) = self.0.last_mut() {
            row.time = time;
        }
    }
}

fn rows(s: &Stats) -> Vec<Row> {
    let mut rows = Rows::default();
    let all = "capture";
    rows.put(all, "", "duration_s", s.duration_s);
    rows.count(all, "", "messages", s.messages);
    rows.count(all, "", "retransmissions", s.retransmissions);
    let c = &s.calls;
    for (figure, n) in [
        ("total", c.total),
        ("attempts", c.attempts),
        ("without_invite", c.without_invite),
        ("undecided", c.undecided),
        ("answered", c.answered),
        ("redirected", c.redirected),
        ("refused_by_user", c.refused_by_user),
        ("ineffective", c.ineffective),
        ("unanswered", c.unanswered),
        ("completed", c.completed),
        ("end_unknown", c.end_unknown),
    ] {
        rows.count("calls", "", figure, n);
    }
    let r = &s.registrations;
    for (figure, n) in [
        ("attempts", r.attempts),
        ("accepted", r.accepted),
        ("failed", r.failed),
        ("challenged", r.challenged),
        ("undecided", r.undecided),
    ] {
        rows.count("registrations", "", figure, n);
    }
    for (figure, percent) in [
        ("ser_percent", s.ser_percent),
        ("seer_percent", s.seer_percent),
        ("isa_percent", s.isa_percent),
        ("scr_percent", s.scr_percent),
        ("ira_percent", s.ira_percent),
    ] {
        rows.put("ratios", "", figure, percent);
    }
    for (figure, spread) in [
        ("rrd_ms", &s.rrd_ms),
        ("srd_ms", &s.srd_ms),
        ("sfd_ms", &s.sfd_ms),
        ("sdd_ms", &s.sdd_ms),
        ("sdt_s", &s.sdt_s),
        ("setup_ms", &s.setup_ms),
        ("ring_s", &s.ring_s),
    ] {
        rows.spread("times", "", figure, spread);
    }
    let rate = &s.attempts_per_second;
    rows.put("load", "", "attempts_per_second.mean", rate.mean);
    rows.count("load", "", "attempts_per_second.peak", rate.peak);
    rows.timed(rate.peak_time);
    rows.count("load", "", "concurrent_calls_max", s.concurrent_calls_max);
    rows.timed(s.concurrent_calls_time);
    rows.count(
        "load",
        "",
        "concurrent_attempts_max",
        s.concurrent_attempts_max,
    );
    rows.counts("outcomes", &s.outcomes);
    rows.counts("call_statuses", &s.call_statuses);
    rows.counts("statuses", &s.statuses);
    tables(s, &mut rows);
    rows.0
}

fn tables(s: &Stats, rows: &mut Rows) {
    for m in &s.methods {
        let (group, name) = ("methods", &*m.method);
        rows.count(group, name, "messages", m.messages);
        rows.count(group, name, "transactions", m.transactions);
        rows.count(group, name, "retransmissions", m.retransmissions);
        rows.count(group, name, "unanswered", m.unanswered);
        rows.spread(group, name, "first_response_ms", &m.first_response_ms);
        rows.spread(group, name, "final_response_ms", &m.final_response_ms);
    }
    for a in &s.user_agents {
        let (group, name) = ("user_agents", a.software.as_deref().unwrap_or_default());
        rows.count(group, name, "hosts", a.hosts_total);
        rows.count(group, name, "calls_made", a.calls_made);
        rows.count(group, name, "calls_answered", a.calls_answered);
        rows.count(group, name, "calls_received", a.calls_received);
        rows.count(group, name, "registrations", a.registrations);
        rows.count(group, name, "requests", a.requests);
        rows.count(group, name, "unanswered", a.unanswered);
        rows.spread(group, name, "response_ms", &a.response_ms);
    }
    for h in &s.hops {
        let (group, name) = ("hops", &*format!("{} > {}", h.from, h.to));
        rows.count(group, name, "requests", h.requests);
        for (method, n) in &h.methods {
            rows.count(group, name, &format!("methods.{method}"), *n);
        }
        for (status, n) in &h.statuses {
            rows.count(group, name, &format!("statuses.{status}"), *n);
        }
        rows.count(group, name, "retransmissions", h.retransmissions);
        rows.count(group, name, "unanswered", h.unanswered);
        rows.spread(group, name, "response_ms", &h.response_ms);
    }
    rows.count("hops", "", "hops_more", s.hops_more);
}
