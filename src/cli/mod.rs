//! What was typed: the commands, their options and every help text.
//!
//! Invariant: nothing here opens a file, reads a clock or decides anything about packets. The
//! structs are plain data; the application layer matches on [`Command`] and does the work. Help
//! texts live here and nowhere else; the man pages and shell completions are made from them.

mod audio;
mod bandwidth;
mod calls;
mod capture;
mod completions;
mod define;
mod doctor;
mod explain;
mod fields;
mod filter;
mod format;
mod frames;
mod hints;
mod input;
mod interfaces;
mod ladder;
mod list;
mod meaning;
mod messages;
mod mos;
mod number;
mod output;
mod packet_range;
mod plot;
mod registrations;
mod report;
mod schema;
mod secrets;
mod select;
mod show;
mod stats;
mod streams;
mod time;

pub use audio::AudioArgs;
pub use bandwidth::BandwidthArgs;
pub use calls::{CallsArgs, CallsText};
pub use capture::{CaptureArgs, Condition, LiveFormat};
pub use completions::CompletionsArgs;
pub use define::{DefineArgs, DefineWanted};
pub use doctor::DoctorArgs;
pub use explain::ExplainArgs;
pub use fields::FieldsArgs;
pub use filter::WhereArgs;
pub use format::{
    CsvArgs, DefineFormat, ExplainFormat, FieldsFormat, LadderFormat, ReportFormat, RowsOutput,
    SingleFormat,
};
pub use frames::Frames;
pub use input::InputArgs;
pub use interfaces::InterfacesArgs;
pub use ladder::LadderArgs;
pub use list::ListArgs;
pub use messages::{MessagesArgs, MessagesOutput, TextLayout};
pub use mos::MosArgs;
pub use output::{DEFAULT_WIDTH, DiagnosticsArgs, OutputArgs, When};
pub use plot::{PictureFormat, PlotArgs, SecondsRange};
pub use registrations::RegistrationsArgs;
pub use report::{Records, ReportArgs, ReportOutput};
pub use schema::{Document, SchemaArgs};
pub use secrets::{MaskArgs, PasswordArgs};
pub use select::{MatchArgs, SelectArgs, StatusPattern};
pub use show::{ShowArgs, Wanted};
pub use stats::{StatsArgs, StatsOutput};
pub use streams::{StreamsArgs, StreamsText};
pub use time::TimeArgs;

use crate::types::shown_path;
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

const SHORT_AFTER: &str = "\
Start with:  sipflow CAPTURE.pcap
Exit codes:  0 done, 1 nothing matched, 2 wrong usage, 3 input unreadable or output lost";

const LONG_AFTER: &str = "\
Examples:
  sudo sipflow capture -i eth0 port 5060  watch SIP as it passes; Ctrl-C ends with the report
  sipflow lab.pcap                        everything about one capture: sipflow report lab.pcap
  sipflow calls *.pcapng                  one line per call, several files as one capture
  sipflow ladder lab.pcap --call 2        the ladder diagram of call 2
  sipflow explain lab.pcap --call 2       call 2 step by step, each special word explained
  sipflow messages lab.pcap --status 4xx  the 4xx responses, as a packet list
  sipflow list lab.pcap                   all packets, as Wireshark lists them
  sipflow show lab.pcap 9                 one packet, header by header
  sipflow streams lab.pcap --show-work    RTP figures with the arithmetic behind them
  sipflow stats *.pcap                    answer ratios, delays and calls at once (RFC 6076)
  sipflow audio lab.pcap --call 1 -o 1.wav   the sound of call 1
  sipflow plot lab.pcap --call 1 -o 1.svg    its jitter, loss and sound as a picture
  sipflow doctor lab.pcap                 why something is, or is not, shown
  sipflow define 486                      what a code, header, timer or finding means
  sipflow calls lab.pcap --where 'talk_time_s > 60s and streams.lost_percent > 2%'
  sipflow report --json lab.pcap | jq '.calls[].outcome'
  tcpdump -w - port 5060 | sipflow report -

Exit codes:
  0  done; warnings, a cut-off capture among them, are on standard error and in the report
  1  nothing matched
  2  wrong usage
  3  input unreadable or not a capture, or output lost (a full disk); with --strict, a
     damaged capture; what is missing is said on standard error

