//! SIP messages as a packet list, and their text as ngrep prints it.

use super::clock::{Reference, ngrep_time, time_column};
use super::style::{Ink, Style};
use super::table::{GUTTER, Lane, Page};
use super::text::{cut, cut_middle, width, wrap};
use crate::explain::words::clean;
use crate::report::model::{Message, Timestamp};
use crate::types::text::first_hidden;
use crate::types::{FileNames, Transport};
use std::io::{self, Write};

/// One row of the packet list. The caller words `info` as Wireshark does.
#[derive(Clone, Debug)]
pub struct MessageRow<'a> {
    /// The message.
    pub message: &'a Message,
    /// As in `Request: REGISTER sip:192.0.2.10 (1 binding)`; need not be escaped.
    pub info: String,
    /// Time of the SIP message before it in the capture, shown or not, for `-t d`.
    pub previous_message: Option<Timestamp>,
}

/// What happens to an info text longer than the rest of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongInfo {
    /// It goes on in further lines: for a terminal.
    Wrapped,
    /// It is written whole: for a pipe.
    Keep,
}

/// The packet list, row by row, for captures of any length. Columns grow with what they have seen.
/// Rows are written some at a time: the last ones by [`MessageTable::finish`].
#[derive(Clone, Debug)]
pub struct MessageTable {
    style: Style,
    long: LongInfo,
    /// Terminal columns of number, time, source and destination.
    widths: [usize; 4],
    previous: Option<Timestamp>,
    files: FileNames,
    /// Rows not yet written, but for their infos.
    page: Page,
    infos: Vec<(String, Ink)>,
}

impl MessageTable {
    /// A list that has seen nothing yet.
    pub fn new(style: &Style, long: LongInfo) -> Self {
        MessageTable {
            style: *style,
            long,
            // `192.0.2.100:5060` in full: most captures then need no wider column.
            widths: [6, 10, 16, 16],
            previous: None,
            files: FileNames::default(),
            page: Page::new(' '),
            infos: Vec::new(),
        }
    }

    /// Frames have the names of these files.
    pub fn with_files(self, files: FileNames) -> Self {
        MessageTable { files, ..self }
    }

    /// Makes room for `message` before the heading is written.
    pub fn make_room(&mut self, message: &Message) {
        self.widths = self.wide_enough(&self.texts(message, None));
    }

    /// Number, time, source and destination.
    fn texts(&self, m: &Message, previous_message: Option<Timestamp>) -> [String; 4] {
        let at = Reference {
            first: first_packet(m),
            previous_message,
            previous_line: self.previous,
        };
        [
            self.files
                .frame((m.source as usize).wrapping_sub(1), m.frame),
            time_column(m.time, &self.style, at, 6),
            m.src.to_string(),
            m.dst.to_string(),
        ]
    }

    fn wide_enough(&self, texts: &[String; 4]) -> [usize; 4] {
        // On a terminal long addresses leave room for the info; their ports stay.
        let address = match self.long {
            LongInfo::Keep => usize::MAX,
            LongInfo::Wrapped => (self.style.columns().saturating_sub(44) / 2).max(12),
        };
        let mut widths = self.widths;
        let most = [usize::MAX, usize::MAX, address, address];
        for ((have, most), text) in widths.iter_mut().zip(most).zip(texts) {
            *have = width(text).max(*have).min(most);
        }
        widths
    }

    /// `     #      time  source            destination       info`
    pub fn heading(&mut self, w: &mut dyn Write) -> io::Result<()> {
        self.page.push(["#", "time", "source", "destination"]);
        self.infos.push(("info".to_owned(), Ink::Dim));
        self.finish(w)
    }

    /// One message. Copies made by the capture and retransmissions are marked after the info.
    pub fn row(&mut self, row: &MessageRow<'_>, w: &mut dyn Write) -> io::Result<()> {
        let m = row.message;
        let texts = self.texts(m, row.previous_message);
        self.previous = Some(m.time);
        let widths = self.wide_enough(&texts);
        if self.page.is_full() || widths != self.widths {
            self.finish(w)?;
            self.widths = widths;
        }
        let [frame, time, source, destination] = texts;
        let [.., source_room, destination_room] = widths;
        let mark = self.style.ellipsis();
        self.page.push([
            frame,
            time,
            cut_middle(source, source_room, mark),
            cut_middle(destination, destination_room, mark),
        ]);
        let mut info = clean(&row.info);
        if m.retransmission_of.is_some() {
            info += " [repeat]";
        }
        if m.capture_duplicate_of.is_some() {
            info += " [capture duplicate]";
        }
        // One realm that refuses is what a reader looks for.
        let digests = m.digest.as_deref().into_iter().chain(&m.more_digests);
        info += match digests.filter_map(|d| d.verified).min() {
            Some(true) => " [password fits]",
            Some(false) => " [password does not fit]",
            None => "",
        };
        self.infos.push((info, ink(m)));
        Ok(())
    }

