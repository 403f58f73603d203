//! The passwords somebody knows, by user.

/// A file of passwords, read.
///
/// Each line is `user:password` or `user@realm:password`; empty lines and those that begin with `#` say nothing. The
/// name ends at the first colon, so a password may hold more of them, and blanks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    entries: Vec<Entry>,
}

/// A name and its password.
type Entry = (Box<[u8]>, Box<[u8]>);

impl std::fmt::Debug for Passwords {
    /// Never prints the passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Passwords({})", self.entries.len())
    }
}

/// A line that cannot be read. It never holds the line's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {why}")]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Passwords {
    /// Reads a file's bytes.
    ///
    /// # Errors
    ///
    /// At the first line that is none of the above, and at a second password for the same name.
    pub fn parse(bytes: &[u8]) -> Result<Passwords, BadLine> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut passwords = Passwords::default();
        for (line, text) in (1..).zip(bytes.split(|b| *b == b'\n')) {
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = text.trim_ascii_start();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            let bad = |why| BadLine { line, why };
            let colon = text.iter().position(|b| *b == b':');
            let (name, password) = colon
                .and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
                .ok_or(bad("has no colon between user and password"))?;
            let name = name.trim_ascii_end();
            if name.is_empty() {
                return Err(bad("names no user before the colon"));
            }
            if passwords.entries.iter().any(|(known, _)| **known == *name) {
                return Err(bad("gives a user a second password"));
            }
            passwords.entries.push((name.into(), password.into()));
        }
        Ok(passwords)
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The password of that user in that realm: a line that names the realm goes before one that does not.
    pub fn find(&self, user: &[u8], realm: &[u8]) -> Option<&[u8]> {
        let of_realm = [user, realm].join(&b'@');
        let named = |name: &[u8]| self.entries.iter().find(|(known, _)| **known == *name);
        let (_, password) = named(&of_realm).or_else(|| named(user))?;
        Some(password)
    }

    /// The user whose name `is_it` recognizes, in that realm, for names that are sent as a hash.
    pub fn find_user(&self, realm: &[u8], is_it: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
        let at_realm = [b"@", realm].concat();
        let names = self.entries.iter().map(|(name, _)| &**name);
        let mut plain = names.flat_map(|name| [Some(name), name.strip_suffix(&*at_realm)]);
        plain.find_map(|name| name.filter(|name| is_it(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_realm_goes_before_one_of_the_user_alone() {
        let file = b"# the lab\n\nalice:one\r\n  alice@proxy : two:three \nbob@example.org:\n";
        let passwords = Passwords::parse(file).unwrap();
        for (user, realm, password) in [
            ("alice", "asterisk", Some("one")),
            ("alice", "proxy", Some(" two:three ")),
            // Of a user in a realm, or of a user whose name holds an @.
            ("bob", "example.org", Some("")),
            ("bob@example.org", "asterisk", Some("")),
            ("bob", "asterisk", None),
            ("Alice", "asterisk", None),
        ] {
            let found = passwords.find(user.as_bytes(), realm.as_bytes());
            assert_eq!(found, password.map(str::as_bytes), "{user} {realm}");
        }
        let hashed = passwords.find_user(b"proxy", |name| name == b"alice");
        assert_eq!(hashed, Some(&b"alice"[..]));
    }

    #[test]
    fn a_malformed_line_is_named_by_its_number_and_never_printed() {
        for (file, said) in [
            (
                "a:1\nsecret\n",
                "line 2 has no colon between user and password",
            ),
            (":secret", "line 1 names no user before the colon"),
            ("a:1\n#\na:secret", "line 3 gives a user a second password"),
        ] {
            let error = Passwords::parse(file.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
        let read = Passwords::parse(b"alice:secret").unwrap();
        assert_eq!(format!("{read:?}"), "Passwords(1)");
    }
}
