//! Expressions on the records of a capture: which records they hold for.

use super::*;
use crate::report::model::Report;
use crate::report::read_captures;
use crate::types::QueryKind;
use std::sync::LazyLock;

/// A call that is answered and one that is busy.
static BUSY: LazyLock<Report> = LazyLock::new(|| report("busy"));
/// Two registrations and a call over a proxy that asks for a password.
static PROXY: LazyLock<Report> = LazyLock::new(|| report("proxy_call"));
/// One call with loss.
static LOSS: LazyLock<Report> = LazyLock::new(|| report("burstloss_pcb"));

fn report(case: &str) -> Report {
    let root = env!("CARGO_MANIFEST_DIR");
    read_captures(&[format!("{root}/testdata/cases/{case}/capture.pcap")]).unwrap()
}

/// The records it holds for, by number; attempts by their place.
fn ids(report: &Report, kind: QueryKind, text: &str) -> Vec<u32> {
    let query = Query::parse(text, kind).unwrap_or_else(|e| panic!("{e}"));
    let read = |id: u32, seen: &mut dyn FnMut(&crate::report::model::Message)| {
        report.messages.iter().filter(|m| m.id == id).for_each(seen);
    };
    let related = query.related(report, &read);
    let is = |item: Item<'_>| query.matches(item, &related);
    match kind {
        QueryKind::Attempts => {
            let of = |r| {
                let r: &crate::report::model::Registration = r;
                r.attempts.iter().map(move |a| Item::Attempt(r, a))
            };
            let all = report.registrations.iter().flat_map(of);
            all.zip(1..)
                .filter(|(a, _)| is(*a))
                .map(|(_, n)| n)
                .collect()
        }
        kind => {
            let set = KindSet::of(&[kind.record()]);
            let all = report.records(set).filter(|r| is((*r).into()));
            all.map(|r| serde_json::to_value(r).unwrap()["id"].as_u64().unwrap() as u32)
                .collect()
        }
    }
}

#[test]
fn conditions_are_asked_of_the_fields_of_the_record() {
    let calls = |text| ids(&BUSY, QueryKind::Calls, text);
    for (text, held) in [
        ("outcome == 'busy'", &[2][..]),
        ("outcome != 'busy'", &[1]),
        ("not outcome == 'busy'", &[1]),
        ("outcome in ['busy', 'declined']", &[2]),
        ("outcome not in ['busy', 'declined']", &[1]),
        ("outcome ~ '^comp'", &[1]),
        ("outcome !~ '^comp'", &[2]),
        ("final_status == 486", &[2]),
        ("final_status == 4xx", &[2]),
        ("final_status in [2xx, 486]", &[1, 2]),
        ("486 == final_status", &[2]),
        ("answer_time == null", &[2]),
        ("answer_time != null", &[1]),
        ("outcome == 'busy' or outcome == 'completed'", &[1, 2]),
        ("outcome == 'busy' and outcome == 'completed'", &[]),
        ("id > 1", &[2]),
        ("caller.uri ~ 'sip:'", &[1, 2]),
    ] {
        assert_eq!(calls(text), held, "{text}");
    }
}

#[test]
fn a_comparison_with_what_is_not_known_does_not_hold_and_not_of_it_does() {
    let calls = |text| ids(&BUSY, QueryKind::Calls, text);
    // The busy call was never answered: it has no talk time.
    assert_eq!(calls("talk_time_s > 0"), [1]);
    assert_eq!(calls("talk_time_s <= 0"), Vec::<u32>::new());
    assert_eq!(calls("talk_time_s != 0"), [1]);
    assert_eq!(calls("not talk_time_s > 0"), [2]);
    assert_eq!(calls("talk_time_s == null"), [2]);
}

#[test]
fn units_are_those_of_the_value_and_not_those_of_the_field() {
    let calls = |text| ids(&PROXY, QueryKind::Calls, text);
    // 8.0 s between the answer and the BYE; 1.02 s to the answer.
    for text in [
        "talk_time_s > 7s",
        "talk_time_s > 7000ms",
        "talk_time_s < 0.2 min",
        "setup_time_s < 1100ms",
    ] {
        assert_eq!(calls(text), [1], "{text}");
    }
    assert_eq!(calls("talk_time_s > 9000 ms"), Vec::<u32>::new());
    let streams = |text| ids(&PROXY, QueryKind::Streams, text);
    assert_eq!(streams("payloads.clock_rate == 8kHz"), [1, 2]);
}

