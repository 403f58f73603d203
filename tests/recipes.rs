//! CONTRIBUTING's recipes name files that are there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

#[test]
fn every_file_that_a_recipe_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let is_path = |word: &&str| {
        ["src/", "tests/", "docs/", "testdata/", "fuzz/"]
            .iter()
            .any(|top| word.starts_with(top))
            && !word.contains('<')
    };
    // Between backticks, and behind the brackets of links.
    let named: Vec<&str> = text
        .split(['`', '(', ')'])
        .filter(is_path)
        .map(|word| word.trim_end_matches('/'))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|p| !root.join(p).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
