//! What an agreement changes of the one before it: hold and resume, media added and removed, another codec.
//!
//! It is the answer that changes a session, never the offer alone (RFC 3264 §8).

use super::agreement::{Agreement, Described};
use super::session::{EventKind, SessionEvent};
use crate::types::{CaptureTime, Direction, Endpoint, MessageId, Party};

/// One change, and which of the two messages says it.
pub(super) struct Change {
    pub(super) kind: EventKind,
    pub(super) message: MessageId,
    pub(super) text: String,
}

/// What the sides of a medium want: who of them does not want to receive by its own decision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Holding {
    caller: bool,
    callee: bool,
}

impl Holding {
    fn by(&mut self, side: Party) -> &mut bool {
        match side {
            Party::Caller => &mut self.caller,
            Party::Callee => &mut self.callee,
        }
    }

    /// After that agreement. Who answers "I do not receive" to one that holds only follows
    /// (RFC 3264 §6.1: `inactive` answers `sendonly` too).
    pub(super) fn after(self, now: &Agreement) -> Holding {
        let mut then = self;
        let (offerer, answerer) = (now.answerer.other(), now.answerer);
        *then.by(offerer) = !now.side(offerer).direction().receives();
        if now.side(answerer).direction().receives() {
            *then.by(answerer) = false;
        } else if now.side(offerer).direction() == Direction::SendRecv {
            *then.by(answerer) = true;
        }
        then
    }
}

/// What changed at a medium that goes on.
pub(super) fn of_medium(before: &Agreement, now: &Agreement, out: &mut Vec<Change>) {
    let kind = now.kind();
    if before.kind() != kind {
        let (from, to) = (named(before), named(now));
        let who = now.answerer.other().as_str();
        return out.push(Change {
            kind: EventKind::MediaAdded,
            message: now.offered_in,
            text: format!("the {who} switches from {from} to {to}"),
        });
    }
    let mut refused = false;
    for side in [now.answerer.other(), now.answerer] {
        let is_offerer = side != now.answerer;
        let (mut before_it, mut after_it) = (before.holding, now.holding);
        let own = now.side(side);
        let who = side.as_str();
        let message = if is_offerer {
            now.offered_in
        } else {
            now.agreed_in
        };
        match (*before_it.by(side), *after_it.by(side)) {
            // That it does not take up the resume is said.
            (false, true) if refused => {}
            (false, true) => out.push(Change {
                kind: EventKind::Hold,
                message,
                text: format!("the {who} puts {kind} on hold ({})", why(own)),
            }),
            (true, false) if *before_it.by(side.other()) && *after_it.by(side.other()) => {
                let other = side.other();
                out.push(Change {
                    kind: EventKind::Resume,
                    message,
                    text: format!(
                        "the {who} ends its own hold of {kind} ({}), but the {} still holds ({})",
                        own.attribute,
                        other.as_str(),
                        why(now.side(other))
                    ),
                });
            }
            (true, false) if now.flows_from(side.other()) || *before_it.by(side.other()) => out
                .push(Change {
                    kind: EventKind::Resume,
                    message,
                    text: format!("the {who} resumes {kind} ({})", own.attribute),
                }),
            (true, false) => {
                refused = true;
                out.push(Change {
                    kind: EventKind::NotResumed,
                    message: now.agreed_in,
                    text: format!(
                        "the {who} wants to resume {kind} ({}), but the {} answers {}",
                        own.attribute,
                        side.other().as_str(),
                        now.side(side.other()).attribute
                    ),
                })
            }
            _ => {}
        }
    }
    for side in [now.answerer.other(), now.answerer] {
        out.extend(moved(before, now, side));
    }
    if let (Some(was), Some(is)) = (before.codec(), now.codec())
        && !was.name.eq_ignore_ascii_case(&is.name)
    {
        out.push(Change {
            kind: EventKind::CodecChanged,
            message: now.agreed_in,
            text: format!("{kind} changes from {} to {}", was.name, is.name),
        });
    }
}

/// One side wants its medium somewhere else. With ICE candidates the address in the `m=` line need not be where it goes.
fn moved(before: &Agreement, now: &Agreement, side: Party) -> Option<Change> {
    let at = |a: &Agreement| {
        let said = a.side(side);
        let known = !said.has_ice && !said.no_address && said.port != 0;
        said.address
            .filter(|_| known)
            .map(|address| Endpoint::new(address, said.port))
    };
    let (was, is) = (at(before)?, at(now)?);
    (was != is).then(|| Change {
        kind: EventKind::AddressChanged,
        message: match side == now.answerer {
            true => now.agreed_in,
            false => now.offered_in,
        },
        text: format!(
            "the {} wants {} at {is} from now on",
            side.as_str(),
            now.kind()
        ),
    })
}

/// What makes the side's medium a hold.
fn why(own: &Described) -> String {
    match own.attribute {
        Direction::SendRecv | Direction::RecvOnly if own.no_address => match own.address {
            Some(address) => format!("c={address}"),
            None => "no address in its c= line".to_owned(),
        },
        direction => direction.as_str().to_owned(),
    }
}

fn named(a: &Agreement) -> String {
    match a.codec() {
        Some(codec) => format!("{} ({})", a.kind(), codec.name),
        None => a.kind().to_string(),
    }
}

impl Change {
    pub(super) fn added(now: &Agreement) -> Change {
        let who = now.answerer.other().as_str();
        Change {
            kind: EventKind::MediaAdded,
            message: now.offered_in,
            text: format!("the {who} adds {}", now.kind()),
        }
    }

    /// Of a medium whose earlier state is not known.
    pub(super) fn on_hold(now: &Agreement) -> Option<Change> {
        let sides = [now.answerer.other(), now.answerer];
        let side = sides
            .into_iter()
            .find(|side| *now.holding.clone().by(*side))?;
        let (who, why) = (side.as_str(), why(now.side(side)));
        Some(Change {
            kind: EventKind::Hold,
            message: match side == now.answerer {
                true => now.agreed_in,
                false => now.offered_in,
            },
            text: format!("the {who} has {} on hold ({why})", now.kind()),
        })
    }

    pub(super) fn removed(kind: &str, now: &Agreement) -> Change {
        let offerer = now.answerer.other();
        let (who, message) = match now.side(offerer).is_active {
            true => (now.answerer, now.agreed_in),
            false => (offerer, now.offered_in),
        };
        Change {
            kind: EventKind::MediaRemoved,
            message,
            text: format!("the {} removes {kind}", who.as_str()),
        }
    }

    /// Where a medium was offered and the answer does not want it.
    pub(super) fn refused(now: &Agreement) -> Option<Change> {
        let (offer, answer) = (now.side(now.answerer.other()), now.side(now.answerer));
        (offer.is_active && !answer.is_active).then(|| Change {
            kind: EventKind::MediaRefused,
            message: now.agreed_in,
            text: format!("the {} refuses {}", now.answerer.as_str(), offer.line.kind),
        })
    }

    /// It is told of the message that says it. `offered`: when the offer was seen.
    pub(super) fn into_event(self, now: &Agreement, offered: CaptureTime) -> SessionEvent {
        SessionEvent {
            time: match self.message == now.agreed_in {
                true => now.since,
                false => offered,
            },
            kind: self.kind,
            message: self.message,
            text: self.text,
        }
    }
}
