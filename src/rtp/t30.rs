//! What fax machines say to each other in clear: T.30 frames, as T.38 carries them.

/// A T.30 frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct T30 {
    /// Facsimile control field, without the bit that tells who sends.
    code: u8,
    /// The control field behind it in a partial page's end (PPS), or 0.
    second: u8,
}

/// Code without the X bit, name, what it says (ITU-T T.30 §5.3.6).
const FRAMES: &[(u8, &str, &str)] = &[
    (0x01, "DIS", "says what it can receive"),
    (0x02, "CSI", "says its number (called)"),
    (0x04, "NSF", "says what more it can"),
    (0x06, "FCD", "a piece of a page with error correction"),
    (0x21, "CFR", "is ready to receive"),
    (0x22, "FTT", "did not understand the training"),
    (0x23, "CTR", "goes on to correct"),
    (0x31, "MCF", "has received the page"),
    (0x32, "RTN", "has not received the page well: train again"),
    (
        0x33,
        "RTP",
        "has received the page, but wants to train again",
    ),
    (
        0x34,
        "PIN",
        "asks for the operator; the page was not well received",
    ),
    (0x35, "PIP", "asks for the operator; the page was received"),
    (0x37, "RNR", "is not ready yet"),
    (0x38, "ERR", "has understood the end of correction"),
    (0x3d, "PPR", "asks for pieces of the page again"),
    (0x41, "DCS", "says how it will send"),
    (0x42, "TSI", "says its number (calling)"),
    (0x44, "NSS", "says how it will send, its own way"),
    (0x48, "CTC", "goes on to correct"),
    (0x58, "CRP", "asks to repeat the last command"),
    (0x5f, "DCN", "ends the fax"),
    (0x61, "RCP", "the end of a partial page"),
    (0x71, "EOM", "ends the page, and wants to start anew"),
    (0x72, "MPS", "ends the page; another one follows"),
    (0x73, "EOR", "ends the correction"),
    (0x74, "EOP", "ends the last page"),
    (0x76, "RR", "asks whether the other side is ready"),
    (0x79, "PRI-EOM", "ends the page and asks for the operator"),
    (
        0x7a,
        "PRI-MPS",
        "ends the page and asks for the operator; another one follows",
    ),
    (
        0x7c,
        "PRI-EOP",
        "ends the last page and asks for the operator",
    ),
    (0x7d, "PPS", "ends a partial page"),
];

impl T30 {
    /// Reads an HDLC frame from its address on, without the check sum.
    pub fn parse(hdlc: &[u8]) -> Option<T30> {
        let (&[address, control, code], rest) = hdlc.split_first_chunk::<3>()?;
        // Broadcast; bit 5 of the control field is the last frame's (T.30 §5.3.4, §5.3.5).
        if address != 0xff || control & 0xf7 != 0xc0 {
            return None;
        }
        let code = match code {
            // What a calling machine that wants to receive says: DTC, CIG, NSC.
            0x81 | 0x82 | 0x84 => code,
            code => code & 0x7f,
        };
        let second = match code {
            0x7d => rest.first().map_or(0, |second| second & 0x7f),
            _ => 0,
        };
        Some(T30 { code, second })
    }

    /// T.30 names its code.
    pub fn is_known(self) -> bool {
        let named = |(code, ..): &(u8, &str, &str)| *code == self.code;
        matches!(self.code, 0x81 | 0x82 | 0x84) || FRAMES.iter().any(named)
    }

    /// `DIS`, `PPS-EOP`; `None` for a code T.30 does not name.
    pub fn name(self) -> Option<String> {
        let known = |code: u8| FRAMES.iter().find(|(c, ..)| *c == code);
        let first = match self.code {
            0x81 => "DTC",
            0x82 => "CIG",
            0x84 => "NSC",
            code => known(code)?.1,
        };
        Some(match (self.code, self.second) {
            (0x7d, 0) => "PPS-NULL".to_owned(),
            (0x7d, second) => match known(second) {
                Some((_, name, _)) => format!("{first}-{name}"),
                None => first.to_owned(),
            },
            _ => first.to_owned(),
        })
    }

