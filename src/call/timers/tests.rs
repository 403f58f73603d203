//! Transactions as rows of text: what passed, and what is to be said of each copy.

use super::*;
use crate::types::StatusCode;

/// `INVITE@0 INVITE@0.5 183!@1`: a word that came before is a copy, `!` is reliable; `..40` is when it was let go.
fn told(row: &str) -> Vec<String> {
    told_over(row, false)
}

fn told_over(row: &str, reliable: bool) -> Vec<String> {
    let start = CaptureTime::from_nanos(0);
    let mut method = None;
    let mut first: Vec<(&str, MessageId)> = Vec::new();
    let mut events = Vec::new();
    let mut ended = Ended::default();
    let mut names: Vec<&str> = Vec::new();
    for word in row.split_whitespace() {
        if let Some(end) = word.strip_prefix("..") {
            ended.seen_for = Some(seconds(end));
            continue;
        }
        let (name, at) = word.split_once('@').unwrap();
        let event = event(name);
        let id = MessageId::after(names.len() as u32);
        names.push(name);
        let known = first.iter().find(|(n, _)| *n == name).map(|(_, id)| *id);
        let is_new_each_time =
            event == Event::Provisional && known.is_some() && !row.contains("=1xx");
        let copy_of = known.filter(|_| !is_new_each_time);
        if known.is_none() {
            first.push((name, id));
        }
        if event == Event::Request && method.is_none() {
            method = Some(Method::parse(name.as_bytes()));
        }
        ended.answered |= !matches!(event, Event::Request | Event::Ack);
        let status = name
            .trim_end_matches('!')
            .parse()
            .ok()
            .and_then(StatusCode::new);
        if let Some(status) = status.filter(|s: &StatusCode| s.is_final())
            && ended.final_status.is_none()
        {
            ended.final_status = Some(status);
            ended.final_after = Some(seconds(at));
        }
        ended.acked |= event == Event::Ack;
        events.push(Seen {
            time: start + seconds(at),
            event,
            message: Some(id),
            copy_of,
            answers: None,
        });
    }
    let watched = Watched {
        events,
        reliable,
        gave_up: None,
    };
    let rows = explain(&method.unwrap_or(Method::Ack), Some(&watched), &ended);
    rows.iter().map(|row| in_words(row, &names)).collect()
}

fn seconds(text: &str) -> Delta {
    Delta::from_nanos((text.parse::<f64>().unwrap() * 1e9).round() as i64)
}

fn event(name: &str) -> Event {
    match name.trim_start_matches('=').as_bytes() {
        b"ACK" => Event::Ack,
        [b'1', .., b'!'] => Event::Reliable,
        [b'1', ..] => Event::Provisional,
        [b'2', ..] => Event::Success,
        [b'3'..=b'6', ..] => Event::Failure,
        _ => Event::Request,
    }
}

/// `INVITE 2: A 0.5/0.5 on_time`.
fn in_words(row: &TimerRow, names: &[&str]) -> String {
    let name = row.message.map_or("end", |id| names[id.get() as usize - 1]);
    let copy = row.copy.map_or(String::new(), |n| format!(" {n}"));
    let timer = row.timer.map_or("-", Timer::as_str);
    let time = |t: Option<Delta>| t.map_or("-".to_owned(), |t| t.as_secs_f64().to_string());
    let missing = match row.missing {
        0 => String::new(),
        n => format!(" ({n} missing)"),
    };
    let t1 = row
        .t1
        .map_or(String::new(), |t| format!(" T1={}", t.as_secs_f64()));
    format!(
        "{name}{copy}: {timer} {}/{} {}{missing}{t1}",
        time(row.expected),
        time(row.seen),
        row.verdict
    )
}

#[test]
fn an_invite_is_sent_again_at_doubled_pauses_until_a_response_comes() {
    assert_eq!(
        told("INVITE@0 INVITE@0.5 INVITE@1.5 100@1.6 180@2 200@5 ACK@5.1 ..60"),
        ["INVITE 2: A 0.5/0.5 on_time", "INVITE 3: A 1/1 on_time"]
    );
}

#[test]
fn an_invite_that_nobody_answers_is_given_up_after_32_seconds() {
    let row = "INVITE@0 INVITE@0.5 INVITE@1.5 INVITE@3.5 INVITE@7.5 INVITE@15.5 INVITE@31.5 ..63.5";
    let told = told(row);
    assert_eq!(told.len(), 7);
    assert_eq!(told[5], "INVITE 7: A 16/16 on_time");
    assert_eq!(told[6], "end: B 32/- ran_out");
    assert_eq!(self::told("INVITE@0 ..12"), ["end: B 32/12 running"]);
    assert!(self::told("INVITE@0 180@1 ..60").is_empty());
    assert_eq!(self::told("BYE@0 ..40"), ["end: F 32/- ran_out"]);
}

#[test]
fn other_requests_pause_for_t2_at_most_and_at_once_after_a_provisional_response() {
    assert_eq!(
        told("BYE@0 BYE@0.5 BYE@1.5 BYE@3.5 BYE@7.5 BYE@11.5 200@11.6"),
        [
            "BYE 2: E 0.5/0.5 on_time",
            "BYE 3: E 1/1 on_time",
            "BYE 4: E 2/2 on_time",
            "BYE 5: E 4/4 on_time",
            "BYE 6: E 4/4 on_time",
        ]
    );
    assert_eq!(
        told("INFO@0 100@0.1 INFO@0.5 INFO@4.5 200@4.6"),
        ["INFO 2: E 0.5/0.5 on_time", "INFO 3: E 4/4 on_time"]
    );
}

