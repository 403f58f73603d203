//! Command lines as users type them.

use super::*;
use crate::render::{TimeColumn, Zone};
use std::path::Path;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    parse_from(line.split_whitespace())
}

fn parsed(line: &str) -> Command {
    parse(line)
        .unwrap_or_else(|e| panic!("{line}: {e}"))
        .command
}

fn refused(line: &str) -> String {
    let error = parse(line).expect_err(line);
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string()
}

fn files(line: &str) -> Vec<String> {
    match parsed(line) {
        Command::Report(a) => a.input.files,
        other => panic!("{other:?}"),
    }
    .iter()
    .map(|f| f.display().to_string())
    .collect()
}

#[test]
fn the_definition_holds_together() {
    command().debug_assert();
}

#[test]
fn every_command_of_the_contract_parses() {
    for line in [
        "sipflow report a.pcap",
        "sipflow report a.pcap b.pcapng -",
        "sipflow report --json --records calls,streams a.pcap",
        "sipflow report --format ndjson a.pcap",
        "sipflow calls a.pcap --log",
        "sipflow calls --format csv a.pcap",
        "sipflow ladder a.pcap --call 1",
        "sipflow messages a.pcap -W byline -m INVITE",
        "sipflow messages a.pcap --status 4xx --method REGISTER --from alice --to bob --ua x --call-id y",
        "sipflow calls a.pcap -Y id==1",
        "sipflow report a.pcap --where challenged --from alice",
        "sipflow fields calls codec --format md",
        "sipflow show a.pcap --frame 9",
        "sipflow show a.pcap 9",
        "sipflow show a.pcap 9,14 #17",
        "sipflow show a.pcap b.pcap --frame #6,5-8,b:#13",
        "sipflow streams a.pcap --show-work",
        "sipflow stats a.pcap --json",
        "sipflow stats a.pcap --csv --csv-raw",
        "sipflow stats a.pcap --format csv --timezone local",
        "sipflow schema stats",
        "sipflow schema explain",
        "sipflow schema define",
        "sipflow schema fields",
        "sipflow explain a.pcap --call 1 --registration 2 --requests 3,4 --level engineer --limit 0 --format html",
        "sipflow doctor a.pcap b.pcap --json",
        "sipflow bandwidth --codec G711 --ptime 20",
        "sipflow schema",
        "sipflow schema doctor",
        "sipflow interfaces",
        "sipflow completions bash",
        "sipflow capture -i eth0 port 5060",
        "sipflow capture -d eth0,eth1 -i lo -f sip -W byline -w a.pcapng -b filesize:1000 -b files:3 -a duration:10",
        "sipflow capture port 5060 and host 192.0.2.1 -c 10 --calls -s 1500 -p -B 64 --immediate",
        "sipflow capture --json --method INVITE --from alice --each-call calls -O - --only-voip",
        "sipflow capture -m INVITE --ignore-case -F filter.txt --user nobody --stats-interval 60",
        "sipflow report a.pcap -q -l --color never --progress never -t ad -o out.txt --strict",
        "sipflow report a.pcap -vv --width 120 --timezone local",
        "sipflow doctor a.pcap --limits 4",
    ] {
        parsed(line);
    }
}

#[test]
fn captures_keep_the_order_they_were_typed_in_however_they_were_given() {
    assert_eq!(files("sipflow report a -r b -I c d"), ["a", "b", "c", "d"]);
    assert_eq!(files("sipflow report -I z --json -r y x"), ["z", "y", "x"]);
    assert_eq!(files("sipflow report -r -"), ["-"]);
}

#[test]
fn a_command_without_a_capture_is_wrong_usage() {
    assert!(refused("sipflow report").contains("<FILE>"));
    assert!(refused("sipflow report - -r -").contains("only once"));
}

