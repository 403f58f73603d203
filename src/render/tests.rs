//! What holds for all text output: it fits, it is safe, and it looks as it is meant to.

use super::csv::Formulas;
use super::fixtures::{self, rendered};
use super::ladder::{Extent, Which};
use super::messages::{LongInfo, MessageRow};
use super::report::ReportOptions;
use super::text::width;
use super::{Style, TimeColumn, Zone};
use crate::report::fixtures::poisoned;
use crate::report::model::{Report, RoundTripWork, StreamWork, Timestamp};
use crate::types::Delta;
use crate::types::text::first_hidden;

fn style(width: usize) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

fn report(report: &Report, style: &Style) -> String {
    rendered(|w| super::report::render(report, &ReportOptions::default(), style, w))
}

/// Every text renderer that keeps to the width, by name.
fn everything(r: &Report, style: &Style) -> Vec<(&'static str, String)> {
    let rows: Vec<MessageRow<'_>> = r
        .messages
        .iter()
        .map(|message| MessageRow {
            message,
            info: format!("Request: {}", message.request_uri.as_deref().unwrap_or("-")),
            previous_message: None,
        })
        .collect();
    vec![
        ("report", report(r, style)),
        (
            "ladder",
            rendered(|w| {
                super::ladder::render(r, Which::Everything, Extent::READABLE, style, w).map(drop)
            }),
        ),
        ("calls", rendered(|w| super::calls::table(r, style, w))),
        (
            "registrations",
            rendered(|w| super::registrations::table(r, style, w)),
        ),
        ("streams", rendered(|w| super::streams::table(r, style, w))),
        (
            "details",
            rendered(|w| super::streams::details(r, None, style, w).map(drop)),
        ),
        (
            "work",
            rendered(|w| super::streams::show_work(r, None, style, w).map(drop)),
        ),
        ("findings", rendered(|w| super::findings::list(r, style, w))),
        (
            "messages",
            rendered(|w| super::messages::table(&rows, LongInfo::Wrapped, style, w)),
        ),
    ]
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for r in [fixtures::proxied(), fixtures::troubles()] {
        for columns in [60, 66, 80, 100, 120, 133, 200] {
            for ascii in [true, false] {
                let style = Style {
                    ascii,
                    ..style(columns)
                };
                for (name, text) in everything(&r, &style) {
                    for line in text.lines() {
                        assert!(width(line) <= columns, "{name} at {columns}: {line}");
                        assert_eq!(line.trim_end(), line, "{name} at {columns}: trailing blank");
                    }
                }
            }
        }
    }
}

