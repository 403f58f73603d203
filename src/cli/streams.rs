//! `sipflow streams`.

use super::format::RowArgs;
use super::meaning::{Meaning, means};
use super::packet_range::packet_range;
use super::{
    DiagnosticsArgs, InputArgs, MosArgs, OutputArgs, RowsOutput, SelectArgs, TimeArgs, WhereArgs,
};
use crate::types::PacketRange;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow streams lab.pcap
  sipflow streams lab.pcap --call 1 --show-work        with the arithmetic written out
  sipflow streams lab.pcap --show-work --range 1-20    and the jitter of twenty packets, row by row
  sipflow streams lab.pcap --mos-profile classroom     MOS with the ceilings that courses teach
  sipflow streams lab.pcap --where 'lost_percent > 1% or jitter_max_ms > 30ms'
  sipflow streams --format csv lab.pcap > streams.csv
  sipflow streams --series --format csv lab.pcap > seconds.csv
  sipflow streams --json lab.pcap | jq '.streams[] | {id, lost, jitter_max_ms, mos: .quality.mos}'

Selecting by header or status keeps the streams of the calls that fit.
Exit code 1: no stream fits.";

/// List RTP streams with loss, jitter, bandwidth and quality
///
/// One line a stream: packets, loss, duplicates and reordering apart from it, jitter, time between
/// packets, clock drift, bandwidth on every layer, estimated quality (MOS), and what RTCP said. MOS is that of
/// listening; "wb" marks the wideband scale, which is not comparable with the other.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow streams [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct StreamsArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which streams.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: RowsOutput<StreamsText>,
    /// Decode the sound: level, silence and digits (DTMF tones) of each stream (reads the captures twice)
    #[arg(long, help_heading = "Sound")]
    pub audio: bool,
    /// Give the figures second by second, over each stream's whole length
    #[arg(
        long,
        help_heading = "Output",
        conflicts_with = "show_work",
        long_help = "Give the figures second by second, from each stream's first to its last packet: packets, lost, \
                     duplicates, jitter, longest time between packets, and bandwidth on every layer. Seconds are \
                     counted from the first packet of the capture. Beyond an hour steps are of 10 s, then of 60 s \
                     (step_s). JSON has them as streams[].series[], CSV a row a stream and step"
    )]
    pub series: bool,
    /// With --show-work: write out jitter for these packets, row by row
    #[arg(
        long,
        value_name = "A-B",
        help_heading = "Output",
        requires = "show_work",
        value_parser = packet_range,
        long_help = "With --show-work: write out jitter for these packets, row by row. 1-20 are the first twenty \
                     packets of each stream, '#1500-1600' those in these frames; at most 1000"
    )]
    pub range: Option<PacketRange>,
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

/// How a list of streams looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamsText {
    /// One line a stream, and what RTCP said.
    Table,
    /// How the figures come about.
    Work,
}

#[doc(hidden)]
#[derive(Args, Clone, Debug)]
pub(super) struct StreamsTyped {
    /// Write out how the figures come about
    #[arg(long, help_heading = "Output")]
    show_work: bool,
    #[command(flatten)]
    rows: RowArgs,
}

impl Meaning for RowsOutput<StreamsText> {
    type Typed = StreamsTyped;
    fn of(typed: StreamsTyped) -> Result<Self, &'static str> {
        const TEXT_ONLY: &str = "--show-work is a text form: leave out --json and --format";
        match typed.show_work {
            true => typed.rows.chosen(StreamsText::Work, Some(TEXT_ONLY)),
            false => typed.rows.chosen(StreamsText::Table, None),
        }
    }
}
means!(RowsOutput<StreamsText>);