#[test]
fn times_are_compared_with_a_date_and_a_time_of_day() {
    let calls = |text| ids(&PROXY, QueryKind::Calls, text);
    for text in [
        "start_time > '2026-11-20'",
        "start_time == '2026-11-20'",
        "start_time == '2026-11-20T15:29'",
        "start_time >= '2026-11-20 15:29:25'",
        "start_time < '2026-11-20T17:30+02:00'",
        "start_time in ['2026-11-19', '2026-11-20']",
    ] {
        assert_eq!(calls(text), [1], "{text}");
    }
    assert_eq!(calls("start_time != '2026-11-20'"), Vec::<u32>::new());
    assert_eq!(calls("start_time > '2026-11-21'"), Vec::<u32>::new());
}

#[test]
fn a_path_through_a_list_holds_where_it_does_for_any_of_it() {
    let calls = |text| ids(&PROXY, QueryKind::Calls, text);
    assert_eq!(calls("messages.status == 407"), [1]);
    assert_eq!(calls("messages.status == 486"), Vec::<u32>::new());
    // Some message has another status; not one has 486.
    assert_eq!(
        calls("messages.status != 407 and not messages.status == 486"),
        [1]
    );
    assert_eq!(calls("media.codec == 'PCMA'"), [1]);
    assert_eq!(
        calls("streams.packets > 401 and streams.packets < 402"),
        [1]
    );
    assert_eq!(calls("messages.from.tag == null"), Vec::<u32>::new());
}

#[test]
fn null_asks_for_what_is_missing_an_empty_list_too() {
    let calls = |text| ids(&PROXY, QueryKind::Calls, text);
    assert_eq!(calls("dtmf.digit == null"), [1]);
    assert_eq!(calls("dtmf.digit != null"), Vec::<u32>::new());
    assert_eq!(calls("sound == null and sound.seconds == null"), [1]);
    assert_eq!(calls("media != null and media.codec != null"), [1]);
    // Requests have no status.
    assert_eq!(calls("messages.status == null"), [1]);
}

#[test]
fn counts_are_of_elements_and_of_records_that_belong_to_it() {
    let calls = |text| ids(&PROXY, QueryKind::Calls, text);
    // 16 messages of the call, 8 of them responses, two streams.
    assert_eq!(calls("count(messages) == 16"), [1]);
    assert_eq!(calls("count(messages.status) == 8"), [1]);
    assert_eq!(calls("count(streams) == 2 and count(streams.id) == 2"), [1]);
    assert_eq!(calls("2 <= count(media.streams)"), [1]);
    assert_eq!(calls("count(dtmf) == 0 and count(sound) == 0"), [1]);
    assert_eq!(calls("count(dialogs) > 0 and count(transactions) > 0"), [1]);
}

#[test]
fn records_that_belong_to_a_record_are_asked_with_a_dot() {
    let held = |kind, text| ids(&PROXY, kind, text);
    assert_eq!(
        held(
            QueryKind::Messages,
            "call.outcome == 'completed' and status == 407"
        )
        .len(),
        1
    );
    assert_eq!(held(QueryKind::Messages, "call == 1").len(), 16);
    assert_eq!(
        held(QueryKind::Streams, "call.caller.uri ~ 'alice'"),
        [1, 2]
    );
    assert_eq!(
        held(QueryKind::Streams, "call.messages.status == 407"),
        [1, 2]
    );
    assert_eq!(
        held(QueryKind::Registrations, "messages.status == 401"),
        [1, 2]
    );
    assert_eq!(
        held(
            QueryKind::Registrations,
            "attempts.messages.user_agent ~ 'baresip'"
        ),
        [1, 2]
    );
    assert_eq!(held(QueryKind::Dialogs, "call.outcome == 'completed'"), [1]);
    assert_eq!(held(QueryKind::Calls, "transactions.method == 'BYE'"), [1]);
    let findings = ids(
        &BUSY,
        QueryKind::Findings,
        "calls.outcome == 'busy' or calls.outcome == 'completed'",
    );
    assert_eq!(
        findings.len(),
        BUSY.findings.iter().filter(|f| !f.calls.is_empty()).count()
    );
}

