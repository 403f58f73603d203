//! What a call led to and what it comes from: transfers, redirections, conferences.

use super::legs::SERVER;
use super::{Plot, Sentence, is_request};
use crate::call::{LinkKind, LinkResult, LinkRole};
use crate::explain::names::user_of;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, listed};
use crate::report::model::{CallLink, Message};

impl<'a> Plot<'a> {
    pub(super) fn links(&self) -> Vec<Sentence> {
        let links = &self.call.links;
        let mut told: Vec<Sentence> = links.iter().filter_map(|l| self.link(l)).collect();
        told.extend(self.conference());
        told
    }

    fn link(&self, link: &CallLink) -> Option<Sentence> {
        let other = link.call.map(|c| format!("call {c}"));
        match (link.kind, link.role, other) {
            (LinkKind::Transfer | LinkKind::Conference, LinkRole::LeadsTo, other) => {
                self.transfer(link, other)
            }
            (kind, LinkRole::ComesFrom, Some(other)) if self.is_referred(link) => {
                let refer = self.message_of(link, |m| is_request(m, "REFER"));
                let frame = refer.map(|m| text![" (REFER ", Piece::frame_of(m), ")"]);
                let from = match kind {
                    LinkKind::Conference => "The conference makes it, as asked in ",
                    _ => "It results from the transfer in ",
                };
                Some(self.at_start(text![from, other, frame, "."], "RFC 3515 §2.4.3"))
            }
            (LinkKind::Transfer, LinkRole::Names, Some(other)) => {
                let refer = self.message_of(link, |m| is_request(m, "REFER"))?;
                let frame = Piece::frame_of(refer);
                Some(Sentence {
                    time: Some(refer.time),
                    text: text![
                        "The transfer names ",
                        other,
                        " as the one to be replaced (",
                        frame,
                        ")."
                    ],
                    source: Some("RFC 5589 §7"),
                })
            }
            (LinkKind::Transfer, LinkRole::NamedBy, Some(other)) => {
                let refer = self.message_of(link, |m| is_request(m, "REFER"))?;
                let frame = Piece::frame_of(refer);
                Some(Sentence {
                    time: Some(refer.time),
                    text: text![
                        "A transfer in ",
                        other,
                        " names it as the one to be replaced (",
                        frame,
                        ")."
                    ],
                    source: Some("RFC 5589 §7"),
                })
            }
            (LinkKind::Replaces, LinkRole::Replaces, other) => {
                let which = other.unwrap_or_else(|| "a call that is not in the capture".into());
                Some(self.at_start(
                    text!["It is to take the place of ", which, "."],
                    "RFC 3891 §3",
                ))
            }
            (LinkKind::Replaces, LinkRole::ReplacedBy, Some(other)) => {
                let invite = self.message_of(link, |m| is_request(m, "INVITE"))?;
                let (frame, result) = (Piece::frame_of(invite), link.result);
                let does = match result {
                    LinkResult::Succeeded => " takes its place (",
                    LinkResult::Failed | LinkResult::Refused => " was to take its place in vain (",
                    _ => " is to take its place (",
                };
                Some(Sentence {
                    time: Some(invite.time),
                    text: text![other, does, frame, ")."].capitalised(),
                    source: Some("RFC 3891 §3"),
                })
            }
            (LinkKind::Redirect, LinkRole::ComesFrom, Some(other)) => {
                let redirect = self.message_of(link, |m| m.status.is_some());
                let frame = redirect.map(|m| text![" (", Piece::frame_of(m), ")"]);
                let text = text!["It follows the redirection of ", other, frame, "."];
                Some(self.at_start(text, "RFC 3261 §8.1.3.4"))
            }
            (LinkKind::Forward, LinkRole::LeadsTo, Some(other)) => {
                let invite = self.message_of(link, |m| is_request(m, "INVITE"))?;
                let frame = Piece::frame_of(invite);
                Some(Sentence {
                    time: Some(invite.time),
                    text: text!["It is forwarded: ", other, " says so (", frame, ")."],
                    source: Some("RFC 7044 §5"),
                })
            }
            (LinkKind::Forward, LinkRole::ComesFrom, Some(other)) => {
                let text = text!["It says that ", other, " was forwarded."];
                Some(self.at_start(text, "RFC 7044 §5"))
            }
            _ => None,
        }
    }

