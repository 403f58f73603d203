//! Imports point one way: to the left in the chain of layers, or down to `types`.
//!
//! ```text
//! source -> decode -> reassembly -> crypto/sip/sdp/rtp -> call -> media -> pipeline -> diagnosis -> report -> explain -> query -> render
//! ```
//!
//! Every `crate::`, `self::` and `super::` path in `src` is read, tests included, and resolved to
//! the top-level module it reaches.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The chain, left to right; modules in one row do not know each other.
const CHAIN: [&[&str]; 12] = [
    &["source"],
    &["decode"],
    &["reassembly"],
    &["crypto", "sip", "sdp", "rtp"],
    &["call"],
    &["media"],
    &["pipeline"],
    &["diagnosis"],
    &["report"],
    &["explain"],
    &["query"],
    &["render"],
];

/// What stands outside the chain, and what it may import.
const BESIDE: [(&str, &[&str]); 4] = [
    ("types", &[]),
    // What can be written is told by what writes it.
    ("cli", &["types", "render"]),
    (
        "app",
        &[
            "types",
            "source",
            "decode",
            "reassembly",
            "crypto",
            "sip",
            "sdp",
            "rtp",
            "call",
            "media",
            "diagnosis",
            "pipeline",
            "report",
            "explain",
            "query",
            "render",
            "cli",
        ],
    ),
    ("main", &["app", "cli"]),
];

fn column(module: &str) -> Option<usize> {
    CHAIN.iter().position(|row| row.contains(&module))
}

fn is_known(module: &str) -> bool {
    column(module).is_some() || BESIDE.iter().any(|(name, _)| *name == module)
}

/// May `from` import `to`?
fn is_allowed(from: &str, to: &str) -> bool {
    // The pipeline is pure: packets are brought to it.
    if (from, to) == ("pipeline", "source") {
        return false;
    }
    if from == to {
        return true;
    }
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == from) {
        return allowed.contains(&to);
    }
    match (column(from), column(to)) {
        (Some(from), Some(to)) => to < from,
        _ => to == "types",
    }
}

#[test]
fn imports_point_left_or_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut forbidden = Vec::new();
    for file in rust_files(&src) {
        let inside = file.strip_prefix(&src).unwrap();
        let home = module_path(inside);
        let Some(from) = home.first().map(String::as_str) else {
            continue; // lib.rs names every module; it imports none
        };
        assert!(
            is_known(from),
            "src/{}: no layer for `{from}`",
            inside.display()
        );
        let text = fs::read_to_string(&file).unwrap();
        for import in imports(&text, &home) {
            let shown = import.path.join("::");
            let problem = match import.path.first().map(String::as_str) {
                None | Some("*") => {
                    "a glob or alias of the crate root hides what is imported".into()
                }
                Some(to) if !is_known(to) || is_allowed(from, to) => continue,
                Some(to) => format!("{from} -> {to} is forbidden"),
            };
            let line = import.line;
            forbidden.push(format!(
                "src/{}:{line}: {problem} (crate::{shown})",
                inside.display()
            ));
        }
    }
    assert!(
        forbidden.is_empty(),
        "imports must point left in the chain of layers, or down to types:\n{}",
        forbidden.join("\n")
    );
}

