//! A response against the request it answers, on one hop.

use super::ConformanceWatch;
use crate::diagnosis::conformance::deviation::DeviationKind;
use crate::pipeline::SeenMessage;
use crate::sip::{HeaderName, Rport};
use crate::types::{Endpoint, Method, StatusCode, Transport};
use std::net::IpAddr;

/// What a request asks of its responses.
pub(super) struct Asked {
    vias: usize,
    cseq: Option<u32>,
    from_tag: Box<[u8]>,
    to_tag: Option<Box<[u8]>>,
    record_routes: usize,
    rport: bool,
    sent_by: Option<IpAddr>,
    source: Endpoint,
    /// Extensions in Supported and Require, in lower case.
    extensions: Vec<Box<[u8]>>,
}

/// Extensions remembered of one request.
const MOST_EXTENSIONS: usize = 32;

impl ConformanceWatch {
    pub(super) fn remember_request(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        // The responses are those to the INVITE.
        let Some(no) = seen
            .placement
            .transaction
            .filter(|_| *method != Method::Ack)
        else {
            return;
        };
        let m = seen.message;
        let named = [HeaderName::Supported, HeaderName::Require];
        let extensions = named.into_iter().flat_map(|name| m.list(name));
        let via = m.top_via();
        self.asked.insert(
            no,
            Asked {
                vias: m.via_count(),
                cseq: m.cseq().map(|cseq| cseq.number),
                from_tag: m.from_tag().unwrap_or_default().into(),
                to_tag: m.to_tag().map(Into::into),
                record_routes: m.record_routes().count(),
                rport: via.is_some_and(|v| v.rport == Some(Rport::Asked)),
                sent_by: via.and_then(|v| v.sent_by_addr()),
                source: seen.flow.src,
                extensions: extensions
                    .take(MOST_EXTENSIONS)
                    .map(|tag| tag.to_ascii_lowercase().into())
                    .collect(),
            },
        );
    }

    pub(super) fn against_request(
        &mut self,
        seen: &SeenMessage<'_>,
        method: &Method,
        status: StatusCode,
    ) {
        let m = seen.message;
        let Some(asked) = seen
            .placement
            .transaction
            .and_then(|no| self.asked.get(&no))
        else {
            return;
        };
        let mut found: Vec<(DeviationKind, String, &'static str)> = Vec::new();
        let mut differs = |what: &str| {
            let kind = DeviationKind::ResponseDiffers;
            found.push((kind, what.to_owned(), "RFC 3261 §8.2.6.2"));
        };
        if m.from_tag().unwrap_or_default() != &*asked.from_tag {
            differs("the tag of From");
        }
        if asked.to_tag.is_some() && m.to_tag() != asked.to_tag.as_deref() {
            differs("the tag of To");
        }
        if m.cseq().map(|cseq| cseq.number) != asked.cseq {
            differs("the CSeq number");
        }
        if m.via_count() != asked.vias {
            differs("the Via values");
        }
        let makes_dialog = *method == Method::Invite && asked.to_tag.is_none();
        if makes_dialog && status.is_success() && m.record_routes().count() < asked.record_routes {
            let kind = DeviationKind::RecordRouteNotCopied;
            found.push((kind, "Record-Route".to_owned(), "RFC 3261 §12.1.1"));
        }
        // RFC 3261 §8.2.4; a 421 asks for what was not offered.
        if status.get() != 421 {
            let offered = |tag: &[u8]| {
                let mut all = asked.extensions.iter();
                all.any(|known| known.eq_ignore_ascii_case(tag))
            };
            for tag in m.list(HeaderName::Require).filter(|tag| !offered(tag)) {
                let clause = match tag.eq_ignore_ascii_case(b"100rel") {
                    true => "RFC 3262 §3",
                    false => "RFC 3261 §8.2.4",
                };
                let tag = crate::types::Escaped(tag.get(..40).unwrap_or(tag)).to_string();
                found.push((DeviationKind::ExtensionNotOffered, tag, clause));
            }
        }
        if let Some(via) = m
            .top_via()
            .filter(|_| seen.flow.dst.addr == asked.source.addr)
        {
            let is_udp = matches!(seen.transport, Transport::Udp);
            if asked.rport && is_udp && !matches!(via.rport, Some(Rport::Port(_))) {
                let kind = DeviationKind::ViaNotStamped;
                found.push((kind, "rport".to_owned(), "RFC 3581 §4"));
            }
            let elsewhere = asked
                .sent_by
                .is_some_and(|ip| asked.source.addr != ip.into());
            if elsewhere && via.received.is_none() {
                let kind = DeviationKind::ViaNotStamped;
                found.push((kind, "received".to_owned(), "RFC 3261 §18.2.1"));
            }
        }
        for (kind, what, clause) in found {
            self.tell(seen, kind, method, what, clause);
        }
    }
}
