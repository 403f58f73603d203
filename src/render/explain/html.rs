//! Lessons as one page: no script, nothing from elsewhere, light and dark, to be printed.

use super::words::{FURTHER, Words};
use super::{
    LEGEND, MORE, NEGOTIATION, NOTHING, ending, frames, heading_of, is_quiet, left_out, name,
    negotiated, player, since,
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
.steps a{color:inherit;text-decoration-style:dotted}
a{color:var(--mark)}
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
    let mut words_told = Words::default();
    let is_student = explanation.level == ExplainLevel::Student;
    if is_student {
        for line in LEGEND {
            writeln!(w, "<p class=\"dim\">{}</p>", escaped(line))?;
        }
    }
    if explanation.lessons.len() > 1 {
        writeln!(w, "<ul>")?;
        for lesson in &explanation.lessons {
            writeln!(
                w,
                "<li><a href=\"#{}\">{}: {}</a></li>",
                anchor(&name(lesson)),
                name(lesson),
                escaped(&lesson.title)
            )?;
        }
        writeln!(w, "</ul>")?;
    }
    for lesson in &explanation.lessons {
        one(explanation, lesson, &mut words_told, style, w)?;
    }
    let rest = words_told.rest(explanation);
    if !rest.is_empty() {
        writeln!(w, "<h2>{FURTHER}</h2>")?;
        words(&rest, w)?;
    }
    if is_student {
        writeln!(w, "<p class=\"dim\">{}</p>", escaped(MORE))?;
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

/// A name that an address within the page may have.
fn anchor(name: &str) -> String {
    let one = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(one).collect()
}

/// A text in which the first use of each word that is explained further up leads there, and `step 4` to that step.
fn linked(text: &str, lesson: &Lesson, known: &Words<'_>) -> String {
    let mut out = String::new();
    let mut used: Vec<&str> = Vec::new();
    let of_word = |c: char| c.is_alphanumeric() || "_-=@./".contains(c);
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let ends = |length: usize| {
            let next = rest.get(length..).and_then(|r| r.chars().next());
            !next.is_some_and(|c| c.is_alphanumeric() || "_-=@".contains(c))
        };
        let number = rest.strip_prefix("step ").map_or("", |r| {
            let end = r.find(|c: char| !c.is_ascii_digit()).unwrap_or(r.len());
            r.get(..end).unwrap_or_default()
        });
        let is_begin = !of_word(before);
        let found = if !is_begin {
            None
        } else if !number.is_empty() {
            Some((
                "step ".len() + number.len(),
                format!("{}-{number}", anchor(&name(lesson))),
            ))
        } else {
            let terms = lesson.terms.iter().filter(|t| {
                let length = t.term.len();
                length > 1 && rest.starts_with(&*t.term) && ends(length) && known.knows(&t.term)
            });
            let longest = terms.max_by_key(|t| t.term.len());
            longest.filter(|t| !used.contains(&&*t.term)).map(|t| {
                used.push(&t.term);
                (t.term.len(), format!("word-{}", anchor(&t.term)))
            })
        };
        let length = match found {
            Some((length, target)) => {
                let shown = escaped(rest.get(..length).unwrap_or_default());
                out.push_str(&format!("<a href=\"#{target}\">{shown}</a>"));
                length
            }
            None => {
                out.push_str(&escaped(c.encode_utf8(&mut [0; 4])));
                c.len_utf8()
            }
        };
        before = rest
            .get(..length)
            .and_then(|t| t.chars().last())
            .unwrap_or(' ');
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

fn one<'e>(
    explanation: &Explanation,
    lesson: &'e Lesson,
    told: &mut Words<'e>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        w,
        "<article id=\"{}\">\n<h1>{}: {}</h1>\n<p class=\"dim\">{}</p>",
        anchor(&name(lesson)),
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
        ExplainLevel::Student => for_student(lesson, told, w)?,
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

fn for_student<'e>(lesson: &'e Lesson, told: &mut Words<'e>, w: &mut dyn Write) -> io::Result<()> {
    if !lesson.cast.is_empty() {
        writeln!(w, "<h2>Who takes part</h2>\n<ul>")?;
        for p in &lesson.cast {
            writeln!(w, "<li>{}</li>", escaped(&player(p)))?;
        }
        writeln!(w, "</ul>")?;
        words(&told.before_steps(lesson), w)?;
    }
    writeln!(w, "<h2>Step by step</h2>\n<ol class=\"steps\">")?;
    for step in &lesson.steps {
        let beside = format!("{}, {}", frames(&step.frames), since(lesson, step.time));
        writeln!(
            w,
            "<li id=\"{}-{}\"><span class=\"what\">{}</span> <span class=\"dim\">{}</span>\n<p>{}</p>",
            anchor(&name(lesson)),
            step.number,
            escaped(&heading_of(step)),
            escaped(beside.trim_matches([',', ' '])),
            linked(&step.text, lesson, told)
        )?;
        if let Some(section) = &step.section {
            writeln!(w, "<p class=\"dim\">{}</p>", escaped(section))?;
        }
        words(&told.of_step(lesson, step), w)?;
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
    paragraphs(NEGOTIATION, &negotiated(lesson), w)?;
    paragraphs(ending(lesson), &lesson.end, w)?;
    if !lesson.wrong.is_empty() {
        writeln!(w, "<h2>What was found</h2>")?;
        findings(&lesson.wrong, w)?;
    }
    paragraphs("What cannot be concluded", &lesson.unknown, w)
}

/// Words and what they mean.
fn words(terms: &[&LessonTerm], w: &mut dyn Write) -> io::Result<()> {
    if terms.is_empty() {
        return Ok(());
    }
    writeln!(w, "<dl class=\"new\">")?;
    for term in terms {
        writeln!(
            w,
            "<div id=\"word-{}\"><dt>{}:</dt> <dd>{} <span class=\"dim\">{}</span></dd></div>",
            anchor(&term.term),
            escaped(&term.term),
            escaped(&term.meaning),
            escaped(&term.source)
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
            writeln!(w, "<br>Advice: {}", escaped(advice))?;
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
