//! What a T.38 packet says (ITU-T T.38 Annex A): a signal, or octets of a modem's data.

/// A T.38 internet fax packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ifp<'a> {
    /// Signal or data.
    pub kind: IfpKind,
    /// Its fields; none of a signal.
    pub fields: Vec<(Field, &'a [u8])>,
}

/// The type of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfpKind {
    /// A signal by its number: 0 none, 1 CNG, 2 CED, 3 the preamble of V.21, then trainings of modems.
    Indicator(u8),
    /// Data of a modem by its number: 0 is V.21 (300 bit/s), which carries T.30.
    Data(u8),
}

/// What a field is; the numbers are those of the ASN.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Octets of an HDLC frame.
    Hdlc,
    /// The carrier ends.
    HdlcEnd,
    /// The frame ended, and its check sum was right.
    FrameGood,
    /// It ended, and was wrong.
    FrameBad,
    /// Right, and the carrier ends.
    FrameGoodEnd,
    /// Wrong, and the carrier ends.
    FrameBadEnd,
    /// Octets of a page without error correction (ECM).
    Page,
    /// A page's carrier ends.
    PageEnd,
    /// Of a later version.
    Other,
}

impl Field {
    const ALL: [Field; 8] = [
        Field::Hdlc,
        Field::HdlcEnd,
        Field::FrameGood,
        Field::FrameBad,
        Field::FrameGoodEnd,
        Field::FrameBadEnd,
        Field::Page,
        Field::PageEnd,
    ];
}

/// Fields of one packet that are read.
const MOST_FIELDS: usize = 64;

/// Names of the signals (T.38 §7.2), and what a modem trains for.
const INDICATORS: [&str; 16] = [
    "no signal",
    "CNG (calling tone)",
    "CED (called tone)",
    "V.21 preamble",
    "V.27ter 2400 bit/s training",
    "V.27ter 4800 bit/s training",
    "V.29 7200 bit/s training",
    "V.29 9600 bit/s training",
    "V.17 7200 bit/s short training",
    "V.17 7200 bit/s long training",
    "V.17 9600 bit/s short training",
    "V.17 9600 bit/s long training",
    "V.17 12000 bit/s short training",
    "V.17 12000 bit/s long training",
    "V.17 14400 bit/s short training",
    "V.17 14400 bit/s long training",
];

/// Modems, and their speed in bit/s.
const MODEMS: [(&str, u32); 9] = [
    ("V.21", 300),
    ("V.27ter", 2400),
    ("V.27ter", 4800),
    ("V.29", 7200),
    ("V.29", 9600),
    ("V.17", 7200),
    ("V.17", 9600),
    ("V.17", 12_000),
    ("V.17", 14_400),
];

impl IfpKind {
    /// In words: `CED (called tone)`, `V.17 data, 14400 bit/s`.
    pub fn words(self) -> String {
        match self {
            IfpKind::Indicator(n) => {
                let known = INDICATORS.get(usize::from(n));
                known.map_or_else(|| format!("signal {n}"), |name| (*name).to_owned())
            }
            IfpKind::Data(n) => match MODEMS.get(usize::from(n)) {
                Some((name, rate)) => format!("{name} data, {rate} bit/s"),
                None => format!("data of modem {n}"),
            },
        }
    }

    /// Speed of data in bit/s, where it is known.
    pub fn rate(self) -> Option<u32> {
        match self {
            IfpKind::Data(n) => MODEMS.get(usize::from(n)).map(|(_, rate)| *rate),
            IfpKind::Indicator(_) => None,
        }
    }
}

impl<'a> Ifp<'a> {
    /// Reads a packet in the notation that is likely, else in the other one, and says in which: nothing tells the
    /// notation but that the other one cannot be read.
    pub fn parse_either(packet: &'a [u8], likely: bool) -> Option<(Ifp<'a>, bool)> {
        let read = |extensible| Some((Ifp::parse(packet, extensible)?, extensible));
        read(likely).or_else(|| read(!likely))
    }

