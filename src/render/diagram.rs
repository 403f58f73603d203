//! Ladders for other programs to draw: a format is a file below and a row here.

mod mermaid;

use crate::explain::{Lookup, Scene};
use crate::report::model::{Call, Report};
use std::io::{self, Write};

/// A format that other programs draw.
#[derive(Debug)]
pub struct Diagram {
    /// As `--format` takes it.
    pub name: &'static str,
    /// A line of help.
    pub about: &'static str,
    /// Writes one call: its record for the title, its scene for the rest.
    write: fn(&Call, &Scene, &mut dyn Write) -> io::Result<()>,
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

/// Writes the calls, one diagram each, a blank line between them.
pub fn render(report: &Report, diagram: &Diagram, w: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    for (n, call) in report.calls.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        (diagram.write)(call, &Scene::of_call(&lookup, call), w)?;
    }
    Ok(())
}
