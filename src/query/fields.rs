//! The fields an expression can name: those of the report's JSON schema, and the records that belong to a record.
//!
//! Made from the types of the model, so that what can be asked is what JSON holds.

use super::belongs::{IDS, LINKS, Link};
use super::unit::Unit;
use crate::diagnosis;
use crate::report::model::Report;
use crate::types::{QueryKind, vocabulary};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Objects within objects: the model has fewer.
const DEEPEST: usize = 8;

/// One field of a record, or of an object in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in JSON.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// It is a list: a condition holds where it does for any value of it.
    pub is_list: bool,
    /// It may be unknown.
    pub nullable: bool,
    /// Of a figure.
    pub unit: Option<Unit>,
    /// The records whose numbers it holds; what they hold can be asked with a dot.
    pub of: Option<QueryKind>,
    /// No key of the JSON: the records are found by what names this one.
    pub(super) link: Option<Link>,
    /// What it means.
    pub meaning: String,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A number.
    Number,
    /// Text.
    Text,
    /// One of these words.
    Word(Vec<String>),
    /// True or false.
    Flag,
    /// A time (RFC 3339).
    Time,
    /// An object with these fields.
    Object(Vec<Field>),
    /// An object whose keys are not fixed; what each of them has.
    Map(Box<Field>),
}

vocabulary! {
    /// What the value of a field is, in a word.
    pub enum ValueType {
        /// A number.
        Number = "number",
        /// Text.
        Text = "text",
        /// A word of a closed list.
        Word = "word",
        /// True or false.
        Flag = "boolean",
        /// A time.
        Time = "time",
        /// An object.
        Object = "object",
        /// Numbers of records.
        Records = "records",
    }
}

/// The fields of a kind of record, in the order of the JSON; what belongs to it comes last.
pub fn fields(kind: QueryKind) -> &'static [Field] {
    static ALL: LazyLock<Vec<(QueryKind, Vec<Field>)>> = LazyLock::new(read);
    let found = ALL.iter().find(|(of, _)| *of == kind);
    found.map_or(&[], |(_, fields)| fields)
}

/// One line of the list of fields.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Of which records.
    pub record: QueryKind,
    /// The field at the end of the path.
    pub field: &'a Field,
    /// A list is on the way to it, or it is one itself.
    pub is_list: bool,
}

/// Every field of a kind of record with its path. Records that belong to it are one line each.
pub fn rows(kind: QueryKind) -> Vec<(String, Row<'static>)> {
    let mut rows = Vec::new();
    put_rows(kind, fields(kind), "", false, &mut rows);
    rows
}

fn put_rows(
    record: QueryKind,
    fields: &'static [Field],
    before: &str,
    in_list: bool,
    rows: &mut Vec<(String, Row<'static>)>,
) {
    for field in fields {
        let path = format!("{before}{}", field.name);
        let is_list = in_list || field.is_list;
        let row = Row {
            record,
            field,
            is_list,
        };
        rows.push((path.clone(), row));
        match &field.shape {
            Shape::Object(inner) => {
                put_rows(record, inner, &format!("{path}."), is_list, rows);
            }
            Shape::Map(inner) => {
                let row = Row {
                    field: inner,
                    ..row
                };
                rows.push((format!("{path}.KEY"), row));
            }
            _ => {}
        }
    }
}

impl Field {
    /// What its value is, in a word.
    pub fn value_type(&self) -> ValueType {
        match &self.shape {
            _ if self.of.is_some() => ValueType::Records,
            Shape::Number => ValueType::Number,
            Shape::Text => ValueType::Text,
            Shape::Word(_) => ValueType::Word,
            Shape::Flag => ValueType::Flag,
            Shape::Time => ValueType::Time,
            Shape::Object(_) | Shape::Map(_) => ValueType::Object,
        }
    }

    /// The words it may have; empty where any may stand.
    pub fn words(&self) -> &[String] {
        match &self.shape {
            Shape::Word(words) => words,
            _ => &[],
        }
    }
}

/// All kinds, out of the schema.
fn read() -> Vec<(QueryKind, Vec<Field>)> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<Report>();
    let schema = schema.to_value();
    let none = Map::new();
    let definitions = schema["$defs"].as_object().unwrap_or(&none);
    let of_record = |array: &str| {
        let items = &schema["properties"][array]["items"];
        object(items, definitions, None, 0)
    };
    let of = |kind: QueryKind| {
        let mut fields = match kind {
            QueryKind::Attempts => attempts(of_record("registrations")),
            _ => of_record(kind.record().array()),
        };
        for (_, path, target) in IDS.iter().filter(|(k, ..)| *k == kind) {
            if let Some(field) = at(&mut fields, path) {
                field.of = Some(*target);
            }
        }
        for (_, name, target, link, meaning) in LINKS.iter().filter(|(k, ..)| *k == kind) {
            fields.push(Field {
                name: (*name).to_owned(),
                shape: Shape::Number,
                is_list: *link != Link::AttemptRegistration,
                nullable: false,
                unit: None,
                of: Some(*target),
                link: Some(*link),
                meaning: (*meaning).to_owned(),
            });
        }
        // The codes of findings are as closed as an outcome's words.
        if let Some(code) = at(&mut fields, "code").filter(|_| kind == QueryKind::Findings) {
            let codes = diagnosis::rules().map(|rule| rule.code.to_owned());
            code.shape = Shape::Word(codes.collect());
        }
        fields
    };
    QueryKind::ALL
        .iter()
        .map(|kind| (*kind, of(*kind)))
        .collect()
}

