//! How output is to look: decided once by the caller, never found out here.

use anstyle::{AnsiColor, Effects};

pub(crate) use crate::explain::Ink;

/// How text output is to look. Nothing here is asked of the terminal: the caller decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour. Colour only repeats what the words say.
    pub color: bool,
    /// Columns to fit into. Values below [`Style::MIN_WIDTH`] count as that.
    pub width: usize,
    /// Which time to show where there is a choice.
    pub times: TimeColumn,
    /// The zone of times of day and dates.
    pub zone: Zone,
    /// True for `-->`, `|` and `..`; false for box-drawing characters and `…`.
    pub ascii: bool,
}

impl Style {
    /// Narrower terminals are served as if they had this many columns.
    pub const MIN_WIDTH: usize = 60;

    /// What a shortened text ends in.
    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.ascii { ".." } else { "…" }
    }

    /// The usable width.
    pub(crate) fn columns(&self) -> usize {
        self.width.max(Self::MIN_WIDTH)
    }

    /// `text` in `ink`, or as it is where colour is off.
    pub(crate) fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.color || ink == Ink::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = ansi(ink);
        format!("{style}{text}{style:#}")
    }
}

impl Default for Style {
    /// 80 columns of plain ASCII drawing, UTC, relative times.
    fn default() -> Self {
        Style {
            color: false,
            width: 80,
            times: TimeColumn::Relative,
            zone: Zone::Utc,
            ascii: true,
        }
    }
}

/// The time columns, with tshark's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeColumn {
    /// `a`: time of day.
    Absolute,
    /// `ad`: date and time of day.
    AbsoluteDate,
    /// `d`: seconds since the SIP message before it in the capture, shown or not.
    Delta,
    /// `dd`: seconds since the line before it.
    DeltaDisplayed,
    /// `e`: seconds since 1970.
    Epoch,
    /// `r`: seconds since the first packet (in a ladder: since its first message).
    Relative,
    /// `ud`: date and time of day in UTC, whatever the zone.
    UtcDate,
}

/// The zone times of day are shown in. JSON and CSV are always UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Coordinated Universal Time.
    #[default]
    Utc,
    /// The zone of the machine.
    Local,
    /// Seconds east of UTC, below one day either way.
    Offset(i32),
    /// A place, with its summer time.
    Named(chrono_tz::Tz),
}

/// How a terminal shows it.
fn ansi(ink: Ink) -> anstyle::Style {
    match ink {
        Ink::Plain => anstyle::Style::new(),
        Ink::Heading => anstyle::Style::new().effects(Effects::BOLD),
        Ink::Dim => anstyle::Style::new().effects(Effects::DIMMED),
        Ink::Warning => AnsiColor::Yellow.on_default(),
        Ink::Error => AnsiColor::Red.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_written_only_when_asked_for() {
        let plain = Style::default();
        assert_eq!(plain.paint(Ink::Error, "x"), "x");
        let coloured = Style {
            color: true,
            ..plain
        };
        assert_eq!(coloured.paint(Ink::Error, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(coloured.paint(Ink::Plain, "x"), "x");
    }
}
