//! Reports for tests, and what is made of them as text.

use std::io::{self, Write};

pub(crate) use crate::report::fixtures::{proxied, troubles};

/// What `write` writes, as text.
pub(crate) fn rendered(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}