/// What an attempt has, and what its registration has beside the attempts.
fn attempts(registration: Vec<Field>) -> Vec<Field> {
    let mut own = Vec::new();
    let mut shared = Vec::new();
    for field in registration {
        match (field.name.as_str(), field.shape) {
            ("attempts", Shape::Object(fields)) => own = fields,
            ("id" | "attempts", _) => {}
            (_, shape) => shared.push(Field { shape, ..field }),
        }
    }
    own.extend(shared);
    own
}

fn at<'f>(fields: &'f mut [Field], path: &str) -> Option<&'f mut Field> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.iter_mut().find(|f| f.name == first)?;
    if rest.is_empty() {
        return Some(field);
    }
    match &mut field.shape {
        Shape::Object(inner) => at(inner, rest),
        _ => None,
    }
}

/// The fields of an object's schema.
fn object(
    schema: &Value,
    definitions: &Map<String, Value>,
    unit: Option<Unit>,
    depth: usize,
) -> Vec<Field> {
    let schema = resolved(schema, definitions);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field =
        |(name, property): (&String, &Value)| field(name, property, definitions, unit, depth + 1);
    properties.map(field).collect()
}

fn resolved<'s>(schema: &'s Value, definitions: &'s Map<String, Value>) -> &'s Value {
    let target = schema["$ref"].as_str();
    let name = target.and_then(|t| t.rsplit('/').next());
    name.and_then(|n| definitions.get(n)).unwrap_or(schema)
}

/// `unit`: that of the object it is in, as `delay_ms` has it.
fn field(
    name: &str,
    property: &Value,
    definitions: &Map<String, Value>,
    unit: Option<Unit>,
    depth: usize,
) -> Field {
    let text = property["description"].as_str().unwrap_or_default();
    let meaning = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let unit = Unit::of_field(name).or(unit);
    let (schema, mut nullable) = known(property, definitions);
    let is_list = has_type(schema, "array");
    let (value, _) = match is_list {
        true => known(&schema["items"], definitions),
        false => (schema, false),
    };
    nullable |= has_type(schema, "null");
    let shape = shape(value, definitions, unit, depth);
    Field {
        name: name.to_owned(),
        unit: unit.filter(|_| shape == Shape::Number),
        shape,
        is_list,
        nullable,
        of: None,
        link: None,
        meaning,
    }
}

/// The schema of what is there, and whether it may be missing.
fn known<'s>(schema: &'s Value, definitions: &'s Map<String, Value>) -> (&'s Value, bool) {
    let options = schema["anyOf"].as_array();
    let Some(options) = options else {
        return (resolved(schema, definitions), false);
    };
    let is_null = |o: &&Value| has_type(o, "null");
    let nullable = options.iter().any(|o| is_null(&o));
    let value = options.iter().find(|o| !is_null(o)).unwrap_or(schema);
    (resolved(value, definitions), nullable)
}

fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|t| t == name),
        _ => false,
    }
}

fn shape(
    schema: &Value,
    definitions: &Map<String, Value>,
    unit: Option<Unit>,
    depth: usize,
) -> Shape {
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str);
        return Shape::Word(words.map(str::to_owned).collect());
    }
    if schema["format"] == "date-time" {
        return Shape::Time;
    }
    if has_type(schema, "object") {
        let others = &schema["additionalProperties"];
        return match others.is_object() {
            true => Shape::Map(Box::new(field("", others, definitions, unit, depth + 1))),
            false if depth > DEEPEST => Shape::Object(Vec::new()),
            false => Shape::Object(object(schema, definitions, unit, depth)),
        };
    }
    match () {
        () if has_type(schema, "boolean") => Shape::Flag,
        () if has_type(schema, "integer") || has_type(schema, "number") => Shape::Number,
        () => Shape::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: QueryKind, path: &str) -> Row<'static> {
        let found = rows(kind).into_iter().find(|(p, _)| p == path);
        found.unwrap_or_else(|| panic!("{kind}: no {path}")).1
    }

    #[test]
    fn fields_have_the_types_units_and_words_of_the_model() {
        let row = |path| row(QueryKind::Calls, path);
        let outcome = row("outcome");
        assert_eq!(outcome.field.value_type(), ValueType::Word);
        assert!(outcome.field.words().contains(&"busy".to_owned()));
        assert_eq!(outcome.field.meaning, "How it ended.");
        let delay = row("post_dial_delay_s").field;
        assert_eq!(delay.unit.map(|u| u.name()), Some("s"));
        assert!(delay.nullable);
        assert_eq!(row("start_time").field.value_type(), ValueType::Time);
        assert!(!row("start_time").field.nullable && row("answer_time").field.nullable);
        assert_eq!(row("challenged").field.value_type(), ValueType::Flag);
        assert!(row("media.codec").is_list && !row("caller.uri").is_list);
        assert_eq!(row("messages").field.of, Some(QueryKind::Messages));
        assert_eq!(row("streams").field.of, Some(QueryKind::Streams));
    }

    #[test]
    fn what_stands_in_an_object_with_a_unit_has_its_unit() {
        let network = row(QueryKind::Streams, "quality.delay_ms.network");
        assert_eq!(network.field.unit.map(|u| u.name()), Some("ms"));
        let status = row(QueryKind::Requests, "statuses.KEY");
        assert_eq!(status.field.value_type(), ValueType::Number);
    }

    #[test]
    fn an_attempt_has_what_its_registration_has() {
        for path in [
            "aor",
            "registrar.address",
            "challenged",
            "outcome",
            "registration",
        ] {
            row(QueryKind::Attempts, path);
        }
        assert!(rows(QueryKind::Attempts).iter().all(|(p, _)| p != "id"));
    }

    #[test]
    fn every_field_that_says_it_holds_ids_of_records_is_followed() {
        for (kind, path, _) in IDS {
            assert_eq!(row(*kind, path).field.value_type(), ValueType::Records);
        }
        for kind in QueryKind::ALL {
            let names: Vec<String> = rows(*kind).into_iter().map(|(p, _)| p).collect();
            let mut once = names.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), names.len(), "{kind}: a name twice");
            for (path, row) in rows(*kind) {
                let meaning = row.field.meaning.to_lowercase();
                let tells = ["call id", "dialog id", "transaction id", "registration id"];
                let begins = ["id of ", "ids of ", "message ids", "finding ids"];
                let is_id = row.field.shape == Shape::Number
                    && (tells.iter().any(|t| meaning.contains(t))
                        || begins.iter().any(|b| meaning.starts_with(b)));
                assert!(
                    !is_id || row.field.of.is_some(),
                    "{kind}: {path}: {meaning}"
                );
            }
        }
    }

    #[test]
    fn every_field_has_a_meaning() {
        for kind in QueryKind::ALL {
            assert!(!fields(*kind).is_empty(), "{kind}");
            for (path, row) in rows(*kind) {
                let is_key = path.ends_with(".KEY");
                assert!(is_key || !row.field.meaning.is_empty(), "{kind}: {path}");
            }
        }
    }
}
