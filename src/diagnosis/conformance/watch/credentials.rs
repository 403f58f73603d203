//! Challenges and the credentials that answer them.

use super::ConformanceWatch;
use crate::call::digest::nonce_count;
use crate::crypto::digest::Algorithm;
use crate::diagnosis::conformance::deviation::DeviationKind;
use crate::pipeline::SeenMessage;
use crate::sip::{Challenge, Uri};
use crate::types::{Method, StatusCode};

/// What a server offered to one client in one realm.
pub(super) struct Offered {
    qop: bool,
    stronger: bool,
}

/// The highest nonce count with one nonce, and the request that had it.
pub(super) struct Counted {
    count: u32,
    request: u64,
}

/// Challenges and credentials looked at of one message.
const MOST: usize = 16;

fn is_digest(scheme: &[u8]) -> bool {
    scheme.eq_ignore_ascii_case(b"Digest")
}

fn is_stronger(c: &Challenge<'_>) -> bool {
    let algorithm = c.algorithm.and_then(Algorithm::of);
    algorithm.is_some_and(|a| !a.is_md5())
}

impl ConformanceWatch {
    pub(super) fn challenge(
        &mut self,
        seen: &SeenMessage<'_>,
        method: &Method,
        status: StatusCode,
    ) {
        if !status.is_challenge() {
            return;
        }
        let m = seen.message;
        let all: Vec<Challenge<'_>> = m
            .challenges()
            .filter(|c| is_digest(c.scheme))
            .take(MOST)
            .collect();
        for c in &all {
            let qop = c.qop.is_some_and(|q| !q.is_empty());
            if !qop {
                let kind = DeviationKind::QopMissing;
                self.tell(seen, kind, method, "the challenge", "RFC 3261 §22.4");
            }
            let key = self.hash((m.call_id(), seen.flow.dst.addr, c.realm));
            let of_realm = || all.iter().filter(|o| o.realm == c.realm);
            self.offered.insert(
                key,
                Offered {
                    qop: of_realm().all(|o| o.qop.is_some_and(|q| !q.is_empty())),
                    stronger: of_realm().any(is_stronger),
                },
            );
        }
    }

    pub(super) fn credentials(&mut self, seen: &SeenMessage<'_>, method: &Method) {
        // An ACK and a CANCEL repeat those of their INVITE (RFC 3261 §22.1).
        if matches!(method, Method::Ack | Method::Cancel) {
            return;
        }
        let m = seen.message;
        for c in m.credentials().filter(|c| is_digest(c.scheme)).take(MOST) {
            let key = self.hash((m.call_id(), seen.flow.src.addr, c.realm));
            let algorithm = c.algorithm.map_or(Some(Algorithm::MD5), Algorithm::of);
            let offered = self.offered.get(&key).map(|o| (o.qop, o.stronger));
            let (offers_qop, is_weaker) = match offered {
                Some((qop, stronger)) => {
                    (qop, stronger && algorithm.is_some_and(Algorithm::is_md5))
                }
                None => (false, false),
            };
            if is_weaker {
                let kind = DeviationKind::WeakerDigestChosen;
                self.tell(seen, kind, method, "MD5", "RFC 8760 §2.4");
            }
            if offers_qop && c.qop.is_none_or(<[u8]>::is_empty) {
                let kind = DeviationKind::QopMissing;
                self.tell(seen, kind, method, "the credentials", "RFC 3261 §22.4");
            }
            if let (Some(named), Some(asked)) = (c.uri, m.request_uri())
                && is_elsewhere(named, asked)
            {
                let kind = DeviationKind::DigestUriDiffers;
                self.tell(seen, kind, method, "uri", "RFC 7616 §3.4.6");
            }
            let Some(count) = c.nc.and_then(nonce_count) else {
                continue;
            };
            let key = self.hash((c.nonce, c.realm, c.username, seen.flow.src.addr));
            let number = m.cseq().map(|cseq| cseq.number);
            // Sent to several servers at once it is one request.
            let request = self.hash((m.call_id(), number, method.as_str()));
            let before = self.counted.get(&key).map(|b| (b.count, b.request));
            match before {
                Some((_, same)) if same == request => {}
                Some((highest, _)) if count <= highest => {
                    let kind = DeviationKind::NonceCountRepeated;
                    self.tell(seen, kind, method, "nc", "RFC 7616 §3.4");
                }
                _ => {
                    self.counted.insert(key, Counted { count, request });
                }
            }
        }
    }
}

/// The two name different users, hosts or ports; parameters do not count.
fn is_elsewhere(named: &[u8], asked: &[u8]) -> bool {
    let (a, b) = (Uri::parse(named), Uri::parse(asked));
    if !a.is_sip() || !b.is_sip() {
        return false;
    }
    let host = |u: &Uri<'_>| u.host.to_ascii_lowercase();
    let port = |u: &Uri<'_>| u.port.unwrap_or(5060);
    a.user != b.user || host(&a) != host(&b) || port(&a) != port(&b)
}