    /// What it says, in a few words.
    pub fn meaning(self) -> &'static str {
        let known = FRAMES.iter().find(|(c, ..)| *c == self.code);
        match self.code {
            0x81 => "asks the other side to send",
            _ => known.map_or("", |(.., meaning)| meaning),
        }
    }

    /// True where a page ends with it, not only a part of one.
    pub fn ends_page(self) -> bool {
        let ends = |code: u8| matches!(code, 0x71 | 0x72 | 0x74 | 0x79 | 0x7a | 0x7c);
        ends(self.code) || self.code == 0x7d && ends(self.second)
    }

    /// True where the page before it was received: MCF, or RTP and PIP which ask for something more.
    pub fn confirms_page(self) -> bool {
        matches!(self.code, 0x31 | 0x33 | 0x35)
    }

    /// True where the page before it was not received well.
    pub fn refuses_page(self) -> bool {
        matches!(self.code, 0x32 | 0x34)
    }

    /// True for CFR: the training went well, a page may come.
    pub fn is_ready(self) -> bool {
        self.code == 0x21
    }

    /// True where the frame carries a piece of a page (ECM): not worth a line of its own.
    pub fn is_page_data(self) -> bool {
        matches!(self.code, 0x06 | 0x61)
    }

    /// True where it says the number of a machine: 20 digits behind the code, the last one first.
    pub fn says_number(self) -> bool {
        matches!(self.code, 0x02 | 0x42 | 0x82)
    }
}

/// The number in a frame of CSI, TSI or CIG: 20 digits, the last one first, each with its low bit first (T.30 §5.3.6.2.4);
/// `None` where it is blank or none.
pub fn station_number(hdlc: &[u8]) -> Option<String> {
    let digits = hdlc.get(3..)?;
    let digits = digits.get(..20).unwrap_or(digits).iter().rev();
    let text: String = digits.map(|d| char::from(d.reverse_bits())).collect();
    let text = text.trim();
    let is_number = |c: char| c.is_ascii_graphic() || c == ' ';
    (!text.is_empty() && text.chars().all(is_number)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(hdlc: &[u8]) -> Option<String> {
        T30::parse(hdlc)?.name()
    }

    #[test]
    fn frames_have_their_names_whoever_sends_them() {
        assert_eq!(name(&[0xff, 0xc8, 0x01, 0, 0xee]).unwrap(), "DIS");
        // The X bit is set where the sender received the DIS.
        assert_eq!(name(&[0xff, 0xc8, 0xc1, 0]).unwrap(), "DCS");
        assert_eq!(name(&[0xff, 0xc0, 0x42]).unwrap(), "TSI");
        assert_eq!(name(&[0xff, 0xc8, 0x81, 0]).unwrap(), "DTC");
        assert_eq!(name(&[0xff, 0xc8, 0xfd, 0xf4, 0, 0, 9]).unwrap(), "PPS-EOP");
        assert_eq!(name(&[0xff, 0xc8, 0x7d, 0x00]).unwrap(), "PPS-NULL");
        assert_eq!(name(&[0xff, 0x13, 0x01]), None, "no frame of T.30");
    }

    #[test]
    fn a_partial_page_is_no_page() {
        let ends = |hdlc: &[u8]| T30::parse(hdlc).unwrap().ends_page();
        assert!(ends(&[0xff, 0xc8, 0x72]));
        assert!(ends(&[0xff, 0xc8, 0x7d, 0x74]));
        assert!(!ends(&[0xff, 0xc8, 0x7d, 0x00]));
        assert!(!ends(&[0xff, 0xc8, 0x31]));
    }

    #[test]
    fn a_number_is_sent_backwards() {
        // "12" and 18 blanks, last first, bits turned: '2' is 0x32, turned 0x4c.
        let mut frame = vec![0xff, 0xc0, 0x42, 0x4c, 0x8c];
        frame.extend([0x04; 18]);
        assert_eq!(station_number(&frame).unwrap(), "12");
        assert_eq!(station_number(&[0xff, 0xc0, 0x42, 4, 4]), None);
    }
}