    /// `bob accepts (202, #6) and reports 486 Busy Here (#12): the transfer failed; call 2 results from it.`
    fn transfer(&self, link: &CallLink, other: Option<String>) -> Option<Sentence> {
        let refer = self.message_of(link, |m| is_request(m, "REFER"));
        let answer = self.message_of(link, |m| {
            m.method.as_deref() == Some("REFER") && m.status.is_some()
        });
        let report = self
            .messages_of(link)
            .filter(|m| m.sipfrag.is_some())
            .last();
        let asked = match (refer, report) {
            (Some(refer), _) => refer.to.as_ref(),
            (None, Some(report)) => report.from.as_ref(),
            (None, None) => None,
        };
        // At the other end of each leg of a server's is the server.
        let who = match answer.or(report) {
            _ if self.legs.is_several() => SERVER.to_owned(),
            Some(m) if self.is_between(m) => SERVER.to_owned(),
            _ => asked.map_or("the other side".to_owned(), |p| user_of(&p.uri)),
        };
        let led_to = other.map(|other| format!("; {other} results from it"));
        let accepted = answer.map(|m| {
            let status = m.status.unwrap_or_default();
            text![" (", status.to_string(), ", ", Piece::frame_of(m), ")"]
        });
        let is_final = |m: &&Message| !m.sipfrag.as_deref().unwrap_or("1").starts_with('1');
        let told = report.filter(is_final).map(|m| {
            let status = clean(m.sipfrag.as_deref().unwrap_or_default());
            text![status, " (", Piece::frame_of(m), ")"]
        });
        // A conference that is asked to call somebody moves nobody.
        let (it, done, failed) = match link.kind {
            LinkKind::Conference => ("it", "", ": the call failed"),
            _ => (
                "the transfer",
                ": the transfer is done",
                ": the transfer failed",
            ),
        };
        let accepts = match (&accepted, &told) {
            (Some(frame), _) => text![who.clone(), " accepts ", it, frame.clone()],
            (None, Some(_)) => who.clone().into(),
            (None, None) => "Nothing in the capture answers the REFER".into(),
        };
        let and = accepted.as_ref().map(|_| " and");
        let text = match (link.result, told) {
            (LinkResult::Refused, _) => {
                let status = answer.map(|m| {
                    let status = m.status.unwrap_or_default();
                    let reason = m.reason.as_deref().unwrap_or_default();
                    let told = format!(" ({status} {reason}");
                    text![told.trim_end().to_owned(), ", ", Piece::frame_of(m), ")"]
                });
                text![it, " is refused", status].capitalised()
            }
            (LinkResult::Succeeded, Some(told)) => {
                text![accepts, and, " reports ", told, done]
            }
            (LinkResult::Failed, Some(told)) => {
                text![accepts, and, " reports ", told, failed]
            }
            (LinkResult::Succeeded, None) => text![accepts],
            (LinkResult::Failed, None) => {
                let status = link.status.map(|s| format!(" with {s}"));
                text![accepts, "; the call that results from it fails", status]
            }
            (_, _) => text![accepts, "; how it came out is not in the capture"],
        };
        let text = text![text, led_to, "."];
        let text = match who.strip_prefix("the ") {
            Some(_) => text.capitalised(),
            None => text,
        };
        Some(Sentence {
            time: report.or(answer).or(refer).map(|m| m.time),
            text,
            source: Some("RFC 3515 §2.4.4"),
        })
    }

    /// The server that made the legs of the call sent it, on its own behalf.
    fn is_between(&self, m: &Message) -> bool {
        let legs = &self.call.legs;
        let is_at = |hop: Option<&String>| hop.is_some_and(|hop| *hop == m.src.to_string());
        let callers = legs.first().is_some_and(|leg| is_at(leg.hops.first()));
        let mut others = legs.iter().skip(1);
        legs.len() > 1 && !callers && !others.any(|leg| is_at(leg.hops.last()))
    }

    fn conference(&self) -> Option<Sentence> {
        let links = self.call.links.iter();
        let links = links.filter(|l| l.kind == LinkKind::Conference && l.role == LinkRole::Beside);
        let others: Vec<String> = links
            .clone()
            .filter_map(|l| l.call.map(|c| c.to_string()))
            .collect();
        let calls = if others.len() == 1 { "call " } else { "calls " };
        let text = text!["It is in one conference with ", calls, listed(&others), "."];
        // From when the last of them was there as well.
        let calls_up = links
            .clone()
            .filter_map(|l| self.lookup.call(l.call?)?.answer_time);
        (!others.is_empty()).then(|| Sentence {
            time: calls_up.chain(self.call.answer_time).max(),
            text,
            source: Some("RFC 4579 §5"),
        })
    }

    fn at_start(&self, text: Text, source: &'static str) -> Sentence {
        Sentence {
            time: Some(self.call.start_time),
            text,
            source: Some(source),
        }
    }

    /// A REFER or a NOTIFY about one says so.
    fn is_referred(&self, link: &CallLink) -> bool {
        link.kind == LinkKind::Transfer || link.kind == LinkKind::Conference
    }

    /// The call that took the place of this one.
    pub(super) fn replaced_by(&self) -> Option<u32> {
        let links = self.call.links.iter();
        let mut took =
            links.filter(|l| l.role == LinkRole::ReplacedBy && l.result == LinkResult::Succeeded);
        took.find_map(|l| l.call)
    }

    /// How the call that was redirected goes on.
    pub(super) fn redirected_to(&self) -> Text {
        let links = self.call.links.iter();
        let mut next =
            links.filter(|l| l.kind == LinkKind::Redirect && l.role == LinkRole::LeadsTo);
        match next.find_map(|l| l.call) {
            Some(call) => format!("call {call} follows").into(),
            None => "no call to the new address is in the capture".into(),
        }
    }

    /// The messages of a link, of whichever call they are.
    fn messages_of<'l>(&'l self, link: &'l CallLink) -> impl Iterator<Item = &'a Message> + 'l {
        let ids = link.messages.iter();
        ids.filter_map(|id| self.lookup.message(*id))
    }

    fn message_of(
        &self,
        link: &CallLink,
        wanted: impl Fn(&Message) -> bool,
    ) -> Option<&'a Message> {
        self.messages_of(link).find(|m| wanted(m))
    }
}
