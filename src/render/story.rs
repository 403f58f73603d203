//! What happened in a call, in a handful of plain sentences that name their frames.

use super::lookup::Lookup;
use super::names::{codec_of, party};
use super::text::{clean, counted, duration, listed};
use crate::report::model::{Call, Message, Stream};

/// Events told at most; the rest is in the ladder.
const MOST_EVENTS: usize = 3;

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
    let mut told = vec![plot.beginning()];
    told.extend(plot.challenge());
    told.extend(plot.repeats());
    told.extend(plot.ringing());
    told.push(plot.outcome());
    if call.answer_time.is_some() {
        told.push(plot.media());
        told.extend(plot.events());
        told.extend(plot.digits());
        told.push(plot.ending());
    }
    told.retain(|sentence| !sentence.is_empty());
    told
}

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
            Some(sdp) => {
                let formats = sdp.media.iter().flat_map(|m| &m.formats);
                let names: Vec<String> = formats
                    .map(|f| clean(f.codec.as_deref().unwrap_or(&f.format)))
                    .collect();
                format!(" and offers {}", listed(&names))
            }
            None => " and leaves the offer to the other side".into(),
        };
        let (caller, callee) = (&self.caller, &self.callee);
        format!("{caller} calls {callee} (#{}){offer}.", invite.frame)
    }

    fn challenge(&self) -> Option<String> {
        let asked = self.answer_to_invite(|s| s == 401 || s == 407)?;
        let status = asked.status?;
        let again = self.first(|m| {
            is_request(m, "INVITE") && m.time > asked.time && m.retransmission_of.is_none()
        });
        let then = match again {
            Some(m) => format!(
                "{} calls again, with credentials (#{}).",
                self.caller, m.frame
            ),
            None => "no credentials follow.".into(),
        };
        Some(format!(
            "A password is asked for ({status}, #{}); {then}",
            asked.frame
        ))
    }

    fn repeats(&self) -> Option<String> {
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
        Some(format!("{n} sent again, first in #{}.", first.frame))
    }

    fn ringing(&self) -> Option<String> {
        let rings = self
            .answer_to_invite(|s| s == 180)
            .or_else(|| self.answer_to_invite(|s| s == 183))?;
        let status = rings.status?;
        let what = if status == 180 {
            "rings"
        } else {
            "reports progress"
        };
        let after = self
            .call
            .post_dial_delay_s
            .map_or(String::new(), |s| format!(" after {}", duration(s)));
        Some(format!(
            "{} {what}{after} ({status}, #{}).",
            self.callee, rings.frame
        ))
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
        match call.outcome.as_str() {
            "cancelled" => {
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
            "busy" => format!("{} is busy ({status}).", self.callee),
            "declined" => format!("{} declines ({status}).", self.callee),
            "timeout" if status.is_empty() => {
                let sent = self
                    .messages
                    .iter()
                    .filter(|m| is_request(m, "INVITE"))
                    .count();
                let sent = counted(sent as u64, "INVITE", "INVITEs");
                format!("Nothing answers {sent}; the call fails{why}.")
            }
            "ringing" | "incomplete" => {
                format!("The capture ends before the call is decided{why}.")
            }
            _ if status.is_empty() => format!("The call fails{why}."),
            _ => format!("The call fails with {status}{why}."),
        }
    }

    fn answer(&self) -> String {
        let answer = self.answer_to_invite(|s| (200..300).contains(&s));
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
            false => format!("; {} is agreed", listed(&codecs)),
        };
        format!("{} answers{after}{frame}{agreed}.", self.callee)
    }

    fn media(&self) -> String {
        let side = |who: &str| -> Vec<&&Stream> {
            let streams = self.streams.iter();
            streams.filter(|s| s.from.as_deref() == Some(who)).collect()
        };
        let told = |name: &str, streams: &[&&Stream]| {
            let packets: u64 = streams.iter().map(|s| s.packets).sum();
            let lost: u64 = streams.iter().map(|s| s.lost).sum();
            let expected: u64 = streams.iter().map(|s| s.expected).sum();
            let codec = streams.first().map_or(String::new(), |s| codec_of(s));
            let loss = match (lost, expected) {
                (0, _) | (_, 0) => "none lost".into(),
                // Packet counts are exact in f64 below 2^53.
                _ => format!(
                    "{lost} lost ({:.1} %)",
                    lost as f64 / expected as f64 * 100.0
                ),
            };
            format!(
                "{name} sends {} of {codec}, {loss}",
                counted(packets, "packet", "packets")
            )
        };
        let (caller, callee) = (side("caller"), side("callee"));
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

    fn events(&self) -> Vec<String> {
        let events = self.call.events.iter().take(MOST_EVENTS);
        let mut told: Vec<String> = events
            .map(|e| {
                let message = self.first(|m| Some(m.id) == e.message);
                let frame = message.map_or(String::new(), |m| format!(" (#{})", m.frame));
                format!("{}{frame}.", clean(e.text.trim_end_matches('.')))
            })
            .collect();
        let more = self.call.events.len().saturating_sub(MOST_EVENTS);
        if more > 0 {
            told.push(format!("{} more.", counted(more as u64, "event", "events")));
        }
        told
    }

    fn digits(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (side, name) in [("caller", &self.caller), ("callee", &self.callee)] {
            let dialled = self.call.dtmf.iter();
            let dialled = dialled.filter(|d| d.from.as_deref().unwrap_or("caller") == side);
            let digits: String = dialled.map(|d| clean(&d.digit)).collect();
            if !digits.is_empty() {
                told.push(format!("{name} dials {digits}."));
            }
        }
        told
    }

    fn ending(&self) -> String {
        let Some(bye) = self.first(|m| is_request(m, "BYE")) else {
            return "No BYE is in the capture.".into();
        };
        let who = match self.call.ended_by.as_deref() {
            Some("caller") => self.caller.as_str(),
            Some("callee") => self.callee.as_str(),
            _ => "the network",
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

fn is_request(m: &Message, method: &str) -> bool {
    m.kind == "request" && m.method.as_deref() == Some(method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures;

    #[test]
    fn a_proxied_call_is_told_from_invite_to_bye() {
        let report = fixtures::proxied();
        let lookup = Lookup::new(&report);
        assert_eq!(
            story(&lookup, &report.calls[0]),
            [
                "alice calls bob (#9) and offers PCMU, PCMA and telephone-event.",
                "A password is asked for (407, #10); alice calls again, with credentials (#12).",
                "bob rings after 122 ms (180, #15).",
                "bob answers 2.0 s after the call (200, #17); PCMU is agreed.",
                "alice sends 205 packets of PCMU, none lost; bob sends 204 packets of PCMU, 1 lost (0.5 %).",
                "alice dials 42#.",
                "bob hangs up after 4.1 s (BYE #630); confirmed in 62 ms.",
            ]
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
