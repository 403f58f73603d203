//! `--format` and `--json`: for each command the formats it has, and no others.

use super::meaning::{Meaning, means};
use crate::render::diagram::{DIAGRAMS, Diagram};
use crate::types::RecordKind;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::sync::LazyLock;

/// The formats of a whole report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema'
    Json,
    /// One JSON record a line, each with its kind in "record"
    Ndjson,
}

/// The formats of a ladder: those of a report, and diagrams for other programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LadderFormat {
    /// For reading.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One JSON record a line.
    Ndjson,
    /// For other programs to draw.
    Diagram(&'static Diagram),
}

impl ValueEnum for LadderFormat {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<LadderFormat>> = LazyLock::new(|| {
            let own = [LadderFormat::Text, LadderFormat::Json, LadderFormat::Ndjson];
            let drawn = DIAGRAMS.iter().map(LadderFormat::Diagram);
            own.into_iter().chain(drawn).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            LadderFormat::Text => ReportFormat::Text.to_possible_value(),
            LadderFormat::Json => ReportFormat::Json.to_possible_value(),
            LadderFormat::Ndjson => ReportFormat::Ndjson.to_possible_value(),
            LadderFormat::Diagram(d) => Some(PossibleValue::new(d.name).help(d.about)),
        }
    }
}

/// The formats of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema'
    Json,
    /// One JSON record a line, each with its kind in "record"
    Ndjson,
    /// One row a line with a heading
    Csv,
}

/// The formats of a document that is also a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema'
    Json,
    /// One row a line with a heading
    Csv,
}

/// The formats of a single object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SingleFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// The formats of what a term means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DefineFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema define'
    Json,
    /// Markdown, for a wiki or a sheet
    Md,
}

/// The formats of the list of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FieldsFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema fields'
    Json,
    /// One row a line with a heading
    Csv,
    /// Markdown, for a wiki or a sheet
    Md,
}

/// The formats of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For reading
    #[default]
    Text,
    /// One JSON document, described by 'sipflow schema explain'
    Json,
    /// Markdown, for a wiki or a ticket
    Md,
    /// One page for a browser or a printer
    Html,
}

/// Formats with text as the default and JSON among them.
pub(super) trait Formats: ValueEnum + Default + Send + Sync + 'static {
    const JSON: Self;
}

/// The options, for every set of formats.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct FormatArgs<F: Formats> {
    /// Shape of the output [default: text]
    #[arg(long, value_name = "FORMAT", value_enum, hide_default_value = true)]
    format: Option<F>,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl<F: Formats> FormatArgs<F> {
    /// What was asked for; text where nothing was.
    pub(super) fn chosen(self) -> F {
        match self.json {
            true => F::JSON,
            false => self.format.unwrap_or_default(),
        }
    }
}

/// Makes sets of formats usable as `--format` and `--json`.
macro_rules! formats {
    ($($format:ty,)+) => {$(
        impl Formats for $format {
            const JSON: Self = <$format>::Json;
        }

        impl Meaning for $format {
            type Typed = FormatArgs<Self>;
            fn of(typed: Self::Typed) -> Result<Self, &'static str> {
                Ok(typed.chosen())
            }
        }
        means!($format);
    )+};
}

formats! {
    ReportFormat,
    LadderFormat,
    RowFormat,
    TableFormat,
    SingleFormat,
    DefineFormat,
    FieldsFormat,
    ExplainFormat,
}

/// What CSV does to text that a spreadsheet would run.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// What a list is written as; `T` is how its text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsOutput<T = ()> {
    /// For reading.
    Text(T),
    /// One JSON document.
    Json,
    /// One JSON record a line.
    Ndjson,
    /// One row a line.
    Csv(CsvArgs),
}

/// The options of a list.
#[derive(Args, Clone, Debug)]
pub(super) struct RowArgs {
    #[command(flatten)]
    format: FormatArgs<RowFormat>,
    #[command(flatten)]
    csv: CsvArgs,
}

impl RowArgs {
    /// What was asked for. `text_only`: what is to be said where another format stands beside an option that shapes
    /// `text`.
    pub(super) fn chosen<T>(
        self,
        text: T,
        text_only: Option<&'static str>,
    ) -> Result<RowsOutput<T>, &'static str> {
        let format = self.format.chosen();
        if self.csv.csv_raw && format != RowFormat::Csv {
            return Err("--csv-raw is about CSV: add --format csv");
        }
        match (format, text_only) {
            (RowFormat::Text, _) => Ok(RowsOutput::Text(text)),
            (_, Some(why)) => Err(why),
            (RowFormat::Json, None) => Ok(RowsOutput::Json),
            (RowFormat::Ndjson, None) => Ok(RowsOutput::Ndjson),
            (RowFormat::Csv, None) => Ok(RowsOutput::Csv(self.csv)),
        }
    }
}

impl Meaning for RowsOutput {
    type Typed = RowArgs;
    fn of(typed: RowArgs) -> Result<Self, &'static str> {
        typed.chosen((), None)
    }
}
means!(RowsOutput);

// The names `--records` takes are those of the arrays.
impl ValueEnum for RecordKind {
    fn value_variants<'a>() -> &'a [Self] {
        RecordKind::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.array()))
    }
}
