//! Text to session description, line by line (RFC 8866 §5 and §9). Never fails.

use super::candidate::Candidate;
use super::description::{
    Attribute, Bandwidth, Connection, Group, Origin, SdpFlaw, SessionDescription,
};
use super::media::{Crypto, Fingerprint, Fmtp, Media, MediaPort, RtcpPort, RtpMap, SsrcAttribute};
use crate::types::{ClockRate, Direction, Escaped, FlawCode, MediaKind, PayloadType, Ssrc};
use memchr::memchr_iter;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{opt, rest};
use nom::sequence::preceded;
use nom::{IResult, Parser};
use std::num::NonZeroU16;

/// More m-lines than this are not read.
pub const MAX_MEDIA: usize = 64;
/// More lines than this are not read.
pub const MAX_LINES: usize = 4096;
/// More flaws than this are not noted.
pub(super) const MAX_FLAWS: usize = 32;

/// Reads a session description. Lines that cannot be read are passed over and noted.
pub fn parse(text: &[u8]) -> SessionDescription<'_> {
    let mut reader = Reader::default();
    let mut at = 0;
    let ends = memchr_iter(b'\n', text).chain(std::iter::once(text.len()));
    for end in ends {
        let line = text.get(at..end).unwrap_or_default();
        at = end + 1;
        reader.number += 1;
        let line = match line {
            [head @ .., b'\r'] => head,
            bare => bare,
        };
        if line.is_empty() {
            continue;
        }
        if reader.number > MAX_LINES {
            reader.flaw(
                FlawCode::SdpTooLong,
                format!("Lines after {MAX_LINES} are not read."),
                "RFC 8866 §5",
            );
            break;
        }
        reader.line(line);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'a> {
    out: SessionDescription<'a>,
    number: usize,
    /// Direction of the media being read, to tell its own from the session's.
    media_direction: Option<Direction>,
}

impl<'a> Reader<'a> {
    fn flaw(&mut self, code: FlawCode, text: String, source: &'static str) {
        if self.out.flaws.len() >= MAX_FLAWS {
            return;
        }
        self.out.flaws.push(SdpFlaw {
            code,
            line: self.number,
            text,
            source,
        });
    }

    fn malformed(&mut self, line: &[u8]) {
        let shown = Escaped(line.get(..80).unwrap_or(line)).to_string();
        self.flaw(
            FlawCode::SdpLineMalformed,
            format!("The line \"{shown}\" cannot be read."),
            "RFC 8866 §9",
        );
    }

    fn line(&mut self, line: &'a [u8]) {
        let [kind, b'=', value @ ..] = line else {
            return self.malformed(line);
        };
        // Free text may be in any character set (a=charset); everything else is ASCII.
        match kind {
            b's' => {
                self.out.name.get_or_insert(String::from_utf8_lossy(value));
                return;
            }
            b'i' if self.out.media.is_empty() => {
                self.out
                    .information
                    .get_or_insert(String::from_utf8_lossy(value));
                return;
            }
            _ => {}
        }
        let Ok(value) = std::str::from_utf8(value) else {
            return self.malformed(line);
        };
        let value = trim(value);
        let read = match kind {
            b'v' => {
                self.out.version.get_or_insert(value);
                true
            }
            b'o' => {
                let origin = read_origin(value);
                self.out.origin = self.out.origin.or(origin);
                origin.is_some()
            }
            b'c' => self.connection(value),
            b'b' => self.bandwidth(value),
            b't' => {
                self.out.timing.push(value);
                true
            }
            b'm' => return self.media(value, line),
            b'a' => return self.attribute(value, line),
            b'i' => {
                if let Some(media) = self.out.media.last_mut() {
                    media.title = Some(value);
                }
                true
            }
            // Uri, e-mail, phone, repeat times, time zones, key: nothing in them shapes media.
            b'u' | b'e' | b'p' | b'r' | b'z' | b'k' => true,
            _ => false,
        };
        if !read {
            self.malformed(line);
        }
    }

    fn connection(&mut self, value: &'a str) -> bool {
        let Some(connection) = read_connection(value) else {
            return false;
        };
        match self.out.media.last_mut() {
            Some(media) => media.connections.push(connection),
            None => self.out.connections.push(connection),
        }
        true
    }

