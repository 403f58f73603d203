//! `sipflow schema`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sipflow schema > sipflow-report.schema.json
  sipflow schema doctor > sipflow-doctor.schema.json
  sipflow schema stats > sipflow-stats.schema.json
  sipflow schema list > sipflow-list.schema.json
  sipflow schema explain > sipflow-explain.schema.json
  sipflow schema define > sipflow-define.schema.json
  sipflow schema fields > sipflow-fields.schema.json
  sipflow schema | jq '.properties | keys'";

/// Print the JSON Schema of the report
///
/// The schema (draft 2020-12) of what --json writes, made from the program's own types. Reads no
/// capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct SchemaArgs {
    /// The document it describes
    #[arg(value_name = "DOCUMENT", value_enum, default_value_t)]
    pub document: Document,
    /// Write to FILE instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// A JSON document of this program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum Document {
    /// What report and the commands that list write
    #[default]
    Report,
    /// What doctor writes
    Doctor,
    /// What stats writes
    Stats,
    /// What list writes
    List,
    /// What explain writes
    Explain,
    /// What define writes
    Define,
    /// What fields writes
    Fields,
}
