use super::*;
use crate::report::fixtures;

fn told(report: &crate::report::model::Report, id: LessonId, level: ExplainLevel) -> Lesson {
    let lookup = Lookup::new(report);
    let carried = HashMap::new();
    let material = Material {
        lookup: &lookup,
        carried: &carried,
        level,
    };
    lesson(&material, id).unwrap()
}

#[test]
fn a_message_and_its_copies_on_further_hops_are_one_step() {
    let report = fixtures::proxied();
    let lesson = told(&report, (LessonKind::Call, 1), ExplainLevel::Student);
    let bye = lesson.steps.iter().find(|s| s.what == "BYE").unwrap();
    assert_eq!(bye.messages.len(), 2);
    assert!(
        bye.text.contains("The proxy passes it on to"),
        "{}",
        bye.text
    );
    let numbers: Vec<u32> = lesson.steps.iter().map(|s| s.number).collect();
    assert!(numbers.iter().zip(1..).all(|(a, b)| *a == b));
}

#[test]
fn each_special_word_is_explained_once() {
    let report = fixtures::proxied();
    let lesson = told(&report, (LessonKind::Call, 1), ExplainLevel::Student);
    let mut terms: Vec<&str> = lesson.terms.iter().map(|t| &*t.term).collect();
    let all = terms.len();
    terms.sort_unstable();
    terms.dedup();
    assert_eq!(terms.len(), all);
    assert!(terms.contains(&"INVITE") && terms.contains(&"proxy"));
}

#[test]
fn of_a_call_without_faults_an_engineer_is_told_nothing() {
    let mut report = fixtures::proxied();
    report.calls[0].findings.clear();
    let lesson = told(&report, (LessonKind::Call, 1), ExplainLevel::Engineer);
    assert!(
        lesson.steps.is_empty() && lesson.wrong.is_empty(),
        "{lesson:?}"
    );
}

#[test]
fn texts_from_packets_are_safe_to_show() {
    let report = fixtures::poisoned(&fixtures::troubles());
    let lookup = Lookup::new(&report);
    for id in lesson_ids(&lookup) {
        for level in [ExplainLevel::Student, ExplainLevel::Engineer] {
            let shown = serde_json::to_value(told(&report, id, level)).unwrap();
            each_text(&shown, &mut |text| {
                assert!(crate::types::text::first_hidden(text).is_none(), "{text:?}");
            });
        }
    }
}

fn each_text(value: &serde_json::Value, look: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => look(text),
        serde_json::Value::Array(items) => items.iter().for_each(|v| each_text(v, look)),
        serde_json::Value::Object(map) => map.values().for_each(|v| each_text(v, look)),
        _ => {}
    }
}
