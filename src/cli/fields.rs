//! `sipflow fields`.

use super::OutputArgs;
use super::format::FieldsFormat;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow fields                        the records, with how many fields each has
  sipflow fields calls                  every field of a call
  sipflow fields streams jitter         those of a stream with jitter in their name or meaning
  sipflow fields codec                  the fields of any record about codecs
  sipflow fields streams --format csv > fields.csv
  sipflow streams lab.pcap --where 'jitter_max_ms > 30ms'

Exit code 1: no field has the words.";

/// List the fields that --where can ask, with types, units and meaning
///
/// The fields are those of the JSON report. A field of records (messages, findings) goes on with a dot:
/// sipflow calls lab.pcap --where 'messages.status == 486'. Reads no capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct FieldsArgs {
    /// The record: calls, registrations, attempts, requests, messages, transactions, dialogs, streams, findings; and
    /// words that the name or the meaning of a field has
    #[arg(value_name = "RECORD|WORD")]
    pub words: Vec<String>,
    /// Text, JSON, CSV or Markdown.
    #[command(flatten)]
    pub format: FieldsFormat,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
}
