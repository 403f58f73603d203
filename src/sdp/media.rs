//! One m-line with what belongs to it (RFC 8866 §5.14).

use super::candidate::Candidate;
use super::codec::{Codec, CodecSource, static_codec};
use super::description::{Attribute, Bandwidth, Connection, find_attribute};
use crate::types::{ClockRate, Direction, MediaKind, PayloadType, Ssrc};
use std::num::NonZeroU16;

/// The port of an m-line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaPort {
    /// Port 0: the media is refused or removed (RFC 3264 §6 and §8.2).
    Disabled,
    /// Media is expected here.
    Port(NonZeroU16),
}

impl MediaPort {
    /// The port, if the media is not disabled.
    pub const fn get(self) -> Option<u16> {
        match self {
            MediaPort::Disabled => None,
            MediaPort::Port(port) => Some(port.get()),
        }
    }
}

/// Where RTCP is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPort<'a> {
    /// On the RTP port (`a=rtcp-mux`, RFC 5761). In an offer this holds only if the answer agrees.
    Muxed,
    /// Where `a=rtcp` says (RFC 3605).
    Explicit(NonZeroU16, Option<&'a str>),
    /// On the next port up (RFC 3550 §11).
    NextAfter,
}

/// `a=rtpmap`: what a payload type number stands for (RFC 8866 §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// The number in RTP headers and in the `m=` line.
    pub payload_type: PayloadType,
    /// Encoding name as sent.
    pub encoding: &'a str,
    /// Clock rate; `None` when it is not readable.
    pub clock: Option<ClockRate>,
    /// Channels, 1 when not given.
    pub channels: u8,
}

/// `a=fmtp`: parameters of a format (RFC 8866 §6.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fmtp<'a> {
    /// The format, usually a payload type.
    pub format: &'a str,
    /// Its parameters as sent.
    pub params: &'a str,
}

/// `a=crypto`: an SRTP key in clear (RFC 4568).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crypto<'a> {
    /// Number by which the answer names the line it takes.
    pub tag: &'a str,
    /// Suite, as `AES_CM_128_HMAC_SHA1_80`.
    pub suite: &'a str,
    /// Key parameters, from `inline:` on.
    pub key_params: &'a str,
    /// Session parameters, as `UNENCRYPTED_SRTCP`.
    pub session_params: Option<&'a str>,
}

/// `a=fingerprint`: the certificate that DTLS will show (RFC 8122).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// Hash function, as `sha-256`.
    pub hash: &'a str,
    /// Value in colon-separated hex.
    pub value: &'a str,
}

/// `a=ssrc`: a source this side will send with, and one thing about it (RFC 5576).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SsrcAttribute<'a> {
    /// The source.
    pub ssrc: Ssrc,
    /// `cname`, `msid`, ...
    pub attribute: &'a str,
    /// Its value.
    pub value: Option<&'a str>,
}

/// One media description.
#[derive(Clone, Debug, PartialEq)]
pub struct Media<'a> {
    /// The media type, the first word of the `m=` line.
    pub kind: MediaKind,
    /// The same as sent.
    pub kind_text: &'a str,
    /// Where RTP is expected; port 0 disables the medium.
    pub port: MediaPort,
    /// How many port pairs (`49170/2`); 1 when not given.
    pub port_count: u16,
    /// `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`, ... as sent.
    pub protocol: &'a str,
    /// The formats as sent, in order of preference.
    pub formats: Vec<&'a str>,
    /// `i=` of this medium: free text.
    pub title: Option<&'a str>,
    /// Where media is expected: the media's own `c=` lines, else the session's.
    pub connections: Vec<Connection<'a>>,
    /// `b=` lines of this media.
    pub bandwidth: Vec<Bandwidth<'a>>,
    /// Which way media may flow: the media's own, else the session's, else both ways.
    pub direction: Direction,
    /// `a=ptime` in milliseconds.
    pub ptime: Option<f32>,
    /// `a=maxptime` in milliseconds.
    pub maxptime: Option<f32>,
    /// `a=rtpmap` lines.
    pub rtpmaps: Vec<RtpMap<'a>>,
    /// `a=fmtp` lines.
    pub fmtp: Vec<Fmtp<'a>>,
    /// Where RTCP is expected.
    pub rtcp: RtcpPort<'a>,
    /// What `a=rtcp` says, which counts when the peer does not agree to multiplex.
    pub rtcp_explicit: Option<(NonZeroU16, Option<&'a str>)>,
    /// `a=candidate` lines.
    pub candidates: Vec<Candidate<'a>>,
    /// ICE user fragment, the media's own or the session's.
    pub ice_ufrag: Option<&'a str>,
    /// ICE password, the media's own or the session's.
    pub ice_pwd: Option<&'a str>,
    /// `a=crypto` lines.
    pub crypto: Vec<Crypto<'a>>,
    /// DTLS certificate, the media's own or the session's.
    pub fingerprint: Option<Fingerprint<'a>>,
    /// DTLS role, the media's own or the session's.
    pub setup: Option<&'a str>,
    /// `a=mid`: its name, by which groups list it (RFC 5888).
    pub mid: Option<&'a str>,
    /// `a=ssrc` lines.
    pub ssrcs: Vec<SsrcAttribute<'a>>,
    /// `a=bundle-only`: port 0 does not mean refused (RFC 9143 §6).
    pub bundle_only: bool,
    /// All attributes of this media, in order.
    pub attributes: Vec<Attribute<'a>>,
}

