//! Rules about one registration that has a failed attempt.

mod registration_rejected;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&registration_rejected::RULE];