#[test]
fn every_module_of_the_crate_has_a_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let present: BTreeSet<String> = rust_files(&src)
        .iter()
        .filter_map(|f| {
            module_path(f.strip_prefix(&src).unwrap())
                .into_iter()
                .next()
        })
        .collect();
    let without: Vec<&String> = present.iter().filter(|m| !is_known(m)).collect();
    assert!(
        without.is_empty(),
        "name the layer of {without:?} in tests/layers.rs"
    );
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `call/dialog.rs` is `call::dialog`, `call/mod.rs` is `call`, `lib.rs` is the root.
fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if path.last().is_some_and(|l| l == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

#[derive(Debug, PartialEq)]
struct Import {
    line: usize,
    /// From the crate root; empty is the root itself.
    path: Vec<String>,
}

/// Every path of `text` that starts at `crate`, `self` or `super` (or names this crate), resolved.
fn imports(text: &str, home: &[String]) -> Vec<Import> {
    let tokens = tokens(text);
    let word = |i: usize| tokens.get(i).map_or("", |t| t.1.as_str());
    // The braces open here; `Some` where one opened an inline module.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let starts_path = i == 0 || word(i - 1) != "::";
        match word(i) {
            "{" => open.push((i >= 2 && word(i - 2) == "mod").then(|| word(i - 1).to_string())),
            "}" => {
                open.pop();
            }
            "crate" | "self" | "super" | "sipflow" if starts_path && word(i + 1) == "::" => {
                let here: Vec<String> = home.iter().chain(open.iter().flatten()).cloned().collect();
                i = use_tree(&tokens, i, &here, None, &mut found);
                continue;
            }
            "crate" if starts_path && word(i + 1) == "as" => found.push(Import {
                line: tokens[i].0,
                path: Vec::new(),
            }),
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads one path from token `i` on, within a `group` that hangs on a path or by itself; returns
/// the token after it.
fn use_tree(
    tokens: &[(usize, String)],
    mut i: usize,
    here: &[String],
    group: Option<&[String]>,
    found: &mut Vec<Import>,
) -> usize {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.1.as_str());
    let mut path = group.unwrap_or_default().to_vec();
    let line = tokens[i].0;
    loop {
        match word(i) {
            "{" => {
                i += 1;
                while !matches!(word(i), "}" | "") {
                    if word(i) == "," {
                        i += 1;
                    } else {
                        i = use_tree(tokens, i, here, Some(&path), found);
                    }
                }
                return i + 1;
            }
            "crate" | "sipflow" if path.is_empty() => {}
            "self" if group.is_none() && path.is_empty() => path = here.to_vec(),
            "self" => {}
            "super" => {
                if group.is_none() && path.is_empty() {
                    path = here.to_vec();
                }
                path.pop();
            }
            name => path.push(name.to_string()),
        }
        i += 1;
        if word(i) != "::" {
            break;
        }
        i += 1;
    }
    while group.is_some() && !matches!(word(i), "," | "}" | "") {
        i += 1; // `as name` in a group
    }
    found.push(Import { line, path });
    i
}

/// Words, `::` and single marks with their line; comments, strings and characters left out.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let start = i;
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            '"' => i = end_of_string(&chars, i),
            'r' if raw_hashes(&chars, i).is_some() => i = end_of_raw_string(&chars, i),
            'b' if at(i + 1) == 'r' && raw_hashes(&chars, i + 1).is_some() => {
                i = end_of_raw_string(&chars, i + 1);
            }
            '\'' if at(i + 1) == '\\' => {
                i += 3; // the escaped mark itself may be a quote
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            c if is_word(c) => {
                while is_word(at(i)) {
                    i += 1;
                }
                found.push((line, chars[start..i].iter().collect()));
            }
            ':' if at(i + 1) == ':' => {
                i += 2;
                found.push((line, "::".into()));
            }
            c => {
                i += 1;
                if !c.is_whitespace() {
                    found.push((line, c.to_string()));
                }
            }
        }
        line += chars[start..i.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    found
}

fn end_of_string(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The number of `#` after an `r` that starts a raw string.
fn raw_hashes(chars: &[char], r: usize) -> Option<usize> {
    let starts_word = r == 0 || !(chars[r - 1].is_alphanumeric() && chars[r - 1] != 'b');
    let hashes = chars[r + 1..].iter().take_while(|c| **c == '#').count();
    (starts_word && chars.get(r + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn end_of_raw_string(chars: &[char], r: usize) -> usize {
    let hashes = raw_hashes(chars, r).unwrap_or(0);
    let mut i = r + hashes + 2;
    while i < chars.len() {
        if chars[i] == '"'
            && chars[i + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
        {
            return i + 1 + hashes;
        }
        i += 1;
    }
    i
}

fn paths(text: &str, home: &str) -> Vec<String> {
    let home: Vec<String> = home.split("::").map(str::to_string).collect();
    imports(text, &home)
        .into_iter()
        .map(|i| i.path.join("::"))
        .collect()
}

#[test]
fn groups_aliases_and_paths_in_code_are_read() {
    assert_eq!(
        paths(
            "use crate::{call::Dialog as D, types::{net::Flow, self}, media};",
            "sip"
        ),
        ["call::Dialog", "types::net::Flow", "types", "media"]
    );
    assert_eq!(
        paths("fn f() -> crate::rtp::Rtcp { crate::rtp::g() }", "call"),
        ["rtp::Rtcp", "rtp::g"]
    );
    assert_eq!(
        paths("pub(crate) fn f() {} pub(super) struct S;", "call"),
        [""; 0]
    );
}

#[test]
fn super_is_resolved_from_where_it_stands() {
    assert_eq!(
        paths(
            "use super::Dialog; use super::super::media::X;",
            "call::dialog"
        ),
        ["call::Dialog", "media::X"]
    );
    assert_eq!(
        paths(
            "mod tests { use super::*; fn f() { super::super::media::g(); } } use super::super::rtp;",
            "call::dialog"
        ),
        ["call::dialog::*", "call::media::g", "rtp"]
    );
}

#[test]
fn comments_and_strings_are_not_imports() {
    let text = r##"
        // crate::media
        /* crate::media /* nested */ crate::media */
        const S: &str = "crate::media \" crate::media";
        const R: &str = r#"crate::media " "#;
        const B: &[u8] = br"crate::media";
        const C: [char; 3] = ['"', '\'', '\\'];
        fn f<'a>(_: &'a str) -> crate::types::Flow {}
    "##;
    assert_eq!(paths(text, "sip"), ["types::Flow"]);
    assert_eq!(imports(text, &["sip".into()])[0].line, 8);
}

#[test]
fn the_arrows_are_those_of_the_design() {
    for (from, to) in [
        ("call", "sip"),
        ("explain", "report"),
        ("render", "explain"),
        ("query", "report"),
        ("media", "call"),
        ("app", "source"),
        ("sip", "types"),
        ("pipeline", "decode"),
        ("diagnosis", "pipeline"),
    ] {
        assert!(is_allowed(from, to), "{from} -> {to}");
    }
    for (from, to) in [
        ("sip", "call"),
        ("sip", "sdp"),
        ("report", "explain"),
        ("explain", "render"),
        ("cli", "app"),
        ("types", "sip"),
        ("pipeline", "source"),
        ("pipeline", "report"),
        ("pipeline", "diagnosis"),
        ("diagnosis", "report"),
        ("media", "app"),
    ] {
        assert!(!is_allowed(from, to), "{from} -> {to}");
    }
}
