//! What a file is by its first bytes: a capture, a compressed file, or what else it looks like.

use super::info::{CaptureFormat, Compression};

/// How many bytes of a file's start are looked at.
pub(super) const SNIFF_LEN: usize = 512;

/// The capture format of a file that starts with `head`.
pub(super) fn capture_format(head: &[u8]) -> Option<CaptureFormat> {
    let magic = head.first_chunk::<4>()?;
    match u32::from_be_bytes(*magic) {
        0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1 | 0xa1b2_cd34 | 0x34cd_b2a1 => {
            Some(CaptureFormat::Pcap)
        }
        0x0a0d_0d0a => Some(CaptureFormat::PcapNg),
        _ => None,
    }
}

/// The compression of a file that starts with `head`, among those read here.
pub(super) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        // A skippable frame: pzstd starts its files with one (RFC 8878 §3.1.2).
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// The bytes of window that a zstd frame asks for (RFC 8878 §3.1.1.1.2); `None` where `head` does not say,
/// and for a frame that is its own window.
pub(super) fn zstd_window(head: &[u8]) -> Option<u64> {
    let [0x28, 0xb5, 0x2f, 0xfd, descriptor, window, ..] = *head else {
        return None;
    };
    let single_segment = descriptor & 0x20 != 0;
    let base = 1u64 << (10 + (window >> 3));
    (!single_segment).then(|| base + base / 8 * u64::from(window & 7))
}

/// What a file that is no capture looks like, and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Impostor {
    /// A noun with its article.
    pub(super) found: String,
    /// An imperative.
    pub(super) advice: String,
}

/// Start of file, what it is, what to do.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"snoop\0\0\0", "a Solaris snoop capture", CONVERT),
    (b"btsnoop\0", "a Bluetooth btsnoop capture", CONVERT),
    (b"GMBU", "a Microsoft Network Monitor 2 capture", CONVERT),
    (b"RTSS", "a Microsoft Network Monitor 1 capture", CONVERT),
    (
        b"TRSNIFF data",
        "a Network General Sniffer capture",
        CONVERT,
    ),
    (b"XCP\0", "a NetXRay or Windows Sniffer capture", CONVERT),
    (b"iptrace ", "an AIX iptrace capture", CONVERT),
    (
        b"ObserverPktBuffe",
        "a Network Instruments Observer capture",
        CONVERT,
    ),
    (b"EyeSDN", "an EyeSDN capture", CONVERT),
    (b"\x54\x52\x00", "an HP-UX nettl trace", CONVERT),
    (b"\x7fver", "an EtherPeek or OmniPeek capture", CONVERT),
    (
        b"#!rtpplay1.0",
        "an rtpdump recording",
        "open it with Wireshark and save it as pcapng, or record with sipflow capture -w",
    ),
    (
        b"BZh",
        "a bzip2-compressed file",
        "decompress it first: bunzip2 -k FILE",
    ),
    (
        b"\xfd7zXZ\0",
        "an xz-compressed file",
        "decompress it first: unxz -k FILE",
    ),
    (
        b"\x04\x22\x4d\x18",
        "an lz4-compressed file",
        "decompress it first: lz4 -d FILE",
    ),
    (
        b"\x1f\x9d",
        "a compress (.Z) file",
        "decompress it first: uncompress FILE",
    ),
    (
        b"\x1f\x8b",
        "gzip data again",
        "decompress it once: gunzip -k FILE",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd data again",
        "decompress it once: unzstd FILE",
    ),
    (
        b"PK\x03\x04",
        "a zip archive",
        "unpack it first: unzip FILE",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "a 7-Zip archive",
        "unpack it first: 7z x FILE",
    ),
    (b"Rar!", "a RAR archive", "unpack it first: unrar x FILE"),
    (b"\x7fELF", "a Linux program", OTHER),
    (b"MZ", "a Windows program", OTHER),
    (b"%PDF", "a PDF document", OTHER),
    (b"\x89PNG", "a PNG image", OTHER),
    (b"\xff\xd8\xff", "a JPEG image", OTHER),
    (
        b"RIFF",
        "a WAV or AVI recording",
        "name the capture it was taken from instead",
    ),
    (
        b"#!AMR",
        "an AMR recording",
        "name the capture it was taken from instead",
    ),
    (b"SQLite format 3", "an SQLite database", OTHER),
    (
        b"version https://git-lfs",
        "a Git LFS pointer, not the file itself",
        "fetch the file: git lfs pull",
    ),
];

const CONVERT: &str = "convert it first: editcap -F pcapng FILE FILE.pcapng";
const OTHER: &str = "check that the right file was named";
const TEXT: &str = "name the capture itself, or turn a hex dump into one: text2pcap FILE FILE.pcap";