    /// Reads a whole packet. `extensible`: field types may be extended, as of version 1 on (`T38FaxVersion`).
    pub fn parse(packet: &'a [u8], extensible: bool) -> Option<Ifp<'a>> {
        let mut bits = Bits { packet, at: 0 };
        let has_data = bits.take(1)? == 1;
        let is_data = bits.take(1)? == 1;
        let is_extended = bits.take(1)? == 1;
        let number = match is_extended {
            // A small number behind one bit of nought (X.691 §10.6); the roots have 16 and 9.
            true => match (bits.take(1)?, is_data) {
                (0, true) => 9 + bits.take(6)?,
                (0, false) => 16 + bits.take(6)?,
                _ => return None,
            },
            false => bits.take(4)?,
        };
        let kind = match is_data {
            true if !is_extended && number > 8 => return None,
            true => IfpKind::Data(number),
            false => IfpKind::Indicator(number),
        };
        let mut fields = Vec::new();
        if has_data {
            bits.align()?;
            let many = bits.take(8)?;
            if usize::from(many) > MOST_FIELDS {
                return None;
            }
            for _ in 0..many {
                fields.push(bits.field(extensible)?);
            }
        }
        bits.align()?;
        (bits.at == packet.len() * 8).then_some(Ifp { kind, fields })
    }
}

/// Reads bits, the high ones first.
struct Bits<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    fn take(&mut self, many: usize) -> Option<u8> {
        let mut value = 0u8;
        for _ in 0..many {
            let octet = self.packet.get(self.at / 8)?;
            value = value << 1 | (octet >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// Goes on at the next octet; what is passed over is nought.
    fn align(&mut self) -> Option<()> {
        let left = self.at.next_multiple_of(8) - self.at;
        (self.take(left)? == 0).then_some(())
    }

    fn field(&mut self, extensible: bool) -> Option<(Field, &'a [u8])> {
        let has_octets = self.take(1)? == 1;
        let is_extended = extensible && self.take(1)? == 1;
        let field = match is_extended {
            true if self.take(1)? == 0 => {
                self.take(6)?;
                Field::Other
            }
            true => return None,
            false => *Field::ALL.get(usize::from(self.take(3)?))?,
        };
        let mut octets: &[u8] = &[];
        if has_octets {
            self.align()?;
            let len = u16::from_be_bytes([self.take(8)?, self.take(8)?]);
            // The size is 1 to 65535, and 0 stands for 1.
            let begin = self.at / 8;
            octets = self.packet.get(begin..begin + usize::from(len) + 1)?;
            self.at += octets.len() * 8;
        }
        Some((field, octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_one_octet() {
        let ced = Ifp::parse(&[0x04], false).unwrap();
        assert_eq!(ced.kind, IfpKind::Indicator(2));
        assert_eq!(ced.kind.words(), "CED (called tone)");
        assert_eq!(Ifp::parse(&[0x05], false), None, "a bit is left over");
    }

    #[test]
    fn a_frame_and_its_good_end_stand_in_one_packet() {
        // V.21 data, two fields: HDLC of three octets, then FCS good without octets.
        let p = [0xc0, 2, 0x80, 0, 2, 0xff, 0xc8, 0x21, 0x20];
        let ifp = Ifp::parse(&p, false).unwrap();
        assert_eq!(ifp.kind, IfpKind::Data(0));
        assert_eq!(
            ifp.fields,
            [
                (Field::Hdlc, &[0xff, 0xc8, 0x21][..]),
                (Field::FrameGood, &[][..])
            ]
        );
        // In the later notation the second field is 0 0 010, one bit longer.
        let p = [0xc0, 2, 0x80, 0, 2, 0xff, 0xc8, 0x21, 0x10];
        assert_eq!(Ifp::parse(&p, true).unwrap().fields, ifp.fields);
    }

    #[test]
    fn two_fields_without_octets_share_one() {
        // 0 010 and 0 001.
        let p = [0xc0, 2, 0x21];
        let fields = Ifp::parse(&p, false).unwrap().fields;
        let kinds: Vec<Field> = fields.iter().map(|(field, _)| *field).collect();
        assert_eq!(kinds, [Field::FrameGood, Field::HdlcEnd]);
    }

    #[test]
    fn a_page_of_v17_has_its_speed() {
        let p = [0xd0, 1, 0xe0, 0, 1, 1, 2];
        let ifp = Ifp::parse(&p, false).unwrap();
        assert_eq!(ifp.kind.rate(), Some(14_400));
        assert_eq!(ifp.fields, [(Field::Page, &[1, 2][..])]);
    }
}
