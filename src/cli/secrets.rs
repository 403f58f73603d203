//! Passwords that are known, and whether secrets are shown.

use clap::Args;
use std::path::PathBuf;

/// `--password-file`; [`super::InputArgs`] has its value.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct PasswordArgs {
    /// Check Digest credentials against the passwords in FILE
    #[arg(
        long = "password-file",
        value_name = "FILE",
        long_help = "Check Digest credentials (MD5, SHA-256, SHA-512-256 and their -sess forms; qop auth and auth-int) \
                     against the passwords in FILE. A line is user:password or user@realm:password; the user ends at \
                     the first colon; lines that begin with # are comments. Passwords are never printed. A malformed \
                     line is wrong usage (exit code 2) and is named by its number"
    )]
    pub password_file: Option<PathBuf>,
}

/// `--mask-secrets`.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct MaskArgs {
    /// Hide secrets in the bytes of messages too
    #[arg(
        long = "mask-secrets",
        long_help = "Write * for each character of a secret in the bytes of messages too: response and cnonce of \
                     Digest credentials, Basic and Bearer credentials, keys and ICE passwords of SDP. Lengths stay \
                     right. Everything else that is printed hides them anyway"
    )]
    pub mask_secrets: bool,
}
