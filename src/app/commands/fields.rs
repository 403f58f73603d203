//! `sipflow fields`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{FieldsArgs, FieldsFormat, TimeArgs};
use crate::explain::words::was_meant;
use crate::query::{FieldList, Row, rows};
use crate::render::{TimeColumn, fields as shown, json_text};
use crate::types::near::nearest;
use crate::types::{Escaped, QueryKind};
use std::io::Write;

pub(super) fn run(args: &FieldsArgs) -> Result<(), Failure> {
    let (kind, words) = split(&args.words);
    let listed: Vec<(String, Row<'static>)> = match kind {
        Some(kind) => rows(kind),
        None => QueryKind::ALL.iter().flat_map(|kind| rows(*kind)).collect(),
    };
    let has = |path: &str, row: &Row<'_>| {
        let texts = [path, &row.field.meaning].map(str::to_lowercase);
        let in_words = |w: &str| row.field.words().iter().any(|x| x == w);
        words
            .iter()
            .all(|w| texts.iter().any(|t| t.contains(w)) || in_words(w))
    };
    let found: Vec<(String, Row<'static>)> = listed
        .into_iter()
        .filter(|(path, row)| has(path, row))
        .collect();
    if found.is_empty() {
        return Err(nothing(args));
    }
    let mut out = output::open(&args.output)?;
    let is_overview = kind.is_none() && words.is_empty();
    match args.format {
        FieldsFormat::Text => {
            let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
            match is_overview {
                true => shown::records(&found, &style, &mut out)?,
                false => shown::list(&found, kind.is_none(), &style, &mut out)?,
            }
        }
        FieldsFormat::Json => {
            json_text::write_pretty(&FieldList::of(&found), &mut out)?;
            writeln!(out)?;
        }
        FieldsFormat::Csv => shown::csv(&found, &mut out)?,
        FieldsFormat::Md => shown::md(&found, kind.is_none(), &mut out)?,
    }
    out.finish()
}

/// The record that the first word names, and the words to look for, in small letters.
fn split(words: &[String]) -> (Option<QueryKind>, Vec<String>) {
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let kind = lower.first().and_then(|first| {
        let is = |k: &&QueryKind| k.as_str() == first || k.one() == first;
        QueryKind::ALL.iter().find(is).copied()
    });
    match kind {
        Some(_) => (kind, lower.into_iter().skip(1).collect()),
        None => (None, lower),
    }
}

fn nothing(args: &FieldsArgs) -> Failure {
    let first = args.words.first().map_or("", String::as_str);
    let kinds = QueryKind::ALL.iter().map(|k| (k.as_str(), k.as_str()));
    let near: Vec<String> = nearest(first, kinds)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let meant = was_meant(&near);
    Failure::NothingMatched(format!(
        "no field has '{}' in its name or meaning{meant}; 'sipflow fields' has the records",
        Escaped::of(&args.words.join(" "))
    ))
}
