//! Datagrams in a byte stream, each behind its length in two octets (RFC 4571).

/// Bytes of a stream, cut into its frames.
#[derive(Debug, Default)]
pub struct Framed {
    /// The begin of a frame that is not whole yet; below 64 KiB.
    open: Vec<u8>,
    /// Where frames begin is not known: the begin of the stream, or a piece of it, is missing.
    astray: bool,
}

impl Framed {
    /// Of a stream whose begin is missing.
    pub fn in_mid_stream() -> Framed {
        Framed {
            astray: true,
            ..Framed::default()
        }
    }

    /// A piece of the stream is missing.
    pub fn gap(&mut self) {
        self.open.clear();
        self.astray = true;
    }

    /// Takes the next bytes and hands on every frame that is whole with them. Frames tend to begin where a segment
    /// does: a stream that lost its way goes on at the first segment that `looks_right` from its begin.
    pub fn push(
        &mut self,
        bytes: &[u8],
        looks_right: impl Fn(&[u8]) -> bool,
        frame: &mut impl FnMut(&[u8]),
    ) {
        if self.astray {
            let begins = first_frame(bytes).is_some_and(|(first, _)| looks_right(first));
            if !begins {
                return;
            }
            self.astray = false;
        }
        if self.open.is_empty() {
            let rest = cut(bytes, frame);
            self.open.extend_from_slice(rest);
        } else {
            self.open.extend_from_slice(bytes);
            let used = self.open.len() - cut(&self.open, frame).len();
            self.open.drain(..used);
        }
    }
}

/// Hands on the frames that are whole, and gives back what is left.
fn cut<'b>(mut bytes: &'b [u8], frame: &mut impl FnMut(&[u8])) -> &'b [u8] {
    while let Some((whole, behind)) = first_frame(bytes) {
        if !whole.is_empty() {
            frame(whole);
        }
        bytes = behind;
    }
    bytes
}

fn first_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(framed: &mut Framed, pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for piece in pieces {
            let right = |frame: &[u8]| frame.first() == Some(&0x80);
            framed.push(piece, right, &mut |frame| all.push(frame.to_vec()));
        }
        all
    }

    #[test]
    fn frames_are_cut_wherever_segments_are() {
        let stream = [0, 3, 0x80, 1, 2, 0, 0, 0, 2, 0x80, 9];
        for at in 0..stream.len() {
            let (a, b) = stream.split_at(at);
            let got = frames(&mut Framed::default(), &[a, b]);
            assert_eq!(got, [vec![0x80, 1, 2], vec![0x80, 9]], "cut at {at}");
        }
        let octets: Vec<&[u8]> = stream.chunks(1).collect();
        let mut framed = Framed::default();
        let got = frames(&mut framed, &octets);
        assert_eq!(got, [vec![0x80, 1, 2], vec![0x80, 9]]);
        assert!(framed.open.is_empty());
    }

    #[test]
    fn behind_a_hole_it_goes_on_where_a_segment_begins_with_a_frame() {
        let mut framed = Framed::default();
        framed.gap();
        let got = frames(
            &mut framed,
            &[&[7, 7, 7], &[0, 2, 0x80, 5], &[0, 2, 0x80, 6]],
        );
        assert_eq!(got, [[0x80, 5], [0x80, 6]]);
    }
}
