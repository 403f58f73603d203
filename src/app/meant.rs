//! Why nothing fits a selection: the option that the capture has nothing for, and what is near it.

use super::analyse::Analysis;
use super::select::fits;
use crate::cli::SelectArgs;
use crate::explain::words::{counted, listed};
use crate::report::model::{Message, PartyRef};
use crate::sip::method;
use crate::types::Escaped;
use crate::types::near::nearest;
use std::collections::BTreeSet;

/// Different values that are remembered of one kind: a capture may hold any number.
const MOST: usize = 1000;
/// Values named in a hint.
const NAMED: usize = 12;

/// One option of a selection, as if it had been given alone.
struct Alone {
    name: &'static str,
    /// What was typed behind it.
    value: String,
    select: SelectArgs,
    /// Some message fits it.
    fits: bool,
}

/// What the messages of a capture have.
#[derive(Default)]
struct Seen {
    methods: BTreeSet<String>,
    statuses: BTreeSet<String>,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
    software: BTreeSet<String>,
    calls: u32,
}

/// ` (--method invit: was INVITE meant?)`, ` (--status 404: the capture has 100, 180 and 200)`; empty where there is
/// nothing to say. `calls` is how many the capture has, where that is known.
pub(super) fn hint(options: &SelectArgs, analysis: &mut Analysis, calls: usize) -> String {
    let mut all = apart(options);
    let mut seen = Seen {
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
        ..Seen::default()
    };
    let first = analysis.first_time();
    let (collected, texts) = analysis.parts();
    // A text that cannot be read again is left out here; the answer is the same.
    for m in collected.messages(texts, first, false, &|_| true).flatten() {
        seen.saw(&m);
        for one in all.iter_mut().filter(|one| !one.fits) {
            one.fits = fits(&one.select, &m);
        }
    }
    let why = match all.iter().find(|one| !one.fits) {
        Some(one) => seen.why(one),
        None if all.len() > 1 => {
            let names: Vec<String> = all.iter().map(|one| one.name.to_owned()).collect();
            Some(format!(
                "each of {} fits something, none fits all",
                listed(&names)
            ))
        }
        None => None,
    };
    why.map_or(String::new(), |why| format!(" ({why})"))
}

fn apart(options: &SelectArgs) -> Vec<Alone> {
    let SelectArgs {
        calls,
        from,
        to,
        ua,
        call_id,
        methods,
        statuses,
    } = options.clone();
    let none = SelectArgs::default;
    let numbers: Vec<String> = calls.iter().map(u32::to_string).collect();
    let codes: Vec<String> = statuses.iter().map(ToString::to_string).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let each = [
        ("--call", numbers.join(","), SelectArgs { calls, ..none() }),
        ("--from", text(&from), SelectArgs { from, ..none() }),
        ("--to", text(&to), SelectArgs { to, ..none() }),
        ("--ua", text(&ua), SelectArgs { ua, ..none() }),
        (
            "--call-id",
            text(&call_id),
            SelectArgs { call_id, ..none() },
        ),
        (
            "--method",
            methods.join(","),
            SelectArgs { methods, ..none() },
        ),
        (
            "--status",
            codes.join(","),
            SelectArgs { statuses, ..none() },
        ),
    ];
    let given = each.into_iter().filter(|(_, _, select)| !select.is_empty());
    let alone = |(name, value, select)| Alone {
        name,
        value,
        select,
        fits: false,
    };
    given.map(alone).collect()
}

impl Seen {
    fn saw(&mut self, m: &Message) {
        let add = |set: &mut BTreeSet<String>, text: Option<String>| {
            if let Some(text) = text.filter(|_| set.len() < MOST) {
                set.insert(text);
            }
        };
        self.calls = self.calls.max(m.call.unwrap_or(0));
        add(&mut self.methods, m.method.clone());
        add(&mut self.statuses, m.status.map(|s| s.to_string()));
        add(&mut self.from, m.from.as_ref().map(user));
        add(&mut self.to, m.to.as_ref().map(user));
        add(&mut self.software, m.user_agent.clone());
    }

    /// Why nothing fits an option.
    fn why(&self, one: &Alone) -> Option<String> {
        let (name, value) = (one.name, Escaped::of(&one.value));
        let there = |set: &BTreeSet<String>| {
            let mut shown: Vec<String> = set.iter().take(NAMED).map(clean).collect();
            match set.len().saturating_sub(NAMED) {
                0 => {}
                left => shown.push(format!("{left} more")),
            }
            let has = (!shown.is_empty()).then(|| listed(&shown));
            has.map(|has| format!("{name} {value}: the capture has {has}"))
        };
        let near = |set: &BTreeSet<String>| {
            let near = nearest(&one.value, set.iter().map(|s| (&**s, &**s)));
            let near: Vec<String> = near.into_iter().map(clean).collect();
            match near.is_empty() {
                true => there(set),
                false => Some(format!("{name} {value}: was {} meant?", near.join(" or "))),
            }
        };
        match name {
            "--call" if self.calls > 0 => {
                let calls = counted(self.calls.into(), "call", "calls");
                Some(format!("{name} {value}: the capture has {calls}"))
            }
            "--from" => near(&self.from),
            "--to" => near(&self.to),
            "--ua" => near(&self.software),
            "--status" => there(&self.statuses),
            "--method" => {
                let meant = one
                    .select
                    .methods
                    .iter()
                    .find_map(|typed| method::near(typed));
                match meant {
                    Some(meant) => Some(format!("{name} {value}: was {meant} meant?")),
                    None => there(&self.methods),
                }
            }
            _ => None,
        }
    }
}

fn clean(text: impl AsRef<str>) -> String {
    Escaped::of(text.as_ref()).to_string()
}

/// `alice` of `sip:alice@example.org`.
fn user(party: &PartyRef) -> String {
    let uri = party
        .uri
        .split_once(':')
        .map_or(&*party.uri, |(_, rest)| rest);
    uri.split(['@', ';']).next().unwrap_or(uri).to_owned()
}