    /// Writes the rows that still wait.
    pub fn finish(&mut self, w: &mut dyn Write) -> io::Result<()> {
        let [frame, time, source, destination] = self.widths;
        let lanes = [
            Lane::right(frame),
            Lane::right(time),
            Lane::left(source),
            Lane::left(destination),
        ];
        let lines = self.page.take_lines(&lanes);
        for (line, (info, ink)) in lines.into_iter().zip(self.infos.drain(..)) {
            let lines = match self.long {
                LongInfo::Keep => vec![format!("{line}{GUTTER}{info}")],
                LongInfo::Wrapped => with_info(line, &info, &self.style),
            };
            for line in lines {
                writeln!(w, "{}", self.style.paint(ink, line.trim_end()))?;
            }
        }
        Ok(())
    }
}

/// The row with its info, which goes on in lines of its own where it is too long. Its words stay whole while the
/// screen is as wide as they are.
fn with_info(line: String, info: &str, style: &Style) -> Vec<String> {
    /// Under the info column at most so many lines.
    const UNDER: usize = 3;
    const INDENT: usize = 9;
    let column = width(&line) + width(GUTTER);
    let room = style.columns().saturating_sub(column);
    if width(info) <= room {
        return vec![format!("{line}{GUTTER}{info}")];
    }
    let is_whole = info.split_whitespace().all(|word| width(word) <= room);
    let under = wrap(info, room);
    if is_whole && under.len() <= UNDER {
        let first = |n: usize| match n {
            0 => format!("{line}{GUTTER}"),
            _ => " ".repeat(column),
        };
        let lines = under.iter().enumerate();
        return lines.map(|(n, text)| first(n) + text).collect();
    }
    let mut lines = vec![line];
    let own = wrap(info, style.columns().saturating_sub(INDENT));
    let left = own.len().saturating_sub(UNDER);
    for (n, text) in own.iter().take(UNDER).enumerate() {
        let mark = if left > 0 && n + 1 == UNDER {
            style.ellipsis()
        } else {
            ""
        };
        let text = format!("{}{text}{mark}", " ".repeat(INDENT));
        lines.push(cut(&text, style.columns(), mark));
    }
    lines
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
    table.finish(w)
}

/// One row without a heading.
pub fn line(row: &MessageRow<'_>, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut table = MessageTable::new(style, LongInfo::Keep);
    table.row(row, w)?;
    table.finish(w)
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
    fn columns_grow_when_a_wider_text_comes_and_not_before() {
        let mut message = fixtures::proxied().messages.remove(0);
        let mut table = MessageTable::new(&Style::default(), LongInfo::Keep);
        let out = rendered(|w| {
            for address in ["192.0.2.11", "2001:db8:1:2::11", "192.0.2.12"] {
                message.src.address = address.into();
                let row = MessageRow {
                    message: &message,
                    info: "info".into(),
                    previous_message: None,
                };
                table.row(&row, w)?;
            }
            table.finish(w)
        });
        let sources: Vec<usize> = out.lines().map(|l| l.find("192.0.2.10").unwrap()).collect();
        // `[2001:db8:1:2::11]:5060` is 23 columns, seven more than were there.
        assert_eq!(sources, [38, 45, 45], "{out}");
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
                previous_message: None,
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
        let cut = rendered(|w| table(&rows, LongInfo::Wrapped, &style, w));
        assert!(cut.contains("  0.500200  "), "{cut}");
        assert!(cut.lines().all(|l| width(l) <= 80), "{cut}");
    }

    #[test]
    fn a_narrow_list_breaks_between_words_and_never_inside_one() {
        let report = fixtures::troubles();
        let list = |info: &str| {
            let row = MessageRow {
                message: &report.messages[0],
                info: info.into(),
                previous_message: None,
            };
            rendered(|w| table(&[row], LongInfo::Wrapped, &Style::default(), w))
        };
        // 56 columns stand before the info: 24 are left.
        let out = list("Status: 407 Proxy Authentication Required");
        let under: Vec<&str> = out.lines().skip(1).map(str::trim).collect();
        assert!(under[0].ends_with("  Status: 407 Proxy"), "{out}");
        assert_eq!(under[1..], ["Authentication Required"], "{out}");
        // A word wider than that has a line of its own.
        let out = list("Request: INVITE sip:a-rather-long-user@192.0.2.10 (SDP)");
        let under: Vec<&str> = out.lines().skip(2).collect();
        let whole = "         Request: INVITE sip:a-rather-long-user@192.0.2.10 (SDP)";
        assert_eq!(under, [whole], "{out}");
    }
}
