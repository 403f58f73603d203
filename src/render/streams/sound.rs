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
        // Where nothing flowed both ways, nobody's share can be told.
        Some(sound) if sound.seconds > 0.0 => line(&talk(sound), style, w),
        _ => Ok(()),
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

/// `sound: of 10.0 s the caller talks 45.0 %, the callee talks 38.1 %, both at once 3.0 %, nobody 19.9 %`
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
    let rest = match rest(s) {
        Some(rest) => format!(
            "; in the other {rest:.1} % the sound of one side or both is not known: no packet, comfort noise or a key"
        ),
        None => String::new(),
    };
    format!(
        "sound: of {} {}{rest}",
        duration(s.seconds),
        shares.join(", ")
    )
}

/// The share in which nobody is heard and not both are known to be silent.
fn rest(s: &CallSound) -> Option<f64> {
    // Four rounded shares and a piece at each end.
    const NOTHING: f64 = 1.0;
    let talk = s.caller_talk_percent? + s.callee_talk_percent? - s.double_talk_percent?;
    let rest = 100.0 - talk - s.silence_percent?;
    (rest >= NOTHING).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(silence: f64) -> CallSound {
        CallSound {
            seconds: 9.0,
            caller_known_percent: Some(90.0),
            callee_known_percent: Some(90.0),
            caller_talk_percent: Some(50.0),
            callee_talk_percent: Some(30.0),
            double_talk_percent: Some(5.0),
            silence_percent: Some(silence),
            dead_air: Vec::new(),
        }
    }

    #[test]
    fn the_shares_add_up_to_the_whole_call() {
        // 50 + 30 - 5 + 25 = 100.
        let shares =
            "sound: of 9.0 s the caller talks 50.0 %, the callee talks 30.0 %, both at once 5.0 %";
        assert_eq!(talk(&heard(25.0)), format!("{shares}, nobody 25.0 %"));
        let rest = "; in the other 15.0 % the sound of one side or both is not known: no packet, comfort noise or a key";
        assert_eq!(talk(&heard(10.0)), format!("{shares}, nobody 10.0 %{rest}"));
    }
}
