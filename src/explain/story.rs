//! What happened in a call, in a handful of plain sentences that name their frames.

use super::Lookup;
use super::media::{codec_of, in_one_gap};
use super::names::party;
use super::words::{clean, counted, duration, listed};
use crate::call::{EndedBy, Outcome};
use crate::report::model::{Call, EndpointRef, Message, MessageKind, Stream, Timestamp};
use crate::types::Party;
use std::collections::{HashMap, HashSet};

/// Events told at most; the rest is in the ladder.
const MOST_EVENTS: usize = 12;
/// Codecs named in one sentence.
const MOST_CODECS: usize = 40;
/// Digits of one side told at most.
const MOST_DIGITS: usize = 200;

/// The call from its first INVITE to its end.
pub(crate) fn story(lookup: &Lookup<'_>, call: &Call) -> Vec<String> {
    let mut messages = lookup.messages(&call.messages);
    messages.retain(|m| m.capture_duplicate_of.is_none());
    messages.sort_by_key(|m| (m.time, m.id));
    let plot = Plot {
        call,
        caller: party(&call.caller),
        callee: party(&call.callee),
        messages,
        streams: lookup.streams_of_call(call.id),
    };
    let mut told = vec![(None, plot.beginning())];
    told.extend(plot.challenge());
    told.extend(plot.repeats());
    told.extend(plot.ringing());
    told.extend(plot.events());
    told.push((plot.decided(), plot.outcome()));
    if call.answer_time.is_some() {
        told.push((plot.media_time(), plot.media()));
        told.extend(plot.digits());
        let ending = plot.ending();
        told.sort_by_key(|(time, _)| *time);
        told.push((None, ending));
    } else {
        told.sort_by_key(|(time, _)| *time);
    }
    told.into_iter()
        .map(|(_, sentence)| sentence)
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// A sentence and when it begins to be true; `None` is before everything else.
type Told = (Option<Timestamp>, String);

struct Plot<'a> {
    call: &'a Call,
    caller: String,
    callee: String,
    messages: Vec<&'a Message>,
    streams: &'a [&'a Stream],
}

