//! The field tables of docs/json.md are those of the report's types.
//!
//! `UPDATE_DOCS=1 cargo test --test json_guide` (or `make docs`) writes them again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use serde_json::{Map, Value};
use sipflow::report::model::Report;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const BEGIN: &str = "<!-- fields: written by `make docs` from the types in src/report/model -->\n";
const END: &str = "<!-- end of fields -->\n";

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

fn field_tables(schema: &Value) -> String {
    let definitions = schema["$defs"].as_object().unwrap();
    let mut names: Vec<&str> = definitions
        .iter()
        .filter(|(_, d)| d.get("properties").is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    names.push("Report");
    names.sort_by_key(|name| ORDER.iter().position(|o| o == name).unwrap_or(ORDER.len()));
    let mut out = String::new();
    for name in names {
        let definition = match name {
            "Report" => schema,
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
fn the_guide_names_every_field_of_the_report() {
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let guide = fs::read_to_string(&path).unwrap();
    let (before, rest) = guide
        .split_once(BEGIN)
        .expect("the marker that begins the fields");
    let (tables, after) = rest
        .split_once(END)
        .expect("the marker that ends the fields");
    let right = field_tables(&schema);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{right}{END}{after}")).unwrap();
    } else {
        assert!(
            tables == right,
            "docs/json.md is behind src/report/model: run `make docs`"
        );
    }
}
