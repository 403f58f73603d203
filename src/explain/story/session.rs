//! The session of messages within a call.

use super::ways::between;
use super::{Plot, Sentence};
use crate::explain::text::{FrameName, Piece, text};
use crate::explain::words::{counted, in_digits, listed};
use crate::report::model::{MessageSession, OtherMedia};

/// Sessions told of one call.
const MOST_SESSIONS: usize = 4;

impl Plot<'_> {
    pub(super) fn sessions(&self) -> Vec<Sentence> {
        let rows = self.call.other_media.iter();
        let sessions = rows.filter_map(|o| Some((o, o.session.as_ref()?)));
        let several = sessions.clone().count() > 1;
        let told = sessions.take(MOST_SESSIONS);
        told.map(|(o, session)| self.session(o, session, several))
            .collect()
    }

    /// `Messages over MSRP (#8 to #19): alice sends 2 (27 octets), bob sends 1 (1360 octets).`
    fn session(&self, o: &OtherMedia, session: &MessageSession, several: bool) -> Sentence {
        let frame = |frame| Piece::Frame(FrameName::new(frame, o.source));
        let sides = [(false, &session.there), (true, &session.back)];
        let sides = sides.map(|(back, way)| {
            let party = o.from.map(|from| if back { from.other() } else { from });
            let name = match party {
                Some(party) => self.name_of_party(party).to_owned(),
                None => (if back { &o.dst } else { &o.src }).to_string(),
            };
            let given_up = match way.aborted {
                0 => String::new(),
                n => format!(", {} given up", in_digits(n)),
            };
            match way.messages {
                0 => format!("{name} sends none{given_up}"),
                n => format!(
                    "{name} sends {} ({}){given_up}",
                    in_digits(n),
                    counted(way.content_bytes, "octet", "octets")
                ),
            }
        });
        let refused = session.statuses.iter();
        let refused = refused.filter(|(status, _)| !status.starts_with('2'));
        let refused: Vec<String> = refused
            .map(|(status, n)| match n {
                1 => status.clone(),
                n => format!("{status} ({n} times)"),
            })
            .collect();
        let refused =
            (!refused.is_empty()).then(|| format!("; answered with {}", listed(&refused)));
        Sentence {
            time: Some(o.first_time),
            text: text![
                "Messages over MSRP",
                between(o, several),
                " (",
                frame(o.first_frame),
                " to ",
                frame(o.last_frame),
                "): ",
                sides.join(", "),
                refused,
                "."
            ],
            source: Some("RFC 4975 §5"),
        }
    }
}
