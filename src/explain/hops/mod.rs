//! The same message on each hop of its path, and what was changed between them.
//!
//! Two packets hold one message where Call-ID, CSeq and method (or status) are equal and the Via stack of one is that
//! of the other with an entry more or less; or where the topmost Via is equal and the addresses are not.

mod diff;

use self::diff::changes;
use super::Lookup;
use super::words::{clean, counted};
use crate::report::model::{Hop, HopComparison, HopLink, HopStep, Message, MessageKind};
use crate::sip::Via;

/// Packets of one message that are compared.
const MOST: usize = 64;

/// A message and its bytes.
type WithText = (Message, Vec<u8>);

/// Compares a message with itself on the other hops among `all`.
pub fn compare_hops(lookup: &Lookup<'_>, message: &Message, all: &[WithText]) -> HopComparison {
    let mut same: Vec<&WithText> = all.iter().filter(|(m, _)| is_same(message, m)).collect();
    // Along its path: a request gains Vias, a response loses them.
    same.sort_by_key(|(m, _)| {
        let vias = i64::try_from(m.vias.len()).unwrap_or(i64::MAX);
        match m.kind {
            MessageKind::Request => (vias, m.id),
            MessageKind::Response => (-vias, m.id),
        }
    });
    same.truncate(MOST);
    let mut steps = Vec::new();
    let mut joined: Vec<u32> = Vec::new();
    for (n, after) in same.iter().enumerate() {
        let earlier = same.iter().take(n).rev();
        let linked = earlier.filter_map(|before| Some((before, link(&before.0, &after.0)?)));
        // One that stands on the same hop before one that is a hop away.
        let Some((before, link)) = linked.max_by_key(|(_, link)| *link == HopLink::SameVia) else {
            continue;
        };
        joined.extend([before.0.id, after.0.id]);
        steps.push(step(lookup, before, after, link));
    }
    let on_path = |m: &&&WithText| m.0.id == message.id || joined.contains(&m.0.id);
    HopComparison {
        message: message.id,
        hops: same.iter().filter(on_path).map(|(m, _)| hop(m)).collect(),
        steps,
    }
}

/// True for what may be the same message on another hop, or itself.
fn is_same(a: &Message, b: &Message) -> bool {
    if a.id == b.id {
        return true;
    }
    let tag = |m: &Message| m.to.as_ref().and_then(|to| to.tag.clone());
    a.call_id.is_some()
        && a.call_id == b.call_id
        && a.kind == b.kind
        && a.cseq == b.cseq
        && a.method == b.method
        && a.status == b.status
        // A 100 is never passed on: each element answers its own (RFC 3261 §16.7).
        && a.status != Some(100)
        // Of a fork each branch answers for itself.
        && (a.kind == MessageKind::Request || tag(a) == tag(b))
        && b.capture_duplicate_of.is_none()
        // Sent again on its hop; at another capture point it may be a copy that was changed.
        && (b.retransmission_of.is_none() || b.source != a.source)
}

fn branch(m: &Message, at: usize) -> Option<&[u8]> {
    Via::parse(m.vias.get(at)?.as_bytes()).branch
}

/// How the second is known to be the first one on its next hop.
fn link(before: &Message, after: &Message) -> Option<HopLink> {
    let (longer, shorter) = match before.kind {
        MessageKind::Request => (after, before),
        MessageKind::Response => (before, after),
    };
    let top = branch(shorter, 0)?;
    if longer.vias.len() == shorter.vias.len() + 1 && branch(longer, 1) == Some(top) {
        return Some(HopLink::Via);
    }
    let is_other_way = before.src != after.src || before.dst != after.dst;
    let is_there = is_other_way || before.source != after.source;
    (branch(longer, 0) == Some(top) && longer.vias.len() == shorter.vias.len() && is_there)
        .then_some(HopLink::SameVia)
}

/// `INVITE, CSeq 39142, on 3 hops in the capture`.
pub fn hops_title(message: &Message, comparison: &HopComparison) -> String {
    let method = message.method.as_deref().unwrap_or_default();
    let what = match message.status {
        Some(status) => format!("{status} ({method})"),
        None => method.to_owned(),
    };
    let cseq = message.cseq.map(|n| format!(", CSeq {n}"));
    let hops = counted(comparison.hops.len() as u64, "hop", "hops");
    clean(&format!(
        "{what}{}, on {hops} in the capture",
        cseq.unwrap_or_default()
    ))
}

/// `#20   192.0.2.11:5060 -> 192.0.2.10:5060`.
pub fn hop_title(lookup: &Lookup<'_>, hop: &Hop) -> String {
    let name = lookup.frame_name(hop.source, hop.frame);
    format!("{name}   {} -> {}", hop.src, hop.dst)
}

/// `#20 to #24: 192.0.2.10 passes it on, 1.232 ms later`.
pub fn step_title(lookup: &Lookup<'_>, comparison: &HopComparison, step: &HopStep) -> String {
    let name = |id: u32| {
        let hop = comparison.hops.iter().find(|h| h.message == id);
        hop.map_or_else(String::new, |h| {
            lookup.frame_name(h.source, h.frame).to_string()
        })
    };
    let what = match (step.link, &step.by) {
        (HopLink::Via, Some(by)) => format!("{by} passes it on"),
        (HopLink::Via, None) => "passed on".to_owned(),
        (HopLink::SameVia, _) => {
            "the same Via stack between other addresses or at another capture point".to_owned()
        }
    };
    let time = match step.delay_ms < 0.0 {
        true => format!("{:.3} ms earlier by the captures' clocks", -step.delay_ms),
        false => format!("{:.3} ms later", step.delay_ms),
    };
    format!("{} to {}: {what}, {time}", name(step.from), name(step.to))
}

fn hop(m: &Message) -> Hop {
    Hop {
        message: m.id,
        source: m.source,
        frame: m.frame,
        time: m.time,
        src: m.src.clone(),
        dst: m.dst.clone(),
    }
}

fn step(
    lookup: &Lookup<'_>,
    (before, before_text): &WithText,
    (after, after_text): &WithText,
    link: HopLink,
) -> HopStep {
    let by = (before.dst.address == after.src.address).then(|| after.src.address.clone());
    let who = match &by {
        Some(host) => host.clone(),
        None => format!(
            "somebody between {} and {}",
            before.src.address, after.dst.address
        ),
    };
    let [a, b] = [before, after].map(|m| lookup.frame_name(m.source, m.frame));
    let between = format!("between {a} and {b}");
    let told = diff::Told {
        who: &who,
        between: &between,
        link,
        from: &after.src.address,
    };
    HopStep {
        from: before.id,
        to: after.id,
        link,
        by,
        delay_ms: (after.time.0 - before.time.0).as_nanos() as f64 / 1e6,
        changes: changes(before_text, after_text, &told),
    }
}
