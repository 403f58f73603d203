//! An expression made ready: which values of a record are looked at, and what each is asked.

use super::belongs::Link;
use super::check::{Check, check};
use super::error::Wrong;
use super::fields::{Field, Shape, fields};
use super::near::near;
use super::parse::{Expr, Written};
use crate::types::{KindSet, QueryKind, RecordKind};
use std::ops::Range;

/// How far a path may go from record to record.
const MOST_JOINS: usize = 2;

/// Which conditions are to hold.
#[derive(Clone, Debug)]
pub(super) enum Truth {
    Any(Vec<Truth>),
    All(Vec<Truth>),
    Not(Box<Truth>),
    /// The condition of this number.
    Test(usize),
}

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) check: Check,
    pub(super) negated: bool,
    /// It is asked of how many values there are.
    pub(super) is_count: bool,
}

/// A place in a record where something is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The keys of an object that are looked at, and their places.
    pub(super) keys: Vec<(String, usize)>,
    /// Records that belong to the record that begins here.
    pub(super) links: Vec<(Link, usize)>,
    /// Conditions on the value itself.
    pub(super) tests: Vec<usize>,
    /// The value is the number of a record, which begins there.
    pub(super) of: Option<(QueryKind, usize)>,
    /// Conditions here and further on.
    pub(super) below: Vec<usize>,
}

/// An expression made ready.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) truth: Truth,
    pub(super) tests: Vec<Test>,
    /// The first is where the record begins.
    pub(super) nodes: Vec<Node>,
    /// Kinds of records beside the own that have to be there.
    pub(super) needs: KindSet,
    /// Something is asked that only decoded sound tells.
    pub(super) hears: bool,
}

/// Makes an expression about records of a kind ready.
pub(super) fn plan(kind: QueryKind, expr: &Expr) -> Result<Plan, Wrong> {
    let mut plan = Plan {
        truth: Truth::All(Vec::new()),
        tests: Vec::new(),
        nodes: vec![Node::default()],
        needs: KindSet::NONE,
        hears: false,
    };
    plan.truth = plan.truth_of(kind, expr)?;
    Ok(plan)
}

impl Plan {
    fn truth_of(&mut self, kind: QueryKind, expr: &Expr) -> Result<Truth, Wrong> {
        let mut each = |parts: &[Expr]| -> Result<Vec<Truth>, Wrong> {
            parts.iter().map(|p| self.truth_of(kind, p)).collect()
        };
        Ok(match expr {
            Expr::Any(parts) => Truth::Any(each(parts)?),
            Expr::All(parts) => Truth::All(each(parts)?),
            Expr::Not(inner) => Truth::Not(Box::new(self.truth_of(kind, inner)?)),
            Expr::Test(written) => Truth::Test(self.test(kind, written)?),
        })
    }

    fn test(&mut self, kind: QueryKind, written: &Written) -> Result<usize, Wrong> {
        let number = self.tests.len();
        let (node, field) = self.follow(kind, written, number)?;
        let (check, negated) = check(written, field)?;
        if let Some(node) = self.nodes.get_mut(node) {
            node.tests.push(number);
        }
        self.tests.push(Test {
            check,
            negated,
            is_count: written.is_count,
        });
        Ok(number)
    }

