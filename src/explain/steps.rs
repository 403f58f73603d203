//! What each message of a scene means, in a few plain words.

mod asked;

pub(super) use self::asked::says_the_same;
use self::asked::{Side, side_of};
use super::Ink;
use super::cut;
use super::meaning::{Request, request_words, response_words};
use super::media::is_side_codec;
use super::names::user_of;
use super::passing::PASSES;
use super::stage::Stage;
use super::text::{Piece, Text, text};
use super::words::clean;
use crate::call::EventKind;
use crate::report::model::{CallEvent, Message, MessageKind, Sdp, SdpFormat, SdpMedia};
use crate::types::Direction;
use std::collections::{HashMap, HashSet};

/// What is said beside one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Step {
    /// A plain sentence.
    pub(super) sentence: Text,
    /// The codecs alone, or that it is a copy. May be empty.
    pub(super) gist: Text,
    pub(super) ink: Ink,
}

/// Call-ID, CSeq number, CSeq method: what a request shares with its responses on every hop.
pub(super) type Exchange<'a> = (Option<&'a str>, Option<u32>, Option<&'a str>);

pub(super) fn exchange<'a>(m: &'a Message) -> Exchange<'a> {
    (m.call_id.as_deref(), m.cseq, m.method.as_deref())
}

/// What a message keeps on every hop: a proxy changes neither CSeq nor tags (RFC 3261 §16.6, §16.7).
pub(super) type EndToEnd<'a> = (Exchange<'a>, Option<u16>, Option<&'a str>, Option<&'a str>);

pub(super) fn end_to_end<'a>(m: &'a Message) -> EndToEnd<'a> {
    (exchange(m), m.status, from_tag(m), to_tag(m))
}

/// What an ACK answers: Call-ID, CSeq number, To tag (RFC 3261 §13.2.2.4, §17.1.1.3).
type Acknowledged<'a> = (Option<&'a str>, Option<u32>, Option<&'a str>);

/// What is known so far while the messages are read in order.
#[derive(Default)]
struct Progress<'a> {
    /// Messages by id.
    by_id: HashMap<u32, &'a Message>,
    /// Messages already seen on an earlier hop, with the codecs last shown for them.
    seen: HashMap<EndToEnd<'a>, String>,
    /// Which hosts a message has reached.
    reached: HashSet<(EndToEnd<'a>, usize)>,
    /// Provisional responses by the way they went.
    provisional: HashSet<(EndToEnd<'a>, Option<&'a str>, (usize, usize))>,
    /// Calls with a CANCEL already seen: later ones are of the next hop.
    cancelled: HashSet<Exchange<'a>>,
    /// Requests that carried SDP: a response's SDP is then the answer (RFC 3264 §4).
    offered: HashMap<Exchange<'a>, &'a Sdp>,
    /// Call-IDs of which an INVITE carried SDP.
    offered_by_invite: HashSet<Option<&'a str>>,
    /// Requests seen, with or without SDP.
    requests: HashSet<Exchange<'a>>,
    /// Last final status of an INVITE, for the ACK.
    finals: HashMap<Acknowledged<'a>, u16>,
    /// Call-ID and method that were challenged.
    challenged: HashSet<(Option<&'a str>, Option<&'a str>)>,
    /// INVITEs and UPDATEs within the dialog.
    reinvites: HashSet<Exchange<'a>>,
    /// What each host last offered under a Call-ID.
    offers: HashMap<(Option<&'a str>, &'a str), String>,
    /// What each side described last, of messages of its own.
    described: HashMap<Side<'a>, &'a Sdp>,
    /// What a request within the dialog changed, as the call's events tell it.
    changes: HashMap<Exchange<'a>, EventKind>,
    /// CANCELs that say another phone has answered.
    elsewhere: HashSet<u32>,
    /// Who got a 2xx to which INVITE, and from whom: Call-ID, CSeq number, hosts.
    answered: HashSet<(Option<&'a str>, Option<u32>, usize, usize)>,
    /// Hosts that got one.
    got_answer: HashSet<(Option<&'a str>, Option<u32>, usize)>,
}

/// One step for each message, in their order.
pub(super) fn steps(stage: &Stage<'_>, events: &[CallEvent]) -> Vec<Step> {
    let mut progress = Progress {
        by_id: stage.messages.iter().map(|m| (m.id, *m)).collect(),
        changes: changes(stage, events),
        elsewhere: events
            .iter()
            .filter(|e| e.kind == EventKind::AnsweredElsewhere)
            .filter_map(|e| e.message)
            .collect(),
        ..Progress::default()
    };
    let messages = stage.messages.iter();
    messages.map(|m| progress.step(stage, m)).collect()
}

/// Hold and resume by the request that asked for it: the same on every hop.
fn changes<'a>(stage: &Stage<'a>, events: &[CallEvent]) -> HashMap<Exchange<'a>, EventKind> {
    let kinds: HashMap<u32, EventKind> = events
        .iter()
        .filter(|e| {
            use EventKind::{Hold, Resume};
            matches!(e.kind, Hold | Resume)
        })
        .filter_map(|e| Some((e.message?, e.kind)))
        .collect();
    let with_kind = |m: &&'a Message| Some((exchange(m), *kinds.get(&m.id)?));
    stage.messages.iter().filter_map(with_kind).collect()
}

