//! UDPTL, the transport of T.38 (ITU-T T.38 §9.1): a sequence number, a primary packet, and what makes others good.

/// Packets that one packet can repeat or protect, of those that are read.
const MOST_REPEATED: usize = 32;

/// A datagram of UDPTL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Udptl<'a> {
    /// Goes up by one a packet, from 0 on.
    pub sequence: u16,
    /// What it carries.
    pub primary: &'a [u8],
    /// What makes earlier packets good.
    pub recovery: Recovery<'a>,
}

/// What a packet brings of those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery<'a> {
    /// Their primary packets again, the one before first.
    Repeated(Vec<&'a [u8]>),
    /// Parity: `entries` of them, the n-th over `span` packets, every `entries`-th one.
    Parity {
        /// Packets under one parity packet.
        span: u32,
        /// Parity packets.
        entries: u32,
    },
}

impl<'a> Udptl<'a> {
    /// Reads a whole datagram. UDPTL has no mark of its own: every octet must be accounted for.
    pub fn parse(datagram: &'a [u8]) -> Option<Udptl<'a>> {
        let (&[s0, s1], rest) = datagram.split_first_chunk::<2>()?;
        let mut reader = Reader(rest);
        let primary = reader.octets()?;
        let recovery = match reader.octet()? {
            0x00 => {
                let many = reader.length()?;
                if many > MOST_REPEATED {
                    return None;
                }
                let repeated: Option<Vec<&[u8]>> = (0..many).map(|_| reader.octets()).collect();
                Recovery::Repeated(repeated?)
            }
            0x80 => {
                // An INTEGER with its length before it (X.691 §12.2.6).
                let span = reader.octets()?;
                let span = match span {
                    [one] => u32::from(*one),
                    [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
                    _ => return None,
                };
                let entries = reader.length()?;
                if entries > MOST_REPEATED {
                    return None;
                }
                for _ in 0..entries {
                    reader.octets()?;
                }
                Recovery::Parity {
                    span,
                    entries: u32::try_from(entries).unwrap_or(0),
                }
            }
            _ => return None,
        };
        reader.0.is_empty().then_some(Udptl {
            sequence: u16::from_be_bytes([s0, s1]),
            primary,
            recovery,
        })
    }
}

/// Aligned PER (ITU-T X.691) as UDPTL uses it.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A length determinant below 16384 (X.691 §10.9.3); no packet is longer.
    fn length(&mut self) -> Option<usize> {
        match self.octet()? {
            short @ 0..=0x7f => Some(usize::from(short)),
            high @ 0x80..=0xbf => {
                let low = self.octet()?;
                Some(usize::from(u16::from_be_bytes([high & 0x3f, low])))
            }
            _ => None,
        }
    }

    fn octets(&mut self) -> Option<&'a [u8]> {
        let len = self.length()?;
        let (octets, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_repeats_the_two_before_it() {
        // Sequence 5; no-signal; two secondaries: preamble and CED.
        let p = [0, 5, 1, 0x00, 0x00, 2, 1, 0x06, 1, 0x04];
        let udptl = Udptl::parse(&p).unwrap();
        assert_eq!((udptl.sequence, udptl.primary), (5, &[0u8][..]));
        let repeated: Vec<&[u8]> = vec![&[6], &[4]];
        assert_eq!(udptl.recovery, Recovery::Repeated(repeated));
    }

    #[test]
    fn parity_says_how_many_packets_it_is_over() {
        let p = [0, 5, 1, 0x00, 0x80, 1, 3, 1, 2, 0xaa, 0xbb];
        let span = Udptl::parse(&p).unwrap().recovery;
        assert_eq!(
            span,
            Recovery::Parity {
                span: 3,
                entries: 1
            }
        );
    }

    #[test]
    fn what_leaves_octets_over_or_wants_more_is_none() {
        assert_eq!(Udptl::parse(&[0, 5, 1, 0, 0, 0, 9]), None);
        assert_eq!(Udptl::parse(&[0, 5, 9, 0, 0, 0]), None);
        assert_eq!(Udptl::parse(&[0, 5, 1, 0, 7]), None);
        // RTP: version 2, PCMU.
        let mut rtp = [0xd5; 172];
        rtp[..12].copy_from_slice(&[0x80, 0, 0, 100, 0, 0, 0, 160, 0, 0, 0, 1]);
        assert_eq!(Udptl::parse(&rtp), None);
    }
}
