//! The timers of SIP (RFC 3261 appendix A, table 4; RFC 6026; RFC 4028; RFC 6665).

use super::{Entry, Words, fact};
use crate::call::{GIVE_UP, Length, T1, T2, T4, Timer};
use crate::types::{Delta, TermGroup};

struct Row {
    name: &'static str,
    also: &'static [&'static str],
    /// Its length and source; `None` where the registry of `call` has them.
    own: Option<(&'static str, &'static str)>,
    /// Who runs it.
    runs: &'static str,
    meaning: &'static str,
    example: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        name: "T1",
        also: &["timer T1"],
        own: Some(("500 ms unless set otherwise", "RFC 3261 §17.1.1.1")),
        runs: "every client and server",
        meaning: "An estimate of the time a message and its answer take to come and go. Most other timers are multiples of it.",
        example: "64*T1 = 64 x 0.5 s = 32 s: after this time a request without an answer is given up.",
    },
    Row {
        name: "T2",
        also: &["timer T2"],
        own: Some(("4 s", "RFC 3261 §17.1.2.2")),
        runs: "every client and server",
        meaning: "The longest pause between two repetitions of a request other than INVITE, or of a response to INVITE.",
        example: "A BYE is repeated after pauses of 0.5, 1, 2, 4, 4, 4 s and so on.",
    },
    Row {
        name: "T4",
        also: &["timer T4"],
        own: Some(("5 s", "RFC 3261 §17.1.2.2")),
        runs: "every client and server",
        meaning: "The longest time a message is expected to be under way in the network.",
        example: "Timers I and K last this long over UDP.",
    },
    Row {
        name: "Timer A",
        also: &[],
        own: None,
        runs: "the client of an INVITE",
        meaning: "When it ends, and no response has come, the INVITE is sent again. The first response stops it.",
        example: "Without any response the INVITE is sent at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s: 7 times.",
    },
    Row {
        name: "Timer B",
        also: &[],
        own: None,
        runs: "the client of an INVITE",
        meaning: "When it ends, and no response has come, the INVITE is given up. The client acts as if it had got 408 (Request Timeout).",
        example: "INVITE at 0 s, repetitions until 31.5 s, given up at 32 s.",
    },
    Row {
        name: "Timer C",
        also: &[],
        own: None,
        runs: "a proxy that keeps state, for each INVITE it passed on",
        meaning: "How long a proxy waits for the final response to an INVITE. A provisional response other than 100 starts it anew.",
        example: "A phone rings for more than 3 minutes: the proxy sends CANCEL to it.",
    },
    Row {
        name: "Timer D",
        also: &[],
        own: None,
        runs: "the client of an INVITE that was refused",
        meaning: "How long the client still answers repetitions of the final response (300 to 699) with the same ACK.",
        example: "486 comes twice because the first ACK was lost: the ACK is sent again.",
    },
    Row {
        name: "Timer E",
        also: &[],
        own: None,
        runs: "the client of a request other than INVITE and ACK",
        meaning: "When it ends, and no final response has come, the request is sent again. After a provisional response the pause is T2.",
        example: "REGISTER at 0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5 and 31.5 s: 11 times.",
    },
    Row {
        name: "Timer F",
        also: &[],
        own: None,
        runs: "the client of a request other than INVITE and ACK",
        meaning: "When it ends, and no final response has come, the request is given up. The client acts as if it had got 408 (Request Timeout).",
        example: "A REGISTER to a server that is switched off is given up after 32 s.",
    },
    Row {
        name: "Timer G",
        also: &[],
        own: None,
        runs: "the server of an INVITE that it refused",
        meaning: "When it ends, and no ACK has come, the final response (300 to 699) is sent again. A 2xx has no Timer G: the \
called side repeats it at the same pauses (RFC 3261 §13.3.1.4), over TCP too.",
        example: "486 at 0, 0.5, 1.5, 3.5, 7.5 and 11.5 s, then every 4 s until the ACK comes.",
    },
    Row {
        name: "Timer H",
        also: &[],
        own: None,
        runs: "the server of an INVITE that it refused",
        meaning: "How long the server waits for the ACK to a final response (300 to 699).",
        example: "No ACK to a 486 within 32 s: the server gives up.",
    },
    Row {
        name: "Timer I",
        also: &[],
        own: None,
        runs: "the server of an INVITE that it refused",
        meaning: "How long, after the ACK, further copies of the ACK are taken in silence.",
        example: "Two copies of 486 caused two ACKs: the second one does nothing.",
    },
    Row {
        name: "Timer J",
        also: &[],
        own: None,
        runs: "the server of a request other than INVITE and ACK",
        meaning: "How long the server answers repetitions of the request with the same final response.",
        example: "The 200 to a BYE was lost: the BYE comes again and gets the same 200.",
    },
    Row {
        name: "Timer K",
        also: &[],
        own: None,
        runs: "the client of a request other than INVITE and ACK",
        meaning: "How long, after the final response, further copies of the response are taken in silence.",
        example: "A REGISTER was sent twice and is answered twice: the second 200 does nothing.",
    },
    Row {
        name: "Timer L",
        also: &[],
        own: None,
        runs: "the server of an INVITE that was answered with a 2xx",
        meaning: "How long repetitions of an INVITE that was accepted are still known as such and taken in silence.",
        example: "An INVITE that comes again after its 200 is not a new call.",
    },
    Row {
        name: "Timer M",
        also: &[],
        own: None,
        runs: "the client of an INVITE that was answered with a 2xx",
        meaning: "How long further 2xx responses to an INVITE are passed on: repetitions, and the answers of other phones of a forked call.",
        example: "Two phones are picked up at the same time: both 200 reach the caller.",
    },
    Row {
        name: "Timer N",
        also: &[],
        own: Some(("64*T1 (32 s)", "RFC 6665 §4.1.2")),
        runs: "who sent a SUBSCRIBE",
        meaning: "How long the subscriber waits for the first NOTIFY. Without one the subscription has failed.",
        example: "SUBSCRIBE at 0 s, 200, and no NOTIFY within 32 s.",
    },
    Row {
        name: "session timer",
        also: &["session interval", "session refresh"],
        own: Some((
            "the seconds of Session-Expires, at least 90",
            "RFC 4028 §7.2, §10",
        )),
        runs: "both sides of a call, where they agreed on it",
        meaning: "The call is over when nobody refreshes it with a re-INVITE or UPDATE in time. The refresh is sent after half of the interval.",
        example: "Session-Expires: 1800;refresher=uac: the caller refreshes after 900 s.",
    },
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    ROWS.iter().map(|row| {
        let (value, source): (Words, Words) = match (row.own, known(row.name)) {
            (Some((value, source)), _) => (value.into(), source.into()),
            (None, Some(timer)) => {
                let known = timer.value();
                (length(known.length).into(), known.clause.into())
            }
            // The test says that there is none.
            (None, None) => Default::default(),
        };
        Entry {
            also: row.also.iter().map(|a| (*a).into()).collect(),
            facts: vec![fact("lasts", value), fact("runs at", row.runs)],
            example: Some(row.example.into()),
            ..Entry::new(TermGroup::Timer, row.name, row.meaning, source)
        }
    })
}

