//! Steps of messages, told in order: what was said in earlier ones is known.

use super::answer::answer;
use super::ask::ask;
use super::described::{Turn, described, kind_in_words};
use super::folded::Folded;
use super::pieces::Carried;
use super::{LessonStep, LessonWay, Material, PacketName};
use crate::call::{RegisterKind, RegisterOutcome, TimerVerdict};
use crate::explain::cut::hides_body;
use crate::explain::names::{address_of, user_of};
use crate::explain::steps::{Exchange, exchange};
use crate::explain::timers::{row_of, words};
use crate::explain::words::{clean, counted, duration, listed};
use crate::report::model::{EndpointRef, Message, MessageKind, RegistrationAttempt, Sdp};
use crate::sip::{method, status};
use crate::types::{StatusCode, Transport};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Repetitions whose times are told.
const MOST_REPEATS: usize = 12;
/// Flaws of one message that are told.
const MOST_FLAWS: usize = 4;
/// Further hops that are told one by one.
const MOST_HOPS: usize = 8;

/// Which challenge a nonce is of.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonces(HashMap<String, u32>);

impl Nonces {
    /// The step that brought it.
    pub(super) fn step_of(&self, nonce: &str) -> Option<u32> {
        self.0.get(nonce).copied()
    }
}

/// What is known while the steps are told.
pub(super) struct Teller<'a> {
    material: &'a Material<'a>,
    /// What each host of the scene is called.
    names: Vec<String>,
    /// The step of each request, with its copy on each hop.
    requests: HashMap<Exchange<'a>, Vec<(u32, &'a Message)>>,
    /// What each exchange offered.
    offers: HashMap<Exchange<'a>, &'a Sdp>,
    /// Call-IDs of which an INVITE carried SDP.
    offered_by_invite: HashSet<Option<&'a str>>,
    /// The last session description from an address under a Call-ID, and its step.
    last_described: HashMap<(Option<&'a str>, &'a str), (u32, &'a Sdp)>,
    /// To tags already told, with the Call-ID.
    tags: HashSet<(Option<&'a str>, &'a str)>,
    /// To tags of the responses beyond 100 to each exchange.
    tags_of: HashMap<Exchange<'a>, Vec<&'a str>>,
    /// 2xx to INVITEs without an offer that bring one: Call-ID, CSeq number and To tag.
    late_offers: HashSet<(Option<&'a str>, Option<u32>, Option<&'a str>)>,
    /// Flaws of messages already told.
    flaws: HashSet<String>,
    nonces: Nonces,
    /// What is said once a lesson.
    said: RefCell<HashSet<&'static str>>,
    /// Hosts that pass on what others wrote.
    pub(super) proxies: HashSet<usize>,
    /// What each REGISTER is for, by its id.
    pub(super) kinds: HashMap<u32, RegisterKind>,
    /// Exchanges that have a final response in the report.
    finals: HashSet<Exchange<'a>>,
    /// Final responses to INVITEs by Call-ID, CSeq number and To tag.
    ended: HashMap<Ended<'a>, (u32, u16)>,
}

type Ended<'a> = (Option<&'a str>, Option<u32>, Option<&'a str>);

/// One message told.
#[derive(Default)]
pub(super) struct Telling {
    pub(super) sentences: Vec<String>,
    pub(super) sections: Vec<&'static str>,
}

