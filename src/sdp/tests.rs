//! Session descriptions as they are sent.

use super::parse::MAX_FLAWS;
use super::*;
use crate::types::{ClockRate, Direction, MediaKind, PayloadType, Ssrc};

fn pt(n: u8) -> PayloadType {
    PayloadType::new(n).unwrap()
}

fn codes(s: &SessionDescription<'_>) -> Vec<(&'static str, usize)> {
    s.flaws.iter().map(|f| (f.code.as_str(), f.line)).collect()
}

#[test]
fn a_plain_offer_is_read_in_full() {
    let s = parse(
        b"v=0\r\no=alice 2890844526 2890844527 IN IP4 host.example.com\r\ns=Z\xedtra\r\nc=IN IP4 192.0.2.1\r\nb=AS:128\r\nt=0 0\r\na=tool:x\r\nm=audio 49170/2 RTP/AVP 0 8 97 101\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=20\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\nm=video 51372 RTP/AVP 31 99\r\nc=IN IP4 224.2.1.1/127/3\r\na=rtpmap:99 H264/90000\r\na=recvonly\r\n",
    );
    assert!(s.flaws.is_empty(), "{:?}", s.flaws);
    let o = s.origin.unwrap();
    assert_eq!(
        (o.username, o.version, o.address),
        ("alice", "2890844527", "host.example.com")
    );
    assert_eq!(s.name.as_deref(), Some("Z\u{fffd}tra"));
    assert_eq!(s.bandwidth[0].value, Some(128));
    let [audio, video] = s.media.as_slice() else {
        panic!()
    };
    assert_eq!(
        (audio.kind, audio.port.get(), audio.port_count),
        (MediaKind::Audio, Some(49170), 2)
    );
    assert_eq!(
        audio.connection().and_then(|c| c.ip()),
        "192.0.2.1".parse().ok()
    );
    assert_eq!(audio.ptime, Some(20.0));
    assert_eq!(audio.direction, Direction::SendRecv);
    assert_eq!(audio.fmtp_for(pt(101)), Some("0-16"));
    let pcma = audio.codec_for(pt(8)).unwrap();
    assert_eq!((pcma.encoding, pcma.source), ("PCMA", CodecSource::Static));
    let ilbc = audio.codec_for(pt(97)).unwrap();
    assert_eq!(
        (ilbc.encoding, ilbc.clock, ilbc.channels),
        ("iLBC", ClockRate::new(8000), Some(1))
    );
    assert_eq!(audio.codec_for(pt(98)), None);
    assert_eq!(audio.payload_types().count(), 4);
    let c = video.connection().unwrap();
    assert_eq!(
        (c.address, c.ttl, c.count),
        ("224.2.1.1", Some(127), Some(3))
    );
    assert_eq!(video.direction, Direction::RecvOnly);
}

#[test]
fn an_rtpmap_overrides_the_static_table() {
    let s = parse(b"v=0\nc=IN IP4 192.0.2.1\nm=video 1 RTP/AVP 31\na=rtpmap:31 LPC\n");
    let c = s.media[0].codec_for(pt(31)).unwrap();
    assert_eq!(
        (c.encoding, c.clock, c.source),
        ("LPC", None, CodecSource::Rtpmap)
    );
}

#[test]
fn opus_has_two_channels() {
    let s = parse(b"v=0\nc=IN IP4 192.0.2.1\nm=audio 1 RTP/AVP 111\na=rtpmap:111 opus/48000/2\n");
    let c = s.media[0].codec_for(pt(111)).unwrap();
    assert_eq!((c.clock, c.channels), (ClockRate::new(48000), Some(2)));
}

#[test]
fn direction_is_the_media_own_then_the_session_own_then_both_ways() {
    let s = parse(
        b"v=0\nc=IN IP4 192.0.2.1\na=sendonly\nm=audio 1 RTP/AVP 0\nm=audio 2 RTP/AVP 0\na=inactive\nm=audio 3 RTP/AVP 0\na=sendrecv\n",
    );
    let d: Vec<_> = s.media.iter().map(|m| m.direction).collect();
    assert_eq!(
        d,
        [
            Direction::SendOnly,
            Direction::Inactive,
            Direction::SendRecv
        ]
    );
}

#[test]
fn rtcp_goes_where_it_is_said_or_one_port_up() {
    let rtcp = |a: &str| {
        let text = format!("v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\n{a}\n");
        let s = parse(text.as_bytes());
        s.media[0]
            .rtcp_port()
            .map(|(p, a)| (p, a.map(str::to_owned)))
    };
    assert_eq!(rtcp(""), Some((4001, None)));
    assert_eq!(rtcp("a=rtcp-mux"), Some((4000, None)));
    assert_eq!(rtcp("a=rtcp:5005"), Some((5005, None)));
    assert_eq!(
        rtcp("a=rtcp:5005 IN IP4 192.0.2.9"),
        Some((5005, Some("192.0.2.9".into())))
    );
    assert_eq!(rtcp("a=rtcp:5005\na=rtcp-mux"), Some((4000, None)));
}

