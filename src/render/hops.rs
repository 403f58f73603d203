//! One message on each of its hops, and what was changed between them.

use super::show::rows;
use super::style::{Ink, Style};
use super::text::cut;
use crate::explain::{Described, Lookup, hop_title, step_title};
use crate::report::model::HopComparison;
use std::io::{self, Write};

/// Prints the hops and each step with its changes.
pub fn render(
    lookup: &Lookup<'_>,
    comparison: &HopComparison,
    title: &str,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let line = |text: &str| cut(text, style.columns(), style.ellipsis());
    writeln!(w, "{}", style.paint(Ink::Heading, &line(title)))?;
    for hop in &comparison.hops {
        let words = format!("  {}", hop_title(lookup, hop));
        writeln!(w, "{}", style.paint(Ink::Dim, &line(&words)))?;
    }
    for step in &comparison.steps {
        let words = step_title(lookup, comparison, step);
        writeln!(w, "\n{}", style.paint(Ink::Heading, &line(&words)))?;
        let told = step.changes.iter().map(|c| Described {
            name: c.kind.to_string(),
            value: c.text.clone(),
            meaning: c.meaning.clone(),
        });
        let told: Vec<Described> = told.collect();
        match told.is_empty() {
            true => writeln!(w, "  nothing of the message changes")?,
            false => rows(&told, style, w)?,
        }
    }
    Ok(())
}
