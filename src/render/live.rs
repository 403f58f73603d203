//! A capture while it runs: a line a message, a line a change of a call, and the capture's own health.

use super::clock::{Reference, time_column};
use super::style::{Ink, Style};
use super::text::{Align, cut, pad, width};
use crate::call::CallState;
use crate::explain::words::{clean, counted, in_digits};
use crate::explain::{change, names};
use crate::report::model::{EndpointRef, Message, Timestamp};
use crate::report::{Change, WatchedCall};
use std::io::{self, Write};

/// A shorter beginning of a Call-ID tells nothing apart: it is left out.
const SHORT_CALL_ID: usize = 12;
/// Below this many columns of a terminal lines leave out what can be guessed: the INVITE of an answer.
const NARROW: usize = 110;

/// One line a message. Columns grow with what they have seen.
#[derive(Clone, Debug)]
pub struct LiveLines {
    style: Style,
    /// Lines are cut at the width, Call-IDs to their beginning: for a terminal.
    cut: bool,
    narrow: bool,
    source: usize,
    destination: usize,
    what: usize,
    who: usize,
    first: Option<Timestamp>,
    previous_message: Option<Timestamp>,
    previous_line: Option<Timestamp>,
}

impl LiveLines {
    /// Lines of that look; `cut` on a terminal.
    pub fn new(style: &Style, cut: bool) -> Self {
        let narrow = cut && style.columns() < NARROW;
        let (host, what, who) = if narrow { (15, 14, 8) } else { (16, 22, 16) };
        LiveLines {
            style: *style,
            cut,
            narrow,
            source: host,
            destination: host,
            what,
            who,
            first: None,
            previous_message: None,
            previous_line: None,
        }
    }

    /// A message went by, printed or not: relative times count from the first, deltas from the one before.
    pub fn saw(&mut self, time: Timestamp) {
        self.first.get_or_insert(time);
        self.previous_message = Some(time);
    }

    /// `15:45:56.123  192.0.2.11:5060 -> 192.0.2.10:5060  INVITE (SDP)  alice -> bob  3c1e9a0b4f12..`
    pub fn message(&mut self, m: &Message, w: &mut dyn Write) -> io::Result<()> {
        let time = self.time(m.time);
        let mut what = what(m, self.narrow);
        if self.cut {
            let most = if self.narrow { 14 } else { 28 };
            what = cut(&what, most, self.style.ellipsis());
        }
        let who = who(m);
        let call_id = m.call_id.as_deref().map_or_else(|| "-".to_owned(), clean);
        let (src, dst) = (m.src.to_string(), m.dst.to_string());
        self.source = self.source.max(width(&src));
        self.destination = self.destination.max(width(&dst));
        // A long reason phrase pushes the line once, not all lines after it.
        self.what = self
            .what
            .max(width(&what).min(if self.narrow { 14 } else { 24 }));
        self.who = self.who.max(width(&who).min(24));
        let mut line = format!(
            "{time}  {} {} {}  {}  {}",
            pad(&src, self.source, Align::Left),
            self.arrow(),
            pad(&dst, self.destination, Align::Left),
            pad(&what, self.what, Align::Left),
            pad(&who, self.who, Align::Left),
        );
        let room = self.style.columns().saturating_sub(width(&line) + 2);
        if !self.cut {
            line += &format!("  {call_id}");
        } else if room >= SHORT_CALL_ID {
            line += &format!("  {}", cut(&call_id, room, self.style.ellipsis()));
        }
        if m.retransmission_of.is_some() {
            line += " [repeat]";
        }
        if m.capture_duplicate_of.is_some() {
            line += " [capture duplicate]";
        }
        self.write(&line, ink(m), w)
    }

    /// A step of a call or a registration.
    pub fn change(
        &mut self,
        time: Timestamp,
        change: &Change,
        w: &mut dyn Write,
    ) -> io::Result<()> {
        let (text, ink) = match change {
            Change::Call { call, reason } => {
                let (what, ink) = change::of_call(time, call, reason.as_deref());
                let hop = match call.state {
                    CallState::Calling => self.hop(call),
                    _ => String::new(),
                };
                (format!("{}  {what}{hop}", self.name(call)), ink)
            }
            Change::Closed(call, outcome) => {
                let (what, ink) = change::of_closed_call(*outcome);
                (format!("{}  {what}", self.name(call)), ink)
            }
            Change::Registration {
                aor,
                outcome,
                status,
                reason,
            } => {
                let (what, ink) = change::of_registration(*outcome, *status, reason.as_deref());
                (format!("{}  {what}", user_of(aor)), ink)
            }
        };
        let line = format!("{}  {text}", self.time(time));
        self.write(&line, ink, w)
    }

