//! What a ladder shows: hosts in order, with names, and the messages and streams between them.

use crate::explain::Lookup;
use crate::explain::names::{party, user_of};
use crate::render::text::cut;
use crate::report::model::{
    Call, CallEvent, Dtmf, EndpointRef, Message, MessageKind, PartyRef, Registration, Stream,
};
use crate::types::Party;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A longer name of a party is cut: it stands over a column and in the note of each of its messages.
const LONGEST_NAME: usize = 60;

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Host {
    key: String,
    /// Whose host it is, or what it does: `alice`, `proxy`, `registrar`, `media`.
    pub(crate) name: String,
    /// Its address, with a port where one address is several hosts.
    pub(crate) address: String,
}

impl Host {
    /// What stands for hosts that have no column of their own.
    pub(crate) fn crowd(name: String, address: String) -> Host {
        Host {
            key: String::new(),
            name,
            address,
        }
    }
}

/// The players and the play.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) hosts: Vec<Host>,
    /// The column of each host by its key.
    columns: HashMap<String, usize>,
    /// Messages in time order, copies made by the capture left out.
    pub(crate) messages: Vec<&'a Message>,
    /// Streams in time order.
    pub(crate) streams: Vec<&'a Stream>,
    /// Digits dialled.
    pub(crate) digits: &'a [Dtmf],
    /// What happened in the call.
    pub(crate) events: &'a [CallEvent],
    /// Columns of caller and callee, where both are in the picture.
    pub(crate) ends: Option<(usize, usize)>,
    /// How many capture duplicates were left out.
    pub(crate) hidden_duplicates: usize,
    /// Addresses that stand for several hosts, told apart by port (a capture on one machine).
    split: HashSet<String>,
}

