//! What a message carries that an explanation tells and the report's record does not hold, read from its bytes.

use crate::explain::words::clean;
use crate::sip::{self, Framing, HeaderName, Message};

/// Longest text from a body that is quoted, in characters.
const LONGEST: usize = 80;

/// What one message carries. Texts are safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Lifetime asked for or granted in seconds: of the only Contact, else of Expires.
    pub expires_s: Option<u32>,
    /// Min-Expires of a 423.
    pub min_expires_s: Option<u32>,
    /// Retry-After.
    pub retry_after_s: Option<u32>,
    /// What a 401 or 407 asks for.
    pub challenges: Vec<Challenge>,
    /// What a request proves.
    pub credentials: Vec<Credentials>,
    /// The event package.
    pub event: Option<String>,
    /// Subscription-State: `active`, with its reason and the seconds left.
    pub subscription: Option<Subscription>,
    /// RSeq: the number of a provisional response that is to be acknowledged.
    pub rseq: Option<u32>,
    /// RAck: the RSeq, the CSeq number and the method that a PRACK acknowledges.
    pub rack: Option<(u32, u32, String)>,
    /// Session-Expires in seconds.
    pub session_expires_s: Option<u32>,
    /// Who is to refresh, as Session-Expires names it: `uac`, `uas`.
    pub refresher: Option<String>,
    /// Max-Forwards: how many hops a request may still go.
    pub max_forwards: Option<u8>,
    /// The causes of Reason, as `Q.850 17`, with their texts.
    pub reasons: Vec<String>,
    /// Texts of Warning.
    pub warnings: Vec<String>,
    /// Methods of Allow.
    pub allow: Vec<String>,
    /// It names what its sender can do: Allow, Accept, Supported or a body.
    pub names_abilities: bool,
    /// SIP-ETag: the name of a published state.
    pub etag: Option<String>,
    /// SIP-If-Match: the published state meant.
    pub if_match: Option<String>,
    /// What the body says in a few words.
    pub body: Option<String>,
    /// The bytes are a whole message: what is absent was not in it.
    pub is_whole: bool,
}

/// A challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `Digest`, or what else was sent.
    pub scheme: String,
    /// What the password is for.
    pub realm: Option<String>,
    /// The server's random word.
    pub nonce: Option<String>,
    /// As sent; MD5 where absent.
    pub algorithm: Option<String>,
    /// As sent.
    pub qop: Option<String>,
    /// Only the nonce was too old.
    pub stale: bool,
}

/// Credentials without what is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `Digest`, or what else was sent.
    pub scheme: String,
    /// The user.
    pub username: Option<String>,
    /// What the password is for.
    pub realm: Option<String>,
    /// The nonce of the challenge they answer.
    pub nonce: Option<String>,
    /// As sent; MD5 where absent.
    pub algorithm: Option<String>,
    /// The one chosen.
    pub qop: Option<String>,
    /// How often the nonce was used, as sent.
    pub nc: Option<String>,
    /// For a proxy: from Proxy-Authorization.
    pub is_proxy: bool,
}

/// Whether a subscription lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// `active`, `pending`, `terminated`.
    pub state: String,
    /// Why it ended.
    pub reason: Option<String>,
    /// Seconds left.
    pub expires_s: Option<u32>,
}

fn shown(bytes: &[u8]) -> String {
    clean(&String::from_utf8_lossy(bytes))
}

impl Carried {
    /// Reads a message as the capture holds it.
    pub fn read(bytes: &[u8]) -> Carried {
        let Some(m) = sip::parse_message(bytes, Framing::Truncated) else {
            return Carried::default();
        };
        let mut lifetimes = m.contacts().map(|c| c.expires);
        let of_contact = match (lifetimes.next(), lifetimes.next()) {
            (Some(lifetime), None) => lifetime,
            _ => None,
        };
        let expected = m.content_length();
        Carried {
            expires_s: of_contact.or(m.expires()),
            min_expires_s: m.min_expires(),
            retry_after_s: m.retry_after(),
            challenges: challenges(&m),
            credentials: credentials(&m),
            event: m.event().map(|e| shown(e.package)),
            subscription: m.subscription_state().map(|s| Subscription {
                state: shown(s.state),
                reason: s.reason.map(shown),
                expires_s: s.expires,
            }),
            rseq: m.rseq(),
            rack: m.rack().map(|r| (r.rseq, r.cseq, clean(r.method.as_str()))),
            session_expires_s: m.session_expires().map(|s| s.seconds),
            refresher: m.session_expires().and_then(|s| s.refresher.map(shown)),
            max_forwards: m.max_forwards(),
            reasons: reasons(&m),
            warnings: m.warning_header().map(|w| shown(&w.text)).collect(),
            allow: m.list(HeaderName::Allow).map(shown).collect(),
            names_abilities: names_abilities(&m),
            etag: m.header(HeaderName::SipEtag).map(|v| shown(&v)),
            if_match: m.header(HeaderName::SipIfMatch).map(|v| shown(&v)),
            body: body(&m),
            is_whole: !m.is_cut_in_headers() && expected.is_none_or(|n| n <= m.body.len() as u64),
        }
    }
}

fn challenges(m: &Message<'_>) -> Vec<Challenge> {
    let one = |c: sip::Challenge<'_>| Challenge {
        scheme: shown(c.scheme),
        realm: c.realm.map(shown),
        nonce: c.nonce.map(shown),
        algorithm: c.algorithm.map(shown),
        qop: c.qop.map(shown),
        stale: c.stale,
    };
    m.challenges().map(one).collect()
}

