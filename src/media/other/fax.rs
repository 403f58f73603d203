//! A fax over UDPTL: how much of it arrived, what was made good, and what the two machines said.

use crate::media::packet::MediaPacket;
use crate::rtp::t30::{T30, station_number};
use crate::rtp::t38::{Field, Ifp, IfpKind};
use crate::rtp::udptl::{Recovery, Udptl};
use crate::types::{CaptureTime, FrameRef};

/// Messages of T.30 that are listed; later ones count.
const MOST_MESSAGES: usize = 200;
/// Octets of a frame that are kept.
const MOST_OCTETS: usize = 256;
/// Packets that are missing and may still come, or be made good.
const MOST_MISSING: usize = 64;
/// A jump this far is a new begin and no loss.
const NEW_BEGIN: u32 = 500;

/// What a fax shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaxFigures {
    /// What went the way of the flow, and the other way.
    pub ways: [FaxWay; 2],
    /// What the machines said, in order; 200 at most.
    pub messages: Vec<FaxMessage>,
    /// Pages that were sent to their end.
    pub pages: u64,
    /// Of these, those the receiver confirmed.
    pub confirmed: u64,
    /// Of these, those it did not receive well.
    pub refused: u64,
    /// Whether the pages went the way of the flow, or back.
    pub sent_back: Option<bool>,
    /// Speed of the pages in bit/s, the latest.
    pub rate: Option<u32>,
    /// Pages came in frames that can be asked for again (ECM).
    pub corrected: bool,
    /// Packets whose content could not be read.
    pub unread: u64,
    /// Field types may be extended (T38FaxVersion 1 and later).
    extensible: bool,
    /// A page ended, and nothing was said of it yet.
    open_page: bool,
}

/// One direction of a fax.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaxWay {
    /// Packets that never came.
    pub lost: u64,
    /// Of these, those that a later packet repeats or whose parity gives them back.
    pub made_good: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// Packets repeat those before them.
    pub repeats: bool,
    /// Packets carry parity (FEC).
    pub parity: bool,
    /// The machine's number, as it says.
    pub number: Option<Box<str>>,
    /// Highest sequence number, its cycles counted.
    highest: Option<u32>,
    /// Numbers below it that may still come.
    missing: Vec<u32>,
    /// The frame that is being read.
    frame: Vec<u8>,
    /// Octets of a page came since the last page ended.
    is_page: bool,
}

/// A message of T.30.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaxMessage {
    /// What it is.
    pub message: T30,
    /// It went the other way than the flow.
    pub back: bool,
    /// When.
    pub time: CaptureTime,
    /// The packet that completed it.
    pub frame: FrameRef,
}

/// Numbers a fax begins with.
pub(in crate::media) fn may_begin(sequence: u16) -> bool {
    sequence < 64
}

/// What UDPTL and T.38 say where every octet is accounted for.
pub(in crate::media) fn parse_fax(payload: &[u8]) -> Option<Udptl<'_>> {
    let udptl = Udptl::parse(payload)?;
    Ifp::parse_either(udptl.primary, false).map(|_| udptl)
}

impl FaxFigures {
    /// True where a sequence number is in its turn: near the last one that came that way, or one to begin with.
    pub(in crate::media) fn follows(&self, sequence: u16, back: bool) -> bool {
        let [there, here] = &self.ways;
        let way = if back { here } else { there };
        match way.highest {
            Some(highest) => extended(highest, sequence).abs_diff(highest) < NEW_BEGIN,
            None => may_begin(sequence),
        }
    }

    /// Takes a packet.
    pub(super) fn handle(
        &mut self,
        sequence: u16,
        udptl: Option<&Udptl<'_>>,
        p: &MediaPacket<'_>,
        back: bool,
    ) {
        let way = self.way(back);
        let Some(udptl) = udptl else {
            self.unread += u64::from(way.place(sequence).is_some());
            return;
        };
        match &udptl.recovery {
            Recovery::Repeated(packets) => way.repeats |= !packets.is_empty(),
            Recovery::Parity { entries, .. } => way.parity |= *entries > 0,
        }
        let Some(sequence) = way.place(sequence) else {
            return;
        };
        for packet in way.give_back(sequence, &udptl.recovery) {
            self.read(packet, p, back);
        }
        self.read(udptl.primary, p, back);
    }

