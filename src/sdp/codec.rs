//! What a payload type of a description stands for: its rtpmap, else the static assignment, which is looked up in
//! the registry of codecs ([`crate::types::codec`]).

use crate::types::{ClockRate, PayloadType, codec};

/// Where the meaning of a payload type was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecSource {
    /// An `a=rtpmap` of the media description.
    Rtpmap,
    /// The static assignment of RFC 3551 §6.
    Static,
}

/// What a payload type stands for in one description; what is known of the codec itself is in
/// [`crate::types::codec::Codec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec<'a> {
    /// Encoding name as sent, or the registered spelling for a static type.
    pub encoding: &'a str,
    /// RTP clock rate; `None` when the rtpmap does not give a readable one.
    pub clock: Option<ClockRate>,
    /// Audio channels; `None` where neither rtpmap nor static table gives them.
    pub channels: Option<u8>,
    /// Where this was found.
    pub source: CodecSource,
}

/// What RFC 3551 assigns to a payload type; `None` for reserved, unassigned and dynamic ones.
pub(super) fn static_codec(payload_type: PayloadType) -> Option<Codec<'static>> {
    let (codec, fixed) = codec::fixed(payload_type)?;
    Some(Codec {
        encoding: codec.name,
        clock: fixed.clock(),
        channels: fixed.channels,
        source: CodecSource::Static,
    })
}
