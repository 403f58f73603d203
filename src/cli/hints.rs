//! What to say where a command line is wrong: the option as it was typed, and what may have been meant.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use std::ffi::OsString;

/// What people type, and the option that does it.
const MEANT: &[(&str, &str)] = &[
    ("agent", "ua"),
    ("callee", "to"),
    ("caller", "from"),
    ("callid", "call-id"),
    ("code", "status"),
    ("columns", "width"),
    ("display-filter", "where"),
    ("expr", "where"),
    ("filter", "where"),
    ("grep", "match"),
    ("out", "output"),
    ("pattern", "match"),
    ("regex", "match"),
    ("response", "status"),
    ("status-code", "status"),
    ("time-zone", "timezone"),
    ("tz", "timezone"),
    ("user-agent", "ua"),
    ("zone", "timezone"),
];

/// The same error, of these words, with what clap does not say.
pub(super) fn explained(mut error: clap::Error, args: &[OsString]) -> clap::Error {
    let mut root = super::command();
    root.build();
    let words: Vec<String> = args
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let command = words.get(1).and_then(|name| root.find_subcommand(name));
    let Some(command) = command else { return error };
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            name_as_typed(&mut error, command, &words);
        }
        ErrorKind::UnknownArgument => point_at_option(&mut error, &root, command),
        _ => {}
    }
    error
}

/// clap says `--layout` to who typed `-W`.
fn name_as_typed(error: &mut clap::Error, command: &Command, words: &[String]) {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let Some(arg) = command.get_arguments().find(|a| a.to_string() == *named) else {
        return;
    };
    let value = named.split_once(' ').map_or("", |(_, value)| value);
    let typed = spellings(arg).into_iter().find(|s| is_typed(s, words));
    if let Some(typed) = typed {
        let named = format!("{typed} {value}");
        error.insert(ContextKind::InvalidArg, ContextValue::String(named));
    }
}

fn spellings(arg: &Arg) -> Vec<String> {
    let long = arg.get_long_and_visible_aliases().unwrap_or_default();
    let short = arg.get_short_and_visible_aliases().unwrap_or_default();
    let long = long.iter().map(|name| format!("--{name}"));
    long.chain(short.iter().map(|c| format!("-{c}"))).collect()
}

fn is_typed(spelling: &str, words: &[String]) -> bool {
    let is = |word: &String| match word.strip_prefix(spelling) {
        Some("") => true,
        Some(rest) if spelling.starts_with("--") => rest.starts_with('='),
        Some(_) => true,
        None => false,
    };
    words.iter().take_while(|word| *word != "--").any(is)
}

/// The option that does what an unknown one seems to ask for, or the commands that have it.
fn point_at_option(error: &mut clap::Error, root: &Command, command: &Command) {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let has = |command: &Command, spelling: &str| {
        let mut args = command.get_arguments();
        args.any(|arg| spellings(arg).iter().any(|s| s == spelling))
    };
    let typed = typed
        .split(['=', ' '])
        .next()
        .unwrap_or_default()
        .to_owned();
    let word = typed.trim_start_matches('-');
    let meant = MEANT.iter().find(|(name, _)| *name == word);
    let meant = meant.map(|(_, option)| format!("--{option}"));
    let others = root.get_subcommands().filter(|c| has(c, &typed));
    let others: Vec<&str> = others.map(Command::get_name).collect();
    let tip = match meant.filter(|option| has(command, option)) {
        Some(option) => format!("'{option}' does that"),
        None if !others.is_empty() => format!("'{typed}' is an option of: {}", others.join(", ")),
        // A word with a dot may be the name of a file, for which clap's own tip is right.
        None if word.contains('.') => return,
        None => {
            error.remove(ContextKind::Suggested);
            return;
        }
    };
    error.remove(ContextKind::SuggestedArg);
    let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
    error.insert(ContextKind::Suggested, tip);
}