    /// `, 192.0.2.11 -> 192.0.2.10`
    fn hop(&self, c: &WatchedCall) -> String {
        let (src, dst) = hosts(&c.hop);
        format!(", {src} {} {dst}", self.arrow())
    }

    fn name(&self, c: &WatchedCall) -> String {
        format!(
            "call {}  {} {} {}",
            c.call.get(),
            user_of(&c.caller),
            self.arrow(),
            user_of(&c.callee)
        )
    }

    /// How the media of a call that is going on is doing.
    pub fn media(
        &mut self,
        time: Timestamp,
        call: &WatchedCall,
        directions: &[DirectionNow],
        w: &mut dyn Write,
    ) -> io::Result<()> {
        let mut line = format!("{}  {}  ", self.time(time), self.name(call));
        let mut ink = Ink::Dim;
        if directions.is_empty() {
            line += "no RTP";
            ink = Ink::Warning;
        }
        let texts: Vec<String> = directions.iter().map(DirectionNow::to_text).collect();
        line += &texts.join("; ");
        if directions.iter().any(|d| d.lost > 0) {
            ink = Ink::Warning;
        }
        self.write(&line, ink, w)
    }

    fn write(&mut self, line: &str, ink: Ink, w: &mut dyn Write) -> io::Result<()> {
        let line = line.trim_end();
        let line = if self.cut {
            cut(line, self.style.columns(), self.style.ellipsis())
        } else {
            line.to_owned()
        };
        writeln!(w, "{}", self.style.paint(ink, &line))
    }

    fn time(&mut self, t: Timestamp) -> String {
        let at = Reference {
            first: self.first,
            previous_message: self.previous_message,
            previous_line: self.previous_line.replace(t),
        };
        time_column(t, &self.style, at, 3)
    }

    fn arrow(&self) -> &'static str {
        if self.style.ascii { "->" } else { "→" }
    }
}

/// One direction of a call's media, now.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectionNow {
    /// Who sends: a user, or an address.
    pub from: String,
    /// Packets so far.
    pub packets: u64,
    /// Lost so far.
    pub lost: u64,
    /// Packets expected so far.
    pub expected: u64,
    /// The jitter estimate now, in ms.
    pub jitter_ms: Option<f64>,
}

impl DirectionNow {
    fn to_text(&self) -> String {
        let lost = if self.lost == 0 {
            "none lost".to_owned()
        } else {
            let percent = self.lost as f64 / self.expected.max(1) as f64 * 100.0;
            format!("{} lost ({percent:.1} %)", in_digits(self.lost))
        };
        let jitter = self
            .jitter_ms
            .map_or_else(String::new, |ms| format!(", jitter {ms:.1} ms"));
        format!(
            "from {} {} packets, {lost}{jitter}",
            clean(&self.from),
            in_digits(self.packets)
        )
    }
}

/// What a capture says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Packets that passed the filter and were read.
    pub packets: u64,
    /// Packets dropped by the kernel for want of buffer.
    pub dropped: u64,
    /// Packets dropped by the interface or its driver.
    pub dropped_by_interface: u64,
    /// SIP messages.
    pub messages: u64,
    /// Call-IDs followed now.
    pub open_call_ids: u64,
    /// RTP streams followed now.
    pub open_streams: u64,
    /// Bytes written by `-w`; 0 without it.
    pub saved_bytes: u64,
    /// Resident memory, in bytes; `None` where the system does not tell.
    pub resident_bytes: Option<u64>,
}

/// `12345 packets (none dropped), 120 SIP messages; open: 3 Call-IDs, 4 streams; 24 MiB resident, 1.2 MB saved`
pub fn health(h: &Health) -> String {
    let dropped = if h.dropped + h.dropped_by_interface == 0 {
        "none dropped".to_owned()
    } else {
        format!(
            "{} dropped by the kernel, {} by the interface",
            in_digits(h.dropped),
            in_digits(h.dropped_by_interface)
        )
    };
    let mut line = format!(
        "{} ({dropped}), {}; open: {}, {}",
        counted(h.packets, "packet", "packets"),
        counted(h.messages, "SIP message", "SIP messages"),
        counted(h.open_call_ids, "Call-ID", "Call-IDs"),
        counted(h.open_streams, "stream", "streams"),
    );
    if let Some(bytes) = h.resident_bytes {
        line += &format!("; {} MiB resident", bytes >> 20);
    }
    if h.saved_bytes > 0 {
        line += &format!(", {:.1} MB saved", h.saved_bytes as f64 / 1e6);
    }
    line
}

