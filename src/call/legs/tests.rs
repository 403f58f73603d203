//! Calls through a server, written as legs and what happens on them.

mod play;

use super::*;
use crate::types::{Delta, Scope};
use play::{FIRST, Play, SECOND, at, host, sdp};

#[test]
fn two_legs_of_the_same_users_through_one_host_are_one_call() {
    let play = Play::of(&["a 1>10 100>200", "b 10>2 100>200"])
        .call(0, FIRST)
        .call(1, SECOND);
    assert_eq!(play.told(), ["a +b identity"]);
    let call = play.united().remove(0);
    assert_eq!(call.ended_by, Some(crate::call::EndedBy::Caller));
    assert_eq!(call.legs[1].evidence_messages.len(), 2);
    let evidence = &call.legs[1].evidence;
    assert!(
        evidence.contains("sent the second 5.0 ms later"),
        "{evidence}"
    );
}

#[test]
fn two_calls_of_the_same_users_at_one_time_stay_apart_and_name_each_other() {
    let play = Play::of(&[
        "a 1>10 100>200",
        "b 3>10 100>200",
        "c 10>2 100>200",
        "d 10>4 100>200",
    ])
    .call(0, FIRST)
    .call(1, FIRST.map(|t| t + 0.5))
    .call(2, SECOND)
    .call(3, SECOND.map(|t| t + 0.5));
    assert_eq!(play.told(), ["a ?2", "b ?2", "c ?2", "d ?2"]);
}

#[test]
fn a_phone_that_calls_while_it_is_called_makes_another_call() {
    let play = Play::of(&["a 1>2 alice>bob", "b 2>3 bob>carol"])
        .on(0, 0.0, "INVITE", "", "")
        .on(0, 100.0, "180", "", "")
        .on(0, 4000.0, "486", "", "")
        .call(1, [200.0, 400.0, 2000.0, 9000.0]);
    assert_eq!(play.told(), ["a", "b"]);
}

#[test]
fn what_one_user_has_in_common_with_another_pair_joins_nothing() {
    // The leg of 100's call to 600 left by another way; 101's first leg came by another.
    let play = Play::of(&["a 1>10 100>600", "b 10>2 101>600"])
        .call(0, FIRST)
        .call(1, [1000.0, 1200.0, 2500.0, 20_000.0]);
    assert_eq!(play.told(), ["a ?1", "b ?1"]);
}

#[test]
fn the_phones_of_a_ring_group_are_legs_and_the_one_that_answers_decides() {
    let play = Play::of(&["a 1>10 100>600", "b 10>2 100>301", "c 10>3 100>302"])
        .call(0, FIRST)
        .on(1, 5.0, "INVITE", "", "")
        .on(1, 150.0, "180", "", "")
        .call(2, SECOND)
        .on(1, 2004.0, "CANCEL", "Reason: SIP;cause=200\r\n", "")
        .on(1, 2006.0, "487", "", "");
    assert_eq!(play.told(), ["a +b identity +c identity"]);
    let call = play.united().remove(0);
    assert_eq!(call.outcome, crate::call::Outcome::Completed);
    let legs: Vec<&str> = call.legs.iter().map(|l| l.outcome.as_str()).collect();
    assert_eq!(legs, ["completed", "cancelled", "completed"]);
}

#[test]
fn an_attempt_that_came_to_nothing_is_a_leg_beside_the_one_that_worked() {
    let play = Play::of(&[
        "a 1>10 100>12025550123",
        "b 10>2 900>+12025550123",
        "c 10>3 900>+12025550123",
    ])
    .call(0, FIRST)
    .on(1, 5.0, "INVITE", "", "")
    .on(1, 90.0, "503", "", "")
    .call(2, [100.0, 200.0, 2000.0, 8003.0]);
    assert_eq!(play.told(), ["a +b identity +c identity"]);
}

#[test]
fn a_second_answer_at_the_same_time_is_of_another_call() {
    let play = Play::of(&["a 1>10 100>200", "b 10>2 100>200", "c 10>3 100>200"])
        .call(0, FIRST)
        .call(1, SECOND)
        .call(2, [300.0, 500.0, 2500.0, 15_000.0]);
    assert_eq!(play.told(), ["a +b identity ?1", "c ?1"]);
}

