//! The arrows of a scene: one a message, one a conversation of RTP, one a run of digits.

use super::Ink;
use super::media::{codec_of, in_one_gap};
use super::scene::{Arrow, Media, Said, Way, What};
use super::stage::Stage;
use super::steps::{Step, steps};
use super::text::FrameName;
use super::words::clean;
use crate::report::model::{CallEvent, Dtmf, DtmfMethod, Message, Stream, Timestamp};
use crate::types::Party;
use std::collections::{HashMap, VecDeque};

/// Caller and callee, by their places.
type Ends = (usize, usize);

/// One arrow a message, in their order.
pub(super) fn of_messages(stage: &Stage<'_>, events: &[CallEvent]) -> Vec<Arrow> {
    let messages = stage.messages.iter().zip(steps(stage, events));
    let arrow = |(m, step): (&&Message, Step)| {
        let (from, to) = stage.way_of(m)?;
        Some(Arrow {
            time: m.time,
            frame: Some(FrameName::new(m.frame, m.source)),
            from,
            to,
            ink: step.ink,
            what: What::Message(said(m, step)),
        })
    };
    messages.filter_map(arrow).collect()
}

fn said(m: &Message, step: Step) -> Said {
    Said {
        message: m.id,
        method: clean(m.method.as_deref().unwrap_or("?")),
        cseq: m.cseq,
        status: m.status,
        reason: m.reason.as_deref().map(clean),
        has_sdp: m.sdp.is_some(),
        sentence: step.sentence,
        gist: step.gist,
    }
}

/// Streams, the two directions of one conversation in one arrow.
pub(super) fn of_streams(stage: &Stage<'_>, ends: Option<Ends>) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    let mut done = vec![false; stage.streams.len()];
    // Streams still to come by their way and kind. They stand in time order, so the first that fits is
    // the first of its way.
    let mut to_come: HashMap<_, VecDeque<(usize, &Stream)>> = HashMap::new();
    for (i, s) in stage.streams.iter().copied().enumerate() {
        if let Some(way) = stage.way_of_stream(s, ends) {
            let same = to_come.entry((way, s.kind)).or_default();
            same.push_back((i, s));
        }
    }
    for (i, a) in stage.streams.iter().enumerate() {
        let (Some((from, to)), Some(false)) = (stage.way_of_stream(a, ends), done.get(i).copied())
        else {
            continue;
        };
        let back = to_come.get_mut(&((to, from), a.kind));
        let back = back.and_then(|list| {
            while list.front().is_some_and(|(j, _)| *j <= i) {
                list.pop_front();
            }
            let fits = list
                .front()
                .is_some_and(|(_, b)| b.first_time <= a.last_time);
            if fits { list.pop_front() } else { None }
        });
        if let Some((j, _)) = back
            && let Some(flag) = done.get_mut(j)
        {
            *flag = true;
        }
        arrows.push(match back {
            None => media(a.first_time, &[(a, from)], (from, to)),
            // From left to right first, as one reads.
            Some((_, b)) if from > to => media(a.first_time, &[(b, to), (a, from)], (to, from)),
            Some((_, b)) => media(a.first_time, &[(a, from), (b, to)], (from, to)),
        });
    }
    arrows
}

/// Streams with their senders.
fn media(time: Timestamp, streams: &[(&Stream, usize)], (from, to): Ends) -> Arrow {
    let mut codecs: Vec<String> = streams.iter().map(|(s, _)| codec_of(s)).collect();
    codecs.dedup();
    let lost = streams.iter().any(|(s, _)| s.lost > 0);
    let ways = streams.iter().map(|(s, from)| Way {
        stream: s.id,
        from: *from,
        packets: s.packets,
        lost: s.lost,
        in_one_gap: in_one_gap(s),
        late: s.late,
        jitter_mean_ms: s.jitter_mean_ms,
    });
    Arrow {
        time,
        // Each file numbers its own: the first stream is that of the first packet.
        frame: streams
            .iter()
            .min_by_key(|(s, _)| (s.first_time, s.first_frame))
            .map(|(s, _)| FrameName::new(s.first_frame, s.source)),
        from,
        to,
        ink: if lost { Ink::Warning } else { Ink::Plain },
        what: What::Media(Media {
            secure: streams.first().is_some_and(|(s, _)| s.encrypted),
            codec: codecs.join("/"),
            ways: ways.collect(),
        }),
    }
}

/// Digits sent within the media, one arrow for those dialled in one go.
pub(super) fn of_digits(digits: &[Dtmf], (caller, callee): Ends) -> Vec<Arrow> {
    /// A longer pause starts a new arrow.
    const PAUSE_S: f64 = 3.0;
    let mut arrows: Vec<Arrow> = Vec::new();
    let mut last: Option<(Timestamp, Party)> = None;
    let in_media = |d: &&Dtmf| matches!(d.method, DtmfMethod::Rfc4733 | DtmfMethod::Inband);
    for d in digits.iter().filter(in_media) {
        let by = d.from.unwrap_or(Party::Caller);
        let goes_on = last
            .is_some_and(|(time, who)| who == by && (d.time.0 - time.0).as_secs_f64() < PAUSE_S);
        last = Some((d.time, by));
        match arrows.last_mut().map(|arrow| &mut arrow.what) {
            Some(What::Digits(run)) if goes_on => run.push_str(&clean(&d.digit)),
            _ => {
                let (from, to) = match by {
                    Party::Callee => (callee, caller),
                    Party::Caller => (caller, callee),
                };
                arrows.push(Arrow {
                    time: d.time,
                    frame: None,
                    from,
                    to,
                    what: What::Digits(clean(&d.digit)),
                    ink: Ink::Plain,
                });
            }
        }
    }
    arrows
}