/// The user part of a URI, else its host; safe to print.
pub fn user_of(uri: &str) -> String {
    names::user_of(uri)
}

/// Addresses, with ports where they alone tell the two apart.
fn hosts((src, dst): &(EndpointRef, EndpointRef)) -> (String, String) {
    if src.address == dst.address {
        (src.to_string(), dst.to_string())
    } else {
        (src.address.clone(), dst.address.clone())
    }
}

/// `INVITE (SDP)`, `200 OK (INVITE) (SDP)`; short: `INVITE SDP`, `200 OK SDP`, `200 OK BYE`.
fn what(m: &Message, short: bool) -> String {
    let method = m.method.as_deref().unwrap_or("?");
    let reason = m.reason.as_deref().unwrap_or_default();
    let mut text = match m.status {
        None => method.to_owned(),
        Some(status) if short && (method == "INVITE" || m.sdp.is_some()) => {
            format!("{status} {reason}")
        }
        Some(status) if short => format!("{status} {reason} {method}"),
        Some(status) => format!("{status} {reason} ({method})"),
    };
    if m.sdp.is_some() {
        text += if short { " SDP" } else { " (SDP)" };
    }
    clean(&text)
}

/// `alice -> bob`; of a REGISTER the one that registers.
fn who(m: &Message) -> String {
    let user = |p: &Option<crate::report::model::PartyRef>| {
        p.as_ref()
            .map_or_else(|| "-".to_owned(), |p| user_of(&p.uri))
    };
    let (from, to) = (user(&m.from), user(&m.to));
    if m.method.as_deref() == Some("REGISTER") || from == to {
        to
    } else {
        format!("{from} to {to}")
    }
}

fn ink(m: &Message) -> Ink {
    match m.status {
        _ if m.capture_duplicate_of.is_some() => Ink::Dim,
        _ if m.retransmission_of.is_some() => Ink::Warning,
        Some(400..) if !matches!(m.status, Some(401 | 407 | 487)) => Ink::Error,
        Some(_) => Ink::Plain,
        None => Ink::Heading,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::TimeColumn;
    use crate::render::fixtures::{self, rendered};

    fn style() -> Style {
        Style {
            times: TimeColumn::Absolute,
            ..Style::default()
        }
    }

    #[test]
    fn a_message_is_a_line_with_who_calls_whom_and_a_mark_for_repeats() {
        let report = fixtures::troubles();
        let mut lines = LiveLines::new(&style(), false);
        let out = rendered(|w| {
            report
                .messages
                .iter()
                .take(2)
                .try_for_each(|m| lines.message(m, w))
        });
        let id = report.messages[0].call_id.as_deref().unwrap();
        let expected = format!(
            "16:07:50.500  192.0.2.31:5060  -> 192.0.2.10:5060   INVITE (SDP)            山田 to zofie     {id}\n\
             16:07:51.000  192.0.2.31:5060  -> 192.0.2.10:5060   INVITE (SDP)            山田 to zofie     {id} [repeat]\n"
        );
        assert_eq!(out, expected);
    }

    #[test]
    fn on_a_terminal_lines_fit_its_width() {
        let report = fixtures::troubles();
        let mut lines = LiveLines::new(&style(), true);
        let out = rendered(|w| report.messages.iter().try_for_each(|m| lines.message(m, w)));
        assert!(out.lines().all(|l| width(l) <= 80), "{out}");
        assert_eq!(
            out.lines().next().unwrap(),
            "16:07:50.500  192.0.2.31:5060 -> 192.0.2.10:5060  INVITE SDP      山田 to zofie"
        );
    }

    #[test]
    fn a_direction_tells_its_loss_and_jitter() {
        let direction = DirectionNow {
            from: "bob".to_owned(),
            packets: 1990,
            lost: 10,
            expected: 2000,
            jitter_ms: Some(1.25),
        };
        // 10 of 2000 are 0.5 %.
        assert_eq!(
            direction.to_text(),
            "from bob 1990 packets, 10 lost (0.5 %), jitter 1.2 ms"
        );
    }

    #[test]
    fn a_drop_is_not_hidden_among_the_counts() {
        let mut h = Health {
            packets: 12_345,
            messages: 1,
            resident_bytes: Some(25 << 20),
            ..Health::default()
        };
        assert_eq!(
            health(&h),
            "12345 packets (none dropped), 1 SIP message; open: 0 Call-IDs, 0 streams; 25 MiB resident"
        );
        h.dropped = 7;
        assert!(health(&h).contains("(7 dropped by the kernel, 0 by the interface)"));
    }
}
