//! What is wrong, in plain words: each rule looks at finished calls, registrations and streams, at the
//! capture, or at what became of its packets, and returns findings with a stable code, the evidence, and
//! advice.
//!
//! One rule is one file, which declares its code, severities, clause and page of the guide, and one row in
//! the list of its folder. `docs/findings.md` is made from those rows.
//!
//! Invariant: a rule states only what the capture shows. Where the capture cannot show it (media not
//! captured, encrypted), the rule says that instead of guessing.

#[cfg(test)]
mod building;
mod call;
mod capture;
mod case;
mod conformance;
mod finding;
mod heard;
mod hidden;
mod message;
mod receiving;
mod registration;
mod request;
mod rule;
mod sound;
mod stream;
mod words;

pub use capture::{LimitHit, limits_hit};
pub use case::{CallCase, CaptureFacts, Case, FlawSeen, RegistrationCase};
pub use conformance::{ConformanceWatch, Deviation, DeviationGroup, DeviationKind};
pub use finding::Finding;
pub use heard::Heard;
pub use hidden::{Facts, OneWay, Watch};
pub use rule::{Page, Rule};
pub use sound::Sound;

use finding::{Listed, worst_first};
use rule::Look;

/// Findings of one code that are listed; further ones are counted.
const MOST_OF_A_CODE: u64 = 50_000;

/// Rules that look at the same kind of thing.
pub struct Group {
    /// What they look at.
    pub title: &'static str,
    /// One row a rule. The order is that of findings of equal weight.
    pub rules: &'static [&'static Rule],
}

/// Every rule.
pub const REGISTRY: &[Group] = &[
    Group {
        title: "Calls",
        rules: call::RULES,
    },
    Group {
        title: "Registrations",
        rules: registration::RULES,
    },
    Group {
        title: "Requests outside calls, and answers that go astray",
        rules: request::RULES,
    },
    Group {
        title: "Streams",
        rules: stream::RULES,
    },
    Group {
        title: "Messages",
        rules: message::RULES,
    },
    Group {
        title: "Conformance (`sipflow report --lint`)",
        rules: conformance::RULES,
    },
    Group {
        title: "The capture",
        rules: capture::RULES,
    },
    Group {
        title: "What is hidden",
        rules: hidden::RULES,
    },
];

/// Every rule, in the order of the registry.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    REGISTRY
        .iter()
        .flat_map(|group| group.rules.iter().copied())
}

fn looks() -> impl Iterator<Item = &'static Look> {
    rules().flat_map(|rule| rule.looks)
}

/// What a report says. Findings of calls come first, in order of the calls; within a call the worst first.
pub fn diagnose(case: &Case<'_>) -> Vec<Finding> {
    let mut listed = Listed::at_most(MOST_OF_A_CODE);
    let mut found = Vec::new();
    for call in case.call_cases() {
        for look in looks() {
            if let Look::Call(look) = look {
                look(&call, &mut found);
            }
        }
        worst_first(&mut found);
        listed.take(&mut found);
    }
    for registration in case.registration_cases() {
        for look in looks() {
            if let Look::Registration(look) = look {
                look(&registration, &mut found);
            }
        }
        listed.take(&mut found);
    }
    let mut sent_on = None;
    for stream in case.streams {
        for look in looks() {
            if let Look::Stream(look) = look {
                look(case, stream, &mut found);
            }
        }
        if !found.is_empty() {
            let sent_on = sent_on.get_or_insert_with(|| stream::sent_on::SentOn::new(case.streams));
            sent_on.fold(case, stream, &mut found);
        }
        listed.take(&mut found);
    }
    for flaw in case.flaws {
        for look in looks() {
            if let Look::Flaw(look) = look {
                look(case, flaw, &mut found);
            }
        }
        listed.take(&mut found);
    }
    for deviation in case.deviations {
        for look in looks() {
            if let Look::Deviation(look) = look {
                look(case, deviation, &mut found);
            }
        }
        listed.take(&mut found);
    }
    for look in looks() {
        if let Look::Capture(look) = look {
            look(case, &mut found);
        }
    }
    listed.take(&mut found);
    listed.finish()
}

/// What hides or cuts something, or explains it: the worst first.
pub fn diagnose_hidden(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for look in looks() {
        if let Look::Hidden(look) = look {
            look(facts, &mut findings);
        }
    }
    worst_first(&mut findings);
    findings
}

#[cfg(test)]
mod tests;
