//! TLS and DTLS records in Wireshark's words.

use crate::report::listing::PacketRow;
use crate::rtp::dtls::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, records};
use std::borrow::Cow;

/// Records of a packet that are named.
const MOST_RECORDS: usize = 16;
const SUPPORTED_VERSIONS: u16 = 43;

/// One datagram of DTLS.
pub(super) fn dtls(row: &mut PacketRow, payload: &[u8]) {
    row.protocol = Cow::Borrowed("DTLS");
    for record in records(payload).take(MOST_RECORDS) {
        let first = record.body.first().copied();
        // A client says 1.0 or 1.2 before anything is agreed on.
        let is_client_hello = record.kind == HANDSHAKE && record.epoch == 0 && first == Some(1);
        match record.version {
            _ if is_client_hello => {}
            [254, 255] => row.protocol = Cow::Borrowed("DTLSv1.0"),
            [254, 253] => row.protocol = Cow::Borrowed("DTLSv1.2"),
            _ => {}
        }
        add(row, words(record.kind, record.epoch > 0, first));
    }
}

fn add(row: &mut PacketRow, words: &str) {
    if !row.info.is_empty() {
        row.info.push_str(", ");
    }
    row.info.push_str(words);
}

fn words(kind: u8, enciphered: bool, first: Option<u8>) -> &'static str {
    match (kind, enciphered) {
        (HANDSHAKE, true) => "Encrypted Handshake Message",
        (HANDSHAKE, false) => match first {
            Some(0) => "Hello Request",
            Some(1) => "Client Hello",
            Some(2) => "Server Hello",
            Some(3) => "Hello Verify Request",
            Some(4) => "New Session Ticket",
            Some(8) => "Encrypted Extensions",
            Some(11) => "Certificate",
            Some(12) => "Server Key Exchange",
            Some(13) => "Certificate Request",
            Some(14) => "Server Hello Done",
            Some(15) => "Certificate Verify",
            Some(16) => "Client Key Exchange",
            Some(20) => "Finished",
            Some(22) => "Certificate Status",
            _ => "Encrypted Handshake Message",
        },
        (CHANGE_CIPHER_SPEC, _) => "Change Cipher Spec",
        (ALERT, true) => "Encrypted Alert",
        (ALERT, false) => "Alert",
        (APPLICATION_DATA, _) => "Application Data",
        _ => "Unknown Record",
    }
}

/// What is known of the versions of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TlsState {
    /// What the server chose.
    version: Option<&'static str>,
    /// By direction: what follows is enciphered.
    enciphered: [bool; 2],
}

/// A segment that begins with a record; false where it does not. `side`: 0 or 1, the direction.
pub(super) fn tls(row: &mut PacketRow, payload: &[u8], state: &mut TlsState, side: usize) -> bool {
    let mut rest = payload;
    let mut told = 0;
    while let Some((&[kind, 3, minor, l0, l1], body)) = rest.split_first_chunk::<5>()
        && (CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&kind)
        && told < MOST_RECORDS
    {
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let whole = body.get(..len);
        let record = whole.unwrap_or(body);
        let first = record.first().copied();
        let enciphered = state.enciphered.get(side).copied().unwrap_or_default();
        if kind == HANDSHAKE && !enciphered && first == Some(2) {
            state.version = Some(server_version(record, minor));
        }
        if told == 0 {
            row.protocol = Cow::Borrowed(state.version.unwrap_or_else(|| version_words(minor)));
        }
        // The rest of it comes in a later segment, and is told there.
        if whole.is_none() {
            if told == 0 {
                row.protocol = Cow::Borrowed("TCP");
                return false;
            }
            break;
        }
        if let Some(version) = state.version {
            row.protocol = Cow::Borrowed(version);
        }
        match (kind, enciphered) {
            (HANDSHAKE, false) => handshakes(row, record),
            // An alert in clear has a level and a description.
            (ALERT, false) => add(row, words(ALERT, len != 2, first)),
            _ => add(row, words(kind, enciphered, first)),
        }
        if let (CHANGE_CIPHER_SPEC, Some(side)) = (kind, state.enciphered.get_mut(side)) {
            *side = true;
        }
        told += 1;
        rest = body.get(len..).unwrap_or_default();
    }
    told > 0
}

/// The messages of a record, of which it may hold several; of what is no message's beginning one word.
fn handshakes(row: &mut PacketRow, record: &[u8]) {
    let mut rest = record;
    let mut told = 0;
    while let Some((&[kind, l0, l1, l2], body)) = rest.split_first_chunk::<4>()
        && told < MOST_RECORDS
    {
        let len = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        // The first one may go on in the next record.
        if told > 0 && len > body.len() {
            return;
        }
        add(row, words(HANDSHAKE, false, Some(kind)));
        told += 1;
        rest = body.get(len..).unwrap_or_default();
    }
}

fn version_words(minor: u8) -> &'static str {
    match minor {
        0 => "SSLv3",
        1 => "TLSv1",
        2 => "TLSv1.1",
        3 => "TLSv1.2",
        4 => "TLSv1.3",
        _ => "TLS",
    }
}

/// The version a Server Hello chooses: by its extension (RFC 8446 §4.2.1), else as it says.
fn server_version(hello: &[u8], minor: u8) -> &'static str {
    let chosen = || {
        // Type, length, version and random, then the session id.
        let after_random = hello.get(4 + 2 + 32..)?;
        let (id_len, rest) = after_random.split_first()?;
        // Cipher suite, compression, length of the extensions.
        let mut extensions = rest.get(usize::from(*id_len) + 2 + 1 + 2..)?;
        while let Some((&[t0, t1, l0, l1], body)) = extensions.split_first_chunk::<4>() {
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            if u16::from_be_bytes([t0, t1]) == SUPPORTED_VERSIONS {
                return body.get(1).copied();
            }
            extensions = body.get(len..)?;
        }
        None
    };
    let said = hello.get(5).copied().unwrap_or(minor);
    version_words(chosen().unwrap_or(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The words are those of tshark 4.0.17.
    #[test]
    fn a_record_may_hold_several_messages_and_what_is_enciphered_is_told_so() {
        // Server Hello (TLS 1.2, random, no session id, suite, no compression), Server Hello Done.
        let mut hello = vec![2, 0, 0, 38, 3, 3];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x2f, 0]);
        hello.extend([14, 0, 0, 0]);
        let mut segment = vec![22, 3, 3, 0, 46];
        segment.extend(hello);
        segment.extend([20, 3, 3, 0, 1, 1]);
        segment.extend([22, 3, 3, 0, 5, 9, 9, 9, 9, 9]);
        let mut row = PacketRow::default();
        let mut state = TlsState::default();
        assert!(tls(&mut row, &segment, &mut state, 0));
        assert_eq!(
            (&*row.protocol, &*row.info),
            (
                "TLSv1.2",
                "Server Hello, Server Hello Done, Change Cipher Spec, Encrypted Handshake Message"
            )
        );
        let mut row = PacketRow::default();
        // 26 octets of an alert are enciphered ones, whenever the keys came.
        let alert: Vec<u8> = [21, 3, 3, 0, 26].into_iter().chain([5; 26]).collect();
        assert!(tls(&mut row, &alert, &mut TlsState::default(), 1));
        assert_eq!(row.info, "Encrypted Alert");
        let mut row = PacketRow::default();
        assert!(!tls(&mut row, b"GET / HTTP/1.1", &mut state, 0));
    }
}
