//! From what was kept and counted to the document.

use super::counts::{OfHop, OfServer, StatsCounts};
use super::outcomes::{Calls, Registrations, is_answered, is_attempt};
use super::values::{OF_ROW, Values};
use super::{AgentStats, HopStats, MethodStats, STATS_SCHEMA_ID, Stats};
use crate::call::{CallRecord, Hop};
use crate::diagnosis::LimitHit;
use crate::pipeline::Summary;
use crate::report::Collected;
use crate::report::assemble::limits_with;
use crate::report::model::{Generator, Source, round_to};
use crate::types::{CaptureTime, Endpoint};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Hosts named of one software.
const MOST_HOSTS: usize = 64;

/// The document.
pub fn assemble_stats(
    c: &Collected,
    counts: &StatsCounts,
    summary: &Summary,
    sources: Vec<Source>,
) -> Stats {
    let last = sources.iter().filter_map(|s| s.last_time).max();
    let first = sources.iter().filter_map(|s| s.first_time).min();
    let length = first.zip(last).map(|(first, last)| last.0 - first.0);
    let until = last.map_or(CaptureTime::MIN, |t| t.0);
    let (mut calls, mut registrations) = (Calls::new(), Registrations::new());
    for r in &c.calls {
        calls.add(r, until);
    }
    for r in &c.registrations {
        registrations.add(r, until);
    }
    let (up, open) = calls.at_once();
    let rate = calls.rate(length);
    let (n, reg) = (&calls.counts, &registrations.counts);
    let not_redirected = n.attempts - n.redirected;
    let limits = limits_of_stats(c, counts, summary);
    Stats {
        schema: STATS_SCHEMA_ID.to_owned(),
        generator: Generator::default(),
        duration_s: length.and_then(|d| round_to(d.as_secs_f64(), 6)),
        messages: summary.counters.sip_messages,
        retransmissions: summary.counters.retransmissions,
        rrd_ms: registrations.rrd.in_ms(),
        ira_percent: percent(reg.failed, reg.attempts),
        srd_ms: calls.srd.in_ms(),
        sfd_ms: calls.sfd.in_ms(),
        sdd_ms: calls.sdd.in_ms(),
        sdt_s: calls.sdt.in_s(),
        ser_percent: percent(n.answered, not_redirected),
        seer_percent: percent(n.answered + n.refused_by_user, not_redirected),
        isa_percent: percent(n.ineffective, n.attempts),
        scr_percent: percent(n.completed, n.attempts - n.end_unknown),
        setup_ms: calls.setup.in_ms(),
        ring_s: calls.ring.in_s(),
        attempts_per_second: rate,
        concurrent_calls_max: up.0,
        concurrent_calls_time: up.1,
        concurrent_attempts_max: open,
        outcomes: std::mem::take(&mut calls.outcomes),
        call_statuses: std::mem::take(&mut calls.statuses),
        statuses: texts(&summary.counters.responses),
        methods: methods(counts, summary),
        user_agents: agents(c, counts),
        hops: hops(counts),
        hops_more: counts.hops_more,
        limits: limits
            .iter()
            .filter(|l| !l.is_harmless)
            .map(limit)
            .collect(),
        calls: calls.counts.clone(),
        registrations: registrations.counts.clone(),
        sources,
    }
}

/// Limits that were reached: what is not kept is missing in the figures.
pub fn limits_of_stats(c: &Collected, counts: &StatsCounts, summary: &Summary) -> Vec<LimitHit> {
    let servers = LimitHit::of(
        "servers told apart",
        counts.servers_more,
        "so many requests are in no row of software",
    );
    let mut limits = limits_with(c, summary, "", "the figures leave the others out");
    limits.extend(servers);
    limits
}

fn limit(hit: &LimitHit) -> String {
    let times = if hit.times == 1 { "time" } else { "times" };
    format!("{} ({} {times}); {}", hit.what, hit.times, hit.effect)
}

/// A share of all; `None` of nothing.
fn percent(part: u64, all: u64) -> Option<f64> {
    (all > 0)
        .then(|| 100.0 * part as f64 / all as f64)
        .and_then(|p| round_to(p, 2))
}

fn texts<'a, K: ToString + 'a>(
    counts: impl IntoIterator<Item = (&'a K, &'a u64)>,
) -> BTreeMap<String, u64> {
    let counts = counts.into_iter();
    counts.map(|(key, n)| (key.to_string(), *n)).collect()
}

