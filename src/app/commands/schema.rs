//! `sipflow schema`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{Document, OutputArgs, SchemaArgs};
use crate::render::schema;
use std::io::Write;

pub(super) fn run(args: &SchemaArgs) -> Result<(), Failure> {
    let mut out = output::open(&OutputArgs {
        file: args.file.clone(),
        ..OutputArgs::default()
    })?;
    let schema = match args.document {
        Document::Report => schema::schema(),
        Document::Doctor => schema::doctor(),
        Document::Stats => schema::stats(),
        Document::List => schema::list(),
        Document::Explain => schema::explain(),
        Document::Define => schema::define(),
        Document::Fields => schema::fields(),
    };
    crate::render::json_text::write_pretty(&schema, &mut out)?;
    writeln!(out)?;
    out.finish()
}
