//! Rules about one call. The order is that of findings of equal weight within a call.

mod ack_not_received;
mod authentication_failed;
mod call_failed;
mod capture_starts_mid_call;
mod codec_mismatch;
mod icmp_unreachable;
mod loopback_address_in_sdp;
mod media_stops_early;
mod media_to_wrong_address;
mod missing_ack;
mod missing_bye;
mod no_media;
mod no_response;
mod one_way_audio;
mod private_address_in_sdp;
mod retransmissions;
mod transfer_failed;
mod transfer_result_unknown;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &authentication_failed::RULE,
    &codec_mismatch::RULE,
    &call_failed::RULE,
    &transfer_failed::RULE,
    &transfer_result_unknown::RULE,
    &no_response::RULE,
    &icmp_unreachable::RULE,
    &ack_not_received::RULE,
    &retransmissions::RULE,
    &media_to_wrong_address::RULE,
    &media_stops_early::RULE,
    &one_way_audio::RULE,
    &no_media::RULE,
    &loopback_address_in_sdp::RULE,
    &private_address_in_sdp::RULE,
    &capture_starts_mid_call::RULE,
    &missing_ack::RULE,
    &missing_bye::RULE,
];
