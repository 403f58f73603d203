//! `sipflow calls`.

use super::format::RowArgs;
use super::meaning::{Meaning, means};
use super::{
    DiagnosticsArgs, InputArgs, MosArgs, OutputArgs, RowsOutput, SelectArgs, TimeArgs, WhereArgs,
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow calls lab.pcap
  sipflow calls lab.pcap --from alice --status 486     alice's calls that met a busy callee
  sipflow calls lab.pcap --log --timezone local        the classic call log
  sipflow calls lab.pcap --where 'post_dial_delay_s > 3s or streams.lost_percent > 2%'
  sipflow calls --format csv *.pcap > calls.csv
  sipflow calls --json lab.pcap | jq -r '.calls[] | [.id, .outcome, .talk_time_s] | @tsv'

A call fits --from, --status and the like when at least one of its messages does; --where asks the call itself. Exit code 1: no call fits.";

/// List calls, one line each
///
/// One line a call: when, who, how it ended and who ended it, how long it rang and lasted, codec,
/// loss and quality. JSON holds the report with the calls alone.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow calls [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct CallsArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which calls.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: RowsOutput<CallsText>,
    /// How MOS is estimated.
    #[command(flatten)]
    pub mos: MosArgs,
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

/// How a list of calls looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallsText {
    /// One line a call.
    Table,
    /// The classic call log.
    Log,
}

#[doc(hidden)]
#[derive(Args, Clone, Debug)]
pub(super) struct CallsTyped {
    /// Print the call log instead: from, to, ringing, start, end, a block a call
    #[arg(long, help_heading = "Output")]
    log: bool,
    #[command(flatten)]
    rows: RowArgs,
}

impl Meaning for RowsOutput<CallsText> {
    type Typed = CallsTyped;
    fn of(typed: CallsTyped) -> Result<Self, &'static str> {
        const TEXT_ONLY: &str = "--log is a text form: leave out --json and --format";
        match typed.log {
            true => typed.rows.chosen(CallsText::Log, Some(TEXT_ONLY)),
            false => typed.rows.chosen(CallsText::Table, None),
        }
    }
}
means!(RowsOutput<CallsText>);
