//! Who plays which part in a call: read off who sent an INVITE, who passed it on and who answered.

use super::Lookup;
use super::names::{party, user_of};
use super::redirect::followed;
use super::scene::{Host, Role};
use super::stage::Stage;
use super::standing::B2BUA;
use crate::report::model::{Call, EndpointRef, Message, MessageKind};
use std::collections::HashSet;
use std::sync::Arc;

/// Who plays which part in a call.
pub(super) struct Cast {
    pub(super) caller: Option<usize>,
    pub(super) callee: Option<usize>,
    /// Who sent the caller elsewhere, where somebody else was called then.
    redirector: Option<usize>,
    caller_name: Arc<str>,
    /// Who is called first, and who in the end.
    called: Arc<str>,
    callee_name: Arc<str>,
    servers: HashSet<usize>,
    /// The caller's address as a NAT shows it.
    beyond_nat: Option<usize>,
    /// Places that signalling came from or went to: the others have media alone.
    spoke: HashSet<usize>,
    /// Phones that legs of the server's reach, by the name each was called by.
    reached: Vec<(usize, Arc<str>)>,
    /// What the hosts between them are.
    middle: (Role, &'static str),
}

impl Cast {
    pub(super) fn of_call(stage: &Stage<'_>, lookup: &Lookup<'_>, call: &Call) -> Cast {
        let mut invites: Vec<(&Message, usize, usize)> = stage
            .messages
            .iter()
            .filter(|m| m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE"))
            .filter_map(|m| stage.way_of(m).map(|(a, b)| (*m, a, b)))
            .collect();
        // A callee that puts the call on hold sends INVITEs too; only those without a To tag show
        // the path.
        let initial = |m: &Message| m.to.as_ref().is_none_or(|t| t.tag.is_none());
        let from_the_start = invites.iter().any(|(m, ..)| initial(m));
        if from_the_start {
            invites.retain(|(m, ..)| initial(m));
        }
        let first = stage.messages.first().and_then(|m| stage.way_of(m));
        let named = stage.callers_host(call);
        let caller = match invites.first().map(|(_, a, _)| *a) {
            Some(a) if from_the_start => Some(a),
            a => named.or(a).or(first.map(|c| c.0)),
        };
        // Who was sent an INVITE, and who sent one to another than the caller: a proxy does both.
        let reached: HashSet<usize> = invites.iter().map(|(_, _, b)| *b).collect();
        let onward = invites.iter().filter(|(_, _, b)| Some(*b) != caller);
        let sent_on: HashSet<usize> = onward.map(|(_, a, _)| *a).collect();
        // A phone may ask for a password with 401; it answers the INVITE itself (RFC 3261 §22.1, §22.2).
        let answering = stage.messages.iter().filter(|m| answers_invite(m));
        let answering = answering.filter_map(|m| stage.way_of(m).map(|(from, _)| from));
        let answering: HashSet<usize> = answering.filter(|i| !sent_on.contains(i)).collect();
        let acting = stage.messages.iter().filter(|m| shows_server(m));
        let acting: HashSet<usize> = acting
            .filter_map(|m| stage.way_of(m).map(|(from, _)| (m, from)))
            .filter(|(m, from)| {
                m.status != Some(401) || names_a_server(m) || !answering.contains(from)
            })
            .map(|(_, from)| from)
            .collect();
        let passing = stage.messages.iter().filter(|m| is_passed_on(m));
        let passing = passing.filter_map(|m| stage.way_of(m).map(|(from, _)| from));
        let passing: HashSet<usize> = passing.collect();
        let hosts = stage.hosts.iter().enumerate();
        let mut servers: HashSet<usize> = hosts
            .filter(|(i, host)| {
                let passes_on = sent_on.contains(i) && reached.contains(i) || passing.contains(i);
                passes_on || acting.contains(i) || lookup.is_registrar(&host.address)
            })
            .map(|(i, _)| i)
            .filter(|i| Some(*i) != caller)
            .collect();
        let beyond = Beyond::of(stage, caller);
        servers.extend(beyond.forwards.iter().filter(|i| Some(**i) != caller));
        let legs = LegPlaces::of(stage, call, &invites);
        let caller = legs.caller().or(caller);
        servers.extend(legs.servers());
        servers.retain(|i| Some(*i) != caller);
        // Who answered first from beyond the servers; else the last place the INVITE reached.
        let answered = |wanted: fn(u16) -> bool| {
            stage.messages.iter().find_map(|m| {
                let status = m.status.filter(|s| wanted(*s))?;
                let (from, _) = stage.way_of(m)?;
                let invite = m.method.as_deref() == Some("INVITE");
                (status > 100 && invite && !servers.contains(&from)).then_some(from)
            })
        };
        let followed = followed(&stage.messages);
        let went_on = followed.as_ref().filter(|_| !answered_by_any(stage));
        let callee = answered(|s| (200..300).contains(&s))
            .or_else(|| Some(stage.way_of(went_on?.invite)?.1))
            .or_else(|| answered(|_| true))
            .or(beyond.answering)
            .or_else(|| server_that_answers_itself(stage))
            .or_else(|| {
                let to = invites.iter().rev().map(|(_, _, b)| *b);
                to.into_iter().find(|b| !servers.contains(b))
            })
            .filter(|i| Some(*i) != caller);
        if let Some(callee) = callee {
            servers.remove(&callee);
        }
        let spoke: HashSet<usize> = stage
            .messages
            .iter()
            .filter_map(|m| stage.way_of(m))
            .flat_map(|(a, b)| [a, b])
            .chain(beyond.phones)
            .collect();
        let redirector = followed
            .as_ref()
            .and_then(|f| Some(stage.way_of(f.redirect)?.0));
        let redirector = redirector.filter(|i| Some(*i) != callee);
        let called = party(&call.callee);
        let callee_name = match &followed {
            Some(f) if redirector.is_some() => f.name.clone(),
            _ => called.clone(),
        };
        Cast {
            redirector: redirector.filter(|i| !servers.contains(i)),
            called: called.into(),
            caller,
            callee,
            caller_name: party(&call.caller).into(),
            callee_name: callee_name.into(),
            reached: legs.reached(&servers, caller),
            beyond_nat: beyond_nat(&invites, caller),
            servers,
            spoke,
            middle: if call.legs.len() > 1 {
                (Role::B2bua, B2BUA)
            } else {
                (Role::Proxy, "proxy")
            },
        }
    }

    pub(super) fn name(&self, hosts: &mut [Host], lookup: &Lookup<'_>) {
        let numbered = self.servers.len() > 1;
        let mut server = 0;
        for (i, host) in hosts.iter_mut().enumerate() {
            // A PBX is not the person it stands for in one call: in the next it stands for another.
            let shared = lookup.shared_host(&host.address).map(Arc::from);
            if Some(i) == self.caller {
                host.play(
                    Role::Caller,
                    shared.unwrap_or_else(|| self.caller_name.clone()),
                );
            } else if Some(i) == self.callee {
                let reached = self.reached.iter().find(|(at, _)| *at == i);
                let reached = reached.filter(|_| self.redirector.is_none());
                let name = reached.map_or(&self.callee_name, |(_, name)| name);
                host.play(Role::Callee, shared.unwrap_or_else(|| name.clone()));
            } else if Some(i) == self.beyond_nat {
                host.play(Role::Caller, self.caller_name.clone());
                host.number = Some(2);
            } else if Some(i) == self.redirector {
                host.play(Role::Callee, self.called.clone());
                host.number = (self.called == self.callee_name).then_some(2);
            } else if self.servers.contains(&i) {
                server += 1;
                let (role, name) = self.middle;
                host.play(role, name.into());
                host.number = numbered.then_some(server);
            } else if !self.spoke.contains(&i) {
                host.play(Role::Media, "media".into());
            }
        }
        for (i, name) in &self.reached {
            let taken = hosts.iter().filter(|h| h.name == *name).count();
            if let Some(host) = hosts.get_mut(*i).filter(|h| h.name.is_empty()) {
                host.play(Role::Callee, name.clone());
                host.number = (taken > 0).then_some(taken + 1);
            }
        }
        name_the_rest(hosts, Role::Callee, &self.callee_name);
    }
}

/// The hosts of a call's legs, where it has several: a server between made all but the caller's.
struct LegPlaces {
    legs: Vec<Vec<usize>>,
    /// Whom each leg's INVITE is for.
    names: Vec<Option<Arc<str>>>,
}

impl LegPlaces {
    fn of(stage: &Stage<'_>, call: &Call, invites: &[(&Message, usize, usize)]) -> LegPlaces {
        let several = call.legs.len() > 1;
        let legs = call.legs.iter().filter(|_| several);
        let legs: Vec<(&str, Vec<usize>)> = legs
            .map(|leg| (leg.call_id.as_str(), stage.places_of_leg(leg)))
            .collect();
        let names = legs.iter().map(|(call_id, places)| {
            let own = |m: &Message, from: usize| {
                m.call_id.as_deref() == Some(*call_id) && places.first() == Some(&from)
            };
            let invite = invites.iter().find(|(m, from, _)| own(m, *from));
            let to = invite.and_then(|(m, ..)| m.to.as_ref());
            to.map(|to| user_of(&to.uri).into())
        });
        LegPlaces {
            names: names.collect(),
            legs: legs.into_iter().map(|(_, places)| places).collect(),
        }
    }

