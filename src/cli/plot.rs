//! `sipflow plot`.

use super::number::number;
use super::{DiagnosticsArgs, InputArgs, OutputArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sipflow plot lab.pcap --call 1 -o call-1.svg               both directions of a call
  sipflow plot lab.pcap --stream 3 -o stream-3.png           one stream
  sipflow plot lab.pcap --call 1 --range 10-15 -o part.svg   five seconds of it
  sipflow plot lab.pcap --call 1 --scale 2 -o call-1.png     twice the pixels, for print
  sipflow plot lab.pcap --call 1 --format png -o -| display -

Exit code 1: no such call or stream.";

/// Draw a call or a stream over time as SVG or PNG
///
/// Sound with marks where packets were lost, delay above the least, jitter (RFC 3550), time between packets, loss and
/// bandwidth, over one time axis with what SIP said and the keys pressed. Of a call both directions; where hops carry
/// the same media, that nearest the receiver. Figures beside the panels are those of the report, of the whole stream.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow plot [OPTIONS] <FILE>... -o <PICTURE>", after_long_help = EXAMPLES)]
pub struct PlotArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Draw call N of the report; not needed where there is one call
    #[arg(long, value_name = "N", help_heading = "Selection", conflicts_with = "stream",
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "1"))]
    pub call: Option<u32>,
    /// Draw stream N of the report
    #[arg(long, value_name = "N", help_heading = "Selection",
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3"))]
    pub stream: Option<u32>,
    /// Only from A to B, in seconds since the first packet of the capture; 10- is to the end
    #[arg(long, value_name = "A-B", help_heading = "Selection", value_parser = seconds)]
    pub range: Option<SecondsRange>,
    /// Pixels across
    #[arg(long, value_name = "PIXELS", help_heading = "Picture", default_value_t = 1000,
          value_parser = |t: &str| number::<u32>(t, 400..=10_000, "1200"))]
    pub width: u32,
    /// Pixels down, at least what the panels need [default: 46 or so a panel]
    #[arg(long, value_name = "PIXELS", help_heading = "Picture",
          value_parser = |t: &str| number::<u32>(t, 200..=20_000, "900"))]
    pub height: Option<u32>,
    /// Dark paper; an SVG follows the reader's screen without it, and prints light
    #[arg(long, help_heading = "Picture")]
    pub dark: bool,
    /// Pixels of a PNG to one of the picture
    #[arg(long, value_name = "N", help_heading = "Picture", default_value_t = 1,
          value_parser = |t: &str| number::<u32>(t, 1..=8, "2"))]
    pub scale: u32,
    /// SVG or PNG, where the name of PICTURE does not end in it
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "Output")]
    pub format: Option<PictureFormat>,
    /// Write to PICTURE, by its ending .svg or .png; - is standard output (SVG unless --format png)
    #[arg(
        short = 'o',
        long = "output",
        value_name = "PICTURE",
        required = true,
        help_heading = "Output",
        long_help = "Write to PICTURE, by its ending .svg or .png, never over an input; - is standard output (SVG \
                     unless --format png). The file takes its name when it is complete"
    )]
    pub file: PathBuf,
    /// What is said beside it.
    #[command(flatten)]
    pub diagnostics: DiagnosticsArgs,
}

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// Lines and text, sharp at every size
    Svg,
    /// Pixels
    Png,
}

/// Seconds of the capture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SecondsRange {
    /// From here.
    pub from: f64,
    /// To here; `None`: to the end.
    pub to: Option<f64>,
}

impl PlotArgs {
    /// Standard output is meant.
    pub fn is_to_stdout(&self) -> bool {
        self.output().file.is_none()
    }

    /// Where the picture goes.
    pub fn output(&self) -> OutputArgs {
        OutputArgs::named(&self.file)
    }

    /// What is written: as asked for, else by the name's ending.
    pub fn picture_format(&self) -> Result<PictureFormat, String> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.file.extension().map(|e| e.to_ascii_lowercase());
        match ending.as_deref().and_then(|e| e.to_str()) {
            Some("svg") => Ok(PictureFormat::Svg),
            Some("png") => Ok(PictureFormat::Png),
            _ if self.is_to_stdout() => Ok(PictureFormat::Svg),
            _ => Err(
                "the name of the picture ends in .svg or .png, or --format says what to write"
                    .into(),
            ),
        }
    }
}

/// `10-15`, `10-`, `2.5-3`.
fn seconds(text: &str) -> Result<SecondsRange, String> {
    let wrong = || "expected seconds of the capture, for example 10-15 or 10-".to_owned();
    let number = |t: &str| t.parse::<f64>().ok().filter(|n| (0.0..=1e9).contains(n));
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let from = number(if from.is_empty() { "0" } else { from }).ok_or_else(wrong)?;
    let to = match to {
        "" => None,
        to => Some(number(to).filter(|to| *to > from).ok_or_else(wrong)?),
    };
    Ok(SecondsRange { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_seconds_of_the_capture() {
        let range = |from, to| Ok(SecondsRange { from, to });
        assert_eq!(seconds("10-15"), range(10.0, Some(15.0)));
        assert_eq!(seconds("2.5-"), range(2.5, None));
        assert_eq!(seconds("-3"), range(0.0, Some(3.0)));
        for wrong in ["", "5", "5-5", "5-4", "a-b", "NaN-1", "1-inf"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
