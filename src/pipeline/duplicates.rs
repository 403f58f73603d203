//! Second copies of one packet made by the capture itself: the `any` device, both sides of a bridge or router, a
//! mirror port. They are no retransmissions and no duplicates of the network.

use crate::decode::Datagram;
use crate::types::{CaptureTime, Delta, MessageId, Scope, SourceId, mix};
use foldhash::fast::FixedState;
use foldhash::quality::RandomState;
use std::hash::BuildHasher;

/// How far apart two copies of one packet may be.
const WINDOW: Delta = Delta::from_millis(50);

/// Remembered packets; a power of two. At 50 000 packets a second this spans 80 ms.
const SLOTS: usize = 4096;

/// Octets of a SIP message that hold its first line and topmost Via as a rule.
const BEGIN: usize = 192;

/// Flows, and hosts that send, whose share of doubled packets is known; a power of two.
const SHARES: usize = 4096;

#[derive(Clone, Copy)]
struct Slot {
    print: u64,
    /// Hash of the whole payload, which nobody can aim at; 0 of RTP, which its header tells apart.
    whole: u64,
    link_print: u64,
    time: CaptureTime,
    message: Option<MessageId>,
    ttl: u8,
    source: SourceId,
    scope: Scope,
}

/// Whether a packet was captured before.
pub(super) enum Seen {
    First,
    /// RTP that another file, another point, has already; the first time in this one.
    Elsewhere,
    /// A copy; `message` is the SIP message of the first one.
    Again {
        message: Option<MessageId>,
    },
}

/// How many packets came, and how many of them a second time with not a bit changed.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    firsts: u32,
    copies: u32,
}

impl Share {
    /// Fewer packets tell little.
    const FEW: u32 = 8;

    /// Enough to let go of older ones, so that the share is that of late.
    const MANY: u32 = 256;

    fn note_first(&mut self) {
        self.firsts += 1;
        if self.firsts >= Self::MANY {
            self.firsts /= 2;
            self.copies /= 2;
        }
    }

    fn is_at_least(self, percent: u32) -> bool {
        u64::from(self.copies) * 100 >= u64::from(self.firsts) * u64::from(percent)
    }
}

/// A share, and the hash of what it is of.
#[derive(Clone, Copy, Default)]
struct Known {
    print: u64,
    share: Share,
}

/// A direct-mapped memory of the last packets.
pub(super) struct Duplicates {
    slots: Box<[Option<Slot>]>,
    flows: Box<[Known]>,
    senders: Box<[Known]>,
    hasher: RandomState,
    /// Print of the packet looked at last that was no RTP.
    last: u64,
}

impl Duplicates {
    pub(super) fn new() -> Self {
        Duplicates {
            slots: vec![None; SLOTS].into_boxed_slice(),
            flows: vec![Known::default(); SHARES].into_boxed_slice(),
            senders: vec![Known::default(); SHARES].into_boxed_slice(),
            hasher: RandomState::default(),
            last: 0,
        }
    }

    fn place(print: u64) -> usize {
        // The mask keeps it below SLOTS.
        (print as usize) & (SLOTS - 1)
    }

    /// Equal payloads between equal endpoints with one IP identification within 50 ms are one packet
    /// where its way through the capture differs (other MAC, VLAN, interface or TTL), or where it
    /// is SIP: SIP is never repeated that fast. So are equal packets of two files, the same traffic at
    /// two points. Copies that differ in nothing may be a network's or a mirror port's: a mirror doubles
    /// every packet of a flow, a network some of them, so the share decides.
    pub(super) fn look(
        &mut self,
        datagram: &Datagram<'_>,
        source: SourceId,
        time: CaptureTime,
        is_text: bool,
    ) -> Seen {
        let Prints {
            sender,
            flow,
            packet: mut print,
        } = prints_of(datagram);
        let mut whole = 0;
        let is_media = is_rtp(datagram.payload);
        if !is_media {
            (print, whole) = self.of_everything(print, datagram.payload);
            self.last = print;
        }
        let scope = datagram.meta.flow.scope;
        let Some(slot) = self.slots.get_mut(Self::place(print)) else {
            return Seen::First;
        };
        let flow = share_of(&mut self.flows, flow);
        let sender = share_of(&mut self.senders, sender);
        let marked = datagram.meta.ip_id.is_some();
        if let Some(first) = slot
            && first.print == print
            && first.whole == whole
            && (time - first.time).abs() <= WINDOW
            // Without identification, equal packets of two networks are taken for two.
            && (first.scope == scope || marked)
        {
            let other_way = first.source != source
                || first.scope != scope
                || first.link_print != datagram.meta.link_print
                || first.ttl != datagram.meta.ttl;
            if first.source != source && is_media {
                return self.look_at_own(datagram, source, time, print);
            }
            if other_way || is_mirrored(flow, sender) || (is_text && marked) {
                return Seen::Again {
                    message: first.message,
                };
            }
        } else {
            flow.note_first();
            sender.note_first();
        }
        *slot = Some(Slot {
            print,
            whole,
            link_print: datagram.meta.link_print,
            time,
            message: None,
            ttl: datagram.meta.ttl,
            source,
            scope,
        });
        Seen::First
    }

