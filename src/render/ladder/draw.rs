//! Lanes and arrows: how a ladder's rows are laid out in a given width.

use crate::explain::Host;
use crate::explain::passing::{Passed, way};
use crate::render::style::{Ink, Style};
use crate::render::text::{Align, cut, pad, width, wrap};
use std::io::{self, Write};

/// The narrowest lane that still shows `INVITE` on an arrow.
const NARROWEST_LANE: usize = 9;
/// Wider lanes only push the ends apart.
const WIDEST_LANE: usize = 32;
/// Room a narrow terminal keeps beside the lanes for codecs and repeats.
const NARROW_MARGIN: usize = 19;
/// Room a wide one keeps for sentences.
const WIDE_MARGIN: usize = 46;
/// From here on the margin tells what each step means.
pub(crate) const SENTENCES_FROM: usize = 120;
/// What the letter over the last bar needs right of it.
const LAST_TAG: usize = 4;
/// A sentence takes at most this many rows.
const NOTE_ROWS: usize = 3;
/// The figures of both directions at most these.
const MEDIA_ROWS: usize = 4;

/// A longer name of a party is cut: it stands over a column and in the note of each of its messages.
const LONGEST_NAME: usize = 60;

/// What stands over a lane.
pub(super) struct Column {
    name: String,
    address: String,
}

impl Column {
    pub(super) fn of(host: &Host) -> Column {
        Column {
            name: host_name(host),
            address: host.address.clone(),
        }
    }
}

/// The name of a host as a ladder has it: its number stays.
pub(super) fn host_name(host: &Host) -> String {
    let name = cut(&host.name, LONGEST_NAME, "..");
    match host.number {
        Some(number) => format!("{name} {number}"),
        None => name,
    }
}

/// One arrow.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) frame: String,
    pub(crate) time: String,
    pub(crate) gap: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// What the arrow says, fullest first; the first that fits is taken.
    pub(crate) labels: Vec<String>,
    /// A stream, not a message; drawn double.
    pub(crate) media: bool,
    /// A stream both ways.
    pub(crate) both_ways: bool,
    /// What the step means, where that is known.
    pub(crate) sentence: String,
    /// The name of who sends it.
    pub(crate) sender: String,
    /// What stands in the margin.
    pub(crate) note: String,
    /// What stands there when there is no note and the fullest label did not fit.
    pub(crate) spare: String,
    pub(crate) ink: Ink,
}

/// The characters of the drawing.
struct Pen {
    bar: char,
    line: char,
    media: char,
    left: char,
    right: char,
    media_left: char,
    media_right: char,
}

const ASCII: Pen = Pen {
    bar: '|',
    line: '-',
    media: '=',
    left: '<',
    right: '>',
    media_left: '<',
    media_right: '>',
};
const BOX: Pen = Pen {
    bar: '│',
    line: '─',
    media: '═',
    left: '◄',
    right: '►',
    media_left: '◄',
    media_right: '►',
};

/// Where things stand.
struct Layout<'s> {
    style: &'s Style,
    pen: &'static Pen,
    columns: usize,
    lane: usize,
    frame_width: usize,
    time_width: usize,
    gap_width: usize,
}

/// Draws `rows` between `hosts`; what the margin has no room for, the sentences, goes under the drawing.
pub(crate) fn draw(
    hosts: &[Column],
    rows: &[Row],
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let longest = |text: fn(&Row) -> &str| rows.iter().map(|r| width(text(r))).max().unwrap_or(0);
    let mut layout = Layout {
        style,
        pen: if style.ascii { &ASCII } else { &BOX },
        columns: hosts.len(),
        lane: 0,
        frame_width: longest(|r| &r.frame).max(4),
        time_width: longest(|r| &r.time).max(7),
        gap_width: longest(|r| &r.gap),
    };
    match layout.lane_width(hosts, rows) {
        Some(lane) => {
            layout.lane = lane;
            layout.heading(hosts, w)?;
            for row in rows {
                layout.row(row, w)?;
            }
            match style.columns() {
                SENTENCES_FROM.. => Ok(()),
                _ => layout.sentences(rows, w),
            }
        }
        None => {
            layout.list(hosts, rows, w)?;
            layout.sentences(rows, w)
        }
    }
}

