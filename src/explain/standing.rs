//! What a host is to all calls of a report: a PBX calls as one and is called as another, a person's phone does not.

use super::names::{party, user_of};
use super::words::clean;
use crate::report::model::{Message, MessageKind, Report};
use std::collections::{HashMap, HashSet};

/// Accounts registered from one address, from which on it is nobody's phone.
const MANY_USERS: usize = 3;

/// The name of a host between the legs of a call.
pub(super) const B2BUA: &str = "b2bua";

/// Hosts that stand for more than one party, by their address, with the name to show them under.
pub(super) fn shared_hosts(report: &Report) -> HashMap<String, String> {
    let mut roles: HashMap<&str, [HashSet<String>; 2]> = HashMap::new();
    let mut middles: HashSet<&str> = HashSet::new();
    for call in &report.calls {
        let names = [party(&call.caller), party(&call.callee)];
        for (n, leg) in call.legs.iter().enumerate() {
            let ends = [leg.hops.first(), leg.hops.last()];
            if leg.hops.len() < 2 {
                continue;
            }
            // Behind the first leg each phone is called by a name of its own.
            let named = if n == 0 { 2 } else { 1 };
            let ends = ends.into_iter().enumerate().take(named);
            for ((role, end), name) in ends.zip(&names) {
                let Some(address) = end.and_then(|end| address_of(end)) else {
                    continue;
                };
                if let Some(known) = roles.entry(address).or_default().get_mut(role) {
                    known.insert(name.clone());
                }
            }
            // What ends one leg and begins another of the same call stands between them.
            let begins = |l: &&str| call.legs.iter().skip(n + 1).any(|o| starts_at(&o.hops, l));
            let between = leg.hops.last().and_then(|end| address_of(end));
            middles.extend(between.filter(begins));
        }
    }
    let mut users: HashMap<&str, HashSet<String>> = HashMap::new();
    for r in &report.registrations {
        let own = users.entry(&r.client.address).or_default();
        own.insert(user_of(&r.aor));
    }
    let stands_for_several = |address: &str, [calls, called]: &[HashSet<String>; 2]| {
        let both = !calls.is_empty() && !called.is_empty();
        // A phone may be called by a number of its user's as well.
        let all = calls.union(called).count();
        let registers = users.get(address).map_or(0, HashSet::len);
        (both && (calls.is_disjoint(called) || all > 2)) || registers >= MANY_USERS
    };
    let mut shared = HashMap::new();
    for (address, known) in &roles {
        if stands_for_several(address, known) {
            let name = match middles.contains(address) {
                true => B2BUA.to_owned(),
                false => software_of(report, address).unwrap_or_else(|| clean(address)),
            };
            shared.insert((*address).to_owned(), name);
        }
    }
    shared
}

fn starts_at(hops: &[String], address: &str) -> bool {
    hops.first().and_then(|hop| address_of(hop)) == Some(address)
}

/// The address of a hop, `[2001:db8::1]:5060`.
pub(super) fn address_of(hop: &str) -> Option<&str> {
    let (address, _) = hop.rsplit_once(':')?;
    Some(address.trim_start_matches('[').trim_end_matches(']'))
}

/// The product a host names in messages of its own: the INVITEs it begins a call with, and its answers to those that
/// end there.
fn software_of(report: &Report, address: &str) -> Option<String> {
    let ends: HashMap<&str, (bool, bool)> = report
        .calls
        .iter()
        .flat_map(|c| &c.legs)
        .map(|leg| {
            let last = leg.hops.last().and_then(|hop| address_of(hop)) == Some(address);
            (&*leg.call_id, (starts_at(&leg.hops, address), last))
        })
        .collect();
    let own = |m: &&Message| {
        let ends = m.call_id.as_deref().and_then(|id| ends.get(id));
        let (begins, last) = ends.copied().unwrap_or_default();
        let invite = m.method.as_deref() == Some("INVITE");
        let is_its = match m.kind {
            MessageKind::Request => begins,
            MessageKind::Response => last,
        };
        m.src.address == address && invite && is_its
    };
    let named = |m: &Message| {
        let agent = m.user_agent.as_deref()?;
        let product = agent.split(['/', ' ', '(']).next()?;
        // Without its version.
        let version = product.match_indices('-').find(|(at, _)| {
            let after = product.get(at + 1..).unwrap_or_default();
            after.starts_with(|c: char| c.is_ascii_digit())
        });
        let product = version.map_or(Some(product), |(at, _)| product.get(..at))?;
        (!product.is_empty()).then(|| clean(product))
    };
    report.messages.iter().filter(own).find_map(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;

    #[test]
    fn a_host_that_calls_as_one_and_is_called_as_another_is_nobodys_phone() {
        let mut report = fixtures::proxied();
        assert!(shared_hosts(&report).is_empty());
        // Bob's host calls on as alice.
        let mut onward = report.calls[0].clone();
        onward.id = 2;
        onward.callee.uri = "sip:carol@example.com".into();
        onward.legs[0].hops = vec!["192.0.2.12:5060".into(), "192.0.2.13:5060".into()];
        onward.legs[0].call_id = "other".into();
        report.calls.push(onward.clone());
        let own = report
            .messages
            .iter_mut()
            .filter(|m| m.src.address == "192.0.2.12");
        own.for_each(|m| m.user_agent = Some("Asterisk PBX 20".into()));
        let shared = shared_hosts(&report);
        assert_eq!(shared.len(), 1);
        assert_eq!(shared["192.0.2.12"], "Asterisk");
        // As himself: his own phone.
        report.calls[1].caller.uri = "sip:bob@example.com".into();
        assert!(shared_hosts(&report).is_empty());
        // Two legs of one call.
        report.calls[0].legs.extend(onward.legs);
        report.calls.truncate(1);
        assert_eq!(shared_hosts(&report)["192.0.2.12"], "b2bua");
    }
}
