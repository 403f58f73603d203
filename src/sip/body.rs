//! Bodies: content encodings, multipart (RFC 5621), and the session description in either.

use super::header_name::HeaderName;
use super::headers::{Headers, scan_headers};
use super::lex::{split_list, strip_quotes, trim};
use super::media_type::MediaType;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use memchr::memchr;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::io::Read;

/// A decoded body is cut here; a larger one is an attack or a mistake.
pub(crate) const MAX_DECODED: usize = 1 << 20;
/// Parts of one multipart body that are looked at.
pub(crate) const MAX_PARTS: usize = 64;
/// How deep multiparts are followed into one another.
pub(crate) const MAX_DEPTH: usize = 8;

/// One part of a body; a body that is no multipart is its own only part.
#[derive(Clone, Debug)]
pub struct BodyPart<'a> {
    /// The part's own headers, or the message's for a body that is no multipart.
    pub headers: Headers<'a>,
    /// The bytes as sent.
    pub body: &'a [u8],
}

impl<'a> BodyPart<'a> {
    /// Its Content-Type; absent means text/plain in a multipart (RFC 2046 §5.2).
    pub fn content_type(&self) -> Option<MediaType<'a>> {
        self.headers
            .first(HeaderName::ContentType)
            .map(MediaType::parse)
    }

    /// Its Content-Disposition without parameters, as `session`.
    pub fn disposition(&self) -> Option<&'a [u8]> {
        let value = self.headers.first(HeaderName::ContentDisposition)?;
        Some(trim(value.split(|b| *b == b';').next()?))
    }

    /// The bytes after transfer and content encodings are undone, at most [`MAX_DECODED`].
    pub fn decoded(&self) -> Cow<'a, [u8]> {
        decode(&self.headers, self.body)
    }
}

/// The parts of a body, nested multiparts taken apart, in order.
pub(crate) fn parts<'a>(headers: &Headers<'a>, body: &'a [u8]) -> Vec<BodyPart<'a>> {
    let mut out = Vec::new();
    collect_parts(headers.clone(), body, 0, &mut out);
    out
}

fn collect_parts<'a>(
    headers: Headers<'a>,
    body: &'a [u8],
    depth: usize,
    out: &mut Vec<BodyPart<'a>>,
) {
    if out.len() >= MAX_PARTS {
        return;
    }
    let part = BodyPart { headers, body };
    match part.content_type().and_then(|t| boundary(&t)) {
        Some(boundary) if depth < MAX_DEPTH => {
            for piece in split_multipart(body, boundary) {
                let (headers, body) = split_part(piece);
                collect_parts(headers, body, depth + 1, out);
            }
        }
        _ => out.push(part),
    }
}

/// The session description anywhere in a body: `session` is preferred to `early-session`
/// (RFC 3959 §3).
pub(crate) fn find_sdp<'a>(headers: &Headers<'a>, body: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    if body.is_empty() {
        return None;
    }
    let Some(content_type) = headers.first(HeaderName::ContentType) else {
        // Content-Type is missing although there is a body: believe the body.
        return body.starts_with(b"v=0").then_some(Cow::Borrowed(body));
    };
    let content_type = MediaType::parse(content_type);
    if content_type.is_sdp() {
        return Some(decode(headers, body));
    }
    if !content_type.is_multipart() {
        return None;
    }
    match decode(headers, body) {
        Cow::Borrowed(body) => best_sdp(parts(headers, body)),
        Cow::Owned(body) => best_sdp(parts(headers, &body)).map(|sdp| Cow::Owned(sdp.into_owned())),
    }
}

fn best_sdp(parts: Vec<BodyPart<'_>>) -> Option<Cow<'_, [u8]>> {
    let is_sdp = |p: &&BodyPart<'_>| p.content_type().is_some_and(|t| t.is_sdp());
    let early = |p: &BodyPart<'_>| {
        p.disposition()
            .is_some_and(|d| d.eq_ignore_ascii_case(b"early-session"))
    };
    let mut sdp: Vec<&BodyPart<'_>> = parts.iter().filter(is_sdp).collect();
    sdp.sort_by_key(|p| early(p));
    sdp.first().map(|p| p.decoded())
}