    /// The place a path leads to, and the field there.
    fn follow(
        &mut self,
        kind: QueryKind,
        written: &Written,
        test: usize,
    ) -> Result<(usize, &'static Field), Wrong> {
        let path = &written.path;
        let mut node = 0;
        let mut level = fields(kind);
        let mut joins = 0;
        self.note(node, test);
        let mut segments = Segments::of(&path.text, &path.at);
        let Some((mut name, mut at)) = segments.next() else {
            return Err(Wrong::new(path.at.clone(), "a field is missing here"));
        };
        loop {
            let Some(mut field) = level.iter().find(|f| f.name == name) else {
                let before = path
                    .text
                    .get(..at.start - path.at.start)
                    .unwrap_or_default();
                let what = match before.strip_suffix('.') {
                    Some(before) => format!("{before} has no field {name}"),
                    None => format!("{kind} have no field {name}"),
                };
                let near = near(kind, before, name);
                let kinds = match near.is_empty() {
                    true => kinds_with(name),
                    false => Vec::new(),
                };
                return Err(Wrong::new(at, what).near(near).elsewhere(kinds));
            };
            node = match field.link {
                Some(link) => self.linked(node, link),
                None => self.key(node, name),
            };
            self.note(node, test);
            self.hears |= matches!(name, "dtmf" | "digits" | "digits_in_sound" | "sound");
            let mut next = segments.next();
            if let (Shape::Map(inner), Some((key, _))) = (&field.shape, &next) {
                node = self.key(node, key);
                self.note(node, test);
                field = inner;
                next = segments.next();
            }
            if let Some(of) = field.of {
                self.need(of, next.is_some() || field.link.is_some());
            }
            let Some((inner, inner_at)) = next else {
                return Ok((node, field));
            };
            level = match (&field.shape, field.of) {
                (_, Some(of)) => {
                    joins += 1;
                    if joins > MOST_JOINS {
                        let what =
                            format!("a path goes through {MOST_JOINS} other records at most");
                        return Err(Wrong::new(path.at.clone(), what));
                    }
                    if of == QueryKind::Messages && kind == QueryKind::Messages {
                        let what = "other messages cannot be asked about for a message";
                        return Err(Wrong::new(path.at.clone(), what));
                    }
                    node = self.joined(node, of);
                    self.note(node, test);
                    fields(of)
                }
                (Shape::Object(inner), None) => inner,
                _ => {
                    let end = inner_at.start.saturating_sub(1);
                    let before = path.text.get(..end - path.at.start.min(end));
                    let what = format!("{} has no fields", before.unwrap_or(name));
                    return Err(Wrong::new(inner_at, what));
                }
            };
            (name, at) = (inner, inner_at);
        }
    }

    /// `with_fields`: more than their numbers is asked.
    fn need(&mut self, of: QueryKind, with_fields: bool) {
        let always = matches!(of, QueryKind::Findings | QueryKind::Streams);
        if with_fields || always {
            self.needs = self.needs.with(of.record());
        }
        // A call tells of its streams.
        if with_fields && of == QueryKind::Calls {
            self.needs = self.needs.with(RecordKind::Stream);
        }
        self.hears |= of == QueryKind::Findings;
    }

    fn note(&mut self, node: usize, test: usize) {
        if let Some(node) = self.nodes.get_mut(node)
            && node.below.last() != Some(&test)
        {
            node.below.push(test);
        }
    }

    fn new_node(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn key(&mut self, node: usize, key: &str) -> usize {
        let keys = self.nodes.get(node).map_or(&[][..], |n| &n.keys);
        if let Some((_, there)) = keys.iter().find(|(k, _)| k == key) {
            return *there;
        }
        let new = self.new_node();
        if let Some(node) = self.nodes.get_mut(node) {
            node.keys.push((key.to_owned(), new));
        }
        new
    }

    fn linked(&mut self, node: usize, link: Link) -> usize {
        let links = self.nodes.get(node).map_or(&[][..], |n| &n.links);
        if let Some((_, there)) = links.iter().find(|(l, _)| *l == link) {
            return *there;
        }
        let new = self.new_node();
        if let Some(node) = self.nodes.get_mut(node) {
            node.links.push((link, new));
        }
        new
    }

    fn joined(&mut self, node: usize, of: QueryKind) -> usize {
        if let Some((_, there)) = self.nodes.get(node).and_then(|n| n.of) {
            return there;
        }
        let new = self.new_node();
        if let Some(node) = self.nodes.get_mut(node) {
            node.of = Some((of, new));
        }
        new
    }
}

/// Who asks calls for what registrations have is told where it is.
fn kinds_with(name: &str) -> Vec<QueryKind> {
    let has = |kind: &&QueryKind| fields(**kind).iter().any(|f| f.name == name);
    QueryKind::ALL.iter().filter(has).copied().collect()
}

/// The parts of a path, each with its place in the expression.
struct Segments<'p> {
    rest: Option<&'p str>,
    at: usize,
    /// Of the whole path, where its parts do not stand one behind the other.
    whole: Option<Range<usize>>,
}

impl<'p> Segments<'p> {
    fn of(path: &'p str, at: &Range<usize>) -> Self {
        Segments {
            rest: Some(path),
            at: at.start,
            whole: (path.len() != at.len()).then(|| at.clone()),
        }
    }
}

impl<'p> Iterator for Segments<'p> {
    type Item = (&'p str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let (name, rest) = match rest.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (rest, None),
        };
        let at = self.at..self.at + name.len();
        self.at = at.end + 1;
        self.rest = rest;
        Some((name, self.whole.clone().unwrap_or(at)))
    }
}
