//! Legs of the same users that follow each other in time through one host: all that is left where a B2BUA hides
//! everything else. Two calls of the same users at one time cannot be told apart so, and are not.

use super::groups::{Sets, refers};
use super::map::{HashMap, HashSet};
use super::view::View;
use super::{ENOUGH, Found, JoinedBy, Link};
use crate::call::record::CallRecord;
use crate::types::{CaptureTime, Delta, Endpoint, HostAddr};

/// A B2BUA that asks nobody sends the next INVITE within this time.
const SOON: Delta = Delta::from_secs(5);
/// What one leg does the other does within this time.
const IN_STEP: Delta = Delta::from_secs(1);
/// Legs that are looked at for one; where more would fit, none is the one.
const LOOKED_AT: usize = 64;
/// Legs named that may be the other one.
const MOST_POSSIBLE: usize = 4;

/// How the later leg comes after the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Its INVITE follows that of the earlier leg soon and before an answer.
    Soon(Delta),
    /// It follows another leg of the same call that came to nothing.
    Next,
    /// Later, and before an answer.
    Later,
    /// The earlier leg's INVITE is not in the capture.
    Unseen,
    /// The server answered the earlier leg itself.
    AfterAnswer,
}

/// How well a leg fits.
#[derive(Clone, Copy, Debug)]
struct Fit {
    up: usize,
    caller: bool,
    callee: bool,
    /// Ringing, answer, end.
    steps: [bool; 3],
    how: How,
}

impl Fit {
    fn steps(&self) -> u32 {
        self.steps.iter().map(|s| u32::from(*s)).sum()
    }

    /// A fit is better than another by two points or more.
    fn points(&self) -> u32 {
        let names = u32::from(self.caller) + u32::from(self.callee);
        let how = match self.how {
            How::Soon(_) | How::Next | How::Unseen => 4,
            How::Later | How::AfterAnswer => 2,
        };
        names * 10 + how + self.steps()
    }

    fn confidence(&self) -> f64 {
        let steps = f64::from(self.steps());
        let both = self.caller && self.callee;
        match self.how {
            How::Soon(_) | How::Next if both => 0.8 + 0.05 * steps,
            // Many call one number at one time.
            How::Soon(_) | How::Next if self.caller || steps >= 2.0 => 0.62 + 0.05 * steps,
            How::Unseen if both && steps >= 2.0 => 0.6 + 0.02 * steps,
            How::Later if both && steps >= 2.0 => 0.6 + 0.02 * steps,
            How::AfterAnswer if self.caller && self.steps[2] => 0.6,
            How::AfterAnswer => 0.0,
            _ => 0.4,
        }
    }
}

/// Legs, and the earlier one that each fits.
type Picked = Vec<(usize, Fit)>;

