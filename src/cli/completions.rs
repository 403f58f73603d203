//! `sipflow completions`.

use clap::Args;
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  sipflow completions bash > ~/.local/share/bash-completion/completions/sipflow
  sipflow completions zsh > ~/.zfunc/_sipflow
  sipflow completions fish > ~/.config/fish/completions/sipflow.fish";

/// Print a shell completion script
///
/// Prints a script that completes commands, options and their values. Reads no capture.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell to write for
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}
