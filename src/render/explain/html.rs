//! Lessons as one page: no script, nothing from elsewhere, light and dark, to be printed.

use super::{
    NOTHING, ending, first_terms, frames, heading_of, is_quiet, left_out, meaning_of, name, player,
    since,
};
use crate::explain::walkthrough::{Explanation, Lesson, LessonTerm, Wrong};
use crate::render::clock::date_and_time;
use crate::render::style::Style;
use crate::types::{ExplainLevel, Severity};
use std::io::{self, Write};

const CSS: &str = "\
:root{--ink:#1b1b1b;--dim:#5a5a5a;--line:#d5d5d5;--page:#fff;--word:#f3f5f8;--error:#a4161a;--warning:#8a5a00;--mark:#124d8c}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--dim:#a8a8a8;--line:#3c3c3c;--page:#161616;--word:#20242a;--error:#ff8a8a;--warning:#f0c060;--mark:#8ec3ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:52rem;padding:1rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.3rem;margin:2rem 0 .3rem}
h2{font-size:1.05rem;margin:1.6rem 0 .4rem;border-bottom:1px solid var(--line)}
article+article{border-top:3px solid var(--line);margin-top:2.5rem}
p{margin:.3rem 0}
ol,ul{margin:.3rem 0;padding-left:2.2rem}
ol.steps>li{margin:.9rem 0;break-inside:avoid}
.what{font-weight:600;color:var(--mark)}
.dim{color:var(--dim);font-size:.88rem}
dl.new{background:var(--word);margin:.4rem 0;padding:.4rem .7rem;border-radius:.3rem;font-size:.93rem}
dl{margin:.3rem 0}
dt{display:inline;font-weight:600}
dd{display:inline;margin:0}
dl>div{margin:.15rem 0}
.error{color:var(--error);font-weight:600}
.warning{color:var(--warning);font-weight:600}
.info{font-weight:600}
@media print{:root{--ink:#000;--dim:#444;--line:#bbb;--page:#fff;--word:#f3f3f3;--error:#900;--warning:#650;--mark:#000}body{max-width:none;padding:0;font-size:10.5pt}article+article{break-before:page;border:0}}
";

/// One page for a browser or a printer.
pub fn html(explanation: &Explanation, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let title = match explanation.lessons.as_slice() {
        [one] => format!("{}: {}", name(one), one.title),
        _ => "What the capture shows".to_owned(),
    };
    writeln!(
        w,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>\n{CSS}</style>\n</head>\n<body>",
        escaped(&title)
    )?;
    for lesson in &explanation.lessons {
        one(explanation, lesson, style, w)?;
    }
    if let Some(left) = left_out(explanation) {
        writeln!(w, "<p class=\"dim\">{}</p>", escaped(&left))?;
    }
    writeln!(w, "</body>\n</html>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn one(
    explanation: &Explanation,
    lesson: &Lesson,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        w,
        "<article>\n<h1>{}: {}</h1>\n<p class=\"dim\">{}</p>",
        name(lesson),
        escaped(&lesson.title),
        date_and_time(lesson.time, style.zone)
    )?;
    for fact in &lesson.facts {
        writeln!(
            w,
            "<p class=\"dim\">{}: {}</p>",
            escaped(&fact.name),
            escaped(&fact.text)
        )?;
    }
    match explanation.level {
        ExplainLevel::Engineer => for_engineer(explanation, lesson, w)?,
        ExplainLevel::Student => for_student(lesson, w)?,
    }
    writeln!(w, "</article>")
}

fn for_engineer(explanation: &Explanation, lesson: &Lesson, w: &mut dyn Write) -> io::Result<()> {
    if is_quiet(explanation, lesson) {
        return writeln!(w, "<p>{NOTHING}</p>");
    }
    findings(&lesson.wrong, w)?;
    writeln!(w, "<ul>")?;
    for step in &lesson.steps {
        writeln!(
            w,
            "<li>{}: {} <span class=\"dim\">{} {}</span></li>",
            escaped(&step.what),
            escaped(&step.text),
            escaped(&frames(&step.frames)),
            escaped(step.section.as_deref().unwrap_or_default())
        )?;
    }
    writeln!(w, "</ul>")
}

fn for_student(lesson: &Lesson, w: &mut dyn Write) -> io::Result<()> {
    if !lesson.cast.is_empty() {
        writeln!(w, "<h2>Who takes part</h2>\n<ul>")?;
        for p in &lesson.cast {
            writeln!(w, "<li>{}</li>", escaped(&player(p)))?;
        }
        writeln!(w, "</ul>")?;
        words(first_terms(lesson), true, w)?;
    }
    writeln!(w, "<h2>Step by step</h2>\n<ol class=\"steps\">")?;
    for step in &lesson.steps {
        writeln!(
            w,
            "<li><span class=\"what\">{}</span> <span class=\"dim\">{}</span>\n<p>{}</p>",
            escaped(&heading_of(step)),
            escaped(&format!(
                "{}   {}",
                frames(&step.frames),
                since(lesson, step.time)
            )),
            escaped(&step.text)
        )?;
        if let Some(section) = &step.section {
            writeln!(w, "<p class=\"dim\">{}</p>", escaped(section))?;
        }
        let terms = step.terms.iter().filter_map(|t| meaning_of(lesson, t));
        words(terms, true, w)?;
        writeln!(w, "</li>")?;
    }
    writeln!(w, "</ol>")?;
    if lesson.steps_left_out > 0 {
        writeln!(
            w,
            "<p class=\"dim\">Steps left out: {}</p>",
            lesson.steps_left_out
        )?;
    }
    paragraphs(ending(lesson), &lesson.end, w)?;
    if !lesson.wrong.is_empty() {
        writeln!(w, "<h2>What was found</h2>")?;
        findings(&lesson.wrong, w)?;
    }
    paragraphs("What cannot be concluded", &lesson.unknown, w)?;
    if !lesson.terms.is_empty() {
        writeln!(w, "<h2>Words</h2>")?;
        words(lesson.terms.iter(), false, w)?;
    }
    Ok(())
}

/// `new`: where they are met for the first time; else with their sources.
fn words<'l>(
    terms: impl Iterator<Item = &'l LessonTerm>,
    new: bool,
    w: &mut dyn Write,
) -> io::Result<()> {
    let mut terms = terms.peekable();
    if terms.peek().is_none() {
        return Ok(());
    }
    writeln!(w, "<dl{}>", if new { " class=\"new\"" } else { "" })?;
    for term in terms {
        let source = match new {
            true => String::new(),
            false => format!(" <span class=\"dim\">{}</span>", escaped(&term.source)),
        };
        writeln!(
            w,
            "<div><dt>{}:</dt> <dd>{}{source}</dd></div>",
            escaped(&term.term),
            escaped(&term.meaning)
        )?;
    }
    writeln!(w, "</dl>")
}

fn paragraphs(title: &str, texts: &[String], w: &mut dyn Write) -> io::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(w, "<h2>{title}</h2>")?;
    texts
        .iter()
        .try_for_each(|text| writeln!(w, "<p>{}</p>", escaped(text)))
}

fn findings(all: &[Wrong], w: &mut dyn Write) -> io::Result<()> {
    for wrong in all {
        let class = match wrong.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        writeln!(
            w,
            "<p><span class=\"{class}\">{}: {}</span><br>{}",
            wrong.severity,
            escaped(&wrong.title),
            escaped(&wrong.detail)
        )?;
        if let Some(advice) = wrong.advice.as_ref().filter(|a| !a.is_empty()) {
            writeln!(w, "<br>To do: {}", escaped(advice))?;
        }
        writeln!(
            w,
            "<br><span class=\"dim\">{}   {}   {}</span></p>",
            escaped(&wrong.code),
            escaped(&frames(&wrong.frames)),
            escaped(wrong.section.as_deref().unwrap_or_default())
        )?;
    }
    Ok(())
}