/// Wrapped line by line.
fn wrap_lines(text: &str, max: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap(line, max)).collect()
}

impl Layout<'_> {
    fn prefix_width(&self) -> usize {
        let gap = if self.gap_width > 0 {
            self.gap_width + 2
        } else {
            0
        };
        1 + self.frame_width + 2 + self.time_width + gap + 3
    }

    /// Columns of the drawing itself, bars included.
    fn lanes_width(&self) -> usize {
        self.columns + self.columns.saturating_sub(1) * self.lane
    }

    /// Room right of the lanes.
    fn margin(&self) -> usize {
        let used = self.prefix_width() + self.lanes_width() + 2;
        self.style.columns().saturating_sub(used)
    }

    /// As wide as labels and addresses want and the terminal allows; `None` where the hosts do not
    /// fit side by side.
    fn lane_width(&self, hosts: &[Column], rows: &[Row]) -> Option<usize> {
        let lanes = self.columns.checked_sub(1).filter(|n| *n > 0)?;
        let total = self.style.columns();
        let room = total.saturating_sub(self.prefix_width() + self.columns);
        let margin = match total {
            SENTENCES_FROM.. => WIDE_MARGIN,
            _ => NARROW_MARGIN,
        };
        let labels = rows.iter().filter_map(|r| {
            let span = r.from.abs_diff(r.to).max(1);
            Some(width(r.labels.first()?).div_ceil(span) + 5)
        });
        let hosts = hosts.iter();
        let names = hosts.map(|h| width(&h.name).max(width(&h.address)) + 2);
        let wanted = labels.chain(names).max().unwrap_or(0).min(WIDEST_LANE);
        let fits = room.saturating_sub(margin) / lanes;
        let lane = wanted.min(fits).max(NARROWEST_LANE);
        (lane * lanes + LAST_TAG <= room).then_some(lane)
    }

    /// Names over the bars, addresses under them; addresses too long for a lane go into a legend.
    fn heading(&self, hosts: &[Column], w: &mut dyn Write) -> io::Result<()> {
        let style = self.style;
        let right = self.prefix_width() + self.columns.saturating_sub(1) * (self.lane + 1);
        let room = |i: usize| match i + 1 == self.columns {
            true => style.columns().saturating_sub(right),
            false => self.lane,
        };
        let mut each = hosts.iter().enumerate();
        let legend = each.any(|(i, h)| width(&h.address) > room(i) || width(&h.name) > room(i));
        let tag = |i: usize| format!("[{}]", letters(i));
        if legend {
            self.legend(hosts, w)?;
        }
        let mut names = String::new();
        let mut addresses = String::new();
        for (i, h) in hosts.iter().enumerate() {
            let under = if legend { tag(i) } else { h.address.clone() };
            names += &pad(
                &cut(&h.name, room(i), style.ellipsis()),
                self.lane + 1,
                Align::Left,
            );
            addresses += &pad(&under, self.lane + 1, Align::Left);
        }
        let gap = match self.gap_width {
            0 => String::new(),
            n => format!("  {}", pad("gap", n, Align::Right)),
        };
        let blank = " ".repeat(self.prefix_width());
        writeln!(w, "{blank}{}", style.paint(Ink::Heading, names.trim_end()))?;
        let columns = format!(
            " {}  {}{gap}",
            pad("#", self.frame_width, Align::Right),
            pad("time", self.time_width, Align::Right),
        );
        let line = pad(&columns, self.prefix_width(), Align::Left) + addresses.trim_end();
        writeln!(w, "{}", style.paint(Ink::Dim, &line))
    }

    /// Who is behind each letter.
    fn legend(&self, hosts: &[Column], w: &mut dyn Write) -> io::Result<()> {
        let style = self.style;
        let names = hosts.iter().map(|h| width(&h.name)).max();
        for (i, h) in hosts.iter().enumerate() {
            let name = pad(&h.name, names.unwrap_or(0), Align::Left);
            let line = format!("  [{}] {name}  {}", letters(i), h.address);
            let line = cut(&line, style.columns(), style.ellipsis());
            writeln!(w, "{}", style.paint(Ink::Dim, &line))?;
        }
        Ok(())
    }

    fn prefix(&self, row: &Row) -> String {
        let gap = match self.gap_width {
            0 => String::new(),
            n => format!("  {}", pad(&row.gap, n, Align::Right)),
        };
        format!(
            " {}  {}{gap}   ",
            pad(&row.frame, self.frame_width, Align::Right),
            pad(&row.time, self.time_width, Align::Right),
        )
    }

    fn row(&self, row: &Row, w: &mut dyn Write) -> io::Result<()> {
        let label = self.label(row);
        // A loop of the last host is drawn in the margin.
        let in_margin = match row.from == row.to && row.from + 1 == self.columns {
            true => width(&label) + 2,
            false => 0,
        };
        let margin = self.margin().saturating_sub(in_margin);
        let mut note = row.note.clone();
        // What the arrow had no room for goes into the margin.
        if note.is_empty() && row.labels.first() != Some(&label) {
            note = row.spare.clone();
        }
        let lanes = self.lanes(row, &label);
        let prefix = self.style.paint(Ink::Dim, &self.prefix(row));
        let lanes = self.style.paint(row.ink, &lanes);
        if row.media && note.lines().any(|line| width(line) > margin) {
            writeln!(w, "{prefix}{lanes}")?;
            return self.below(row, &note, w);
        }
        let notes = if self.style.columns() >= SENTENCES_FROM {
            let mut lines = wrap_lines(&note, margin.max(1));
            lines.truncate(NOTE_ROWS);
            lines
        } else {
            let lines = note.lines();
            lines
                .map(|line| cut(line, margin, self.style.ellipsis()))
                .collect()
        };
        let first = notes.first().map_or("", String::as_str);
        let line = match first.is_empty() {
            true => format!("{prefix}{lanes}"),
            false => format!("{prefix}{lanes}  {}", self.style.paint(row.ink, first)),
        };
        writeln!(w, "{}", line.trim_end())?;
        let blank = " ".repeat(self.prefix_width());
        for more in notes.iter().skip(1) {
            let more = self.style.paint(row.ink, more);
            writeln!(w, "{blank}{}  {more}", self.empty_lanes())?;
        }
        Ok(())
    }

    /// A media note that has no room in the margin: a row of its own across the lanes.
    fn below(&self, row: &Row, note: &str, w: &mut dyn Write) -> io::Result<()> {
        let left = row.from.min(row.to) * (self.lane + 1);
        let before: String = self.empty_lanes().chars().take(left + 1).collect();
        let prefix = " ".repeat(self.prefix_width());
        let room = self
            .style
            .columns()
            .saturating_sub(self.prefix_width() + left + 3);
        for line in wrap_lines(note, room.max(1)).iter().take(MEDIA_ROWS) {
            let line = self.style.paint(row.ink, line);
            writeln!(w, "{prefix}{before}  {line}")?;
        }
        Ok(())
    }

    /// What each step means, numbered by its packet.
    fn sentences(&self, rows: &[Row], w: &mut dyn Write) -> io::Result<()> {
        let style = self.style;
        let indent = 2 + self.frame_width + 2;
        let room = style.columns().saturating_sub(indent).max(1);
        let mut rows = rows.iter().peekable();
        while let Some(row) = rows.next() {
            let mut passed = Passed::new(&row.sentence, &row.sender);
            let on = way(&row.sentence, &row.sender);
            let does_too = |next: &&Row| {
                on.is_some() && way(&next.sentence, &next.sender) == on && next.ink == row.ink
            };
            while let Some(next) = rows.next_if(does_too) {
                passed.then(&next.sender, &next.frame);
            }
            for (n, line) in wrap(&passed.told(), room).iter().enumerate() {
                let frame = if n == 0 { &*row.frame } else { "" };
                let frame = format!("  {}  ", pad(frame, self.frame_width, Align::Right));
                let frame = style.paint(Ink::Dim, &frame);
                writeln!(w, "{frame}{}", style.paint(row.ink, line))?;
            }
        }
        Ok(())
    }

    fn empty_lanes(&self) -> String {
        let mut out = String::from(self.pen.bar);
        for _ in 1..self.columns {
            out.push_str(&" ".repeat(self.lane));
            out.push(self.pen.bar);
        }
        out
    }

    /// The fullest label that fits the arrow.
    fn label(&self, row: &Row) -> String {
        // Heads, and a piece of line on both sides.
        let heads = 1 + usize::from(row.both_ways);
        let room = self.arrow_width(row).saturating_sub(heads + 2);
        let fits = row.labels.iter().find(|l| width(l) <= room);
        match fits.or(row.labels.last()) {
            Some(label) => cut(label, room, self.style.ellipsis()),
            None => String::new(),
        }
    }

    /// Columns between the two bars an arrow joins.
    fn arrow_width(&self, row: &Row) -> usize {
        let span = row.from.abs_diff(row.to).max(1);
        span * (self.lane + 1) - 1
    }

    fn lanes(&self, row: &Row, label: &str) -> String {
        let (low, high) = (row.from.min(row.to), row.from.max(row.to));
        let gap = " ".repeat(self.lane);
        let mut out = String::new();
        for column in 0..self.columns {
            out.push(self.pen.bar);
            let last = column + 1 == self.columns;
            if low == high && column == low {
                // To itself: a loop beside its own bar.
                let loop_ = format!("{}{}{label}", self.pen.left, self.pen.line);
                let room = if last { self.margin() } else { self.lane };
                out += &pad(
                    &cut(&loop_, room, ""),
                    if last { 0 } else { self.lane },
                    Align::Left,
                );
            } else if column == low {
                out += &self.arrow(row, label);
            } else if (column < low || column >= high) && !last {
                out += &gap;
            } else if column > low && column < high {
                // The arrow covers this bar.
                out.pop();
            }
        }
        out
    }

    fn arrow(&self, row: &Row, label: &str) -> String {
        let (line, left, right) = match row.media {
            true => (self.pen.media, self.pen.media_left, self.pen.media_right),
            false => (self.pen.line, self.pen.left, self.pen.right),
        };
        let points_left = row.to < row.from || row.both_ways;
        let points_right = row.to > row.from || row.both_ways;
        let heads = usize::from(points_left) + usize::from(points_right);
        let shaft = self.arrow_width(row).saturating_sub(heads);
        // Box lines run into letters: where there is room, blanks keep the words apart.
        let tight = self.style.ascii || label.is_empty() || width(label) + 4 > shaft;
        let label = match tight {
            true => label.to_owned(),
            false => format!(" {label} "),
        };
        let fill = shaft.saturating_sub(width(&label));
        let line_of = |n: usize| line.to_string().repeat(n);
        let mut out = String::new();
        if points_left {
            out.push(left);
        }
        out += &line_of(fill / 2);
        out += &label;
        out += &line_of(fill - fill / 2);
        if points_right {
            out.push(right);
        }
        out
    }

    /// Too many hosts for lanes: one line an arrow, hosts by letter.
    fn list(&self, hosts: &[Column], rows: &[Row], w: &mut dyn Write) -> io::Result<()> {
        let style = self.style;
        self.legend(hosts, w)?;
        let widest = hosts.len().saturating_sub(1);
        let tag_width = letters(widest).len() + 2;
        let tag = |i: usize| pad(&format!("[{}]", letters(i)), tag_width, Align::Left);
        for row in rows {
            let arrow = match (row.media, row.both_ways) {
                (true, true) => "<=>",
                (true, false) => "==>",
                _ => "-->",
            };
            let label = row.labels.first().map_or("", String::as_str);
            let mut line = format!(
                "{}{} {arrow} {}  {label}",
                self.prefix(row),
                tag(row.from),
                tag(row.to),
            );
            if !row.note.is_empty() && row.note != row.sentence {
                line += &format!("  {}", row.note);
            }
            let line = cut(line.trim_end(), style.columns(), style.ellipsis());
            writeln!(w, "{}", style.paint(row.ink, &line))?;
        }
        Ok(())
    }
}

/// `A` to `Z`, then `AA`, `AB`, …
fn letters(mut i: usize) -> String {
    let mut out = Vec::new();
    loop {
        // Below 26, so it fits a byte.
        out.push(b'A' + (i % 26) as u8);
        match (i / 26).checked_sub(1) {
            Some(next) => i = next,
            None => break,
        }
    }
    out.iter().rev().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([letters(0), letters(25), letters(26)], ["A", "Z", "AA"]);
    }
}
