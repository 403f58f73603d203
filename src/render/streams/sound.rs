//! What streams sound like, and who talks, in one line each.

use crate::explain::words::{clean, duration, number};
use crate::render::style::{Ink, Style};
use crate::render::text::wrap;
use crate::report::model::{Call, CallSound, Stream, StreamSound};
use std::io::{self, Write};

/// Under the table: one line for each stream that was listened to.
pub(super) fn lines(streams: &[&Stream], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for s in streams {
        if let Some(sound) = &s.sound {
            line(&format!("stream {}: {}", s.id, told(sound)), style, w)?;
        }
    }
    Ok(())
}

/// Under the media of a call: who talks when.
pub(super) fn of_call(call: &Call, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    match &call.sound {
        Some(sound) => line(&talk(sound), style, w),
        None => Ok(()),
    }
}

fn line(text: &str, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for line in wrap(text, style.columns().saturating_sub(2)) {
        writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
    }
    Ok(())
}

/// `12.0 s of sound at -23.1 dBov, -21.0 without silence, silent 41.2 %, longest silence 2.1 s`
pub(super) fn told(s: &StreamSound) -> String {
    let reason = s.reason.as_deref().map(clean);
    let (Some(level), Some(silent)) = (s.level_dbov, s.silent_percent) else {
        return format!("no sound: {}", reason.unwrap_or_default());
    };
    let silence = match (silent, s.digital_silence_percent) {
        (100.0, Some(100.0)) => "digital silence throughout".to_owned(),
        (100.0, _) => "silence throughout".to_owned(),
        _ => format!(
            "{} without silence, silent {silent:.1} %, longest silence {}",
            number(s.active_level_dbov, 1),
            duration(s.longest_silence_s.unwrap_or(0.0))
        ),
    };
    let reason = reason.map_or(String::new(), |r| format!("; {r}"));
    format!(
        "{} of sound at {level:.1} dBov, {silence}{reason}",
        duration(s.heard_s)
    )
}

/// `sound: of 10.0 s the caller talks 45.0 %, the callee talks 38.1 %, both at once 3.0 %, nobody 20.2 %`
fn talk(s: &CallSound) -> String {
    let share = |name: &str, percent: Option<f64>| Some(format!("{name} {:.1} %", percent?));
    let shares: Vec<String> = [
        share("the caller talks", s.caller_talk_percent),
        share("the callee talks", s.callee_talk_percent),
        share("both at once", s.double_talk_percent),
        share("nobody", s.silence_percent),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("sound: of {} {}", duration(s.seconds), shares.join(", "))
}
