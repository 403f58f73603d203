//! Rules about requests that nobody answers, or whose answers do not arrive.

mod peer_unreachable;
mod response_to_other_port;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&peer_unreachable::RULE, &response_to_other_port::RULE];
