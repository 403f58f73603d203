//! Reads the file of `--password-file`.

use super::failure::Failure;
use crate::cli::InputArgs;
use crate::crypto::Passwords;
use crate::types::shown_path;
use std::io::Read;
use std::sync::Arc;

/// The largest file that is read.
const MAX_BYTES: u64 = 16 << 20;

/// The passwords that are known; none where no file is named. What is said of a file that cannot be used never holds
/// a line of it.
pub(super) fn read_passwords(input: &InputArgs) -> Result<Arc<Passwords>, Failure> {
    let Some(path) = &input.password_file else {
        return Ok(Arc::default());
    };
    let shown = shown_path(path);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::Unreadable(format!("cannot read {shown}: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        let line = format!(
            "--password-file {shown}: longer than {} MiB",
            MAX_BYTES >> 20
        );
        return Err(Failure::Usage(line));
    }
    let passwords = Passwords::parse(&bytes)
        .map_err(|bad| Failure::Usage(format!("--password-file {shown}: {bad}")))?;
    Ok(Arc::new(passwords))
}
