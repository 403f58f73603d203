//! Packets longer than the receiver can take, or other than it asked for.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::receiving::Said;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::media::StreamRecord;
use crate::types::{MediaKind, Severity};

pub(super) static RULE: Rule = Rule {
    code: "ptime_mismatch",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 8866 §6.4, §6.5"),
    page: Page {
        means: "The packets of a stream hold more sound than the receiver's SDP allows (a=maxptime): a warning. Or they \
hold another length than it asks for (a=ptime), which is a wish: information.",
        evidence: "The time from one packet to the next by their RTP timestamps, between packets that follow each other \
by number and are no begin of a talkspurt, ten or more of that length; and the ptime and maxptime lines of the \
receiver's SDP in force.",
        check: "Set the packet time of the sender to what the receiver asks for. A receiver that cannot take longer \
packets plays gaps or nothing.",
        limits: "Whether the receiver can play such packets all the same is not in the packets. A sender that is silent \
without a marker bit may look as if it sent long packets.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::packets_of_40_ms_where_20_are_the_most,
        almost: tests::packets_of_20_ms_where_20_are_the_most,
    },
};

/// Steps of one length that are no chance.
const MANY: u32 = 10;
/// Longer steps are pauses, not packets.
const LONGEST_MS: f64 = 200.0;

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    for s in &case.streams {
        if s.kind != Some(MediaKind::Audio) || s.figures.packets < u64::from(MANY) {
            continue;
        }
        let mut said = case.receiver_of(s);
        said.retain(|said| said.is_settled_at(s.last_time));
        let Some(first) = said.first() else { continue };
        if said.iter().any(|said| said.own().is_cut) {
            continue;
        }
        out.extend(over_the_most(case, s, &said).or_else(|| other_than_asked(case, s, *first)));
    }
}

/// Packet times of a stream that are longer than every description of its place allows.
fn over_the_most(case: &CallCase<'_>, s: &StreamRecord, said: &[Said<'_>]) -> Option<Finding> {
    let most = said.iter().map(|said| said.own().line.maxptime_ms);
    let most = most.collect::<Option<Vec<f32>>>()?;
    let most = f64::from(most.into_iter().fold(0.0, f32::max));
    let (longest, packets) = times(s)
        .filter(|(ms, n)| *ms > most + 0.5 && *ms <= LONGEST_MS && *n >= u64::from(MANY))
        .max_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)))?;
    let said = said.first()?;
    let (sender, receiver) = case.sender_and_receiver(*said);
    let others: Vec<String> = times(s)
        .filter(|(ms, n)| *ms != longest && *ms <= LONGEST_MS && *n >= u64::from(MANY))
        .map(|(ms, n)| format!("{} of {ms} ms", counted(n, "packet", "packets")))
        .collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!(", beside {}", others.join(", ")),
    };
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!("{sender}'s packets hold {longest} ms, but {receiver}'s SDP allows {most} ms at most"),
            format!(
                "{} of {longest} ms{others}; {} says maxptime {most}",
                counted(packets, "packet", "packets"),
                case.case.frames(&[said.message()])
            ),
        )
        .advise("Set the packet time of the sender to what the receiver's SDP asks for.")
        .messages([said.message()])
        .streams([s.no])
        .clause("RFC 8866 §6.5");
    Some(finding)
}

/// The usual packet time of a stream, where it is not the one asked for.
fn other_than_asked(case: &CallCase<'_>, s: &StreamRecord, said: Said<'_>) -> Option<Finding> {
    let asked = f64::from(said.own().line.ptime_ms?);
    let sent = s.figures.ptime_ms.filter(|ms| *ms <= LONGEST_MS)?;
    if (sent - asked).abs() <= 0.5 {
        return None;
    }
    let (sender, receiver) = case.sender_and_receiver(said);
    let finding = case
        .found(
            &RULE,
            Severity::Info,
            format!("{sender}'s packets hold {sent} ms; {receiver}'s SDP asks for {asked} ms"),
            format!(
                "{} says ptime {asked}, which is a wish, no limit",
                case.case.frames(&[said.message()])
            ),
        )
        .messages([said.message()])
        .streams([s.no])
        .clause("RFC 8866 §6.4");
    Some(finding)
}

/// Packet times in milliseconds, and how many packets had each.
fn times(s: &StreamRecord) -> impl Iterator<Item = (f64, u64)> + '_ {
    let several = s.figures.packet_times.iter();
    let several = several.map(|(ms, n)| (*ms, u64::from(*n)));
    let only = s.figures.ptime_ms.map(|ms| (ms, s.figures.packets));
    several.chain(only.filter(|_| s.figures.packet_times.is_empty()))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    /// Alice takes 20 ms at most; bob's packets hold so much.
    fn packets_of(ms: f64) -> Scene {
        let scene = Scene::answered().call(|c| {
            c.media[0] = c.media[0]
                .clone()
                .with(Party::Caller, |d| d.asks(20.0, Some(20.0)));
        });
        scene.stream_from(Party::Callee, |s| s.figures.ptime_ms = Some(ms))
    }

    pub(super) fn packets_of_40_ms_where_20_are_the_most() -> Scene {
        packets_of(40.0)
    }

    pub(super) fn packets_of_20_ms_where_20_are_the_most() -> Scene {
        packets_of(20.0)
    }

    #[test]
    fn longer_packets_are_a_warning_even_among_others() {
        let scene = packets_of(20.0).stream_from(Party::Callee, |s| {
            s.figures.packet_times = vec![(20.0, 99), (40.0, 100), (3000.0, 50)];
        });
        let found = scene.findings();
        assert_eq!(
            (
                found[0].severity.as_str(),
                &*found[0].title,
                &*found[0].detail
            ),
            (
                "warning",
                "bob's packets hold 40 ms, but alice's SDP allows 20 ms at most",
                "100 packets of 40 ms, beside 99 packets of 20 ms; #1 says maxptime 20"
            )
        );
    }

    #[test]
    fn another_length_than_asked_for_is_information() {
        let scene = packets_of(40.0).call(|c| {
            c.media[0] = c.media[0]
                .clone()
                .with(Party::Caller, |d| d.asks(20.0, None));
        });
        assert_eq!(
            scene.said(),
            ["info ptime_mismatch: bob's packets hold 40 ms; alice's SDP asks for 20 ms"]
        );
    }
}
