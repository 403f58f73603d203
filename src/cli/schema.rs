//! `sipflow schema`.

use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sipflow schema > sipflow-report.schema.json
  sipflow schema | jq '.properties | keys'";

/// Print the JSON Schema of the report
///
/// The schema (draft 2020-12) of what --json writes, made from the program's own types. Reads no
/// capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct SchemaArgs {
    /// Write to FILE instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub file: Option<PathBuf>,
}
