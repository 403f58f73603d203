//! RTCP that came before the first RTP packet of the stream it speaks of.
//!
//! Many senders report at once and speak later; and a stream in probation is none yet. What was said is
//! kept until the stream opens.

use super::rtcp_state::RtcpState;
use crate::types::{CaptureTime, Flow, Ssrc};
use std::collections::VecDeque;

/// Sources remembered; the oldest gives way. Most of them never get a stream.
const MAX_SOURCES: usize = 256;

/// A source that RTCP spoke of.
#[derive(Debug)]
struct Early {
    ssrc: Ssrc,
    /// The way of the RTCP, turned so that the source sends.
    flow: Flow,
    last: CaptureTime,
    state: Box<RtcpState>,
}

/// The sources without a stream.
#[derive(Debug, Default)]
pub(super) struct EarlyRtcp {
    sources: VecDeque<Early>,
}

impl EarlyRtcp {
    /// What RTCP on this flow said of the source so far.
    pub(super) fn state(
        &mut self,
        flow: Flow,
        ssrc: Ssrc,
        time: CaptureTime,
    ) -> Option<&mut RtcpState> {
        let known = |e: &Early| e.ssrc == ssrc && e.flow == flow;
        let at = match self.sources.iter().position(known) {
            Some(at) => at,
            None => {
                if self.sources.len() >= MAX_SOURCES {
                    self.sources.pop_front();
                }
                self.sources.push_back(Early {
                    ssrc,
                    flow,
                    last: time,
                    state: Box::default(),
                });
                self.sources.len() - 1
            }
        };
        let early = self.sources.get_mut(at)?;
        early.last = time;
        Some(&mut early.state)
    }

    /// Takes out what was said of the source on a flow that `is_its` accepts, by the time of the last.
    pub(super) fn take(
        &mut self,
        ssrc: Ssrc,
        is_its: impl Fn(&Flow, CaptureTime) -> bool,
    ) -> Option<Box<RtcpState>> {
        let its = |e: &Early| e.ssrc == ssrc && is_its(&e.flow, e.last);
        let at = self.sources.iter().position(its)?;
        self.sources.remove(at).map(|e| e.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Endpoint, Scope};
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn the_oldest_source_gives_way_when_the_table_is_full() {
        let end = |port| Endpoint::new(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), port);
        let flow = Flow {
            src: end(1),
            dst: end(2),
            scope: Scope::NONE,
        };
        let mut early = EarlyRtcp::default();
        for n in 0..=MAX_SOURCES {
            let state = early.state(flow, Ssrc(n as u32), CaptureTime::from_nanos(0));
            state.unwrap().handle_enciphered(true);
        }
        assert!(early.take(Ssrc(0), |_, _| true).is_none());
        let kept = early.take(Ssrc(1), |_, _| true).unwrap();
        assert_eq!(kept.figures(None, None).sender_reports, 1);
        assert!(early.take(Ssrc(1), |_, _| true).is_none());
    }
}
