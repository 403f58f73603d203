//! A session of messages: MSRP (RFC 4975).

use crate::rtp::msrp::MsrpSeen;

/// Content types and statuses that are told apart.
const MOST_TOLD_APART: usize = 16;

/// What a session shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageFigures {
    /// What went the way of the flow, and the other way.
    pub ways: [MessageWay; 2],
    /// Content types, each once; 16 at most.
    pub content_types: Vec<Box<str>>,
    /// Statuses of answers, and how often; 16 at most.
    pub statuses: Vec<(u16, u64)>,
}

/// One direction of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageWay {
    /// The session of who sends, as the URI of its path.
    pub session: Option<Box<str>>,
    /// Messages that came to their end, those without content left out.
    pub messages: u64,
    /// SEND requests: a message may take several.
    pub sends: u64,
    /// Messages given up by who sent them.
    pub aborted: u64,
    /// Octets of content.
    pub content: u64,
}

impl MessageFigures {
    /// Takes a request or response.
    pub(super) fn handle(&mut self, seen: &MsrpSeen, back: bool) {
        let [there, here] = &mut self.ways;
        let way = if back { here } else { there };
        if way.session.is_none() {
            let first = seen.from_path.split(' ').next().unwrap_or_default();
            way.session = (!first.is_empty()).then(|| Box::from(first));
        }
        if let Some(status) = seen.status {
            let has_room = self.statuses.len() < MOST_TOLD_APART;
            match self.statuses.iter_mut().find(|(known, _)| *known == status) {
                Some((_, count)) => *count += 1,
                None if has_room => self.statuses.push((status, 1)),
                None => {}
            }
        }
        if seen.method.as_deref() != Some("SEND") {
            return;
        }
        way.sends += 1;
        way.content += seen.content;
        match seen.flag {
            b'$' if seen.content > 0 => way.messages += 1,
            b'#' => way.aborted += 1,
            _ => {}
        }
        if let Some(kind) = &seen.content_type {
            let is_known = self.content_types.iter().any(|known| **known == **kind);
            if !is_known && self.content_types.len() < MOST_TOLD_APART {
                self.content_types.push(Box::from(kind.as_str()));
            }
        }
    }

    pub(super) fn weight(&self) -> usize {
        let types: usize = self.content_types.iter().map(|t| t.len() + 16).sum();
        let sessions = self.ways.iter().filter_map(|way| way.session.as_ref());
        let sessions: usize = sessions.map(|s| s.len()).sum();
        size_of::<Self>() + types + sessions + size_of_val(&*self.statuses)
    }
}
