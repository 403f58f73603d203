//! RTP and RTCP in Wireshark's words.

use crate::explain::words::clean;
use crate::report::listing::PacketRow;
use crate::rtp::RtpHeader;
use crate::rtp::rtcp::{self, Validity};
use crate::rtp::telephone_event::TelephoneEvent;
use std::borrow::Cow;
use std::fmt::Write;

/// One packet of RTP; `codec`: what SDP or RFC 3551 says its payload type is.
pub(super) fn rtp(
    row: &mut PacketRow,
    payload: &[u8],
    wire_len: u32,
    codec: Option<&str>,
    encrypted: bool,
) {
    row.protocol = Cow::Borrowed(if encrypted { "SRTP" } else { "RTP" });
    let Some(h) = RtpHeader::parse_known(payload, wire_len) else {
        return;
    };
    let body = if encrypted { &[] } else { h.payload(payload) };
    // Codecs Wireshark takes apart, by their protocol there.
    const TAKEN_APART: [(&str, &str); 5] = [
        ("telephone-event", "RTP EVENT"),
        ("opus", "OPUS"),
        ("G723", "G.723.1"),
        ("H264", "H.264"),
        ("VP8", "VP8"),
    ];
    let known = codec.filter(|_| !encrypted).and_then(|name| {
        let is_it = |(codec, _): &&(&str, _)| codec.eq_ignore_ascii_case(name);
        TAKEN_APART.iter().find(is_it)
    });
    if let Some((_, protocol)) = known {
        row.protocol = Cow::Borrowed(protocol);
    }
    if let (Some((_, "RTP EVENT")), Some(event)) = (known, TelephoneEvent::parse(body)) {
        row.info.push_str("Payload type=RTP Event, ");
        event_words(&mut row.info, event.event);
        row.info.push_str(if event.end { " (end)" } else { "" });
        return;
    }
    row.info.push_str("PT=");
    match (static_words(h.payload_type.get()), codec) {
        (Some(words), _) => row.info.push_str(words),
        (None, Some(name)) => row.info.push_str(&clean(name)),
        (None, None) => {
            let _ = write!(row.info, "DynamicRTP-Type-{}", h.payload_type.get());
        }
    }
    let mark = if h.marker { ", Mark" } else { "" };
    let _ = write!(
        row.info,
        ", SSRC=0x{:X}, Seq={}, Time={}{mark}",
        h.ssrc.0, h.seq.0, h.timestamp.0
    );
    if let (Some((_, "H.264")), Some(first)) = (known, body.first()) {
        let unit = match first & 0x1f {
            1 => " non-IDR-Slice",
            5 => " IDR-Slice",
            6 => " SEI",
            7 => " SPS",
            8 => " PPS",
            _ => "",
        };
        row.info.push_str(unit);
    }
}

/// The events of RFC 4733 §3.2 that are keys.
fn event_words(info: &mut String, event: u8) {
    const DIGITS: [&str; 10] = [
        "Zero 0", "One 1", "Two 2", "Three 3", "Four 4", "Five 5", "Six 6", "Seven 7", "Eight 8",
        "Nine 9",
    ];
    let _ = match event {
        0..=9 => write!(
            info,
            "DTMF {}",
            DIGITS.get(usize::from(event)).unwrap_or(&"")
        ),
        10 => write!(info, "DTMF Star *"),
        11 => write!(info, "DTMF Pound #"),
        12..=15 => write!(info, "DTMF {}", char::from(b'A' + (event - 12))),
        16 => write!(info, "Flash"),
        n => write!(info, "event {n}"),
    };
}

/// Payload types of RFC 3551 §6 in Wireshark's words.
fn static_words(payload_type: u8) -> Option<&'static str> {
    Some(match payload_type {
        0 => "ITU-T G.711 PCMU",
        3 => "GSM 06.10",
        4 => "ITU-T G.723",
        5 => "DVI4 8000 samples/s",
        6 => "DVI4 16000 samples/s",
        7 => "Experimental linear predictive encoding from Xerox PARC",
        8 => "ITU-T G.711 PCMA",
        9 => "ITU-T G.722",
        10 => "16-bit uncompressed audio, stereo",
        11 => "16-bit uncompressed audio, monaural",
        12 => "Qualcomm Code Excited Linear Predictive coding",
        13 => "Comfort noise",
        14 => "MPEG-I/II Audio",
        15 => "ITU-T G.728",
        16 => "DVI4 11025 samples/s",
        17 => "DVI4 22050 samples/s",
        18 => "ITU-T G.729",
        19 => "Comfort noise (old)",
        25 => "Sun CellB video encoding",
        26 => "JPEG-compressed video",
        28 => "'nv' program",
        31 => "ITU-T H.261",
        32 => "MPEG-I/II Video",
        33 => "MPEG-II transport streams",
        34 => "ITU-T H.263",
        _ => return None,
    })
}