impl Telling {
    pub(super) fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    pub(super) fn rule(&mut self, section: &'static str) {
        if !self.sections.contains(&section) {
            self.sections.push(section);
        }
    }
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        material: &'a Material<'a>,
        names: Vec<String>,
        messages: impl Iterator<Item = &'a Message>,
    ) -> Teller<'a> {
        let is_final = |m: &&Message| m.status.is_some_and(|s| s >= 200);
        Teller {
            material,
            names,
            requests: HashMap::new(),
            offers: HashMap::new(),
            offered_by_invite: HashSet::new(),
            last_described: HashMap::new(),
            tags: HashSet::new(),
            tags_of: HashMap::new(),
            late_offers: HashSet::new(),
            flaws: HashSet::new(),
            nonces: Nonces::default(),
            said: RefCell::default(),
            proxies: HashSet::new(),
            kinds: HashMap::new(),
            finals: messages.filter(is_final).map(exchange).collect(),
            ended: HashMap::new(),
        }
    }

    pub(super) fn name(&self, host: usize) -> &str {
        self.names.get(host).map_or("-", String::as_str)
    }

    /// The name of who described the media that a host sends; empty for a proxy, which describes none itself.
    pub(super) fn describer(&self, host: usize) -> &str {
        match self.proxies.contains(&host) {
            true => "",
            false => self.name(host),
        }
    }

    pub(super) fn carried(&self, m: &Message) -> Carried {
        let found = self.material.carried.get(&m.id);
        found.cloned().unwrap_or_default()
    }

    pub(super) fn frame(&self, m: &Message) -> String {
        let name = self.material.lookup.frame_name(m.source, m.frame);
        name.to_string()
    }

    pub(super) fn packet(&self, m: &Message) -> PacketName {
        PacketName {
            source: m.source,
            frame: m.frame,
            name: self.frame(m),
        }
    }

    pub(super) fn nonces(&self) -> &Nonces {
        &self.nonces
    }

    /// The step of the request that a response answers, and that request.
    pub(super) fn request_of(&self, m: &Message) -> Option<(u32, &'a Message)> {
        let copies = self.requests.get(&exchange(m))?;
        let mut same = copies.iter().rev();
        let here = same.find(|(_, r)| r.src == m.dst && r.dst == m.src);
        here.or(copies.first()).copied()
    }

    /// The INVITE's step and message that an ACK or CANCEL is about, on the same hop where it is there.
    pub(super) fn invite_of(&self, m: &Message) -> Option<(u32, &'a Message)> {
        let key = (m.call_id.as_deref(), m.cseq, Some("INVITE"));
        let copies = self.requests.get(&key)?;
        let here = |(_, r): &&(u32, &Message)| r.src == m.src && r.dst == m.dst;
        // A request that goes round comes by the same hop more than once.
        let same = |c: &&(u32, &Message)| here(c) && m.branch.is_some() && c.1.branch == m.branch;
        let found = copies.iter().find(same);
        let found = found.or_else(|| copies.iter().rev().find(here));
        found.or(copies.first()).copied()
    }

    /// True where the same client asked the same under this Call-ID before, with another CSeq number.
    pub(super) fn is_again(&self, m: &Message) -> bool {
        let same = |r: &Message| {
            r.call_id == m.call_id && r.method == m.method && r.src == m.src && r.cseq != m.cseq
        };
        self.requests.values().flatten().any(|(_, r)| same(r))
    }

    /// The final response that an ACK confirms: its step and status.
    pub(super) fn ended_of(&self, ack: &Message) -> Option<(u32, u16)> {
        let tag = ack.to.as_ref().and_then(|t| t.tag.as_deref());
        let key = (ack.call_id.as_deref(), ack.cseq, tag);
        self.ended.get(&key).copied()
    }

    /// True where a final response to the request is among the messages.
    pub(super) fn has_final(&self, m: &Message) -> bool {
        self.finals.contains(&exchange(m))
    }

    /// True the first time it is asked for `what`.
    pub(super) fn is_first(&self, what: &'static str) -> bool {
        self.said.borrow_mut().insert(what)
    }

    /// True the first time a To tag is met.
    pub(super) fn is_new_tag(&self, m: &Message) -> bool {
        let tag = m.to.as_ref().and_then(|t| t.tag.as_deref());
        tag.is_some_and(|tag| !self.tags.contains(&(m.call_id.as_deref(), tag)))
    }

    /// True where another To tag than this one was told under the Call-ID for the same INVITE.
    pub(super) fn knows_another_tag(&self, m: &Message) -> bool {
        let tag = m.to.as_ref().and_then(|t| t.tag.as_deref());
        let of_exchange = self.tags_of.get(&exchange(m));
        of_exchange.is_some_and(|tags| tags.iter().any(|t| Some(*t) != tag))
    }

    /// The step of a 2xx with an offer, to which this ACK of it has no answer.
    pub(super) fn unanswered_offer(&self, ack: &Message) -> Option<u32> {
        let (step, _) = self.ended_of(ack)?;
        let tag = ack.to.as_ref().and_then(|t| t.tag.as_deref());
        let key = (ack.call_id.as_deref(), ack.cseq, tag);
        let is_bare = ack.sdp.is_none() && !hides_body(ack) && self.carried(ack).is_whole;
        (is_bare && self.late_offers.contains(&key)).then_some(step)
    }

    /// Offer or answer (RFC 3264 §4, RFC 3261 §13.2.1).
    pub(super) fn turn(&self, m: &Message) -> Turn {
        let is_answer = match (m.kind, m.method.as_deref()) {
            (MessageKind::Request, Some("ACK")) => true,
            (MessageKind::Request, Some("PRACK")) => {
                !self.offered_by_invite.contains(&m.call_id.as_deref())
            }
            (MessageKind::Request, _) => false,
            _ if !self.requests.contains_key(&exchange(m)) => return Turn::Unknown,
            _ => self.offers.contains_key(&exchange(m)),
        };
        if is_answer { Turn::Answer } else { Turn::Offer }
    }

    /// What its session description says; where it is that of an earlier step again, that.
    pub(super) fn describe(&self, m: &Message, who: &str, telling: &mut Telling) {
        let Some(sdp) = m.sdp.as_ref().filter(|_| !hides_body(m)) else {
            return;
        };
        if let Some(step) = self.repeats_sdp(m) {
            telling.say(format!(
                "Its session description (SDP) is the same as in step {step}."
            ));
            return;
        }
        let turn = self.turn(m);
        let offer = match turn {
            Turn::Answer => self.offers.get(&exchange(m)).copied(),
            // What the same host described before.
            Turn::Offer => {
                let key = (m.call_id.as_deref(), m.src.address.as_str());
                self.last_described.get(&key).map(|(_, sdp)| *sdp)
            }
            Turn::Unknown => None,
        };
        for sentence in described(sdp, turn, offer, who) {
            let usual = sentence.starts_with("It also lists telephone-event");
            let again = usual && !self.is_first("telephone-event");
            telling.say(match again {
                true => sentence.replace(", for the keys that are pressed", ""),
                false => sentence,
            });
        }
        telling.rule(match turn {
            Turn::Offer
                if m.kind == MessageKind::Request && crate::explain::steps::in_dialog(m) =>
            {
                "RFC 3264 §8"
            }
            Turn::Offer => "RFC 3264 §5",
            Turn::Answer => "RFC 3264 §6",
            Turn::Unknown => "RFC 8866",
        });
    }

    /// The first step with the session description of a message, where its sender's last one was the same.
    pub(super) fn repeats_sdp(&self, m: &Message) -> Option<u32> {
        let sdp = m.sdp.as_ref().filter(|_| !hides_body(m))?;
        let key = (m.call_id.as_deref(), m.src.address.as_str());
        let (step, last) = self.last_described.get(&key)?;
        (*last == sdp).then_some(*step)
    }

    /// A step of a message. `number`: its number.
    pub(super) fn step(&mut self, number: u32, f: &Folded<'a>) -> LessonStep {
        let m = f.first;
        let mut telling = Telling::default();
        match m.kind {
            MessageKind::Request => ask(self, f, &mut telling),
            MessageKind::Response => answer(self, f, &mut telling),
        }
        self.onward(f, &mut telling);
        self.repeats(f, &mut telling);
        self.flaws(f, &mut telling);
        self.remember(number, f);
        let onward = f.onward.iter().map(|o| o.message);
        let all: Vec<&Message> = std::iter::once(m)
            .chain(onward)
            .chain(f.repeats.iter().copied())
            .collect();
        LessonStep {
            number,
            time: Some(m.time),
            what: what(m),
            way: Some(LessonWay {
                from: bare(self.name(f.from)),
                to: bare(self.name(f.to)),
                src: m.src.clone(),
                dst: m.dst.clone(),
            }),
            text: telling.sentences.join(" "),
            frames: all.iter().map(|m| self.packet(m)).collect(),
            messages: all.iter().map(|m| m.id).collect(),
            section: (!telling.sections.is_empty()).then(|| telling.sections.join(", ")),
            terms: Vec::new(),
        }
    }

    /// A step for exchanges that are those before once more. `folded`: their messages.
    pub(super) fn again(&mut self, number: u32, times: usize, folded: &[Folded<'a>]) -> LessonStep {
        let each = folded.get(..folded.len() / times.max(1)).unwrap_or(folded);
        let names: Vec<String> = each.iter().map(|f| what(f.first)).collect();
        let first = folded.first().map(|f| f.first);
        let last = folded.last().map(|f| f.first);
        let mut text = format!(
            "The same comes {more} more {n}: {names}.",
            more = times,
            n = if times == 1 { "time" } else { "times" },
            names = listed(&names)
        );
        if let (Some(first), Some(last)) = (first, last) {
            let span = (last.time.0 - first.time.0).as_secs_f64();
            text.push_str(&format!(
                " The first of them is {}, the last one {}, {} later.",
                self.frame(first),
                self.frame(last),
                duration(span)
            ));
        }
        for f in folded {
            self.remember(number, f);
        }
        let onward = |f: &Folded<'a>| -> Vec<&'a Message> {
            let copies = f.onward.iter().map(|o| o.message);
            std::iter::once(f.first).chain(copies).collect()
        };
        let all: Vec<&Message> = folded.iter().flat_map(onward).collect();
        LessonStep {
            number,
            time: first.map(|m| m.time),
            what: "the same again".to_owned(),
            way: None,
            text,
            frames: all.iter().map(|m| self.packet(m)).collect(),
            messages: all.iter().map(|m| m.id).collect(),
            section: None,
            terms: Vec::new(),
        }
    }

    /// Where servers pass it on, and what they change of it.
    fn onward(&self, f: &Folded<'_>, telling: &mut Telling) {
        let is_request = f.first.kind == MessageKind::Request;
        for (n, o) in f.onward.iter().take(MOST_HOPS).enumerate() {
            let m = o.message;
            // What came to the host that passes it on; a fork sends several copies of that one.
            let came = f.onward.iter().take(n).rev().find(|p| p.to == o.from);
            let before = came.map_or(f.first, |p| p.message);
            let (who, frame) = (self.name(o.from), self.frame(m));
            let back = if is_request { "on" } else { "back" };
            telling.say(format!(
                "{} passes it {back} to {} ({frame}).",
                capital(who),
                self.name(o.to)
            ));
            if is_request && m.request_uri != before.request_uri {
                let uri = m.request_uri.as_deref().map(clean).unwrap_or_default();
                telling.say(format!("The Request-URI is now {uri}."));
                if let Some(user) = self.registered(m) {
                    telling.say(format!("That is a Contact that {user} registered."));
                }
            }
            let begins = !crate::explain::steps::in_dialog(m);
            if is_request && begins && m.record_routes.len() > before.record_routes.len() {
                telling.say(match self.is_first("Record-Route") {
                    true => format!(
                        "{} adds a Record-Route header: it asks to be on the way of later requests of this dialog too.",
                        capital(who)
                    ),
                    false => format!("{} adds a Record-Route header.", capital(who)),
                });
            }
            self.rewritten(who, (before, m), telling);
        }
        if !f.onward.is_empty() {
            telling.rule(match is_request {
                true => "RFC 3261 §16.6",
                false => "RFC 3261 §16.7",
            });
        }
        // What comes to a server twice it sends on twice, and forks nothing.
        let arrivals = |host: usize| {
            let copies = f.onward.iter().filter(|o| o.to == host).count();
            copies + usize::from(f.to == host)
        };
        let forks = f.onward.iter().find(|o| {
            let mut others = f.onward.iter();
            arrivals(o.from) == 1 && others.any(|x| x.from == o.from && x.to != o.to)
        });
        if let Some(o) = forks.filter(|_| is_request) {
            let who = capital(self.name(o.from));
            telling.say(format!(
                "{who} sends it to more than one address: this is forking."
            ));
        }
        let left = f.onward.len().saturating_sub(MOST_HOPS) as u64;
        if left > 0 {
            let hops = counted(left, "further hop", "further hops");
            telling.say(format!("It goes over {hops}."));
        }
    }

    /// Who registered the address in the Request-URI, before that request.
    fn registered(&self, m: &Message) -> Option<String> {
        let uri = address_of(m.request_uri.as_deref()?);
        let all = self.material.lookup.report.registrations.iter();
        let has = |a: &RegistrationAttempt| {
            a.outcome == RegisterOutcome::Registered
                && a.time < m.time
                && a.contacts.iter().any(|c| address_of(c) == uri)
        };
        let mut owners = all.filter(|r| r.attempts.iter().any(has));
        owners.next().map(|r| user_of(&r.aor))
    }

    /// A 2xx to an INVITE or its ACK: repeated by the ends alone.
    fn is_end_to_end(&self, m: &Message) -> bool {
        match (m.method.as_deref(), m.status) {
            (Some("INVITE"), Some(status)) => (200..300).contains(&status),
            (Some("ACK"), None) => matches!(self.ended_of(m), Some((_, 200..=299))),
            _ => false,
        }
    }

    /// The same sent again, when, and what it waits for.
    fn repeats(&self, f: &Folded<'_>, telling: &mut Telling) {
        if f.repeats.is_empty() {
            return;
        }
        let by_hop = |m: &Message| (m.src.clone(), m.dst.clone());
        let mut hops: Vec<(_, Vec<&Message>)> = Vec::new();
        for &m in &f.repeats {
            match hops.iter_mut().find(|(hop, _)| *hop == by_hop(m)) {
                Some((_, same)) => same.push(m),
                None => hops.push((by_hop(m), vec![m])),
            }
        }
        for ((src, dst), repeats) in &hops {
            let originals = std::iter::once(f.first).chain(f.onward.iter().map(|o| o.message));
            let mut originals = originals.filter(|m| m.src == *src && m.dst == *dst);
            let first = originals.next().unwrap_or(f.first);
            let shown: Vec<String> = repeats
                .iter()
                .take(MOST_REPEATS)
                .map(|m| {
                    let after = (m.time.0 - first.time.0).as_secs_f64();
                    format!("{} after {}", self.frame(m), duration(after))
                })
                .collect();
            let n = match repeats.len() as u64 {
                1 => String::new(),
                n => format!(" {}", counted(n, "time", "times")),
            };
            let who = self.sender_at(f, src);
            // A proxy repeats neither a 2xx nor its ACK by itself (RFC 3261 §16.7, §17.1.1.3).
            let by_itself = f.first.src == *src || !self.is_end_to_end(f.first);
            let brought = repeats.iter().all(|m| {
                let came = |o: &&&Message| o.dst.address == src.address && o.time <= m.time;
                f.repeats.iter().any(|o| came(&o))
            });
            telling.say(match (by_itself, brought) {
                (true, _) => {
                    let all = listed(&shown);
                    format!("{who} sends it again{n} (a retransmission): {all}.")
                }
                (false, true) => format!("{who} passes the copy on: {}.", listed(&shown)),
                (false, false) => format!("It comes from {who} again{n}: {}.", listed(&shown)),
            });
        }
        self.pauses(f, telling);
        let m = f.first;
        let is_udp = m.transport == Transport::Udp;
        let why = match (m.method.as_deref(), m.status, is_udp) {
            (Some("INVITE"), None, true) => {
                "A client repeats an INVITE over UDP until a response reaches it (timer A), or until it gives up (timer B)."
            }
            (Some("ACK"), None, _) => {
                "An ACK is sent once more each time the final response comes again."
            }
            (_, None, true) => {
                "A client repeats a request over UDP until a final response reaches it (timer E), or until it gives up (timer F)."
            }
            (Some("INVITE"), Some(200..=299), _) => {
                "The 200 OK to an INVITE is sent again until the ACK reaches its sender."
            }
            (Some("INVITE"), Some(300..), true) => {
                "The refusal of an INVITE over UDP is repeated until the ACK reaches its sender \
                 (timer G)."
            }
            (_, Some(_), true) => {
                "A server sends its response once more each time the same request comes again."
            }
            _ => return,
        };
        telling.say(why);
        telling.rule(match (m.method.as_deref(), m.status) {
            (Some("INVITE"), None) => "RFC 3261 §17.1.1.2",
            (Some("ACK"), None) => "RFC 3261 §13.2.2.4",
            (_, None) => "RFC 3261 §17.1.2.2",
            (Some("INVITE"), Some(200..=299)) => "RFC 3261 §13.3.1.4",
            (Some("INVITE"), Some(_)) => "RFC 3261 §17.2.1",
            (_, Some(_)) => "RFC 3261 §17.2.2",
        });
    }

    /// What is wrong with the message as it is written, each kind once.
    fn flaws(&mut self, f: &Folded<'_>, telling: &mut Telling) {
        let all = f.first.warnings.iter();
        for flaw in all.take(MOST_FLAWS) {
            // To hold is what is done with calls.
            let text = clean(&flaw.text).replace(" holds ", " has ");
            if self.flaws.insert(text.clone()) {
                telling.say(format!(
                    "The message is not as it should be: {}.",
                    text.trim_end_matches('.')
                ));
            }
        }
    }

    /// The name of who sends a message, or its copy, from that place.
    fn sender_at(&self, f: &Folded<'_>, src: &EndpointRef) -> String {
        let mut copies = f.onward.iter();
        let copy = copies.find(|o| o.message.src == *src).map(|o| o.from);
        let host = if f.first.src == *src {
            Some(f.from)
        } else {
            copy
        };
        host.map_or_else(|| src.to_string(), |host| capital(self.name(host)))
    }

    /// How the pauses fit the timer; of those that do not, the first of each kind.
    fn pauses(&self, f: &Folded<'_>, telling: &mut Telling) {
        let lookup = self.material.lookup;
        let row = |m: &&Message| {
            let transaction = lookup.transaction(m.transaction?)?;
            Some((self.frame(m), row_of(transaction, m.id)?))
        };
        let rows: Vec<_> = f.repeats.iter().filter_map(row).collect();
        let is_due = |verdict: TimerVerdict| verdict == TimerVerdict::OnTime;
        let timer = rows.first().and_then(|(_, row)| row.timer);
        match timer {
            Some(timer)
                if rows.len() == f.repeats.len() && rows.iter().all(|(_, r)| is_due(r.verdict)) =>
            {
                let name = timer.name().replacen("Timer", "timer", 1);
                telling.say(format!("The pauses are those that {name} asks for."));
            }
            _ => {
                let mut seen = HashSet::new();
                let others = rows.iter().filter(|(_, row)| !is_due(row.verdict));
                for (frame, row) in others {
                    if seen.insert(row.verdict) {
                        telling.say(format!("{frame}: {}.", words(row)));
                    }
                }
            }
        }
    }

    /// Another address for media that a server writes into the session description.
    fn rewritten(&self, who: &str, (before, m): (&Message, &Message), telling: &mut Telling) {
        let (Some(old), Some(new)) = (&before.sdp, &m.sdp) else {
            return;
        };
        for (old, new) in old.media.iter().zip(&new.media).take(MOST_HOPS) {
            let same = (&old.connection, old.port) == (&new.connection, new.port);
            if let (false, Some(from), Some(to)) = (same, &old.connection, &new.connection) {
                telling.say(format!(
                    "{} writes another address for the {} into the SDP: {} port {} instead of {} port {}.",
                    capital(who),
                    kind_in_words(new),
                    clean(to),
                    new.port,
                    clean(from),
                    old.port
                ));
            }
        }
    }

    fn remember(&mut self, number: u32, f: &Folded<'a>) {
        let m = f.first;
        let call_id = m.call_id.as_deref();
        if m.kind == MessageKind::Request {
            let copies = self.requests.entry(exchange(m)).or_default();
            copies.push((number, m));
            copies.extend(f.onward.iter().map(|o| (number, o.message)));
            if let Some(sdp) = &m.sdp {
                self.offers.insert(exchange(m), sdp);
                if m.method.as_deref() == Some("INVITE") {
                    self.offered_by_invite.insert(call_id);
                }
            }
        }
        if let Some(sdp) = m.sdp.as_ref().filter(|_| !hides_body(m)) {
            let key = (call_id, m.src.address.as_str());
            let step = self.repeats_sdp(m).unwrap_or(number);
            self.last_described.insert(key, (step, sdp));
        }
        let tag = m.to.as_ref().and_then(|t| t.tag.as_deref());
        // The tag of a 100 makes no dialog (RFC 3261 §12.1).
        let tag = tag.filter(|_| m.status != Some(100));
        self.tags.extend(tag.map(|tag| (call_id, tag)));
        if let (Some(tag), Some(101..=299)) = (tag, m.status) {
            let tags = self.tags_of.entry(exchange(m)).or_default();
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let brings_offer = m.sdp.is_some() && self.turn(m) == Turn::Offer;
        if let (Some(200..=299), Some("INVITE"), true) =
            (m.status, m.method.as_deref(), brings_offer)
        {
            self.late_offers.insert((call_id, m.cseq, tag));
        }
        if let (Some(status @ 200..), Some("INVITE")) = (m.status, m.method.as_deref()) {
            self.ended.insert((call_id, m.cseq, tag), (number, status));
        }
        for challenge in self.carried(m).challenges {
            if let Some(nonce) = challenge.nonce {
                self.nonces.0.entry(nonce).or_insert(number);
            }
        }
    }
}

/// `INVITE`, `180 Ringing`.
fn what(m: &Message) -> String {
    match m.status {
        Some(code) => {
            let phrase = StatusCode::new(code).and_then(status::phrase);
            let own = || m.reason.as_deref().map(clean).unwrap_or_default();
            format!("{code} {}", phrase.map_or_else(own, str::to_owned))
        }
        None => clean(m.method.as_deref().unwrap_or("?")),
    }
}

/// Where a method is defined; `None` of one nobody knows.
pub(super) fn source_of_method(name: &str) -> Option<&'static str> {
    let known = method::METHODS.iter().find(|m| m.name == name)?;
    Some(known.source)
}

/// Without the article.
pub(super) fn bare(name: &str) -> String {
    name.strip_prefix("the ").unwrap_or(name).to_owned()
}

/// A sentence begins with a capital letter, a name as its owner writes it.
pub(super) fn capital(text: &str) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text.to_owned(),
    }
}
