//! Asks a record: every value an expression names is looked at once, where it stands, and nothing is copied.

use super::check::{Check, Seen};
use super::pick::Picker;
use super::plan::{Plan, Truth};
use super::related::{Item, Lookup};
use serde::Serialize;

/// What is known of the conditions while a record is looked at.
pub(super) struct Eval<'q> {
    plan: &'q Plan,
    lookup: &'q dyn Lookup,
    holds: Vec<bool>,
    /// Some value was there, or was there as null.
    met: Vec<bool>,
    counts: Vec<u32>,
}

/// True where the expression holds for the record.
pub(super) fn matches(plan: &Plan, item: Item<'_>, lookup: &dyn Lookup) -> bool {
    let tests = plan.tests.len();
    let mut eval = Eval {
        plan,
        lookup,
        holds: vec![false; tests],
        met: vec![false; tests],
        counts: vec![0; tests],
    };
    eval.item(item, 0);
    let holds = |number: usize| eval.holds_at_last(number);
    truth(&plan.truth, &holds)
}

fn truth(wanted: &Truth, holds: &dyn Fn(usize) -> bool) -> bool {
    match wanted {
        Truth::Any(parts) => parts.iter().any(|p| truth(p, holds)),
        Truth::All(parts) => parts.iter().all(|p| truth(p, holds)),
        Truth::Not(inner) => !truth(inner, holds),
        Truth::Test(number) => holds(*number),
    }
}

impl<'q> Eval<'q> {
    pub(super) fn plan(&self) -> &'q Plan {
        self.plan
    }

    /// Looks at a record that begins at a place.
    fn item(&mut self, item: Item<'_>, root: usize) {
        let (plan, lookup) = (self.plan, self.lookup);
        let Some(node) = plan.nodes.get(root) else {
            return;
        };
        for (link, at) in &node.links {
            lookup.related(*link, item, &mut |id| self.number(*at, id));
        }
        if node.keys.is_empty() {
            return;
        }
        // Nothing is written, so nothing can fail.
        let _ = match item {
            Item::Call(x) => x.serialize(Picker::at(root, self)),
            Item::Registration(x) => x.serialize(Picker::at(root, self)),
            Item::Attempt(registration, attempt) => attempt
                .serialize(Picker::at(root, self))
                .and_then(|()| registration.serialize(Picker::at(root, self))),
            Item::Requests(x) => x.serialize(Picker::at(root, self)),
            Item::Message(x) => x.serialize(Picker::at(root, self)),
            Item::Transaction(x) => x.serialize(Picker::at(root, self)),
            Item::Dialog(x) => x.serialize(Picker::at(root, self)),
            Item::Stream(x) => x.serialize(Picker::at(root, self)),
            Item::Finding(x) => x.serialize(Picker::at(root, self)),
        };
    }

    fn number(&mut self, at: usize, id: u32) {
        self.value(at, Seen::Number(f64::from(id)));
    }

    /// A value that is there.
    pub(super) fn value(&mut self, at: usize, value: Seen<'_>) {
        let plan = self.plan;
        let Some(node) = plan.nodes.get(at) else {
            return;
        };
        for number in &node.tests {
            let Some(test) = plan.tests.get(*number) else {
                continue;
            };
            if test.is_count {
                self.count(*number);
                continue;
            }
            let holds = match test.check {
                Check::Null => test.negated,
                _ => test.check.holds(value) != test.negated,
            };
            self.meet(*number, holds);
        }
        if let (Some((kind, root)), Seen::Number(id)) = (node.of, value)
            && !self.is_settled(root)
        {
            // Numbers of records are whole and small.
            let lookup = self.lookup;
            lookup.record(kind, id as u32, &mut |item| self.item(item, root));
        }
    }

    /// Nothing is there, nor anything that would be in it.
    pub(super) fn null(&mut self, at: usize) {
        let plan = self.plan;
        let below = plan.nodes.get(at).map_or(&[][..], |n| &n.below);
        for number in below {
            let test = plan.tests.get(*number);
            if let Some(test) = test.filter(|t| !t.is_count) {
                let holds = matches!(test.check, Check::Null) && !test.negated;
                self.meet(*number, holds);
            }
        }
    }

    fn meet(&mut self, number: usize, holds: bool) {
        if let Some(met) = self.met.get_mut(number) {
            *met = true;
        }
        if let Some(held) = self.holds.get_mut(number) {
            *held |= holds;
        }
    }

    fn count(&mut self, number: usize) {
        if let Some(count) = self.counts.get_mut(number) {
            *count = count.saturating_add(1);
        }
    }

    /// True where another record at this place changes nothing.
    fn is_settled(&self, root: usize) -> bool {
        let below = self.plan.nodes.get(root).map_or(&[][..], |n| &n.below);
        below.iter().all(|number| {
            let holds = self.holds.get(*number).copied().unwrap_or_default();
            let is_count = self.plan.tests.get(*number).is_some_and(|t| t.is_count);
            holds && !is_count
        })
    }

    /// Whether a condition holds, once everything was looked at.
    fn holds_at_last(&self, number: usize) -> bool {
        let Some(test) = self.plan.tests.get(number) else {
            return false;
        };
        if test.is_count {
            let count = self.counts.get(number).copied().unwrap_or_default();
            return test.check.holds(Seen::Number(f64::from(count))) != test.negated;
        }
        let met = self.met.get(number).copied().unwrap_or_default();
        let asks_null = matches!(test.check, Check::Null) && !test.negated;
        match met {
            true => self.holds.get(number).copied().unwrap_or_default(),
            // An empty list, or a record that is not there.
            false => asks_null,
        }
    }
}
