//! The captures to read.

use super::meaning::contradiction;
use super::number::number;
use crate::types::{Hearing, StreamExtras};
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use std::path::PathBuf;

/// The captures to read, and how strict to be with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputArgs {
    /// In the order typed, however they were given; never empty after parsing. `-` is standard
    /// input.
    pub files: Vec<PathBuf>,
    /// Treat a damaged capture as a failure.
    pub strict: bool,
    /// Count packets that the capture holds twice as if they had been sent twice.
    pub keep_duplicates: bool,
    /// What sound is listened to: all of it with `--audio` of `report` and `streams`.
    pub hearing: Hearing,
    /// Headers whose value is the Call-ID of another leg.
    pub leg_headers: Vec<String>,
    /// So many times the usual room for what is open and kept; at least 1.
    pub limits: u16,
    /// What is kept of each stream beside its figures; options of single commands ask for it.
    pub extras: StreamExtras,
    /// Passwords that credentials are checked against; some commands ask for it.
    pub password_file: Option<PathBuf>,
    /// Look at messages for departures from the rules; `report --lint`.
    pub lint: bool,
}

impl InputArgs {
    /// Every file that is read.
    pub fn all_files(&self) -> Vec<PathBuf> {
        let captures = self.files.iter();
        captures.chain(&self.password_file).cloned().collect()
    }

    /// The same with no sound listened to, for what does not show it. What was asked for by name stays.
    pub fn unheard(&self) -> InputArgs {
        let hearing = match self.hearing {
            Hearing::All => Hearing::All,
            Hearing::Keys | Hearing::Nothing => Hearing::Nothing,
        };
        InputArgs {
            hearing,
            ..self.clone()
        }
    }
}

// By hand rather than derived: only the matches know in which order `a -r b c` was typed, and that
// order numbers the sources of the report.
impl Args for InputArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("files")
                    .value_name("FILE")
                    .num_args(1..)
                    .action(ArgAction::Append)
                    .value_parser(path())
                    .required_unless_present("read")
                    .help("Captures to read, - for standard input; several are merged by time")
                    .long_help(
                        "Captures to read: pcap or pcapng, plain or compressed with gzip or zstd; \
                         - is standard input. Several files are analysed as one capture, merged \
                         by time.",
                    ),
            )
            .arg(
                Arg::new("read")
                    .short('r')
                    .visible_short_alias('I')
                    .long("read")
                    .value_name("FILE")
                    .num_args(1)
                    .action(ArgAction::Append)
                    .value_parser(path())
                    .help_heading("Input")
                    .help("The same as naming FILE, as tshark (-r) and sngrep (-I) spell it"),
            )
            .arg(
                Arg::new("strict")
                    .long("strict")
                    .action(ArgAction::SetTrue)
                    .help_heading("Input")
                    .help("Exit with 3 when a capture is damaged or cut off")
                    .long_help(
                        "Exit with 3 when a capture is damaged or cut off. Without it, what could \
                         be read is reported, with a warning, and the exit code is 0.",
                    ),
            )
            .arg(
                Arg::new("keep-duplicates")
                    .long("keep-duplicates")
                    .action(ArgAction::SetTrue)
                    .help_heading("Input")
                    .help("Count a packet the capture holds twice as if it had been sent twice")
                    .long_help(
                        "Count a packet the capture holds twice as if it had been sent twice. \
                         Without it, second copies made by the capture itself (the device any, \
                         both sides of a bridge or router, a mirror port, several files) are \
                         folded, and counted apart as capture duplicates.",
                    ),
            )
            .arg(
                Arg::new("leg-header")
                    .long("leg-header")
                    .value_name("NAME")
                    .num_args(1)
                    .action(ArgAction::Append)
                    .help_heading("Input")
                    .help("A header of INVITEs that names the Call-ID of the call's other leg")
                    .long_help(
                        "A header of INVITEs whose value is the Call-ID of the call's other leg, as a \
                         PBX or SBC writes it; X-CID and X-Call-ID are known. May be given several \
                         times.",
                    ),
            )
            .arg(
                Arg::new("limits")
                    .long("limits")
                    .value_name("N")
                    .num_args(1)
                    .value_parser(|text: &str| number::<u16>(text, 1..=1000, "4"))
                    .help_heading("Input")
                    .help("Take N times the usual room for what is open at once and kept")
                    .long_help(
                        "Take N times the usual room for what is open at once and kept: calls, messages, \
                         streams, announced media, fragments, TCP connections. Memory has limits so that \
                         no capture can exhaust it; the finding limit_reached and 'sipflow doctor' say where \
                         one was reached and what follows from it [default: 1]",
                    ),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for InputArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut files: Vec<(usize, PathBuf)> = ["files", "read"]
            .into_iter()
            .filter_map(|id| matches.indices_of(id).zip(matches.get_many::<PathBuf>(id)))
            .flat_map(|(indices, paths)| indices.zip(paths.cloned()))
            .collect();
        files.sort_by_key(|&(typed_at, _)| typed_at);
        if files.iter().filter(|(_, f)| f.as_os_str() == "-").count() > 1 {
            return Err(contradiction("standard input (-) can be read only once"));
        }
        Ok(InputArgs {
            files: files.into_iter().map(|(_, path)| path).collect(),
            strict: matches.get_flag("strict"),
            keep_duplicates: matches.get_flag("keep-duplicates"),
            // Only some commands know it.
            hearing: match matches.try_get_one::<bool>("audio") {
                Ok(Some(true)) => Hearing::All,
                _ => Hearing::default(),
            },
            leg_headers: matches
                .get_many::<String>("leg-header")
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            limits: matches.get_one("limits").copied().unwrap_or(1),
            extras: StreamExtras::default(),
            password_file: match matches.try_get_one::<PathBuf>("password_file") {
                Ok(file) => file.cloned(),
                Err(_) => None,
            },
            lint: matches!(matches.try_get_one::<bool>("lint"), Ok(Some(true))),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn path() -> ValueParser {
    value_parser!(PathBuf)
}
