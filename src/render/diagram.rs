//! Ladders for other programs to draw: a format is a file below and a row here.

mod mermaid;

use super::ladder::Which;
use crate::explain::names::{address_of, outcome, party};
use crate::explain::{Lookup, Scene};
use crate::report::model::Report;
use std::io::{self, Write};

/// A format that other programs draw.
#[derive(Debug)]
pub struct Diagram {
    /// As `--format` takes it.
    pub name: &'static str,
    /// A line of help.
    pub about: &'static str,
    /// Writes one call: its record for the title, its scene for the rest.
    write: fn(&str, &Scene, &mut dyn Write) -> io::Result<()>,
}

/// Known by its name.
impl PartialEq for Diagram {
    fn eq(&self, other: &Diagram) -> bool {
        self.name == other.name
    }
}

impl Eq for Diagram {}

/// Every format, in the order of the help.
pub const DIAGRAMS: &[Diagram] = &[mermaid::DIAGRAM];

/// Writes the calls and the registrations of the report, one diagram each, a blank line between them.
pub fn render(
    report: &Report,
    which: Which,
    (diagram, timers): (&Diagram, bool),
    w: &mut dyn Write,
) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let mut first = true;
    let mut write = |title: String, scene: Scene, w: &mut dyn Write| {
        if !std::mem::take(&mut first) {
            writeln!(w)?;
        }
        let scene = match timers {
            true => scene.with_timers(&lookup),
            false => scene,
        };
        (diagram.write)(&title, &scene, w)
    };
    if which == Which::Everything {
        for r in &report.registrations {
            let title = format!(
                "registration {}, {} at {}",
                r.id,
                address_of(&r.aor),
                r.registrar
            );
            write(title, Scene::of_registration(&lookup, r), w)?;
        }
    }
    for call in &report.calls {
        let (caller, callee) = (party(&call.caller), party(&call.callee));
        let title = format!(
            "call {}, {caller} to {callee}: {}",
            call.id,
            outcome(call).0
        );
        write(title, Scene::of_call(&lookup, call), w)?;
    }
    Ok(())
}
