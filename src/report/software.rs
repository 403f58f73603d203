//! Which software each host runs, as far as a message proves who made it.
//!
//! A proxy passes on a response with the Server header of another host, so the sender of a message is not always who
//! names itself in it. Nobody passes on a 100 (RFC 3261 §16.7), a request with one Via is its sender's own, and what a
//! response gives as the Contact is the address of who made it.

use super::model;
use crate::pipeline::SeenMessage;
use crate::sip::{Message, StartLine, Uri};
use crate::types::{Endpoint, Flow, HostAddr, MessageId, Method};
use foldhash::fast::RandomState;
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

/// Ends of which the software is remembered; and pairs of an end and a host.
const MOST: usize = 4096;
/// Longer names are no names.
const LONGEST: usize = 200;
/// An end that named itself so often is not asked again, but for once on each way.
const ENOUGH: u8 = 16;
/// Messages of one way that are looked at: a proxy may pass on many before it makes one.
const LOOKS: u8 = 64;

/// What one end says of itself.
#[derive(Debug)]
struct Named {
    /// As sent; `None` where it said this and that.
    software: Option<Box<[u8]>>,
    /// It stands in a 100, which no copy of another host's header gets into.
    is_own: bool,
    message: MessageId,
    times: u8,
}

/// The ends seen so far.
#[derive(Debug, Default)]
pub(super) struct SoftwareSeen {
    ends: HashMap<Endpoint, Named, RandomState>,
    /// Messages still to be looked at of each way: of most messages nothing is read.
    looks: HashMap<(Endpoint, HostAddr), u8, RandomState>,
    /// Who sent whom a message of its own, for servers that make a call with the header of the one they got.
    ways: HashSet<(HostAddr, HostAddr), RandomState>,
}

impl SoftwareSeen {
    /// A message in the order of the capture.
    pub(super) fn saw(&mut self, seen: &SeenMessage<'_>) {
        // A copy made by the capture itself tells nothing new.
        if seen.duplicate_of.is_none() {
            self.saw_message(seen.flow, seen.id, seen.message);
        }
    }

    fn saw_message(&mut self, flow: Flow, id: MessageId, m: &Message<'_>) {
        let src = flow.src;
        let way = (src, flow.dst.addr);
        let has_room = self.looks.len() < MOST;
        let looks = match self.looks.entry(way) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) if has_room => new.insert(LOOKS),
            Entry::Vacant(_) => return,
        };
        if *looks == 0 {
            return;
        }
        *looks -= 1;
        let software = is_made_by(m, src).then(|| m.user_agent());
        let Some(software) = software.flatten().filter(|s| s.len() <= LONGEST) else {
            return;
        };
        self.ways.insert((src.addr, flow.dst.addr));
        let is_own = is_trying(m);
        let named = self.ends.entry(src).or_insert_with(|| Named {
            software: Some((*software).into()),
            is_own,
            message: id,
            times: 0,
        });
        named.times = named.times.saturating_add(1);
        if named.times >= ENOUGH {
            *looks = 0;
        }
        let is_same = named.software.as_deref() == Some(&*software);
        match (is_same, named.is_own, is_own) {
            (true, _, _) => named.is_own |= is_own,
            // What it says in a 100 counts more than what may be another's.
            (false, true, false) => {}
            (false, false, true) => {
                named.software = Some((*software).into());
                named.is_own = true;
                named.message = id;
            }
            (false, _, _) => named.software = None,
        }
    }

    /// A row a host, in the order they were heard: with a port where the ends of one address differ.
    pub(super) fn hosts(&self) -> Vec<model::Host> {
        let mut ends: Vec<(&Endpoint, &Named)> = self.ends.iter().collect();
        ends.sort_unstable_by_key(|(_, named)| named.message);
        let mut rows: Vec<model::Host> = Vec::new();
        let mut done: HashSet<HostAddr, RandomState> = HashSet::default();
        let mut of_addr: HashMap<HostAddr, Vec<(&Endpoint, &Named)>, RandomState> =
            HashMap::default();
        for (end, named) in &ends {
            of_addr.entry(end.addr).or_default().push((end, named));
        }
        let copies = self.copies(&ends);
        for (end, _) in &ends {
            if !done.insert(end.addr) {
                continue;
            }
            let same = of_addr.get(&end.addr).map_or(&[][..], Vec::as_slice);
            let software = |named: &Named| named.software.clone();
            let first = same.first().and_then(|(_, named)| software(named));
            let is_one = same.iter().all(|(_, named)| software(named) == first);
            let shown = if is_one {
                same.get(..1).unwrap_or_default()
            } else {
                same
            };
            for (end, named) in shown {
                let Some(software) = named.software.as_deref() else {
                    continue;
                };
                if copies.contains(&end.addr) && !named.is_own {
                    continue;
                }
                rows.push(model::Host {
                    address: end.addr.to_string(),
                    port: (!is_one).then_some(end.port),
                    software: String::from_utf8_lossy(software).into_owned(),
                    message: named.message.get(),
                });
            }
        }
        rows
    }

    /// Hosts between two others that say the same as the one they are called by: it may be that one's name.
    fn copies(&self, ends: &[(&Endpoint, &Named)]) -> HashSet<HostAddr, RandomState> {
        /// Hosts remembered that one sends to: a third is neither itself nor who calls it.
        const APART: usize = 3;
        let mut says: HashMap<HostAddr, HashSet<&[u8], RandomState>, RandomState> =
            HashMap::default();
        for (end, named) in ends {
            says.entry(end.addr)
                .or_default()
                .extend(named.software.as_deref());
        }
        let mut onward: HashMap<HostAddr, Vec<HostAddr>, RandomState> = HashMap::default();
        for (from, to) in &self.ways {
            let onward = onward.entry(*from).or_default();
            if onward.len() < APART {
                onward.push(*to);
            }
        }
        let is_copy = |(from, host): &&(HostAddr, HostAddr)| {
            let onward = onward.get(host).map_or(&[][..], Vec::as_slice);
            let same = says.get(from).zip(says.get(host));
            from != host
                && onward.iter().any(|to| to != from && to != host)
                && same.is_some_and(|(a, b)| !a.is_disjoint(b))
        };
        self.ways
            .iter()
            .filter(is_copy)
            .map(|(_, host)| *host)
            .collect()
    }
}

