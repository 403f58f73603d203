//! `sipflow capture`.

use super::number::number;
use super::{MaskArgs, MatchArgs, OutputArgs, SelectArgs, TextLayout, TimeArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  sudo sipflow capture                                 all interfaces, every SIP message as it passes
  sudo sipflow capture -i eth0 port 5060               one interface, libpcap's filter
  sudo sipflow capture -i eth0 port 5060 -W byline | tee lab.txt
  sudo sipflow capture -i eth0 --with-media port 5060 -w lab.pcapng
  sudo sipflow capture --calls                         a line whenever a call's state changes
  sudo sipflow capture --json -l | jq -r 'select(.record==\"call\").outcome'
  sudo sipflow capture -w ring.pcapng -b filesize:100000 -b files:10 -q
  sudo sipflow capture -a duration:60 -m 486 --method INVITE

Ctrl-C ends it with the report of what was seen. Not root? Once:
  sudo setcap cap_net_raw,cap_net_admin+eip $(command -v sipflow)

Exit codes: 0 done; 2 wrong usage or filter, or a file that is read or that another sipflow writes;
3 no permission, no such interface, or packets or lines that could not be written (how many is said).";

const WHAT: &str = "What to capture";
const SAVE: &str = "Saving";
const SHOW: &str = "Output";
const RUN: &str = "Running for long";

/// Watch SIP and RTP on a live interface
///
/// Prints each SIP message as it is seen and ends, on Ctrl-C, with the report of what was seen and
/// with what the kernel dropped. Words behind the options are the capture filter in libpcap's
/// language (man pcap-filter). A filter by port is widened to IP fragments, which carry no port.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow capture [OPTIONS] [FILTER]...", after_long_help = EXAMPLES)]
pub struct CaptureArgs {
    /// Capture filter, as tcpdump takes it: port 5060 and host 192.0.2.10
    #[arg(value_name = "FILTER")]
    pub filter_words: Vec<String>,
    /// Interface to capture on; several with commas or by repeating [default: any]
    #[arg(
        short = 'i',
        visible_short_alias = 'd',
        long = "interface",
        value_name = "IFACE",
        value_delimiter = ',',
        help_heading = WHAT
    )]
    pub interfaces: Vec<String>,
    /// The filter, in one word
    #[arg(short = 'f', long = "filter", value_name = "FILTER",
          conflicts_with_all = ["filter_words", "filter_file"], help_heading = WHAT)]
    pub filter: Option<String>,
    /// Read the filter from FILE
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "filter_words", help_heading = WHAT)]
    pub filter_file: Option<PathBuf>,
    /// Let RTP and RTCP through whatever the filter says
    #[arg(long, help_heading = WHAT)]
    pub with_media: bool,
    /// Use the filter as it is, not widened to IP fragments
    #[arg(long, help_heading = WHAT)]
    pub exact_filter: bool,
    /// Count a packet that is captured twice as if it had been sent twice
    #[arg(long, help_heading = WHAT)]
    pub keep_duplicates: bool,
    /// Keep at most BYTES of a packet
    #[arg(short = 's', long = "snaplen", value_name = "BYTES", default_value = "262144",
          value_parser = |t: &str| number::<u32>(t, 68..=262_144, "1500"), help_heading = WHAT)]
    pub snap_len: u32,
    /// Do not ask for packets of other hosts (promiscuous mode)
    #[arg(short = 'p', long, help_heading = WHAT)]
    pub no_promiscuous: bool,
    /// The kernel's buffer for each interface, in MiB
    #[arg(short = 'B', long = "buffer", value_name = "MIB", default_value = "16",
          value_parser = |t: &str| number::<u32>(t, 1..=2047, "64"), help_heading = WHAT)]
    pub buffer_mib: u32,
    /// Take each packet at once instead of by blocks of 0.1 s
    #[arg(long, help_heading = WHAT)]
    pub immediate: bool,
    /// Stop after N packets
    #[arg(short = 'c', long, value_name = "N", value_parser = |t: &str| number::<u64>(t, 1..=u64::MAX, "100"), help_heading = WHAT)]
    pub count: Option<u64>,
    /// List the interfaces and exit
    #[arg(short = 'D', long, help_heading = WHAT)]
    pub list_interfaces: bool,

    /// Which messages are printed; everything is followed and saved.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And whose text matches.
    #[command(flatten)]
    pub matching: MatchArgs,

    /// Save the packets to FILE; - is standard output
    #[arg(
        short = 'w',
        visible_short_alias = 'O',
        long = "write",
        value_name = "FILE",
        help_heading = SAVE,
        long_help = "Save the packets to FILE: pcapng where its name ends in .pcapng, else pcap, with \
                     nanosecond times; - writes pcap to standard output and prints no messages"
    )]
    pub save: Option<PathBuf>,
    /// Begin a new file: duration:S, filesize:KB, packets:N; files:N keeps the last N
    #[arg(
        short = 'b',
        long = "ring",
        value_name = "WHEN",
        requires = "save",
        help_heading = SAVE,
        long_help = "Begin a new file after duration:SECONDS, filesize:KILOBYTES or packets:NUMBER; \
                     files:NUMBER keeps that many and removes the oldest. As tshark's: the names get a \
                     number and the time, lab_00001_20260322155059.pcapng. May be repeated"
    )]
    pub ring: Vec<Condition>,
    /// Stop after duration:S, filesize:KB, packets:N or files:N
    #[arg(
        short = 'a',
        long = "autostop",
        value_name = "WHEN",
        help_heading = SAVE,
        long_help = "Stop after duration:SECONDS, filesize:KILOBYTES saved in one file, packets:NUMBER, or \
                     files:NUMBER written. As tshark's. May be repeated"
    )]
    pub autostop: Vec<Condition>,
    /// Save only packets of SIP and of media that belongs to it
    #[arg(long, requires = "save", help_heading = SAVE)]
    pub only_voip: bool,
    /// Save each call to a file of its own in DIR
    #[arg(long, value_name = "DIR", help_heading = SAVE)]
    pub each_call: Option<PathBuf>,

    /// How to print a message: line, byline, none
    #[arg(
        short = 'W',
        long = "layout",
        value_name = "LAYOUT",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help_heading = SHOW,
        long_help = "How to print a message:\n  \
              line    time, hosts, what it is, Call-ID\n  \
              byline  a line of addresses, then the text as sent\n  \
              none    a line of addresses, then the text on one line, for grep\n\n\
              byline and none are ngrep's."
    )]
    pub layout: TextLayout,
    /// Whether the texts of messages hide secrets.
    #[command(flatten)]
    pub mask: MaskArgs,
    /// Print a line for each change of a call's state instead of its messages
    #[arg(long = "calls", conflicts_with_all = ["layout", "pattern"], help_heading = SHOW)]
    pub call_steps: bool,
    /// Shape of the output [default: text]
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        conflicts_with_all = ["call_steps", "layout"],
        help_heading = SHOW
    )]
    format: Option<LiveFormat>,
    /// Short for --format ndjson: records as they become final, one a line
    #[arg(long, conflicts_with_all = ["format", "call_steps", "layout"], help_heading = SHOW)]
    json: bool,
    /// Add to the file of -o instead of beginning it anew
    #[arg(
        long,
        help_heading = SHOW,
        long_help = "Add to the file of -o instead of beginning it anew. Half a record at its end, as a crash \
                     leaves it, is removed, and half a line of text is ended; either is said"
    )]
    pub append: bool,
    /// No report at the end
    #[arg(long, help_heading = SHOW)]
    pub no_summary: bool,
    /// How times are written.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,

    /// Once the interfaces are open, become USER
    #[arg(long, value_name = "USER", help_heading = RUN)]
    pub user: Option<String>,
    /// Say on standard error every SECONDS how the capture is doing
    #[arg(long, value_name = "SECONDS", value_parser = |t: &str| number::<u64>(t, 1..=u64::MAX, "100"), help_heading = RUN)]
    pub stats_interval: Option<u64>,
    /// Follow at most N Call-IDs at a time
    #[arg(long, value_name = "N", value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "100"), help_heading = RUN)]
    pub max_call_ids: Option<u32>,
    /// Follow at most N RTP streams at a time
    #[arg(long, value_name = "N", value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "100"), help_heading = RUN)]
    pub max_streams: Option<u32>,
    /// Print no messages and no notices, only errors and the report at the end
    #[arg(short, long, help_heading = "Diagnostics")]
    pub quiet: bool,
}

