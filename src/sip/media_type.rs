//! Content-Type (RFC 3261 §20.15).

use super::lex::trim;
use super::params::Params;
use memchr::memchr;
use std::fmt;

/// A media type with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// Before the slash as sent, such as `application`.
    pub kind: &'a [u8],
    /// Behind the slash as sent, such as `sdp`.
    pub subtype: &'a [u8],
    /// Parameters, `boundary` among them.
    pub params: Params<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads a value; without a slash the subtype is empty.
    pub fn parse(value: &'a [u8]) -> MediaType<'a> {
        let (range, params) = value.split_at(memchr(b';', value).unwrap_or(value.len()));
        let (kind, subtype) = match memchr(b'/', range) {
            Some(slash) => {
                let (kind, subtype) = range.split_at(slash);
                (kind, subtype.get(1..).unwrap_or_default())
            }
            None => (range, &range[..0]),
        };
        MediaType {
            kind: trim(kind),
            subtype: trim(subtype),
            params: Params(params),
        }
    }

    /// Compares without regard to case.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind.as_bytes())
            && self.subtype.eq_ignore_ascii_case(subtype.as_bytes())
    }

    /// True for `application/sdp`: a session description.
    pub fn is_sdp(&self) -> bool {
        self.is("application", "sdp")
    }

    /// True for `multipart/*`: several bodies in one.
    pub fn is_multipart(&self) -> bool {
        self.kind.eq_ignore_ascii_case(b"multipart")
    }

    /// True for XML, whatever it describes (RFC 7303).
    pub fn is_xml(&self) -> bool {
        let subtype = self.subtype.to_ascii_lowercase();
        subtype == b"xml" || subtype.ends_with(b"+xml")
    }

    /// True for `message/*`: a body that may itself hold start lines.
    pub fn is_message(&self) -> bool {
        self.kind.eq_ignore_ascii_case(b"message")
    }
}

impl fmt::Display for MediaType<'_> {
    /// `application/sdp`, in lower case, without parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |v: &[u8]| String::from_utf8_lossy(v).to_ascii_lowercase();
        f.write_str(&text(self.kind))?;
        if !self.subtype.is_empty() {
            write!(f, "/{}", text(self.subtype))?;
        }
        Ok(())
    }
}
