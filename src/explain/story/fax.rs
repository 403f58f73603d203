//! The fax within a call.

use super::ways::between;
use super::{Plot, Sentence};
use crate::explain::text::{FrameName, Piece, text};
use crate::explain::words::{clean, counted, in_digits};
use crate::report::model::{Fax, FaxCorrection, OtherMedia};

/// Faxes told of one call.
const MOST_FAXES: usize = 4;

impl Plot<'_> {
    pub(super) fn faxes(&self) -> Vec<Sentence> {
        let rows = self.call.other_media.iter();
        let faxes = rows.filter_map(|o| Some((o, o.fax.as_ref()?)));
        let several = faxes.clone().count() > 1;
        faxes
            .take(MOST_FAXES)
            .map(|(o, fax)| self.fax(o, fax, several))
            .collect()
    }

    /// `Fax over T.38 (#108 to #352): alice sends 2 pages at 14400 bit/s, all confirmed; ...`
    fn fax(&self, o: &OtherMedia, fax: &Fax, several: bool) -> Sentence {
        let frame = |frame| Piece::Frame(FrameName::new(frame, o.source));
        let mut told = self.pages(fax);
        for (back, way, packets) in [
            (false, &fax.there, o.packets),
            (true, &fax.back, o.packets_back),
        ] {
            if way.lost == 0 {
                continue;
            }
            let sender = o.from.map(|from| if back { from.other() } else { from });
            let of = match sender {
                Some(party) => format!("from {}", self.name_of_party(party)),
                None => format!("from {}", if back { &o.dst } else { &o.src }),
            };
            let by = match way.correction {
                Some(FaxCorrection::Fec) => "their parity",
                _ => "their repeats",
            };
            let sent = (packets + way.lost).saturating_sub(way.duplicates);
            let good = match (way.lost, way.made_good) {
                (_, 0) => String::new(),
                (1, _) => format!(" and made good by {by}"),
                (lost, good) if good == lost => format!(", all made good by {by}"),
                (_, good) => format!(", {} of them made good by {by}", in_digits(good)),
            };
            told += &format!(
                "; of {} {of} {} never arrived here{good}",
                counted(sent, "packet", "packets"),
                in_digits(way.lost)
            );
        }
        if fax.there.lost + fax.back.lost == 0 {
            told += "; no packet is missing";
        }
        Sentence {
            time: Some(o.first_time),
            text: text![
                "Fax over T.38",
                between(o, several),
                " (",
                frame(o.first_frame),
                " to ",
                frame(o.last_frame),
                "): ",
                told,
                "."
            ],
            source: Some("ITU-T T.30 §5.3.6"),
        }
    }

    fn pages(&self, fax: &Fax) -> String {
        if fax.pages == 0 {
            let said: Vec<String> = fax.messages.iter().map(|m| clean(&m.name)).collect();
            return match said.last() {
                Some(last) => {
                    format!("no page is sent to its end; the last message seen is {last}")
                }
                None => "no message of T.30 could be read".to_owned(),
            };
        }
        let who = match fax.sender {
            Some(party) => self.name_of_party(party).to_owned(),
            None => "one side".to_owned(),
        };
        let pages = counted(fax.pages, "page", "pages");
        let rate = fax.rate.map(|rate| format!(" at {rate} bit/s"));
        let confirmed = match (fax.pages, fax.pages_confirmed, fax.pages_refused) {
            (1, 1, _) => ", confirmed".to_owned(),
            (all, some, _) if all == some => ", all confirmed".to_owned(),
            (_, some, 0) => format!(", of which {some} are confirmed in the capture"),
            (_, some, bad) => {
                format!(", of which {some} are confirmed and {bad} were not received well")
            }
        };
        format!("{who} sends {pages}{}{confirmed}", rate.unwrap_or_default())
    }
}