impl CaptureArgs {
    /// Text or NDJSON.
    pub fn chosen_format(&self) -> LiveFormat {
        match self.format {
            _ if self.json => LiveFormat::Ndjson,
            Some(format) => format,
            None => LiveFormat::Text,
        }
    }
}

/// The formats of what is seen while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LiveFormat {
    /// For reading
    Text,
    /// One JSON record a line, each with its kind in "record", as it becomes final
    Ndjson,
}

/// When to begin a new file or to stop, as tshark's `-b` and `-a` spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Seconds.
    Duration(u64),
    /// Kilobytes (1000 bytes) in one file.
    FileSize(u64),
    /// Packets: in one file, or in all where it stops the capture.
    Packets(u64),
    /// Files: kept, or written where it stops the capture.
    Files(u64),
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "say duration:SECONDS, filesize:KILOBYTES, packets:NUMBER or files:NUMBER".to_owned()
        };
        let (kind, number) = text.split_once(':').ok_or_else(wrong)?;
        let number: u64 = number.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
        match kind {
            "duration" => Ok(Condition::Duration(number)),
            "filesize" => Ok(Condition::FileSize(number)),
            "packets" => Ok(Condition::Packets(number)),
            "files" => Ok(Condition::Files(number)),
            _ => Err(wrong()),
        }
    }
}
