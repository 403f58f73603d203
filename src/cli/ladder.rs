//! `sipflow ladder`.

use super::number::number;
use super::{
    DiagnosticsArgs, InputArgs, LadderFormat, OutputArgs, SelectArgs, TimeArgs, WhereArgs,
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow ladder lab.pcap                    every call
  sipflow ladder lab.pcap --call 2           call 2 only
  sipflow ladder lab.pcap --to bob -t a      calls to bob, with times of day
  sipflow ladder lab.pcap --where 'messages.status == 5xx'
  sipflow ladder lab.pcap --registration 1   registration 1 only
  sipflow ladder lab.pcap --call 1 --timers  which timer of RFC 3261 sends what again
  sipflow ladder lab.pcap --width 160 -o ladder.txt
  sipflow ladder lab.pcap --call 1 --format mermaid   for a page or a README

A call fits --from, --status and the like when at least one of its messages does; --where asks the call itself. Exit code 1: nothing fits.";

/// Draw calls and registrations as ladder diagrams
///
/// A column for every host, an arrow for every message with its frame number, retransmissions
/// marked, and the media as its own arrows. Of a call with more than 50 hosts the rest share one
/// lane, and at most 2000 rows of a call are drawn; what is left out is counted. JSON holds the
/// report with the calls, messages and streams.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow ladder [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct LadderArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which calls.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// Draw registration N of the report; several with commas. Without other selection, no call
    #[arg(long = "registration", value_name = "N", value_delimiter = ',',
          help_heading = "Selection (all that are given must fit)",
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3 or 3,5"))]
    pub registrations: Vec<u32>,
    /// Say of each message that was sent again which timer sent it, and draw timers that have ended
    #[arg(long, help_heading = "Output")]
    pub timers: bool,
    /// Draw every host and every row of a call [default: 50 hosts, 2000 rows]
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// Text, JSON, or a diagram for other programs.
    #[command(flatten)]
    pub format: LadderFormat,
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
