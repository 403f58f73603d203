//! From everything that was collected to the report document.

use super::collector::Collected;
use super::model::{self, Report};
use super::requests as outside;
use super::{other, series, signalling, streams};
use crate::call::{CallRecord, Outcome};
use crate::diagnosis::{self, CaptureFacts, Case, LimitHit, diagnose, limits_hit};
use crate::media::StreamRecord;
use crate::pipeline::{Counters, Fate, Summary};
use crate::types::{CallNo, CaptureTime, Endpoint, FileNames, FrameRef, RecordKind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Builds the report of what was kept, all but its `messages`: the caller may want to stream them.
/// Each record is taken out of `c` as it goes into the report.
pub fn assemble(c: &mut Collected, summary: &Summary, sources: Vec<model::Source>) -> Report {
    crate::call::link(&mut c.calls);
    let findings = if c.keep.has(RecordKind::Finding) {
        let frame_of = |id| c.frame_of(id);
        let mut heard: HashMap<Endpoint, Vec<(CaptureTime, CaptureTime)>> = HashMap::new();
        for s in c.streams.iter().filter(|s| s.call.is_some()) {
            heard
                .entry(s.flow.dst)
                .or_default()
                .push((s.first_time, s.last_time));
        }
        diagnose(&Case {
            calls: &c.calls,
            registrations: &c.registrations,
            requests: &c.requests,
            other_ports: &c.other_ports,
            loops: &c.loops,
            streams: &c.streams,
            flaws: &c.flaws,
            deviations: &c.deviations,
            others_have_streams: false,
            capture: CaptureFacts {
                limits_reached: limits_of(c, summary),
                ..capture_facts(summary, &sources)
            },
            files: &FileNames::of(sources.iter().map(|s| &*s.path)),
            frame_of: &frame_of,
            is_heard: &|place, from, until| {
                let times = heard.get(&place).map_or(&[][..], Vec::as_slice);
                times
                    .iter()
                    .any(|(first, last)| *first <= until && from <= *last)
            },
        })
    } else {
        Vec::new()
    };
    let streams = std::mem::take(&mut c.streams);
    let answers = c
        .keep
        .has(RecordKind::Stream)
        .then(|| answers(&c.calls, &streams));
    let answers = answers.unwrap_or_default();
    let calls = taken(&mut c.calls, c.keep.has(RecordKind::Call));
    let registrations = taken(&mut c.registrations, c.keep.has(RecordKind::Registration));
    let requests = taken(&mut c.requests, c.keep.has(RecordKind::Requests));
    let mut by_call: HashMap<CallNo, Vec<&StreamRecord>> = HashMap::new();
    for s in &streams {
        if let Some(call) = s.call {
            by_call.entry(call).or_default().push(s);
        }
    }
    let mut other_media = other::by_call(std::mem::take(&mut c.other_media));
    let mut report = Report {
        schema: model::SCHEMA_ID.to_owned(),
        generator: model::Generator::default(),
        sources,
        counters: counters(summary),
        capture: model::Capture {
            hosts: c.software.hosts(),
            series: Vec::new(),
        },
        messages: Vec::new(),
        transactions: list(std::mem::take(&mut c.transactions), signalling::transaction),
        dialogs: list(std::mem::take(&mut c.dialogs), signalling::dialog),
        calls: list(calls, |r| {
            let streams = by_call.get(&r.no).map_or(&[][..], Vec::as_slice);
            let beside = other_media.remove(&r.no);
            let mut call = signalling::call(r, streams);
            call.other_media = other::rows(beside.unwrap_or_default());
            call
        }),
        registrations: list(registrations, signalling::registration),
        requests: list(requests, outside::requests),
        streams: streams
            .iter()
            .filter(|_| c.keep.has(RecordKind::Stream))
            .map(|s| streams::stream(s, s.call.and_then(|no| answers.get(&no).copied())))
            .collect(),
        findings: Vec::new(),
        packets: Vec::new(),
        hop_comparisons: Vec::new(),
        named: Vec::new(),
    };
    if let Some((first, last)) = summary
        .first_time
        .zip(last_time(&report.sources))
        .filter(|_| summary.series && c.keep.has(RecordKind::Call))
    {
        report.capture.series = series::of_capture(&streams, &report.calls, first, last);
    }
    for (i, f) in findings.iter().enumerate() {
        link(&mut report, id_of(i), f);
    }
    let mut ids = (0..).map(id_of);
    report.findings = list(findings, |f| finding(ids.next().unwrap_or(u32::MAX), f));
    report
}

/// Any packet that is media, or may be.
fn has_media(summary: &Summary) -> bool {
    let media = [Fate::Rtp, Fate::RtpUnproven, Fate::Rtcp];
    media
        .iter()
        .any(|fate| summary.counters.fates.of(*fate) > 0)
}

/// Limits of the analysis that were reached.
pub fn limits_of_pipeline(summary: &Summary) -> Vec<LimitHit> {
    limits_hit(&summary.limits_reached, has_media(summary))
}

/// What no figure counts.
pub(super) const BESIDE: &str = "flows beside RTP listed with their calls";
pub(super) const UNLISTED: &str = "the others are not listed";

/// Limits of the analysis and of what is kept that were reached.
pub fn limits_of(c: &Collected, summary: &Summary) -> Vec<LimitHit> {
    let effect = "the others count and are not listed";
    let mut limits = limits_with(c, summary, " kept for the report", effect);
    limits.extend(LimitHit::of(BESIDE, c.left_out.other_media, UNLISTED));
    limits
}

/// The same of what figures count, where `suffix` says what the records are kept for, and `effect` what follows where some are not.
pub(super) fn limits_with(
    c: &Collected,
    summary: &Summary,
    suffix: &str,
    effect: &'static str,
) -> Vec<LimitHit> {
    let left = &c.left_out;
    let kept = [
        ("messages", left.messages),
        ("transactions", left.transactions),
        ("dialogs", left.dialogs),
        ("calls", left.calls),
        ("registrations", left.registrations),
        ("kinds of requests outside calls", left.requests),
        ("streams", left.streams),
    ];
    let kept = kept.map(|(what, times)| LimitHit::of(format!("{what}{suffix}"), times, effect));
    let mut limits = limits_of_pipeline(summary);
    limits.extend(kept.into_iter().flatten());
    limits
}

/// What was kept for the report, or for the rules alone.
/// When a call was answered, if ever; `None` where that was before the capture, or is not in it.
pub(super) fn talk_of(call: &CallRecord) -> Option<Option<CaptureTime>> {
    let was_up = matches!(call.outcome, Outcome::Answered | Outcome::Completed);
    let is_known = call.answer.is_some() || (call.invite_seen && !was_up);
    is_known.then_some(call.answer)
}

/// When the calls of these streams were answered, if ever.
fn answers(calls: &[CallRecord], streams: &[StreamRecord]) -> HashMap<CallNo, Option<CaptureTime>> {
    let with_streams: HashSet<CallNo> = streams.iter().filter_map(|s| s.call).collect();
    let calls = calls.iter().filter(|c| with_streams.contains(&c.no));
    calls.filter_map(|c| Some((c.no, talk_of(c)?))).collect()
}

fn taken<T>(records: &mut Vec<T>, wanted: bool) -> Vec<T> {
    let records = std::mem::take(records);
    if wanted { records } else { Vec::new() }
}

/// As the report has them; each record is let go before the next is turned.
fn list<T, M>(mut records: Vec<T>, mut turn: impl FnMut(T) -> M) -> Vec<M> {
    // Not `map().collect()`: that would reuse the room of the records, larger than that of the rows.
    // The records' room goes back to the system on the way.
    const STEP: usize = 4096;
    let mut rows = Vec::with_capacity(records.len());
    records.reverse();
    while let Some(record) = records.pop() {
        rows.push(turn(record));
        if records.len().is_multiple_of(STEP) {
            records.shrink_to_fit();
        }
    }
    rows
}

pub(super) fn finding(id: u32, f: diagnosis::Finding) -> model::Finding {
    model::Finding {
        id,
        code: f.rule.code.into(),
        severity: f.severity,
        title: f.title,
        detail: f.detail,
        advice: (!f.advice.is_empty()).then_some(f.advice),
        messages: f.messages.iter().map(|m| m.get()).collect(),
        calls: f.calls.iter().map(|c| c.get()).collect(),
        registrations: f.registrations.iter().map(|r| r.get()).collect(),
        streams: f.streams.iter().map(|s| s.get()).collect(),
        requests: f.requests.iter().map(|r| r.get()).collect(),
        source: f.clause.map(Into::into),
    }
}

/// A report with 2^32 findings would not fit in memory.
fn id_of(finding: usize) -> u32 {
    u32::try_from(finding + 1).unwrap_or(u32::MAX)
}

/// Writes the finding's number into the records it concerns. Records are sorted by number.
fn link(report: &mut Report, id: u32, f: &diagnosis::Finding) {
    for call in &f.calls {
        if let Ok(at) = report.calls.binary_search_by_key(&call.get(), |c| c.id) {
            report.calls[at].findings.push(id);
        }
    }
    for r in &f.registrations {
        if let Ok(at) = report
            .registrations
            .binary_search_by_key(&r.get(), |x| x.id)
        {
            report.registrations[at].findings.push(id);
        }
    }
    for r in &f.requests {
        if let Ok(at) = report.requests.binary_search_by_key(&r.get(), |x| x.id) {
            report.requests[at].findings.push(id);
        }
    }
    for s in &f.streams {
        if let Ok(at) = report.streams.binary_search_by_key(&s.get(), |x| x.id) {
            report.streams[at].findings.push(id);
        }
    }
}

/// Datagrams of which only a beginning came, and the first packet concerned.
fn missing_fragments(summary: &Summary) -> Option<(u64, FrameRef)> {
    let missing = &summary.fragments_missing;
    missing
        .frame
        .filter(|_| missing.without_rest > 0)
        .map(|frame| (missing.without_rest, frame))
}

/// The counts in the report's form.
pub fn counters(summary: &Summary) -> model::Counters {
    let c = &summary.counters;
    model::Counters {
        packets: c.packets,
        sip_packets: c.fates.sip(),
        sip_messages: c.sip_messages,
        sip_requests: c.requests.clone(),
        sip_responses: c
            .responses
            .iter()
            .map(|(status, n)| (status.to_string(), *n))
            .collect(),
        retransmissions: c.retransmissions,
        capture_duplicates: c.capture_duplicates,
        rtp_packets: c.rtp_packets,
        rtcp_packets: c.rtcp_packets,
        stun_packets: c.stun_packets,
        other_packets: c.other_packets(),
        encapsulations: encapsulations(c),
        undecoded_packets: c
            .undecoded
            .iter()
            .map(|(reason, n)| ((*reason).to_owned(), *n))
            .collect(),
    }
}

fn encapsulations(c: &Counters) -> BTreeMap<String, u64> {
    let known = c.encapsulations.iter();
    let mut by_layers: BTreeMap<String, u64> = known.map(|(s, n)| (s.to_string(), n)).collect();
    if c.encapsulations.others() > 0 {
        by_layers.insert("(other)".to_owned(), c.encapsulations.others());
    }
    by_layers
}

fn last_time(sources: &[model::Source]) -> Option<CaptureTime> {
    let times = sources.iter().filter_map(|s| s.last_time);
    times.max().map(|t| t.0)
}

pub(super) fn capture_facts(summary: &Summary, sources: &[model::Source]) -> CaptureFacts {
    CaptureFacts {
        dropped_packets: sources.iter().filter_map(|s| s.dropped_packets).sum(),
        truncated_packets: sources.iter().map(|s| s.truncated_packets).sum(),
        packets: summary.counters.packets,
        last_time: last_time(sources),
        has_rtp: summary.counters.rtp_packets > 0,
        fragments_missing: missing_fragments(summary),
        fragment_conflicts: summary.fragments.conflicts,
        limits_reached: limits_of_pipeline(summary),
        damaged: sources
            .iter()
            .filter_map(|s| {
                let d = s.damage.as_ref()?;
                Some((
                    s.path.clone(),
                    format!("{} (packet {}, byte {})", d.reason, d.frame, d.offset),
                ))
            })
            .collect(),
    }
}
