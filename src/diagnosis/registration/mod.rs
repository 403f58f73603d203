//! Rules about one registration that has a failed attempt.

mod interval_too_brief;
mod registration_lost;
mod registration_rejected;
pub(super) mod stale_nonce;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &registration_lost::RULE,
    &registration_rejected::RULE,
    &stale_nonce::RULE,
    &interval_too_brief::RULE,
];
