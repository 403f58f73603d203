//! `sipflow bandwidth`.

use super::number::number;
use super::{OutputArgs, SingleFormat};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow bandwidth G711 --ptime 20
  sipflow bandwidth G729 --ptime 30 --ipv6
  sipflow bandwidth ulaw --calls 24 --vlan     both directions need this much each
  sipflow bandwidth opus --bitrate 24          a codec whose rate the encoder chooses
  sipflow bandwidth --list                     the codecs, with delays and best quality";

/// Work out the bandwidth of a codec, layer by layer
///
/// The classroom calculation: bytes per packet on each layer, packets per second, and kbit/s
/// (1000 bit/s) for one direction. Reads no capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct BandwidthArgs {
    /// Codec, as SDP names it or as it is called: G711, ulaw, G.723.1-5.3, amr-wb, opus, …
    #[arg(
        value_name = "CODEC",
        required_unless_present_any = ["list", "codec"],
        conflicts_with_all = ["list", "codec"]
    )]
    pub name: Option<String>,
    /// The same by an option
    #[arg(long, value_name = "CODEC", conflicts_with = "list")]
    pub codec: Option<String>,
    /// List the codecs: frames, delays, bandwidth and the best quality each can reach
    #[arg(long)]
    pub list: bool,
    /// Milliseconds of sound in a packet [default: the codec's own, mostly 20]
    #[arg(long, value_name = "MS", value_parser = packet_time, conflicts_with = "list")]
    pub ptime: Option<f64>,
    /// Rate in kbit/s of a codec that has several, or that the encoder chooses
    #[arg(long, value_name = "KBPS", value_parser = bitrate, conflicts_with = "list")]
    pub bitrate: Option<f64>,
    /// With IPv6 headers (40 bytes) instead of IPv4 (20)
    #[arg(long)]
    pub ipv6: bool,
    /// With an 802.1Q tag (4 bytes)
    #[arg(long)]
    pub vlan: bool,
    /// With the authentication tag of SRTP (10 bytes)
    #[arg(long)]
    pub srtp: bool,
    /// For N calls at once
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "list",
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

/// A rate in kbit/s: from 0.1 to 10000.
fn bitrate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(kbps) if (0.1..=10_000.0).contains(&kbps) => Ok(kbps),
        _ => Err("a rate is a number of kbit/s, from 0.1 to 10000".into()),
    }
}
