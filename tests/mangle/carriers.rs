//! Damage to what carries a message: the chunks of HEP and SCTP.

use super::file::Parts;
use super::random::Random;

/// Numbers that programs stumble over, in two octets.
const ODD: &[u16] = &[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 20, 255, 1500, 0x7fff, 0x8000, 0xfffc, 0xffff,
];

/// What was done to a record; `None` where there is nothing of the kind in it.
pub type Damage = fn(&mut [u8], &mut Random) -> Option<&'static str>;

fn word(v: &[u8], at: usize) -> Option<usize> {
    let bytes = v.get(at..at + 2)?;
    Some(usize::from(u16::from_be_bytes(bytes.try_into().ok()?)))
}

fn put(v: &mut [u8], at: usize, value: u16) {
    if let Some(to) = v.get_mut(at..at + 2) {
        to.copy_from_slice(&value.to_be_bytes());
    }
}

/// Where the chunks that begin at `at` stand; `len_at` is the offset of a chunk's length in it.
fn chunks(v: &[u8], mut at: usize, len_at: usize, align: usize) -> Vec<usize> {
    let mut all = Vec::new();
    while let Some(len) = word(v, at + len_at).filter(|len| *len >= 4) {
        all.push(at);
        at += len.next_multiple_of(align);
    }
    all
}

/// Lies in version 3's chunks, or anything in the fixed header of the others.
pub fn hep(record: &mut [u8], r: &mut Random) -> Option<&'static str> {
    const UDP_PAYLOAD: usize = 16 + 14 + 20 + 8;
    let Some(at) = record.windows(4).position(|w| w == b"HEP3") else {
        let at = UDP_PAYLOAD + r.below(28);
        *record.get_mut(at)? = r.of(ODD) as u8;
        return Some("an octet of a fixed header");
    };
    let all = chunks(record, at + 6, 4, 1);
    let chunk = r.of(&all);
    let lie = r.of(ODD);
    Some(match r.below(6) {
        0 => {
            put(record, at + 4, lie);
            "the total length"
        }
        1 | 2 => {
            put(record, chunk + 4, lie);
            "a chunk's length"
        }
        3 => {
            put(record, chunk + 2, 1 + lie % 17);
            "a chunk's kind"
        }
        4 => {
            let len = word(record, chunk + 4)?;
            record.get_mut(chunk + 6..chunk + len)?.fill(lie as u8);
            "a chunk's value"
        }
        _ => {
            // The packet's own beginning in its last chunk, the payload.
            let payload = all.last()? + 6;
            let inner = record[at..payload].to_vec();
            let room = record[payload..].iter_mut();
            room.zip(inner.iter().cycle())
                .for_each(|(to, from)| *to = *from);
            "HEP in HEP"
        }
    })
}

/// Lies in the chunks, but not about their place in the order.
pub fn sctp(record: &mut [u8], r: &mut Random) -> Option<&'static str> {
    let chunk = sctp_chunk(record, r)?;
    let lie = r.of(ODD);
    Some(match r.below(4) {
        0 | 1 => {
            put(record, chunk + 2, lie);
            "a chunk's length"
        }
        2 => {
            record[chunk] = r.of(&[0, 3, 6, 64, 192, 255]);
            "a chunk's type"
        }
        _ => {
            record[chunk + 1] = r.next() as u8;
            "a chunk's flags"
        }
    })
}

/// Another place in the order: transmission sequence number, stream, sequence number in it.
pub fn sctp_order(record: &mut [u8], r: &mut Random) -> Option<&'static str> {
    let chunk = sctp_chunk(record, r)?;
    put(record, chunk + 4 + 2 * r.below(4), r.of(ODD));
    Some("a chunk's place")
}

fn sctp_chunk(record: &[u8], r: &mut Random) -> Option<usize> {
    const CHUNKS: usize = 16 + 14 + 20 + 12;
    let all = chunks(record, CHUNKS, 2, 4);
    (!all.is_empty()).then(|| r.of(&all))
}

/// Damages one record of `parts`, and says which and how.
pub fn hurt(parts: &mut Parts, damage: Damage, r: &mut Random) -> Option<(u64, &'static str)> {
    let n = r.below(parts.records.len());
    let what = damage(&mut parts.records[n], r)?;
    Some((n as u64 + 1, what))
}
