//! The document, and its answer.

use super::{Advice, DOCTOR_SCHEMA_ID, Doctor, Hides, Watch, advice, funnel, seen};
use crate::pipeline::census::Census;
use crate::pipeline::{Fate, Summary};
use crate::report::Collected;
use crate::report::model::{Generator, Source};
use crate::source::SourceInfo;
use crate::types::Severity;

/// Everything a detector may look at.
pub(super) struct Facts<'a> {
    pub(super) infos: &'a [SourceInfo],
    pub(super) summary: &'a Summary,
    pub(super) census: &'a Census,
    pub(super) collected: &'a Collected,
    pub(super) watch: &'a Watch,
}

impl Facts<'_> {
    pub(super) fn of(&self, fate: Fate) -> u64 {
        self.summary.counters.fates.of(fate)
    }

    pub(super) fn packets(&self) -> u64 {
        self.summary.counters.packets
    }

    pub(super) fn has_sip(&self) -> bool {
        self.summary.counters.sip_messages > 0
    }

    pub(super) fn has_rtp(&self) -> bool {
        self.of(Fate::Rtp) > 0
    }
}

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
        collected,
        watch,
    };
    let advice = advice::all(&facts);
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
        advice,
    };
    doctor.answer = answer(&doctor, &facts);
    doctor
}

/// What was found, then what is not and why.
fn answer(d: &Doctor, facts: &Facts<'_>) -> String {
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
    let because = |hides: Hides| why(&d.advice, hides, d.packets).unwrap_or_else(|| mostly(facts));
    match (d.sip.messages > 0, d.rtp.streams > 0) {
        (true, true) => format!("{sip}; {rtp}. {}", the_rest(&d.advice)),
        (true, false) => match why(&d.advice, Hides::Rtp, d.packets) {
            Some(why) => format!("{sip}. No RTP found: {why}."),
            // Without a call nobody misses media.
            None if d.sip.calls == 0 => {
                format!("{sip}; no call, so no RTP. {}", the_rest(&d.advice))
            }
            None => format!("{sip}; no RTP. {}", the_rest(&d.advice)),
        },
        (false, true) => format!("No SIP found: {}. {rtp}.", because(Hides::Sip)),
        (false, false) if d.packets == 0 => {
            "No SIP found: there is no packet in the capture.".to_owned()
        }
        (false, false) => format!("No SIP and no RTP found: {}.", because(Hides::Sip)),
    }
}

/// What explains the absence of everything only where many packets are concerned.
const WEAK: [&str; 4] = [
    "fragments_missing",
    "undecoded_packets",
    "tls_elsewhere",
    "encrypted_tunnel",
];

/// The first thing that hides it.
fn why(advice: &[Advice], what: Hides, packets: u64) -> Option<String> {
    let fits = |a: &&Advice| {
        let few = a.packets.is_some_and(|n| n.saturating_mul(10) < packets);
        a.severity > Severity::Info
            && a.hides.is_some_and(|h| h == what || h == Hides::Both)
            && !(few && WEAK.contains(&a.code.as_str()))
    };
    advice.iter().find(fits).map(|a| a.title.clone())
}

fn the_rest(advice: &[Advice]) -> String {
    let hiding = advice
        .iter()
        .filter(|a| a.hides.is_some() && a.severity > Severity::Info)
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
            let fate = Fate::ALL.iter().find(|f| f.name() == s.id)?;
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
