//! Lessons as Markdown.

use super::words::{FURTHER, Words};
use super::{
    LEGEND, MORE, NEGOTIATION, NOTHING, ending, frames, heading_of, is_quiet, left_out, name,
    negotiated, player, since,
};
use crate::explain::walkthrough::{Explanation, Lesson, LessonTerm, Wrong};
use crate::render::clock::date_and_time;
use crate::render::style::Style;
use crate::types::ExplainLevel;
use std::io::{self, Write};

/// For a wiki or a ticket.
pub fn md(explanation: &Explanation, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut words = Words::default();
    let is_student = explanation.level == ExplainLevel::Student;
    if is_student {
        for line in LEGEND {
            writeln!(w, "{}\n", escaped(line))?;
        }
    }
    for (n, lesson) in explanation.lessons.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        one(explanation, lesson, &mut words, style, w)?;
    }
    let rest = words.rest(explanation);
    if !rest.is_empty() {
        writeln!(
            w,
            "## {FURTHER}\n\n| word | meaning | source |\n|---|---|---|"
        )?;
        for term in rest {
            writeln!(
                w,
                "| {} | {} | {} |",
                escaped(&term.term),
                escaped(&term.meaning),
                escaped(&term.source)
            )?;
        }
    }
    if is_student {
        writeln!(w, "\n{}", escaped(MORE))?;
    }
    if let Some(left) = left_out(explanation) {
        writeln!(w, "\n{left}")?;
    }
    Ok(())
}

/// What Markdown would take for mark-up is text. `#` at the begin of a line is no frame.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn definitions(terms: &[&LessonTerm], indent: &str, w: &mut dyn Write) -> io::Result<()> {
    for term in terms {
        writeln!(
            w,
            "{indent}- *{}:* {} ({})",
            escaped(&term.term),
            escaped(&term.meaning),
            escaped(&term.source)
        )?;
    }
    match terms.is_empty() {
        true => Ok(()),
        false => writeln!(w),
    }
}

fn one<'e>(
    explanation: &Explanation,
    lesson: &'e Lesson,
    words: &mut Words<'e>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    writeln!(w, "## {}: {}\n", name(lesson), escaped(&lesson.title))?;
    writeln!(w, "{}\n", date_and_time(lesson.time, style.zone))?;
    for fact in &lesson.facts {
        writeln!(w, "- {}: {}", escaped(&fact.name), escaped(&fact.text))?;
    }
    if explanation.level == ExplainLevel::Engineer {
        writeln!(w)?;
        if is_quiet(explanation, lesson) {
            return writeln!(w, "{NOTHING}");
        }
        findings(&lesson.wrong, w)?;
        for step in &lesson.steps {
            let section = step
                .section
                .as_deref()
                .map_or(String::new(), |s| format!(" {s}"));
            writeln!(
                w,
                "- {}: {} {}{section}",
                escaped(&step.what),
                escaped(&step.text),
                escaped(&frames(&step.frames))
            )?;
        }
        return Ok(());
    }
    if !lesson.cast.is_empty() {
        writeln!(w, "\n### Who takes part\n")?;
        for p in &lesson.cast {
            writeln!(w, "- {}", escaped(&player(p)))?;
        }
        let first = words.before_steps(lesson);
        if !first.is_empty() {
            writeln!(w, "\nWords used above:\n")?;
        }
        definitions(&first, "", w)?;
    }
    writeln!(w, "\n### Step by step\n")?;
    for step in &lesson.steps {
        let beside = format!("{}, {}", frames(&step.frames), since(lesson, step.time));
        writeln!(
            w,
            "{}. **{}** ({})\n",
            step.number,
            escaped(&heading_of(step)),
            escaped(beside.trim_matches([',', ' ']))
        )?;
        writeln!(w, "    {}\n", escaped(&step.text))?;
        if let Some(section) = &step.section {
            writeln!(w, "    *{}*\n", escaped(section))?;
        }
        definitions(&words.of_step(lesson, step), "    ", w)?;
    }
    if lesson.steps_left_out > 0 {
        writeln!(w, "Steps left out: {}\n", lesson.steps_left_out)?;
    }
    paragraphs(NEGOTIATION, &negotiated(lesson), w)?;
    paragraphs(ending(lesson), &lesson.end, w)?;
    if !lesson.wrong.is_empty() {
        writeln!(w, "### What was found\n")?;
        findings(&lesson.wrong, w)?;
        writeln!(w)?;
    }
    paragraphs("What cannot be concluded", &lesson.unknown, w)
}

fn paragraphs(title: &str, texts: &[String], w: &mut dyn Write) -> io::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(w, "### {title}\n")?;
    for text in texts {
        writeln!(w, "{}\n", escaped(text))?;
    }
    Ok(())
}

fn findings(all: &[Wrong], w: &mut dyn Write) -> io::Result<()> {
    for wrong in all {
        let advice = wrong.advice.as_deref().filter(|a| !a.is_empty());
        let advice = advice.map_or(String::new(), |a| format!(" Advice: {}", escaped(a)));
        let mut beside = wrong.code.clone();
        for more in [
            frames(&wrong.frames),
            wrong.section.clone().unwrap_or_default(),
        ] {
            if !more.is_empty() {
                beside.push_str(&format!(", {more}"));
            }
        }
        writeln!(
            w,
            "- **{}: {}** {}{advice} ({})",
            wrong.severity,
            escaped(&wrong.title),
            escaped(&wrong.detail),
            escaped(&beside)
        )?;
    }
    Ok(())
}