fn methods(counts: &StatsCounts, summary: &Summary) -> Vec<MethodStats> {
    let messages = &summary.counters.requests;
    let known = counts.methods.keys().map(|m| m.as_str());
    let names: BTreeSet<&str> = known.chain(messages.keys().map(String::as_str)).collect();
    let row = |name: &str| {
        let of = counts.methods.iter().find(|(m, _)| m.as_str() == name);
        let of = of.map(|(_, of)| of);
        MethodStats {
            method: name.to_owned(),
            messages: messages.get(name).copied().unwrap_or(0),
            transactions: of.map_or(0, |of| of.transactions),
            retransmissions: of.map_or(0, |of| of.retransmissions),
            unanswered: of.map_or(0, |of| of.unanswered),
            first_response_ms: of.map(|of| of.first.in_ms()).unwrap_or_default(),
            final_response_ms: of.map(|of| of.last.in_ms()).unwrap_or_default(),
        }
    };
    let mut rows: Vec<MethodStats> = names.into_iter().map(row).collect();
    rows.sort_by_key(|m| std::cmp::Reverse(m.messages));
    rows
}

fn hops(counts: &StatsCounts) -> Vec<HopStats> {
    let mut hops: Vec<_> = counts.hops.iter().collect();
    hops.sort_unstable_by_key(|(key, hop)| (std::cmp::Reverse(hop.requests), **key));
    let row = |(from, to, hop): (&Endpoint, &Endpoint, &OfHop)| HopStats {
        from: host(from),
        to: host(to),
        requests: hop.requests,
        methods: texts(&hop.methods),
        statuses: texts(&hop.statuses),
        retransmissions: hop.retransmissions,
        unanswered: hop.unanswered,
        response_ms: hop.response.in_ms(),
    };
    let hops = hops.into_iter();
    hops.map(|((from, to, _), hop)| row((from, to, hop)))
        .collect()
}

/// With its port, where it has one.
fn host(end: &Endpoint) -> String {
    match end.port {
        0 => end.addr.to_string(),
        _ => end.to_string(),
    }
}

/// Which software an end runs, and what its host is called beside the others of it.
struct Software(HashMap<String, Vec<(Option<u16>, String)>>);

impl Software {
    fn of(&self, end: Endpoint) -> (Option<String>, String) {
        let address = end.addr.to_string();
        let rows = self.0.get(&address).map_or(&[][..], Vec::as_slice);
        let row = rows
            .iter()
            .find(|(port, _)| port.is_none_or(|p| p == end.port));
        match row {
            Some((None, name)) => (Some(name.clone()), address),
            Some((Some(_), name)) => (Some(name.clone()), end.to_string()),
            None => (None, address),
        }
    }
}

#[derive(Debug)]
struct Agent {
    hosts: BTreeSet<String>,
    calls_made: u64,
    calls_answered: u64,
    calls_received: u64,
    registrations: u64,
    requests: u64,
    unanswered: u64,
    response: Values,
}

#[derive(Default)]
struct Agents(BTreeMap<Option<String>, Agent>);

impl Agents {
    fn of(&mut self, (name, host): (Option<String>, String)) -> &mut Agent {
        let agent = self.0.entry(name).or_insert_with(|| Agent {
            hosts: BTreeSet::new(),
            calls_made: 0,
            calls_answered: 0,
            calls_received: 0,
            registrations: 0,
            requests: 0,
            unanswered: 0,
            response: Values::new(OF_ROW),
        });
        agent.hosts.insert(host);
        agent
    }
}

fn agents(c: &Collected, counts: &StatsCounts) -> Vec<AgentStats> {
    let mut software = Software(HashMap::new());
    for row in counts.software.hosts() {
        let of = software.0.entry(row.address).or_default();
        of.push((row.port, row.software));
    }
    let mut agents = Agents::default();
    for r in c.calls.iter().filter(|r| is_attempt(r)) {
        if let Some(first) = r.hops.first() {
            let agent = agents.of(software.of(first.flow.src));
            agent.calls_made += 1;
            agent.calls_answered += u64::from(is_answered(r));
        }
        // Of a fork that rings phones of one kind, the kind counts once.
        let ends: BTreeSet<_> = ends(r).into_iter().map(|end| software.of(end)).collect();
        let mut before = None;
        for (name, host) in ends {
            let is_new = before.as_ref() != Some(&name);
            let agent = agents.of((name.clone(), host));
            agent.calls_received += u64::from(is_new);
            before = Some(name);
        }
    }
    for r in &c.registrations {
        agents.of(software.of(r.client)).registrations += r.attempts.len() as u64;
    }
    let mut servers: Vec<(&Endpoint, &OfServer)> = counts.servers.iter().collect();
    servers.sort_unstable_by_key(|(end, _)| **end);
    for (end, server) in servers {
        let agent = agents.of(software.of(*end));
        agent.requests += server.requests;
        agent.unanswered += server.unanswered;
        agent.response.merge(&server.response);
    }
    let mut rows: Vec<AgentStats> = agents.0.into_iter().map(agent_row).collect();
    // `None` sorts first and is to stand last.
    rows.sort_by_key(|a| {
        let does = a.calls_made + a.calls_received + a.registrations + a.requests;
        (a.software.is_none(), std::cmp::Reverse(does))
    });
    rows
}