    fn bandwidth(&mut self, value: &'a str) -> bool {
        let Some((kind, number)) = value.split_once(':') else {
            return false;
        };
        let bandwidth = Bandwidth {
            kind: kind.trim(),
            value: number.trim().parse().ok(),
        };
        match self.out.media.last_mut() {
            Some(media) => media.bandwidth.push(bandwidth),
            None => self.out.bandwidth.push(bandwidth),
        }
        true
    }

    fn media(&mut self, value: &'a str, line: &[u8]) {
        self.close_media();
        if self.out.media.len() >= MAX_MEDIA {
            return self.flaw(
                FlawCode::SdpTooManyMedia,
                format!("Media descriptions after {MAX_MEDIA} are not read."),
                "RFC 8866 §5.14",
            );
        }
        let (kind, port, count, protocol, formats) = match media_line(value) {
            Ok((formats, (kind, port, count, protocol))) => (kind, port, count, protocol, formats),
            Err(_) => {
                self.malformed(line);
                // Kept, disabled: offer and answer are matched by index.
                (
                    value.split(' ').next().unwrap_or_default(),
                    "0",
                    None,
                    "",
                    "",
                )
            }
        };
        let number: Option<u16> = port.parse().ok();
        if number.is_none() {
            self.malformed(line);
        }
        if self.out.media.is_empty() {
            // Most descriptions have one medium, and a row is large.
            self.out.media.reserve_exact(1);
        }
        self.out.media.push(Media {
            kind: MediaKind::parse(kind),
            kind_text: kind,
            port: number
                .and_then(NonZeroU16::new)
                .map_or(MediaPort::Disabled, MediaPort::Port),
            port_count: count.and_then(|c| c.parse().ok()).unwrap_or(1),
            protocol,
            formats: read_formats(formats),
            title: None,
            connections: Vec::new(),
            bandwidth: Vec::new(),
            direction: Direction::SendRecv,
            ptime: None,
            maxptime: None,
            rtpmaps: Vec::new(),
            fmtp: Vec::new(),
            rtcp: RtcpPort::NextAfter,
            rtcp_explicit: None,
            candidates: Vec::new(),
            ice_ufrag: None,
            ice_pwd: None,
            crypto: Vec::new(),
            fingerprint: None,
            setup: None,
            mid: None,
            ssrcs: Vec::new(),
            bundle_only: false,
            attributes: Vec::with_capacity(12),
        });
    }

    fn attribute(&mut self, value: &'a str, line: &[u8]) {
        let attribute = match split_at_colon(value) {
            Some((name, value)) => Attribute {
                name: trim(name),
                value: Some(trim(value)),
            },
            None => Attribute {
                name: value,
                value: None,
            },
        };
        let direction = Direction::from_word(attribute.name);
        let Some(media) = self.out.media.last_mut() else {
            self.out.attributes.push(attribute);
            self.out.direction = direction.or(self.out.direction);
            if attribute.name == "group" {
                self.out.groups.extend(attribute.value.and_then(read_group));
            }
            return;
        };
        media.attributes.push(attribute);
        self.media_direction = direction.or(self.media_direction);
        if !read_media_attribute(media, attribute) {
            self.malformed(line);
        }
    }

    /// Fills in what a media description takes from the session when it says nothing itself.
    fn close_media(&mut self) {
        if self.out.media.is_empty() {
            return;
        }
        let own_direction = self.media_direction.take();
        let session = &self.out;
        let direction = own_direction.or(session.direction).unwrap_or_default();
        let connections = session.connections.clone();
        let session_value = |name: &str| session.attribute(name).filter(|v| !v.is_empty());
        let (ufrag, pwd) = (session_value("ice-ufrag"), session_value("ice-pwd"));
        let setup = session_value("setup");
        let fingerprint = session_value("fingerprint").and_then(read_fingerprint);
        let Some(media) = self.out.media.last_mut() else {
            return;
        };
        media.direction = direction;
        if media.connections.is_empty() {
            media.connections = connections;
        }
        media.ice_ufrag = media.ice_ufrag.or(ufrag);
        media.ice_pwd = media.ice_pwd.or(pwd);
        media.setup = media.setup.or(setup);
        media.fingerprint = media.fingerprint.or(fingerprint);
        media.rtcp = match media.rtcp_explicit {
            _ if media.attribute("rtcp-mux").is_some() => RtcpPort::Muxed,
            Some((port, address)) => RtcpPort::Explicit(port, address),
            None => RtcpPort::NextAfter,
        };
    }