impl<'a> Scene<'a> {
    /// A call with its media.
    pub(crate) fn of_call(lookup: &Lookup<'a>, call: &'a Call) -> Scene<'a> {
        let streams = lookup.streams_of_call(call.id).to_vec();
        let mut scene = Scene::of_messages(lookup.messages(&call.messages), streams);
        let hops = call.legs.iter().flat_map(|leg| &leg.hops);
        let mut path: Vec<String> = hops.filter_map(|hop| scene.key_of_hop(hop)).collect();
        // A capture that begins within the call may begin with a response or with the callee's BYE.
        if let Some(caller) = scene.callers_host(call) {
            if path.is_empty() {
                path.push(caller);
            } else if path.last() == Some(&caller) {
                path.reverse();
            }
        }
        scene.place_hosts(path);
        let cast = Cast::of_call(&scene, lookup, call);
        cast.name(&mut scene.hosts);
        scene.digits = &call.dtmf;
        scene.events = &call.events;
        let last = scene.hosts.len().checked_sub(1);
        scene.ends = cast
            .caller
            .zip(cast.callee.or(last))
            .filter(|(a, b)| a != b);
        scene
    }

    /// The REGISTER traffic of one user.
    pub(crate) fn of_registration(lookup: &Lookup<'a>, registration: &'a Registration) -> Self {
        let ids: Vec<u32> = registration
            .attempts
            .iter()
            .flat_map(|a| a.messages.iter().copied())
            .collect();
        let mut scene = Scene::of_messages(lookup.messages(&ids), Vec::new());
        scene.place_hosts(Vec::new());
        let user = short(&user_of(&registration.aor));
        let (client, registrar) = (
            scene.key(&registration.client).into_owned(),
            scene.key(&registration.registrar).into_owned(),
        );
        for host in &mut scene.hosts {
            if host.key == *client {
                host.name = user.clone();
            } else if host.key == *registrar {
                host.name = "registrar".into();
            }
        }
        name_the_rest(&mut scene.hosts, "host");
        scene
    }

    fn of_messages(mut messages: Vec<&'a Message>, mut streams: Vec<&'a Stream>) -> Scene<'a> {
        let before = messages.len();
        messages.retain(|m| m.capture_duplicate_of.is_none());
        let hidden_duplicates = before - messages.len();
        messages.sort_by_key(|m| (m.time, m.id));
        streams.sort_by_key(|s| (s.first_time, s.id));
        let split = messages
            .iter()
            .filter(|m| m.src.address == m.dst.address)
            .map(|m| m.src.address.clone())
            .collect();
        Scene {
            hosts: Vec::new(),
            columns: HashMap::new(),
            messages,
            streams,
            digits: &[],
            events: &[],
            ends: None,
            hidden_duplicates,
            split,
        }
    }

    /// Where the caller is: the first message that names it in From or To. The request's sender is the
    /// From side, the response's sender the To side (RFC 3261 §8.1.1, §8.2.6).
    fn callers_host(&self, call: &Call) -> Option<String> {
        let names = |p: &Option<PartyRef>| p.as_ref().is_some_and(|p| p.uri == call.caller.uri);
        self.messages.iter().find_map(|m| {
            let request = m.kind == MessageKind::Request;
            let end = match (names(&m.from), names(&m.to)) {
                (true, _) if request => &m.src,
                (true, _) => &m.dst,
                (false, true) if request => &m.dst,
                (false, true) => &m.src,
                (false, false) => return None,
            };
            Some(self.key(end).into_owned())
        })
    }

    fn key<'e>(&self, endpoint: &'e EndpointRef) -> Cow<'e, str> {
        if self.split.contains(&endpoint.address) {
            endpoint.to_string().into()
        } else {
            endpoint.address.as_str().into()
        }
    }

    fn key_of_hop(&self, hop: &str) -> Option<String> {
        let (address, port) = hop.rsplit_once(':')?;
        let address = address.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok()?;
        let end = EndpointRef {
            address: address.into(),
            port,
        };
        Some(self.key(&end).into_owned())
    }

    /// Columns in the order the INVITE took, then of appearance; media hosts last.
    fn place_hosts(&mut self, path: Vec<String>) {
        let spoke: Vec<Cow<'_, str>> = self
            .messages
            .iter()
            .flat_map(|m| [self.key(&m.src), self.key(&m.dst)])
            .collect();
        let known: HashSet<&str> = spoke.iter().map(|key| &**key).collect();
        let media = self
            .streams
            .iter()
            .flat_map(|s| [&s.src, &s.dst])
            .filter(|e| !self.split.contains(&e.address))
            .map(|e| e.address.as_str());
        let mut hosts: Vec<Host> = Vec::new();
        let mut columns: HashMap<String, usize> = HashMap::new();
        let on_path = path.iter().map(String::as_str);
        let on_path = on_path.filter(|key| known.contains(key));
        let spoken = spoke.iter().map(|key| &**key);
        for key in on_path.chain(spoken).chain(media) {
            if !columns.contains_key(key) {
                columns.insert(key.to_owned(), hosts.len());
                hosts.push(Host {
                    key: key.to_owned(),
                    name: String::new(),
                    address: key.to_owned(),
                });
            }
        }
        self.hosts = hosts;
        self.columns = columns;
    }

    fn column_of_key(&self, key: &str) -> Option<usize> {
        self.columns.get(key).copied()
    }

    /// Columns a message goes from and to.
    pub(crate) fn columns(&self, m: &Message) -> Option<(usize, usize)> {
        let from = self.column_of_key(&self.key(&m.src))?;
        Some((from, self.column_of_key(&self.key(&m.dst))?))
    }

    /// Columns a stream goes from and to. On one machine ports do not tell: caller and callee do.
    pub(crate) fn stream_columns(&self, s: &Stream) -> Option<(usize, usize)> {
        if let (Some(a), Some(b)) = (
            self.column_of_key(&s.src.address),
            self.column_of_key(&s.dst.address),
        ) {
            return Some((a, b));
        }
        let (caller, callee) = self.ends?;
        match s.from? {
            Party::Caller => Some((caller, callee)),
            Party::Callee => Some((callee, caller)),
        }
    }

    /// The name over a column.
    pub(crate) fn name(&self, column: usize) -> &str {
        self.hosts.get(column).map_or("-", |h| h.name.as_str())
    }
}

/// Who plays which part in a call.
struct Cast {
    caller: Option<usize>,
    callee: Option<usize>,
    caller_name: String,
    callee_name: String,
    servers: HashSet<usize>,
    /// Columns that signalling came from or went to: the others have media alone.
    spoke: HashSet<usize>,
    middle: &'static str,
}

