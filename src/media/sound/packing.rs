//! Codes of less than an octet, one after the other.

/// Which bits of an octet come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// The low ones (RFC 3551 §4.5.4).
    LowFirst,
    /// The high ones (ITU-T I.366.2 annex E, `AAL2-G726-32`).
    HighFirst,
}

/// The packing an encoding name means.
pub(super) fn of_name(name: &str) -> Packing {
    match name.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("AAL2") => Packing::HighFirst,
        _ => Packing::LowFirst,
    }
}

/// The whole codes of `bits` bits (1 to 8) in `octets`.
pub(super) fn codes(octets: &[u8], bits: u8, packing: Packing) -> impl Iterator<Item = u8> {
    let width = u32::from(bits.clamp(1, 8));
    let mask = (1u32 << width) - 1;
    let mut octets = octets.iter();
    let (mut held, mut count) = (0u32, 0u32);
    std::iter::from_fn(move || {
        if count < width {
            let octet = u32::from(*octets.next()?);
            held = match packing {
                Packing::LowFirst => held | octet << count,
                Packing::HighFirst => held << 8 | octet,
            };
            count += 8;
        }
        count -= width;
        let code = match packing {
            Packing::LowFirst => {
                let code = held & mask;
                held >>= width;
                code
            }
            Packing::HighFirst => held >> count & mask,
        };
        u8::try_from(code).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_three_bits_cross_octets() {
        // 0b11_010_001, 0b1_100_011_1: low first 1, 2, then 11 and the low bit 1 above it, 3, 6 (hand).
        let low: Vec<u8> = codes(&[0b1101_0001, 0b1100_0111], 3, Packing::LowFirst).collect();
        assert_eq!(low, [0b001, 0b010, 0b111, 0b011, 0b100]);
        // High first: 110 100 01|1 100 011 (1 left).
        let high: Vec<u8> = codes(&[0b1101_0001, 0b1100_0111], 3, Packing::HighFirst).collect();
        assert_eq!(high, [0b110, 0b100, 0b011, 0b100, 0b011]);
    }

    #[test]
    fn codes_of_five_bits_take_five_octets_for_eight() {
        for packing in [Packing::LowFirst, Packing::HighFirst] {
            assert_eq!(codes(&[0xff; 5], 5, packing).collect::<Vec<_>>(), [31; 8]);
            assert_eq!(codes(&[0; 7], 5, packing).count(), 11);
        }
    }

    #[test]
    fn a_name_says_its_packing() {
        assert_eq!(of_name("G726-32"), Packing::LowFirst);
        assert_eq!(of_name("aal2-g726-32"), Packing::HighFirst);
        assert_eq!(of_name("x"), Packing::LowFirst);
    }
}