impl<'a> Plot<'a> {
    fn first(&self, wanted: impl Fn(&Message) -> bool) -> Option<&'a Message> {
        self.messages.iter().copied().find(|m| wanted(m))
    }

    fn invite(&self) -> Option<&'a Message> {
        self.first(|m| is_request(m, "INVITE"))
    }

    fn answer_to_invite(&self, wanted: impl Fn(u16) -> bool) -> Option<&'a Message> {
        self.first(|m| m.method.as_deref() == Some("INVITE") && m.status.is_some_and(&wanted))
    }

    fn beginning(&self) -> String {
        let Some(invite) = self.invite() else {
            return format!(
                "The capture begins within the call of {} to {}: its INVITE is not there.",
                self.caller, self.callee
            );
        };
        let offer = match &invite.sdp {
            Some(sdp) if !sdp.media.is_empty() && sdp.media.iter().all(|m| m.port == 0) => {
                " and offers no media (port 0)".into()
            }
            Some(sdp) => {
                let offered = sdp.media.iter().filter(|m| m.port != 0);
                let formats = offered.flat_map(|m| &m.formats);
                let names: Vec<String> = formats
                    .map(|f| clean(f.codec.as_deref().unwrap_or(&f.format)))
                    .collect();
                format!(" and offers {}", some(names))
            }
            None => " and leaves the offer to the other side".into(),
        };
        let (caller, callee) = (&self.caller, &self.callee);
        format!("{caller} calls {callee} (#{}){offer}.", invite.frame)
    }

    fn challenge(&self) -> Option<Told> {
        let asked = self.answer_to_invite(|s| s == 401 || s == 407)?;
        let status = asked.status?;
        let again = self.first(|m| {
            is_request(m, "INVITE") && m.time > asked.time && m.retransmission_of.is_none()
        });
        let then = match again {
            Some(m) => {
                let with = if m.has_credentials { "with" } else { "without" };
                format!(
                    "{} calls again, {with} credentials (#{}).",
                    self.caller, m.frame
                )
            }
            None => "no credentials follow.".into(),
        };
        let told = format!(
            "A password is asked for ({status}, #{}); {then}",
            asked.frame
        );
        Some((Some(asked.time), told))
    }

    fn repeats(&self) -> Option<Told> {
        let repeats = || {
            self.messages
                .iter()
                .filter(|m| m.retransmission_of.is_some())
        };
        let first = repeats().next()?;
        let n = match repeats().count() {
            1 => "One message is".into(),
            n => format!("{n} messages are"),
        };
        let told = format!("{n} sent again, first in #{}.", first.frame);
        Some((Some(first.time), told))
    }

    /// As the caller hears it: the response on the caller's own hop.
    fn ringing(&self) -> Option<Told> {
        let call = self.call;
        let at = |m: &Message| Some(m.time) == call.ringing_time;
        let of = |wanted: u16| {
            let is =
                |m: &Message| m.method.as_deref() == Some("INVITE") && m.status == Some(wanted);
            self.first(|m| is(m) && at(m)).or_else(|| self.first(is))
        };
        let rings = of(180).or_else(|| of(183))?;
        let what = match rings.status? {
            180 => "rings",
            _ => "reports progress",
        };
        let after = match call.post_dial_delay_s {
            Some(_) if at(rings) => {
                let since = (rings.time.0 - call.start_time.0).as_secs_f64();
                format!(" after {}", duration(since))
            }
            _ => String::new(),
        };
        let status = rings.status?;
        let told = format!(
            "{} {what}{after} ({status}, #{}).",
            self.callee, rings.frame
        );
        Some((Some(rings.time), told))
    }

    /// When the outcome was known.
    fn decided(&self) -> Option<Timestamp> {
        let call = self.call;
        let last = || self.messages.last().map(|m| m.time);
        call.answer_time.or(call.end_time).or_else(last)
    }

    fn media_time(&self) -> Option<Timestamp> {
        let first = self.streams.iter().map(|s| s.first_time).min();
        // Early media is told with the rest of it, after the answer.
        first.max(self.call.answer_time)
    }

    fn outcome(&self) -> String {
        let call = self.call;
        if call.answer_time.is_some() {
            return self.answer();
        }
        let refusal = self
            .messages
            .iter()
            .rev()
            .find(|m| m.method.as_deref() == Some("INVITE") && m.status == call.final_status)
            .filter(|_| call.final_status.is_some());
        let status = match (refusal, call.final_status) {
            (Some(m), Some(status)) => {
                let reason = m
                    .reason
                    .as_deref()
                    .map_or(String::new(), |r| format!(" {}", clean(r)));
                format!("{status}{reason}, #{}", m.frame)
            }
            (None, Some(status)) => status.to_string(),
            _ => String::new(),
        };
        let why = call
            .outcome_reason
            .as_deref()
            .map_or(String::new(), |r| format!(": {}", clean(r)));
        match call.outcome {
            Outcome::Cancelled => {
                let cancel = self.first(|m| is_request(m, "CANCEL"));
                let frame = cancel.map_or(String::new(), |m| format!(" (CANCEL #{})", m.frame));
                let rang = call.ring_time_s.map_or(String::new(), |s| {
                    format!(" after {} of ringing", duration(s))
                });
                let end = if status.is_empty() {
                    String::new()
                } else {
                    format!("; the INVITE ends with {status}")
                };
                format!("{} gives up{rang}{frame}{end}.", self.caller)
            }
            Outcome::Busy => format!("{} is busy ({status}).", self.callee),
            Outcome::Declined => format!("{} declines ({status}).", self.callee),
            Outcome::Timeout if status.is_empty() => {
                let sent = self
                    .messages
                    .iter()
                    .filter(|m| is_request(m, "INVITE"))
                    .count();
                let sent = counted(sent as u64, "INVITE", "INVITEs");
                format!("Nothing answers {sent}; the call fails{why}.")
            }
            Outcome::NoAnswer if call.ring_time_s.is_some() => format!(
                "{} rings for {}, and nobody answers ({status}).",
                self.callee,
                duration(call.ring_time_s.unwrap_or_default())
            ),
            Outcome::Ringing | Outcome::Incomplete => {
                format!("The capture ends before the call is decided{why}.")
            }
            _ if status.is_empty() => format!("The call fails{why}."),
            _ => format!("The call fails with {status}{why}."),
        }
    }

    fn answer(&self) -> String {
        let call = self.call;
        let is = |m: &Message| {
            m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s / 100 == 2)
        };
        // On the caller's own hop, where the set-up time is taken.
        let at = |m: &Message| Some(m.time) == call.answer_time;
        let answer = self.first(|m| is(m) && at(m)).or_else(|| self.first(is));
        let frame = answer.map_or(String::new(), |m| format!(" (200, #{})", m.frame));
        let after = self.call.setup_time_s.map_or(String::new(), |s| {
            format!(" {} after the call", duration(s))
        });
        let codecs: Vec<String> = self
            .call
            .media
            .iter()
            .filter_map(|m| m.codec.as_deref().map(clean))
            .collect();
        let agreed = match codecs.is_empty() {
            true => String::new(),
            false => {
                let are = if codecs.len() == 1 { "is" } else { "are" };
                format!("; {} {are} agreed", some(codecs))
            }
        };
        format!("{} answers{after}{frame}{agreed}.", self.callee)
    }

    fn media(&self) -> String {
        let side = |who| self.own_streams(who);
        let told = |name: &str, streams: &[&Stream]| {
            let sums = per_codec(streams);
            let left = sums.len().saturating_sub(MOST_CODECS);
            let mut parts: Vec<String> = sums
                .iter()
                .take(MOST_CODECS)
                .map(
                    |Sum {
                         codec,
                         packets,
                         lost,
                         late,
                         expected,
                         one_gap,
                     }| {
                        let loss = match (lost, expected) {
                            (0, _) | (_, 0) => "none lost".into(),
                            // Packet counts are exact in f64 below 2^53.
                            _ => format!(
                                "{lost} lost ({:.1} %)",
                                *lost as f64 / *expected as f64 * 100.0
                            ),
                        };
                        let packets = counted(*packets, "packet", "packets");
                        let late = match late {
                            0 => String::new(),
                            late => format!(", {late} too late to be played"),
                        };
                        let gap = if *one_gap { " in one gap" } else { "" };
                        format!("{packets} of {codec}, {loss}{gap}{late}")
                    },
                )
                .collect();
            if left > 0 {
                parts.push(counted(left as u64, "codec more", "codecs more"));
            }
            format!("{name} sends {}", parts.join(", "))
        };
        let (caller, callee) = (side(Party::Caller), side(Party::Callee));
        match (caller.is_empty(), callee.is_empty()) {
            (true, true) if self.streams.is_empty() => {
                "No RTP of this call is in the capture.".into()
            }
            (true, true) => format!(
                "{} in the capture, of unknown direction.",
                counted(
                    self.streams.len() as u64,
                    "RTP stream is",
                    "RTP streams are"
                )
            ),
            (false, false) => format!(
                "{}; {}.",
                told(&self.caller, &caller),
                told(&self.callee, &callee)
            ),
            (false, true) => format!(
                "{}; nothing from {} is in the capture.",
                told(&self.caller, &caller),
                self.callee
            ),
            (true, false) => format!(
                "{}; nothing from {} is in the capture.",
                told(&self.callee, &callee),
                self.caller
            ),
        }
    }

    /// The streams a party itself sends. A media relay repeats them on its other leg: those are not
    /// the party's own.
    fn own_streams(&self, who: Party) -> Vec<&'a Stream> {
        let all: Vec<&Stream> = self
            .streams
            .iter()
            .copied()
            .filter(|s| s.from == Some(who))
            .collect();
        let answer = |m: &&&Message| {
            m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s / 100 == 2)
        };
        // Each party's own message, nearest to it: the first INVITE, the first answer.
        let own = match who {
            Party::Caller => self.invite(),
            Party::Callee => self.messages.iter().find(answer).copied(),
        };
        let places: HashSet<(u16, &str)> = own
            .and_then(|m| m.sdp.as_ref())
            .into_iter()
            .flat_map(|sdp| {
                sdp.media
                    .iter()
                    .map(move |m| (m, sdp.connection.as_deref()))
            })
            .filter_map(|(m, whole)| Some((m.port, m.connection.as_deref().or(whole)?)))
            .collect();
        let announced = |s: &Stream| places.contains(&(s.src.port, &*s.src.address));
        let host = |s: &Stream| {
            own.is_some_and(|m| m.src.address == s.src.address && m.src.address != m.dst.address)
        };
        let targets: HashSet<&str> = self.streams.iter().map(|s| &*s.dst.address).collect();
        let received = |end: &EndpointRef| targets.contains(&*end.address);
        let first = all.first().map(|s| &s.src.address);
        for chosen in [
            all.iter().copied().filter(|s| host(s)).collect::<Vec<_>>(),
            all.iter().copied().filter(|s| announced(s)).collect(),
            all.iter().copied().filter(|s| !received(&s.src)).collect(),
        ] {
            if !chosen.is_empty() {
                return chosen;
            }
        }
        let from_first = all.iter().copied();
        from_first
            .filter(|s| Some(&s.src.address) == first)
            .collect()
    }

    fn events(&self) -> Vec<Told> {
        let events = self.call.events.iter().take(MOST_EVENTS);
        let mut told: Vec<Told> = events
            .map(|e| {
                let message = self.first(|m| Some(m.id) == e.message);
                let frame = message.map_or(String::new(), |m| format!(" (#{})", m.frame));
                let text = self.named(&clean(e.text.trim_end_matches('.')));
                (Some(e.time), format!("{text}{frame}."))
            })
            .collect();
        let left = self.call.events.iter().skip(MOST_EVENTS);
        if let Some(next) = left.clone().next() {
            let more = counted(left.count() as u64, "event", "events");
            told.push((
                Some(next.time),
                format!("{more} more: sipflow ladder FILE."),
            ));
        }
        told
    }

    /// `the caller` and `the callee` by name.
    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, name) in [("caller", &self.caller), ("callee", &self.callee)] {
            for the in ["the", "The"] {
                text = text.replace(&format!("{the} {word} "), &format!("{name} "));
            }
        }
        text
    }

    fn digits(&self) -> Vec<Told> {
        let mut told = Vec::new();
        for (side, name) in [(Party::Caller, &self.caller), (Party::Callee, &self.callee)] {
            let dialled = self.call.dtmf.iter();
            let dialled = dialled.filter(|d| d.from.unwrap_or(Party::Caller) == side);
            let first = dialled.clone().next().map(|d| d.time);
            let left = dialled.clone().skip(MOST_DIGITS).count();
            let digits: String = dialled.take(MOST_DIGITS).map(|d| clean(&d.digit)).collect();
            let more = match left {
                0 => String::new(),
                n => format!(" and {}", counted(n as u64, "digit more", "digits more")),
            };
            if !digits.is_empty() {
                told.push((first, format!("{name} dials {digits}{more}.")));
            }
        }
        told
    }

    fn ending(&self) -> String {
        let Some(bye) = self.first(|m| is_request(m, "BYE")) else {
            return "No BYE is in the capture.".into();
        };
        let who = match self.call.ended_by {
            Some(EndedBy::Caller) => self.caller.as_str(),
            Some(EndedBy::Callee) => self.callee.as_str(),
            Some(EndedBy::Network) | None => "the network",
        };
        let after = self
            .call
            .talk_time_s
            .map_or(String::new(), |s| format!(" after {}", duration(s)));
        let confirmed = match self.call.release_time_ms {
            Some(ms) => format!("; confirmed in {}", duration(ms / 1e3)),
            None => "; no response to it".into(),
        };
        format!("{who} hangs up{after} (BYE #{}){confirmed}.", bye.frame)
    }
}

