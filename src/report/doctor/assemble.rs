//! The document, and its answer.

use super::{Advice, DOCTOR_SCHEMA_ID, Doctor, funnel, seen};
use crate::diagnosis::{Facts, Finding, Watch, diagnose_hidden};
use crate::pipeline::{Fate, Summary};
use crate::report::Collected;
use crate::report::assemble::limits_of;
use crate::report::model::{Generator, Source};
use crate::source::SourceInfo;
use crate::types::{Hides, Severity};

/// Builds the document. `sources` are `infos` in the report's form; where the pipeline made no notes
/// ([`crate::pipeline::Options::notes`]) what a census would tell is empty.
pub fn assemble_doctor(
    infos: &[SourceInfo],
    sources: Vec<Source>,
    summary: &Summary,
    collected: &Collected,
    watch: &Watch,
) -> Doctor {
    let census = &*watch.census;
    let facts = Facts {
        infos,
        summary,
        census,
        watch,
        calls: &collected.calls,
        streams: &collected.streams,
        limits: limits_of(collected, summary),
        frame_of: &|id| collected.frame_of(id),
    };
    let found = diagnose_hidden(&facts);
    let (unknown_udp, unknown_udp_more) = seen::unknown_udp(census);
    let (tcp, tcp_more) = seen::tcp(census);
    let mut doctor = Doctor {
        schema: DOCTOR_SCHEMA_ID.to_owned(),
        generator: Generator::default(),
        answer: String::new(),
        sources,
        packets: summary.counters.packets,
        sip: seen::sip(summary, collected, &watch.ports),
        rtp: seen::rtp(summary, collected),
        funnel: funnel::funnel(&summary.counters),
        link_types: seen::link_types(census),
        stacks: seen::stacks(census),
        vlans: seen::vlans(census),
        unknown_udp,
        unknown_udp_more,
        tcp,
        tcp_more,
        udp_checksums: seen::checksums(census),
        advice: Vec::new(),
    };
    doctor.answer = answer(&doctor, &found, &facts);
    doctor.advice = found.into_iter().map(advice).collect();
    doctor
}

/// A finding in the document's form.
fn advice(f: Finding) -> Advice {
    let (source, frame) = f.frame.map(seen::place).unzip();
    Advice {
        code: f.rule.code.to_owned(),
        severity: f.severity,
        hides: f.hides,
        title: f.title,
        detail: f.detail,
        advice: (!f.advice.is_empty()).then(|| f.advice.into_owned()),
        packets: f.packets,
        source,
        frame,
    }
}

/// What was found, then what is not and why.
fn answer(d: &Doctor, found: &[Finding], facts: &Facts<'_>) -> String {
    let counted =
        |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let packets = |n| counted(n, "packet", "packets");
    let sip = format!(
        "SIP: {} in {}",
        counted(d.sip.messages, "message", "messages"),
        packets(d.sip.packets)
    );
    let rtp = format!(
        "RTP: {} in {}",
        packets(d.rtp.packets),
        counted(d.rtp.streams, "stream", "streams")
    );
    let because = |hides: Hides| why(found, hides, d.packets).unwrap_or_else(|| mostly(facts));
    match (d.sip.messages > 0, d.rtp.streams > 0) {
        (true, true) => format!("{sip}; {rtp}. {}", the_rest(found)),
        (true, false) => match why(found, Hides::Rtp, d.packets) {
            Some(why) => format!("{sip}. No RTP found: {why}."),
            // Without a call nobody misses media.
            None if d.sip.calls == 0 => {
                format!("{sip}; no call, so no RTP. {}", the_rest(found))
            }
            None => format!("{sip}; no RTP. {}", the_rest(found)),
        },
        (false, true) => format!("No SIP found: {}. {rtp}.", because(Hides::Sip)),
        (false, false) if d.packets == 0 => {
            "No SIP found: there is no packet in the capture.".to_owned()
        }
        (false, false) => format!("No SIP and no RTP found: {}.", because(Hides::Sip)),
    }
}

/// The first thing that hides it.
fn why(found: &[Finding], what: Hides, packets: u64) -> Option<String> {
    let fits = |f: &&Finding| {
        let few = f.packets.is_some_and(|n| n.saturating_mul(10) < packets);
        f.severity > Severity::Info
            && f.hides.is_some_and(|h| h == what || h == Hides::Both)
            && !(few && f.is_partial)
    };
    found.iter().find(fits).map(|f| f.title.clone())
}

fn the_rest(found: &[Finding]) -> String {
    let hiding = found
        .iter()
        .filter(|f| f.hides.is_some() && f.severity > Severity::Info)
        .count();
    match hiding {
        0 => "Nothing is hidden.".to_owned(),
        1 => "One thing hides or cuts something: see the advice.".to_owned(),
        n => format!("{n} things hide or cut something: see the advice."),
    }
}

/// The largest ends of the funnel: `none of the 43 packets is either (other TCP 41, other UDP 2)`.
fn mostly(facts: &Facts<'_>) -> String {
    let mut ends: Vec<(u64, &str)> = funnel::STEPS
        .iter()
        .filter_map(|s| {
            let fate = Fate::ALL.iter().find(|f| f.as_str() == s.id)?;
            Some((facts.of(*fate), s.title))
        })
        .filter(|(n, _)| *n > 0)
        .collect();
    ends.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let named: Vec<String> = ends
        .iter()
        .take(3)
        .map(|(n, title)| format!("{title} {n}"))
        .collect();
    let named = named.join(", ");
    match facts.packets() {
        1 => format!("the only packet is neither ({named})"),
        n => format!("none of the {n} packets is either ({named})"),
    }
}