    /// RTP that another file has: whether this one has it twice.
    #[cold]
    fn look_at_own(
        &mut self,
        datagram: &Datagram<'_>,
        source: SourceId,
        time: CaptureTime,
        print: u64,
    ) -> Seen {
        let print = mix(print, 1 + u64::from(source.0));
        let Some(slot) = self.slots.get_mut(Self::place(print)) else {
            return Seen::Elsewhere;
        };
        let (ttl, link_print) = (datagram.meta.ttl, datagram.meta.link_print);
        if let Some(own) = slot
            && own.print == print
            && (time - own.time).abs() <= WINDOW
            && (own.ttl != ttl || own.link_print != link_print)
        {
            return Seen::Again { message: None };
        }
        *slot = Some(Slot {
            print,
            whole: 0,
            link_print,
            time,
            message: None,
            ttl,
            source,
            scope: datagram.meta.flow.scope,
        });
        Seen::Elsewhere
    }

    /// A print of more of a packet that is no RTP, and the hash of all its payload. Kept out of the way of media.
    #[inline(never)]
    fn of_everything(&self, print: u64, payload: &[u8]) -> (u64, u64) {
        // Which packets share a place must not be a matter of chance. Messages of one flow differ here, by their branch
        // at the latest.
        let begin = payload.get(..BEGIN).unwrap_or(payload);
        let print = mix(print, FixedState::default().hash_one(begin));
        (print, self.hasher.hash_one(payload))
    }

    /// Where the packet that was looked at last is remembered, RTP left out.
    pub(super) fn last_print(&self) -> u64 {
        self.last
    }

    /// Says which message the packet with that print turned out to be.
    pub(super) fn remember(&mut self, print: u64, time: CaptureTime, message: MessageId) {
        if let Some(Some(slot)) = self.slots.get_mut(Self::place(print))
            && slot.print == print
            && slot.time == time
        {
            slot.message = Some(message);
        }
    }
}

/// Shares are found by hash alone; what takes another's place begins anew.
#[inline]
fn share_of(known: &mut [Known], print: u64) -> &mut Share {
    // The mask keeps it below the length, which is SHARES.
    let entry = &mut known[print as usize & (SHARES - 1)];
    if entry.print != print {
        *entry = Known {
            print,
            share: Share::default(),
        };
    }
    &mut entry.share
}

/// Counts one more copy that is equal in every bit. True where a mirror made it: half of the flow's packets came
/// twice. Of a flow that has just begun that says little, so what else its sender sent has to come twice too.
fn is_mirrored(flow: &mut Share, sender: &mut Share) -> bool {
    flow.copies += 1;
    sender.copies += 1;
    let is_known = flow.firsts >= Share::FEW;
    let several = sender.copies >= Share::FEW / 2;
    let elsewhere = sender.is_at_least(50) || (several && sender.is_at_least(10));
    flow.is_at_least(50) && (is_known || elsewhere)
}

/// Hashes of who sent a packet, of its flow, and of the packet itself. Of one captured in two VLANs they are the
/// same.
struct Prints {
    sender: u64,
    flow: u64,
    packet: u64,
}

/// The bytes of the payload's beginning that are looked at.
const HEAD: usize = 32;
/// And of its end.
const TAIL: usize = 16;

