//! SIP messages as a packet list, and their text as ngrep prints it.

use super::clock::{Reference, ngrep_time, time_column};
use super::style::{Ink, Style};
use super::text::{Align, clean, cut, cut_middle, pad, width};
use crate::report::model::{EndpointRef, Message, Timestamp};
use crate::types::Transport;
use crate::types::text::first_hidden;
use std::io::{self, Write};

/// One row of the packet list. The caller words `info` as Wireshark does.
#[derive(Clone, Debug)]
pub struct MessageRow<'a> {
    /// The message.
    pub message: &'a Message,
    /// As in `Request: REGISTER sip:192.0.2.10 (1 binding)`; need not be escaped.
    pub info: String,
    /// Time of the packet before it in the capture, for `-t d`.
    pub previous_packet: Option<Timestamp>,
}

/// What happens to an info text longer than the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongInfo {
    /// It is cut at the width: for a terminal.
    Cut,
    /// It is written whole: for a pipe.
    Keep,
}

/// The packet list, row by row, for captures of any length and for live use. Columns grow with what
/// they have seen.
#[derive(Clone, Debug)]
pub struct MessageTable {
    style: Style,
    long: LongInfo,
    source: usize,
    destination: usize,
    frame: usize,
    time: usize,
    previous: Option<Timestamp>,
}

impl MessageTable {
    /// A list that has seen nothing yet.
    pub fn new(style: &Style, long: LongInfo) -> Self {
        MessageTable {
            style: *style,
            long,
            // `192.0.2.100:5060` in full: most captures then need no wider column.
            source: 16,
            destination: 16,
            frame: 6,
            time: 10,
            previous: None,
        }
    }

    /// Makes room for `message` before the heading is written.
    pub fn make_room(&mut self, message: &Message) {
        let most = self.widest_address();
        let wanted = |endpoint: &EndpointRef| width(&endpoint.to_string()).min(most);
        self.source = self.source.max(wanted(&message.src)).min(most);
        self.destination = self.destination.max(wanted(&message.dst)).min(most);
        self.frame = self.frame.max(message.frame.to_string().len() + 1);
        self.time = self.time.max(width(&self.time_of(message, None)));
    }

    /// On a terminal long addresses leave room for the info; their ports stay.
    fn widest_address(&self) -> usize {
        match self.long {
            LongInfo::Keep => usize::MAX,
            LongInfo::Cut => (self.style.columns().saturating_sub(44) / 2).max(12),
        }
    }

    fn address(&self, endpoint: &EndpointRef, to: usize) -> String {
        let text = cut_middle(&endpoint.to_string(), to, self.style.ellipsis());
        pad(&text, to, Align::Left)
    }

    /// `     #      time  source            destination       info`
    pub fn heading(&self, w: &mut dyn Write) -> io::Result<()> {
        let line = format!(
            "{}  {}  {}  {}  info",
            pad("#", self.frame, Align::Right),
            pad("time", self.time, Align::Right),
            pad("source", self.source, Align::Left),
            pad("destination", self.destination, Align::Left),
        );
        writeln!(w, "{}", self.style.paint(Ink::Dim, &line))
    }

    /// One message. Copies made by the capture and retransmissions are marked after the info.
    pub fn row(&mut self, row: &MessageRow<'_>, w: &mut dyn Write) -> io::Result<()> {
        let m = row.message;
        self.make_room(m);
        let time = self.time_of(m, row.previous_packet);
        self.time = self.time.max(width(&time));
        self.previous = Some(m.time);
        let left = format!(
            "{}  {}  {}  {}  ",
            pad(&format!("#{}", m.frame), self.frame, Align::Right),
            pad(&time, self.time, Align::Right),
            self.address(&m.src, self.source),
            self.address(&m.dst, self.destination),
        );
        let mut info = clean(&row.info);
        if m.retransmission_of.is_some() {
            info += " [repeat]";
        }
        if m.capture_duplicate_of.is_some() {
            info += " [capture duplicate]";
        }
        if self.long == LongInfo::Cut {
            let room = self.style.columns().saturating_sub(width(&left));
            info = cut(&info, room, self.style.ellipsis());
        }
        let line = format!("{left}{info}");
        writeln!(w, "{}", self.style.paint(ink(m), line.trim_end()))
    }

    fn time_of(&self, m: &Message, previous_packet: Option<Timestamp>) -> String {
        let at = Reference {
            first: first_packet(m),
            previous_packet,
            previous_line: self.previous,
        };
        time_column(m.time, &self.style, at, 6)
    }
}

/// The capture's first packet, from the message's own distance to it.
fn first_packet(m: &Message) -> Option<Timestamp> {
    let nanos = (m.relative_time_s * 1e9).round();
    // Finite and far inside i64 for any capture; `as` saturates.
    let back = crate::types::Delta::from_nanos(nanos as i64);
    m.relative_time_s
        .is_finite()
        .then(|| Timestamp(m.time.0 - back))
}

fn ink(m: &Message) -> Ink {
    match m.status {
        _ if m.capture_duplicate_of.is_some() => Ink::Dim,
        _ if m.retransmission_of.is_some() => Ink::Warning,
        Some(400..) if !matches!(m.status, Some(401 | 407 | 487)) => Ink::Error,
        _ if !m.warnings.is_empty() => Ink::Warning,
        _ => Ink::Plain,
    }
}