/// True where the sender made the message, whatever else is between.
fn is_made_by(m: &Message<'_>, src: Endpoint) -> bool {
    match &m.start {
        // A proxy makes these too, of what it got.
        StartLine::Request {
            method: Method::Ack | Method::Cancel,
            ..
        } => false,
        StartLine::Request { .. } => m.vias().take(2).count() == 1,
        StartLine::Response { .. } if is_trying(m) => true,
        // The Contacts of a REGISTER's 200 are the client's.
        StartLine::Response { .. } if m.transaction_method() == Some(Method::Register) => false,
        StartLine::Response { .. } => {
            let contact = m.contacts().next();
            contact.and_then(|c| Uri::parse(c.addr.uri).host_addr()) == Some(src.addr.ip())
        }
    }
}

fn is_trying(m: &Message<'_>) -> bool {
    m.status().is_some_and(|s| s.get() == 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Framing, parse_message};
    use crate::types::Scope;

    /// `from to | text`: host numbers of 192.0.2.0/24, and a message whose lines end in `;;`.
    fn hosts(messages: &[(u8, u8, &str)]) -> Vec<String> {
        let mut seen = SoftwareSeen::default();
        for ((from, to, text), n) in messages.iter().zip(0..) {
            let end = |host: u8| Endpoint {
                addr: HostAddr::v4([192, 0, 2, host]),
                port: 5060,
            };
            let (src, dst) = (end(*from), end(*to));
            let text = text.replace(";;", "\r\n") + "\r\n\r\n";
            let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
            let scope = Scope::default();
            seen.saw_message(Flow { src, dst, scope }, MessageId::after(n), &m);
        }
        let rows = seen.hosts().into_iter();
        rows.map(|h| format!("{} {}", h.address, h.software))
            .collect()
    }

    const INVITE: &str = "INVITE sip:b@192.0.2.10 SIP/2.0;;Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa;;CSeq: 1 INVITE;;User-Agent: Linphone/4.4";
    const PASSED_ON: &str = "INVITE sip:b@192.0.2.12 SIP/2.0;;Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKp;;Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa;;CSeq: 1 INVITE;;User-Agent: Linphone/4.4";
    const TRYING: &str = "SIP/2.0 100 Trying;;Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa;;CSeq: 1 INVITE;;Server: Kamailio 5.6";
    const ANSWER: &str = "SIP/2.0 200 OK;;Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa;;CSeq: 1 INVITE;;Contact: <sip:b@192.0.2.12>;;Server: Yealink T46";

    #[test]
    fn each_host_has_the_software_of_the_messages_that_it_made() {
        let call = [
            (11, 10, INVITE),
            (10, 11, TRYING),
            (10, 12, PASSED_ON),
            (12, 10, ANSWER),
            (10, 11, ANSWER),
        ];
        let expected = [
            "192.0.2.11 Linphone/4.4",
            "192.0.2.10 Kamailio 5.6",
            "192.0.2.12 Yealink T46",
        ];
        assert_eq!(hosts(&call), expected);
    }

    #[test]
    fn a_proxy_is_not_taken_for_what_it_passes_on() {
        // Only the caller's side is captured: whose 200 that is, its Contact tells.
        assert_eq!(
            hosts(&[(11, 10, INVITE), (10, 11, ANSWER)]),
            ["192.0.2.11 Linphone/4.4"]
        );
        assert_eq!(hosts(&[(10, 12, PASSED_ON)]), [""; 0]);
        let challenge = "SIP/2.0 401 Unauthorized;;Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa;;CSeq: 1 REGISTER;;Server: X";
        assert_eq!(hosts(&[(10, 11, challenge)]), [""; 0]);
    }

    #[test]
    fn a_server_that_calls_with_the_header_it_got_and_a_host_of_two_names_are_not_named() {
        let own = INVITE.replace("192.0.2.11", "192.0.2.10");
        let copied = [(11, 10, INVITE), (10, 12, &*own)];
        assert_eq!(hosts(&copied), ["192.0.2.11 Linphone/4.4"]);
        // What it says of itself it says in a 100.
        let tried = [(11, 10, INVITE), (10, 11, TRYING), (10, 12, &*own)];
        assert_eq!(
            hosts(&tried),
            ["192.0.2.11 Linphone/4.4", "192.0.2.10 Kamailio 5.6"]
        );
        let other = INVITE.replace("Linphone/4.4", "baresip");
        assert_eq!(hosts(&[(11, 10, INVITE), (11, 10, &*other)]), [""; 0]);
        // Two phones of one kind that call each other are two phones.
        let back = [(11, 12, INVITE), (12, 11, INVITE)];
        assert_eq!(hosts(&back).len(), 2);
    }
}
