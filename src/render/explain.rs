//! Lessons as text, Markdown and a page. Every text comes from `explain::walkthrough` and is safe to show.

mod html;
mod md;
mod words;

pub use html::html;
pub use md::md;

use super::clock::date_and_time;
use super::style::{Ink, Style};
use super::text::{Align, pad, width, wrap};
use crate::explain::walkthrough::{
    Explanation, Lesson, LessonSentence, LessonStep, LessonTerm, PacketName, Player, Wrong,
};
use crate::explain::words::counted;
use crate::report::model::Timestamp;
use crate::types::{ExplainLevel, LessonKind};
use std::io::{self, Write};
use words::{FURTHER, Words};

/// Packets named beside one step.
const MOST_FRAMES: usize = 6;
/// Longer lines of prose are hard to read.
const LINE: usize = 96;
/// Blanks before what is said of a step.
const INDENT: usize = 5;

/// `CALL 1`.
fn name(lesson: &Lesson) -> String {
    let kind = match lesson.kind {
        LessonKind::Call => "Call",
        LessonKind::Registration => "Registration",
        LessonKind::Requests => "Requests",
    };
    format!("{kind} {}", lesson.id)
}

/// What stands above the end.
fn ending(lesson: &Lesson) -> &'static str {
    match lesson.kind {
        LessonKind::Call => "How it ended",
        LessonKind::Registration if lesson.end.len() > 1 => "In short, each attempt",
        LessonKind::Registration => "In short",
        LessonKind::Requests => "In short",
    }
}

/// What stands above everything, once.
const LEGEND: [&str; 2] = [
    "SIP is the language in which phones register, call each other and hang up.",
    "How to read this: #13 is packet 13 of the capture, as Wireshark numbers it. The time is in seconds since the beginning \
     of the section. RFC is a document that says how a protocol works, § a section of it.",
];
/// What stands below everything.
const MORE: &str =
    "More about a word: sipflow define WORD. The messages as arrows: sipflow ladder FILE.";

/// `#17 #22 and 3 more`.
fn frames(all: &[PacketName]) -> String {
    let mut named: Vec<String> = all
        .iter()
        .take(MOST_FRAMES)
        .map(|f| f.name.clone())
        .collect();
    let left = all.len().saturating_sub(MOST_FRAMES);
    if left > 0 {
        named.push(format!("and {left} more"));
    }
    named.join(" ")
}

/// `0.024 s` since the lesson began.
fn since(lesson: &Lesson, time: Option<Timestamp>) -> String {
    time.map_or(String::new(), |t| {
        format!("{:.3} s", (t.0 - lesson.time.0).as_secs_f64())
    })
}

/// `INVITE, alice -> proxy`.
fn heading_of(step: &LessonStep) -> String {
    match &step.way {
        Some(way) => format!("{}, {} -> {}", step.what, way.from, way.to),
        None => step.what.clone(),
    }
}

/// `alice, 192.0.2.11: caller. It sends the INVITE that begins the call (#17).`
fn player(p: &Player) -> String {
    let mut text = format!("{}, {}: {}.", p.name, p.address, p.part);
    if let Some(proof) = &p.proof {
        text.push_str(&format!(" Shown by: {proof}."));
    }
    if let Some(software) = &p.software {
        text.push_str(&format!(" Software: {software}."));
    }
    text
}

/// What stands above the sentences of the negotiation.
const NEGOTIATION: &str = "Offers and answers";
/// What is said where there is nothing to say to an engineer.
const NOTHING: &str = "nothing unusual";

fn is_quiet(explanation: &Explanation, lesson: &Lesson) -> bool {
    explanation.level == ExplainLevel::Engineer
        && lesson.steps.is_empty()
        && lesson.wrong.is_empty()
}

/// How many more there are.
fn left_out(explanation: &Explanation) -> Option<String> {
    let n = explanation.left_out;
    (n > 0).then(|| {
        let more = counted(n, "more is", "more are");
        format!("{more} not explained here: --limit 0 explains all.")
    })
}

/// For reading in a terminal.
pub fn text(explanation: &Explanation, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut words = Words::default();
    let is_student = explanation.level == ExplainLevel::Student;
    if is_student {
        for line in LEGEND {
            lines(line, 0, Ink::Dim, style, w)?;
        }
    }
    for (n, lesson) in explanation.lessons.iter().enumerate() {
        if n > 0 || is_student {
            writeln!(w)?;
        }
        one(explanation, lesson, &mut words, style, w)?;
    }
    let rest = words.rest(explanation);
    if !rest.is_empty() {
        section(FURTHER, style, w)?;
        for term in rest {
            word(term, style, w)?;
        }
    }
    if is_student {
        writeln!(w)?;
        lines(MORE, 0, Ink::Dim, style, w)?;
    }
    if let Some(left) = left_out(explanation) {
        writeln!(w)?;
        lines(&left, 0, Ink::Dim, style, w)?;
    }
    Ok(())
}

