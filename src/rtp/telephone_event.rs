//! The telephone-event payload (RFC 4733 §2.3).

/// One event report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Event code (RFC 4733 §3.2): 0 to 9, 10 `*`, 11 `#`, 12 to 15 A to D, 16 flash.
    pub event: u8,
    /// The E bit: the event has ended and the duration is its whole length.
    pub end: bool,
    /// Power level as -dBm0, 0 to 63.
    pub volume: u8,
    /// Length so far in ticks of the payload's clock, from the packet's timestamp.
    pub duration: u16,
}

impl TelephoneEvent {
    /// The first report of a payload.
    pub fn parse(payload: &[u8]) -> Option<TelephoneEvent> {
        let &[event, flags, d0, d1] = payload.first_chunk::<4>()?;
        Some(TelephoneEvent {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }
}

/// How an event code is written: a key, `flash`, or `event N` for tones that are no key.
pub(crate) fn event_name(event: u8) -> String {
    match event {
        0..=9 => char::from(b'0' + event).to_string(),
        10 => "*".into(),
        11 => "#".into(),
        12..=15 => char::from(b'A' + (event - 12)).to_string(),
        16 => "flash".into(),
        n => format!("event {n}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_five_is_read() {
        assert_eq!(
            TelephoneEvent::parse(&[5, 0x8a, 0x03, 0x20]),
            Some(TelephoneEvent {
                event: 5,
                end: true,
                volume: 10,
                duration: 800
            })
        );
        assert_eq!(TelephoneEvent::parse(&[5, 0x8a, 3]), None);
    }

    #[test]
    fn event_codes_are_written_as_keys() {
        let names: String = (0..16).map(event_name).collect();
        assert_eq!(names, "0123456789*#ABCD");
        assert_eq!(event_name(16), "flash");
        assert_eq!(event_name(66), "event 66");
    }
}
