//! `sipflow messages`.

use super::format::{RowArgs, RowsOutput};
use super::meaning::{Meaning, means};
use super::{
    CsvArgs, DiagnosticsArgs, InputArgs, MaskArgs, MatchArgs, OutputArgs, PasswordArgs, SelectArgs,
    TimeArgs, WhereArgs,
};
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  sipflow messages lab.pcap                            a packet list, worded as Wireshark words it
  sipflow messages lab.pcap -W byline                  the texts, as 'ngrep -W byline' prints them
  sipflow messages lab.pcap -m 'nonce=' -W byline      the texts of messages with a nonce
  sipflow messages lab.pcap --method REGISTER --status 401,403
  sipflow messages lab.pcap --where 'status == 4xx and status not in [401, 407]'
  sipflow messages lab.pcap -t ad --timezone +02:00
  sipflow messages lab.pcap -W byline --mask-secrets   the texts, to be handed on
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
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// And whose text matches.
    #[command(flatten)]
    pub matching: MatchArgs,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: MessagesOutput,
    /// Passwords that credentials are checked against.
    #[command(flatten)]
    pub passwords: PasswordArgs,
    /// Whether the bytes of messages hide secrets.
    #[command(flatten)]
    pub mask: MaskArgs,
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

/// What `messages` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagesOutput {
    /// For reading.
    Text(TextLayout),
    /// The report with the messages alone.
    Json {
        /// With their bytes in base64.
        raw: bool,
    },
    /// One JSON record a line.
    Ndjson {
        /// With their bytes in base64.
        raw: bool,
    },
    /// One row a message.
    Csv(CsvArgs),
}

#[doc(hidden)]
#[derive(Args, Clone, Debug)]
pub(super) struct MessagesTyped {
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
    layout: TextLayout,
    /// Add every message's bytes to the JSON, in base64
    #[arg(long, help_heading = "Output")]
    raw: bool,
    #[command(flatten)]
    rows: RowArgs,
}

impl Meaning for MessagesOutput {
    type Typed = MessagesTyped;
    fn of(typed: MessagesTyped) -> Result<Self, &'static str> {
        const BYTES: &str =
            "--raw adds bytes to JSON: add --json, or use -W byline to read the texts";
        const TEXT_ONLY: &str =
            "-W shapes text: leave out --json and --format, or use --raw for the bytes";
        let text_only = (typed.layout != TextLayout::Line).then_some(TEXT_ONLY);
        match (typed.rows.chosen(typed.layout, text_only)?, typed.raw) {
            (RowsOutput::Json, raw) => Ok(MessagesOutput::Json { raw }),
            (RowsOutput::Ndjson, raw) => Ok(MessagesOutput::Ndjson { raw }),
            (RowsOutput::Text(_) | RowsOutput::Csv(_), true) => Err(BYTES),
            (RowsOutput::Text(layout), false) => Ok(MessagesOutput::Text(layout)),
            (RowsOutput::Csv(csv), false) => Ok(MessagesOutput::Csv(csv)),
        }
    }
}
means!(MessagesOutput);
