//! What can be told of the other legs of a call, and of calls that it led to, where records go out one by one: as far as
//! those calls are over too and wait to be handed on.

use super::joined::stream_of_leg;
use crate::call::{CallRecord, StreamOfLeg, link, possible_legs};
use crate::media::StreamRecord;
use crate::types::{CallNo, Delta};
use std::collections::{HashMap, VecDeque};

/// Calls that wait, the one that was over first in front.
pub(super) type Waiting = VecDeque<CallRecord>;

/// Calls that are over within this time are looked at together. What is over later may not have been closed yet when the
/// first of them goes out, as the clock is looked at now and then: a record must not depend on that.
const BESIDE: Delta = Delta::from_secs(50);
/// What belongs to a call that is over is over within this time as well, mostly.
const TOGETHER: Delta = Delta::from_secs(4);

/// Notes with calls that wait what they have to do with each other: how many from the front on have it now. Each call
/// is noted once, and looked at about twice.
pub(super) fn note(
    waiting: &mut Waiting,
    streams_of: &HashMap<CallNo, Vec<StreamRecord>>,
) -> usize {
    let Some(first) = waiting.front().map(|call| call.over) else {
        return 0;
    };
    let beside = waiting.partition_point(|call| call.over <= first + BESIDE);
    let noted = waiting.partition_point(|call| call.over <= first + (BESIDE - TOGETHER));
    if beside == 1 {
        if let Some(call) = waiting.front_mut() {
            link(std::slice::from_mut(call));
        }
        return noted;
    }
    let mut calls: Vec<CallRecord> = waiting.drain(..beside).collect();
    let place: HashMap<CallNo, usize> = (calls.iter().enumerate())
        .map(|(at, call)| (call.no, at))
        .collect();
    calls.sort_unstable_by_key(|call| call.no);
    let streams = calls.iter().filter_map(|call| streams_of.get(&call.no));
    let streams: Vec<StreamOfLeg> = streams.flatten().filter_map(stream_of_leg).collect();
    let mut calls = possible_legs(calls, &streams);
    link(&mut calls);
    calls.sort_by_key(|call| place.get(&call.no).copied());
    for call in calls.iter_mut().skip(noted) {
        call.possible_legs.clear();
        if let Some(ties) = &mut call.ties {
            ties.links.clear();
        }
    }
    for call in calls.into_iter().rev() {
        waiting.push_front(call);
    }
    noted
}
