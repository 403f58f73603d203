//! Rules about one call. The order is that of findings of equal weight within a call.

mod ack_not_received;
mod ack_wrong_branch;
mod answer_missing;
mod authentication_failed;
mod call_failed;
mod capture_starts_mid_call;
mod clipped_start;
mod codec_mismatch;
mod dead_air;
mod digits_not_negotiated;
mod early_media_missing;
pub(super) mod going_round;
mod hold_not_resumed;
mod icmp_unreachable;
mod loopback_address_in_sdp;
mod media_after_bye;
mod media_not_negotiated;
mod media_stops_early;
mod media_to_old_address;
mod media_to_wrong_address;
mod missing_ack;
mod missing_bye;
mod no_media;
mod no_response;
mod not_passed_on;
mod one_way_audio;
mod private_address_in_sdp;
mod private_contact;
mod profile_mismatch;
mod ptime_mismatch;
mod reinvite_refused;
mod request_failed;
mod retransmissions;
mod routing_loop;
mod session_expired;
mod session_refresh_failed;
mod silent_audio;
mod transfer_failed;
mod transfer_result_unknown;
mod within;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &authentication_failed::RULE,
    &profile_mismatch::RULE,
    &codec_mismatch::RULE,
    &routing_loop::RULE,
    &answer_missing::RULE,
    &call_failed::RULE,
    &transfer_failed::RULE,
    &transfer_result_unknown::RULE,
    &no_response::RULE,
    &icmp_unreachable::RULE,
    &ack_not_received::RULE,
    &ack_wrong_branch::RULE,
    &session_refresh_failed::RULE,
    &session_expired::RULE,
    &reinvite_refused::RULE,
    &request_failed::RULE,
    &retransmissions::RULE,
    &media_to_wrong_address::RULE,
    &media_to_old_address::RULE,
    &media_not_negotiated::RULE,
    &digits_not_negotiated::RULE,
    &hold_not_resumed::RULE,
    &early_media_missing::RULE,
    &ptime_mismatch::RULE,
    &clipped_start::RULE,
    &media_stops_early::RULE,
    &media_after_bye::RULE,
    &one_way_audio::RULE,
    &silent_audio::RULE,
    &dead_air::RULE,
    &no_media::RULE,
    &loopback_address_in_sdp::RULE,
    &private_address_in_sdp::RULE,
    &private_contact::RULE,
    &capture_starts_mid_call::RULE,
    &missing_ack::RULE,
    &missing_bye::RULE,
];