    fn finish(mut self) -> SessionDescription<'a> {
        self.close_media();
        if self.out.version != Some("0") {
            self.number = 1;
            self.flaw(
                FlawCode::SdpVersion,
                "The description does not say v=0.".into(),
                "RFC 8866 §5.1",
            );
        }
        let homeless = self
            .out
            .media
            .iter()
            .any(|m| m.connections.is_empty() && m.port.get().is_some());
        if homeless {
            self.flaw(
                FlawCode::SdpNoConnection,
                "A media description has no c= line, neither its own nor the session's.".into(),
                "RFC 8866 §5.7",
            );
        }
        self.out
    }
}

/// As `str::trim`, which need not look for blanks of other alphabets where the ends are visible ASCII.
fn trim(v: &str) -> &str {
    match v.as_bytes() {
        [] => v,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => v,
        _ => v.trim(),
    }
}

/// Names are short: a loop beats a search here.
fn split_at_colon(v: &str) -> Option<(&str, &str)> {
    let (name, rest) = v.split_at(v.bytes().position(|b| b == b':')?);
    Some((name, rest.get(1..).unwrap_or_default()))
}

/// `m=` up to the formats: `kind SP port ["/" count] SP proto`.
type MediaLine<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

fn media_line(i: &str) -> IResult<&str, MediaLine<'_>> {
    let (i, kind) = word(i)?;
    let (i, port) = digit1(i)?;
    let (i, count) = opt(preceded(char('/'), digit1)).parse(i)?;
    let (i, _) = take_while(|c| c == ' ').parse(i)?;
    let (i, protocol) = word(i)?;
    Ok((i, (kind, port, count, protocol)))
}

/// Characters up to a blank, and the blanks.
fn word(i: &str) -> IResult<&str, &str> {
    let end = i.bytes().position(|b| b.is_ascii_whitespace());
    let (word, rest) = i.split_at(end.unwrap_or(i.len()));
    if word.is_empty() {
        return Err(nom::Err::Error(nom::error::Error::new(
            i,
            nom::error::ErrorKind::TakeWhile1,
        )));
    }
    Ok((
        rest.trim_start_matches(|c: char| c.is_ascii_whitespace()),
        word,
    ))
}

fn read_formats(formats: &str) -> Vec<&str> {
    let mut list = Vec::with_capacity(8);
    list.extend(formats.split_ascii_whitespace());
    list
}

fn read_origin(raw: &str) -> Option<Origin<'_>> {
    let (_, (username, session_id, version, net_type, addr_type, address)) =
        (word, word, word, word, word, word).parse(raw).ok()?;
    Some(Origin {
        username,
        session_id,
        version,
        net_type,
        addr_type,
        address,
        raw,
    })
}

fn read_connection(value: &str) -> Option<Connection<'_>> {
    let (_, (net_type, addr_type, address)) = (word, word, word).parse(value).ok()?;
    let mut parts = address.split('/');
    let address = parts.next()?;
    let (second, third) = (parts.next(), parts.next());
    // IPv4: address/ttl/count; IPv6: address/count.
    let (ttl, count) = if addr_type.eq_ignore_ascii_case("IP6") {
        (None, second)
    } else {
        (second, third)
    };
    Some(Connection {
        net_type,
        addr_type,
        address,
        ttl: ttl.and_then(|t| t.parse().ok()),
        count: count.and_then(|c| c.parse().ok()),
        ip: address.parse().ok(),
    })
}

fn read_group(value: &str) -> Option<Group<'_>> {
    let mut words = value.split_ascii_whitespace();
    Some(Group {
        semantics: words.next()?,
        mids: words.collect(),
    })
}