#[test]
fn no_text_from_a_packet_reaches_the_terminal_raw() {
    for r in [fixtures::proxied(), fixtures::troubles()] {
        let r = poisoned(&r);
        for columns in [80, 200] {
            let mut texts = everything(&r, &style(columns));
            texts.push((
                "log",
                rendered(|w| super::calls::log(&r, &style(columns), w)),
            ));
            texts.push((
                "csv",
                rendered(|w| super::csv::calls(&r, Formulas::Defused, w)).replace("\r\n", "\n"),
            ));
            texts.push((
                "csv",
                rendered(|w| super::csv::streams(&r, Formulas::Defused, w)).replace("\r\n", "\n"),
            ));
            for m in &r.messages {
                let text = rendered(|w| super::messages::byline(m, b"\x1b[2J\r\n", &style(80), w));
                texts.push(("byline", text));
            }
            for (name, text) in texts {
                let bad = text.split('\n').find_map(first_hidden);
                assert_eq!(bad, None, "{name}: {text}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_escapes() {
    let r = fixtures::troubles();
    for columns in [80, 200] {
        let plain = everything(&r, &style(columns));
        let coloured = Style {
            color: true,
            ..style(columns)
        };
        for ((name, plain), (_, coloured)) in plain.iter().zip(everything(&r, &coloured)) {
            let mut stripped = anstream::adapter::strip_str(&coloured).to_string();
            if name == &"report" || name == &"ladder" {
                // Blanks at a line's end may come before the escape that ends its colour.
                let lines: Vec<&str> = stripped.lines().map(str::trim_end).collect();
                stripped = lines.join("\n") + "\n";
            }
            assert_eq!(&stripped, plain, "{name}");
        }
    }
}

#[test]
fn the_report_reads_as_it_is_meant_to() {
    for columns in [80, 120, 200] {
        let boxed = Style {
            ascii: columns != 200,
            ..style(columns)
        };
        insta::assert_snapshot!(
            format!("proxied_{columns}"),
            report(&fixtures::proxied(), &boxed)
        );
        insta::assert_snapshot!(
            format!("troubles_{columns}"),
            report(&fixtures::troubles(), &boxed)
        );
    }
}

#[test]
fn tables_of_streams_and_calls_grow_with_the_width() {
    for columns in [80, 200] {
        let r = fixtures::troubles();
        insta::assert_snapshot!(
            format!("streams_{columns}"),
            rendered(|w| super::streams::table(&r, &style(columns), w))
        );
        insta::assert_snapshot!(
            format!("calls_{columns}"),
            rendered(|w| super::calls::table(&r, &style(columns), w))
        );
    }
}

/// What `--show-work` begins with: 205 packets of 160 octets, and a report 50 ms after that which it answers.
fn worked(mut r: Report) -> Report {
    let s = &mut r.streams[0];
    let at = |ms| s.first_time.0 + Delta::from_millis(ms);
    s.work = Some(Box::new(StreamWork {
        range: Some(((1 << 32) + 65_500, (1 << 32) + 65_704)),
        payload_bytes: 205 * 160,
        ip_bytes: 205 * 200,
        ethernet_bytes: 205 * 218,
        packets: Vec::new(),
        round_trip: Some(RoundTripWork {
            sent: at(1000),
            answered: at(1050),
            last_sr: 0x2345_6789,
            delay_since_last_sr: 655,
        }),
        sync: None,
    }));
    r
}

#[test]
fn details_and_arithmetic_of_a_stream_are_told_in_full() {
    let r = fixtures::proxied();
    insta::assert_snapshot!(
        "details_80",
        rendered(|w| super::streams::details(&r, Some(1), &style(80), w).map(drop))
    );
    insta::assert_snapshot!(
        "work_80",
        rendered(
            |w| super::streams::show_work(&worked(r.clone()), Some(1), &style(80), w).map(drop)
        )
    );
    let nothing = rendered(|w| {
        assert!(!super::streams::details(&r, Some(9), &style(80), w)?);
        Ok(())
    });
    assert_eq!(nothing, "");
}

#[test]
fn ladders_of_registrations_and_other_time_columns() {
    let r = fixtures::proxied();
    let ladder = |times, which| {
        let style = Style {
            times,
            zone: Zone::Offset(3600),
            ..style(80)
        };
        rendered(|w| super::ladder::render(&r, which, Extent::READABLE, &style, w).map(drop))
    };
    insta::assert_snapshot!(
        "registration",
        ladder(TimeColumn::Relative, Which::Registration(2))
    );
    insta::assert_snapshot!("absolute", ladder(TimeColumn::Absolute, Which::Call(1)));
    insta::assert_snapshot!("delta", ladder(TimeColumn::Delta, Which::Call(1)));
    assert_eq!(ladder(TimeColumn::Relative, Which::Call(7)), "");
}

#[test]
fn the_call_log_is_the_classic_one() {
    let mut r = fixtures::troubles();
    r.calls[4].outcome = crate::call::Outcome::Declined;
    assert_eq!(
        rendered(|w| super::calls::log(&r, &style(80), w)),
        "\
-----
from: sip:%E5%B1%B1%E7%94%B0@example.jp
to: sip:zofie@example.cz
ringing: 16:07:51
start: 16:07:53
end: 16:09:05
-----
from: sip:petr@[2001:db8:1:2::11]
to: sip:%71uentin@[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]
ringing: 16:09:10
request terminated: 16:09:16
-----
from: sip:101@192.0.2.10
to: sip:102@192.0.2.10
busy -> ended: 16:09:30
-----
from: sip:%E5%B1%B1%E7%94%B0@example.jp
to: sip:nobody@192.0.2.99
timeout: -
-----
from: sip:zofie@example.cz
to: sip:%E5%B1%B1%E7%94%B0@example.jp
declined: 16:11:10
"
    );
}

/// `n` calls, all but the first four of the fixture without findings.
fn many_calls(n: u32) -> Report {
    let mut r = fixtures::troubles();
    let quiet = r.calls[2].clone();
    for id in 6..=n {
        let mut call = quiet.clone();
        call.id = id;
        r.calls.push(call);
    }
    r
}

#[test]
fn with_many_calls_only_those_with_findings_are_drawn_and_it_says_how_to_see_the_rest() {
    let text = report(&many_calls(30), &style(80));
    let drawn: Vec<&str> = text.lines().filter(|l| l.starts_with("CALL ")).collect();
    // Calls 1 and 4 have errors or warnings.
    assert_eq!(drawn.len(), 2, "{text}");
    assert!(text.contains(
        "28 calls not drawn (those above have errors or warnings): sipflow ladder FILE --call N\n"
            .get(..80)
            .unwrap()
    ), "{text}");
    assert_eq!(
        report(&many_calls(20), &style(80))
            .lines()
            .filter(|l| l.starts_with("CALL "))
            .count(),
        20
    );
}

#[test]
fn a_ladder_of_a_flood_ends_and_says_what_is_left() {
    let r = fixtures::troubles();
    let options = ReportOptions {
        max_ladder_rows: 5,
        ..ReportOptions::default()
    };
    let text = rendered(|w| super::report::render(&r, &options, &style(80), w));
    // The first call has 15 messages and one media row.
    assert!(
        text.contains("  11 rows more: sipflow ladder FILE --call N\n"),
        "{text}"
    );
}

#[test]
fn an_empty_capture_says_so() {
    let mut r = fixtures::proxied();
    r.messages.clear();
    r.calls.clear();
    r.registrations.clear();
    r.streams.clear();
    r.findings.clear();
    r.counters = Default::default();
    assert_eq!(
        report(&r, &style(80)),
        "lab.pcap   pcap, Ethernet   641 packets, 8.4 s   2026-11-20 15:45:56 UTC\n\
         packets: SIP 0   RTP 0   RTCP 0   STUN 0   other 0\n\
         No SIP message was found; sipflow doctor FILE says why.\n"
    );
}

#[test]
fn calls_without_their_messages_at_hand_are_still_reported() {
    let mut r = fixtures::troubles();
    r.messages.clear();
    let text = report(&r, &style(80));
    assert!(text.contains("(no messages of it are at hand)"), "{text}");
    assert!(text.contains("MOS"), "{text}");
}

#[test]
fn box_drawing_fits_eighty_columns_too() {
    let boxed = Style {
        ascii: false,
        ..style(80)
    };
    let r = fixtures::troubles();
    insta::assert_snapshot!(
        "box_80",
        rendered(
            |w| super::ladder::render(&r, Which::Call(1), Extent::READABLE, &boxed, w).map(drop)
        )
    );
}

#[test]
fn a_list_of_calls_has_dates_where_the_capture_has_several_days() {
    let mut report = fixtures::proxied();
    let list = |r: &Report| rendered(|w| super::calls::table(r, &Style::default(), w));
    assert!(list(&report).contains("15:45:58 "), "{}", list(&report));
    // A day later: 86 400 s.
    let last = report.sources[0].last_time.unwrap();
    let next = Timestamp(last.0 + crate::types::Delta::from_secs(86_400));
    report.sources[0].last_time = Some(next);
    let dated = list(&report);
    assert!(dated.contains("2026-11-20 15:45:58"), "{dated}");
}

#[test]
fn a_list_of_calls_over_several_files_names_the_file() {
    let mut report = fixtures::proxied();
    let mut second = report.sources[0].clone();
    report.sources[0].path = "p1.pcap".into();
    second.path = "p2.pcap".into();
    report.sources.push(second);
    let out = rendered(|w| super::calls::table(&report, &Style::default(), w));
    let cells: Vec<Vec<&str>> = out
        .lines()
        .map(|l| l.split_whitespace().take(2).collect())
        .collect();
    assert_eq!(cells[..2], [["#", "file"], ["1", "p1"]], "{out}");
}
