//! Records of DTLS before 1.3 (RFC 6347 §4.1), as far as their headers say.

/// Content type of ChangeCipherSpec.
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
/// Content type of an alert.
pub(crate) const ALERT: u8 = 21;
/// Content type of a handshake message.
pub(crate) const HANDSHAKE: u8 = 22;
/// Content type of what the application says.
pub(crate) const APPLICATION_DATA: u8 = 23;

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Content type.
    pub kind: u8,
    /// Version as it is sent: `[254, 255]` is 1.0, `[254, 253]` is 1.2, and 1.3 says so too.
    pub version: [u8; 2],
    /// 0 before the keys are used.
    pub epoch: u16,
    /// Octets of its content.
    pub len: u16,
    /// Its content, as far as it was captured.
    pub body: &'a [u8],
}

impl Record<'_> {
    /// Level and description of an alert in clear (RFC 5246 §7.2).
    pub(crate) fn alert(&self) -> Option<[u8; 2]> {
        let is_in_clear = self.kind == ALERT && self.epoch == 0 && self.len == 2;
        is_in_clear.then_some(*self.body.first_chunk()?)
    }
}

/// The records of a datagram, as far as it was captured.
pub(crate) fn records(mut datagram: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (&[kind, major, minor, e0, e1, .., l0, l1], rest) =
            datagram.split_first_chunk::<13>()?;
        let len = u16::from_be_bytes([l0, l1]);
        let body = rest.get(..usize::from(len)).unwrap_or(rest);
        datagram = rest.get(usize::from(len)..).unwrap_or_default();
        Some(Record {
            kind,
            version: [major, minor],
            epoch: u16::from_be_bytes([e0, e1]),
            len,
            body,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_follow_each_other_and_the_last_may_be_cut() {
        let datagram = [
            &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 16, 0][..],
            &[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 2],
        ]
        .concat();
        let all: Vec<_> = records(&datagram)
            .map(|r| (r.kind, r.len, r.body))
            .collect();
        assert_eq!(all, [(22, 2, &[16, 0][..]), (21, 2, &[2][..])]);
        assert!(records(&datagram).all(|r| r.alert().is_none()));
    }

    #[test]
    fn an_alert_is_read_in_clear_alone() {
        let alert = |epoch| [21, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 1, 0, 2, 2, 42];
        let read = |epoch| records(&alert(epoch)).next().unwrap().alert();
        assert_eq!((read(0), read(1)), (Some([2, 42]), None));
    }
}
