//! How far two sides came with agreeing on keys: DTLS and ZRTP.

use crate::types::{CaptureTime, FrameRef};

/// An exchange of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyFigures {
    /// Sides whose last step was seen, by their place in the flow: ChangeCipherSpec of DTLS before 1.3.
    finished: [bool; 2],
    /// It came to its end.
    pub complete: bool,
    /// When it came to its end, or failed, and the packet.
    pub ended: Option<(CaptureTime, FrameRef)>,
    /// A fatal alert of DTLS, or the error of ZRTP, by its number.
    pub failure: Option<u32>,
}

impl KeyFigures {
    /// Takes a datagram of DTLS records (RFC 6347 §4.1) from the side `back` or not.
    pub(super) fn handle_dtls(&mut self, mut datagram: &[u8], back: bool) {
        while let Some((&[kind, _, _, e0, e1, .., l0, l1], rest)) =
            datagram.split_first_chunk::<13>()
        {
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            let in_clear = (e0, e1) == (0, 0);
            match (kind, rest.first_chunk::<2>()) {
                (20, _) => {
                    let [there, here] = &mut self.finished;
                    *(if back { here } else { there }) = true;
                }
                // Level 2 is fatal (RFC 5246 §7.2); enciphered ones cannot be read.
                (21, Some([2, what])) if in_clear && len == 2 => {
                    self.failure.get_or_insert(u32::from(*what));
                }
                _ => {}
            }
            self.complete |= self.finished == [true, true];
            datagram = rest.get(len..).unwrap_or_default();
        }
    }

    /// Takes a message of ZRTP (RFC 6189 §5): its type stands behind the header, preamble and length.
    pub(super) fn handle_zrtp(&mut self, datagram: &[u8]) {
        match datagram.get(16..24) {
            Some(b"Conf2ACK") => self.complete = true,
            Some(b"Error   ") => {
                let code = datagram.get(24..).and_then(|rest| rest.first_chunk::<4>());
                let code = code.map(|code| u32::from_be_bytes(*code));
                self.failure = self.failure.or(code);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut v = vec![kind, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, body.len() as u8];
        v.extend(body);
        v
    }

    #[test]
    fn dtls_is_complete_when_both_sides_change_to_the_keys() {
        let mut keys = KeyFigures::default();
        let flight = [
            record(22, &[16, 0, 0, 0]),
            record(20, &[1]),
            record(22, &[9; 40]),
        ]
        .concat();
        keys.handle_dtls(&flight, false);
        assert!(!keys.complete);
        keys.handle_dtls(&record(20, &[1]), true);
        assert!(keys.complete);
        assert_eq!(keys.failure, None);
    }

    #[test]
    fn a_fatal_alert_in_clear_is_a_failure_and_a_warning_is_none() {
        let mut keys = KeyFigures::default();
        keys.handle_dtls(&record(21, &[1, 0]), false);
        assert_eq!(keys.failure, None);
        // bad_certificate is 42.
        keys.handle_dtls(&record(21, &[2, 42]), false);
        assert_eq!(keys.failure, Some(42));
    }
}
