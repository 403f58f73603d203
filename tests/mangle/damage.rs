//! The kinds of damage, each a function of a capture and a row of random numbers.

use super::file::Parts;
use super::random::Random;

/// A kind of damage.
pub type Damage = fn(&mut Parts, &mut Random);

pub const ALL: &[(&str, Damage)] = &[
    ("a bit is turned", turn_bits),
    ("bytes are overwritten", overwrite),
    ("records change places", shuffle),
    ("two neighbours change places", swap),
    ("a record comes twice", duplicate),
    ("a record is missing", drop_one),
    ("a record's lengths lie", lie_in_record),
    ("a file header lies", lie_in_head),
    ("an IP, UDP or TCP header lies", lie_in_packet),
    ("Content-Length lies", lie_in_content_length),
    ("a line is gone", lose_line),
    ("two messages are one", join_payloads),
    ("a record is cut", cut_record),
];

/// Numbers that programs stumble over.
const ODD: &[u32] = &[
    0,
    1,
    3,
    15,
    16,
    19,
    255,
    256,
    1500,
    65_535,
    65_536,
    262_144,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

fn record(parts: &Parts, r: &mut Random) -> Option<usize> {
    (!parts.records.is_empty()).then(|| r.below(parts.records.len()))
}

fn turn_bits(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(16) {
        let Some(n) = record(parts, r) else { return };
        let at = r.below(parts.records[n].len());
        parts.records[n][at] ^= 1 << r.below(8);
    }
}

fn overwrite(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(8) {
        let Some(n) = record(parts, r) else { return };
        let len = parts.records[n].len();
        let (from, many) = (r.below(len), 1 + r.below(24));
        let with = r.of(&[0, 0xff, b'\n', b'\r', b'"', b'<', b':', b' ', 0x80]);
        let to = len.min(from + many);
        parts.records[n][from..to].fill(with);
    }
}

fn shuffle(parts: &mut Parts, r: &mut Random) {
    for n in (1..parts.records.len()).rev() {
        parts.records.swap(n, r.below(n + 1));
    }
}

fn swap(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(8) {
        let Some(n) = record(parts, r) else { return };
        if n > 0 {
            parts.records.swap(n, n - 1);
        }
    }
}

fn duplicate(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(8) {
        let Some(n) = record(parts, r) else { return };
        let copy = parts.records[n].clone();
        let to = r.below(parts.records.len() + 1);
        parts.records.insert(to, copy);
    }
}

fn drop_one(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(4) {
        let Some(n) = record(parts, r) else { return };
        parts.records.remove(n);
    }
}

fn lie_in_record(parts: &mut Parts, r: &mut Random) {
    let Some(n) = record(parts, r) else { return };
    // Captured and original length, or a block's type and lengths.
    let at = 4 * r.below(parts.before / 4);
    let lie = r.of(ODD).to_le_bytes();
    parts.records[n][at..at + 4].copy_from_slice(&lie);
}

fn lie_in_head(parts: &mut Parts, r: &mut Random) {
    let at = 4 * r.below(parts.head.len() / 4);
    let lie = r.of(ODD).to_le_bytes();
    parts.head[at..at + 4].copy_from_slice(&lie);
}

/// The forty bytes before the payload hold every length of the IP, UDP and TCP headers.
fn lie_in_packet(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(4) {
        let Some(n) = record(parts, r) else { return };
        let Some(payload) = parts.payload_at(n) else {
            continue;
        };
        let at = payload - 1 - r.below(40.min(payload - parts.before).max(1));
        let lie = r.of(ODD).to_be_bytes();
        parts.records[n][at] = lie[3];
        if let Some(next) = parts.records[n].get_mut(at + 1) {
            *next = lie[2];
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// The first record from a random one on that holds `needle`, and where.
fn search(parts: &Parts, needle: &[u8], r: &mut Random) -> Option<(usize, usize)> {
    let many = parts.records.len();
    let from = record(parts, r)?;
    (0..many)
        .map(|n| (from + n) % many)
        .find_map(|n| Some((n, find(&parts.records[n], needle)?)))
}

fn lie_in_content_length(parts: &mut Parts, r: &mut Random) {
    let Some((n, at)) = search(parts, b"Content-Length: ", r) else {
        return;
    };
    let record = &mut parts.records[n];
    let digits = record[at + 16..]
        .iter_mut()
        .take_while(|b| b.is_ascii_digit());
    let lie = r.of(&[b"0000000000", b"9999999999", b"1234567890", b"-1-1-1-1-1"]);
    digits.zip(lie).for_each(|(to, from)| *to = *from);
}

/// Blanks where a line end was: what follows belongs to the line before.
fn lose_line(parts: &mut Parts, r: &mut Random) {
    for _ in 0..1 + r.below(4) {
        if let Some((n, at)) = search(parts, b"\r\n", r) {
            parts.records[n][at..at + 2].fill(b' ');
        }
    }
}

/// One payload overwritten by another's beginning.
fn join_payloads(parts: &mut Parts, r: &mut Random) {
    let (Some(a), Some(b)) = (record(parts, r), record(parts, r)) else {
        return;
    };
    let (Some(from), Some(to)) = (parts.payload_at(a), parts.payload_at(b)) else {
        return;
    };
    let payload = parts.records[a][from..].to_vec();
    let skip = r.below(parts.records[b].len() - to + 1);
    let room = parts.records[b][to..].iter_mut().skip(skip);
    room.zip(payload).for_each(|(old, new)| *old = new);
}

fn cut_record(parts: &mut Parts, r: &mut Random) {
    let Some(n) = record(parts, r) else { return };
    let keep = r.below(parts.records[n].len());
    parts.records[n].truncate(keep);
}
