//! `sipflow define`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{DefineArgs, DefineFormat, DefineWanted, TimeArgs};
use crate::explain::define::{Definitions, Entry, Unknown, define, terms};
use crate::explain::words::was_meant;
use crate::render::{Style, TimeColumn, define as shown, json_text};
use crate::types::{Escaped, TermGroup};
use std::io::Write;

pub(super) fn run(args: &DefineArgs) -> Result<(), Failure> {
    match &args.wanted {
        DefineWanted::Words(words) => {
            let entries = explained(words)?;
            write(
                args,
                || Definitions::of_terms(entries.clone()),
                |style, w| shown::terms(&entries, style, w),
                |w| shown::terms_md(&entries, w),
            )
        }
        DefineWanted::Group(group) => {
            let entries = terms(*group);
            write(
                args,
                || Definitions::of_terms(entries.clone()),
                |style, w| shown::list(&entries, style, w),
                |w| shown::list_md(&entries, w),
            )
        }
        DefineWanted::Groups => {
            let groups: Vec<(TermGroup, Vec<Entry>)> =
                TermGroup::ALL.iter().map(|g| (*g, terms(*g))).collect();
            write(
                args,
                || Definitions::of_groups(&groups),
                |style, w| shown::groups(&groups, style, w),
                |w| shown::groups_md(&groups, w),
            )
        }
    }
}

/// One term of several words, or several terms of one word each.
fn explained(words: &[String]) -> Result<Vec<Entry>, Failure> {
    let typed = words.join(" ");
    let unknown = match define(&typed) {
        Ok(entries) => return Ok(entries),
        Err(unknown) => unknown,
    };
    if words.len() > 1 {
        let each: Result<Vec<Vec<Entry>>, Unknown> = words.iter().map(|w| define(w)).collect();
        if let Ok(each) = each {
            return Ok(each.into_iter().flatten().collect());
        }
    }
    let meant = was_meant(&unknown.near);
    Err(Failure::NothingMatched(format!(
        "no term '{}' is known here{meant}; 'sipflow define --list' has the groups",
        Escaped::of(&typed)
    )))
}

/// In the format asked for.
fn write(
    args: &DefineArgs,
    document: impl FnOnce() -> Definitions,
    text: impl FnOnce(&Style, &mut dyn Write) -> std::io::Result<()>,
    md: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut out = output::open(&args.output)?;
    match args.format {
        DefineFormat::Text => {
            let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
            text(&style, &mut out)?;
        }
        DefineFormat::Json => {
            json_text::write_pretty(&document(), &mut out)?;
            writeln!(out)?;
        }
        DefineFormat::Md => md(&mut out)?,
    }
    out.finish()
}
