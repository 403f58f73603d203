//! `--format`, `--json` and `--records`.

use clap::{Args, ValueEnum};

/// The shape of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For reading.
    Text,
    /// One JSON document.
    Json,
    /// One JSON record a line.
    Ndjson,
    /// One row a line, comma-separated, with a heading (RFC 4180).
    Csv,
}

/// The arrays of the JSON report, for `--records`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
#[allow(missing_docs)]
pub enum RecordKind {
    Messages,
    Transactions,
    Dialogs,
    Calls,
    Registrations,
    Streams,
    Findings,
}

macro_rules! format_choice {
    ($(#[$doc:meta])* $args:ident, $choice:ident { $($(#[$help:meta])* $variant:ident),+ }) => {
        $(#[$doc])*
        #[derive(Args, Clone, Debug, Default)]
        #[command(next_help_heading = "Output")]
        pub struct $args {
            /// Shape of the output [default: text]
            #[arg(long, value_name = "FORMAT", value_enum, hide_default_value = true)]
            format: Option<$choice>,
            /// Short for --format json
            #[arg(long, conflicts_with = "format")]
            json: bool,
        }

        #[derive(Clone, Copy, Debug, ValueEnum)]
        enum $choice {
            $($(#[$help])* $variant),+
        }

        impl $args {
            /// What `--format` or `--json` asked for; text where neither was given.
            pub fn chosen(&self) -> Format {
                match self.format {
                    _ if self.json => Format::Json,
                    None => Format::Text,
                    $(Some($choice::$variant) => Format::$variant),+
                }
            }
        }
    };
}

format_choice! {
    /// The formats of a whole report.
    ReportFormat, ReportChoice {
        /// For reading
        Text,
        /// One JSON document, described by 'sipflow schema'
        Json,
        /// One JSON record a line, each with its kind in "record"
        Ndjson
    }
}

format_choice! {
    /// The formats of a list.
    RowFormat, RowChoice {
        /// For reading
        Text,
        /// One JSON document, described by 'sipflow schema'
        Json,
        /// One JSON record a line, each with its kind in "record"
        Ndjson,
        /// One row a line with a heading
        Csv
    }
}

/// What CSV does to text that a spreadsheet would run.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct CsvArgs {
    /// With --format csv: leave text as it is that a spreadsheet would run as a formula
    #[arg(
        long,
        long_help = "With --format csv: leave text as it is that a spreadsheet would run as a formula. \
                     Without it, text from packets that begins with =, +, - or @, also behind blanks \
                     and quotes, gets a single quote (') in front"
    )]
    pub csv_raw: bool,
}

format_choice! {
    /// The formats of a single object.
    SingleFormat, SingleChoice {
        /// For reading
        Text,
        /// One JSON object
        Json
    }
}
