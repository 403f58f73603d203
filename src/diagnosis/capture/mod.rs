//! Rules about the files and how they were captured. The order is that of what they say: what hides
//! everything stands before what hides a part.

mod capture_drops;
mod capture_duplicates;
mod capture_truncated;
mod clock_steps;
mod damaged_capture;
mod fragments_conflict;
mod fragments_missing;
pub(super) mod limit_reached;
mod no_packets;
mod snap_length_cuts;
mod undecoded_packets;
mod unreadable_records;
mod unsupported_link_type;
mod wrong_checksums;

pub use limit_reached::{LimitHit, limits_hit};

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &no_packets::RULE,
    &unsupported_link_type::RULE,
    &damaged_capture::RULE,
    &capture_truncated::RULE,
    &capture_drops::RULE,
    &unreadable_records::RULE,
    &fragments_missing::RULE,
    &fragments_conflict::RULE,
    &snap_length_cuts::RULE,
    &undecoded_packets::RULE,
    &clock_steps::RULE,
    &limit_reached::RULE,
    &capture_duplicates::RULE,
    &wrong_checksums::RULE,
];
