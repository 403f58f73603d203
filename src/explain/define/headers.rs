//! Headers, of the registry of `sip`: compact form, how several values are written, and where each may stand.

use super::header_examples::example;
use super::header_use::allowed;
use super::{Entry, fact};
use crate::sip::HeaderName;
use crate::sip::header_name::Cardinality;
use crate::types::TermGroup;

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    HeaderName::all().map(|(name, header)| {
        let compact = header.compact;
        let values = match header.cardinality {
            Cardinality::Single => Some("one; a second line of it is a fault"),
            Cardinality::List => Some("several: on lines of their own, or on one line with commas"),
            Cardinality::Lines => Some("several, each on a line of its own"),
            Cardinality::Unknown => None,
        };
        let mut facts: Vec<_> = compact
            .map(|c| fact("compact form", c.to_string()))
            .into_iter()
            .collect();
        facts.extend(values.map(|v| fact("values", v)));
        facts.extend(allowed(name));
        Entry {
            facts,
            example: example(name).map(Into::into),
            keys: compact
                .map(|c| vec![c.to_string(), format!("header {c}")])
                .unwrap_or_default(),
            ..Entry::new(
                TermGroup::Header,
                header.name,
                header.meaning,
                header.source,
            )
        }
    })
}
