//! Packets that are missing yet: a late one takes its mark away again.

use crate::types::SeqNo;
use std::collections::VecDeque;

/// Holes remembered; one that is older stays a loss wherever its packet turns up.
const MOST: usize = 4096;

/// Column and step of a lost packet.
type Place = (Option<usize>, Option<usize>);

/// The holes of a stream, oldest first.
#[derive(Debug, Default)]
pub(super) struct Holes {
    open: VecDeque<(u16, Place)>,
}

impl Holes {
    /// The packet `back` numbers before `seq` did not come.
    pub(super) fn open(
        &mut self,
        seq: SeqNo,
        back: u64,
        column: Option<usize>,
        step: Option<usize>,
    ) {
        if self.open.len() == MOST {
            self.open.pop_front();
        }
        // Numbers are modulo 2^16.
        let number = seq.0.wrapping_sub(back as u16);
        self.open.push_back((number, (column, step)));
    }

    /// A packet came late: where its hole was marked.
    pub(super) fn fill(&mut self, seq: SeqNo) -> Option<Place> {
        let at = self.open.iter().rposition(|(number, _)| *number == seq.0)?;
        Some(self.open.remove(at)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_packet_fills_its_own_hole() {
        let mut holes = Holes::default();
        // 65535 and 0 are missing before 1.
        holes.open(SeqNo(1), 2, Some(7), None);
        holes.open(SeqNo(1), 1, Some(8), None);
        assert_eq!(holes.fill(SeqNo(65535)), Some((Some(7), None)));
        assert_eq!(holes.fill(SeqNo(65535)), None);
        assert_eq!(holes.fill(SeqNo(0)), Some((Some(8), None)));
    }
}
