//! One finding with its evidence, and the one way to build it.

use super::capture::limit_reached;
use super::rule::Rule;
use crate::types::{
    CallNo, FrameRef, Hides, MessageId, RegistrationNo, RequestsNo, Severity, StreamNo,
};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// One finding with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule that found it: its code.
    pub rule: &'static Rule,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence, the answer.
    pub title: String,
    /// The evidence in words, with frame numbers and figures.
    pub detail: String,
    /// What to do about it; empty where nothing can be advised.
    pub advice: Cow<'static, str>,
    /// Where the protocol's rule is written down, as `RFC 3264 §6.1`.
    pub clause: Option<&'static str>,
    /// The messages it was read from.
    pub messages: Vec<MessageId>,
    /// The calls it concerns.
    pub calls: Vec<CallNo>,
    /// The registrations it concerns.
    pub registrations: Vec<RegistrationNo>,
    /// The streams it concerns.
    pub streams: Vec<StreamNo>,
    /// The requests outside calls it concerns.
    pub requests: Vec<RequestsNo>,
    /// What it hides from the reader.
    pub hides: Option<Hides>,
    /// It explains that all of it is hidden only where it concerns many of the packets.
    pub is_partial: bool,
    /// How many packets it concerns, where that can be told.
    pub packets: Option<u64>,
    /// The packet of an example.
    pub frame: Option<FrameRef>,
}

impl Rule {
    /// A finding of this rule with nothing filled in but what every finding has.
    pub(super) fn found(
        &'static self,
        severity: Severity,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Finding {
        debug_assert!(
            self.severities.contains(&severity),
            "{}: {severity} is not in its row",
            self.code
        );
        Finding {
            rule: self,
            severity,
            title: title.into(),
            detail: detail.into(),
            advice: Cow::Borrowed(""),
            clause: self.clause,
            messages: Vec::new(),
            calls: Vec::new(),
            registrations: Vec::new(),
            streams: Vec::new(),
            requests: Vec::new(),
            hides: None,
            is_partial: false,
            packets: None,
            frame: None,
        }
    }
}

impl Finding {
    /// What to do about it.
    pub(super) fn advise(self, advice: impl Into<Cow<'static, str>>) -> Finding {
        Finding {
            advice: advice.into(),
            ..self
        }
    }

    /// Another clause than the rule's.
    pub(super) fn clause(self, clause: impl Into<Option<&'static str>>) -> Finding {
        Finding {
            clause: clause.into(),
            ..self
        }
    }

    /// The calls it concerns.
    pub(super) fn calls(mut self, calls: impl IntoIterator<Item = CallNo>) -> Finding {
        self.calls.extend(calls);
        self
    }

    /// The messages it was read from.
    pub(super) fn messages(mut self, messages: impl IntoIterator<Item = MessageId>) -> Finding {
        self.messages.extend(messages);
        self
    }

    /// The streams it concerns.
    pub(super) fn streams(mut self, streams: impl IntoIterator<Item = StreamNo>) -> Finding {
        self.streams.extend(streams);
        self
    }

    /// What it hides from the reader.
    pub(super) fn hides(self, hides: impl Into<Option<Hides>>) -> Finding {
        Finding {
            hides: hides.into(),
            ..self
        }
    }

    /// It explains the absence of everything only where many packets are concerned.
    pub(super) fn partial(self) -> Finding {
        Finding {
            is_partial: true,
            ..self
        }
    }

    /// How many packets it concerns.
    pub(super) fn packets(self, packets: u64) -> Finding {
        Finding {
            packets: Some(packets),
            ..self
        }
    }

    /// The packet of an example.
    pub(super) fn at(self, frame: impl Into<Option<FrameRef>>) -> Finding {
        Finding {
            frame: frame.into(),
            ..self
        }
    }
}

/// The worst first; what weighs the same stays in the order of the rules.
pub(super) fn worst_first(findings: &mut [Finding]) {
    findings.sort_by_key(|f| Reverse(f.severity));
}

/// Findings up to a number of each code.
#[derive(Default)]
pub(super) struct Listed {
    most: u64,
    findings: Vec<Finding>,
    counts: BTreeMap<&'static str, u64>,
}

impl Listed {
    pub(super) fn at_most(most: u64) -> Listed {
        Listed {
            most,
            ..Listed::default()
        }
    }

    /// Lists what was found, and empties it.
    pub(super) fn take(&mut self, found: &mut Vec<Finding>) {
        for finding in found.drain(..) {
            let count = self.counts.entry(finding.rule.code).or_default();
            *count += 1;
            if *count <= self.most {
                self.findings.push(finding);
            }
        }
    }

    /// What is listed, and of which codes there were more.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        let more = self.counts.iter().filter(|(_, n)| **n > self.most);
        let more = more.map(|(code, count)| limit_reached::of_findings(code, *count, self.most));
        self.findings.extend(more);
        self.findings
    }
}