impl<'a> Progress<'a> {
    fn step(&mut self, stage: &Stage<'_>, m: &'a Message) -> Step {
        if let Some(first) = m.retransmission_of {
            let of = self.by_id.get(&first);
            let of = of.map(|m| text![" of ", Piece::frame_of(m)]);
            let gist = text!["repeat", of];
            return Step {
                sentence: text!["sent again: a ", gist.clone()],
                gist,
                ink: Ink::Warning,
            };
        }
        let role = self.sdp_role(m);
        let offer = self.offered.get(&exchange(m)).copied();
        let offer = offer.filter(|_| role == Some(SdpRole::Answer));
        let codecs = m.sdp.as_ref();
        let codecs = codecs.map_or(String::new(), |s| self::codecs(s, role, offer));
        let way = stage.way_of(m);
        let onward = way.is_some_and(|(from, _)| self.passes_on(m, from));
        let before = self.seen.insert(end_to_end(m), codecs.clone());
        let codecs = match before {
            Some(earlier) if earlier == codecs => String::new(),
            _ => codecs,
        };
        // The same offer again says nothing new.
        let codecs = match role {
            Some(SdpRole::Offer) if !codecs.is_empty() => {
                let key = (m.call_id.as_deref(), m.src.address.as_str());
                match self.offers.insert(key, codecs.clone()) {
                    Some(earlier) if earlier == codecs => String::new(),
                    _ => codecs,
                }
            }
            _ => codecs,
        };
        // Another one is no copy: the far end still rings.
        let again = match way {
            Some(way) if m.status.is_some_and(|s| s < 200) => {
                // A 100 is one hop's own: another branch, another request (RFC 3261 §8.2.6.1).
                let branch = m.branch.as_deref().filter(|_| m.status == Some(100));
                !self.provisional.insert((end_to_end(m), branch, way))
            }
            _ => false,
        };
        let (words, ink) = match self.words(stage, m, onward) {
            (_, ink) if again && !onward => (still(stage, m, way), ink),
            told => told,
        };
        self.remember(m);
        if let Some(sdp) = m.sdp.as_ref().filter(|_| !onward) {
            self.described.insert(side_of(m), sdp);
        }
        if let Some((from, to)) = way {
            if m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s / 100 == 2) {
                let call_id = m.call_id.as_deref();
                self.answered.insert((call_id, m.cseq, to, from));
                self.got_answer.insert((call_id, m.cseq, to));
            }
            self.reached.insert((end_to_end(m), to));
        }
        let credentials = !onward && m.has_credentials && self.was_challenged(m);
        let gist = match codecs.is_empty() {
            true => text![credentials.then_some("with credentials")],
            false => codecs.clone().into(),
        };
        let sentence = match (words.is_empty(), codecs.is_empty(), role) {
            (_, true, _) => words,
            (true, false, _) => codecs.into(),
            (false, false, Some(SdpRole::Offer)) => text![words, ", offers ", codecs],
            (false, false, _) => text![words, ", ", codecs],
        };
        Step {
            sentence,
            gist,
            ink,
        }
    }

    /// True where the sender forwards what it received before. CANCEL, 100 and the ACK to a refusal
    /// go one hop only: each element makes its own (RFC 3261 §9.1, §16.7, §17.1.1.3).
    fn passes_on(&self, m: &'a Message, from: usize) -> bool {
        let one_hop = match (m.method.as_deref(), m.status) {
            (Some("CANCEL"), _) | (_, Some(100)) => true,
            (Some("ACK"), _) => self.acknowledged(m).is_some_and(|status| status >= 300),
            _ => false,
        };
        !one_hop && self.reached.contains(&(end_to_end(m), from))
    }

    /// The final status an ACK answers.
    fn acknowledged(&self, m: &Message) -> Option<u16> {
        let call_id = m.call_id.as_deref();
        let by_tag = self.finals.get(&(call_id, m.cseq, to_tag(m)));
        by_tag
            .or_else(|| self.finals.get(&(call_id, m.cseq, None)))
            .copied()
    }

    fn words(&self, stage: &Stage<'_>, m: &Message, onward: bool) -> (Text, Ink) {
        let Some((from, to)) = stage.way_of(m) else {
            return (Text::default(), Ink::Plain);
        };
        let method = m.method.as_deref().unwrap_or("");
        if onward {
            let way = if m.kind == MessageKind::Request {
                "on"
            } else {
                "back"
            };
            let ink = m.status.map_or(Ink::Plain, |s| ink_of(s, false));
            return (text![Piece::Host(from), PASSES, way], ink);
        }
        // A response is read by whether its request came after a challenge.
        let credentials =
            self.was_challenged(m) && (m.kind != MessageKind::Request || m.has_credentials);
        match m.status {
            Some(status) => {
                let in_dialog = self.reinvites.contains(&exchange(m));
                if m.stale && matches!(status, 401 | 407) {
                    let again = " again: the nonce was too old";
                    let words = text![Piece::Host(from), " asks ", Piece::Host(to), again];
                    return (words, Ink::Warning);
                }
                let words = match status {
                    // A server has no bell.
                    180 if stage.servers.contains(&from) => {
                        text![Piece::Host(from), " reports ringing"]
                    }
                    200..=299 if stage.removals.contains(&m.id) => {
                        text![Piece::Host(from), " accepts that"]
                    }
                    _ => response_words(status, method, from, to, in_dialog),
                };
                (words, ink_of(status, credentials))
            }
            None => {
                let removes = stage.removals.contains(&m.id);
                if let Some(words) = binding_words(m, from, credentials, removes) {
                    return (words, Ink::Plain);
                }
                // Who is asked to transfer is at the far end, not at the next hop.
                let asked = m.to.as_ref().filter(|_| method == "REFER");
                let asked = asked.map(|p| user_of(&p.uri).into());
                // So is the user whom the Request-URI of an OPTIONS names (RFC 3261 §11.1).
                let user = m.request_uri.as_deref().filter(|uri| uri.contains('@'));
                let user = user.filter(|_| method == "OPTIONS");
                let asked = asked.or(user.map(|uri| user_of(uri).into()));
                let last = self.described.get(&side_of(m));
                let asks = last
                    .zip(m.sdp.as_ref())
                    .and_then(|(last, now)| asked::asked(last, now));
                let words = request_words(&Request {
                    asks,
                    method,
                    from,
                    to: asked.unwrap_or(Piece::Host(to).into()),
                    credentials,
                    next_hop: self.cancelled.contains(&exchange(m)),
                    in_dialog: in_dialog(m),
                    has_sdp: m.sdp.is_some() && !cut::hides_body(m),
                    hides_sdp: cut::hides_body(m),
                    sipfrag: m.sipfrag.as_deref(),
                    refer_to: m.refer_to.as_deref(),
                    change: self.changes.get(&exchange(m)).copied(),
                    elsewhere: self.elsewhere.contains(&m.id) || self.dismisses(m, (from, to)),
                    taken: stage.is_taken,
                    reinvite: self.reinvites.contains(&(
                        m.call_id.as_deref(),
                        m.cseq,
                        Some("INVITE"),
                    )),
                    acknowledges: self.acknowledged(m),
                });
                (words, Ink::Plain)
            }
        }
    }

    /// A CANCEL to one phone from who has the answer of another. To who answered, it crosses the answer.
    fn dismisses(&self, m: &Message, (from, to): (usize, usize)) -> bool {
        let call_id = m.call_id.as_deref();
        m.method.as_deref() == Some("CANCEL")
            && self.got_answer.contains(&(call_id, m.cseq, from))
            && !self.answered.contains(&(call_id, m.cseq, from, to))
    }

    fn was_challenged(&self, m: &Message) -> bool {
        self.challenged
            .contains(&(m.call_id.as_deref(), m.method.as_deref()))
    }

    fn remember(&mut self, m: &'a Message) {
        let method = m.method.as_deref();
        if m.kind == MessageKind::Request {
            self.requests.insert(exchange(m));
            if method == Some("CANCEL") {
                self.cancelled.insert(exchange(m));
            }
            if let Some(sdp) = &m.sdp {
                self.offered.insert(exchange(m), sdp);
                if method == Some("INVITE") {
                    self.offered_by_invite.insert(m.call_id.as_deref());
                }
            }
            if matches!(method, Some("INVITE" | "UPDATE")) && in_dialog(m) {
                self.reinvites.insert(exchange(m));
            }
        }
        if matches!(m.status, Some(401 | 407)) {
            self.challenged.insert((m.call_id.as_deref(), method));
        }
        if let (Some(status @ 200..), Some("INVITE")) = (m.status, method) {
            let call_id = m.call_id.as_deref();
            self.finals.insert((call_id, m.cseq, to_tag(m)), status);
            // For an ACK with a To tag of its own making.
            self.finals.insert((call_id, m.cseq, None), status);
        }
    }

    /// Offer or answer (RFC 3264 §4, RFC 3261 §13.2.1).
    fn sdp_role(&self, m: &'a Message) -> Option<SdpRole> {
        m.sdp.as_ref()?;
        let method = m.method.as_deref();
        let answer = match (m.kind, method) {
            (MessageKind::Request, Some("ACK")) => true,
            // A PRACK answers only where the INVITE itself brought no offer.
            (MessageKind::Request, Some("PRACK")) => {
                !self.offered_by_invite.contains(&m.call_id.as_deref())
            }
            (MessageKind::Request, _) => false,
            // Whether the request brought an offer is not known.
            _ if !self.requests.contains(&exchange(m)) => return None,
            _ => self.offered.contains_key(&exchange(m)),
        };
        Some(if answer {
            SdpRole::Answer
        } else {
            SdpRole::Offer
        })
    }
}