#[test]
fn a_capture_in_place_of_a_command_is_answered_with_the_command() {
    for line in [
        "sipflow lab.pcap",
        "sipflow lab.pcap b.pcap --json",
        "sipflow -",
    ] {
        assert!(matches!(parsed(line), Command::Report(_)), "{line}");
    }
    assert!(refused("sipflow dump").contains("sipflow report dump"));
    assert!(refused("sipflow reprot lab.pcap").contains("report"));
    assert!(refused("sipflow reprot a.pcap").contains("report"));
}

#[test]
fn no_arguments_at_all_print_help_and_are_wrong_usage() {
    let error = parse("sipflow").expect_err("no command");
    assert_eq!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn help_and_version_are_no_failure() {
    for line in [
        "sipflow -h",
        "sipflow --help",
        "sipflow -V",
        "sipflow report -h",
        "sipflow help calls",
    ] {
        assert_eq!(parse(line).expect_err(line).exit_code(), 0, "{line}");
    }
}

#[test]
fn json_is_short_for_format_json_and_not_given_beside_it() {
    let Command::Calls(a) = parsed("sipflow calls --json a") else {
        panic!()
    };
    assert_eq!(a.shape, RowsOutput::Json);
    let Command::Calls(a) = parsed("sipflow calls a") else {
        panic!()
    };
    assert_eq!(a.shape, RowsOutput::Text(CallsText::Table));
    refused("sipflow calls --json --format csv a");
    refused("sipflow report --format csv a");
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    assert!(refused("sipflow report a --records calls").contains("--json"));
    refused("sipflow report a --raw");
    refused("sipflow messages a --raw --format csv");
    refused("sipflow messages a --json -W byline");
    refused("sipflow calls a --log --json");
    refused("sipflow streams a --show-work --json");
    refused("sipflow messages a --ignore-case");
    refused("sipflow show 5");
    refused("sipflow show a");
    refused("sipflow report a -q -v");
    assert!(refused("sipflow calls a --csv-raw --json").contains("--format csv"));
    parsed("sipflow streams a --csv-raw --format csv");
}

#[test]
fn a_status_is_a_code_or_a_class() {
    let Command::Messages(a) = parsed("sipflow messages a --status 4xx,200") else {
        panic!()
    };
    let fits = |status| a.select.statuses.iter().any(|p| p.matches(status));
    assert!(fits(404) && fits(499) && fits(200));
    assert!(!fits(500) && !fits(202));
    refused("sipflow messages a --status 7xx");
    refused("sipflow messages a --status 40");
    refused("sipflow messages a --status 0486");
}

#[test]
fn a_hint_names_the_option_as_it_was_typed() {
    for (line, named) in [
        ("sipflow messages a -W bylin", "'-W <LAYOUT>'"),
        ("sipflow messages a --layout=bylin", "'--layout <LAYOUT>'"),
        ("sipflow calls a -t x", "'-t <FORM>'"),
        ("sipflow calls a --time x", "'--time <FORM>'"),
        ("sipflow calls a --status 40", "'--status <CODE>'"),
    ] {
        let said = refused(line);
        assert!(said.contains(named), "{line}: {said}");
    }
}

#[test]
fn an_option_that_is_not_there_leads_to_the_one_that_does_it() {
    for (line, tip) in [
        ("sipflow messages a --code 404", "tip: '--status' does that"),
        ("sipflow calls a --tz UTC", "tip: '--timezone' does that"),
        (
            "sipflow report a --registration 1",
            "tip: '--registration' is an option of: ladder",
        ),
        ("sipflow report a --fromat json", "'--format'"),
    ] {
        let said = refused(line);
        assert!(said.contains(tip), "{line}: {said}");
    }
    let said = refused("sipflow calls a --nonsense");
    assert!(!said.contains("to pass"), "{said}");
}

#[test]
fn numbers_count_from_one() {
    refused("sipflow ladder a --call 0");
    refused("sipflow show a --frame 0");
    refused("sipflow bandwidth --codec G711 --ptime 0");
    refused("sipflow bandwidth --codec G711 --calls 0");
}

#[test]
fn a_time_zone_is_utc_local_an_offset_or_a_place() {
    let zone = |text: &str| match parsed(&format!("sipflow calls a --timezone {text}")) {
        Command::Calls(a) => a.time.timezone,
        other => panic!("{other:?}"),
    };
    assert_eq!(zone("UTC"), Some(Zone::Utc));
    assert_eq!(zone("local"), Some(Zone::Local));
    assert_eq!(zone("+02:00"), Some(Zone::Offset(7200)));
    assert_eq!(zone("-0530"), Some(Zone::Offset(-19_800))); // 5 * 3600 + 30 * 60
    assert_eq!(zone("+2"), Some(Zone::Offset(7200)));
    let saigon = Some(Zone::Named(chrono_tz::Asia::Ho_Chi_Minh));
    assert_eq!(zone("Asia/Ho_Chi_Minh"), saigon);
    assert_eq!(zone("asia/ho_chi_minh"), saigon);
    for wrong in ["+24:00", "+02:60", "+-2", "02:00", "+02:000", "+ü", "Hanoi"] {
        let said = refused(&format!("sipflow calls a --timezone {wrong}"));
        assert!(said.contains("or a name as Asia/Ho_Chi_Minh"), "{said}");
    }
    for (wrong, near) in [
        ("Asia/HoChiMinh", "near it: Asia/Ho_Chi_Minh"),
        ("Ho_Chi_Minh", "near it: Asia/Ho_Chi_Minh"),
        ("Europe/Pargue", "near it: Europe/Prague"),
    ] {
        let said = refused(&format!("sipflow calls a --timezone {wrong}"));
        assert!(said.contains(near), "{said}");
    }
}

#[test]
fn time_columns_have_tsharks_letters() {
    for (letters, column) in [
        ("a", TimeColumn::Absolute),
        ("ad", TimeColumn::AbsoluteDate),
        ("d", TimeColumn::Delta),
        ("dd", TimeColumn::DeltaDisplayed),
        ("e", TimeColumn::Epoch),
        ("r", TimeColumn::Relative),
        ("ud", TimeColumn::UtcDate),
    ] {
        let Command::Messages(a) = parsed(&format!("sipflow messages a -t {letters}")) else {
            panic!()
        };
        assert_eq!(a.time.column, Some(column));
    }
}

#[test]
fn a_pattern_that_does_not_compile_is_wrong_usage() {
    assert!(refused("sipflow messages a -m a(b").contains("regex"));
}

#[test]
fn output_goes_to_a_file_when_asked() {
    let Command::Schema(a) = parsed("sipflow schema -o x.json") else {
        panic!()
    };
    assert_eq!(a.file.as_deref(), Some(Path::new("x.json")));
}

#[test]
fn every_command_says_what_it_does_and_how_to_call_it() {
    let mut root = command();
    root.build();
    for sub in root.get_subcommands().filter(|s| s.get_name() != "help") {
        let name = sub.get_name();
        let about = sub.get_about().map(|a| a.to_string()).unwrap_or_default();
        let examples = sub
            .get_after_long_help()
            .map(|a| a.to_string())
            .unwrap_or_default();
        assert!(
            !about.is_empty() && !about.ends_with('.'),
            "{name}: {about}"
        );
        assert!(examples.starts_with("Examples:\n"), "{name}");
        for line in examples.lines().filter(|l| l.starts_with("  sipflow ")) {
            let typed = line.split(['|', '>']).next().unwrap_or(line);
            let typed = typed.trim().split("   ").next().unwrap_or(typed);
            parsed(&typed.replace('\'', ""));
        }
        for arg in sub.get_arguments() {
            let help = arg.get_help().map(|h| h.to_string()).unwrap_or_default();
            assert!(!help.is_empty(), "{name}: {} has no help", arg.get_id());
        }
    }
}
