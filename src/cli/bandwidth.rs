//! `sipflow bandwidth`.

use super::number::number;
use super::{OutputArgs, SingleFormat};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow bandwidth --codec G711 --ptime 20
  sipflow bandwidth --codec G729 --ptime 30 --ipv6
  sipflow bandwidth --codec PCMA --calls 24 --vlan     both directions need this much each";

/// Work out the bandwidth of a codec, layer by layer
///
/// The classroom calculation: bytes per packet on each layer, packets per second, and kbit/s
/// (1000 bit/s) for one direction. Reads no capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct BandwidthArgs {
    /// Codec, as SDP names it or as it is called: G711, PCMU, G729, GSM, iLBC, …
    #[arg(long, value_name = "NAME")]
    pub codec: String,
    /// Milliseconds of sound in a packet [default: the codec's own, mostly 20]
    #[arg(long, value_name = "MS", value_parser = packet_time)]
    pub ptime: Option<f64>,
    /// With IPv6 headers (40 bytes) instead of IPv4 (20)
    #[arg(long)]
    pub ipv6: bool,
    /// With an 802.1Q tag (4 bytes)
    #[arg(long)]
    pub vlan: bool,
    /// For N calls at once
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "100"))]
    pub calls: u32,
    /// Text or JSON.
    #[command(flatten)]
    pub format: SingleFormat,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A packet time in milliseconds: above 0, at most 1000.
fn packet_time(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ms) if ms > 0.0 && ms <= 1000.0 => Ok(ms),
        _ => Err("a packet time is a number of milliseconds, above 0 and at most 1000".into()),
    }
}
