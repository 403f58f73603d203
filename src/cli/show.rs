//! `sipflow show`.

use super::frames::Frames;
use super::meaning::{Meaning, means};
use super::{
    DiagnosticsArgs, InputArgs, MaskArgs, OutputArgs, PasswordArgs, SingleFormat, TimeArgs,
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow show lab.pcap 9
  sipflow show lab.pcap --frame 9,14 --json            messages[], and packets[] of what is no SIP
  sipflow show lab.pcap --frame 5-8
  sipflow show p1.pcap p2.pcap --frame p2:#13          packet 13 of p2.pcap
  sipflow show lab.pcap 9 --compare-hops               what each proxy, NAT or ALG changed in the message
  sipflow show lab.pcap 11 --password-file lab.txt --show-work   how the Digest response is made
  sipflow show lab.pcap --frame 9 --raw                the text as sent and nothing else

Exit code 1: no capture has such a frame; with --raw: no SIP message ends in it;\n\
with --compare-hops: its message is on one hop alone.";

pub(super) const FILE_HELP: &str = "\
The captures to read: pcap or pcapng, plain or compressed with gzip or zstd; - is standard input. Frame \
numbers may stand behind them: lab.pcap 9. Of several files a frame is named with its file: p2:#13.";

/// Show single packets: SIP messages header by header, RTP, RTCP, STUN and ICMP field by field
///
/// Takes captures and the numbers of one or more frames in them; `sipflow messages` lists the SIP messages. Of each
/// message: its fields, what each header means in this message, its body with the octets of each line, and what follows
/// from it: the request it answers or the response it acknowledges and how long that took, whether it was sent before,
/// whether its length is right, which packet each Via was on top of and what a NAT changed, its routes, and whose
/// address stands where. Of any other packet: what it is, what
/// its fields mean, and the stream or call it belongs to.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow show [OPTIONS] <FILE>... <N>...\n       \
                            sipflow show [OPTIONS] <FILE>... --frame <N>", after_long_help = EXAMPLES)]
pub struct ShowArgs {
    /// Which packets of which captures.
    #[command(flatten)]
    pub wanted: Wanted,
    /// Print the text as sent and nothing else; with --json, add the bytes in base64
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    /// Compare the message with itself on its other hops: what was added, removed, changed
    #[arg(
        long,
        help_heading = "Output",
        conflicts_with_all = ["raw", "show_work"],
        long_help = "Compare the message with itself on its other hops, in the order of its path, instead of taking it \
                     apart: which header fields and lines of SDP were added, removed, changed or put elsewhere between \
                     two packets, and by whom as far as they prove it. With --json: hop_comparisons[]"
    )]
    pub compare_hops: bool,
    /// Add the arithmetic of Digest credentials, with --password-file
    #[arg(
        long,
        help_heading = "Credentials",
        requires = "password_file",
        conflicts_with_all = ["raw", "json", "format"],
        long_help = "Add the arithmetic of Digest credentials, step by step: A1, HA1, A2, HA2, the joined text and the \
                     response, computed and sent. The password itself is never shown"
    )]
    pub show_work: bool,
    /// Show secrets: response, cnonce, HA1, keys and ICE passwords
    #[arg(long, help_heading = "Credentials", conflicts_with = "mask_secrets")]
    pub show_secrets: bool,
    /// Passwords that credentials are checked against.
    #[command(flatten)]
    pub passwords: PasswordArgs,
    /// Whether the bytes of messages hide secrets.
    #[command(flatten)]
    pub mask: MaskArgs,
    /// Text or JSON.
    #[command(flatten)]
    pub format: SingleFormat,
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

/// Captures and frames as typed: the numbers may stand among the files.
#[derive(Args, Clone, Debug)]
pub(super) struct Typed {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Frame number, as Wireshark counts; several with commas, or as a range
    #[arg(long = "frame", value_name = "N", value_delimiter = ',', value_parser = Frames::parse,
          long_help = "Frame number, as Wireshark counts: the packet's number in its file. Several with \
                       commas (9,14), as a range (5-8), or by repeating the option; #9 is 9, and p2:#13 is \
                       packet 13 of the file p2.pcap, or of the second. A message in several packets (IP \
                       fragments, TCP) has the number of the packet that completes it. All SIP messages \
                       of these frames are shown; \"sipflow messages\" lists what there is to choose from")]
    pub frames: Vec<Frames>,
}

/// Which packets of which captures.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The captures.
    pub input: InputArgs,
    /// The packets; never empty.
    pub frames: Vec<Frames>,
}

impl Meaning for Wanted {
    type Typed = Typed;
    fn of(typed: Typed) -> Result<Self, &'static str> {
        let Typed {
            mut input,
            mut frames,
        } = typed;
        let mut files = Vec::new();
        for file in input.files {
            let several = |word: &str| word.split(',').map(Frames::among_files).collect();
            match file.to_str().and_then::<Vec<Frames>, _>(several) {
                Some(of_it) => frames.extend(of_it),
                None => files.push(file),
            }
        }
        input.files = files;
        match (input.files.is_empty(), frames.is_empty()) {
            (true, _) => Err("no FILE is named; a file whose name is a number is written ./5"),
            (_, true) => Err("no frame is named, for example: sipflow show FILE 9"),
            _ => Ok(Wanted { input, frames }),
        }
    }
}
means!(Wanted);
