//! Exchanges that come again and again: two are told, the others counted.

use super::folded::Folded;
use super::pieces::Carried;
use crate::report::model::Message;

/// The most messages of an exchange that comes again: REGISTER, 401, REGISTER, 200.
const LONGEST: usize = 4;
/// So many are told before the others are counted.
const TOLD: usize = 2;
/// As many or more are left out, or none.
const LEAST: usize = 2;

/// Messages that are told, or how many times those before them come again.
pub(super) enum Part<'a> {
    Told(Folded<'a>),
    Again {
        /// How many times.
        times: usize,
        /// The messages, in order.
        folded: Vec<Folded<'a>>,
    },
}

/// What makes two messages the same to a reader.
type Alike<'m> = (
    Option<&'m str>,
    Option<u16>,
    usize,
    usize,
    (bool, bool, usize, Option<u32>),
    &'m [String],
);

fn alike<'m>(f: &'m Folded<'_>, carried: &dyn Fn(&Message) -> Carried) -> Alike<'m> {
    let m = f.first;
    let more = (
        m.has_credentials,
        m.stale,
        f.repeats.len(),
        carried(m).expires_s,
    );
    (
        m.method.as_deref(),
        m.status,
        f.from,
        f.to,
        more,
        &m.contacts,
    )
}

/// Leaves out exchanges that come more than a few times.
pub(super) fn shortened<'a>(
    folded: Vec<Folded<'a>>,
    carried: &dyn Fn(&Message) -> Carried,
) -> Vec<Part<'a>> {
    // How many messages from each place on are left out, and how often the exchange comes in them.
    let mut left: Vec<Option<(usize, usize)>> = vec![None; folded.len()];
    let mut at = 0;
    while at < folded.len() {
        let run = (1..=LONGEST).find_map(|period| {
            let same = folded.iter().zip(folded.iter().skip(period)).skip(at);
            let same = same.take_while(|(a, b)| alike(a, carried) == alike(b, carried));
            let times = same.count() / period + 1;
            (times >= TOLD + LEAST).then_some((period, times))
        });
        match run {
            Some((period, times)) => {
                let begin = at + TOLD * period;
                if let Some(place) = left.get_mut(begin) {
                    *place = Some(((times - TOLD) * period, times - TOLD));
                }
                at += times * period;
            }
            None => at += 1,
        }
    }
    let mut parts = Vec::new();
    let mut folded = folded.into_iter();
    let mut place = 0;
    while place < left.len() {
        match left.get(place).copied().flatten() {
            Some((length, times)) => {
                let folded: Vec<Folded<'a>> = folded.by_ref().take(length).collect();
                parts.push(Part::Again { times, folded });
                place += length;
            }
            None => {
                parts.extend(folded.next().map(Part::Told));
                place += 1;
            }
        }
    }
    parts
}
