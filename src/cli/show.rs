//! `sipflow show`.

use super::{DiagnosticsArgs, OneInput, OutputArgs, SingleFormat, TimeArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow show lab.pcap --frame 9
  sipflow show lab.pcap --frame 9,14 --json
  sipflow show lab.pcap --frame 9 --raw                the text as sent and nothing else

Exit code 1: no SIP message ends in that frame.";

pub(super) const FILE_HELP: &str = "\
The capture to read, exactly one, because frame numbers count from 1 in each file: pcap or pcapng, \
plain or compressed with gzip or zstd; - is standard input.";

/// Show one SIP message header by header
///
/// Takes one capture and, with --frame, the numbers of one or more frames in it; `sipflow messages`
/// lists them. Of each: the message field by field, what each header means, and what follows from it: the
/// request it answers and how long that took, whether it was sent before, whether its length is right.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow show [OPTIONS] --frame <N> <FILE>", after_long_help = EXAMPLES)]
pub struct ShowArgs {
    /// The capture; exactly one.
    #[command(flatten)]
    pub input: OneInput,
    /// Frame number, as Wireshark counts; several with commas
    #[arg(long = "frame", value_name = "N", required = true, value_delimiter = ',',
          value_parser = clap::value_parser!(u64).range(1..),
          long_help = "Frame number, as Wireshark counts: the packet's number in its file. Several with \
                       commas (9,14), or by repeating the option. A message in several packets (IP \
                       fragments, TCP) has the number of the packet that completes it. All SIP messages \
                       of these frames are shown; \"sipflow messages\" lists what there is to choose from")]
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
