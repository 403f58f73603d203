//! Terms as a JSON document.

use super::{Entry, Words};
use crate::report::model::Generator;
use crate::types::TermGroup;
use schemars::JsonSchema;
use serde::Serialize;

/// Schema id of [`Definitions`].
pub const DEFINE_SCHEMA_ID: &str = "sipflow/define/1";

/// The document: terms, or the groups there are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Definitions {
    /// Always `sipflow/define/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The terms asked for; of `--list` without a group none.
    pub terms: Vec<Entry>,
    /// The groups, of `--list` without a group.
    pub groups: Vec<NamedTerms>,
}

/// A group and the names of its terms.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NamedTerms {
    /// The group.
    pub group: TermGroup,
    /// The names.
    pub terms: Vec<Words>,
}

impl Definitions {
    /// Of terms.
    pub fn of_terms(terms: Vec<Entry>) -> Definitions {
        Definitions {
            schema: DEFINE_SCHEMA_ID.to_owned(),
            generator: Generator::default(),
            terms,
            groups: Vec::new(),
        }
    }

    /// Of the groups.
    pub fn of_groups(groups: &[(TermGroup, Vec<Entry>)]) -> Definitions {
        let named = |(group, entries): &(TermGroup, Vec<Entry>)| NamedTerms {
            group: *group,
            terms: entries.iter().map(|e| e.name.clone()).collect(),
        };
        Definitions {
            groups: groups.iter().map(named).collect(),
            ..Definitions::of_terms(Vec::new())
        }
    }
}
