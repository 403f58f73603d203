//! The field tables of docs/json.md are those of the documents' types.
//!
//! `UPDATE_DOCS=1 cargo test --test json_guide` (or `make docs`) writes them again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use serde_json::{Map, Value};
use sipflow::explain::define::Definitions;
use sipflow::explain::walkthrough::Explanation;
use sipflow::query::FieldList;
use sipflow::report::doctor::Doctor;
use sipflow::report::listing::PacketList;
use sipflow::report::model::Report;
use sipflow::report::stats::Stats;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const BEGIN: &str = "<!-- fields: written by `make docs` from the types in src/report/model -->\n";
const END: &str = "<!-- end of fields -->\n";
const DOCTOR_BEGIN: &str =
    "<!-- doctor fields: written by `make docs` from the types in src/report/doctor.rs -->\n";
const DOCTOR_END: &str = "<!-- end of doctor fields -->\n";
const STATS_BEGIN: &str =
    "<!-- stats fields: written by `make docs` from the types in src/report/stats.rs -->\n";
const STATS_END: &str = "<!-- end of stats fields -->\n";
const LIST_BEGIN: &str =
    "<!-- list fields: written by `make docs` from the types in src/report/listing.rs -->\n";
const LIST_END: &str = "<!-- end of list fields -->\n";
const EXPLAIN_BEGIN: &str = "<!-- explain fields: written by `make docs` from the types in src/explain/walkthrough/mod.rs -->\n";
const EXPLAIN_END: &str = "<!-- end of explain fields -->\n";
const DEFINE_BEGIN: &str =
    "<!-- define fields: written by `make docs` from the types in src/explain/define -->\n";
const DEFINE_END: &str = "<!-- end of define fields -->\n";
const FIELDS_BEGIN: &str =
    "<!-- fields fields: written by `make docs` from the types in src/query/document.rs -->\n";
const FIELDS_END: &str = "<!-- end of fields fields -->\n";

/// The order a reader meets them in; what is missing here comes last.
const ORDER: [&str; 28] = [
    "Report",
    "Generator",
    "Source",
    "Damage",
    "Counters",
    "Message",
    "EndpointRef",
    "Party",
    "Warning",
    "Sdp",
    "SdpMedia",
    "SdpFormat",
    "Transaction",
    "Dialog",
    "Call",
    "CallParty",
    "Leg",
    "CallMedia",
    "CallEvent",
    "Dtmf",
    "Registration",
    "RegistrationAttempt",
    "Stream",
    "Payload",
    "Bandwidth",
    "Quality",
    "Rtcp",
    "Finding",
];

/// Tables of the document `root` and of its parts but those in `known`.
fn field_tables(root: &str, schema: &Value, known: &Map<String, Value>) -> String {
    let definitions = schema["$defs"].as_object().unwrap();
    let mut names: Vec<&str> = definitions
        .iter()
        .filter(|(name, d)| d.get("properties").is_some() && !known.contains_key(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    names.insert(0, root);
    names.sort_by_key(|name| ORDER.iter().position(|o| o == name).unwrap_or(ORDER.len()));
    let mut out = String::new();
    for name in names {
        let definition = match name {
            _ if name == root => schema,
            _ => &definitions[name],
        };
        let about = text(definition);
        write!(
            out,
            "\n### {name}\n\n{about}\n\n| field | type | meaning |\n|---|---|---|\n"
        )
        .unwrap();
        for (field, property) in definition["properties"].as_object().unwrap() {
            let meaning = text(property);
            let kind = kind(property, definitions);
            writeln!(out, "| `{field}` | {kind} | {meaning} |").unwrap();
        }
    }
    out.push('\n');
    out
}

fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.replace('\n', " ").replace('|', "\\|")
}

/// A property's type in words, with a link where it is one of ours.
fn kind(property: &Value, definitions: &Map<String, Value>) -> String {
    if let Some(target) = property["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap();
        return match definitions[name].get("properties") {
            Some(_) => format!("[{name}](#{})", name.to_lowercase()),
            None => "time".into(),
        };
    }
    if let Some(options) = property["anyOf"].as_array() {
        let kinds: Vec<String> = options.iter().map(|o| kind(o, definitions)).collect();
        return kinds.join(" or ");
    }
    if let Some(words) = property["enum"].as_array() {
        let named = words.iter().filter_map(Value::as_str);
        let named: Vec<String> = named.map(|w| format!("`{w}`")).collect();
        let null = if words.contains(&Value::Null) {
            " or null"
        } else {
            ""
        };
        return format!("one of {}{null}", named.join(" "));
    }
    let one = |name: &str| match name {
        "array" => format!("array of {}", kind(&property["items"], definitions)),
        "object" => format!(
            "object of {}",
            kind(&property["additionalProperties"], definitions)
        ),
        other => other.to_string(),
    };
    match &property["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().map(|n| one(n.as_str().unwrap())).collect();
            names.join(" or ")
        }
        other => panic!("no type in {property}: {other}"),
    }
}

#[test]
fn the_guide_names_every_field_of_the_documents() {
    let report = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    let doctor = serde_json::to_value(schemars::schema_for!(Doctor)).unwrap();
    let stats = serde_json::to_value(schemars::schema_for!(Stats)).unwrap();
    let list = serde_json::to_value(schemars::schema_for!(PacketList)).unwrap();
    let explanation = serde_json::to_value(schemars::schema_for!(Explanation)).unwrap();
    let definitions = serde_json::to_value(schemars::schema_for!(Definitions)).unwrap();
    let fields = serde_json::to_value(schemars::schema_for!(FieldList)).unwrap();
    let known = report["$defs"].as_object().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let guide = fs::read_to_string(&path).unwrap();
    let mut fresh = guide.clone();
    for (begin, end, tables) in [
        (BEGIN, END, field_tables("Report", &report, &Map::new())),
        (
            DOCTOR_BEGIN,
            DOCTOR_END,
            field_tables("Doctor", &doctor, known),
        ),
        (STATS_BEGIN, STATS_END, field_tables("Stats", &stats, known)),
        (
            LIST_BEGIN,
            LIST_END,
            field_tables("PacketList", &list, known),
        ),
        (
            EXPLAIN_BEGIN,
            EXPLAIN_END,
            field_tables("Explanation", &explanation, known),
        ),
        (
            DEFINE_BEGIN,
            DEFINE_END,
            field_tables("Definitions", &definitions, known),
        ),
        (
            FIELDS_BEGIN,
            FIELDS_END,
            field_tables("FieldList", &fields, known),
        ),
    ] {
        let (before, rest) = fresh
            .split_once(begin)
            .expect("the marker that begins the fields");
        let (_, after) = rest
            .split_once(end)
            .expect("the marker that ends the fields");
        fresh = format!("{before}{begin}{tables}{end}{after}");
    }
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, fresh).unwrap();
    } else {
        assert!(
            fresh == guide,
            "docs/json.md is behind the types in src/report: run `make docs`"
        );
    }
}
