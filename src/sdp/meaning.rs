//! What a line of a session description means, in one sentence (RFC 8866 §5, §6; RFC 8839; RFC 4568).

/// The meaning of `kind=value`; `None` for a line nobody needs explained.
pub fn line_meaning(kind: &str, value: &str) -> Option<String> {
    let text = match kind {
        "v" => "Version of SDP, always 0.",
        "o" => "Who made the session: user, session id, version (raised at each change), address.",
        "s" => "Name of the session; a dash or a word without meaning in calls.",
        "i" => "Information about the session.",
        "u" => "A page about the session.",
        "e" => "Mail address.",
        "p" => "Phone number.",
        "c" => "The address media is to be sent to.",
        "b" => "Bandwidth asked for: AS in kbit/s with headers, TIAS in bit/s without.",
        "t" => "Start and stop time; 0 0 is for as long as the call lasts.",
        "m" => return Some(media(value)),
        "a" => return attribute(value),
        _ => return None,
    };
    Some(text.to_owned())
}

/// `audio 10010 RTP/AVP 0 8 101` in words.
fn media(value: &str) -> String {
    let mut words = value.split_whitespace();
    let (kind, port) = (words.next().unwrap_or("media"), words.next().unwrap_or("0"));
    let protocol = words.next().unwrap_or("");
    let formats = words.count();
    if port == "0" {
        return format!("{kind} is refused or removed (port 0).");
    }
    format!(
        "{kind} is expected on port {port} over {protocol}; {formats} formats, the preferred first."
    )
}

fn attribute(value: &str) -> Option<String> {
    let name = value.split(':').next().unwrap_or(value);
    let text = match name {
        "rtpmap" => "Which codec and clock rate a payload type number stands for.",
        "fmtp" => "Parameters of a format.",
        "ptime" => "Milliseconds of sound wanted in a packet.",
        "maxptime" => "Most milliseconds of sound accepted in a packet.",
        "sendrecv" => "Both sides send and receive.",
        "sendonly" => "This side sends and does not want to receive, as on hold.",
        "recvonly" => "This side only receives.",
        "inactive" => "Neither side is to send for now, as on hold.",
        "rtcp" => "Where RTCP is expected, if not on the next port.",
        "rtcp-mux" => "RTP and RTCP share one port.",
        "candidate" => "An address media may be sent to instead (ICE).",
        "ice-ufrag" | "ice-pwd" => "Credentials of the connectivity checks (ICE).",
        "crypto" => "Key of SRTP, in clear: whoever reads this can decrypt the media.",
        "fingerprint" => "Print of the certificate that DTLS-SRTP will show.",
        "setup" => "Who opens the DTLS connection.",
        "ssrc" => "A source number this side will send with.",
        "mid" => "Name of this medium within the description.",
        "group" => "Media that belong together; BUNDLE shares one port.",
        "label" => "A label for this medium.",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::line_meaning;

    #[test]
    fn a_refused_medium_is_named_so() {
        assert_eq!(
            line_meaning("m", "video 0 RTP/AVP 31").as_deref(),
            Some("video is refused or removed (port 0).")
        );
        assert_eq!(line_meaning("a", "x-unknown:1"), None);
    }
}