fn known(name: &str) -> Option<Timer> {
    Timer::from_word(name.strip_prefix("Timer ")?)
}

fn seconds(time: Delta) -> String {
    format!("{} s", time.as_secs_f64())
}

/// With the usual T1, T2 and T4 worked out.
fn length(length: Length) -> String {
    let (t1, t2, t4) = (seconds(T1), seconds(T2), seconds(T4));
    let give_up = GIVE_UP as f64 * T1.as_secs_f64();
    let over_udp = |only| if only { " over UDP, 0 over TCP" } else { "" };
    match length {
        Length::Doubled { capped, udp_only } => {
            let until = match capped {
                true => format!("doubled up to T2 ({t2})"),
                false => "doubled at each repetition".to_owned(),
            };
            let only = if udp_only { "; UDP only" } else { "" };
            format!("T1 ({t1}) at first, {until}{only}")
        }
        Length::GiveUp { udp_only } => format!("{GIVE_UP}*T1 ({give_up} s){}", over_udp(udp_only)),
        Length::AtLeast32 => format!("at least 32 s{}", over_udp(true)),
        Length::T4 => format!("T4 ({t4}){}", over_udp(true)),
        Length::MoreThan(least) => format!("more than {} minutes", least.as_secs_f64() / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timer_with_a_letter_has_the_registrys_length_and_clause() {
        for row in ROWS.iter().filter(|row| row.own.is_none()) {
            assert!(known(row.name).is_some(), "{}", row.name);
        }
        let letters = Timer::ALL.iter().filter(|t| t.as_str().len() == 1);
        assert_eq!(
            letters.count(),
            ROWS.iter().filter(|r| r.own.is_none()).count()
        );
    }
}