#[test]
fn an_attempt_is_asked_with_what_its_registration_has() {
    let held = |text| ids(&PROXY, QueryKind::Attempts, text);
    assert_eq!(held("aor ~ 'alice' and challenged"), [1]);
    assert_eq!(held("aor ~ 'alice' and not challenged"), Vec::<u32>::new());
    assert_eq!(held("registration == 2 and outcome == 'registered'"), [2]);
    assert_eq!(held("registration.aor ~ 'bob'"), [2]);
    assert_eq!(
        held("registrar.port == 5060 and messages.status == 401"),
        [1, 2]
    );
}

#[test]
fn findings_and_streams_of_a_call_are_found() {
    assert_eq!(
        ids(&LOSS, QueryKind::Calls, "streams.lost_percent > 2%"),
        [1]
    );
    let lossy = ids(
        &LOSS,
        QueryKind::Streams,
        "lost_percent > 2% and bursts.count > 0",
    );
    assert_eq!(lossy.len(), 1);
    let codes: Vec<&str> = LOSS.findings.iter().map(|f| &*f.code).collect();
    let code = codes.first().expect("a finding");
    assert_eq!(
        ids(
            &LOSS,
            QueryKind::Calls,
            &format!("findings.code == '{code}'")
        ),
        [1]
    );
}

#[test]
fn keys_of_an_object_without_fixed_keys_are_named_in_the_path() {
    let report = report("options_message");
    let held = |text| ids(&report, QueryKind::Requests, text);
    let ok = held("statuses.200 > 0");
    assert!(!ok.is_empty());
    assert_eq!(held("statuses.999 == null").len(), report.requests.len());
    assert_eq!(
        held("statuses.200 == null or statuses.200 > 0").len(),
        report.requests.len()
    );
}

#[test]
fn what_is_wrong_is_said_with_the_place_and_what_may_be_meant() {
    for (kind, text, said) in [
        (
            QueryKind::Streams,
            "lost_pct > 2%",
            "streams have no field lost_pct (was lost_percent meant?)\n  lost_pct > 2%\n  ^^^^^^^^",
        ),
        (
            QueryKind::Calls,
            "caller.url ~ 'x'",
            "caller has no field url (was caller.uri meant?)\n  caller.url ~ 'x'\n         ^^^",
        ),
        (
            QueryKind::Calls,
            "outcome == 'bussy'",
            "outcome is never 'bussy' (was 'busy' meant?)\n  outcome == 'bussy'\n             ^^^^^^^",
        ),
        (
            QueryKind::Calls,
            "findings.code == 'one_way'",
            "findings.code is never 'one_way'\n  findings.code == 'one_way'\n                   ^^^^^^^^^",
        ),
        (
            QueryKind::Streams,
            "lost_percent > 5ms",
            "ms does not fit lost_percent, which is in %: units that fit are %\n  lost_percent > 5ms\n                 ^^^",
        ),
        (
            QueryKind::Messages,
            "status > 200ms",
            "status has no unit: leave out ms\n  status > 200ms\n           ^^^^^",
        ),
        (
            QueryKind::Messages,
            "status == '401'",
            "status is a number: leave out the quotes\n  status == '401'\n            ^^^^^",
        ),
        (
            QueryKind::Messages,
            "status ~ '4..'",
            "status is a number, and '~' searches text\n  status ~ '4..'\n         ^",
        ),
        (
            QueryKind::Messages,
            "call_id == 5",
            "call_id is text: put the value in quotes\n  call_id == 5\n             ^",
        ),
        (
            QueryKind::Messages,
            "src == '192.0.2.1'",
            "src holds several values: ask for one, as src.address, src.port; only null compares with all of it\n  src == '192.0.2.1'\n  ^^^",
        ),
        (
            QueryKind::Messages,
            "user_agent",
            "user_agent is not true or false: say what it is compared with, as user_agent != null\n  user_agent\n  ^^^^^^^^^^",
        ),
        (
            QueryKind::Messages,
            "user_agent ~ '('",
            "this is no regular expression: unclosed group\n  user_agent ~ '('\n               ^^^",
        ),
        (
            QueryKind::Calls,
            "start_time > '10:00'",
            "this is no time: write '2026-11-25', '2026-11-25T10:00' or '2026-11-25T10:00:05.25', in UTC or with an offset behind it as +02:00\n  start_time > '10:00'\n               ^^^^^^^",
        ),
        (
            QueryKind::Calls,
            "outcome.x == 1",
            "outcome has no fields\n  outcome.x == 1\n          ^",
        ),
        (
            QueryKind::Calls,
            "count(messages) > 2%",
            "count(messages) has no unit: leave out %\n  count(messages) > 2%\n                    ^^",
        ),
        (
            QueryKind::Messages,
            "retransmission_of.status == 200",
            "other messages cannot be asked about for a message\n  retransmission_of.status == 200\n  ^^^^^^^^^^^^^^^^^^^^^^^^",
        ),
        (
            QueryKind::Calls,
            "start_time > 5",
            "start_time is a time: write '2026-11-25T10:00'; seconds since the begin of the capture are messages.relative_time_s\n  start_time > 5\n               ^",
        ),
        (
            QueryKind::Calls,
            "outcome > 'busy'",
            "outcome is a word, which '>' cannot compare\n  outcome > 'busy'\n          ^",
        ),
    ] {
        let error = Query::parse(text, kind).expect_err(text);
        assert_eq!(error.to_string(), said, "{text}");
    }
}

