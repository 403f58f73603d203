//! Goodbye (RFC 3550 §6.6).

use super::read_u32;
use crate::types::Ssrc;

/// Sources that leave.
#[derive(Clone, Copy, Debug)]
pub struct Bye<'a> {
    count: u8,
    bytes: &'a [u8],
}

impl<'a> Bye<'a> {
    pub(super) fn new(count: u8, bytes: &'a [u8]) -> Self {
        Bye { count, bytes }
    }
    /// The sources that leave, as many as were announced and captured.
    pub fn sources(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        let bytes = self.bytes;
        (0..usize::from(self.count)).map_while(move |i| read_u32(bytes, 4 * i).map(Ssrc))
    }
    /// Why, where it is said.
    pub fn reason(&self) -> Option<&'a [u8]> {
        let at = 4 * usize::from(self.count);
        let len = usize::from(*self.bytes.get(at)?);
        self.bytes.get(at + 1..at + 1 + len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_reason_are_read() {
        let b = Bye::new(1, b"\0\0\0\x07\x04gone\0\0\0");
        assert_eq!(b.sources().collect::<Vec<_>>(), vec![Ssrc(7)]);
        assert_eq!(b.reason(), Some(&b"gone"[..]));
        assert_eq!(Bye::new(3, b"\0\0\0\x07").sources().count(), 1);
    }
}
