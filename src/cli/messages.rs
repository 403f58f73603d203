//! `sipflow messages`.

use super::{
    CsvArgs, DiagnosticsArgs, InputArgs, MatchArgs, OutputArgs, RowFormat, SelectArgs, TimeArgs,
};
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  sipflow messages lab.pcap                            a packet list, worded as Wireshark words it
  sipflow messages lab.pcap -W byline                  the texts, as 'ngrep -W byline' prints them
  sipflow messages lab.pcap -m 'nonce=' -W byline      the texts of messages with a nonce
  sipflow messages lab.pcap --method REGISTER --status 401,403
  sipflow messages lab.pcap -t ad --timezone +02:00
  sipflow messages --json --raw lab.pcap | jq -r '.messages[0].raw_base64' | base64 -d

Exit code 1: no message fits.";

/// List SIP messages, or print and search their texts
///
/// One line a message: frame, time, source, destination and what it is. -W prints the texts
/// themselves, -m searches them. JSON holds the report with the messages alone.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow messages [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct MessagesArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which messages.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And whose text matches.
    #[command(flatten)]
    pub matching: MatchArgs,
    /// How to print a message: line, byline, none
    #[arg(
        short = 'W',
        long = "layout",
        value_name = "LAYOUT",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help_heading = "Output",
        long_help = "How to print a message:\n  \
              line    one line that says what it is\n  \
              byline  a line of addresses, then the text as sent\n  \
              none    a line of addresses, then the text on one line, for grep\n\n\
              byline and none are ngrep's."
    )]
    pub layout: TextLayout,
    /// Add every message's bytes to the JSON, in base64
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub format: RowFormat,
    /// Cells of CSV.
    #[command(flatten)]
    pub csv: CsvArgs,
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

/// How `messages` prints a message (`-W`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum TextLayout {
    /// One line that says what it is.
    #[default]
    Line,
    /// A line of addresses, then the text as sent.
    Byline,
    /// A line of addresses, then the whole text on one line.
    None,
}
