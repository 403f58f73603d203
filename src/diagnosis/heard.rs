//! What was heard of an answered call, where its sound was decoded.

use super::sound::Sound;
use crate::call::CallRecord;
use crate::media::StreamRecord;
use crate::media::sound::{Sides, Talk};
use crate::types::{CaptureTime, Party};

/// The sound of both sides, and when both may be heard.
pub struct Heard<'a> {
    /// What each side sent, as far as it was decoded.
    pub sides: Sides<'a>,
    /// From the answer to the end, without the times in which one side is not to send (hold). They do not overlap.
    pub spans: Vec<(CaptureTime, CaptureTime)>,
}

impl<'a> Heard<'a> {
    /// `None` where nothing was decoded, or the answer is not in the capture.
    pub fn of(call: &'a CallRecord, streams: &[&'a StreamRecord]) -> Option<Heard<'a>> {
        let mut sides = Sides::default();
        let mut is_any = false;
        for stream in streams {
            let figures = stream.sound.as_deref().and_then(|s| s.figures.as_ref());
            if let (Some(figures), Some(side)) = (figures, stream.from) {
                sides.add(side, &figures.activity);
                is_any = true;
            }
        }
        if !is_any {
            return None;
        }
        let sound = Sound::of(call, streams)?;
        let last = sound.from + sound.talk;
        let end = call.end.map_or(last, |end| end.min(last));
        let mut spans: Vec<(CaptureTime, CaptureTime)> = Vec::new();
        for agreed in &sound.agreements {
            let since = spans.last().map_or(sound.from, |(_, until)| *until);
            let since = since.max(agreed.since);
            let until = agreed.until.map_or(end, |until| until.min(end));
            let is_open = agreed.flows_from(Party::Caller) && agreed.flows_from(Party::Callee);
            if is_open && since < until {
                match spans.last_mut() {
                    Some(before) if before.1 == since => before.1 = until,
                    _ => spans.push((since, until)),
                }
            }
        }
        Some(Heard { sides, spans })
    }

    /// Who talks when.
    pub fn talk(&self) -> Talk {
        self.sides.talk(&self.spans)
    }
}