/// What `head`, the first bytes of a file that is no capture, looks like.
pub(super) fn impostor(head: &[u8]) -> Impostor {
    let say = |found: &str, advice: &str| Impostor {
        found: found.to_owned(),
        advice: advice.to_owned(),
    };
    for (magic, found, advice) in KNOWN {
        if head.starts_with(magic) {
            return say(found, advice);
        }
    }
    if head.get(257..262) == Some(b"ustar") {
        return say("a tar archive", "unpack it first: tar xf FILE");
    }
    if is_text(head) {
        return text_kind(head);
    }
    if head.iter().all(|&b| b == 0) {
        return say("nothing but zero bytes", "copy or record the file again");
    }
    let shown: Vec<String> = head.iter().take(8).map(|b| format!("{b:02x}")).collect();
    Impostor {
        found: format!("unknown binary data ({})", shown.join(" ")),
        advice: OTHER.to_owned(),
    }
}

/// Text in UTF-8 (perhaps cut inside its last character) without control characters, or in UTF-16.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(head.get(..e.valid_up_to()).unwrap_or(&[])).unwrap_or("")
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && text
            .chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c' | '\x1b'))
}

fn text_kind(head: &[u8]) -> Impostor {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let trimmed = head.trim_ascii_start();
    let lower: Vec<u8> = trimmed
        .iter()
        .take(15)
        .map(u8::to_ascii_lowercase)
        .collect();
    let (found, advice) = if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        (
            "an HTML page",
            "a download may have saved an error page: download the file again",
        )
    } else if lower.starts_with(b"<?xml") {
        ("XML text", TEXT)
    } else if trimmed.starts_with(b"{") || trimmed.starts_with(b"[{") || trimmed == b"[]" {
        ("JSON text", "name the capture the JSON was made from")
    } else if is_sip(trimmed) {
        (
            "SIP messages as text",
            "name the capture they were printed from",
        )
    } else {
        ("text", TEXT)
    };
    Impostor {
        found: found.to_owned(),
        advice: advice.to_owned(),
    }
}

/// A SIP start line (RFC 3261 §7) within the first line.
fn is_sip(text: &[u8]) -> bool {
    let line = text.split(|&b| b == b'\n').next().unwrap_or(text);
    memchr::memmem::find(line, b"SIP/2.0").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_of_a_capture_is_known() {
        for magic in [
            "d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "34cdb2a1", "a1b2cd34",
        ] {
            let bytes = u32::from_str_radix(magic, 16).unwrap().to_be_bytes();
            assert_eq!(capture_format(&bytes), Some(CaptureFormat::Pcap), "{magic}");
        }
        assert_eq!(
            capture_format(b"\n\r\r\n\x1c\0\0\0"),
            Some(CaptureFormat::PcapNg)
        );
        assert_eq!(capture_format(b"\n\r\r"), None);
    }

    #[test]
    fn the_window_of_a_zstd_frame_is_that_of_the_rfc() {
        let frame = |descriptor: u8, window: u8| {
            zstd_window(&[0x28, 0xb5, 0x2f, 0xfd, descriptor, window, 0, 0, 0])
        };
        // Exponent 21: 2^31, as --long=31 writes it; mantissa 3: three eighths more than 1 KiB.
        assert_eq!(frame(0x04, 21 << 3), Some(1 << 31));
        assert_eq!(frame(0x04, 3), Some(1024 + 3 * 128));
        assert_eq!(frame(0x24, 21 << 3), None, "a single segment");
        assert_eq!(zstd_window(b"\x50\x2a\x4d\x18\0\0\0\0"), None);
    }

    #[test]
    fn other_files_are_named() {
        for (head, found) in [
            (&b"snoop\0\0\0\0\0\0\x02"[..], "a Solaris snoop capture"),
            (b"BZh91AY", "a bzip2-compressed file"),
            (b"  {\"schema\": 1}", "JSON text"),
            (b"<!DOCTYPE html><html>", "an HTML page"),
            (b"INVITE sip:a@b SIP/2.0\r\n", "SIP messages as text"),
            ("žluťoučký kůň".as_bytes(), "text"),
            (b"\0\0\0\0\0\0\0\0", "nothing but zero bytes"),
            (
                b"\x00\x01\x02\xff\xfe\x80",
                "unknown binary data (00 01 02 ff fe 80)",
            ),
        ] {
            assert_eq!(impostor(head).found, found);
        }
    }

    #[test]
    fn text_cut_inside_a_character_is_text() {
        let whole = "kůň".as_bytes();
        assert_eq!(impostor(&whole[..whole.len() - 1]).found, "text");
    }
}
