//! WAV: samples of 16 bits behind a header of 44 octets.

/// Octets of samples a file can hold: its lengths have 32 bits.
pub(in crate::app) const MOST_OCTETS: u64 = u32::MAX as u64 - 36;

/// The header of a file with `frames` samples in each channel.
pub(in crate::app) fn header(rate: u32, channels: u16, frames: u64) -> [u8; 44] {
    let frame = u32::from(channels) * 2;
    let octets = (frames * u64::from(frame)).min(MOST_OCTETS) as u32;
    let mut out = [0; 44];
    let words: [&[u8]; 13] = [
        b"RIFF",
        &(octets + 36).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        // Plain samples.
        &1u16.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.saturating_mul(frame).to_le_bytes(),
        &(channels * 2).to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &octets.to_le_bytes(),
    ];
    for (place, octet) in out.iter_mut().zip(words.concat()) {
        *place = octet;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_rate_channels_and_length() {
        let h = header(8000, 2, 1000);
        assert_eq!(&h[..4], b"RIFF");
        assert_eq!(h[4..8], 4036u32.to_le_bytes());
        assert_eq!(h[22..24], 2u16.to_le_bytes());
        assert_eq!(h[24..28], 8000u32.to_le_bytes());
        assert_eq!(h[28..32], 32000u32.to_le_bytes());
        assert_eq!(h[40..44], 4000u32.to_le_bytes());
    }
}