/// Adds what names and times tell of legs that nothing more certain joins.
pub(super) fn add(views: &[View<'_>], certain: Vec<Link>) -> Found {
    let mut sets = Sets::joined(views.len(), &certain);
    let refers = refers(views, &certain);
    let has_up: HashSet<usize> = certain.iter().map(|l| l.down).collect();
    let index = Index::of(views);
    let mut order: Vec<usize> = (0..views.len()).collect();
    order.sort_by_key(|at| views.get(*at).map(|v| (v.start(), v.call.no)));
    // Legs already found of each earlier leg.
    let mut onward: HashMap<usize, Vec<usize>> = HashMap::default();
    for link in &certain {
        onward.entry(link.up).or_default().push(link.down);
    }
    let mut picked: Vec<(usize, Fit)> = Vec::new();
    let mut unsure: Vec<(usize, Vec<Fit>)> = Vec::new();
    for down in order {
        let Some(view) = views.get(down).filter(|_| !has_up.contains(&down)) else {
            continue;
        };
        let mut fits: Vec<Fit> = Vec::new();
        let mut too_many = false;
        for is_caller in [true, false] {
            // One that has the callee alone is behind any that has both.
            if !is_caller && fits.iter().any(|f| f.caller && f.callee) {
                break;
            }
            index.near(view, is_caller, &mut |up: usize| {
                let Some(earlier) = views.get(up).filter(|_| up != down) else {
                    return true;
                };
                if sets.find(up) == sets.find(down) || fits.iter().any(|f| f.up == up) {
                    return true;
                }
                let children = onward.get(&up).map_or(&[][..], Vec::as_slice);
                let mut group = children.iter().chain([&up]);
                let transferred = group.any(|leg| {
                    let refer = refers.get(*leg).copied().flatten();
                    refer.is_some_and(|(_, time)| time <= view.start())
                });
                if !transferred && let Some(fit) = fit(views, up, earlier, view, children) {
                    fits.push(fit);
                }
                too_many = fits.len() > LOOKED_AT;
                !too_many
            });
        }
        fits.sort_by_key(|f| std::cmp::Reverse(f.points()));
        let Some(best) = fits.first().copied().filter(|_| !too_many) else {
            continue;
        };
        // Legs that are one call already are no rivals; the last of them made this one.
        let own = sets.find(best.up);
        let others = fits.iter().filter(|f| sets.find(f.up) != own);
        let second = others.map(Fit::points).max().unwrap_or(0);
        if best.points() >= second + 2 {
            let alike = fits
                .iter()
                .filter(|f| sets.find(f.up) == own && f.points() + 2 > best.points());
            let last = alike.max_by_key(|f| views.get(f.up).map(|v| (v.start(), v.call.no)));
            let best = last.copied().unwrap_or(best);
            sets.join(best.up, down);
            picked.push((down, best));
            onward.entry(best.up).or_default().push(down);
        } else {
            fits.retain(|f| f.points() + 2 > best.points());
            unsure.push((down, fits));
        }
    }
    let (joined, left) = settle(views, &certain, picked);
    let mut found = Found {
        links: certain,
        possible: Vec::new(),
    };
    found.links.extend(
        joined
            .iter()
            .map(|(down, fit)| link(views, *down, fit, fit.confidence().max(ENOUGH))),
    );
    for (down, fit) in left {
        found
            .possible
            .push(link(views, down, &fit, fit.confidence().min(0.5)));
    }
    for (down, fits) in unsure {
        // Each is as good as the others.
        let share = 1.0 / fits.len() as f64;
        let few = fits.iter().take(MOST_POSSIBLE);
        found
            .possible
            .extend(few.map(|f| link(views, down, f, f.confidence() * share)));
    }
    found.possible.retain(|l| l.confidence > 0.0);
    found
}

/// Two by two each fits; what does not fit together is taken out again.
fn settle(views: &[View<'_>], certain: &[Link], picked: Picked) -> (Picked, Picked) {
    let up_of: HashMap<usize, usize> = picked.iter().map(|(down, f)| (*down, f.up)).collect();
    let mut of_up: HashMap<usize, Vec<(usize, Option<Fit>)>> = HashMap::default();
    for link in certain {
        of_up.entry(link.up).or_default().push((link.down, None));
    }
    for (down, fit) in &picked {
        of_up.entry(fit.up).or_default().push((*down, Some(*fit)));
    }
    let answered = |at: usize| views.get(at).is_some_and(View::was_answered);
    let fits_together = |down: usize, fit: &Fit| {
        let Some(view) = views.get(down) else {
            return false;
        };
        let all = of_up.get(&fit.up).map_or(&[][..], Vec::as_slice);
        let others = || all.iter().filter(|(at, _)| *at != down);
        // A leg of the same call bears another caller: this one is of somebody else.
        let strange = |at: usize| views.get(at).is_none_or(|v| !v.caller.is(&view.caller));
        if !fit.caller && others().any(|(at, _)| strange(*at)) {
            return false;
        }
        // One call is answered once; the other answer is of a call whose first leg is not there.
        let rival = |(at, other): &(usize, Option<Fit>)| {
            let at_once = views
                .get(*at)
                .is_some_and(|v| v.decided <= Some(view.until) && view.decided <= Some(v.until));
            let weaker = other.is_some_and(|o| o.points() + 2 <= fit.points());
            answered(*at) && at_once && !weaker
        };
        if answered(down) && others().any(rival) {
            return false;
        }
        // What this leg has in common with the next is not handed on: the first has to fit as well.
        match up_of.get(&fit.up).and_then(|first| views.get(*first)) {
            Some(first) => {
                let same = first.caller.is(&view.caller) || first.callee.is(&view.callee);
                same && first.spans(view) && view.start() - first.start() <= SOON
            }
            None => true,
        }
    };
    let sure = |down: usize, fit: &Fit| fit.confidence() >= ENOUGH && fits_together(down, fit);
    let proved: HashSet<usize> = picked
        .iter()
        .filter(|(down, fit)| sure(*down, fit))
        .map(|(down, _)| *down)
        .collect();
    // An attempt that came to nothing, beside another of the same caller's to the same callee.
    let beside = |down: usize, fit: &Fit| {
        let all = of_up.get(&fit.up).map_or(&[][..], Vec::as_slice);
        let soon = matches!(fit.how, How::Soon(_) | How::Next) && !answered(down);
        soon && all.iter().any(|(at, _)| proved.contains(at)) && fits_together(down, fit)
    };
    let fine = |down: usize, fit: &Fit| proved.contains(&down) || beside(down, fit);
    picked.into_iter().partition(|(down, fit)| fine(*down, fit))
}

/// How `view` fits behind `up`; `None` where something speaks against it.
fn fit(
    views: &[View<'_>],
    at: usize,
    up: &View<'_>,
    view: &View<'_>,
    children: &[usize],
) -> Option<Fit> {
    if !up.leads_to(view) {
        return None;
    }
    let (caller, callee) = (up.caller.is(&view.caller), up.callee.is(&view.callee));
    // Who was called calls somebody else: another call.
    let is_another = !callee && (!caller || view.caller.is(&up.callee));
    if is_another {
        return None;
    }
    let steps = steps(up, view);
    let (a, b) = (up.call, view.call);
    // Nobody can be answered by a leg that was refused.
    if b.answer.is_some() && a.answer.is_none() && a.final_status.is_some() && !steps[2] {
        return None;
    }
    let began = view.start();
    let how = if !a.invite_seen {
        // Its responses come after those of the leg that it waits for.
        let later = up.start() >= began && up.start() <= view.until;
        later.then_some(How::Unseen)?
    } else if !up.spans(view) || !b.invite_seen {
        return None;
    } else if up.decided.is_none_or(|t| began < t) {
        let after = began - up.start();
        let came_to_nothing = |child: &usize| {
            let end = views
                .get(*child)
                .filter(|v| !v.was_answered())
                .and_then(|v| v.call.end);
            end.is_some_and(|end| (began - end).abs() <= SOON)
        };
        if after <= SOON {
            How::Soon(after)
        } else if children.iter().any(came_to_nothing) {
            How::Next
        } else {
            How::Later
        }
    } else if a.answer.is_some() {
        How::AfterAnswer
    } else {
        return None;
    };
    Some(Fit {
        up: at,
        caller,
        callee,
        steps,
        how,
    })
}

fn steps(up: &View<'_>, view: &View<'_>) -> [bool; 3] {
    let follows = |first: Option<CaptureTime>, then: Option<CaptureTime>| {
        let (Some(first), Some(then)) = (first, then) else {
            return false;
        };
        let behind = then - first;
        behind >= Delta::from_millis(-5) && behind <= IN_STEP
    };
    let (a, b) = (up.call, view.call);
    let ended = match (a.end, b.end) {
        (Some(a), Some(b)) => (a - b).abs() <= IN_STEP,
        _ => false,
    };
    [
        follows(b.ringing, a.ringing),
        follows(b.answer, a.answer),
        ended,
    ]
}

fn link(views: &[View<'_>], down: usize, fit: &Fit, confidence: f64) -> Link {
    let names = match (fit.caller, fit.callee) {
        (true, true) => "both legs have the same caller and callee",
        (true, false) => "both legs have the same caller",
        _ => "both legs have the same callee",
    };
    let how = match fit.how {
        How::Soon(after) => format!(
            "the host that received the first INVITE sent the second {:.1} ms later",
            after.as_millis_f64()
        ),
        How::Next => "the host that received the first INVITE sent the second when another attempt had come to nothing".to_owned(),
        How::Later => "the host that received the first INVITE sent the second while the first was not answered".to_owned(),
        How::Unseen => "the host that received the first INVITE, which is not in the capture, sent the second".to_owned(),
        How::AfterAnswer => "the host that had answered the first INVITE sent the second".to_owned(),
    };
    let words = ["ringing", "answer", "end"];
    // What the server said on its own before the other leg did was not passed on.
    let on_its_own = |of: fn(&CallRecord) -> Option<CaptureTime>| {
        let time = |at: usize| of(views.get(at)?.call);
        time(fit.up)
            .zip(time(down))
            .is_some_and(|(up, down)| up < down)
    };
    let own = [on_its_own(|c| c.ringing), on_its_own(|c| c.answer), false];
    let same: Vec<&str> = words
        .into_iter()
        .zip(fit.steps.iter().zip(own))
        .filter(|(_, (s, own))| **s && !own)
        .map(|(w, _)| w)
        .collect();
    let steps = match same.as_slice() {
        [] => String::new(),
        [one] => format!("; the {one} is passed on within a second"),
        [all @ .., last] => format!(
            "; {} and {last} are passed on within a second",
            all.join(", ")
        ),
    };
    let invite = |at: usize| views.get(at).and_then(|v| v.call.evidence.invite);
    Link {
        up: fit.up,
        down,
        by: JoinedBy::Identity,
        confidence,
        evidence: format!("{names}, and {how}{steps}"),
        messages: invite(fit.up).into_iter().chain(invite(down)).collect(),
        late: None,
    }
}

/// Legs by who received them and one of their users, in order of time.
struct Index(HashMap<Key, Vec<(CaptureTime, usize)>>);

/// Who received a leg, whether the user is its caller, and the user.
type Key = (HostAddr, bool, Vec<u8>);

impl Index {
    fn of(views: &[View<'_>]) -> Self {
        let mut index: HashMap<Key, Vec<_>> = HashMap::default();
        // Only a host that calls on is looked for.
        let senders: HashSet<HostAddr> =
            views.iter().filter_map(|v| Some(v.sender?.addr)).collect();
        for (at, view) in views.iter().enumerate() {
            let calls_on = |host: &&Endpoint| senders.contains(&host.addr);
            if !view.receivers.iter().any(|host| calls_on(&host)) {
                continue;
            }
            let users = [(true, view.caller.key()), (false, view.callee.key())];
            for (is_caller, key) in users {
                let Some(key) = key else { continue };
                for host in view.receivers.iter().filter(calls_on) {
                    let list = index
                        .entry((host.addr, is_caller, key.clone()))
                        .or_default();
                    if list.last() != Some(&(view.start(), at)) {
                        list.push((view.start(), at));
                    }
                }
            }
        }
        for list in index.values_mut() {
            list.sort_unstable();
        }
        Index(index)
    }

    /// Gives the legs whose receiver sent `view` and that have the same caller, or else callee, the latest before it first, then those seen from after it on;
    /// until `take` has enough.
    fn near(&self, view: &View<'_>, is_caller: bool, take: &mut impl FnMut(usize) -> bool) {
        if self.0.is_empty() {
            return;
        }
        let key = if is_caller {
            view.caller.key()
        } else {
            view.callee.key()
        };
        let (Some(host), Some(key)) = (view.sender, key) else {
            return;
        };
        let list = self.0.get(&(host.addr, is_caller, key));
        let list = list.map_or(&[][..], Vec::as_slice);
        let here = list.partition_point(|(time, _)| *time <= view.start());
        let (before, after) = list.split_at(here);
        let before = before.iter().rev().take(4 * LOOKED_AT);
        let after = after
            .iter()
            .take(LOOKED_AT)
            .take_while(|(time, _)| *time <= view.until);
        for (_, at) in before.chain(after) {
            if !take(*at) {
                return;
            }
        }
    }
}