/// False when the attribute is one of those known here and cannot be read.
fn read_media_attribute<'a>(media: &mut Media<'a>, attribute: Attribute<'a>) -> bool {
    let value = attribute.value.unwrap_or_default();
    match attribute.name {
        "rtpmap" => push(&mut media.rtpmaps, read_rtpmap(value)),
        "fmtp" => push(&mut media.fmtp, read_fmtp(value)),
        "candidate" => push(&mut media.candidates, Candidate::parse(value)),
        "crypto" => push(&mut media.crypto, read_crypto(value)),
        "ssrc" => push(&mut media.ssrcs, read_ssrc(value)),
        "ptime" => set(&mut media.ptime, read_millis(value)),
        "maxptime" => set(&mut media.maxptime, read_millis(value)),
        "rtcp" => set(&mut media.rtcp_explicit, read_rtcp(value)),
        "fingerprint" => set(&mut media.fingerprint, read_fingerprint(value)),
        "ice-ufrag" => set(&mut media.ice_ufrag, attribute.value),
        "ice-pwd" => set(&mut media.ice_pwd, attribute.value),
        "setup" => set(&mut media.setup, attribute.value),
        "mid" => set(&mut media.mid, attribute.value),
        "bundle-only" => {
            media.bundle_only = true;
            true
        }
        _ => true,
    }
}

fn push<T>(into: &mut Vec<T>, value: Option<T>) -> bool {
    let read = value.is_some();
    if read && into.capacity() == 0 {
        into.reserve(8);
    }
    into.extend(value);
    read
}

fn set<T>(into: &mut Option<T>, value: Option<T>) -> bool {
    let read = value.is_some();
    if read {
        *into = value;
    }
    read
}

/// `pt SP encoding [/ clock [/ channels]]`
fn read_rtpmap(value: &str) -> Option<RtpMap<'_>> {
    fn slash_number(i: &str) -> IResult<&str, &str> {
        preceded(char('/'), digit1).parse(i)
    }
    let encoding = take_while1(|c: char| c != '/' && !c.is_ascii_whitespace());
    let (_, (pt, encoding, clock, channels)) =
        (word, encoding, opt(slash_number), opt(slash_number))
            .parse(value)
            .ok()?;
    Some(RtpMap {
        payload_type: PayloadType::new(pt.parse().ok()?)?,
        encoding,
        clock: clock.and_then(|c| c.parse().ok()).and_then(ClockRate::new),
        channels: channels.and_then(|c| c.parse().ok()).unwrap_or(1),
    })
}

fn read_fmtp(value: &str) -> Option<Fmtp<'_>> {
    let (params, format) = word(value).ok()?;
    Some(Fmtp { format, params })
}

fn read_crypto(value: &str) -> Option<Crypto<'_>> {
    let (session, (tag, suite, key_params)) = (word, word, word).parse(value).ok()?;
    Some(Crypto {
        tag,
        suite,
        key_params,
        session_params: Some(session).filter(|s| !s.is_empty()),
    })
}

fn read_ssrc(value: &str) -> Option<SsrcAttribute<'_>> {
    let (rest, ssrc) = word(value).ok()?;
    let (attribute, value) = match rest.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (rest, None),
    };
    Some(SsrcAttribute {
        ssrc: Ssrc(ssrc.parse().ok()?),
        attribute,
        value,
    })
}

/// Milliseconds; the RFC wants an integer, `13.33` and the like are met.
fn read_millis(value: &str) -> Option<f32> {
    value
        .parse()
        .ok()
        .filter(|ms: &f32| ms.is_finite() && *ms > 0.0)
}

/// `port [IN IP4 address]`
fn read_rtcp(value: &str) -> Option<(NonZeroU16, Option<&str>)> {
    let (_, (port, address)) = (word, opt(preceded((tag("IN"), char(' '), word), rest)))
        .parse(value)
        .ok()?;
    let address = address.map(str::trim).filter(|a| !a.is_empty());
    Some((NonZeroU16::new(port.parse().ok()?)?, address))
}

fn read_fingerprint(value: &str) -> Option<Fingerprint<'_>> {
    let (value, hash) = word(value).ok()?;
    (!value.is_empty()).then_some(Fingerprint { hash, value })
}
