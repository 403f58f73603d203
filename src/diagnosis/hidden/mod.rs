//! Rules about what hides SIP or media, or explains that it is not there: the advice of `sipflow doctor`.
//! The order is that of what they say where it weighs the same: signalling, its connections, media, and
//! what may hide everything on the way.

mod announced_ports_silent;
mod encrypted_tunnel;
mod facts;
mod hep_unreadable;
mod media_encrypted;
mod media_not_captured;
mod one_direction_sip;
mod one_way_everywhere;
mod other_signalling;
mod rtp_outside_calls;
mod rtp_unproven;
mod rtp_without_sip;
mod sctp_without_sip;
mod sigcomp_unsupported;
mod sip_connection_failed;
mod sip_malformed;
mod sip_over_tls;
mod sip_stream_gaps;
mod sip_stream_mid_start;
mod sip_web_socket;
mod tcp_one_direction;
mod tls_elsewhere;
mod tls_on_another_hop;
mod watch;

pub use facts::Facts;
pub use watch::{OneWay, Watch};

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &sip_over_tls::RULE,
    &sip_malformed::RULE,
    &sigcomp_unsupported::RULE,
    &hep_unreadable::RULE,
    &one_direction_sip::RULE,
    &sip_web_socket::RULE,
    &sctp_without_sip::RULE,
    &other_signalling::RULE,
    &tls_on_another_hop::RULE,
    &tls_elsewhere::RULE,
    &sip_stream_gaps::RULE,
    &tcp_one_direction::RULE,
    &sip_stream_mid_start::RULE,
    &sip_connection_failed::RULE,
    &media_not_captured::RULE,
    &rtp_outside_calls::RULE,
    &one_way_everywhere::RULE,
    &announced_ports_silent::RULE,
    &rtp_unproven::RULE,
    &media_encrypted::RULE,
    &rtp_without_sip::RULE,
    &encrypted_tunnel::RULE,
];

/// Ports that SIP uses by habit.
fn is_sip_port(port: u16) -> bool {
    (5060..=5091).contains(&port)
}
