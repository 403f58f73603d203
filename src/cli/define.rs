//! `sipflow define`.

use super::OutputArgs;
use super::format::DefineFormat;
use super::meaning::{Meaning, means};
use crate::types::TermGroup;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  sipflow define 486                    a status code
  sipflow define INVITE                 a method
  sipflow define Via                    a header; v, its compact form, does too
  sipflow define PCMU                   a codec; 'PT 8' is a payload type
  sipflow define a=rtpmap               a line of SDP, as it stands in a message
  sipflow define timer B                a timer of SIP
  sipflow define Q.850 17               a cause that a gateway gives
  sipflow define one_way_audio          a code of a finding
  sipflow define B2BUA                  a part that a machine plays
  sipflow define --list                 the groups, with how many terms each has
  sipflow define --list timer           all terms of a group
  sipflow define 'minimum headers'      a sheet; --list sheet has the others
  sipflow define --list header --format md > headers.md

Exit codes:
  0  the term is explained
  1  no term is called so; near ones are named";

/// Explain a term: method, status code, header, SDP line, codec, timer, cause, finding code
///
/// What it means, where it is written down, where it may stand, and an example. A term is written
/// as people write it, or as it stands in a message. Reads no capture and needs no network.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct DefineArgs {
    /// What is asked for.
    #[command(flatten)]
    pub wanted: DefineWanted,
    /// Text, JSON or Markdown.
    #[command(flatten)]
    pub format: DefineFormat,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefineWanted {
    /// The words of one term, or several terms of one word each.
    Words(Vec<String>),
    /// All terms of a group.
    Group(TermGroup),
    /// The groups.
    Groups,
}

/// As it is typed.
#[derive(Args, Clone, Debug)]
pub(super) struct WantedArgs {
    /// The term: 486, INVITE, Via, v, PCMU, 'PT 8', a=rtpmap, 'timer B', 'Q.850 17', one_way_audio
    #[arg(value_name = "TERM", required_unless_present = "list")]
    term: Vec<String>,
    /// List the terms of a group; without GROUP the groups
    #[arg(long, value_name = "GROUP", value_enum, conflicts_with = "term")]
    list: Option<Option<TermGroup>>,
}

impl Meaning for DefineWanted {
    type Typed = WantedArgs;
    fn of(typed: Self::Typed) -> Result<Self, &'static str> {
        Ok(match typed.list {
            Some(Some(group)) => DefineWanted::Group(group),
            Some(None) => DefineWanted::Groups,
            None => DefineWanted::Words(typed.term),
        })
    }
}
means!(DefineWanted);

// The names `--list` takes are those of the JSON; the plural does too.
impl ValueEnum for TermGroup {
    fn value_variants<'a>() -> &'a [Self] {
        TermGroup::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let plural: &'static str = match self {
            TermGroup::Method => "methods",
            TermGroup::Status => "statuses",
            TermGroup::Header => "headers",
            TermGroup::SdpLine => "sdp_lines",
            TermGroup::SdpAttribute => "sdp_attributes",
            TermGroup::PayloadType => "payload_types",
            TermGroup::Codec => "codecs",
            TermGroup::Event => "events",
            TermGroup::Timer => "timers",
            TermGroup::Cause => "causes",
            TermGroup::Warning => "warnings",
            TermGroup::Finding => "findings",
            TermGroup::Flaw => "flaws",
            TermGroup::Entity => "entities",
            TermGroup::Word => "words",
            TermGroup::Sheet => "sheets",
        };
        Some(PossibleValue::new(self.as_str()).alias(plural))
    }
}
