//! `sipflow list`.

use super::frames::Frames;
use super::number::number;
use super::{DiagnosticsArgs, InputArgs, OutputArgs, RowsOutput, TimeArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow list lab.pcap
  sipflow list lab.pcap -c 20                          the first 20 packets
  sipflow list lab.pcap --frame 100-200 -t ad
  sipflow list p1.pcap p2.pcap --frame p2:#13          of several captures
  sipflow list lab.pcap | grep -v RTP
  sipflow list --format ndjson lab.pcap | jq -r 'select(.protocol == \"RTCP\") | .frame'

Exit code 1: the captures have no such packet.";

pub(super) const TIME_HELP: &str = "\
Time column, with tshark's letters:
  a   time of day
  ad  date and time of day
  d   seconds since the packet before, listed or not
  dd  seconds since the line before
  e   seconds since 1970-01-01 UTC
  r   seconds since the first packet
  ud  date and time of day in UTC, whatever --timezone says";

/// List all packets, as Wireshark's packet list does
///
/// One line a packet, whatever it is: number, time, source, destination, protocol, length and what it says, in
/// Wireshark's columns and words, so that the two can be put side by side. A call's media is named by what its SDP
/// says; packets of a TCP connection and fragments say in which packet they became whole, or that they are parts. A
/// packet is one row even where the capture holds it twice. Lines are written while the capture is read: it may be of
/// any length.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow list [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct ListArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Frame numbers, as Wireshark counts; several with commas, or as a range
    #[arg(
        long = "frame",
        value_name = "N",
        value_delimiter = ',',
        value_parser = Frames::parse_any,
        help_heading = "Selection",
        long_help = "Only packets with these numbers, as Wireshark counts: several with commas (9,14), as a range \
                     (100-200), or by repeating the option; p2:#13 is packet 13 of the file p2.pcap, or of the second"
    )]
    pub frames: Vec<Frames>,
    /// List so many packets and stop reading
    #[arg(
        short = 'c',
        long = "count",
        value_name = "N",
        value_parser = |text: &str| number::<u64>(text, 1..=u64::MAX, "20"),
        help_heading = "Selection"
    )]
    pub count: Option<u64>,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: RowsOutput,
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