/// The list with its heading, columns as wide as these rows need.
pub fn table(
    rows: &[MessageRow<'_>],
    long: LongInfo,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let mut table = MessageTable::new(style, long);
    for row in rows {
        table.make_room(row.message);
    }
    table.heading(w)?;
    for row in rows {
        table.row(row, w)?;
    }
    Ok(())
}

/// One row without a heading.
pub fn line(row: &MessageRow<'_>, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    MessageTable::new(style, LongInfo::Keep).row(row, w)
}

/// The message's text as `ngrep -W byline` prints it: an empty line, ngrep's header, the text with
/// `.` for every byte that is not printable (so each line ends in the `.` of its CR), an empty line.
///
/// Beyond ngrep, characters of UTF-8 text are kept. The number is the frame's; ngrep prints the same
/// where its filter lets every packet pass.
pub fn byline(message: &Message, text: &[u8], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    writeln!(
        w,
        "\n{}",
        style.paint(Ink::Heading, &ngrep_header(message, style))
    )?;
    w.write_all(dotted(text).as_bytes())?;
    writeln!(w)
}

fn ngrep_header(message: &Message, style: &Style) -> String {
    let letter = match message.transport {
        Transport::Udp => 'U',
        Transport::Sctp => 'S',
        _ => 'T',
    };
    let (src, dst) = (&message.src, &message.dst);
    format!(
        "{letter} {} {}:{} -> {}:{} #{}",
        ngrep_time(message.time, style.zone),
        src.address,
        src.port,
        dst.address,
        dst.port,
        message.frame
    )
}

/// The same header, and the text on one line, as `ngrep -W none` prints it: for grep.
pub fn single(message: &Message, text: &[u8], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    writeln!(
        w,
        "{}",
        style.paint(Ink::Heading, &ngrep_header(message, style))
    )?;
    writeln!(w, "  {}", dotted(text).replace('\n', "."))
}

/// Printable text and line feeds kept, every other byte a dot.
fn dotted(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, c)) = first_hidden(rest) {
            let (shown, found) = rest.split_at(at);
            out.push_str(shown);
            match c {
                '\n' => out.push('\n'),
                c => out.extend(std::iter::repeat_n('.', c.len_utf8())),
            }
            rest = found.get(c.len_utf8()..).unwrap_or_default();
        }
        out.push_str(rest);
        out.extend(std::iter::repeat_n('.', chunk.invalid().len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};
    use crate::render::style::TimeColumn;

    #[test]
    fn a_message_is_printed_as_ngrep_prints_it() {
        let mut message = fixtures::proxied().messages.remove(0);
        message.frame = 9;
        let text = b"REGISTER sip:a\tb SIP/2.0\r\nVia: \x1b[2Jx\n\xff\xc5\xbd\r\n\r\n";
        // ngrep 1.47 prints the same packet so (each byte of U+017D a dot, where it is kept here).
        assert_eq!(
            rendered(|w| byline(&message, text, &Style::default(), w)),
            "\nU 2026/11/20 15:45:56.000000 192.0.2.11:5060 -> 192.0.2.10:5060 #9\n\
             REGISTER sip:a.b SIP/2.0.\nVia: .[2Jx\n.Ž.\n.\n\n"
        );
    }

    #[test]
    fn tcp_is_marked_t_and_an_ipv6_address_has_no_brackets_as_in_ngrep() {
        let report = fixtures::troubles();
        let message = report
            .messages
            .iter()
            .find(|m| m.transport == Transport::Tcp)
            .unwrap();
        let out = rendered(|w| byline(message, b"", &Style::default(), w));
        assert!(
            out.contains("T 2026/11/20 16:09:10.000000 2001:db8:1:2::11:5060 -> "),
            "{out}"
        );
    }

    #[test]
    fn the_list_reads_as_wiresharks_and_marks_repeats() {
        let report = fixtures::troubles();
        let rows: Vec<MessageRow<'_>> = report
            .messages
            .iter()
            .take(2)
            .map(|message| MessageRow {
                message,
                info: "Request: INVITE sip:zofie@example.cz \x1b (SDP)".into(),
                previous_packet: None,
            })
            .collect();
        assert_eq!(
            rendered(|w| table(&rows, LongInfo::Keep, &Style::default(), w)),
            "     #        time  source            destination       info\n    \
             #3    0.500000  192.0.2.31:5060   192.0.2.10:5060   Request: INVITE sip:zofie@example.cz \\x1b (SDP)\n    \
             #4    1.000200  192.0.2.31:5060   192.0.2.10:5060   Request: INVITE sip:zofie@example.cz \\x1b (SDP) [repeat]\n"
        );
        let style = Style {
            times: TimeColumn::DeltaDisplayed,
            ..Style::default()
        };
        let cut = rendered(|w| table(&rows, LongInfo::Cut, &style, w));
        assert!(cut.contains("  0.500200  "), "{cut}");
        assert!(cut.lines().all(|l| width(l) <= 80), "{cut}");
    }
}
