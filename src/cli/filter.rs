//! `--where`: which records to keep, by an expression.

use clap::Args;

/// Which records, by an expression.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection (all that are given must fit)")]
pub struct WhereArgs {
    /// EXPR holds for the record: "outcome == 'busy'"; see docs/where.md and 'sipflow fields'
    #[arg(
        short = 'Y',
        long = "where",
        value_name = "EXPR",
        long_help = "EXPR holds for the record. Fields are the names of the JSON report, with dots: caller.uri, \
                     quality.mos; 'sipflow fields' lists them with their types and units. Records that belong to it \
                     are asked with a dot too: messages.status, streams.lost_percent, findings.code. Through a list \
                     a comparison holds where it does for any of it; count(messages) counts.\n\n\
                     Comparisons: == != < <= > >= ~ (regular expression) !~ in [..], joined by and, or, not, ( ). \
                     Values: 200ms 2s 5% 80kbps, 'text', true, false, 4xx (a class of status codes), \
                     '2026-11-25T10:00'. A comparison with what is not known does not hold; == null asks for it. \
                     docs/where.md has examples"
    )]
    pub expression: Option<String>,
}