Environment:
  NO_COLOR        any value turns colour off, as --color never does
  CLICOLOR_FORCE  any value but 0 turns colour on where output is not a terminal

Captures may be pcap or pcapng, plain or compressed with gzip or zstd; - is standard input.
Data goes to standard output, everything else to standard error. Frame numbers are those
Wireshark shows. Names are never looked up in the DNS.";

/// SIP and RTP analyzer: call flows, media quality and findings from packet captures
///
/// sipflow reads captures and tells what happened: who registered, who called whom and how it
/// ended, what the media was like, and what went wrong, each with the frames that show it. Every
/// command that reads captures can also write JSON for scripts and graders.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "sipflow",
    bin_name = "sipflow",
    version,
    styles = STYLES,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = SHORT_AFTER,
    after_long_help = LONG_AFTER
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order the help lists them. Each one's text is that of its arguments.
#[derive(Subcommand, Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one is made per run")]
#[allow(missing_docs)]
pub enum Command {
    Capture(CaptureArgs),
    Report(ReportArgs),
    Calls(CallsArgs),
    Registrations(RegistrationsArgs),
    Ladder(LadderArgs),
    Explain(ExplainArgs),
    Messages(MessagesArgs),
    List(ListArgs),
    Show(ShowArgs),
    Streams(StreamsArgs),
    Stats(StatsArgs),
    Audio(AudioArgs),
    Plot(PlotArgs),
    Doctor(DoctorArgs),
    Bandwidth(BandwidthArgs),
    Define(DefineArgs),
    Fields(FieldsArgs),
    Schema(SchemaArgs),
    Interfaces(InterfacesArgs),
    Completions(CompletionsArgs),
}

/// Reads a command line, program name first.
///
/// An error is help or version text (exit code 0) or wrong usage (exit code 2);
/// [`clap::Error::exit`] does the right thing with each.
pub fn parse_from<I, T>(args: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    parse(&args).map_err(|error| said_safely(error, &args))
}

/// The error may hold what was typed, among it names of files, which a terminal must not obey. The same
/// command line with its words escaped has the same error, in words that can be shown.
fn said_safely(error: clap::Error, args: &[OsString]) -> clap::Error {
    let shown: Vec<OsString> = args.iter().map(|a| shown_path(a.as_ref()).into()).collect();
    match shown == args {
        true => error,
        // It parses where a word is to be text and is not UTF-8; that error repeats no word.
        false => parse(&shown).err().unwrap_or(error),
    }
}

fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let args = report_by_default(args);
    let matches = command()
        .try_get_matches_from(&args)
        .map_err(point_at_report)
        .map_err(|error| hints::explained(error, &args))?;
    Cli::from_arg_matches(&matches).map_err(|e| e.format(&mut command()))
}

/// The command line's definition, for completions and man pages.
pub fn command() -> clap::Command {
    Cli::command()
        .mut_subcommand("show", |show| {
            show.mut_arg("files", |file| file.long_help(show::FILE_HELP))
        })
        .mut_subcommand("list", |list| {
            list.mut_arg("column", |time| time.long_help(list::TIME_HELP))
        })
}

/// `sipflow lab.pcap` is `sipflow report lab.pcap`: a first word that is a path, and no command or near one.
fn report_by_default(args: &[OsString]) -> Vec<OsString> {
    let mut args = args.to_vec();
    let first = args.get(1).map(|word| word.to_string_lossy());
    let is_path = |word: &str| word == "-" || (word.contains(['.', '/']) && !word.starts_with('-'));
    if first.is_some_and(|word| is_path(&word)) {
        args.insert(1, "report".into());
    }
    args
}

/// A word that is near no command may be a capture's name without a dot.
fn point_at_report(error: clap::Error) -> clap::Error {
    let is_near_one = error.get(ContextKind::SuggestedSubcommand).is_some();
    if error.kind() != ErrorKind::InvalidSubcommand || is_near_one {
        return error;
    }
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => command().error(
            ErrorKind::InvalidSubcommand,
            format!("'{word}' is not a command; to read a capture: sipflow report {word}"),
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests;
