//! How a stream came to be known, and the rule that tied it to its call.

use crate::media::{BindMethod, Setup};
use crate::report::model::Stream;
use crate::types::FileNames;

/// `SDP in #12 (where it goes)`.
pub(super) fn setup(s: &Stream, files: &FileNames) -> String {
    let frame = s.setup_frame.map(|frame| {
        let source = s.setup_source.unwrap_or(s.source);
        files.frame((source as usize).wrapping_sub(1), frame)
    });
    let sdp = match &frame {
        Some(frame) => format!("SDP in {frame}"),
        None => "SDP".to_owned(),
    };
    match (s.setup_rule, s.setup) {
        (Some(BindMethod::BothEnds), _) => {
            format!("{sdp} (where it goes) and that of the other side (where it comes from)")
        }
        (Some(BindMethod::Destination), _) => format!("{sdp} (where it goes)"),
        (Some(BindMethod::Source), _) => {
            format!("{sdp} (where it comes from; no SDP says where it goes)")
        }
        (Some(BindMethod::Ice), _) => {
            format!(
                "a connectivity check between the same ports, which names user fragments of {sdp}"
            )
        }
        (Some(BindMethod::NatPort), _) => {
            format!("{sdp} (its port, at another address: a NAT is between)")
        }
        (Some(BindMethod::Ssrc), _) => format!("its SSRC, which is the call's by {sdp}"),
        (Some(BindMethod::ReverseFlow), _) => {
            format!("the other direction between the same ports, which is the call's by {sdp}")
        }
        (Some(BindMethod::Timing), _) => {
            "the time: no SDP announced it, and no other call was open between its hosts".to_owned()
        }
        // A document of an older version.
        (None, Setup::Sdp) => sdp,
        (None, Setup::Symmetric) => format!("the other direction or a NAT rule, by {sdp}"),
        (None, Setup::Heuristic) => "its own packets: no SDP announced it".to_owned(),
    }
}