/// One datagram of RTCP.
pub(super) fn rtcp(row: &mut PacketRow, payload: &[u8], wire_len: u32) {
    // Only the first header is in clear.
    let only_first = matches!(rtcp::check(payload, wire_len), Some(Validity::HeaderOnly))
        && payload.len() >= wire_len as usize;
    row.protocol = Cow::Borrowed(if only_first { "SRTCP" } else { "RTCP" });
    let most = if only_first { 1 } else { 32 };
    let mut rest = payload;
    let mut told = 0;
    while let Some(&[first, kind, l0, l1]) = rest.first_chunk::<4>()
        && first >> 6 == 2
        && told < most
    {
        if told > 0 {
            row.info.push_str("   ");
        }
        told += 1;
        let words = match kind {
            192 => "Full INTRA-frame Request (H.261)",
            193 => "Negative Acknowledgement (H.261)",
            200 => "Sender Report",
            201 => "Receiver Report",
            202 => "Source description",
            203 => "Goodbye",
            204 => "Application specific",
            205 => "Generic RTP Feedback",
            206 => "Payload-specific Feedback",
            207 => "Extended report (RFC 3611)",
            208 => "AVB RTCP packet (IEEE1733)",
            209 => "Receiver Summary Information",
            210 => "Port Mapping",
            _ => "Unknown packet type",
        };
        row.info.push_str(words);
        if let (204, false, Some(name)) = (kind, only_first, rest.get(8..12)) {
            let name = clean(&String::from_utf8_lossy(name));
            let _ = write!(row.info, "   ( {name} ) subtype={}", first & 0x1f);
        }
        let len = (usize::from(u16::from_be_bytes([l0, l1])) + 1) * 4;
        rest = rest.get(len..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(payload: &[u8], codec: Option<&str>, encrypted: bool) -> (String, String) {
        let mut row = PacketRow::default();
        rtp(&mut row, payload, payload.len() as u32, codec, encrypted);
        (row.protocol.into_owned(), row.info)
    }

    // The expected texts are tshark 4.0.17's.
    #[test]
    fn rtp_is_worded_as_wireshark_words_it() {
        let head = |pt: u8| vec![0x80, pt, 0, 7, 0, 0, 0, 160, 0xa1, 0x1c, 0xe0, 1];
        let says = |protocol: &str, info: &str| (protocol.to_owned(), info.to_owned());
        assert_eq!(
            row_of(&head(0x80), Some("PCMU"), false),
            says(
                "RTP",
                "PT=ITU-T G.711 PCMU, SSRC=0xA11CE001, Seq=7, Time=160, Mark"
            )
        );
        assert_eq!(
            row_of(&head(96), None, false),
            says(
                "RTP",
                "PT=DynamicRTP-Type-96, SSRC=0xA11CE001, Seq=7, Time=160"
            )
        );
        assert_eq!(
            row_of(&head(96), Some("opus"), false),
            says("OPUS", "PT=opus, SSRC=0xA11CE001, Seq=7, Time=160")
        );
        assert_eq!(
            row_of(&head(96), Some("opus"), true),
            says("SRTP", "PT=opus, SSRC=0xA11CE001, Seq=7, Time=160")
        );
        let mut event = head(101);
        event.extend([9, 0x8a, 0, 160]);
        assert_eq!(
            row_of(&event, Some("telephone-event"), false),
            says("RTP EVENT", "Payload type=RTP Event, DTMF Nine 9 (end)")
        );
        let mut picture = head(97);
        picture.push(0x67);
        assert_eq!(
            row_of(&picture, Some("H264"), false),
            says("H.264", "PT=H264, SSRC=0xA11CE001, Seq=7, Time=160 SPS")
        );
    }

    #[test]
    fn a_compound_names_its_packets_and_srtcp_only_the_first() {
        let report = [0x80, 200, 0, 6, 0, 0, 0, 1].into_iter().chain([0; 20]);
        let bye = [0x81, 203, 0, 1, 0, 0, 0, 1];
        let mut datagram: Vec<u8> = report.chain(bye).collect();
        let mut row = PacketRow::default();
        rtcp(&mut row, &datagram, 36);
        assert_eq!(
            (&*row.protocol, &*row.info),
            ("RTCP", "Sender Report   Goodbye")
        );
        // Enciphered behind the first header, with index and tag.
        if let Some(b) = datagram.get_mut(28) {
            *b = 0x13;
        }
        datagram.extend([0; 14]);
        let mut row = PacketRow::default();
        rtcp(&mut row, &datagram, datagram.len() as u32);
        assert_eq!((&*row.protocol, &*row.info), ("SRTCP", "Sender Report"));
    }
}
