//! Any sequence of operations.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_order_of_any_operations_panics(
        ops in proptest::collection::vec((0u8..8, any::<u16>(), proptest::collection::vec(any::<u8>(), 0..80)), 1..120)
    ) {
        let limits = Limits { streams: 3, candidates: 4, announcements: 3, ..Limits::default() };
        let mut s = Scenario::with(limits);
        let ends = [A, B, "192.0.2.11:10001", "192.0.2.12:20001"];
        let mut ms = 0i64;
        for (op, n, bytes) in ops {
            ms += i64::from(n % 500) - 20;
            let f = flow(ends[usize::from(n % 4)], ends[usize::from(n / 4 % 4)]);
            match op {
                0 => s.announce(u32::from(n % 3) + 1, Party::Caller, ends[usize::from(n % 4)], ms),
                1 => s.announce(u32::from(n % 3) + 1, Party::Callee, ends[usize::from(n / 4 % 4)], ms),
                2 => s.tracker.end_call(call(u32::from(n % 3) + 1), at(ms)),
                3 => s.tracker.handle_time(at(ms * 100)),
                4 => { s.datagram(f, ms, &bytes); }
                5 => { s.tracker.handle_icmp(f); }
                6 => s.rtp(f, u32::from(n % 5), n, n % 7, ms),
                _ => {
                    let mut rtcp = vec![0x81, 200 + (n % 8) as u8, 0, (bytes.len() / 4) as u8];
                    rtcp.extend(&bytes);
                    s.datagram(f, ms, &rtcp);
                }
            }
        }
        s.tracker.handle_time(at(ms) + Delta::from_secs(1_000_000));
        let streams = s.streams();
        let mut numbers: Vec<u32> = streams.iter().map(|r| r.no.get()).collect();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), streams.len());
        for r in streams {
            prop_assert!(r.figures.unique <= r.figures.expected);
        }
    }
}

// An open stream; what it shares or seldom has (formats, RTCP, keys) comes on top.
const _: () = assert!(super::stream::Stream::SIZE <= 848);