#[test]
fn an_invite_is_not_sent_again_after_a_provisional_response() {
    assert_eq!(
        told("INVITE@0 100@0.1 INVITE@0.5 200@1"),
        ["INVITE 2: A 0.5/0.5 after_provisional"]
    );
}

#[test]
fn a_final_response_that_passed_may_not_have_arrived() {
    assert_eq!(
        told("REGISTER@0 200@0.001 REGISTER@0.5 200@0.501"),
        [
            "REGISTER 2: E 0.5/0.5 after_final",
            "200 2: - -/0.5 answers_copy",
        ]
    );
}

#[test]
fn a_pause_that_is_the_sum_of_two_is_as_if_a_copy_is_missing() {
    // 0.5 + 1, and 1 + 2 s.
    assert_eq!(
        told("INVITE@0 100@0.1 200@0.2 200@1.7 ACK@1.8"),
        ["200 2: 2xx 1.5/1.5 copy_missing (1 missing)"]
    );
    assert_eq!(
        told("BYE@0 BYE@0.5 BYE@3.5 200@3.6"),
        [
            "BYE 2: E 0.5/0.5 on_time",
            "BYE 3: E 3/3 copy_missing (1 missing)"
        ]
    );
}

#[test]
fn a_t1_that_all_copies_share_is_recognised() {
    // As one phone does: T1 = 1 s.
    assert_eq!(
        told("REGISTER@0 REGISTER@0.999 REGISTER@3.004 REGISTER@7.008 REGISTER@11.013 ..23"),
        [
            "REGISTER 2: E 0.999/0.999 other_t1 T1=0.999",
            "REGISTER 3: E 1.998/2.005 other_t1 T1=0.999",
            "REGISTER 4: E 3.996/4.004 other_t1 T1=0.999",
            "REGISTER 5: E 4/4.005 other_t1 T1=0.999",
            "end: F 63.936/23 running T1=0.999",
        ]
    );
    // One pause shows none.
    assert_eq!(told("BYE@0 BYE@0.2 200@0.3"), ["BYE 2: E 0.5/0.2 early"]);
    assert_eq!(told("BYE@0 BYE@0.8 200@0.9"), ["BYE 2: E 0.5/0.8 late"]);
}

#[test]
fn a_fixed_pause_is_no_back_off() {
    assert_eq!(
        told("INVITE@0 INVITE@1 INVITE@2 INVITE@3 100@3.1 200@4 ACK@4.1"),
        [
            "INVITE 2: A 0.5/1 fixed_pause",
            "INVITE 3: A 1/1 fixed_pause",
            "INVITE 4: A 2/1 fixed_pause",
        ]
    );
}

#[test]
fn a_proxy_that_holds_the_pause_of_an_invite_at_t2_is_told_as_that() {
    let told =
        told("INVITE@0 INVITE@0.5 INVITE@1.5 INVITE@3.5 INVITE@7.5 INVITE@11.5 INVITE@15.5 ..20");
    assert_eq!(told[3], "INVITE 5: A 4/4 on_time");
    assert_eq!(told[4], "INVITE 6: A 4/4 held_at_t2");
}

#[test]
fn a_refusal_is_sent_again_until_its_ack() {
    assert_eq!(
        told("INVITE@0 486@1 486@1.5 486@2.5 ACK@2.6 486@4.5 ACK@4.6 ..60"),
        [
            "486 2: G 0.5/0.5 on_time",
            "486 3: G 1/1 on_time",
            "486 4: G 2/2 after_ack",
            "ACK 2: - -/2 answers_copy",
        ]
    );
    assert_eq!(
        told("INVITE@0 486@1 486@1.5 ..60"),
        ["486 2: G 0.5/0.5 on_time", "end: H 32/- ran_out"]
    );
}

#[test]
fn a_2xx_is_sent_again_over_tcp_too_and_the_request_is_not() {
    assert_eq!(
        told_over("INVITE@0 200@1 200@1.5 ..60", true),
        ["200 2: 2xx 0.5/0.5 on_time", "end: 2xx_end 32/- ran_out"]
    );
    assert_eq!(
        told_over("INVITE@0 INVITE@0.5 200@1 ACK@1.1", true),
        ["INVITE 2: A 0.5/0.5 reliable_transport"]
    );
}

#[test]
fn a_reliable_provisional_response_doubles_without_end() {
    assert_eq!(
        told("INVITE@0 183!@1 183!@1.5 183!@2.5 200@3 ACK@3.1"),
        ["183! 2: 1xx 0.5/0.5 on_time", "183! 3: 1xx 1/1 on_time"]
    );
}

#[test]
fn an_ack_comes_again_for_each_copy_of_its_2xx() {
    assert_eq!(
        told("ACK@0 200@0.4 200@0.5 ACK@0.6"),
        ["ACK 2: - -/0.6 answers_copy"]
    );
    assert_eq!(told("ACK@0 ACK@0.6"), ["ACK 2: - -/0.6 unasked"]);
}
