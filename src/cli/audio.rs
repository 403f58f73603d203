//! `sipflow audio`.

use super::number::number;
use super::{DiagnosticsArgs, InputArgs, OutputArgs};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sipflow audio lab.pcap --call 1 -o call-1.wav            channel 1 the caller, 2 the callee
  sipflow audio lab.pcap --call 1 --talk -o talk.wav       from the answer on
  sipflow audio lab.pcap --call 1 --streams -o call-1.wav  call-1-stream-1.wav and so on
  sipflow audio lab.pcap --stream 3 -o -| play -           one stream, to a player
  sipflow audio lab.pcap --call 1 --raw -o call-1.wav      what is not decoded as call-1-stream-2.amr

Decoded: G.711, G.722, G.723.1, G.726, G.729, GSM, L16, Opus.
Exit code 1: no such call or stream, or nothing of it can be heard; standard error says why.";

/// Write the sound of a call or a stream as a WAV file
///
/// Of a call the sound from its first to its last RTP packet: channel 1 what the caller sent, channel 2 what the callee
/// sent, as it passed the capture point: RTP timestamps place the sound, arrival its begin. Where hops carry the same
/// sound, that nearest the receiver is heard. Lost packets are silence; so are key presses sent as events, and comfort
/// noise. Encrypted media is never decoded.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow audio [OPTIONS] <FILE>... -o <WAV>", after_long_help = EXAMPLES)]
pub struct AudioArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// The sound of call N of the report; not needed where there is one call
    #[arg(long, value_name = "N", help_heading = "Selection", conflicts_with = "stream",
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "1"))]
    pub call: Option<u32>,
    /// The sound of stream N of the report
    #[arg(long, value_name = "N", help_heading = "Selection", conflicts_with_all = ["streams", "talk"],
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3"))]
    pub stream: Option<u32>,
    /// From the answer on, not from the first packet
    #[arg(long, help_heading = "Sound")]
    pub talk: bool,
    /// Make up sound for lost packets, as a receiver does, instead of silence
    #[arg(long, help_heading = "Sound")]
    pub conceal: bool,
    /// One file a stream, all hops: OUT-stream-1.wav and so on
    #[arg(long, help_heading = "Output")]
    pub streams: bool,
    /// Write the payloads of what cannot be decoded: OUT-stream-1.amr and so on
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    /// Write to WAV; - is standard output
    #[arg(
        short = 'o',
        long = "output",
        value_name = "WAV",
        required = true,
        help_heading = "Output",
        long_help = "Write to WAV, never over an input; - is standard output. The file takes its name when it is \
                     complete"
    )]
    pub file: PathBuf,
    /// What is said beside it.
    #[command(flatten)]
    pub diagnostics: DiagnosticsArgs,
}

impl AudioArgs {
    /// Standard output is meant.
    pub fn is_to_stdout(&self) -> bool {
        self.output().file.is_none()
    }

    /// Where the sound goes.
    pub fn output(&self) -> OutputArgs {
        OutputArgs::named(&self.file)
    }
}