fn one<'e>(
    explanation: &Explanation,
    lesson: &'e Lesson,
    words: &mut Words<'e>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let when = date_and_time(lesson.time, style.zone);
    let title = format!("{}: {}", name(lesson).to_uppercase(), lesson.title);
    lines(&title, 0, Ink::Heading, style, w)?;
    lines(&when, 2, Ink::Dim, style, w)?;
    let label = lesson
        .facts
        .iter()
        .map(|f| width(&f.name))
        .max()
        .unwrap_or(0);
    for fact in &lesson.facts {
        let room = room(style, label + 4);
        for (n, line) in wrap(&fact.text, room).iter().enumerate() {
            let name = if n == 0 { &*fact.name } else { "" };
            let name = pad(name, label, Align::Left);
            writeln!(w, "  {}  {line}", style.paint(Ink::Dim, &name))?;
        }
    }
    if explanation.level == ExplainLevel::Engineer {
        return for_engineer(explanation, lesson, style, w);
    }
    if !lesson.cast.is_empty() {
        section("Who takes part", style, w)?;
        for p in &lesson.cast {
            lines(&player(p), 2, Ink::Plain, style, w)?;
        }
        for term in words.before_steps(lesson) {
            definition(term, style, w)?;
        }
    }
    section("Step by step", style, w)?;
    for step in &lesson.steps {
        told(lesson, step, words, style, w)?;
    }
    if lesson.steps_left_out > 0 {
        let more = counted(lesson.steps_left_out, "step follows", "steps follow");
        lines(
            &format!("{more}: sipflow ladder FILE"),
            2,
            Ink::Dim,
            style,
            w,
        )?;
    }
    paragraphs(NEGOTIATION, &negotiated(lesson), style, w)?;
    paragraphs(ending(lesson), &lesson.end, style, w)?;
    if !lesson.wrong.is_empty() {
        section("What was found", style, w)?;
        for wrong in &lesson.wrong {
            finding(wrong, style, w)?;
        }
    }
    paragraphs("What cannot be concluded", &lesson.unknown, style, w)
}

/// The sentences of the negotiation, each with its rule.
fn negotiated(lesson: &Lesson) -> Vec<String> {
    let told = |s: &LessonSentence| match &s.section {
        Some(section) => format!("{} ({section})", s.text),
        None => s.text.clone(),
    };
    lesson.negotiation.iter().map(told).collect()
}

fn for_engineer(
    explanation: &Explanation,
    lesson: &Lesson,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    if is_quiet(explanation, lesson) {
        return lines(NOTHING, 2, Ink::Plain, style, w);
    }
    for wrong in &lesson.wrong {
        finding(wrong, style, w)?;
    }
    for step in &lesson.steps {
        let mut text = format!("{}: {}", step.what, step.text);
        for more in [
            frames(&step.frames),
            step.section.clone().unwrap_or_default(),
        ] {
            if !more.is_empty() && !text.contains(&more) {
                text.push_str(&format!(" {more}"));
            }
        }
        lines(&text, 2, Ink::Plain, style, w)?;
    }
    Ok(())
}

fn told<'e>(
    lesson: &'e Lesson,
    step: &LessonStep,
    words: &mut Words<'e>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let number = pad(&format!("{}.", step.number), INDENT - 1, Align::Right);
    let beside = format!("{}   {}", frames(&step.frames), since(lesson, step.time));
    let head = heading_of(step);
    let columns = style.columns().min(LINE + INDENT);
    let used = INDENT + width(&head) + 2;
    let shown = style.paint(Ink::Heading, &head);
    match used + width(&beside) <= columns {
        true => {
            let gap = columns - used - width(&beside) + 2;
            let beside = style.paint(Ink::Dim, &beside);
            writeln!(w, "{number} {shown}{:gap$}{beside}", "")?;
        }
        false => {
            let first: Vec<String> = wrap(&head, columns - INDENT);
            for (n, line) in first.iter().enumerate() {
                let number = if n == 0 { &*number } else { "    " };
                writeln!(w, "{number} {}", style.paint(Ink::Heading, line))?;
            }
            lines(&beside, INDENT, Ink::Dim, style, w)?;
        }
    }
    lines(&step.text, INDENT, Ink::Plain, style, w)?;
    if let Some(section) = &step.section {
        lines(section, INDENT, Ink::Dim, style, w)?;
    }
    for term in words.of_step(lesson, step) {
        definition(term, style, w)?;
    }
    Ok(())
}

fn definition(term: &LessonTerm, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let text = format!("{}: {} ({})", term.term, term.meaning, term.source);
    lines(&text, INDENT + 2, Ink::Dim, style, w)
}

fn word(term: &LessonTerm, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let text = format!("{}: {} ({})", term.term, term.meaning, term.source);
    lines(&text, 2, Ink::Plain, style, w)
}

fn finding(wrong: &Wrong, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::of_severity(wrong.severity);
    lines(
        &format!("{}: {}", wrong.severity, wrong.title),
        2,
        ink,
        style,
        w,
    )?;
    lines(&wrong.detail, INDENT, Ink::Plain, style, w)?;
    if let Some(advice) = wrong.advice.as_ref().filter(|a| !a.is_empty()) {
        lines(&format!("Advice: {advice}"), INDENT, Ink::Plain, style, w)?;
    }
    let mut beside = wrong.code.clone();
    for more in [
        frames(&wrong.frames),
        wrong.section.clone().unwrap_or_default(),
    ] {
        if !more.is_empty() {
            beside.push_str(&format!("   {more}"));
        }
    }
    lines(&beside, INDENT, Ink::Dim, style, w)
}

fn section(title: &str, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    writeln!(w)?;
    lines(title, 0, Ink::Heading, style, w)
}

fn paragraphs(title: &str, texts: &[String], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    section(title, style, w)?;
    texts
        .iter()
        .try_for_each(|t| lines(t, 2, Ink::Plain, style, w))
}

fn room(style: &Style, indent: usize) -> usize {
    style.columns().saturating_sub(indent).min(LINE)
}

/// A text on as many lines as it needs; further ones are set in.
fn lines(text: &str, indent: usize, ink: Ink, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let further = if indent == 2 { 4 } else { indent };
    for (n, line) in wrap(text, room(style, further)).iter().enumerate() {
        let blanks = if n == 0 { indent } else { further };
        writeln!(w, "{:blanks$}{}", "", style.paint(ink, line))?;
    }
    Ok(())
}
