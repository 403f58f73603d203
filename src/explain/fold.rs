//! Which hosts of a crowd stand alone: the rest share the last lane.

use super::scene::{Host, Role, Scene};
use super::words::in_digits;

/// The lanes of a drawing.
pub struct Fold {
    /// What stands over the lanes, left to right.
    pub hosts: Vec<Host>,
    /// The lane of each host of the scene; `None` where each has its own.
    lanes: Option<Vec<usize>>,
    /// How many hosts share the last lane.
    pub shared: usize,
}

impl Fold {
    /// At most `most` lanes (three or more): caller and callee have one, then the hosts in their order.
    pub fn of(scene: &Scene, most: usize) -> Fold {
        let all = &scene.hosts;
        let alone = most.saturating_sub(1);
        if all.len() <= most {
            return Fold {
                hosts: all.clone(),
                lanes: None,
                shared: 0,
            };
        }
        let is_end = |i: usize| scene.ends.is_some_and(|(a, b)| i == a || i == b);
        let ends = (0..all.len()).filter(|&i| is_end(i)).count();
        let mut others = alone.saturating_sub(ends);
        let mut hosts: Vec<Host> = Vec::with_capacity(most);
        let mut lanes = vec![alone; all.len()];
        for (i, (host, lane)) in all.iter().zip(&mut lanes).enumerate() {
            if !is_end(i) {
                if others == 0 {
                    continue;
                }
                others -= 1;
            }
            *lane = hosts.len();
            hosts.push(host.clone());
        }
        let shared = all.len() - hosts.len();
        hosts.push(Host {
            name: format!("{} more hosts", in_digits(shared as u64)).into(),
            number: None,
            role: Role::Crowd,
            address: "drawn as one".into(),
        });
        Fold {
            hosts,
            lanes: Some(lanes),
            shared,
        }
    }

    /// The lanes of an arrow; `None` where it runs between two hosts of the shared lane.
    pub fn lanes(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let Some(lanes) = &self.lanes else {
            return Some((from, to));
        };
        let (from, to) = (*lanes.get(from)?, *lanes.get(to)?);
        let shared = self.hosts.len().saturating_sub(1);
        (from != shared || to != shared).then_some((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Lookup;
    use crate::report::fixtures;

    #[test]
    fn caller_and_callee_keep_their_lanes_and_the_others_share_one() {
        let mut report = fixtures::proxied();
        // The INVITE to bob (#14) also goes to a second phone.
        let mut invite = report.messages[13].clone();
        invite.dst.address = "192.0.2.13".into();
        invite.id = report.messages.len() as u32 + 1;
        report.calls[0].messages.push(invite.id);
        report.messages.push(invite);
        let lookup = Lookup::new(&report);
        let scene = Scene::of_call(&lookup, &report.calls[0]);
        let names =
            |fold: &Fold| -> Vec<String> { fold.hosts.iter().map(Host::to_string).collect() };
        // alice, proxy, bob, the second phone.
        let whole = Fold::of(&scene, 4);
        assert_eq!((whole.hosts.len(), whole.shared), (4, 0));
        assert_eq!(whole.lanes(1, 3), Some((1, 3)));
        let folded = Fold::of(&scene, 3);
        assert_eq!(names(&folded), ["alice", "bob", "2 more hosts"]);
        assert_eq!(folded.lanes(0, 1), Some((0, 2)));
        assert_eq!(folded.lanes(2, 1), Some((1, 2)));
        assert_eq!(folded.lanes(1, 3), None);
    }
}