#[test]
fn what_an_expression_needs_beside_its_records_is_known() {
    use crate::types::RecordKind;
    let needs = |kind, text| Query::parse(text, kind).unwrap().needs();
    let of = KindSet::of;
    for (kind, text, kinds) in [
        (QueryKind::Calls, "outcome == 'busy'", &[][..]),
        (QueryKind::Calls, "count(messages) > 20", &[]),
        (
            QueryKind::Calls,
            "messages.status == 486",
            &[RecordKind::Message],
        ),
        (QueryKind::Calls, "streams.lost > 0", &[RecordKind::Stream]),
        (
            QueryKind::Calls,
            "count(findings) > 0",
            &[RecordKind::Finding],
        ),
        (QueryKind::Messages, "call == 3", &[]),
        (
            QueryKind::Messages,
            "call.talk_time_s > 3",
            &[RecordKind::Call, RecordKind::Stream],
        ),
        (
            QueryKind::Registrations,
            "messages.status == 403",
            &[RecordKind::Message],
        ),
        (
            QueryKind::Attempts,
            "registration.aor ~ 'a'",
            &[RecordKind::Registration],
        ),
    ] {
        assert_eq!(needs(kind, text), of(kinds), "{text}");
    }
    let hears = |text| Query::parse(text, QueryKind::Calls).unwrap().needs_sound();
    assert!(hears("digits.digits ~ '123'") && hears("findings.code == 'dead_air'"));
    assert!(!hears("outcome == 'busy'"));
}

/// A sequence of numbers that is the same each time (xorshift).
fn random() -> impl FnMut(usize) -> usize {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap_or_default()
    }
}

#[test]
fn whatever_is_typed_nothing_panics_and_every_place_is_within_it() {
    const PIECES: &[&str] = &[
        "outcome",
        "==",
        "!=",
        "<",
        "~",
        "!~",
        "in",
        "not",
        "and",
        "or",
        "(",
        ")",
        "[",
        "]",
        ",",
        "'busy'",
        "'",
        "\"",
        "\\",
        "200ms",
        "4xx",
        "5%",
        "-",
        "1e9",
        "null",
        "true",
        "count(",
        "messages.status",
        "streams.",
        ".",
        "..",
        "findings.code",
        "\u{6f22}",
        "\u{0}",
        "\n",
        "start_time",
        "'2026-11-25'",
        "statuses.486",
        "\u{1f600}",
        "99999999999999999999",
        "call.call.call",
        "&&",
        "||",
        "!",
        "=",
        "a-b",
        "[].",
        "192.0.2.1",
        "_",
        "dBm0",
    ];
    let mut random = random();
    for round in 0..1500 {
        let mut text = String::new();
        for _ in 0..random(12) {
            text.push_str(PIECES[random(PIECES.len())]);
            if random(2) == 0 {
                text.push(' ');
            }
        }
        let kind = QueryKind::ALL[random(QueryKind::ALL.len())];
        let first = if round % 20 == 0 { 0 } else { text.len() };
        for end in (first..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            if let Err(error) = Query::parse(&text[..end], kind) {
                let at = error.at.clone();
                assert!(at.start <= at.end && at.end <= end, "{text}: {error:?}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
