//! Requests one after another: numbers, methods, hops, descriptions.

use super::ConformanceWatch;
use crate::diagnosis::conformance::deviation::DeviationKind;
use crate::pipeline::SeenMessage;
use crate::sip::{HeaderName, Message};
use crate::types::{CaptureTime, Delta, Method};

/// The highest CSeq number of one side, and when it was sent.
pub(super) struct Sent {
    number: u32,
    time: CaptureTime,
}

/// The methods one side lists.
pub(super) struct Allowed(Vec<Box<[u8]>>);

/// The last description of one side on one hop.
pub(super) struct Described {
    origin: u64,
    rest: u64,
}

/// Requests sent nearly at once may overtake one another on the way.
const AT_ONCE: Delta = Delta::from_millis(500);
/// Methods remembered of one Allow.
const MOST_METHODS: usize = 64;

impl ConformanceWatch {
    /// CSeq and Allow of a request that is no part of another transaction.
    pub(super) fn request_in_dialog(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        let m = seen.message;
        let is_own = !matches!(method, Method::Ack | Method::Cancel);
        let (Some(call_id), Some(from), Some(to)) = (m.call_id(), m.from_tag(), m.to_tag()) else {
            return;
        };
        if !is_own || m.via_count() != 1 {
            return;
        }
        if let Some(cseq) = m.cseq() {
            let key = self.hash((call_id, from, to, seen.flow));
            let highest = self.sent.get(&key).map(|s| (s.number, s.time));
            let is_low = highest
                .is_some_and(|(number, at)| cseq.number <= number && seen.time - at > AT_ONCE);
            if is_low {
                let kind = DeviationKind::CseqOutOfOrder;
                self.tell(seen, kind, method, "CSeq", "RFC 3261 §12.2.1.1");
            } else if highest.is_none_or(|(number, _)| cseq.number > number) {
                let sent = Sent {
                    number: cseq.number,
                    time: seen.time,
                };
                self.sent.insert(key, sent);
            }
        }
        let key = self.hash((call_id, to));
        let is_listed = self.allowed.get(&key).is_none_or(|Allowed(methods)| {
            let mut methods = methods.iter();
            methods.any(|known| known.eq_ignore_ascii_case(method.as_str().as_bytes()))
        });
        if !is_listed {
            let kind = DeviationKind::MethodOutsideAllow;
            self.tell(
                seen,
                kind,
                method,
                method.as_str().to_owned(),
                "RFC 3261 §20.5",
            );
        }
    }

    /// What its sender lists; a refusal may list what is possible there and then.
    pub(super) fn allow(&mut self, m: &Message<'_>) {
        let tag = match m.status() {
            None => m.from_tag(),
            Some(status) if status.is_success() => m.to_tag(),
            Some(_) => None,
        };
        let (Some(call_id), Some(tag)) = (m.call_id(), tag) else {
            return;
        };
        let methods = m.list(HeaderName::Allow).take(MOST_METHODS);
        let methods: Vec<Box<[u8]>> = methods.map(Into::into).collect();
        if !methods.is_empty() {
            let key = self.hash((call_id, tag));
            self.allowed.insert(key, Allowed(methods));
        }
    }

    /// A proxy that passes a request on counts Max-Forwards down.
    pub(super) fn max_forwards(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        let m = seen.message;
        let (Some(left), Some(cseq)) = (m.max_forwards(), m.cseq()) else {
            return;
        };
        let name = (
            m.call_id(),
            cseq.number,
            method.as_str(),
            m.from_tag(),
            m.to_tag(),
        );
        let key = self.hash(name);
        let vias = m.via_count();
        let before = self.forwarded.get(&key).copied();
        match before {
            // The same hop again, a fork, or one nearer to the sender that was captured later.
            Some((hops, _)) if vias <= hops => {}
            Some((_, had)) if left >= had && had > 0 => {
                let kind = DeviationKind::MaxForwardsNotDecreased;
                self.tell(seen, kind, method, "Max-Forwards", "RFC 3261 §16.6");
                self.forwarded.insert(key, (vias, left));
            }
            _ => {
                self.forwarded.insert(key, (vias, left));
            }
        }
    }

    /// A description that differs from the last one of its sender has a version of its own. Both are compared on one
    /// hop: proxies on the way change addresses.
    pub(super) fn description(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        let m = seen.message;
        let is_request = m.is_request();
        let tag = match is_request {
            true => m.from_tag(),
            false => m.to_tag(),
        };
        let (Some(call_id), Some(tag), Some(text)) = (m.call_id(), tag, m.sdp()) else {
            return;
        };
        let sdp = crate::sdp::parse(&text);
        let Some(origin) = sdp.origin else { return };
        let lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
        let rest: Vec<&[u8]> = lines.filter(|line| !line.starts_with(b"o=")).collect();
        let now = Described {
            origin: self.hash((origin.username, origin.session_id, origin.version)),
            rest: self.hash(rest),
        };
        let (src, dst) = (seen.flow.src.addr, seen.flow.dst.addr);
        let key = self.hash((call_id, tag, src, dst));
        let is_changed = self
            .described
            .get(&key)
            .is_some_and(|before| before.origin == now.origin && before.rest != now.rest);
        // An answer may differ from the preview in a provisional response; offers within the dialog may not.
        if is_changed && is_request && m.to_tag().is_some() {
            let kind = DeviationKind::SdpVersionUnchanged;
            self.tell(seen, kind, method, "o=", "RFC 3264 §8");
        }
        self.described.insert(key, now);
    }
}