#[test]
fn what_time_and_names_tell_is_not_handed_on_from_leg_to_leg() {
    // bob's phone calls carol as bob: its leg follows the second, and has nothing of the first.
    let play = Play::of(&["a 1>10 100>200", "b 10>2 100>200", "c 2>3 200>300"])
        .call(0, FIRST)
        .call(1, SECOND)
        .call(2, [300.0, 500.0, 1990.0, 8006.0]);
    assert_eq!(play.told(), ["a +b identity", "c"]);
    // Where each of three has the users of the first, they are one.
    let play = Play::of(&["a 1>10 100>200", "b 10>20 100>200", "c 20>2 100>200"])
        .call(0, FIRST)
        .call(1, SECOND)
        .call(2, [10.0, 198.0, 1998.0, 8006.0]);
    assert_eq!(play.told(), ["a +b identity +c identity"]);
}

#[test]
fn legs_name_each_other_by_header_by_call_id_and_by_session_id() {
    let with = |header: &str, call_id: &'static str| {
        let mut play = Play::of(
            &["parent-000001 1>10 100>9001", "x"].map(|l| if l == "x" { call_id } else { l }),
        )
        .call(0, FIRST);
        play.headers = vec!["X-Leg".to_owned()];
        play.on(1, 5.0, "INVITE", header, "")
            .on(1, 900.0, "486", "", "")
            .told()
    };
    let other = "other 30>2 777>205";
    assert_eq!(
        with("X-CID: parent-000001\r\n", other),
        ["parent-000001 +other header"]
    );
    assert_eq!(
        with("X-Leg: parent-000001\r\n", other),
        ["parent-000001 +other header"]
    );
    assert_eq!(
        with("X-Tag: parent-000001\r\n", other),
        ["parent-000001", "other"]
    );
    assert_eq!(
        with("X-CID: parent-000002\r\n", other),
        ["parent-000001", "other"]
    );
    let suffixed = "parent-000001-b2b_1 30>2 777>205";
    assert_eq!(
        with("", suffixed),
        ["parent-000001 +parent-000001-b2b_1 call_id"]
    );
    // What may be anything has to come from the host that the first reached.
    assert_eq!(with("", "parent-000001-7 30>2 777>205").len(), 2);
    assert_eq!(with("", "parent-000001-7 10>2 777>205").len(), 1);
}

#[test]
fn the_uuids_of_a_session_id_are_the_same_the_other_way_round() {
    let [a, b, nobody] = [
        "ab30317f1a784dc48ff824d0d3715d86",
        "47755a9de7794ba387653f2099600ef2",
        &"0".repeat(32),
    ]
    .map(String::from);
    let play = |first: &str, second: &str| {
        Play::of(&["a 1>10 100>7001", "b 30>2 900>205"])
            .on(
                0,
                0.0,
                "INVITE",
                &format!("Session-ID: {a};remote={nobody}\r\n"),
                "",
            )
            .on(
                1,
                5.0,
                "INVITE",
                &format!("Session-ID: {nobody};remote={nobody}\r\n"),
                "",
            )
            .on(
                1,
                1000.0,
                "200",
                &format!("Session-ID: {first};remote={second}\r\n"),
                "",
            )
            .on(
                0,
                1005.0,
                "200",
                &format!("Session-ID: {b};remote={a}\r\n"),
                "",
            )
            .told()
    };
    assert_eq!(play(&a, &b), ["a +b session_id"]);
    assert_eq!(play(&b, &a), ["a +b session_id"]);
    // Zeros alone are nobody's.
    assert_eq!(play(&nobody, &nobody), ["a", "b"]);
}

#[test]
fn an_origin_tells_unless_every_call_has_it() {
    let play = |session: &str| {
        Play::of(&["a 1>10 100>200", "b 10>2 900>205"])
            .on(
                0,
                0.0,
                "INVITE",
                "",
                &sdp(session, 1, 4000).replace("c=IN IP4 192.0.2.1", "c=IN IP4 192.0.2.7"),
            )
            .on(1, 5.0, "INVITE", "", &sdp(session, 1, 5000))
            .told()
    };
    assert_eq!(play("818234"), ["a +b sdp_origin"]);
    assert_eq!(play("0"), ["a", "b"]);
    assert_eq!(play("1"), ["a", "b"]);
    // Two legs that it may come from.
    let twice = Play::of(&["a 1>10 100>200", "b 3>10 101>201", "c 10>2 900>205"])
        .on(0, 0.0, "INVITE", "", &sdp("53655765", 1, 4000))
        .on(1, 1.0, "INVITE", "", &sdp("53655765", 1, 4002))
        .on(2, 5.0, "INVITE", "", &sdp("53655765", 1, 5000));
    assert_eq!(twice.told(), ["a", "b", "c"]);
}

