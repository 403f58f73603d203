//! The codes of this program: findings and advice with their pages, and what may be wrong with a message.

use super::{Entry, Words, fact};
use crate::diagnosis::{REGISTRY, Rule};
use crate::types::{FlawCode, TermGroup};

pub(super) fn findings() -> impl Iterator<Item = Entry> {
    REGISTRY
        .iter()
        .flat_map(|group| group.rules.iter().map(|rule| of_rule(group.title, rule)))
}

fn of_rule(title: &'static str, rule: &Rule) -> Entry {
    let severities: Vec<&str> = rule.severities.iter().map(|s| s.as_str()).collect();
    let (commands, array) = match (rule.is_of_report(), rule.is_of_doctor()) {
        (true, true) => ("sipflow report, sipflow doctor", "findings"),
        (true, false) => ("sipflow report", "findings"),
        _ => ("sipflow doctor", "advice"),
    };
    let command = commands.split(',').next().unwrap_or_default();
    Entry {
        facts: vec![
            fact("about", title),
            fact("severity", severities.join(", ")),
            fact("shown by", commands),
            fact("rests on", rule.page.evidence),
            fact("to check", rule.page.check),
            fact("no conclusion", rule.page.limits),
        ],
        example: Some(
            format!(
                "{command} --json lab.pcap | jq '.{array}[] | select(.code == \"{}\")'",
                rule.code
            )
            .into(),
        ),
        ..Entry::new(
            TermGroup::Finding,
            rule.code,
            rule.page.means,
            rule.clause
                .map_or(Words::from("docs/findings.md"), Words::from),
        )
    }
}

pub(super) fn flaws() -> impl Iterator<Item = Entry> {
    FlawCode::ALL.iter().map(|code| Entry {
        example: Some(
            format!(
                "sipflow messages --json lab.pcap | jq '.messages[] | select(.warnings[].code == \"{code}\")'"
            )
            .into(),
        ),
        ..Entry::new(
            TermGroup::Flaw,
            code.as_str(),
            code.meaning(),
            "docs/json.md",
        )
    })
}
