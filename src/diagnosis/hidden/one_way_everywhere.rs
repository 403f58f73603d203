//! Media of one party only, in every call.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{CallNo, Hides, Party, Severity};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "one_way_everywhere",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "In every answered call that has RTP at all, the RTP comes from one party only. A fault of single \
calls is `one_way_audio`; where all are so, the capture itself is the first suspect.",
        evidence: "The streams of the calls, and who sends them.",
        check: "Mirror both directions, and capture where both ways pass.",
        limits: "If the users heard each other, nothing is wrong with the calls: that cannot be seen in the capture.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let answered = facts.answered();
    let mut heard: BTreeMap<CallNo, (bool, bool)> = BTreeMap::new();
    for s in facts.streams {
        let (Some(call), Some(from)) = (s.call.filter(|c| answered.contains(c)), s.from) else {
            continue;
        };
        let (caller, callee) = heard.entry(call).or_default();
        match from {
            Party::Caller => *caller = true,
            Party::Callee => *callee = true,
        }
    }
    if heard.is_empty() || heard.values().any(|(a, b)| *a && *b) {
        return;
    }
    let callers = heard.values().filter(|(caller, _)| *caller).count();
    let calls = match heard.len() {
        1 => "in the only call with media".to_owned(),
        n => format!("in all {n} calls with media"),
    };
    let finding = RULE
        .found(
            Severity::Warning,
            format!("RTP is in one direction only, {calls}"),
            format!(
                "from the caller in {callers}, from the callee in {}",
                heard.len() - callers
            ),
        )
        .hides(Hides::Rtp)
        .advise("If it is so in every call, suspect the capture before the network: mirror both directions, and capture where both ways pass. If the users heard each other, nothing is wrong with the calls.");
    out.push(finding);
}
