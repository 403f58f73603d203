//! What cannot be seen, or turns the text around, is shown escaped by every command, and columns line up.

mod support;

use std::process::Command;
use unicode_width::UnicodeWidthStr;

fn hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

#[test]
fn no_command_shows_text_that_cannot_be_seen() {
    for case in ["hidden_marks", "hidden_tags"] {
        for line in [
            "report",
            "report --json",
            "report --raw --json",
            "report --format ndjson",
            "calls",
            "calls --log",
            "calls --json",
            "calls --format csv",
            "ladder",
            "ladder --json",
            "explain",
            "explain --json",
            "explain --format md",
            "explain --format html",
            "explain --level engineer",
            "messages",
            "messages -W byline",
            "messages -W none",
            "messages --format csv",
            "messages --format csv --csv-raw",
            "messages --format ndjson",
            "list",
            "list --json",
            "list --format csv",
            "show --frame 5",
            "show --frame 5 --json",
            "streams",
            "streams --show-work",
            "streams --format csv",
            "stats",
            "stats --json",
            "stats --format csv",
            "doctor",
            "doctor --json",
        ] {
            let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
                .args(line.split(' '))
                .arg(support::testdata("cases").join(case).join("capture.pcap"))
                .output()
                .expect("sipflow runs");
            assert!(out.status.success(), "{line}: {out:?}");
            for text in [out.stdout, out.stderr] {
                let text = String::from_utf8(text).expect("text");
                let found = text.chars().find(|&c| hidden(c));
                assert_eq!(found, None, "{case}, {line}: {text}");
            }
        }
    }
}

#[test]
fn both_ends_of_every_arrow_stand_below_each_other() {
    for case in ["hidden_marks", "hidden_tags"] {
        let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
            .args(["ladder", "--width", "120"])
            .arg(support::testdata("cases").join(case).join("capture.pcap"))
            .output()
            .expect("sipflow runs");
        let text = String::from_utf8(out.stdout).expect("text");
        let ends: Vec<usize> = text
            .lines()
            .filter(|l| l.contains("->|") || l.contains("|<-"))
            .map(|l| l[..l.rfind('|').expect("an end")].width())
            .collect();
        assert!(ends.len() >= 6, "{text}");
        assert!(ends.iter().all(|e| *e == ends[0]), "{text}");
    }
}
