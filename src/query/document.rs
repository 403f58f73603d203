//! The list of fields as a JSON document.

use super::fields::{Row, ValueType};
use crate::report::model::Generator;
use crate::types::QueryKind;
use schemars::JsonSchema;
use serde::Serialize;

/// Schema id of [`FieldList`].
pub const FIELDS_SCHEMA_ID: &str = "sipflow/fields/1";

/// The document: fields that expressions can ask.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FieldList {
    /// Always `sipflow/fields/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The fields asked for.
    pub fields: Vec<ListedField>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ListedField {
    /// Of which records it is.
    pub record: QueryKind,
    /// Its name, with dots.
    pub field: String,
    /// What its value is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// It has several values: it is a list, or a list is on the way to it.
    pub list: bool,
    /// It may be unknown.
    pub nullable: bool,
    /// Of a figure.
    pub unit: Option<String>,
    /// The words it may have; empty where any may stand.
    pub words: Vec<String>,
    /// Of numbers of records: which records those are.
    pub records: Option<QueryKind>,
    /// What it means.
    pub meaning: String,
}

impl FieldList {
    /// Of fields with their paths.
    pub fn of(found: &[(String, Row<'_>)]) -> FieldList {
        FieldList {
            schema: FIELDS_SCHEMA_ID.to_owned(),
            generator: Generator::default(),
            fields: found.iter().map(|(path, row)| listed(path, row)).collect(),
        }
    }
}

fn listed(path: &str, row: &Row<'_>) -> ListedField {
    let field = row.field;
    ListedField {
        record: row.record,
        field: path.to_owned(),
        value_type: field.value_type(),
        list: row.is_list,
        nullable: field.nullable,
        unit: field.unit.map(|unit| unit.name().to_owned()),
        words: field.words().to_vec(),
        records: field.of,
        meaning: field.meaning.clone(),
    }
}
