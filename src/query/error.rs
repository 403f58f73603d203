//! What is wrong with an expression, and where.

use crate::types::{Escaped, QueryKind};
use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Columns of an expression that are shown on either side of what is wrong.
const AROUND: usize = 60;

/// What is wrong with an expression: a sentence, the place, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// A sentence.
    pub what: String,
    /// The names that are nearest, the best first; empty where nothing is near.
    pub near: Vec<String>,
    /// Of a field that is none here and near none: the records that have it.
    pub kinds: Vec<QueryKind>,
    /// The octets of the expression that are wrong; an empty range is a place between two.
    pub at: Range<usize>,
    /// The expression.
    pub expression: String,
}

/// The same without the expression, which only the front door has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) near: Vec<String>,
    pub(super) kinds: Vec<QueryKind>,
    pub(super) at: Range<usize>,
}

impl Wrong {
    pub(super) fn new(at: Range<usize>, what: impl Into<String>) -> Wrong {
        Wrong {
            what: what.into(),
            near: Vec::new(),
            kinds: Vec::new(),
            at,
        }
    }

    pub(super) fn near(mut self, near: Vec<String>) -> Wrong {
        self.near = near;
        self
    }

    pub(super) fn elsewhere(mut self, kinds: Vec<QueryKind>) -> Wrong {
        self.kinds = kinds;
        self
    }

    pub(super) fn of(self, expression: &str) -> QueryError {
        QueryError {
            what: self.what,
            near: self.near,
            kinds: self.kinds,
            at: self.at,
            expression: expression.to_owned(),
        }
    }
}

impl std::error::Error for QueryError {}

/// The sentence, the expression, a caret below what is wrong with it, and who has the field.
impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped::of(&self.what))?;
        if let [first, rest @ ..] = &self.near[..] {
            write!(f, " (was {}", Escaped::of(first))?;
            for name in rest {
                write!(f, " or {}", Escaped::of(name))?;
            }
            f.write_str(" meant?)")?;
        }
        let text = &self.expression;
        let start = self.at.start.min(text.len());
        let end = self.at.end.clamp(start, text.len());
        let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
        let (wrong, behind) = rest.split_at_checked(end - start).unwrap_or((rest, ""));
        let (before, wrong, behind) = (one_line(before), one_line(wrong), one_line(behind));
        let before = last_columns(&before);
        let wrong = first_columns(&wrong);
        let behind = first_columns(&behind);
        let carets = wrong.width().max(1);
        write!(
            f,
            "\n  {before}{wrong}{behind}\n  {:indent$}{:^<carets$}",
            "",
            "",
            indent = before.width()
        )?;
        if self.kinds.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = self.kinds.iter().map(|k| k.as_str()).collect();
        write!(f, "\n  it is a field of {}", kinds.join(", "))
    }
}

/// Line ends and tabs as blanks, so that the caret stands below its place; the rest escaped.
fn one_line(text: &str) -> String {
    let blank = |c: char| if c.is_ascii_whitespace() { ' ' } else { c };
    let text: String = text.chars().map(blank).collect();
    Escaped::of(&text).to_string()
}

fn first_columns(text: &str) -> String {
    match text.char_indices().nth(AROUND) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn last_columns(text: &str) -> String {
    let skipped = text.chars().count().saturating_sub(AROUND);
    match skipped {
        0 => text.to_owned(),
        n => format!("...{}", text.chars().skip(n).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &str, at: Range<usize>) -> String {
        Wrong::new(at, "wrong").of(expression).to_string()
    }

    #[test]
    fn the_caret_stands_below_what_is_wrong() {
        assert_eq!(shown("a == b", 5..6), "wrong\n  a == b\n       ^");
        assert_eq!(shown("a == b", 6..6), "wrong\n  a == b\n        ^");
        assert_eq!(shown("lots > 2", 0..4), "wrong\n  lots > 2\n  ^^^^");
    }

    #[test]
    fn wide_letters_take_two_columns_and_control_characters_are_escaped() {
        assert_eq!(
            shown("'\u{6f22}' x", 6..7),
            "wrong\n  '\u{6f22}' x\n       ^"
        );
        let said = shown("\u{1b}[31m x", 6..7);
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }

    #[test]
    fn of_a_long_expression_only_the_part_around_the_place_is_shown() {
        let long = format!("{} oops {}", "a ".repeat(200), "b ".repeat(200));
        let said = shown(&long, 401..405);
        assert!(said.lines().all(|l| l.chars().count() < 140), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[1].find("oops"), lines[2].find("^^^^"));
    }

    #[test]
    fn a_place_within_a_letter_or_behind_the_end_does_not_panic() {
        for at in [0..1, 1..2, 1..9, 7..9] {
            assert!(shown("\u{6f22}", at).contains('^'));
        }
    }
}