#[test]
fn re_invites_that_name_the_phones_to_each_other_join_what_time_cannot_tell() {
    // The server answers itself and calls an agent 40 s later, of whom it tells the caller then.
    let direct = Play::of(&["a 1>10 100>800", "b 10>2 900>303"])
        .on(0, 0.0, "INVITE", "", &sdp("11111", 1, 4000))
        .on(0, 100.0, "200", "", &sdp("22222", 10, 6000))
        .on(1, 40_000.0, "INVITE", "", &sdp("33333", 10, 6002))
        .on(1, 42_000.0, "200", "", &sdp("44444", 2, 4400))
        .on(0, 42_100.0, "<RE", "", &sdp("22222", 2, 4400))
        .on(0, 42_110.0, "<RE200", "", &sdp("11111", 1, 4000));
    assert_eq!(direct.told(), ["a +b media"]);
    // The same after a REFER is the doing of the transfer.
    let transferred = Play::of(&["a 1>10 100>200", "b 10>2 100>200", "c 10>3 100>300"])
        .call(0, [0.0, 202.0, 2003.0, 20_000.0])
        .call(1, [5.0, 200.0, 2000.0, 5000.0])
        .on(
            1,
            4000.0,
            "<REFER",
            "Refer-To: <sip:300@example.com>\r\n",
            "",
        )
        .on(2, 4010.0, "INVITE", "", &sdp("33333", 10, 6002))
        .on(2, 4500.0, "200", "", &sdp("44444", 3, 4400))
        .on(0, 4600.0, "<RE", "", &sdp("22222", 3, 4400))
        .on(0, 4610.0, "<RE200", "", &sdp("11111", 1, 4000));
    assert_eq!(transferred.told(), ["a +b identity", "c"]);
}

#[test]
fn the_call_that_a_transfer_replaces_is_no_leg_of_the_call_that_is_transferred() {
    // The phone gives all its calls one origin.
    let play = |replaced: &str| {
        let refer = format!(
            "Refer-To: <sip:300@example.com?Replaces={replaced}%3Bto-tag%3Dt1%3Bfrom-tag%3Df1>\r\n"
        );
        Play::of(&["a 1>10 100>200", "consultation 10>3 200>300"])
            .on(0, 0.0, "INVITE", "", &sdp("11111", 1, 4000))
            .on(0, 500.0, "200", "", &sdp("22222", 10, 6000))
            .on(1, 4000.0, "INVITE", "", &sdp("33333", 10, 6002))
            .on(1, 4500.0, "200", "", &sdp("22222", 10, 6000))
            .on(0, 6000.0, "<REFER", &refer, "")
            .told()
    };
    assert_eq!(play("consultation"), ["a", "consultation"]);
    assert_eq!(play("another"), ["a +consultation sdp_origin"]);
}

#[test]
fn ringing_is_counted_from_the_first_phone_that_rings() {
    let ring_time = |server: f64, phone: f64| {
        let play = Play::of(&["a 1>10 100>200", "b 10>2 100>200"])
            .call(0, [0.0, server, 9003.0, 12_000.0])
            .call(1, [5.0, phone, 9000.0, 12_003.0]);
        let calls = play.united();
        assert_eq!(calls.len(), 1);
        calls[0].ring_time
    };
    // It passes the phone's 180 on.
    assert_eq!(ring_time(4003.0, 4000.0), Some(Delta::from_millis(5000)));
    // It says that it rings before it calls the phone.
    assert_eq!(ring_time(3.0, 4000.0), Some(Delta::from_millis(5003)));
}

#[test]
fn two_calls_that_hear_one_music_server_are_two() {
    let music = sdp("777777", 50, 7000);
    let held = Play::of(&["a 1>10 100>300", "b 2>10 200>301"])
        .call(0, [0.0, 100.0, 900.0, 9000.0])
        .call(1, [500.0, 600.0, 1400.0, 9500.0])
        .on(0, 4000.0, "<RE", "", &music)
        .on(1, 4100.0, "<RE", "", &music);
    assert_eq!(held.told(), ["a", "b"]);
}

#[test]
fn a_stream_that_a_relay_passes_on_joins_legs_without_a_host_in_common() {
    let mut play = Play::of(&["a 1>10 alice>bob", "b 30>2 900>205"])
        .call(0, FIRST)
        .call(1, SECOND);
    let stream = |call: u32, side, ssrc, from: u8, to: u8, first: f64| StreamOfLeg {
        call: CallNo::after(call),
        side: Some(side),
        ssrc,
        flow: Flow {
            src: host(from),
            dst: host(to),
            scope: Scope::NONE,
        },
        first: at(first),
        last: at(7990.0),
        packets: 300,
    };
    play.streams = vec![
        stream(0, Party::Caller, 7, 1, 10, 2010.0),
        stream(1, Party::Caller, 7, 30, 2, 2010.4),
        stream(1, Party::Callee, 9, 2, 30, 2020.0),
        stream(0, Party::Callee, 9, 10, 1, 2020.4),
    ];
    assert_eq!(play.told(), ["a +b media"]);
    // Two calls of a program that has one SSRC: the second is later both ways.
    play.streams[2].first = at(2020.8);
    assert_eq!(play.told(), ["a", "b"]);
}