/// What a provisional response says that the same host sent before.
fn still(stage: &Stage<'_>, m: &Message, way: Option<(usize, usize)>) -> Text {
    let does = match m.status {
        Some(100) => "is still working on it",
        Some(180) if way.is_some_and(|(from, _)| stage.servers.contains(&from)) => {
            "reports ringing again"
        }
        Some(180) => "still rings",
        Some(182) => "still queues the call",
        _ => "reports progress again",
    };
    text![way.map(|(from, _)| Piece::Host(from)), " ", does]
}

#[derive(Clone, Copy, PartialEq)]
enum SdpRole {
    Offer,
    Answer,
}

/// A REGISTER that binds nothing: without a Contact it asks, with `*` or a lifetime of 0 it removes (RFC 3261 §10.2.2,
/// §10.2.3).
fn binding_words(m: &Message, from: usize, credentials: bool, removes: bool) -> Option<Text> {
    if m.method.as_deref() != Some("REGISTER") {
        return None;
    }
    let does = match m.contacts.as_slice() {
        [] => " asks which contacts are bound",
        [star] if star == "*" => " removes all bindings",
        _ if removes => " asks to be reached there no longer",
        _ => return None,
    };
    let with = credentials.then_some(", with credentials");
    Some(text![Piece::Host(from), does, with])
}

