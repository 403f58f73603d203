//! Lines and attributes of session descriptions, of the registry of `sdp`.

use super::{Entry, Words};
use crate::sdp::meaning::{ATTRIBUTES, LINES, SdpEntry};
use crate::types::TermGroup;

fn entry(group: TermGroup, name: String, row: &SdpEntry) -> Entry {
    Entry {
        example: Some(row.example.into()),
        ..Entry::new(group, Words::from(name), row.meaning, row.source)
    }
}

pub(super) fn lines() -> impl Iterator<Item = Entry> {
    LINES.iter().map(|row| Entry {
        keys: vec![row.name.to_owned(), format!("{} line", row.name)],
        ..entry(TermGroup::SdpLine, format!("{}=", row.name), row)
    })
}

pub(super) fn attributes() -> impl Iterator<Item = Entry> {
    ATTRIBUTES.iter().map(|row| Entry {
        keys: vec![row.name.to_owned(), format!("attribute {}", row.name)],
        ..entry(TermGroup::SdpAttribute, format!("a={}", row.name), row)
    })
}
