//! What can be told of the other legs of a call, and of calls that it led to, where records go out one by one: as far as
//! those calls are over too and wait to be handed on.

use super::joined::stream_of_leg;
use crate::call::{CallRecord, StreamOfLeg, link, possible_legs};
use crate::media::StreamRecord;
use crate::types::{CallNo, CaptureTime, Delta};
use std::collections::{HashMap, VecDeque};

/// Calls that wait, with the time they were over.
pub(super) type Waiting = VecDeque<(CaptureTime, CallRecord)>;

/// What belongs to a call that is over is over within this time as well, mostly.
const TOGETHER: Delta = Delta::from_secs(4);

/// Notes with calls that wait what they have to do with each other: how many from the front on have it now. Each call
/// is noted once, and looked at about twice.
pub(super) fn note(
    waiting: &mut Waiting,
    streams_of: &HashMap<CallNo, Vec<StreamRecord>>,
    is_the_end: bool,
) -> usize {
    let Some(last) = waiting.back().map(|(last, _)| *last) else {
        return 0;
    };
    let settled = last - TOGETHER;
    let is_noted = |closed: CaptureTime| is_the_end || closed <= settled;
    let count = waiting.iter().take_while(|(closed, _)| is_noted(*closed));
    // One at least: it goes out now.
    let count = count.count().max(1);
    if waiting.len() > 1 {
        let order: HashMap<CallNo, (usize, CaptureTime)> = (waiting.iter().enumerate())
            .map(|(at, (closed, call))| (call.no, (at, *closed)))
            .collect();
        let mut calls: Vec<CallRecord> = waiting.drain(..).map(|(_, call)| call).collect();
        calls.sort_unstable_by_key(|call| call.no);
        let streams = calls.iter().filter_map(|call| streams_of.get(&call.no));
        let streams: Vec<StreamOfLeg> = streams.flatten().filter_map(stream_of_leg).collect();
        let mut calls = possible_legs(calls, &streams);
        link(&mut calls);
        let place = |call: &CallRecord| order.get(&call.no).copied().unwrap_or((0, last));
        calls.sort_by_key(|call| place(call).0);
        waiting.extend(calls.into_iter().map(|call| (place(&call).1, call)));
        for (_, call) in waiting.iter_mut().skip(count) {
            call.possible_legs.clear();
            if let Some(ties) = &mut call.ties {
                ties.links.clear();
            }
        }
    } else if let Some((_, call)) = waiting.front_mut() {
        link(std::slice::from_mut(call));
    }
    count
}
