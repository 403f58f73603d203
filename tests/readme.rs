//! What the README shows is what the program prints: every `console` block is run in the directory of
//! the tour's capture. `make docs` writes the outputs again.

mod support;

use std::path::Path;

/// Runs the command after `$ ` as a shell would, without one: the README uses plain words.
fn output_of(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some((&"sipflow", args)) = words.split_first() else {
        panic!("only sipflow is run: {command}")
    };
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .current_dir(support::testdata("cases/proxy_call"))
        .args(args)
        .output()
        .expect("sipflow runs");
    assert!(
        out.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// The text with the output of every command put in anew.
fn refreshed(text: &str) -> String {
    let mut fresh = String::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" if inside => inside = false,
            _ if inside && !line.starts_with("$ ") => continue,
            _ => {}
        }
        fresh.push_str(line);
        fresh.push('\n');
        if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            fresh.push_str(&output_of(command));
        }
    }
    fresh
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).expect("README.md");
    assert!(
        text.contains("```console\n$ sipflow report"),
        "the README shows a report"
    );
    let fresh = refreshed(&text);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, fresh).expect("write");
        return;
    }
    for (n, (shown, printed)) in text.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(shown, printed, "README.md line {}: run `make docs`", n + 1);
    }
    assert_eq!(text.lines().count(), fresh.lines().count());
}
