//! `sipflow report`.

use super::format::FormatArgs;
use super::meaning::{Meaning, means};
use super::{
    DiagnosticsArgs, InputArgs, MaskArgs, MosArgs, OutputArgs, PasswordArgs, ReportFormat,
    SelectArgs, TimeArgs, WhereArgs,
};
use crate::types::{KindSet, RecordKind};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow report lab.pcap
  sipflow report caller.pcap proxy.pcap callee.pcap    three captures of one lab, merged by time
  sipflow report lab.pcap --call 2                     call 2 and what belongs to it
  sipflow report lab.pcap --where \"findings.code == 'one_way_audio'\"
  sipflow report lab.pcap --lint                       and where messages depart from the rules
  sipflow report lab.pcap --password-file lab.txt      do the credentials fit these passwords?
  sipflow report lab.pcap --audio                      with level, silence, who talks when
  sipflow report --json lab.pcap -o lab.json           the whole report for a script
  sipflow report --json --records calls,findings lab.pcap
  sipflow report --format ndjson big.pcap.zst | grep '\"record\":\"finding\"'";

/// Report on captures: registrations, calls, ladders, media quality, findings
///
/// Prints what the captures hold: a summary, the registrations, the calls with a ladder diagram
/// each, the quality of their media, and the findings, each with the frames it was read from.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow report [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct ReportArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which calls.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// Text or JSON.
    #[command(flatten)]
    pub shape: ReportOutput,
    /// Decode the sound: level, silence and digits (DTMF tones) of each stream, who talks when, dead air (reads the captures twice)
    #[arg(long, help_heading = "Sound")]
    pub audio: bool,
    /// Add findings on messages that depart from the rules of SIP, once a kind and sender
    #[arg(
        long,
        help_heading = "Output",
        long_help = "Add findings on messages that depart from the rules of SIP, each once a kind and sender: headers and \
                     tags that are missing, numbers and branches used twice, responses that do not give back what the \
                     request has, extensions that were not offered, proxies that do not count Max-Forwards down, \
                     Digest credentials. docs/findings.md has them under Conformance"
    )]
    pub lint: bool,
    /// Add calls, media and streams second by second to the JSON
    #[arg(
        long,
        help_heading = "Output",
        long_help = "Add to the JSON, second by second: calls at once and the bandwidth of all media on every layer \
                     (capture.series[]), and each stream's figures (streams[].series[]). Beyond an hour steps are of \
                     10 s, then of 60 s (step_s). NDJSON has those of the streams"
    )]
    pub series: bool,
    /// How MOS is estimated.
    #[command(flatten)]
    pub mos: MosArgs,
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

/// What `report` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOutput {
    /// For reading.
    Text,
    /// One JSON document.
    Json(Records),
    /// One JSON record a line.
    Ndjson(Records),
}

/// What JSON holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records {
    /// Of which kinds.
    pub kinds: KindSet,
    /// Messages with their bytes in base64.
    pub raw: bool,
}

#[doc(hidden)]
#[derive(Args, Clone, Debug)]
pub(super) struct ReportTyped {
    #[command(flatten)]
    format: FormatArgs<ReportFormat>,
    /// Arrays the JSON is to hold; the others stay empty [default: all]
    #[arg(
        long,
        value_name = "KINDS",
        value_enum,
        value_delimiter = ',',
        help_heading = "Output"
    )]
    records: Vec<RecordKind>,
    /// Add every message's bytes to the JSON, in base64
    #[arg(long, help_heading = "Output")]
    raw: bool,
}

impl Meaning for ReportOutput {
    type Typed = ReportTyped;
    fn of(typed: ReportTyped) -> Result<Self, &'static str> {
        let records = Records {
            kinds: match typed.records.as_slice() {
                [] => KindSet::ALL,
                some => KindSet::of(some),
            },
            raw: typed.raw,
        };
        match typed.format.chosen() {
            ReportFormat::Json => Ok(ReportOutput::Json(records)),
            ReportFormat::Ndjson => Ok(ReportOutput::Ndjson(records)),
            ReportFormat::Text if !typed.records.is_empty() => {
                Err("--records chooses what JSON holds: add --json or --format ndjson")
            }
            ReportFormat::Text if typed.raw => Err("--raw adds bytes to JSON: add --json"),
            ReportFormat::Text => Ok(ReportOutput::Text),
        }
    }
}
means!(ReportOutput);
