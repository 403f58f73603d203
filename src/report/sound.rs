//! Sound of the report: what streams sound like, and who talks when.

use super::model::{self, Timestamp, round_to};
use crate::diagnosis::Heard;
use crate::media::sound::StreamSound;
use crate::types::Party;

pub(super) fn of_stream(sound: &StreamSound) -> model::StreamSound {
    let f = sound.figures.as_ref();
    let one = |figure: Option<f64>| figure.and_then(|v| round_to(v, 1));
    model::StreamSound {
        heard_s: f.and_then(|f| round_to(f.heard_s, 3)).unwrap_or(0.0),
        level_dbov: one(f.map(|f| f.level_dbov)),
        active_level_dbov: one(f.and_then(|f| f.active_level_dbov)),
        peak_dbov: one(f.map(|f| f.peak_dbov)),
        first_dbov: one(f.map(|f| f.first_dbov)),
        silent_percent: one(f.map(|f| f.silent_percent)),
        digital_silence_percent: one(f.map(|f| f.digital_percent)),
        longest_silence_s: f.and_then(|f| round_to(f.longest_silence_s, 3)),
        reason: sound.reason.clone(),
    }
}

pub(super) fn of_call(heard: &Heard<'_>) -> model::CallSound {
    let talk = heard.talk();
    let share = |part: u64| {
        let share = 100.0 * part as f64 / talk.pieces as f64;
        round_to(share, 1).filter(|_| talk.pieces > 0)
    };
    let of = |side: Party, part: u64| share(part).filter(|_| !heard.sides.is_unknown(side));
    let both = |part: u64| of(Party::Caller, part).and(of(Party::Callee, part));
    let dead_air = talk.dead_air.iter().map(|(since, length)| model::DeadAir {
        start_time: Timestamp(*since),
        duration_s: round_to(length.as_secs_f64(), 3).unwrap_or(0.0),
    });
    model::CallSound {
        seconds: round_to(talk.seconds(), 3).unwrap_or(0.0),
        caller_known_percent: of(Party::Caller, talk.caller.0),
        callee_known_percent: of(Party::Callee, talk.callee.0),
        caller_talk_percent: of(Party::Caller, talk.caller.1),
        callee_talk_percent: of(Party::Callee, talk.callee.1),
        double_talk_percent: both(talk.both),
        silence_percent: both(talk.neither),
        dead_air: dead_air.collect(),
    }
}
