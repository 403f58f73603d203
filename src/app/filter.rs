//! The expression of `--where`: read before any capture is, and asked of every record that is listed.

use super::analyse::Analysis;
use super::failure::Failure;
use crate::cli::WhereArgs;
use crate::query::{Item, Query};
use crate::report::Record;
use crate::report::model::{Message, Report};
use crate::types::{KindSet, MessageId, QueryKind};
use std::cell::RefCell;
use std::collections::HashSet;
use std::iter::once;

/// The expression about records of a kind; `None` where none was given.
pub(super) fn query(args: &WhereArgs, kind: QueryKind) -> Result<Option<Query>, Failure> {
    let parsed = args.expression.as_deref().map(|e| Query::parse(e, kind));
    parsed.transpose().map_err(|error| {
        let next = match error.near.is_empty() && error.kinds.is_empty() {
            true => "\n  'sipflow fields' lists what can be asked",
            false => "",
        };
        Failure::Usage(format!("--where: {error}{next}"))
    })
}

/// The numbers of the records of a report it holds for.
pub(super) fn chosen(
    query: &Query,
    report: &Report,
    analysis: &mut Analysis,
) -> Result<HashSet<u32>, Failure> {
    let first = analysis.first_time();
    let (collected, texts) = analysis.parts();
    let texts = RefCell::new(texts);
    let failed = RefCell::new(None);
    let read = |id: u32, seen: &mut dyn FnMut(&Message)| {
        let Some(id) = MessageId::new(id) else {
            return;
        };
        let read = collected.messages_of(once(id), &mut **texts.borrow_mut(), first);
        match read {
            Ok(messages) => messages.iter().for_each(seen),
            Err(error) => *failed.borrow_mut() = Some(error),
        }
    };
    let related = query.related(report, &read);
    let kind = KindSet::of(&[query.kind().record()]);
    let holds = |r: &Record<'_>| query.matches(Item::from(*r), &related);
    let chosen = report.records(kind).filter(holds).map(|r| r.id()).collect();
    match failed.into_inner() {
        Some(error) => Err(Failure::Texts(error)),
        None => Ok(chosen),
    }
}
