//! A call or a registration as a play: hosts, and what goes between them in time order.

use super::cast::{Cast, name_the_rest};
use super::names::user_of;
use super::stage::Stage;
use super::standing::B2BUA;
use super::text::{FrameName, Text};
use super::words::{counted, number};
use super::{Ink, Lookup, arrows, beside};
use crate::call::RegisterKind;
use crate::call::{LinkResult, LinkRole};
use crate::report::model::{Call, CallLink, EndpointRef, Registration, Timestamp};
use crate::types::OtherProtocol;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Who is in it, and what goes between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// In the order the first INVITE took, then of appearance; hosts of media alone last.
    pub hosts: Vec<Host>,
    /// In time order; copies made by the capture left out.
    pub arrows: Vec<Arrow>,
    /// Caller and callee, by their place in `hosts`, where both are in the picture.
    pub ends: Option<(usize, usize)>,
    /// How many copies made by the capture were left out.
    pub hidden_duplicates: usize,
}

/// Someone who sends or receives.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Whose host it is, or what it does: `alice`, `proxy`, `registrar`, `media`. Safe to show, and as
    /// long as a packet made it.
    pub name: Arc<str>,
    /// Tells it from others of the name.
    pub number: Option<usize>,
    /// Its part.
    pub role: Role,
    /// Its address, with a port where one address is several hosts.
    pub address: String,
}

/// The part a host has in a call or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Who calls.
    Caller,
    /// Who is called; of several the one that answered has no number.
    Callee,
    /// A server that passes one call on.
    Proxy,
    /// A server that makes a call of its own for the one it got.
    B2bua,
    /// Who registers.
    Client,
    /// Where it registers.
    Registrar,
    /// Media goes through it, and no signalling.
    Media,
    /// None of these is known.
    Other,
    /// Several hosts, drawn as one.
    Crowd,
}

/// What goes from one host to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// When it begins.
    pub time: Timestamp,
    /// The packet it is known by: the one that completes a message, the first of a stream; `None` for
    /// digits.
    pub frame: Option<FrameName>,
    /// From which host, by its place in [`Scene::hosts`].
    pub from: usize,
    /// To which.
    pub to: usize,
    /// What it is.
    pub what: What,
    /// Whether it calls for attention.
    pub ink: Ink,
}

/// What an arrow stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A SIP message.
    Message(Said),
    /// RTP, one way or both.
    Media(Media),
    /// Digits sent within RTP, dialled in one go.
    Digits(String),
    /// What went by a protocol beside RTP, all of it in one arrow.
    Beside(Beside),
    /// A timer that has ended at its host; only where timers are asked for.
    Waited(Waited),
}

/// A timer that has ended without what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Waited {
    /// `Timer B ends`.
    pub label: String,
    /// Since when, and what did not pass.
    pub sentence: Text,
}

/// What went between two hosts by a protocol beside RTP.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The protocol.
    pub protocol: OtherProtocol,
    /// Who sent how much, the one on the left first.
    pub ways: Vec<Sender>,
    /// What came of it, in a few words; may be empty. Safe to show.
    pub gist: String,
}

/// A sender of a [`Beside`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The host, by its place in [`Scene::hosts`].
    pub from: usize,
    /// Packets.
    pub packets: u64,
}

impl Beside {
    /// `T.38, 2 pages`.
    pub fn label(&self) -> String {
        match self.gist.is_empty() {
            true => self.protocol.name().to_owned(),
            false => format!("{}, {}", self.protocol.name(), self.gist),
        }
    }
}

impl Sender {
    /// `12 packets`.
    pub fn figures(&self) -> String {
        counted(self.packets, "packet", "packets")
    }
}

/// A SIP message: what it is, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its id in the report.
    pub message: u32,
    /// Its method, of a response that of its request; `?` where it names none.
    pub method: String,
    /// The number of its CSeq.
    pub cseq: Option<u32>,
    /// The status of a response.
    pub status: Option<u16>,
    /// Its reason phrase.
    pub reason: Option<String>,
    /// True where it describes media.
    pub has_sdp: bool,
    /// What it means: `alice calls, offers PCMU, PCMA`. Names its hosts.
    pub sentence: Text,
    /// The same in two or three words, where they say more than method and status: its codecs, or that
    /// it is a repeat. May be empty.
    pub gist: Text,
}

