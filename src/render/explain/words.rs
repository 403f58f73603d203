//! Each special word is explained once in an output: where it is met first, or at the end where only the explanation of
//! another word, or what stands around the steps, uses it.

use crate::explain::walkthrough::{Explanation, Lesson, LessonStep, LessonTerm};
use std::collections::HashSet;

/// What stands above the words that are left.
pub(super) const FURTHER: &str = "Further words";

/// The words explained so far.
#[derive(Debug, Default)]
pub(super) struct Words<'e> {
    told: HashSet<&'e str>,
}

impl<'e> Words<'e> {
    fn new_of(&mut self, terms: impl Iterator<Item = &'e LessonTerm>) -> Vec<&'e LessonTerm> {
        // What SIP is stands above everything.
        let others = terms.filter(|t| t.term != "SIP");
        others.filter(|t| self.told.insert(&t.term)).collect()
    }

    /// Those that stand before the steps.
    pub(super) fn before_steps(&mut self, lesson: &'e Lesson) -> Vec<&'e LessonTerm> {
        self.new_of(lesson.terms.iter().filter(|t| t.step == Some(0)))
    }

    /// Those of a step.
    pub(super) fn of_step(&mut self, lesson: &'e Lesson, step: &LessonStep) -> Vec<&'e LessonTerm> {
        let here = Some(step.number);
        self.new_of(lesson.terms.iter().filter(|t| t.step == here))
    }

    /// Those that no lesson has explained.
    pub(super) fn rest(&mut self, explanation: &'e Explanation) -> Vec<&'e LessonTerm> {
        self.new_of(explanation.lessons.iter().flat_map(|l| &l.terms))
    }

    /// True where it is explained further up.
    pub(super) fn knows(&self, term: &str) -> bool {
        self.told.contains(term)
    }
}