    fn read(&mut self, packet: &[u8], p: &MediaPacket<'_>, back: bool) {
        let Some((ifp, extensible)) = Ifp::parse_either(packet, self.extensible) else {
            self.unread += 1;
            return;
        };
        self.extensible = extensible;
        if let IfpKind::Indicator(_) = ifp.kind {
            self.way(back).frame.clear();
        }
        for (field, octets) in &ifp.fields {
            let way = self.way(back);
            match field {
                Field::Page => {
                    way.is_page = true;
                    self.rate = ifp.kind.rate().or(self.rate);
                }
                Field::Hdlc => {
                    let room = MOST_OCTETS.saturating_sub(way.frame.len());
                    way.frame.extend(octets.iter().take(room));
                }
                Field::FrameGood | Field::FrameGoodEnd => {
                    let frame = std::mem::take(&mut way.frame);
                    if let Some(message) = T30::parse(&frame) {
                        self.hear(message, &frame, ifp.kind, p, back);
                    }
                }
                Field::FrameBad | Field::FrameBadEnd | Field::HdlcEnd => way.frame.clear(),
                Field::PageEnd | Field::Other => {}
            }
        }
    }

    fn way(&mut self, back: bool) -> &mut FaxWay {
        let [there, here] = &mut self.ways;
        if back { here } else { there }
    }

    fn hear(&mut self, message: T30, frame: &[u8], kind: IfpKind, p: &MediaPacket<'_>, back: bool) {
        let way = self.way(back);
        if message.is_page_data() {
            way.is_page = true;
            self.corrected = true;
            self.rate = kind.rate().or(self.rate);
            return;
        }
        if !message.is_known() {
            return;
        }
        if message.says_number() && way.number.is_none() {
            way.number = station_number(frame).map(Box::from);
        }
        // Said again because no answer came, it ends no other page.
        if message.ends_page() && std::mem::take(&mut way.is_page) {
            self.pages += 1;
            self.open_page = true;
            self.sent_back = Some(back);
        } else if message.confirms_page() && std::mem::take(&mut self.open_page) {
            self.confirmed += 1;
        } else if message.refuses_page() && std::mem::take(&mut self.open_page) {
            self.refused += 1;
        } else if message.is_ready() {
            // What came before was the training.
            for way in &mut self.ways {
                way.is_page = false;
            }
        }
        if self.messages.len() < MOST_MESSAGES {
            self.messages.push(FaxMessage {
                message,
                back,
                time: p.time,
                frame: p.frame,
            });
        }
    }

    pub(super) fn weight(&self) -> usize {
        let ways = self.ways.iter().map(|way| {
            let number = way.number.as_ref().map_or(0, |number| number.len());
            number + size_of_val(&*way.missing) + way.frame.capacity()
        });
        size_of::<Self>() + size_of_val(&*self.messages) + ways.sum::<usize>()
    }
}

/// The number with its cycles that is nearest to `near`.
fn extended(near: u32, sequence: u16) -> u32 {
    // The distance as a signed number: half of the numbers are ahead, half behind.
    let ahead = sequence.wrapping_sub(near as u16) as i16;
    near.wrapping_add_signed(i32::from(ahead))
}

impl FaxWay {
    /// Where a packet stands; `None` for a second copy.
    fn place(&mut self, sequence: u16) -> Option<u32> {
        // Above nought, so that numbers behind the first one have room.
        let begin = 0x1_0000 | u32::from(sequence);
        let Some(highest) = self.highest else {
            self.highest = Some(begin);
            return Some(begin);
        };
        let at = extended(highest, sequence);
        if at.abs_diff(highest) >= NEW_BEGIN {
            self.highest = Some(begin);
            self.missing.clear();
            return Some(begin);
        }
        if at > highest {
            let between = highest + 1..at;
            self.lost += u64::from(at - highest - 1);
            self.missing.extend(between);
            let over = self.missing.len().saturating_sub(MOST_MISSING);
            self.missing.drain(..over);
            self.highest = Some(at);
            return Some(at);
        }
        match self.missing.iter().position(|m| *m == at) {
            Some(found) => {
                self.missing.remove(found);
                self.lost = self.lost.saturating_sub(1);
                Some(at)
            }
            None => {
                self.duplicates += 1;
                None
            }
        }
    }

