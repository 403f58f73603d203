//! Reliable provisional responses and what confirms them (RFC 3262), and the early dialogs of one INVITE.

use super::hops::tag;
use super::{Sentence, Teller, mention};
use crate::explain::text::{Text, text};
use crate::explain::words::in_digits;
use crate::report::model::{Message, MessageKind, Reliability};
use std::collections::HashSet;

/// Reliable responses, PRACKs and dialogs told of one call.
const MOST: usize = 16;

impl<'a> Teller<'a> {
    /// 100rel as the INVITE names it, each reliable response with its PRACK, each PRACK without a response.
    pub(super) fn reliable(&self) -> Vec<Sentence> {
        let mut told = Vec::new();
        let mut seen = HashSet::new();
        let mut confirmed: HashSet<u32> = HashSet::new();
        let responses = self.messages.iter().copied().filter(|m| {
            let is_it = m.kind == MessageKind::Response && m.rseq.is_some();
            is_it && m.retransmission_of.is_none()
        });
        for m in responses {
            if !seen.insert((m.call_id.as_deref(), m.cseq, tag(&m.to), m.rseq)) {
                continue;
            }
            let m = self.origin(m);
            let rseq = m.rseq.unwrap_or_default();
            let cseq = m.cseq.unwrap_or_default();
            let rack = format!("{rseq} {cseq} INVITE");
            let prack = self.first(|p| {
                is_prack(p)
                    && p.rack.as_deref() == Some(&*rack)
                    && p.call_id == m.call_id
                    && tag(&p.to) == tag(&m.to)
            });
            if told.len() < MOST {
                told.push(self.confirmed(m, rseq, prack));
            }
            confirmed.extend(prack.map(|p| p.cseq.unwrap_or_default()));
        }
        let unmatched = self.messages.iter().copied().filter(|m| {
            let is_first = m.retransmission_of.is_none() && is_prack(m);
            is_first && !confirmed.contains(&m.cseq.unwrap_or_default())
        });
        let mut cseqs = HashSet::new();
        for m in unmatched.filter(|m| cseqs.insert(m.cseq)).take(MOST) {
            let m = self.origin(m);
            let Some(rack) = m.rack.clone() else { continue };
            let by = self.who(m, self.side_of(m));
            told.push(Sentence {
                time: Some(m.time),
                text: text![
                    by,
                    " confirms in ",
                    mention(m),
                    format!(
                        " the response with RSeq and CSeq {rack}, which is not in the capture."
                    )
                ],
                source: Some("RFC 3262 §7.2"),
            });
        }
        if let Some(invite) = self.first(|m| is_invite(m) && m.reliable.is_some()) {
            let invite = self.origin(invite);
            let required = invite.reliable == Some(Reliability::Required);
            if required || !told.is_empty() {
                let who = self.who(invite, self.side_of(invite));
                let does = match required {
                    true => {
                        " requires that provisional responses are confirmed (Require: 100rel in "
                    }
                    false => " can confirm provisional responses (Supported: 100rel in ",
                };
                told.push(Sentence {
                    time: Some(invite.time),
                    text: text![who, does, mention(invite), ")."],
                    source: Some("RFC 3262 §4"),
                });
            }
        }
        told
    }

    fn confirmed(&self, m: &'a Message, rseq: u32, prack: Option<&'a Message>) -> Sentence {
        let is = text![mention(m), format!(" is reliable (RSeq {rseq})")];
        let Some(prack) = prack.map(|p| self.origin(p)) else {
            return Sentence {
                time: Some(m.time),
                text: text![is, "; no PRACK that confirms it is in the capture."],
                source: Some("RFC 3262 §3"),
            };
        };
        let by = self.who(prack, self.side_of(prack));
        let answer = self.first(|r| {
            r.kind == MessageKind::Response
                && r.method.as_deref() == Some("PRACK")
                && r.cseq == prack.cseq
                && r.call_id == prack.call_id
                && r.status.is_some_and(|s| s >= 200)
        });
        let answer: Text = match answer.map(|a| self.origin(a)) {
            Some(answer) => text![", which gets ", mention(answer)],
            None => text![", to which no answer is in the capture"],
        };
        Sentence {
            time: Some(prack.time),
            text: text![
                is,
                "; ",
                by,
                " confirms it with ",
                mention(prack),
                answer,
                "."
            ],
            source: Some("RFC 3262 §4"),
        }
    }

    /// Where one INVITE makes several dialogs, one a To tag: which of them the call is.
    pub(super) fn dialogs(&self) -> Option<Sentence> {
        let mut first: Vec<&Message> = Vec::new();
        let invite = self.first(|m| is_invite(m) && tag(&m.to).is_none())?;
        let responses = self.messages.iter().copied().filter(|m| {
            m.kind == MessageKind::Response
                && m.method.as_deref() == Some("INVITE")
                && (m.call_id.as_deref(), m.cseq) == (invite.call_id.as_deref(), invite.cseq)
                && tag(&m.from) == tag(&invite.from)
                && m.status.is_some_and(|s| s > 100 && s < 300)
                && tag(&m.to).is_some()
        });
        for m in responses {
            if !first.iter().any(|f| tag(&f.to) == tag(&m.to)) && first.len() < MOST {
                first.push(m);
            }
        }
        if first.len() < 2 {
            return None;
        }
        let last = first.last()?;
        let answer = self.first(|m| {
            Some(m.time) == self.call.answer_time && m.status.is_some_and(|s| s / 100 == 2)
        });
        let mut begun = Text::default();
        for (i, m) in first.iter().enumerate() {
            let joint = match i {
                0 => "",
                _ if i + 1 == first.len() => " and ",
                _ => ", ",
            };
            begun = text![begun, joint, mention(self.origin(m))];
        }
        let end: Text = match answer {
            Some(answer) => text!["the call is that of ", mention(self.origin(answer))],
            None => text!["none of them is answered in the capture"],
        };
        let count = in_digits(first.len() as u64);
        Some(Sentence {
            time: Some(answer.map_or(last.time, |a| a.time.max(last.time))),
            text: text![
                "the INVITE makes ",
                format!("{count} dialogs, one for each To tag, begun by "),
                begun,
                "; ",
                end,
                "."
            ],
            source: Some("RFC 3261 §13.2.2.4"),
        })
    }
}

fn is_prack(m: &Message) -> bool {
    m.kind == MessageKind::Request && m.method.as_deref() == Some("PRACK")
}

pub(super) fn is_invite(m: &Message) -> bool {
    m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE")
}