/// Streams of one codec taken together.
#[derive(Default)]
struct Sum {
    codec: String,
    packets: u64,
    lost: u64,
    late: u64,
    expected: u64,
    /// All of the loss is one long interruption.
    one_gap: bool,
}

/// A sum for each codec, in order of appearance.
fn per_codec(streams: &[&Stream]) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for s in streams {
        let codec = codec_of(s);
        let at = *known.entry(codec).or_insert_with_key(|codec| {
            sums.push(Sum {
                codec: codec.clone(),
                ..Sum::default()
            });
            sums.len() - 1
        });
        if let Some(sum) = sums.get_mut(at) {
            sum.one_gap = (sum.lost == 0 && in_one_gap(s)) || (sum.one_gap && s.lost == 0);
            sum.packets += s.packets;
            sum.lost += s.lost;
            sum.late += s.late.unwrap_or(0);
            sum.expected += s.expected;
        }
    }
    sums
}

/// The names in a sentence, of many the first.
fn some(mut names: Vec<String>) -> String {
    let left = names.len().saturating_sub(MOST_CODECS);
    if left > 0 {
        names.truncate(MOST_CODECS);
        names.push(format!("{left} more"));
    }
    listed(&names)
}

fn is_request(m: &Message, method: &str) -> bool {
    m.kind == MessageKind::Request && m.method.as_deref() == Some(method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;

    #[test]
    fn a_proxied_call_is_told_from_invite_to_bye() {
        let report = fixtures::proxied();
        let lookup = Lookup::new(&report);
        assert_eq!(
            story(&lookup, &report.calls[0]),
            [
                "alice calls bob (#9) and offers PCMU, PCMA and telephone-event.",
                "A password is asked for (407, #10); alice calls again, with credentials (#12).",
                "bob rings after 122 ms (180, #16).",
                "bob answers 2.0 s after the call (200, #18); PCMU is agreed.",
                "alice sends 205 packets of PCMU, none lost; bob sends 204 packets of PCMU, 1 lost (0.5 %).",
                "alice dials 42#.",
                "bob hangs up after 4.1 s (BYE #630); confirmed in 62 ms.",
            ]
        );
    }

    #[test]
    fn what_a_relay_sends_on_is_not_counted_as_the_partys_own() {
        let mut report = fixtures::proxied();
        // alice (192.0.2.11) sends 205 to the relay (192.0.2.10), which sends them on to bob.
        let mut relayed = report.streams[0].clone();
        report.streams[0].dst.address = "192.0.2.10".into();
        relayed.id = 3;
        relayed.src.address = "192.0.2.10".into();
        report.streams.push(relayed);
        let lookup = Lookup::new(&report);
        let told = story(&lookup, &report.calls[0]);
        assert_eq!(
            told[4],
            "alice sends 205 packets of PCMU, none lost; bob sends 204 packets of PCMU, 1 lost (0.5 %)."
        );
    }

    #[test]
    fn late_packets_and_one_long_gap_are_told() {
        let mut report = fixtures::proxied();
        report.streams[0].late = Some(31);
        let b = &mut report.streams[1];
        (b.packets, b.expected, b.lost, b.max_lost_burst) = (100, 200, 100, 100);
        let lookup = Lookup::new(&report);
        assert_eq!(
            story(&lookup, &report.calls[0])[4],
            "alice sends 205 packets of PCMU, none lost, 31 too late to be played; \
             bob sends 100 packets of PCMU, 100 lost (50.0 %) in one gap."
        );
    }

    #[test]
    fn calls_that_came_to_nothing_say_how() {
        let report = fixtures::troubles();
        let lookup = Lookup::new(&report);
        let last = |call: usize| story(&lookup, &report.calls[call]).pop().unwrap();
        assert_eq!(
            last(1),
            "petr gives up after 6.2 s of ringing (CANCEL #2722); the INVITE ends with 487 \
             Request Terminated, #2724."
        );
        assert_eq!(last(2), "102 is busy (486 Busy \\x1b[5mHere, #2801).");
        assert_eq!(
            last(3),
            "Nothing answers 7 INVITEs; the call fails: no response."
        );
        assert_eq!(last(4), "The call fails with 404 Not Found, #3015.");
    }
}