fn boundary<'a>(content_type: &MediaType<'a>) -> Option<&'a [u8]> {
    if !content_type.is_multipart() {
        return None;
    }
    content_type
        .params
        .value("boundary")
        .map(strip_quotes)
        .filter(|b| !b.is_empty())
}

/// The pieces between delimiter lines; preamble and epilogue are left out (RFC 2046 §5.1.1).
fn split_multipart<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(boundary);
    let finder = Finder::new(&delimiter);
    let mut pieces = Vec::new();
    let mut open: Option<usize> = None;
    let mut from = 0;
    while let Some(hit) = body.get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + hit;
        let after = at + delimiter.len();
        from = after;
        let tail = body.get(after..).unwrap_or_default();
        let anchored = at == 0 || body.get(at - 1) == Some(&b'\n');
        let closes = tail.starts_with(b"--");
        // `--x` must not match the delimiter line of `--xy`.
        let line_ends = matches!(tail.first(), None | Some(b'\r' | b'\n' | b' ' | b'\t'));
        if !anchored || !(closes || line_ends) {
            continue;
        }
        if let Some(start) = open.take() {
            pieces.push(without_last_line_end(
                body.get(start..at).unwrap_or_default(),
            ));
        }
        if closes || pieces.len() >= MAX_PARTS {
            return pieces;
        }
        open = Some(memchr(b'\n', tail).map_or(body.len(), |lf| after + lf + 1));
    }
    // The closing delimiter is missing: the last part reaches to the end.
    if let Some(rest) = open.and_then(|start| body.get(start..)) {
        pieces.push(rest);
    }
    pieces
}

/// The line end before a delimiter belongs to the delimiter.
fn without_last_line_end(v: &[u8]) -> &[u8] {
    match v {
        [head @ .., b'\r', b'\n'] | [head @ .., b'\n'] => head,
        other => other,
    }
}

fn split_part(piece: &[u8]) -> (Headers<'_>, &[u8]) {
    let scan = scan_headers(piece);
    let body = piece.get(scan.end..).unwrap_or_default();
    (scan.headers, body)
}

fn decode<'a>(headers: &Headers<'a>, body: &'a [u8]) -> Cow<'a, [u8]> {
    let mut out = match headers.first(HeaderName::ContentTransferEncoding) {
        Some(e) if e.eq_ignore_ascii_case(b"base64") => Cow::Owned(decode_base64(body)),
        Some(e) if e.eq_ignore_ascii_case(b"quoted-printable") => {
            Cow::Owned(decode_quoted_printable(body))
        }
        _ => Cow::Borrowed(body),
    };
    // Encodings were applied in the order listed (RFC 9110 §8.4), so the last comes off first.
    let encodings: Vec<&[u8]> = headers
        .all(HeaderName::ContentEncoding)
        .flat_map(split_list)
        .take(MAX_DEPTH)
        .collect();
    for encoding in encodings.into_iter().rev() {
        if let Some(plain) = inflate(encoding, &out) {
            out = Cow::Owned(plain);
        }
    }
    out
}

/// `None` for an encoding not known and for bytes that do not inflate at all.
fn inflate(encoding: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    if encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip") {
        return read_capped(MultiGzDecoder::new(bytes));
    }
    if encoding.eq_ignore_ascii_case(b"deflate") {
        // Meant is the zlib format, sent is often the bare one.
        return read_capped(ZlibDecoder::new(bytes))
            .or_else(|| read_capped(DeflateDecoder::new(bytes)));
    }
    None
}

/// What could be read before an error or the cap.
fn read_capped(from: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // A cap of 1 MiB fits u64 on every platform.
    let result = from.take(MAX_DECODED as u64).read_to_end(&mut out);
    (result.is_ok() || !out.is_empty()).then_some(out)
}

/// Base64 (RFC 2045 §6.8): characters outside the alphabet are passed over, `=` ends.
fn decode_base64(v: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(v.len() / 4 * 3);
    let (mut bits, mut have) = (0u32, 0u32);
    for b in v {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(six);
        have += 6;
        if have >= 8 {
            have -= 8;
            // The low eight bits are what is wanted.
            out.push((bits >> have) as u8);
        }
    }
    out
}