/// A packet's print is of its endpoints, IP identification, UDP checksum, length, and the ends of the payload. Of RTP
/// that is enough: the header numbers the packets. In all else two may differ in their middle alone, where the checksum
/// is offloaded or absent ([`Duplicates::of_everything`]). The print needs to tell packets apart that lie in the memory
/// together, and costs every packet: a sum of products, mixed once.
fn prints_of(datagram: &Datagram<'_>) -> Prints {
    // Odd numbers without a pattern (the digits of pi).
    const K: [u64; 10] = [
        0x243f_6a88_85a3_08d3,
        0x1319_8a2e_0370_7345,
        0xa409_3822_299f_31d1,
        0x082e_fa98_ec4e_6c89,
        0x4528_21e6_38d0_1377,
        0xbe54_66cf_34e9_0c6d,
        0xc0ac_29b7_c97c_50dd,
        0x3f84_d5b5_b547_0917,
        0x9216_d5d9_8979_fb1b,
        0xd131_0ba6_98df_b5ad,
    ];
    let sum = |words: &[u64], k: &[u64]| {
        words
            .iter()
            .zip(k)
            .fold(0u64, |sum, (w, k)| sum.wrapping_add(w.wrapping_mul(*k)))
    };
    let [src, dst, ports_and_scope, src_high, dst_high] = datagram.meta.flow.words();
    // The lower half.
    let ports = ports_and_scope & 0xffff_ffff;
    let id = u64::from(datagram.meta.ip_id.unwrap_or(0));
    let sizes = u64::from(datagram.wire_payload_len) << 16 | u64::from(datagram.checksum);
    let mut ends = sum(&[src, dst, ports], &K);
    if src_high | dst_high != 0 {
        ends = mix(ends ^ src_high, dst_high);
    }
    let [_, _, _, k, ..] = K;
    let print = ends.wrapping_add((id << 32 ^ sizes).wrapping_mul(k));
    let payload = datagram.payload;
    let packet = match (payload.first_chunk::<HEAD>(), payload.last_chunk::<TAIL>()) {
        (Some(h), Some(t)) => {
            let payload_ends = [
                word(h, 0),
                word(h, 8),
                word(h, 16),
                word(h, 24),
                word(t, 0),
                word(t, 8),
            ];
            let rest = K.get(4..).unwrap_or_default();
            mix(print.wrapping_add(sum(&payload_ends, rest)), 1)
        }
        _ => payload.chunks(8).fold(print, |print, chunk| {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(chunk).for_each(|(b, c)| *b = *c);
            mix(print, u64::from_le_bytes(bytes))
        }),
    };
    Prints {
        sender: mix(src, src_high),
        flow: mix(ends, 1),
        packet,
    }
}

/// RTP, and no RTCP (RFC 5761 §4): sequence number, timestamp and SSRC are in its first 12 octets.
#[inline]
fn is_rtp(payload: &[u8]) -> bool {
    matches!(payload, [first, second, ..] if first >> 6 == 2 && !(192..224).contains(second))
}