#[test]
fn one_call_id_with_a_new_from_tag_behind_the_host_between_is_two_legs() {
    let play = Play::of(&["same 1>10 100>200", "same 10>2 100>200"])
        .call(0, FIRST)
        .call(1, SECOND);
    assert_eq!(play.records().len(), 2);
    assert_eq!(play.told(), ["same +same call_id"]);
    // A phone that calls anew with another tag sends from where it sent before.
    let again = Play::of(&["same 1>10 100>200", "same 1>10 100>200"])
        .on(0, 0.0, "INVITE", "", "")
        .on(1, 500.0, "INVITE", "", "");
    assert_eq!(again.records().len(), 1);
}

#[test]
fn legs_whose_first_messages_were_not_captured_need_every_step_to_agree() {
    let whole = || {
        Play::of(&["a 1>10 100>200", "b 10>2 100>200"])
            .call(0, FIRST)
            .call(1, SECOND)
    };
    let without = |invites: &[&str]| {
        let mut play = whole();
        let is = |text: &str, id: &&str| {
            text.starts_with("INVITE") && text.contains(&format!("Call-ID: {id}\r\n"))
        };
        play.sent
            .retain(|(.., text)| !invites.iter().any(|id| is(text, id)));
        play.told()
    };
    assert_eq!(without(&["a"]), ["a +b identity"]);
    assert_eq!(without(&["a", "b"]), ["a +b identity"]);
}

#[test]
fn who_hangs_up_is_told_over_all_legs() {
    use crate::call::EndedBy;
    let ended = |caller: (f64, &str), callee: (f64, &str)| {
        let play = Play::of(&["a 1>10 100>200", "b 10>2 100>200"])
            .call(0, FIRST)
            .call(1, SECOND);
        let mut play = play
            .on(0, caller.0, caller.1, "", "")
            .on(1, callee.0, callee.1, "", "");
        let own = |text: &str| text.starts_with("BYE") || text.contains("CSeq: 8 BYE");
        let count = play.sent.len();
        let mut i = 0;
        play.sent.retain(|(.., text)| {
            i += 1;
            i > count - 2 || !own(text)
        });
        play.united().remove(0).ended_by
    };
    assert_eq!(
        ended((8000.0, "BYE"), (8003.0, "BYE")),
        Some(EndedBy::Caller)
    );
    assert_eq!(
        ended((8003.0, "<BYE"), (8000.0, "<BYE")),
        Some(EndedBy::Callee)
    );
    // The server ends both.
    assert_eq!(
        ended((8000.0, "<BYE"), (8000.5, "BYE")),
        Some(EndedBy::Network)
    );
}

#[test]
fn twenty_thousand_legs_are_joined_in_seconds_even_without_optimisation() {
    let legs = ["a 1>10 100>200", "b 10>2 100>200"];
    let two = Play::of(&legs).call(0, FIRST).call(1, SECOND).records();
    let many = (0..10_000u32).flat_map(|n| {
        two.iter().enumerate().map(move |(i, leg)| {
            let mut leg = leg.clone();
            // A hundred a second, each of a caller of its own.
            let later = Delta::from_millis(10 * i64::from(n));
            leg.no = CallNo::after(2 * n + i as u32);
            leg.call_id = crate::types::CallId::new(format!("{n}-{i}").as_bytes());
            leg.caller.uri = format!("sip:1{n:05}@example.com");
            let times = [
                Some(&mut leg.start),
                leg.ringing.as_mut(),
                leg.answer.as_mut(),
                leg.end.as_mut(),
            ];
            for time in times.into_iter().flatten() {
                *time = *time + later;
            }
            leg.evidence.last_seen = leg.end;
            for mark in leg.leg.marks.as_mut_slice() {
                mark.hash = mark.hash.wrapping_add(u64::from(n));
            }
            leg
        })
    });
    let many: Vec<CallRecord> = many.collect();
    let started = std::time::Instant::now();
    let united = unite(many, &[]);
    assert_eq!(united.calls.len(), 10_000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