/// A stream, or the two of one conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Encrypted (SRTP).
    pub secure: bool,
    /// The codecs: `PCMU`, `PCMU+PCMA`; `PCMU/GSM` where the ways differ.
    pub codec: String,
    /// One way or both, the one that goes from left to right first.
    pub ways: Vec<Way>,
}

/// One stream of a [`Media`].
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Its id in the report.
    pub stream: u32,
    /// The host that sends, by its place in [`Scene::hosts`].
    pub from: usize,
    /// Packets received.
    pub packets: u64,
    /// Packets lost.
    pub lost: u64,
    /// All of the loss is one long interruption.
    pub in_one_gap: bool,
    /// Packets too late for a jitter buffer of 60 ms.
    pub late: Option<u64>,
    /// Mean interarrival jitter.
    pub jitter_mean_ms: Option<f64>,
}

impl Scene {
    /// A call with its media.
    pub fn of_call(lookup: &Lookup<'_>, call: &Call) -> Scene {
        let streams = lookup.streams_of_call(call.id).to_vec();
        let mut stage = Stage::of(lookup.messages(&call.messages), streams);
        let beside = call.other_media.iter();
        stage.beside = beside.filter(|o| beside::is_on_stage(o)).collect();
        stage.place_hosts(stage.path_of(call));
        let takes =
            |l: &CallLink| l.role == LinkRole::ReplacedBy && l.result == LinkResult::Succeeded;
        stage.is_taken = call.answer_time.is_none() && call.links.iter().any(takes);
        let cast = Cast::of_call(&stage, lookup, call);
        cast.name(&mut stage.hosts, lookup);
        beside::name_servers(&mut stage, call);
        let is_server = |h: &Host| {
            matches!(h.role, Role::B2bua | Role::Proxy) || lookup.shared_host(&h.address).is_some()
        };
        let hosts = stage.hosts.iter().enumerate();
        let servers = hosts.filter(|(_, h)| is_server(h)).map(|(at, _)| at);
        stage.servers = servers.collect();
        let last = stage.hosts.len().checked_sub(1);
        let ends = cast
            .caller
            .zip(cast.callee.or(last))
            .filter(|(a, b)| a != b);
        let mut arrows = arrows::of_messages(&stage, &call.events);
        arrows.extend(arrows::of_streams(&stage, ends));
        arrows.extend(beside::of_other(&stage, call, ends));
        arrows.extend(
            ends.iter()
                .flat_map(|ends| arrows::of_digits(&call.dtmf, *ends)),
        );
        arrows.sort_by_key(|arrow| arrow.time);
        name_files(&mut arrows, lookup);
        Scene {
            hosts: stage.hosts,
            arrows,
            ends,
            hidden_duplicates: stage.hidden_duplicates,
        }
    }

    /// Hosts by address with their names, of a call that goes through a server which makes calls of its own: what
    /// each leg carries is told by the hosts at its ends. Empty for other calls.
    pub(crate) fn names_between(lookup: &Lookup<'_>, call: &Call) -> HashMap<String, String> {
        let ends = lookup.streams_of_call(call.id).iter();
        let mut ends = ends.flat_map(|s| [&s.src.address, &s.dst.address]);
        let is_between = |end: &String| lookup.shared_host(end) == Some(B2BUA);
        let may_be_leg = !call.possible_legs.is_empty();
        if call.legs.len() < 2 && !may_be_leg && !ends.any(is_between) {
            return HashMap::new();
        }
        let scene = Scene::of_call(lookup, call);
        let named = scene.hosts.iter();
        named.map(|h| (h.address.clone(), h.to_string())).collect()
    }