impl<'a> Media<'a> {
    /// The first `c=` line that holds for it; further ones are for multicast (RFC 8866 §5.7).
    pub fn connection(&self) -> Option<Connection<'a>> {
        self.connections.first().copied()
    }

    /// The payload types among the formats, for RTP.
    pub fn payload_types(&self) -> impl Iterator<Item = PayloadType> + '_ {
        let rtp = self.is_rtp();
        self.formats
            .iter()
            .filter(move |_| rtp)
            .filter_map(|f| f.parse().ok().and_then(PayloadType::new))
    }

    /// What a payload type stands for: the rtpmap, else the static table of RFC 3551.
    pub fn codec_for(&self, payload_type: PayloadType) -> Option<Codec<'a>> {
        self.rtpmaps
            .iter()
            .find(|m| m.payload_type == payload_type)
            .map(|m| Codec {
                encoding: m.encoding,
                clock: m.clock,
                channels: Some(m.channels),
                source: CodecSource::Rtpmap,
            })
            .or_else(|| static_codec(payload_type))
    }

    /// The format parameters of a payload type.
    pub fn fmtp_for(&self, payload_type: PayloadType) -> Option<&'a str> {
        self.fmtp
            .iter()
            .find(|f| f.format.parse() == Ok(payload_type.get()))
            .map(|f| f.params)
    }

    /// True for RTP and SRTP profiles.
    pub fn is_rtp(&self) -> bool {
        self.protocol
            .split('/')
            .any(|p| p.eq_ignore_ascii_case("RTP"))
    }

    /// True for T.38 over UDPTL.
    pub fn is_t38(&self) -> bool {
        self.kind == MediaKind::Image
            && self.protocol.to_ascii_lowercase().contains("udptl")
            && self.formats.iter().any(|f| f.eq_ignore_ascii_case("t38"))
    }

    /// True when the media will be encrypted: an SRTP or DTLS profile, keys in the description, or a
    /// certificate fingerprint.
    pub fn is_encrypted(&self) -> bool {
        let profile = self.protocol.split('/').any(|p| {
            ["SAVP", "SAVPF", "TLS", "DTLS"]
                .iter()
                .any(|s| p.eq_ignore_ascii_case(s))
        });
        profile || !self.crypto.is_empty() || self.fingerprint.is_some()
    }

    /// The RTCP port and, where it differs, the address; `None` when the media is disabled or the
    /// next port does not exist.
    pub fn rtcp_port(&self) -> Option<(u16, Option<&'a str>)> {
        let port = self.port.get()?;
        match self.rtcp {
            RtcpPort::Muxed => Some((port, None)),
            RtcpPort::Explicit(port, address) => Some((port.get(), address)),
            RtcpPort::NextAfter => port.checked_add(1).map(|p| (p, None)),
        }
    }

    /// The value of the first attribute of that name; `Some("")` for a bare one.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        find_attribute(&self.attributes, name)
    }
}