fn agent_row((software, a): (Option<String>, Agent)) -> AgentStats {
    AgentStats {
        software,
        hosts_total: a.hosts.len() as u64,
        hosts: a.hosts.into_iter().take(MOST_HOSTS).collect(),
        calls_made: a.calls_made,
        calls_answered: a.calls_answered,
        calls_received: a.calls_received,
        registrations: a.registrations,
        requests: a.requests,
        unanswered: a.unanswered,
        response_ms: a.response.in_ms(),
    }
}

/// Where the INVITEs of a call go and no further, over all its legs.
fn ends(r: &CallRecord) -> Vec<Endpoint> {
    let legs = r.legs.iter().flat_map(|leg| &leg.hops);
    let hops: Vec<&Hop> = match r.legs.is_empty() {
        true => r.hops.iter().collect(),
        false => legs.collect(),
    };
    let one_machine = hops.iter().any(|h| h.flow.src.addr == h.flow.dst.addr);
    let is_passed_on = |end: &Endpoint| {
        let mut all = hops.iter().map(|h| h.flow.src);
        all.any(|src| match one_machine {
            true => src == *end,
            false => src.addr == end.addr,
        })
    };
    let ends = hops.iter().map(|h| h.flow.dst);
    ends.filter(|end| !is_passed_on(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Options, Pipeline, Watched};
    use crate::report::{Collector, KeepLimits, Store};
    use crate::source::CaptureFile;
    use crate::types::{KindSet, RecordKind, SourceId};

    #[test]
    fn hosts_beyond_those_named_are_counted() {
        let mut agents = Agents::default();
        for host in 0..70 {
            agents.of((None, format!("192.0.2.{host}")));
        }
        let [row] = &agents.0.into_iter().map(agent_row).collect::<Vec<_>>()[..] else {
            panic!("one software");
        };
        assert_eq!((row.hosts.len(), row.hosts_total), (64, 70));
    }

    #[test]
    fn calls_beyond_what_is_kept_are_missing_and_said_to_be() {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/testdata/cases/busy/capture.pcap");
        let mut file = CaptureFile::open(&path, SourceId(0)).unwrap();
        let mut store = Store::new(&[path.into()]);
        let none = KeepLimits {
            messages: 0,
            records: 0,
            transactions: 0,
        };
        let keep = KindSet::of(&[RecordKind::Call, RecordKind::Registration]);
        let mut collector = Collector::with_limits(keep, none, &mut store);
        let mut counts = StatsCounts::default();
        let mut sink = Watched {
            records: &mut collector,
            onlooker: &mut counts,
        };
        let mut pipeline = Pipeline::new(Options::default());
        while file.advance() {
            pipeline.handle_packet(&file.packet(), &mut sink);
        }
        let summary = pipeline.finish(&mut sink);
        let collected = collector.finish().unwrap();
        let stats = assemble_stats(&collected, &counts, &summary, Vec::new());
        assert_eq!((stats.calls.total, stats.messages), (0, 28));
        let said = [
            "calls (2 times); the figures leave the others out",
            "registrations (3 times); the figures leave the others out",
        ];
        assert_eq!(stats.limits, said);
        // What is counted as it ends is all there.
        let mut counts = counts;
        counts.servers_more = 7;
        let servers = limits_of_stats(&collected, &counts, &summary)
            .pop()
            .unwrap();
        assert_eq!((&*servers.what, servers.times), ("servers told apart", 7));
        assert_eq!(stats.hops.iter().map(|h| h.requests).sum::<u64>(), 9);
    }
}
