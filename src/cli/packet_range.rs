//! Packets of a stream as people type them.

use crate::types::PacketRange;

const EXPECTED: &str = "expected packets of the stream as 1-20, or frames as '#1500-1600'";

/// Reads `7`, `1-20`, `#1500-1600`, `#1500-#1600`.
pub(super) fn packet_range(text: &str) -> Result<PacketRange, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let frames = first.starts_with('#');
    let number = |text: &str| {
        let digits = text.strip_prefix('#').filter(|_| frames).unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n: &u64| plain && *n > 0)
    };
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => {
            Err(format!("packets go upwards, for example {last}-{first}"))
        }
        // Frames hold other packets too.
        (Some(first), Some(last)) if !frames && last - first >= PacketRange::MOST => {
            Err(format!("at most {} packets at once", PacketRange::MOST))
        }
        (Some(first), Some(last)) => Ok(PacketRange {
            frames,
            first,
            last,
        }),
        _ => Err(EXPECTED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_by_their_number_in_the_stream_or_by_frame() {
        let read = |text| packet_range(text).map(|r| (r.frames, r.first, r.last));
        assert_eq!(read("7"), Ok((false, 7, 7)));
        assert_eq!(read("1-20"), Ok((false, 1, 20)));
        assert_eq!(read("#1500-1600"), Ok((true, 1500, 1600)));
        assert_eq!(read("#1500-#99999"), Ok((true, 1500, 99_999)));
        for wrong in ["", "0-3", "a", "3-", "-3", "9-3", "1-1001", "1-#3"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