    /// The REGISTER traffic of one user.
    pub fn of_registration(lookup: &Lookup<'_>, registration: &Registration) -> Scene {
        let attempts = registration.attempts.iter();
        let ids: Vec<u32> = attempts.flat_map(|a| a.messages.iter().copied()).collect();
        let mut stage = Stage::of(lookup.messages(&ids), Vec::new());
        let attempts = registration.attempts.iter();
        let removals = attempts.filter(|a| a.kind == RegisterKind::Unregister);
        stage.removals = removals.flat_map(|a| a.messages.iter().copied()).collect();
        stage.place_hosts(Vec::new());
        let client = stage.place(&registration.client);
        let registrar = stage.place(&registration.registrar);
        let user: Arc<str> = user_of(&registration.aor).into();
        for (i, host) in stage.hosts.iter_mut().enumerate() {
            if Some(i) == client {
                host.play(Role::Client, user.clone());
            } else if Some(i) == registrar {
                host.play(Role::Registrar, "registrar".into());
            }
        }
        name_the_rest(&mut stage.hosts, Role::Other, &"host".into());
        let mut arrows = arrows::of_messages(&stage, &[]);
        name_files(&mut arrows, lookup);
        Scene {
            arrows,
            hosts: stage.hosts,
            ends: None,
            hidden_duplicates: stage.hidden_duplicates,
        }
    }

    /// Requests outside calls. `named` has names for ends; another one is called by its address.
    pub(super) fn of_requests(
        lookup: &Lookup<'_>,
        ids: &[u32],
        named: &dyn Fn(&EndpointRef) -> Option<String>,
    ) -> Scene {
        let messages = lookup.messages(ids);
        let ends: Vec<EndpointRef> = messages
            .iter()
            .flat_map(|m| [m.src.clone(), m.dst.clone()])
            .collect();
        let mut stage = Stage::of(messages, Vec::new());
        stage.place_hosts(Vec::new());
        for end in &ends {
            let Some(at) = stage.place(end) else {
                continue;
            };
            let name: Option<Arc<str>> = named(end).map(Into::into);
            let taken = |name: &Arc<str>| stage.hosts.iter().any(|h| h.name == *name);
            let name = name.filter(|name| !taken(name));
            if let Some(host) = stage.hosts.get_mut(at)
                && host.name.is_empty()
            {
                let role = match name.as_deref() {
                    Some("proxy" | "server") => Role::Proxy,
                    _ => Role::Other,
                };
                let address: Arc<str> = host.address.as_str().into();
                host.play(role, name.unwrap_or(address));
            }
        }
        let mut arrows = arrows::of_messages(&stage, &[]);
        name_files(&mut arrows, lookup);
        Scene {
            arrows,
            hosts: stage.hosts,
            ends: None,
            hidden_duplicates: stage.hidden_duplicates,
        }
    }

    /// True where no message of it is in the report.
    pub fn is_silent(&self) -> bool {
        !self
            .arrows
            .iter()
            .any(|a| matches!(a.what, What::Message(_)))
    }
}

/// With the file of each packet, where there are several.
fn name_files(arrows: &mut [Arrow], lookup: &Lookup<'_>) {
    for arrow in arrows {
        if let Some(name) = &arrow.frame {
            arrow.frame = Some(lookup.frame_name(name.source, name.frame));
        }
        if let What::Message(said) = &mut arrow.what {
            said.sentence.name_files(&lookup.files);
            said.gist.name_files(&lookup.files);
        }
    }
}

impl Host {
    /// A host whose part is not known yet.
    pub(super) fn at(address: &str) -> Host {
        Host {
            name: "".into(),
            number: None,
            role: Role::Other,
            address: address.to_owned(),
        }
    }

    pub(super) fn play(&mut self, role: Role, name: Arc<str>) {
        (self.role, self.name) = (role, name);
    }
}

/// Its name with its number: `proxy`, `bob 2`.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{} {number}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Way {
    /// `205 packets, lost 31 in one gap, late 2, jitter 1.4 ms`.
    pub fn figures(&self) -> String {
        let gap = if self.in_one_gap { " in one gap" } else { "" };
        let late = match self.late {
            Some(late @ 1..) => format!(", late {late}"),
            _ => String::new(),
        };
        format!(
            "{}, lost {}{gap}{late}, jitter {} ms",
            counted(self.packets, "packet", "packets"),
            self.lost,
            number(self.jitter_mean_ms, 1),
        )
    }
}