/// The word at a place within the array.
fn word<const N: usize>(bytes: &[u8; N], at: usize) -> u64 {
    let chunk = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>);
    chunk.map_or(0, |b| u64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Decoded, decode, testing};
    use crate::types::{FrameNo, LinkType, Packet};

    /// A datagram from 192.0.2.1 to 192.0.2.2 with these MAC and IP details.
    fn frame(mac: u8, ttl: u8, ip_id: u16, payload: &[u8]) -> Vec<u8> {
        let udp = testing::udp(5060, 5060, payload);
        let ip = testing::ipv4_with(testing::A, testing::B, ip_id, 0, 17, &udp);
        let mut bytes = testing::eth(0x0800, &ip);
        // The last octet of the destination MAC; the TTL stands 8 octets into the IP header.
        (bytes[5], bytes[14 + 8]) = (mac, ttl);
        bytes
    }

    fn look(d: &mut Duplicates, source: u16, ms: i64, bytes: &[u8], is_text: bool) -> bool {
        let packet = Packet {
            source: SourceId(source),
            frame: FrameNo(1),
            time: CaptureTime::from_nanos(ms * 1_000_000),
            link: LinkType(1),
            data: bytes,
            wire_len: bytes.len() as u32,
            file_offset: None,
        };
        let Decoded::Udp(datagram) = decode(&packet) else {
            panic!("UDP")
        };
        !matches!(
            d.look(&datagram, packet.source, packet.time, is_text),
            Seen::First
        )
    }

    #[test]
    fn a_packet_seen_on_two_ports_of_a_bridge_is_one_packet() {
        let mut d = Duplicates::new();
        assert!(!look(&mut d, 0, 0, &frame(1, 64, 7, b"\x80media"), false));
        assert!(
            look(&mut d, 0, 1, &frame(2, 64, 7, b"\x80media"), false),
            "another MAC"
        );
        assert!(
            look(&mut d, 0, 2, &frame(1, 63, 7, b"\x80media"), false),
            "a hop further"
        );
        assert!(
            look(&mut d, 1, 3, &frame(1, 64, 7, b"\x80media"), false),
            "another file"
        );
    }

    #[test]
    fn what_a_mirror_doubles_is_one_packet_from_the_first_on() {
        let mut d = Duplicates::new();
        for id in 1..=100u16 {
            let media = frame(1, 64, id, b"\x80media");
            let ms = i64::from(id) * 20;
            assert!(!look(&mut d, 0, ms, &media, false));
            // A busy mirror loses some copies.
            if id % 10 != 0 {
                assert!(look(&mut d, 0, ms, &media, false), "packet {id}");
            }
        }
    }

    #[test]
    fn the_copies_of_two_vlans_are_one_packet_if_they_have_an_identification() {
        let mut d = Duplicates::new();
        let tagged = |id: u16, vlan: u16| {
            let mut bytes = frame(1, 64, id, b"\x80media");
            let [high, low] = vlan.to_be_bytes();
            bytes.splice(12..12, [0x81, 0, high, low]);
            bytes
        };
        assert!(!look(&mut d, 0, 0, &tagged(7, 10), false));
        assert!(look(&mut d, 0, 1, &tagged(7, 20), false));
        assert!(!look(&mut d, 0, 10, &tagged(0, 10), false));
        assert!(!look(&mut d, 0, 11, &tagged(0, 20), false));
    }

    #[test]
    fn what_the_network_doubles_and_what_a_phone_repeats_is_left_alone() {
        let mut d = Duplicates::new();
        // 3 of 100 packets twice, as a network may.
        for id in 1..=100u16 {
            let media = frame(1, 64, id, b"\x80media");
            let ms = i64::from(id) * 20 - 3000;
            assert!(!look(&mut d, 0, ms, &media, false));
            if id % 33 == 0 {
                assert!(
                    !look(&mut d, 0, ms + 1, &media, false),
                    "RTP twice on one link is the network's doing"
                );
            }
        }
        assert!(!look(&mut d, 0, 500, &frame(1, 64, 7, b"INVITE"), true));
        assert!(
            look(&mut d, 0, 510, &frame(1, 64, 7, b"INVITE"), true),
            "no timer is that short"
        );
        assert!(
            !look(&mut d, 0, 1000, &frame(1, 64, 8, b"INVITE"), true),
            "a repeat has a new IP id"
        );
        assert!(
            !look(&mut d, 0, 2000, &frame(2, 64, 8, b"INVITE"), true),
            "and comes later"
        );
    }

    #[test]
    fn packets_that_differ_only_in_their_middle_are_two_packets() {
        // No identification, no checksum, one length, and the same octets at either end, as loopback and offloading
        // make them.
        let invite = |n: u16| {
            let via = "INVITE sip:bob@192.0.2.2:5060 SIP/2.0\r\nCall-ID: ";
            format!("{via}{n:04}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n").into_bytes()
        };
        // RTCP: a receiver report of two blocks.
        let report = |n: u16| {
            let mut rr = vec![0u8; 8 + 24 * 2];
            rr[..4].copy_from_slice(&[0x82, 201, 0, 13]);
            rr[32..34].copy_from_slice(&n.to_be_bytes());
            rr
        };
        for is_text in [true, false] {
            let payload = |n| if is_text { invite(n) } else { report(n) };
            let mut d = Duplicates::new();
            for n in 1..=20 {
                let mac = (n % 2) as u8;
                let ms = i64::from(n) * 2;
                let bytes = frame(mac, 64, 0, &payload(n));
                assert!(!look(&mut d, 0, ms, &bytes, is_text), "packet {n}");
            }
            // What came among others is still known again.
            for n in 1..=20 {
                let bytes = frame(7, 64, 0, &payload(n));
                assert!(look(&mut d, 0, 42, &bytes, is_text), "copy {n}");
            }
        }
    }
}
