//! `sipflow doctor`.

use super::{DiagnosticsArgs, InputArgs, OutputArgs, SingleFormat};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow doctor lab.pcap
  sipflow doctor caller.pcap proxy.pcap                several captures, merged by time
  sipflow doctor --json lab.pcap | jq -r .answer
  sipflow doctor --json lab.pcap | jq '.funnel[] | select(.final and .packets > 0) | {id, packets}'";

/// Say why something is, or is not, shown
///
/// Accounts for every packet: how many were read as SIP, RTP and what else, and why the rest stopped
/// where it did. Then link types and layers, ports, payloads nobody knows, and what hides or cuts
/// something (capture filters, snap length, TLS, one direction, lost packets), with what to do about it.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow doctor [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct DoctorArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Text or JSON.
    #[command(flatten)]
    pub format: SingleFormat,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is said beside it.
    #[command(flatten)]
    pub diagnostics: DiagnosticsArgs,
}
