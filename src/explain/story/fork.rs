//! The phones of a fork, by the names the ladder gives them.

use super::{Plot, Sentence, is_request};
use crate::explain::Lookup;
use crate::explain::cast::host_in;
use crate::explain::scene::{Host, Role, Scene};
use crate::explain::text::{Piece, text};
use crate::explain::words::clean;
use crate::report::model::{Call, EndpointRef, Message, MessageKind};
use std::collections::HashMap;

/// Refusals told at most.
const MOST: usize = 8;

/// Which phone sent what: by To tag, where one INVITE reached several hosts.
#[derive(Default)]
pub(super) struct Phones {
    by_tag: HashMap<String, String>,
    /// Refusals of single phones, by message.
    refused: Vec<(u32, String)>,
}

impl Phones {
    pub(super) fn of(lookup: &Lookup<'_>, call: &Call, messages: &[&Message]) -> Phones {
        if call.legs.len() > 1 || !is_forked(messages) && !has_two_phones(messages) {
            return Phones::default();
        }
        let scene = Scene::of_call(lookup, call);
        let name = |end: &EndpointRef| {
            let with_port = end.to_string();
            let is_it = |h: &&Host| h.address == end.address || h.address == with_port;
            let host = scene.hosts.iter().find(is_it)?;
            (host.role == Role::Callee).then(|| host.to_string())
        };
        let passes_on = |end: &EndpointRef| {
            let mut invites = messages.iter().filter(|m| begins(m));
            invites.any(|m| m.src == *end)
        };
        let mut phones = Phones::default();
        for m in messages.iter().filter(|m| m.kind == MessageKind::Response) {
            if m.method.as_deref() != Some("INVITE") || passes_on(&m.src) {
                continue;
            }
            // Of a phone that nothing else shows only the forwarding host is known.
            let name = match phone_beyond(m) {
                Some(address) => name(&EndpointRef { address, port: 0 }),
                None => name(&m.src),
            };
            let (Some(tag), Some(status), Some(name)) = (to_tag(m), m.status, name) else {
                continue;
            };
            let asks = matches!(status, 401 | 407 | 487);
            // The redirection is told as such.
            let asks = asks || status / 100 == 3;
            if status >= 300 && !asks && m.retransmission_of.is_none() {
                phones.refused.push((m.id, name.clone()));
            }
            phones.by_tag.entry(tag.to_owned()).or_insert(name);
        }
        phones
    }

    /// Who sent a response first, before it was passed on.
    pub(super) fn name_of(&self, m: &Message) -> Option<&str> {
        Some(self.by_tag.get(to_tag(m)?)?)
    }
}

impl Plot<'_> {
    /// What phones of a fork refused while another answered.
    pub(super) fn refused_branches(&self) -> Vec<Sentence> {
        if self.call.answer_time.is_none() {
            return Vec::new();
        }
        let refused = self.phones.refused.iter().take(MOST);
        let told = refused.filter_map(|(id, name)| {
            let m = self.first(|m| m.id == *id)?;
            let status = m.status?;
            let reason = m.reason.as_deref().map(clean).unwrap_or_default();
            let does = match status {
                486 | 600 => "is busy",
                603 => "declines",
                _ => "refuses the call",
            };
            let said = format!(
                "{name} {does} ({}, ",
                format!("{status} {reason}").trim_end()
            );
            Some(Sentence {
                time: Some(m.time),
                text: text![said, Piece::frame_of(m), ")."],
                source: super::source_of(status),
            })
        });
        told.collect()
    }
}

/// The address of the phone for which a host that only forwards responds.
fn phone_beyond(m: &Message) -> Option<String> {
    let forwards = m.record_routes.iter().any(|r| host_in(r) == m.src.address);
    let contact = host_in(m.contacts.first().filter(|_| forwards)?);
    (!contact.is_empty() && contact != m.src.address).then_some(contact)
}

/// Responses to one INVITE name two phones.
fn has_two_phones(messages: &[&Message]) -> bool {
    let of_invite = |m: &&&Message| {
        m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| (101..300).contains(&s))
    };
    let mut phones = messages.iter().filter(of_invite);
    let Some((cseq, tag, first)) =
        phones.find_map(|m| Some((m.cseq, to_tag(m)?, phone_beyond(m)?)))
    else {
        return false;
    };
    phones.any(|m| {
        let other = || phone_beyond(m).is_some_and(|phone| phone != first);
        m.cseq == cseq && to_tag(m).is_some_and(|t| t != tag) && other()
    })
}

/// One host sent the INVITE on to several.
fn is_forked(messages: &[&Message]) -> bool {
    /// INVITEs compared with each other at most.
    const MOST_INVITES: usize = 64;
    let invites = messages.iter().filter(|m| begins(m)).take(MOST_INVITES);
    let invites: Vec<&&Message> = invites.collect();
    invites.iter().enumerate().any(|(i, a)| {
        let same = |b: &Message| a.src == b.src && a.cseq == b.cseq && a.dst != b.dst;
        invites.iter().take(i).any(|b| same(b))
    })
}

fn begins(m: &Message) -> bool {
    is_request(m, "INVITE") && to_tag(m).is_none() && m.retransmission_of.is_none()
}

fn to_tag(m: &Message) -> Option<&str> {
    m.to.as_ref().and_then(|p| p.tag.as_deref())
}