fn credentials(m: &Message<'_>) -> Vec<Credentials> {
    let one = |c: sip::Credentials<'_>| Credentials {
        scheme: shown(c.scheme),
        username: c.username.map(shown),
        realm: c.realm.map(shown),
        nonce: c.nonce.map(shown),
        algorithm: c.algorithm.map(shown),
        qop: c.qop.map(shown),
        nc: c.nc.map(shown),
        is_proxy: c.proxy,
    };
    m.credentials().map(one).collect()
}

fn names_abilities(m: &Message<'_>) -> bool {
    let named = [HeaderName::Allow, HeaderName::Accept, HeaderName::Supported];
    !m.body.is_empty() || named.iter().any(|name| m.header(*name).is_some())
}

/// `Q.850 16 (Normal call clearing)`, `SIP 200 (Call completed elsewhere)`.
fn reasons(m: &Message<'_>) -> Vec<String> {
    let one = |r: sip::Reason<'_>| {
        let text = r.text.map(|t| format!(" ({})", shown(&t)));
        let cause = r.cause.map_or(String::new(), |c| format!(" {c}"));
        format!("{}{cause}{}", shown(r.protocol), text.unwrap_or_default())
    };
    m.reason_header().map(one).collect()
}

/// The text of a message of text; of a state the words that say it.
fn body(m: &Message<'_>) -> Option<String> {
    let kind = m.content_type()?;
    let text = String::from_utf8_lossy(m.body);
    let is = |subtype: &str| kind.subtype.eq_ignore_ascii_case(subtype.as_bytes());
    if kind.kind.eq_ignore_ascii_case(b"text") && is("plain") {
        return Some(format!("\"{}\"", quoted(&text)));
    }
    if is("pidf+xml") {
        let basic = between(&text, "basic").map(|b| format!("status {b}"));
        let note = between(&text, "note").map(|n| format!("note \"{n}\""));
        let said: Vec<String> = basic.into_iter().chain(note).collect();
        return (!said.is_empty()).then(|| said.join(", "));
    }
    if is("dtmf-relay") || is("dtmf") {
        return Some(quoted(&text));
    }
    if is("simple-message-summary") {
        let line = |name: &str| {
            let mut lines = text.lines();
            let value = lines.find_map(|l| value_of(l, name))?;
            Some(quoted(value))
        };
        let waiting = line("Messages-Waiting").map(|v| format!("messages waiting: {v}"));
        let voice = line("Voice-Message").map(|v| format!("new and old voice messages: {v}"));
        let said: Vec<String> = waiting.into_iter().chain(voice).collect();
        return (!said.is_empty()).then(|| said.join(", "));
    }
    if is("dialog-info+xml") {
        return Some(match between(&text, "state") {
            Some(state) => format!("a dialog is {state}"),
            None => "no dialog".to_owned(),
        });
    }
    None
}

fn value_of<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let (n, value) = line.split_once(':')?;
    n.trim().eq_ignore_ascii_case(name).then(|| value.trim())
}

/// The text of the first element of that name, whatever its prefix.
fn between(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, inner) = after.split_once('>')?;
        let word = tag.split_whitespace().next().unwrap_or_default();
        let local = word.rsplit(':').next().unwrap_or(word);
        if local == name && !tag.ends_with('/') {
            let value = inner.split('<').next().unwrap_or_default().trim();
            return (!value.is_empty()).then(|| quoted(value));
        }
        rest = inner;
    }
    None
}

/// Short and on one line.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut kept: String = line.chars().take(LONGEST).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    clean(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_challenge_and_a_proof_say_is_read_without_the_secret_parts() {
        let carried = Carried::read(
            b"REGISTER sip:b SIP/2.0\r\nContact: <sip:a@c>;expires=60\r\nExpires: 3600\r\nCSeq: 2 REGISTER\r\n\
              Authorization: Digest username=\"a\", realm=\"b\", nonce=\"n\", uri=\"sip:b\", response=\"secret\", \
              cnonce=\"c\", nc=00000001, qop=auth\r\nContent-Length: 0\r\n\r\n",
        );
        assert_eq!(carried.expires_s, Some(60));
        let proof = &carried.credentials[0];
        assert_eq!(
            (proof.username.as_deref(), proof.nc.as_deref()),
            (Some("a"), Some("00000001"))
        );
        assert!(!format!("{carried:?}").contains("secret"));
        assert!(carried.is_whole);
    }

    #[test]
    fn a_state_is_told_by_its_words_and_a_text_by_itself() {
        let notify = |kind: &str, body: &str| {
            let text = format!(
                "NOTIFY sip:b SIP/2.0\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            Carried::read(text.as_bytes()).body
        };
        for (kind, body, said) in [
            (
                "application/pidf+xml",
                "<p:presence><p:tuple><p:status><p:basic>open</p:basic></p:status></p:tuple></p:presence>",
                Some("status open"),
            ),
            (
                "application/simple-message-summary",
                "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n",
                Some("messages waiting: yes, new and old voice messages: 2/8 (0/2)"),
            ),
            ("text/plain", "Hello\r\nBob", Some("\"Hello Bob\"")),
            (
                "application/dialog-info+xml",
                "<dialog-info state=\"full\"><dialog><state>early</state></dialog></dialog-info>",
                Some("a dialog is early"),
            ),
            ("application/x", "?", None),
        ] {
            assert_eq!(notify(kind, body).as_deref(), said, "{kind}");
        }
    }
}
