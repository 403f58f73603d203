//! How far two sides came with agreeing on keys: DTLS and ZRTP.

use crate::rtp::dtls::{CHANGE_CIPHER_SPEC, HANDSHAKE, Record, records};
use crate::rtp::zrtp::message;
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
    /// The side whose ClientHello was seen, by its place in the flow: the client of DTLS.
    pub client: Option<bool>,
    /// A fatal alert of DTLS, or the error of ZRTP, by its number.
    pub failure: Option<u32>,
}

impl KeyFigures {
    /// Takes a datagram of DTLS records from the side `back` or not.
    pub(super) fn handle_dtls(&mut self, datagram: &[u8], back: bool) {
        for record in records(datagram) {
            if self.client.is_none() && is_client_hello(&record) {
                self.client = Some(back);
            }
            if record.kind == CHANGE_CIPHER_SPEC {
                let [there, here] = &mut self.finished;
                *(if back { here } else { there }) = true;
            }
            // Level 2 is fatal (RFC 5246 §7.2); enciphered ones cannot be read.
            if let Some([2, what]) = record.alert() {
                self.failure.get_or_insert(u32::from(what));
            }
            self.complete |= self.finished == [true, true];
        }
    }

    /// Takes a message of ZRTP.
    pub(super) fn handle_zrtp(&mut self, datagram: &[u8]) {
        let Some(message) = message(datagram) else {
            return;
        };
        self.complete |= message.name() == "Conf2ACK";
        self.failure = self.failure.or(message.error());
    }
}

/// In clear, and of handshake type 1 (RFC 6347 §4.3.2).
fn is_client_hello(record: &Record<'_>) -> bool {
    record.kind == HANDSHAKE && record.epoch == 0 && record.body.first() == Some(&1)
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
        keys.handle_dtls(&record(22, &[2, 0, 0, 0]), false);
        assert_eq!(keys.client, None);
        keys.handle_dtls(&record(22, &[1, 0, 0, 0]), true);
        keys.handle_dtls(&flight, false);
        assert_eq!((keys.complete, keys.client), (false, Some(true)));
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