    /// Packets before `sequence` that it makes good, the oldest first, as far as they can be read from it.
    fn give_back<'a>(&mut self, sequence: u32, recovery: &Recovery<'a>) -> Vec<&'a [u8]> {
        let mut back = Vec::new();
        // How many stand between a packet and this one.
        let between = |at: u32| sequence.checked_sub(at)?.checked_sub(1);
        match recovery {
            Recovery::Repeated(packets) => self.missing.retain(|at| {
                let packet = between(*at).and_then(|n| packets.get(n as usize));
                back.extend(packet);
                self.made_good += u64::from(packet.is_some());
                packet.is_none()
            }),
            Recovery::Parity { span, entries } => {
                // Entry e is over every `entries`-th packet, from the e-th before on (T.38 §9.1.4.2).
                let entry_of = |at: &u32| {
                    let n = between(*at)?;
                    let is_under = n.checked_div(*entries)? < *span;
                    is_under.then_some((n % entries, *at))
                };
                let mut under: Vec<(u32, u32)> = self.missing.iter().filter_map(entry_of).collect();
                under.sort_unstable();
                for of_entry in under.chunk_by(|a, b| a.0 == b.0) {
                    if let [(_, one)] = of_entry {
                        self.missing.retain(|at| at != one);
                        self.made_good += 1;
                    }
                }
            }
        }
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(numbers: &[u16]) -> FaxWay {
        let mut way = FaxWay::default();
        for n in numbers {
            way.place(*n);
        }
        way
    }

    #[test]
    fn late_packets_are_no_loss_and_copies_are_counted() {
        let way = placed(&[0, 1, 4, 3, 4, 5]);
        assert_eq!((way.lost, way.duplicates), (1, 1));
        assert_eq!(way.missing.len(), 1);
    }

    #[test]
    fn numbers_go_round_and_a_far_jump_begins_anew() {
        let way = placed(&[65_533, 65_534, 1, 2]);
        assert_eq!(way.lost, 2, "65535 and 0");
        let way = placed(&[1, 2, 40_000, 40_001]);
        assert_eq!(way.lost, 0);
    }

    #[test]
    fn repeats_make_good_what_they_reach() {
        let mut way = placed(&[0, 5]);
        let repeated = Recovery::Repeated(vec![b"four", b"three"]);
        let at = way.highest.unwrap();
        assert_eq!(way.give_back(at, &repeated), [&b"three"[..], b"four"]);
        assert_eq!((way.lost, way.made_good), (4, 2));
    }

    #[test]
    fn parity_makes_one_good_of_those_it_is_over() {
        let one = Recovery::Parity {
            span: 3,
            entries: 1,
        };
        let mut way = placed(&[0, 1, 3]);
        way.give_back(way.highest.unwrap(), &one);
        assert_eq!((way.lost, way.made_good), (1, 1));
        let mut way = placed(&[0, 1, 4]);
        way.give_back(way.highest.unwrap(), &one);
        assert_eq!((way.lost, way.made_good), (2, 0));
        // Two entries take turns: 3 is under the first, 2 under the second.
        let two = Recovery::Parity {
            span: 2,
            entries: 2,
        };
        way.give_back(way.highest.unwrap(), &two);
        assert_eq!((way.lost, way.made_good), (2, 2));
        // Both are as far back as the entries reach, or nothing is under them.
        for (span, entries, made_good) in [(1, 3, 2), (1, 2, 1), (0, 9, 0), (9, 0, 0)] {
            let mut way = placed(&[0, 1, 5]);
            way.missing.remove(2);
            way.give_back(way.highest.unwrap(), &Recovery::Parity { span, entries });
            assert_eq!(way.made_good, made_good, "{span} {entries}");
        }
    }
}