/// Fault, look-here or nothing special. A first 401 or 407 is how logging in works, not a fault.
fn ink_of(status: u16, credentials_sent: bool) -> Ink {
    match status {
        401 | 407 if credentials_sent => Ink::Error,
        300..=399 => Ink::Plain,
        401 | 407 | 486 | 487 | 600 | 603 => Ink::Warning,
        400.. => Ink::Error,
        _ => Ink::Plain,
    }
}

fn from_tag(m: &Message) -> Option<&str> {
    m.from.as_ref().and_then(|f| f.tag.as_deref())
}

pub(super) fn to_tag(m: &Message) -> Option<&str> {
    m.to.as_ref().and_then(|t| t.tag.as_deref())
}

/// True for a request that names both ends of a dialog (RFC 3261 §12.2).
pub(super) fn in_dialog(m: &Message) -> bool {
    m.to.as_ref().is_some_and(|t| t.tag.is_some())
}

/// `PCMU, PCMA, telephone-event`; in an answer `PCMU chosen`; other media named, `sendonly: PCMU`.
fn codecs(sdp: &Sdp, role: Option<SdpRole>, offer: Option<&Sdp>) -> String {
    let nothing = !sdp.media.is_empty() && sdp.media.iter().all(|m| m.port == 0);
    if nothing && role == Some(SdpRole::Offer) {
        return "no media (port 0)".into();
    }
    let parts = sdp.media.iter().enumerate();
    let parts: Vec<String> = parts
        .map(|(n, m)| medium(m, role, offer.and_then(|o| o.media.get(n))))
        .collect();
    parts.join("; ")
}