/// Quoted-printable (RFC 2045 §6.7).
fn decode_quoted_printable(v: &[u8]) -> Vec<u8> {
    let hex = |b: &u8| {
        char::from(*b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut out = Vec::with_capacity(v.len());
    let mut rest = v;
    loop {
        rest = match rest {
            [] => return out,
            [b'=', b'\r', b'\n', tail @ ..] | [b'=', b'\n', tail @ ..] => tail,
            [b'=', h, l, tail @ ..] => match (hex(h), hex(l)) {
                (Some(h), Some(l)) => {
                    out.push(h << 4 | l);
                    tail
                }
                _ => {
                    out.push(b'=');
                    rest.get(1..).unwrap_or_default()
                }
            },
            [b, tail @ ..] => {
                out.push(*b);
                tail
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn sdp(headers: &str, body: &[u8]) -> Option<String> {
        let scan = scan_headers(headers.as_bytes());
        find_sdp(&scan.headers, body).map(|s| String::from_utf8_lossy(&s).into_owned())
    }

    #[test]
    fn a_session_description_is_found_in_a_nested_multipart() {
        let body = b"preamble\r\n--out\r\nContent-Type: multipart/alternative; boundary=\"in ner\"\r\n\r\n--in ner\r\n\r\nplain\r\n--in ner\r\nc: Application/SDP\r\n\r\nv=0\r\ns=-\r\n--in ner--\r\n\r\n--out\r\nContent-Type: application/isup\r\n\r\n\x00\x01--out\r\n--out--\r\nepilogue";
        let ct = "Content-Type: multipart/mixed;boundary=out\r\n";
        assert_eq!(sdp(ct, body).as_deref(), Some("v=0\r\ns=-"));
        let scan = scan_headers(ct.as_bytes());
        let parts = parts(&scan.headers, body);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[2].body, b"\x00\x01--out");
    }

    #[test]
    fn session_is_preferred_to_early_session() {
        let body = b"--x\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\nv=0 early\r\n--x\r\nContent-Type: application/sdp\r\nContent-Disposition: session;handling=required\r\n\r\nv=0 session\r\n--x--";
        assert_eq!(
            sdp("c: multipart/mixed;boundary=x\r\n", body).as_deref(),
            Some("v=0 session")
        );
    }

    #[test]
    fn a_missing_closing_delimiter_loses_nothing() {
        let body = b"--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n";
        assert_eq!(
            sdp("c: multipart/mixed;boundary=x\r\n", body).as_deref(),
            Some("v=0\r\n")
        );
    }

    #[test]
    fn encoded_parts_are_decoded() {
        // "v=0\r\n" in base64 is dj0wDQo=
        let b64 = b"--x\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: BASE64\r\n\r\ndj0w\r\nDQo=\r\n--x--";
        assert_eq!(
            sdp("c: multipart/mixed;boundary=x\r\n", b64).as_deref(),
            Some("v=0\r\n")
        );
        let qp = b"--x\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nv=3D0 a=\r\nb =zz\r\n--x--";
        assert_eq!(
            sdp("c: multipart/mixed;boundary=x\r\n", qp).as_deref(),
            Some("v=0 ab =zz")
        );
    }

    #[test]
    fn compressed_bodies_are_inflated_up_to_the_cap() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"v=0\r\n").unwrap();
        let gz = gz.finish().unwrap();
        assert_eq!(
            sdp("c: application/sdp\r\ne: gzip\r\n", &gz).as_deref(),
            Some("v=0\r\n")
        );

        let mut z = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        z.write_all(&vec![b'v'; 3 * MAX_DECODED]).unwrap();
        let z = z.finish().unwrap();
        let out = sdp("c: application/sdp\r\ne: deflate\r\n", &z).unwrap();
        assert_eq!(out.len(), MAX_DECODED);
    }

    #[test]
    fn bytes_that_do_not_inflate_are_given_as_they_are() {
        assert_eq!(
            sdp("c: application/sdp\r\ne: gzip\r\n", b"v=0").as_deref(),
            Some("v=0")
        );
    }

    #[test]
    fn a_body_without_content_type_is_believed_when_it_says_v_0() {
        assert_eq!(sdp("a: b\r\n", b"v=0\r\n").as_deref(), Some("v=0\r\n"));
        assert_eq!(sdp("a: b\r\n", b"hello"), None);
        assert_eq!(sdp("c: text/plain\r\n", b"v=0"), None);
    }
}