impl Cast {
    fn of_call(scene: &Scene<'_>, lookup: &Lookup<'_>, call: &Call) -> Cast {
        let mut invites: Vec<(&Message, usize, usize)> = scene
            .messages
            .iter()
            .filter(|m| m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE"))
            .filter_map(|m| scene.columns(m).map(|(a, b)| (*m, a, b)))
            .collect();
        // A callee that puts the call on hold sends INVITEs too; only those without a To tag show
        // the path.
        let initial = |m: &Message| m.to.as_ref().is_none_or(|t| t.tag.is_none());
        let from_the_start = invites.iter().any(|(m, ..)| initial(m));
        if from_the_start {
            invites.retain(|(m, ..)| initial(m));
        }
        let first = scene.messages.first().and_then(|m| scene.columns(m));
        let named = scene.callers_host(call);
        let caller = match invites.first().map(|(_, a, _)| *a) {
            Some(a) if from_the_start => Some(a),
            a => named
                .and_then(|key| scene.column_of_key(&key))
                .or(a)
                .or(first.map(|c| c.0)),
        };
        // Who was sent an INVITE, and who sent one to another than the caller: a proxy does both.
        let reached: HashSet<usize> = invites.iter().map(|(_, _, b)| *b).collect();
        let onward = invites.iter().filter(|(_, _, b)| Some(*b) != caller);
        let sent_on: HashSet<usize> = onward.map(|(_, a, _)| *a).collect();
        let acting = scene.messages.iter().filter(|m| shows_server(m));
        let acting: HashSet<usize> = acting
            .filter_map(|m| scene.columns(m).map(|(from, _)| from))
            .collect();
        let hosts = scene.hosts.iter().enumerate();
        let mut servers: HashSet<usize> = hosts
            .filter(|(i, host)| {
                let passes_on = sent_on.contains(i) && reached.contains(i);
                passes_on || acting.contains(i) || lookup.is_registrar(&host.address)
            })
            .map(|(i, _)| i)
            .filter(|i| Some(*i) != caller)
            .collect();
        // Who answered first from beyond the servers; else the last place the INVITE reached.
        let answered = |wanted: fn(u16) -> bool| {
            scene.messages.iter().find_map(|m| {
                let status = m.status.filter(|s| wanted(*s))?;
                let (from, _) = scene.columns(m)?;
                let invite = m.method.as_deref() == Some("INVITE");
                (status > 100 && invite && !servers.contains(&from)).then_some(from)
            })
        };
        let callee = answered(|s| (200..300).contains(&s))
            .or_else(|| answered(|_| true))
            .or_else(|| server_that_answers_itself(scene))
            .or_else(|| {
                let to = invites.iter().rev().map(|(_, _, b)| *b);
                to.into_iter().find(|b| !servers.contains(b))
            })
            .filter(|i| Some(*i) != caller);
        if let Some(callee) = callee {
            servers.remove(&callee);
        }
        let spoke: HashSet<usize> = scene
            .messages
            .iter()
            .filter_map(|m| scene.columns(m))
            .flat_map(|(a, b)| [a, b])
            .collect();
        Cast {
            caller,
            callee,
            caller_name: short(&party(&call.caller)),
            callee_name: short(&party(&call.callee)),
            servers,
            spoke,
            middle: if call.call_ids.len() > 1 {
                "b2bua"
            } else {
                "proxy"
            },
        }
    }

    fn name(&self, hosts: &mut [Host]) {
        let numbered = self.servers.len() > 1;
        let mut server = 0;
        for (i, host) in hosts.iter_mut().enumerate() {
            if Some(i) == self.caller {
                host.name = self.caller_name.clone();
            } else if Some(i) == self.callee {
                host.name = self.callee_name.clone();
            } else if self.servers.contains(&i) {
                server += 1;
                host.name = match numbered {
                    true => format!("{} {server}", self.middle),
                    false => self.middle.into(),
                };
            } else if !self.spoke.contains(&i) {
                host.name = "media".into();
            }
        }
        name_the_rest(hosts, &self.callee_name);
    }
}

fn short(name: &str) -> String {
    cut(name, LONGEST_NAME, "..")
}

/// True where `m` is what servers send and phones do not.
fn shows_server(m: &Message) -> bool {
    let Some(status) = m.status else { return false };
    matches!(status, 401 | 407 | 404 | 483) || names_a_server(m)
}

fn names_a_server(m: &Message) -> bool {
    let product = m.user_agent.as_deref().unwrap_or("").to_ascii_lowercase();
    let names = [
        "kamailio",
        "opensips",
        "openser",
        "asterisk",
        "freeswitch",
        "pbx",
        "proxy",
    ];
    names.iter().any(|n| product.contains(n))
}

/// A PBX whose own 2xx to the INVITE names it: it is the callee (voicemail, echo test, a B2BUA whose
/// other side is not in the capture).
fn server_that_answers_itself(scene: &Scene<'_>) -> Option<usize> {
    scene.messages.iter().find_map(|m| {
        let answer = m.status.is_some_and(|s| (200..300).contains(&s))
            && m.method.as_deref() == Some("INVITE")
            && names_a_server(m);
        scene.columns(m).filter(|_| answer).map(|(from, _)| from)
    })
}

/// Gives `name`, numbered, to hosts that have none.
fn name_the_rest(hosts: &mut [Host], name: &str) {
    let mut taken = hosts.iter().filter(|h| h.name == name).count();
    for host in hosts.iter_mut().filter(|h| h.name.is_empty()) {
        taken += 1;
        host.name = match taken {
            1 => name.into(),
            n => format!("{name} {n}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures;
    use crate::report::model::Report;

    fn names(report: &Report) -> Vec<(String, String)> {
        let lookup = Lookup::new(report);
        let scene = Scene::of_call(&lookup, &report.calls[0]);
        let hosts = scene.hosts.iter();
        hosts.map(|h| (h.name.clone(), h.address.clone())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(n, a): &(&str, &str)| (n.to_string(), a.to_string());
        expected.iter().map(pair).collect()
    }

    #[test]
    fn on_one_machine_hosts_are_told_apart_by_port_and_media_by_its_sender() {
        let mut report = fixtures::proxied();
        let port = |address: &str| match address {
            "192.0.2.11" => 5061,
            "192.0.2.12" => 5062,
            _ => 5060,
        };
        for m in &mut report.messages {
            for end in [&mut m.src, &mut m.dst] {
                end.port = port(&end.address);
                end.address = "127.0.0.1".into();
            }
        }
        for s in &mut report.streams {
            s.src.address = "127.0.0.1".into();
            s.dst.address = "127.0.0.1".into();
        }
        report.registrations.clear();
        report.calls[0].legs[0].hops = ["127.0.0.1:5061", "127.0.0.1:5060", "127.0.0.1:5062"]
            .map(String::from)
            .to_vec();
        assert_eq!(
            names(&report),
            pairs(&[
                ("alice", "127.0.0.1:5061"),
                ("proxy", "127.0.0.1:5060"),
                ("bob", "127.0.0.1:5062")
            ])
        );
        let lookup = Lookup::new(&report);
        let scene = Scene::of_call(&lookup, &report.calls[0]);
        assert_eq!(scene.stream_columns(scene.streams[0]), Some((0, 2)));
        assert_eq!(scene.stream_columns(scene.streams[1]), Some((2, 0)));
    }

    #[test]
    fn who_responds_first_in_a_capture_is_the_callee() {
        let mut report = fixtures::proxied();
        // Only bob's 180 to the proxy is there: To names bob, who sends it.
        let ringing = report.messages.iter().position(|m| m.frame == 15).unwrap();
        report.messages = vec![report.messages[ringing].clone()];
        report.registrations.clear();
        report.calls[0].messages = vec![report.messages[0].id];
        report.calls[0].legs[0].hops = vec!["192.0.2.12:5060".into(), "192.0.2.10:5060".into()];
        report.streams.clear();
        assert_eq!(
            names(&report),
            pairs(&[("alice", "192.0.2.10"), ("bob", "192.0.2.12")])
        );
    }

    #[test]
    fn of_two_phones_called_the_one_that_answers_has_the_name() {
        let mut report = fixtures::proxied();
        // The INVITE to bob (#14) also goes to a second phone, which rings first.
        let (mut invite, mut ringing) = (report.messages[13].clone(), report.messages[14].clone());
        invite.dst.address = "192.0.2.13".into();
        ringing.src.address = "192.0.2.13".into();
        let later = invite.time.0 + crate::types::Delta::from_millis(1);
        ringing.time = later.into();
        for mut m in [invite, ringing] {
            m.id = report.messages.len() as u32 + 1;
            report.calls[0].messages.push(m.id);
            report.messages.push(m);
        }
        assert_eq!(
            names(&report),
            pairs(&[
                ("alice", "192.0.2.11"),
                ("proxy", "192.0.2.10"),
                ("bob", "192.0.2.12"),
                ("bob 2", "192.0.2.13")
            ])
        );
    }

    #[test]
    fn a_proxy_that_refuses_is_not_named_as_the_callee() {
        let report = fixtures::troubles();
        let lookup = Lookup::new(&report);
        let last = |call: usize| {
            let scene = Scene::of_call(&lookup, &report.calls[call]);
            scene.hosts.last().unwrap().name.clone()
        };
        // 404 comes from a server; a host that never answered is taken for the callee's.
        assert_eq!(last(4), "proxy 6");
        assert_eq!(last(3), "nobody");
    }
}
