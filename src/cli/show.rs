//! `sipflow show`.

use super::{DiagnosticsArgs, InputArgs, OutputArgs, SingleFormat, TimeArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow show lab.pcap --frame 9
  sipflow show lab.pcap --frame 9,14 --json
  sipflow show lab.pcap --frame 9 --raw                the text as sent and nothing else

Exit code 1: that frame holds no SIP message.";

/// Show one SIP message header by header
///
/// The message field by field, what each header means, and what follows from it: the request it
/// answers and how long that took, whether it was sent before, whether its length is right.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow show [OPTIONS] --frame <N> <FILE>", after_long_help = EXAMPLES)]
pub struct ShowArgs {
    /// The capture; exactly one.
    #[command(flatten)]
    pub input: InputArgs,
    /// Frame number, as Wireshark counts; several with commas
    #[arg(long = "frame", value_name = "N", required = true, value_delimiter = ',',
          value_parser = clap::value_parser!(u64).range(1..))]
    pub frames: Vec<u64>,
    /// Print the text as sent and nothing else; with --json, add the bytes in base64
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    /// Text or JSON.
    #[command(flatten)]
    pub format: SingleFormat,
    /// How times are written.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is said beside it.
    #[command(flatten)]
    pub diagnostics: DiagnosticsArgs,
}
