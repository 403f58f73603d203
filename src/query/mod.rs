//! Expressions that ask records: `outcome == 'completed' and streams.lost_percent > 2%`.
//!
//! An expression is read into words ([`lex`]), into conditions ([`parse`]), checked against the fields of the model
//! and their units ([`fields`], [`check`]), and made ready as the places of a record that are looked at ([`plan`]).
//! A record is then asked without a copy of it ([`eval`], [`pick`]).
//!
//! Invariant: what was typed never panics, and costs no more than its length: nesting, comparisons, lists and
//! regular expressions have limits. An expression that is accepted can be asked of every record of its kind.

mod belongs;
mod check;
mod document;
mod error;
mod eval;
mod fields;
mod lex;
mod moment;
mod near;
mod parse;
mod pick;
mod plan;
mod related;
#[cfg(test)]
mod tests;
mod unit;

pub use belongs::Link;
pub use document::{FIELDS_SCHEMA_ID, FieldList, ListedField};
pub use error::QueryError;
pub use fields::{Field, Row, Shape, ValueType, fields, rows};
pub use related::{Alone, Item, Lookup, ReadMessage, Related};
pub use unit::Unit;

use crate::report::model::Report;
use crate::types::{KindSet, QueryKind};
use plan::Plan;

/// An expression about records of one kind.
///
/// ```
/// use sipflow::query::{Item, Query};
/// use sipflow::types::QueryKind;
///
/// let report = sipflow::report::read_captures(&["testdata/cases/busy/capture.pcap"])?;
/// let query = Query::parse("outcome == 'busy' and messages.status == 486", QueryKind::Calls)?;
/// let read = |id: u32, seen: &mut dyn FnMut(&_)| report.messages.iter().filter(|m| m.id == id).for_each(seen);
/// let related = query.related(&report, &read);
/// let busy: Vec<u32> = report.calls.iter().filter(|c| query.matches(Item::Call(c), &related)).map(|c| c.id).collect();
/// assert_eq!(busy, [2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    kind: QueryKind,
    plan: Plan,
}

impl Query {
    /// Reads an expression about records of a kind.
    ///
    /// # Errors
    ///
    /// Where it is no expression, names a field these records do not have, or compares what cannot be compared.
    pub fn parse(text: &str, kind: QueryKind) -> Result<Query, QueryError> {
        let plan = parse::parse(text).and_then(|expr| plan::plan(kind, &expr));
        match plan {
            Ok(plan) => Ok(Query { kind, plan }),
            Err(wrong) => Err(wrong.of(text)),
        }
    }

    /// Which records it is about.
    pub fn kind(&self) -> QueryKind {
        self.kind
    }

    /// Kinds of records beside its own that must be there for it.
    pub fn needs(&self) -> KindSet {
        self.plan.needs
    }

    /// True where it asks what is known of decoded sound alone.
    pub fn needs_sound(&self) -> bool {
        self.plan.hears
    }

    /// Where the records of a report find each other, as far as this expression asks. `read` reads one message.
    pub fn related<'a>(&self, report: &'a Report, read: ReadMessage<'a>) -> Related<'a> {
        Related::new(&self.plan, report, read)
    }

    /// True where it holds for a record. Of a record of another kind it says nothing that makes sense.
    pub fn matches(&self, item: Item<'_>, lookup: &dyn Lookup) -> bool {
        eval::matches(&self.plan, item, lookup)
    }
}