fn medium(m: &SdpMedia, role: Option<SdpRole>, offer: Option<&SdpMedia>) -> String {
    let kind = match m.kind.as_str() {
        "audio" => String::new(),
        kind => format!("{} ", clean(kind)),
    };
    if m.port == 0 {
        let kind = if kind.is_empty() { "audio " } else { &kind };
        // Port 0 refuses in an answer; in an offer it leaves the medium out (RFC 3264 §5.1, §6).
        return match role {
            Some(SdpRole::Offer) => format!("no {kind}(port 0)"),
            _ => format!("{kind}refused"),
        };
    }
    let name = |f: &SdpFormat| format_name(m, f);
    let what = if role == Some(SdpRole::Answer) {
        // Whatever it lists may be sent (RFC 3264 §6.1).
        let is_own = |f: &&SdpFormat| !f.codec.as_deref().is_some_and(is_side_codec);
        let listed = |is_chosen: &dyn Fn(&SdpFormat) -> bool| {
            let mut chosen: Vec<String> = Vec::new();
            for f in m.formats.iter().filter(is_own).filter(|f| is_chosen(f)) {
                let codec = name(f);
                if !chosen.contains(&codec) {
                    chosen.push(codec);
                }
            }
            chosen
        };
        // What an answer adds to the offer is for later use, not chosen (RFC 3264 §6.1).
        let mut chosen = listed(&|f| offer.is_none_or(|o| is_offered(o, f)));
        if chosen.is_empty() {
            chosen = listed(&|_| true);
        }
        if chosen.is_empty() {
            chosen.extend(m.formats.first().map(name));
        }
        match chosen.is_empty() {
            true => "nothing".into(),
            false => format!("{} chosen", chosen.join(", ")),
        }
    } else {
        let names: Vec<String> = m.formats.iter().map(name).collect();
        names.join(", ")
    };
    match m.direction {
        // Nothing can be sent there: the old way to hold a call (RFC 3264 §8.4).
        Direction::SendRecv | Direction::RecvOnly if is_nowhere(m) => {
            let address = clean(m.connection.as_deref().unwrap_or_default());
            format!("c={address}: {kind}{what}")
        }
        Direction::SendRecv => format!("{kind}{what}"),
        // First, because an output without room cuts the end.
        direction => format!("{direction}: {kind}{what}"),
    }
}

/// A codec by its name; of what has no formats (`*`), the protocol: `MSRP`, `BFCP`.
pub(super) fn format_name(m: &SdpMedia, f: &SdpFormat) -> String {
    let name = match (&f.codec, f.format.as_str()) {
        (Some(codec), _) => codec,
        (None, "*") => m.protocol.rsplit('/').next().unwrap_or("*"),
        (None, format) => format,
    };
    clean(name)
}

/// The offer lists the codec; a number without a name means what the offer calls it, if it is no codec of its own.
fn is_offered(offer: &SdpMedia, f: &SdpFormat) -> bool {
    offer.formats.iter().any(|o| match (&o.codec, &f.codec) {
        (Some(o), Some(f)) => o.eq_ignore_ascii_case(f),
        (Some(codec), None) => o.format == f.format && !is_side_codec(codec),
        (None, _) => o.format == f.format,
    })
}

/// True where the address media is to be sent to is none, and no candidates name another (RFC 8840).
fn is_nowhere(m: &SdpMedia) -> bool {
    let address = m.connection.as_deref().and_then(|c| c.parse().ok());
    m.candidates.is_empty() && address.is_some_and(|a: std::net::IpAddr| a.is_unspecified())
}

#[cfg(test)]
mod tests;
