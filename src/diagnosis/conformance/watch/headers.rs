//! What a message has to have by its method or status, and the branch of its topmost Via.

use super::ConformanceWatch;
use crate::diagnosis::conformance::deviation::DeviationKind;
use crate::pipeline::SeenMessage;
use crate::sip::{HeaderName, Message};
use crate::types::{Method, StatusCode};

/// Headers of requests: to which methods, which header, where that is written down. RFC 3261 has tables 2 and 3 of all.
const OF_REQUESTS: &[(&[Method], HeaderName, &str)] = &[
    (&[Method::Invite], HeaderName::Contact, "RFC 3261 §8.1.1.8"),
    (
        &[Method::Subscribe, Method::Notify],
        HeaderName::Event,
        "RFC 6665 §8.2.1",
    ),
    (
        &[Method::Notify],
        HeaderName::SubscriptionState,
        "RFC 6665 §8.2.3",
    ),
    (
        &[Method::Subscribe, Method::Notify],
        HeaderName::Contact,
        "RFC 6665 §8.1",
    ),
    (&[Method::Refer], HeaderName::ReferTo, "RFC 3515 §2.4.1"),
    (&[Method::Publish], HeaderName::Event, "RFC 3903 §4"),
    (&[Method::Prack], HeaderName::RAck, "RFC 3262 §7.2"),
];

/// Headers of responses: to which methods (none: to all), with which status, which header, where.
const OF_RESPONSES: &[(&[Method], u16, HeaderName, &str)] = &[
    (&[], 401, HeaderName::WwwAuthenticate, "RFC 3261 §20.44"),
    (&[], 407, HeaderName::ProxyAuthenticate, "RFC 3261 §20.27"),
    (&[], 405, HeaderName::Allow, "RFC 3261 §21.4.6"),
    (&[], 420, HeaderName::Unsupported, "RFC 3261 §21.4.15"),
    (&[], 422, HeaderName::MinSe, "RFC 4028 §6"),
    (
        &[Method::Register],
        423,
        HeaderName::MinExpires,
        "RFC 3261 §10.3",
    ),
    (
        &[Method::Invite],
        200,
        HeaderName::Contact,
        "RFC 3261 §12.1.1",
    ),
    (
        &[Method::Publish],
        200,
        HeaderName::SipEtag,
        "RFC 3903 §11.3.1",
    ),
];

fn has(m: &Message<'_>, name: HeaderName) -> bool {
    m.headers_named(name).next().is_some()
}

impl ConformanceWatch {
    pub(super) fn request_headers(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        use DeviationKind::{BranchWithoutCookie, HeaderMissing, TagMissing};
        let m = seen.message;
        for (methods, name, clause) in OF_REQUESTS {
            if methods.contains(method) && !has(m, *name) {
                self.tell(seen, HeaderMissing, method, name.as_str(), clause);
            }
        }
        if !has(m, HeaderName::MaxForwards) {
            let name = HeaderName::MaxForwards.as_str();
            self.tell(seen, HeaderMissing, method, name, "RFC 3261 §8.1.1.6");
        }
        if has(m, HeaderName::From) && m.from_tag().is_none() {
            self.tell(seen, TagMissing, method, "From", "RFC 3261 §8.1.1.3");
        }
        let branch = m.top_hop().map(|hop| hop.branch.unwrap_or_default());
        if branch.is_some_and(|branch| !has_cookie(branch)) {
            self.tell(
                seen,
                BranchWithoutCookie,
                method,
                "branch",
                "RFC 3261 §8.1.1.7",
            );
        }
    }

    pub(super) fn response_headers(
        &mut self,
        seen: &SeenMessage<'_>,
        method: &Method,
        status: StatusCode,
    ) {
        use DeviationKind::{HeaderMissing, TagMissing};
        let m = seen.message;
        let code = match status.is_success() {
            true => 200,
            false => status.get(),
        };
        for (methods, of, name, clause) in OF_RESPONSES {
            let is_meant = methods.is_empty() || methods.contains(method);
            if *of == code && is_meant && !has(m, *name) {
                self.tell(seen, HeaderMissing, method, name.as_str(), clause);
            }
        }
        // RFC 3262 §3.
        let is_reliable = (101..200).contains(&code) && m.requires("100rel");
        if is_reliable && !has(m, HeaderName::RSeq) {
            let name = HeaderName::RSeq.as_str();
            self.tell(seen, HeaderMissing, method, name, "RFC 3262 §3");
        }
        if code > 100 && has(m, HeaderName::To) && m.to_tag().is_none() {
            self.tell(seen, TagMissing, method, "To", "RFC 3261 §8.2.6.2");
        }
    }

    /// The branch names one transaction; a CANCEL and the ACK to a failure have that of their INVITE.
    pub(super) fn branch(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        if matches!(method, Method::Ack | Method::Cancel) {
            return;
        }
        let Some((key, own)) = self.named_by_branch(seen.message, method) else {
            return;
        };
        let before = self.branches.insert(key, own);
        if before.is_some_and(|before| before != own) {
            let kind = DeviationKind::BranchReused;
            self.tell(seen, kind, method, "branch", "RFC 3261 §8.1.1.7");
        }
    }
}

impl ConformanceWatch {
    /// An ACK or CANCEL with the branch of an INVITE has its Call-ID, CSeq number and tag of From. The ACK to a 2xx has
    /// a branch of its own.
    pub(super) fn as_its_invite(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        let clause = match method {
            Method::Ack => "RFC 3261 §17.1.1.3",
            Method::Cancel => "RFC 3261 §9.1",
            _ => return,
        };
        let Some((key, own)) = self.named_by_branch(seen.message, &Method::Invite) else {
            return;
        };
        if self.branches.get(&key).is_some_and(|invite| *invite != own) {
            let kind = DeviationKind::AckOrCancelDiffers;
            self.tell(seen, kind, method, "CSeq", clause);
        }
    }

    /// A response to no request that was seen, with the branch of one that was.
    pub(super) fn against_branch(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        let placed = seen.placement.transaction;
        let is_matched = placed.is_some_and(|no| self.asked.get(&no).is_some());
        if is_matched || matches!(method, Method::Ack | Method::Cancel) {
            return;
        }
        let Some((key, own)) = self.named_by_branch(seen.message, method) else {
            return;
        };
        if self
            .branches
            .get(&key)
            .is_some_and(|request| *request != own)
        {
            let kind = DeviationKind::ResponseDiffers;
            let what = "Call-ID, CSeq or the tag of From";
            self.tell(seen, kind, method, what, "RFC 3261 §8.2.6.2");
        }
    }

    /// The key of its topmost Via, and what names the request that made it.
    fn named_by_branch(&self, m: &Message<'_>, method: &Method) -> Option<(u64, u64)> {
        let (hop, cseq) = (m.top_hop()?, m.cseq()?);
        let branch = hop.branch.filter(|b| has_cookie(b))?;
        let port = m.top_via().and_then(|via| via.sent_by_port);
        let key = self.hash((branch, hop.sent_by_host, port));
        let own = self.hash((m.call_id(), cseq.number, method.as_str(), m.from_tag()));
        Some((key, own))
    }
}

/// It begins as those of RFC 3261 do, and goes on.
fn has_cookie(branch: &[u8]) -> bool {
    let (start, rest) = branch.split_at(branch.len().min(7));
    start.eq_ignore_ascii_case(b"z9hG4bK") && !rest.is_empty()
}
