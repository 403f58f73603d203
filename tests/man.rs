//! The committed man pages say what `--help` says.
//!
//! `UPDATE_MAN=1 cargo test --test man` (or `make man`) writes them again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use clap_mangen::Man;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn man_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("man")
}

/// File name and text of every page.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut root = sipflow::cli::command().disable_help_subcommand(true);
    root.build();
    let names: Vec<String> = root
        .get_subcommands()
        .map(|s| format!("sipflow-{}", s.get_name()))
        .collect();
    let mut pages = vec![("sipflow.1".to_string(), page(&root, &names)?)];
    for (sub, name) in root.get_subcommands().zip(&names) {
        let see_also = vec!["sipflow".to_string()];
        let command = sub.clone().name(name.clone()).display_name(name.clone());
        pages.push((format!("{name}.1"), page(&command, &see_also)?));
    }
    Ok(pages)
}

fn page(command: &clap::Command, see_also: &[String]) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone())
        .section("1")
        .manual("sipflow manual");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    synopsis(command, &mut out);
    man.render_description_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    man.render_options_section(&mut out)?;
    closing_sections(command, &mut out);
    out.extend_from_slice(b".SH \"SEE ALSO\"\n");
    let names: Vec<String> = see_also.iter().map(|n| format!("{}(1)", roff(n))).collect();
    out.extend_from_slice(names.join(", ").as_bytes());
    out.push(b'\n');
    Ok(out)
}

/// The usage line of `--help`, which knows that a FILE is needed.
fn synopsis(command: &clap::Command, out: &mut Vec<u8>) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_string();
    out.extend_from_slice(format!(".SH SYNOPSIS\n{}\n", roff(&usage)).as_bytes());
}

/// The text after the options, whose headings stand alone on a line and end in a colon.
fn closing_sections(command: &clap::Command, out: &mut Vec<u8>) {
    let Some(text) = command.get_after_long_help() else {
        return;
    };
    let mut verbatim = false;
    let mut switch = |on: bool, out: &mut Vec<u8>| {
        if on != verbatim {
            out.extend_from_slice(if on { b".nf\n" } else { b".fi\n" });
            verbatim = on;
        }
    };
    for line in text.to_string().lines() {
        if let Some(heading) = line.strip_suffix(':').filter(|h| !h.starts_with(' ')) {
            switch(false, out);
            out.extend_from_slice(format!(".SH \"{}\"\n", heading.to_uppercase()).as_bytes());
        } else if line.is_empty() {
            switch(false, out);
            out.extend_from_slice(b".PP\n");
        } else {
            switch(line.starts_with(' '), out);
            out.extend_from_slice(format!("{}\n", roff(line)).as_bytes());
        }
    }
    switch(false, out);
}

/// Escaped so that roff prints it as it is.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('-', "\\-");
    let text = text.replace('\'', "\\(aq");
    match text.strip_prefix('.') {
        Some(rest) => format!("\\&.{rest}"),
        None => text,
    }
}

#[test]
fn the_committed_man_pages_say_what_help_says() {
    let update = env::var_os("UPDATE_MAN").is_some();
    let mut stale = Vec::new();
    let pages = pages().unwrap();
    for (name, text) in &pages {
        let path = man_dir().join(name);
        if update {
            fs::create_dir_all(man_dir()).unwrap();
            fs::write(&path, text).unwrap();
        } else if fs::read(&path).ok().as_ref() != Some(text) {
            stale.push(name.clone());
        }
    }
    assert!(stale.is_empty(), "run `make man` to write again: {stale:?}");
    let known: BTreeSet<String> = pages.into_iter().map(|(name, _)| name).collect();
    let present: BTreeSet<String> = fs::read_dir(man_dir())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(present, known, "a page for a command that is gone?");
}