    fn caller(&self) -> Option<usize> {
        self.legs.first()?.first().copied()
    }

    /// Where the caller's leg ends, and where the others come from and pass.
    fn servers(&self) -> impl Iterator<Item = usize> + '_ {
        let ends = self
            .legs
            .iter()
            .enumerate()
            .flat_map(|(i, leg)| match (i, leg.split_last()) {
                (0, Some((last, _))) => std::slice::from_ref(last),
                (_, Some((_, before))) => before,
                _ => &[],
            });
        ends.copied()
    }

    fn reached(&self, servers: &HashSet<usize>, caller: Option<usize>) -> Vec<(usize, Arc<str>)> {
        let onward = self.legs.iter().zip(&self.names).skip(1);
        let phones = onward.filter_map(|(leg, name)| Some((*leg.last()?, name.clone()?)));
        phones
            .filter(|(at, _)| !servers.contains(at) && Some(*at) != caller)
            .collect()
    }
}

/// Phones behind a host that only forwards: in its responses to the INVITE, Record-Route has its own address and
/// Contact that of a phone (RFC 3261 §12.1.1, §16.6).
#[derive(Default)]
struct Beyond {
    forwards: HashSet<usize>,
    /// Where the phones are, as far as media shows them.
    phones: Vec<usize>,
    /// The one that answered.
    answering: Option<usize>,
}

impl Beyond {
    fn of(stage: &Stage<'_>, caller: Option<usize>) -> Beyond {
        let mut beyond = Beyond::default();
        for m in &stage.messages {
            let is_it = m.method.as_deref() == Some("INVITE")
                && m.status.is_some_and(|s| (101..300).contains(&s));
            let own = |route: &String| host_in(route) == m.src.address;
            if !is_it || !m.record_routes.iter().any(own) {
                continue;
            }
            let contact = m.contacts.first().map(|c| host_in(c));
            let contact = contact.filter(|host| !host.is_empty() && *host != m.src.address);
            let (Some(host), Some((from, _))) = (contact, stage.way_of(m)) else {
                continue;
            };
            let phone = stage.place(&EndpointRef {
                address: host,
                port: 0,
            });
            // Where nothing of the phone is in the capture, the host goes by its name.
            let Some(phone) = phone.filter(|at| *at != from && Some(*at) != caller) else {
                continue;
            };
            beyond.forwards.insert(from);
            if !beyond.phones.contains(&phone) {
                beyond.phones.push(phone);
            }
            if answers_invite(m) {
                beyond.answering.get_or_insert(phone);
            }
        }
        beyond
    }
}

fn answered_by_any(stage: &Stage<'_>) -> bool {
    stage.messages.iter().any(|m| answers_invite(m))
}

/// The host of a URI, with or without angle brackets.
pub(super) fn host_in(uri: &str) -> String {
    let inner = uri.split_once('<').map_or(uri, |(_, rest)| rest);
    let inner = inner.split('>').next().unwrap_or(inner);
    let host = crate::sip::Uri::parse(inner.as_bytes()).host_addr();
    host.map(|h| h.to_string()).unwrap_or_default()
}

fn answers_invite(m: &Message) -> bool {
    m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| (200..300).contains(&s))
}

