//! What a line of a session description means, in one sentence: one row a kind of line, one an attribute.

/// A row of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SdpEntry {
    /// The letter of the line, or the name of the attribute.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// The whole line.
    pub example: &'static str,
}

const fn row(
    name: &'static str,
    meaning: &'static str,
    source: &'static str,
    example: &'static str,
) -> SdpEntry {
    SdpEntry {
        name,
        meaning,
        source,
        example,
    }
}

/// The kinds of lines, in the order they stand in.
#[rustfmt::skip]
pub(crate) const LINES: &[SdpEntry] = &[
    row("v", "Version of SDP, always 0.", "RFC 8866 §5.1", "v=0"),
    row("o", "Who made the session: user, session id, version (raised at each change), address.", "RFC 8866 §5.2", "o=alice 2890844526 2890844526 IN IP4 192.0.2.11"),
    row("s", "Name of the session; a dash or a word without meaning in calls.", "RFC 8866 §5.3", "s=-"),
    row("i", "Information about the session.", "RFC 8866 §5.4", "i=A talk about SIP"),
    row("u", "A page about the session.", "RFC 8866 §5.5", "u=https://example.com/talk"),
    row("e", "Mail address.", "RFC 8866 §5.6", "e=alice@example.com"),
    row("p", "Phone number.", "RFC 8866 §5.6", "p=+1 617 555-6011"),
    row("c", "The address media is to be sent to.", "RFC 8866 §5.7", "c=IN IP4 192.0.2.11"),
    row("b", "Bandwidth asked for: AS in kbit/s with headers, TIAS in bit/s without.", "RFC 8866 §5.8, RFC 3890", "b=AS:84"),
    row("t", "Start and stop time; 0 0 is for as long as the call lasts.", "RFC 8866 §5.9", "t=0 0"),
    row("r", "Times at which the session is repeated; not used in calls.", "RFC 8866 §5.10", "r=7d 1h 0 25h"),
    row("z", "Changes of the time zone; not used in calls.", "RFC 8866 §5.11", "z=2882844526 -1h 2898848070 0"),
    row("k", "A key; withdrawn, must not be used.", "RFC 8866 §5.12", "k=prompt"),
    row("a", "An attribute: more about the session, or about the medium above it.", "RFC 8866 §5.13", "a=sendrecv"),
    row("m", "One medium: kind, port, protocol, and the formats, the preferred first. Port 0 refuses or removes it, unless a=bundle-only is below it.", "RFC 8866 §5.14, RFC 3264 §6, RFC 9143", "m=audio 49170 RTP/AVP 8 0 101"),
];

