//! `sipflow completions`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{self, CompletionsArgs, OutputArgs};
use std::io::Write;

pub(super) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    // Into memory first: the generator panics where its writer fails, and pipes do close.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "sipflow", &mut script);
    let mut out = output::open(&OutputArgs::default())?;
    out.write_all(&script)?;
    out.finish()
}
