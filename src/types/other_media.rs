//! What calls carry beside RTP, by the protocol's name.

super::vocabulary! {
    /// A protocol that shares the ports of media (RFC 7983), or that SDP agrees on instead of RTP.
    pub enum OtherProtocol {
        /// Finds and proves a way for media, of ICE and with servers (RFC 8489).
        Stun = "stun",
        /// Asks a relay for a way (RFC 8656). Media that it wraps is no part of this.
        Turn = "turn",
        /// Agrees on keys by certificates (RFC 5763).
        Dtls = "dtls",
        /// Agrees on keys within the media (RFC 6189).
        Zrtp = "zrtp",
        /// Fax over UDPTL (ITU-T T.38).
        T38 = "t38",
        /// Messages in a session (RFC 4975).
        Msrp = "msrp",
        /// Who may speak in a conference (RFC 8855).
        Bfcp = "bfcp",
    }
}

impl OtherProtocol {
    /// The name people know.
    pub const fn name(self) -> &'static str {
        match self {
            OtherProtocol::Stun => "STUN",
            OtherProtocol::Turn => "TURN",
            OtherProtocol::Dtls => "DTLS",
            OtherProtocol::Zrtp => "ZRTP",
            OtherProtocol::T38 => "T.38",
            OtherProtocol::Msrp => "MSRP",
            OtherProtocol::Bfcp => "BFCP",
        }
    }
}

super::vocabulary! {
    /// What an `m=` line's protocol field agrees on (RFC 8866 §5.14).
    #[derive(Default)]
    pub enum Carried {
        /// RTP in datagrams.
        #[default]
        Rtp = "rtp",
        /// RTP in a TCP stream (RFC 4571).
        RtpOverTcp = "rtp_over_tcp",
        /// T.38 over UDPTL.
        Udptl = "udptl",
        /// MSRP.
        Msrp = "msrp",
        /// BFCP.
        Bfcp = "bfcp",
        /// Anything else.
        Other = "other",
    }
}

impl Carried {
    /// By the protocol field as sent: `RTP/AVP`, `TCP/RTP/AVP`, `udptl`, `TCP/TLS/MSRP`.
    pub fn of(protocol: &str) -> Carried {
        let has = |word: &str| protocol.split('/').any(|p| p.eq_ignore_ascii_case(word));
        match () {
            () if has("RTP") && has("TCP") => Carried::RtpOverTcp,
            () if has("RTP") => Carried::Rtp,
            () if has("udptl") => Carried::Udptl,
            () if has("MSRP") => Carried::Msrp,
            () if has("BFCP") => Carried::Bfcp,
            () => Carried::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_field_tells_what_is_carried() {
        for (field, carried) in [
            ("RTP/AVP", Carried::Rtp),
            ("UDP/TLS/RTP/SAVPF", Carried::Rtp),
            ("TCP/RTP/AVP", Carried::RtpOverTcp),
            ("udptl", Carried::Udptl),
            ("UDPTL", Carried::Udptl),
            ("TCP/TLS/MSRP", Carried::Msrp),
            ("TCP/BFCP", Carried::Bfcp),
            ("UDP/DTLS/SCTP", Carried::Other),
        ] {
            assert_eq!(Carried::of(field), carried, "{field}");
        }
    }
}
