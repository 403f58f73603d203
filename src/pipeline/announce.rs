//! From a session description to what the media tracker must expect.

use crate::media::Announcement;
use crate::rtp::{Format, FormatMap};
use crate::sdp::{self, CandidateKind, Media, SessionDescription};
use crate::types::{
    CallNo, CaptureTime, Carried, Endpoint, Flow, FrameRef, HostAddr, MessageId, Party,
};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The message a description came in.
pub(super) struct Context {
    pub(super) call: CallNo,
    pub(super) side: Party,
    pub(super) message: MessageId,
    pub(super) frame: FrameRef,
    pub(super) time: CaptureTime,
    pub(super) flow: Flow,
}

/// Phones of one capture offer the same few format lists again and again: each is built and kept once.
#[derive(Default)]
pub(super) struct FormatCache {
    /// What the description says of its formats, and what that means.
    known: Vec<(Box<[u8]>, Arc<FormatMap>)>,
    key: Vec<u8>,
}

const MAX_KNOWN: usize = 64;

impl FormatCache {
    /// One announcement for each medium that is neither refused nor without an address.
    pub(super) fn announcements<'s>(
        &'s mut self,
        sdp: &'s SessionDescription<'_>,
        at: &'s Context,
    ) -> impl Iterator<Item = Announcement> + 's {
        let hosts = at.flow.key().hosts();
        // A hop is known by its two hosts: equality is all that is asked of the number.
        let hop = FixedState::default().hash_one(hosts) as u32;
        let lines = sdp.media.iter().enumerate();
        lines.filter_map(move |(index, media)| {
            let port = media.port.get()?;
            let addr = HostAddr::from(media.connection()?.ip()?);
            Some(Announcement {
                call: at.call,
                party: at.side,
                hop,
                kind: media.kind,
                media_index: u16::try_from(index).ok()?,
                endpoint: Endpoint::new(addr, port),
                rtcp: explicit_rtcp(media, addr),
                rtcp_mux: media.rtcp == sdp::RtcpPort::Muxed,
                scope: at.flow.scope,
                formats: self.formats(media),
                ptime_ms: media.ptime.map(f64::from),
                encrypted: media.is_encrypted(),
                direction: media.direction,
                signalling_hosts: [at.flow.src.addr, at.flow.dst.addr],
                message: at.message,
                frame: at.frame,
                time: at.time,
                candidates: candidates(media),
                carried: Carried::of(media.protocol),
                ufrag: media.ice_ufrag.filter(|u| u.len() <= 256).map(Box::from),
                ssrcs: media.ssrcs.iter().map(|s| s.ssrc).collect(),
            })
        })
    }

    fn formats(&mut self, media: &Media<'_>) -> Arc<FormatMap> {
        self.key.clear();
        write_key(media, &mut self.key);
        if let Some((_, map)) = self.known.iter().find(|(key, _)| **key == *self.key) {
            return Arc::clone(map);
        }
        let map: FormatMap = media
            .payload_types()
            .filter_map(|pt| {
                let codec = media.codec_for(pt)?;
                Some(Format {
                    payload_type: pt,
                    codec: codec.encoding.into(),
                    clock: codec.clock,
                    channels: codec.channels,
                    fmtp: media.fmtp_for(pt).map(Arc::from),
                })
            })
            .collect();
        let map = Arc::new(map);
        if self.known.len() >= MAX_KNOWN {
            self.known.remove(0);
        }
        self.known
            .push((self.key.as_slice().into(), Arc::clone(&map)));
        map
    }
}

/// Everything of a medium that the meaning of its payload types depends on.
fn write_key(media: &Media<'_>, key: &mut Vec<u8>) {
    fn part(key: &mut Vec<u8>, text: &str) {
        // Lengths keep the parts apart; a line is shorter than its datagram.
        key.extend_from_slice(&(text.len() as u32).to_be_bytes());
        key.extend_from_slice(text.as_bytes());
    }
    part(key, media.protocol);
    part(key, "formats");
    for format in &media.formats {
        part(key, format);
    }
    part(key, "fmtp");
    for f in &media.fmtp {
        part(key, f.format);
        part(key, f.params);
    }
    part(key, "rtpmap");
    for m in &media.rtpmaps {
        part(key, m.encoding);
        let clock = m.clock.map_or(0, |c| c.hz());
        key.extend_from_slice(&clock.to_be_bytes());
        key.extend_from_slice(&[m.channels, m.payload_type.get()]);
    }
}

fn explicit_rtcp(media: &Media<'_>, addr: HostAddr) -> Option<Endpoint> {
    let (port, address) = media.rtcp_explicit?;
    let addr = address
        .and_then(|a| a.parse::<std::net::IpAddr>().ok())
        .map_or(addr, HostAddr::from);
    Some(Endpoint::new(addr, port.get()))
}

/// Addresses media may come to instead: component 1 is RTP (RFC 8839 §5.1). A server-reflexive
/// candidate is the same socket seen from outside.
fn candidates(media: &Media<'_>) -> Vec<Endpoint> {
    let rtp = media
        .candidates
        .iter()
        .filter(|c| c.component == 1 && c.transport.eq_ignore_ascii_case("UDP"));
    rtp.filter(|c| !matches!(c.kind, CandidateKind::Other))
        .filter_map(|c| Some(Endpoint::new(c.ip()?.into(), c.port)))
        .collect()
}