#[test]
fn a_webrtc_offer_is_read() {
    let s = parse(
        b"v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=fingerprint:sha-256 AA:BB\r\na=ice-ufrag:4ZcD\r\na=setup:actpass\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2130706431 192.0.2.5 50000 typ host\r\na=ice-pwd:secret\r\na=mid:0\r\na=rtcp-mux\r\na=ssrc:1001 cname:abc\r\na=ssrc:1001 msid:x y\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=bundle-only\r\na=mid:1\r\na=sctp-port:5000\r\n",
    );
    assert!(s.flaws.is_empty(), "{:?}", s.flaws);
    assert_eq!(s.bundle(), Some(&["0", "1"][..]));
    let [audio, data] = s.media.as_slice() else {
        panic!()
    };
    assert!(audio.is_encrypted() && audio.is_rtp());
    assert_eq!(
        (audio.ice_ufrag, audio.ice_pwd),
        (Some("4ZcD"), Some("secret"))
    );
    assert_eq!((audio.setup, audio.mid), (Some("actpass"), Some("0")));
    assert_eq!(audio.fingerprint.map(|f| f.value), Some("AA:BB"));
    assert_eq!(audio.candidates[0].port, 50000);
    assert_eq!(audio.ssrcs.len(), 2);
    assert_eq!(
        (audio.ssrcs[0].ssrc, audio.ssrcs[0].value),
        (Ssrc(1001), Some("abc"))
    );
    assert_eq!(audio.rtcp, RtcpPort::Muxed);
    assert_eq!(
        (data.kind, data.port, data.bundle_only),
        (MediaKind::Application, MediaPort::Disabled, true)
    );
    assert_eq!(data.formats, ["webrtc-datachannel"]);
    assert_eq!(data.payload_types().count(), 0);
}

#[test]
fn fax_floor_control_and_messages_are_media_too() {
    let s = parse(
        b"v=0\nc=IN IP6 2001:db8::1\nm=image 4000 udptl t38\na=T38FaxVersion:0\nm=application 5070 TCP/BFCP *\nm=message 7394 TCP/MSRP *\na=path:msrp://a:7394/2s;tcp\n",
    );
    assert!(s.flaws.is_empty(), "{:?}", s.flaws);
    assert!(s.media[0].is_t38());
    assert_eq!(s.media[0].attribute("T38FaxVersion"), Some("0"));
    assert_eq!(s.media[1].protocol, "TCP/BFCP");
    assert_eq!(s.media[2].kind, MediaKind::Message);
    assert!(!s.media[0].is_encrypted());
}

#[test]
fn keys_in_the_description_mean_encryption() {
    let s = parse(
        b"v=0\nc=IN IP4 192.0.2.1\nm=audio 1 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf|2^20|1:32 KDR=1\n",
    );
    let m = &s.media[0];
    assert!(m.is_encrypted());
    assert_eq!(m.crypto[0].suite, "AES_CM_128_HMAC_SHA1_80");
    assert_eq!(m.crypto[0].session_params, Some("KDR=1"));
}

#[test]
fn what_cannot_be_read_is_noted_and_the_rest_is_kept() {
    let s = parse(
        b"v=0\r\nrubbish\r\nc=IN\r\nm=audio x RTP/AVP 0\r\nm=audio 99999 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:300 X/1\r\na=ptime:often\r\na=sendonly\r\n",
    );
    assert_eq!(
        codes(&s),
        [
            ("sdp_line_malformed", 2),
            ("sdp_line_malformed", 3),
            ("sdp_line_malformed", 4),
            ("sdp_line_malformed", 5),
            ("sdp_line_malformed", 7),
            ("sdp_line_malformed", 8),
        ]
    );
    assert_eq!(s.media.len(), 2, "m-lines keep their index");
    assert_eq!(s.media[1].direction, Direction::SendOnly);
}

#[test]
fn media_without_an_address_is_noted() {
    assert_eq!(
        codes(&parse(b"v=0\nm=audio 4000 RTP/AVP 0\n")),
        [("sdp_no_connection", 3)]
    );
    assert_eq!(codes(&parse(b"")), [("sdp_version", 1)]);
}

#[test]
fn the_number_of_media_and_lines_is_bounded() {
    let text = format!("v=0\n{}", "m=audio 0 RTP/AVP 0\n".repeat(MAX_MEDIA + 3));
    let s = parse(text.as_bytes());
    assert_eq!(s.media.len(), MAX_MEDIA);
    assert_eq!(s.flaws.len(), 3);
    let text = "a=x\n".repeat(MAX_LINES + 9);
    let s = parse(text.as_bytes());
    assert_eq!(s.attributes.len(), MAX_LINES);
    assert_eq!(parse("?\n".repeat(1000).as_bytes()).flaws.len(), MAX_FLAWS);
}
