//! The JSON Schemas of the documents, generated from the model's types.

use crate::explain::define::{DEFINE_SCHEMA_ID, Definitions};
use crate::explain::walkthrough::{EXPLAIN_SCHEMA_ID, Explanation};
use crate::query::{FIELDS_SCHEMA_ID, FieldList};
use crate::report::doctor::{DOCTOR_SCHEMA_ID, Doctor};
use crate::report::listing::{LIST_SCHEMA_ID, PacketList};
use crate::report::model::{Report, SCHEMA_ID};
use crate::report::stats::{STATS_SCHEMA_ID, Stats};
use crate::types::RecordKind;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema every document of [`super::json`] is valid against (JSON Schema 2020-12).
///
/// Keys are required as written: absence is `null`. Only whole arrays of records may be missing,
/// since `--records` leaves them out.
pub fn schema() -> Value {
    let mut schema = of::<Report>("sipflow report", SCHEMA_ID);
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        let optional = |key: &Value| {
            let arrays = RecordKind::ALL.iter().map(|kind| kind.array());
            key.as_str()
                .is_some_and(|key| arrays.clone().any(|a| a == key))
        };
        required.retain(|key| !optional(key));
    }
    schema
}

/// The schema of `sipflow doctor --json`.
pub fn doctor() -> Value {
    of::<Doctor>("sipflow doctor", DOCTOR_SCHEMA_ID)
}

/// The schema of `sipflow stats --json`.
pub fn stats() -> Value {
    of::<Stats>("sipflow stats", STATS_SCHEMA_ID)
}

/// The schema of `sipflow list --json`.
pub fn list() -> Value {
    of::<PacketList>("sipflow list", LIST_SCHEMA_ID)
}

/// The schema of `sipflow explain --json`.
pub fn explain() -> Value {
    of::<Explanation>("sipflow explain", EXPLAIN_SCHEMA_ID)
}

/// The schema of `sipflow define --json`.
pub fn define() -> Value {
    of::<Definitions>("sipflow define", DEFINE_SCHEMA_ID)
}

/// The schema of `sipflow fields --json`.
pub fn fields() -> Value {
    of::<FieldList>("sipflow fields", FIELDS_SCHEMA_ID)
}

fn of<T: JsonSchema>(title: &str, schema_id: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!(title));
        if let Some(id) = root
            .get_mut("properties")
            .and_then(|p| p.get_mut("schema"))
            .and_then(Value::as_object_mut)
        {
            id.insert("const".into(), json!(schema_id));
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn the_schema_is_itself_valid_and_describes_every_field() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        let call = &schema["$defs"]["Call"];
        assert_eq!(
            call["properties"]["talk_time_s"]["description"],
            "First 2xx to the first BYE that was not challenged."
        );
        assert!(
            call["required"]
                .as_array()
                .unwrap()
                .iter()
                .any(|k| k == "talk_time_s")
        );
        assert_eq!(
            schema["required"],
            serde_json::json!(["schema", "generator", "sources", "counters", "capture"])
        );
    }
}