/// Where the caller's own INVITE is seen again, from another address to the same host: behind a NAT.
fn beyond_nat(invites: &[(&Message, usize, usize)], caller: Option<usize>) -> Option<usize> {
    let (first, _, to) = invites.iter().find(|(_, a, _)| Some(*a) == caller)?;
    let tag = |m: &Message| m.from.as_ref().and_then(|p| p.tag.clone());
    let same = |m: &Message| {
        m.branch.is_some() && (&m.branch, m.cseq, tag(m)) == (&first.branch, first.cseq, tag(first))
    };
    let mut others = invites.iter().filter(|(_, a, _)| Some(*a) != caller);
    let (_, beyond, _) = others.find(|(m, a, b)| b == to && a != to && same(m))?;
    let passes_on = invites.iter().any(|(_, _, b)| b == beyond);
    (!passes_on).then_some(*beyond)
}

/// A request with the Via of another host below that of its sender (RFC 3261 §16.6 item 8).
fn is_passed_on(m: &Message) -> bool {
    m.kind == MessageKind::Request && m.vias.len() > 1
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
fn server_that_answers_itself(stage: &Stage<'_>) -> Option<usize> {
    stage.messages.iter().find_map(|m| {
        let answer = m.status.is_some_and(|s| (200..300).contains(&s))
            && m.method.as_deref() == Some("INVITE")
            && names_a_server(m);
        stage.way_of(m).filter(|_| answer).map(|(from, _)| from)
    })
}

/// Gives role and `name`, numbered, to hosts that have none.
pub(super) fn name_the_rest(hosts: &mut [Host], role: Role, name: &Arc<str>) {
    let is_taken = |h: &&Host| h.number.is_none() && h.name == *name;
    let mut taken = hosts.iter().filter(is_taken).count();
    for host in hosts.iter_mut().filter(|h| h.name.is_empty()) {
        taken += 1;
        host.play(role, name.clone());
        host.number = (taken > 1).then_some(taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Scene, What};
    use crate::report::fixtures;
    use crate::report::model::Report;

    fn names(report: &Report) -> Vec<(String, String)> {
        let lookup = Lookup::new(report);
        let scene = Scene::of_call(&lookup, &report.calls[0]);
        let hosts = scene.hosts.iter();
        hosts.map(|h| (h.to_string(), h.address.clone())).collect()
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
        let media = scene.arrows.iter().find_map(|a| match &a.what {
            What::Media(media) => Some(media),
            _ => None,
        });
        let senders: Vec<usize> = media.unwrap().ways.iter().map(|w| w.from).collect();
        assert_eq!(senders, [0, 2]);
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
    fn the_address_a_nat_shows_is_the_callers_too() {
        let mut report = fixtures::proxied();
        let first = report.messages.iter_mut().find(|m| m.frame == 9).unwrap();
        first.branch = Some("z9hG4bK9".into());
        let mut beyond = first.clone();
        beyond.id = report.messages.len() as u32 + 1;
        beyond.src.address = "198.51.100.10".into();
        report.calls[0].messages.push(beyond.id);
        report.messages.push(beyond);
        assert!(names(&report).contains(&("alice 2".into(), "198.51.100.10".into())));
    }

    #[test]
    fn a_host_that_only_forwards_has_not_the_name_of_the_phone_behind_it() {
        let mut report = fixtures::proxied();
        report.registrations.clear();
        let own = |m: &Message| [&m.src, &m.dst].iter().any(|e| e.address == "192.0.2.11");
        report.messages.retain(own);
        for m in report.messages.iter_mut().filter(|m| m.status.is_some()) {
            m.user_agent = None;
            m.record_routes = vec!["<sip:192.0.2.10;lr>".into()];
            m.contacts = vec!["<sip:bob@192.0.2.12:5060>".into()];
        }
        report.messages.retain(|m| m.status != Some(407));
        report.calls[0].legs[0].hops = vec!["192.0.2.11:5060".into(), "192.0.2.10:5060".into()];
        assert_eq!(
            names(&report),
            pairs(&[
                ("alice", "192.0.2.11"),
                ("proxy", "192.0.2.10"),
                ("bob", "192.0.2.12")
            ])
        );
    }

    #[test]
    fn a_proxy_that_refuses_is_not_named_as_the_callee() {
        let report = fixtures::troubles();
        let lookup = Lookup::new(&report);
        let last = |call: usize| {
            let scene = Scene::of_call(&lookup, &report.calls[call]);
            scene.hosts.last().unwrap().to_string()
        };
        // 404 comes from a server; a host that never answered is taken for the callee's.
        assert_eq!(last(4), "proxy 6");
        assert_eq!(last(3), "nobody");
    }
}