/// The attributes that calls have.
#[rustfmt::skip]
pub(crate) const ATTRIBUTES: &[SdpEntry] = &[
    row("rtpmap", "Which codec and clock rate a payload type number stands for.", "RFC 8866 §6.6", "a=rtpmap:101 telephone-event/8000"),
    row("fmtp", "Parameters of a format.", "RFC 8866 §6.15", "a=fmtp:101 0-16"),
    row("ptime", "Milliseconds of sound wanted in a packet.", "RFC 8866 §6.4", "a=ptime:20"),
    row("maxptime", "Most milliseconds of sound accepted in a packet.", "RFC 8866 §6.5", "a=maxptime:60"),
    row("sendrecv", "Both sides send and receive.", "RFC 8866 §6.7", "a=sendrecv"),
    row("sendonly", "This side sends and does not want to receive, as on hold.", "RFC 8866 §6.7, RFC 3264 §8.4", "a=sendonly"),
    row("recvonly", "This side only receives.", "RFC 8866 §6.7", "a=recvonly"),
    row("inactive", "Neither side is to send for now, as on hold.", "RFC 8866 §6.7, RFC 3264 §8.4", "a=inactive"),
    row("rtcp", "Where RTCP is expected, if not on the next port.", "RFC 3605 §2.1", "a=rtcp:53020"),
    row("rtcp-mux", "RTP and RTCP share one port.", "RFC 5761 §5.1.1", "a=rtcp-mux"),
    row("rtcp-fb", "Which messages about the media its receiver may send at once (RTCP feedback).", "RFC 4585 §4.2", "a=rtcp-fb:96 nack pli"),
    row("rtcp-rsize", "RTCP packets may be shorter than a full report.", "RFC 5506", "a=rtcp-rsize"),
    row("rtcp-xr", "Which extended reports (RTCP XR) are wanted.", "RFC 3611 §5.1", "a=rtcp-xr:voip-metrics"),
    row("candidate", "An address media may be sent to instead (ICE).", "RFC 8839 §5.1", "a=candidate:1 1 UDP 2130706431 192.0.2.1 3478 typ host"),
    row("remote-candidates", "The other side's addresses that ICE chose.", "RFC 8839 §5.2", "a=remote-candidates:1 192.0.2.3 45664"),
    row("ice-lite", "This side answers connectivity checks and makes none (ICE).", "RFC 8839 §5.3", "a=ice-lite"),
    row("ice-ufrag", "Credentials of the connectivity checks (ICE).", "RFC 8839 §5.4", "a=ice-ufrag:8hhY"),
    row("ice-pwd", "Credentials of the connectivity checks (ICE).", "RFC 8839 §5.4", "a=ice-pwd:asd88fgpdd777uzjYhagZg"),
    row("ice-options", "Extensions of ICE that this side has.", "RFC 8839 §5.6", "a=ice-options:ice2"),
    row("end-of-candidates", "No further addresses will follow (ICE).", "RFC 8840", "a=end-of-candidates"),
    row("crypto", "Key of SRTP, in clear: whoever reads this can decrypt the media.", "RFC 4568 §4", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(key)"),
    row("fingerprint", "Print of the certificate that DTLS-SRTP will show.", "RFC 8122 §5", "a=fingerprint:sha-256 12:DF:3E:..."),
    row("setup", "Who opens the DTLS connection.", "RFC 4145 §4, RFC 5763 §5", "a=setup:actpass"),
    row("connection", "Whether a connection is opened anew or kept.", "RFC 4145 §5", "a=connection:new"),
    row("tls-id", "Names the DTLS connection; another name asks for a new one.", "RFC 8842", "a=tls-id:abc3de65cddef001be82"),
    row("zrtp-hash", "Print of the first message of ZRTP, which agrees on keys beside the media.", "RFC 6189 §8", "a=zrtp-hash:1.10 fe30efd0..."),
    row("ssrc", "A source number this side will send with.", "RFC 5576 §4.1", "a=ssrc:314159 cname:alice@example.com"),
    row("ssrc-group", "Source numbers that belong together, such as a stream and its retransmissions.", "RFC 5576 §4.2", "a=ssrc-group:FID 314159 314160"),
    row("mid", "Name of this medium within the description.", "RFC 5888 §4", "a=mid:audio"),
    row("group", "Media that belong together; BUNDLE shares one port.", "RFC 5888 §5, RFC 9143", "a=group:BUNDLE audio video"),
    row("bundle-only", "This medium is wanted only within the shared port of its group.", "RFC 9143", "a=bundle-only"),
    row("msid", "The stream and track of a browser that this medium is.", "RFC 8830", "a=msid:examplestream track1"),
    row("extmap", "Which header extension an RTP extension number stands for.", "RFC 8285", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    row("label", "A label for this medium.", "RFC 4574", "a=label:1"),
    row("content", "What the medium shows: slides, speaker, the main picture.", "RFC 4796", "a=content:slides"),
    row("lang", "The language of the session or medium.", "RFC 8866 §6.12", "a=lang:en"),
    row("tool", "The program that wrote the description.", "RFC 8866 §6.3", "a=tool:baresip 1.0.0"),
    row("framerate", "Most pictures a second.", "RFC 8866 §6.13", "a=framerate:30"),
    row("path", "Where messages of the session (MSRP) are to be sent.", "RFC 4975 §8", "a=path:msrp://192.0.2.11:9999/9di4eae923wzd;tcp"),
    row("accept-types", "Which types of messages (MSRP) this side takes.", "RFC 4975 §8", "a=accept-types:text/plain"),
];

/// The row of a kind of line.
pub(crate) fn line(kind: &str) -> Option<&'static SdpEntry> {
    LINES.iter().find(|row| row.name == kind)
}

/// The row of an attribute.
pub(crate) fn attribute(name: &str) -> Option<&'static SdpEntry> {
    ATTRIBUTES.iter().find(|row| row.name == name)
}

/// The meaning of `kind=value`; `None` for a line nobody needs explained.
pub fn line_meaning(kind: &str, value: &str) -> Option<String> {
    match kind {
        "m" => Some(media(value)),
        "a" => {
            let name = value.split(':').next().unwrap_or(value);
            attribute(name).map(|row| row.meaning.to_owned())
        }
        _ => line(kind).map(|row| row.meaning.to_owned()),
    }
}

/// `audio 10010 RTP/AVP 0 8 101` in words.
fn media(value: &str) -> String {
    let mut words = value.split_whitespace();
    let (kind, port) = (words.next().unwrap_or("media"), words.next().unwrap_or("0"));
    let protocol = words.next().unwrap_or("");
    let formats = words.count();
    if port == "0" {
        return format!(
            "{kind} is refused or removed (port 0), unless a=bundle-only is below it (RFC 9143)."
        );
    }
    let formats = match formats {
        1 => "1 format".to_owned(),
        n => format!("{n} formats, the preferred first"),
    };
    format!("{kind} is expected on port {port} over {protocol}; {formats}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_medium_is_named_so() {
        assert_eq!(
            line_meaning("m", "video 0 RTP/AVP 31").as_deref(),
            Some(
                "video is refused or removed (port 0), unless a=bundle-only is below it (RFC 9143)."
            )
        );
        assert_eq!(
            line_meaning("m", "image 4000 udptl t38").as_deref(),
            Some("image is expected on port 4000 over udptl; 1 format.")
        );
        assert_eq!(line_meaning("a", "x-unknown:1"), None);
    }

    #[test]
    fn an_example_is_a_line_of_its_own_row() {
        for row in LINES {
            assert!(
                row.example.starts_with(&format!("{}=", row.name)),
                "{row:?}"
            );
        }
        for row in ATTRIBUTES {
            let value = row.example.strip_prefix("a=").unwrap();
            assert_eq!(value.split(':').next(), Some(row.name));
        }
    }
}
