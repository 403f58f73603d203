//! Payloads as files that other programs play, where nothing here decodes them.

/// How the payloads of a codec are kept in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// What the file's name ends in.
    pub extension: &'static str,
    form: Form,
    begun: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One payload after the other.
    Plain,
    /// RFC 4867 §5: AMR, or AMR-WB.
    Amr { wide: bool },
    /// RFC 3952 §5.
    Ilbc,
}

/// The file for payloads of an encoding name.
pub fn storage_of(codec: Option<&str>) -> Storage {
    let name = codec.unwrap_or_default().to_ascii_uppercase();
    let (extension, form) = match name.as_str() {
        "AMR" => ("amr", Form::Amr { wide: false }),
        "AMR-WB" => ("awb", Form::Amr { wide: true }),
        "ILBC" => ("lbc", Form::Ilbc),
        "G723" => ("g723", Form::Plain),
        "G729" => ("g729", Form::Plain),
        "G722" => ("g722", Form::Plain),
        "GSM" => ("gsm", Form::Plain),
        "MPA" => ("mpa", Form::Plain),
        _ => ("raw", Form::Plain),
    };
    Storage {
        extension,
        form,
        begun: false,
    }
}

impl Storage {
    /// Appends the file's form of a payload, before which `missing` packets did not come.
    pub fn put(&mut self, payload: &[u8], missing: u32, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.extend_from_slice(match self.form {
                Form::Plain => b"",
                Form::Amr { wide: false } => b"#!AMR\n",
                Form::Amr { wide: true } => b"#!AMR-WB\n",
                Form::Ilbc if payload.len().is_multiple_of(50) => b"#!iLBC30\n",
                Form::Ilbc => b"#!iLBC20\n",
            });
        }
        match self.form {
            Form::Plain | Form::Ilbc => out.extend_from_slice(payload),
            Form::Amr { wide } => {
                // A minute of loss at most is kept as frames without data.
                out.extend(std::iter::repeat_n(NO_DATA, missing.min(3000) as usize));
                let aligned = amr_frames(payload, wide, true);
                match aligned.or_else(|| amr_frames(payload, wide, false)) {
                    Some(frames) => out.extend(frames),
                    None => out.push(NO_DATA),
                }
            }
        }
    }
}

/// A frame of type 15 of good quality (RFC 4867 §5.3).
const NO_DATA: u8 = 0x7c;

/// Bits of a frame by its type (3GPP TS 26.101 and 26.201); `None` for reserved types.
fn amr_bits(kind: u8, wide: bool) -> Option<usize> {
    const NARROW: [usize; 9] = [95, 103, 118, 134, 148, 159, 204, 244, 39];
    const WIDE: [usize; 10] = [132, 177, 253, 285, 317, 365, 397, 461, 477, 40];
    let table: &[usize] = if wide { &WIDE } else { &NARROW };
    match kind {
        15 => Some(0),
        14 if wide => Some(0),
        _ => table.get(usize::from(kind)).copied(),
    }
}

/// The frames of a payload in storage format; `None` where its length is not that of its table of contents.
fn amr_frames(payload: &[u8], wide: bool, aligned: bool) -> Option<Vec<u8>> {
    let bit = |at: usize| -> Option<bool> { Some(payload.get(at / 8)? >> (7 - at % 8) & 1 == 1) };
    let bits = |at: usize, count: usize| -> Option<u8> {
        (at..at + count).try_fold(0u8, |value, at| Some(value << 1 | u8::from(bit(at)?)))
    };
    // The mode request, and its reserved bits.
    let mut at = if aligned { 8 } else { 4 };
    if aligned && bits(4, 4)? != 0 {
        return None;
    }
    let mut kinds = Vec::new();
    loop {
        let (more, kind, good) = (bit(at)?, bits(at + 1, 4)?, bit(at + 5)?);
        if aligned && bits(at + 6, 2)? != 0 {
            return None;
        }
        at += if aligned { 8 } else { 6 };
        kinds.push((kind, good, amr_bits(kind, wide)?));
        if !more {
            break;
        }
    }
    let mut out = Vec::new();
    for (kind, good, len) in kinds {
        out.push(kind << 3 | u8::from(good) << 2);
        for begin in (0..len).step_by(8) {
            let here = (len - begin).min(8);
            out.push(bits(at + begin, here)? << (8 - here));
        }
        at += if aligned { len.div_ceil(8) * 8 } else { len };
    }
    (at.div_ceil(8) == payload.len()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(codec: &str, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        storage_of(Some(codec)).put(payload, 0, &mut out);
        out
    }

    #[test]
    fn amr_frames_come_out_of_both_payload_forms() {
        // Type 8 (silence, 39 bits), good. Aligned: mode request 15, contents 0_1000_1_00, five octets.
        let aligned = [0xf0, 0x44, 0x11, 0x22, 0x33, 0x44, 0x54];
        let file = [b"#!AMR\n", &[0x44u8, 0x11, 0x22, 0x33, 0x44, 0x54][..]].concat();
        assert_eq!(stored("AMR", &aligned), file);
        // Bandwidth-efficient: 1111 0_1000_1, then the 39 bits: 49 bits, 7 octets.
        let bits: String = ["1111", "010001"]
            .into_iter()
            .map(str::to_owned)
            .chain([0x11u8, 0x22, 0x33, 0x44].map(|o| format!("{o:08b}")))
            .chain(["0101010".to_owned()])
            .collect();
        let padded = format!("{bits:0<56}");
        let efficient: Vec<u8> = (0..7)
            .map(|n| u8::from_str_radix(&padded[8 * n..8 * n + 8], 2).unwrap())
            .collect();
        assert_eq!(stored("AMR", &efficient), file);
    }

    #[test]
    fn what_is_no_amr_payload_is_a_frame_without_data() {
        assert_eq!(stored("AMR", &[0xff; 3]), b"#!AMR\n\x7c");
        assert_eq!(stored("AMR", &[]), b"#!AMR\n\x7c");
    }

    #[test]
    fn ilbc_says_its_frame_length_and_others_are_kept_as_they_are() {
        assert_eq!(&stored("iLBC", &[1; 38])[..9], b"#!iLBC20\n");
        assert_eq!(&stored("iLBC", &[1; 100])[..9], b"#!iLBC30\n");
        assert_eq!(stored("EVS", &[1, 2]), [1, 2]);
        assert_eq!(storage_of(None).extension, "raw");
    }
}
