//! Answered calls in which one side, or nobody, can be heard.

use super::{CallCase, finding};
use crate::call::EventKind;
use crate::media::StreamRecord;
use crate::types::{Delta, Direction, Finding, HostAddr, MediaKind, Party, Severity};
use std::collections::{HashMap, HashSet};

pub(super) const CODES: &[&str] = &[
    "one_way_audio",
    "no_media",
    "media_to_wrong_address",
    "media_loss",
    "icmp_unreachable",
];

/// Shorter calls may end before anyone speaks.
const MIN_TALK: Delta = Delta::from_secs(3);

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let Some(answer) = call.answer else { return };
    let until = call.end.or(call.evidence.last_seen).unwrap_or(answer);
    let talk = case
        .streams
        .iter()
        .map(|s| s.last_time - answer)
        .fold(until - answer, Delta::max);
    let Some(audio) = call.media.iter().find(|m| m.kind == "audio") else {
        return;
    };
    let audio_streams: Vec<&StreamRecord> = case
        .streams
        .iter()
        .copied()
        .filter(|s| s.kind.is_none_or(|k| k == MediaKind::Audio))
        .collect();
    let sent_by = |side: Party| {
        audio_streams
            .iter()
            .copied()
            .filter(move |s| s.from == Some(side))
    };
    let (from_caller, from_callee) = (
        sent_by(Party::Caller).count(),
        sent_by(Party::Callee).count(),
    );
    wrong_address(case, &audio_streams, out);
    stops_early(case, &audio_streams, out);
    if talk < MIN_TALK
        || (from_caller > 0 && from_callee > 0)
        || audio.direction == Direction::Inactive
    {
        return;
    }
    if from_caller == 0 && from_callee == 0 {
        // Streams bound by time alone have no side: there is sound, whose cannot be told.
        if audio_streams.is_empty() {
            out.extend(nothing_at_all(case));
        }
        return;
    }
    let (heard, silent) = if from_caller > 0 {
        (Party::Caller, Party::Callee)
    } else {
        (Party::Callee, Party::Caller)
    };
    let held = matches!(
        (audio.direction, silent),
        (Direction::SendOnly, Party::Callee) | (Direction::RecvOnly, Party::Caller)
    );
    if held || on_hold(case) {
        return;
    }
    let (heard_name, silent_name) = (case.name(heard), case.name(silent));
    let packets: u64 = sent_by(heard).map(|s| s.figures.packets).sum();
    let mut f = finding(
        "one_way_audio",
        Severity::Error,
        format!(
            "one-way audio: only {heard_name}'s voice is in the capture, none from {silent_name}"
        ),
        format!(
            "{packets} RTP packets from {heard_name}, 0 from {silent_name} in {:.1} s of talk",
            talk.as_secs_f64()
        ),
    );
    f.advice = format!(
        "Either {silent_name} sends to an address that does not lead here (compare the c= line of {heard_name}'s SDP), or a firewall drops its RTP, or its packets do not pass the capture point."
    )
    .into();
    f.source = Some("RFC 3264 §6.1");
    let mut f = case.of_call(f, &[call.evidence.final_response]);
    f.streams = audio_streams.iter().map(|s| s.no).collect();
    out.push(f);
}

fn on_hold(case: &CallCase<'_>) -> bool {
    let last = case
        .call
        .events
        .iter()
        .rev()
        .find(|e| matches!(e.kind, EventKind::Hold | EventKind::Resume));
    last.is_some_and(|e| e.kind == EventKind::Hold)
}

/// A call without RTP where other calls have some. A capture without any RTP is one finding of its
/// own (`media_not_captured`), not one for each call.
fn nothing_at_all(case: &CallCase<'_>) -> Option<Finding> {
    let call = case.call;
    if !case.others_have_streams {
        return None;
    }
    let mut f = finding(
        "no_media",
        Severity::Error,
        "the call was answered but no RTP of it is in the capture",
        "other calls of the capture do have RTP, so the capture filter lets it through",
    );
    f.advice = "Compare the c= and m= lines of both SDPs with where the phones are, and look for firewalls between them.".into();
    Some(case.of_call(f, &[call.evidence.final_response]))
}

/// Silence at the end of a call that is longer than any pause of a talker's codec.
const GONE: Delta = Delta::from_secs(5);

/// One side's RTP stops long before the call ends.
fn stops_early(case: &CallCase<'_>, audio: &[&StreamRecord], out: &mut Vec<Finding>) {
    let call = case.call;
    if on_hold(case)
        || call
            .media
            .iter()
            .all(|m| m.direction != Direction::SendRecv)
    {
        return;
    }
    let last_of = |side: Party| {
        let own = audio.iter().filter(|s| s.from == Some(side));
        own.max_by_key(|s| s.last_time)
    };
    for side in [Party::Caller, Party::Callee] {
        let Some(stream) = last_of(side) else {
            continue;
        };
        // Without a BYE the other side's sound tells how long the call went on.
        let until = call
            .end
            .or_else(|| last_of(side.other()).map(|s| s.last_time));
        let Some(silence) = until.map(|t| t - stream.last_time) else {
            continue;
        };
        let refused = stream_refused(audio, side);
        if silence < GONE && !(refused && silence > Delta::from_secs(2)) {
            continue;
        }
        let who = case.name(side);
        let mut f = finding(
            "media_loss",
            Severity::Warning,
            format!(
                "{who}'s RTP stops {:.1} s before the call ends",
                silence.as_secs_f64()
            ),
            format!("the last packet is {}", stream.last_frame.frame),
        );
        if refused {
            f.detail.push_str(&format!(
                "; from then on {who}'s host refuses what is sent to it (ICMP): the program there has gone"
            ));
        }
        f.advice = "Look at that side: crashed, unplugged, or its network failed; a muted phone may stop sending too.".into();
        let mut f = case.of_call(f, &[]);
        f.streams.push(stream.no);
        out.push(f);
    }
}

/// True where packets to this side were answered by ICMP errors.
fn stream_refused(audio: &[&StreamRecord], side: Party) -> bool {
    let to_it = |s: &&&StreamRecord| s.from.is_some_and(|p| p != side);
    audio.iter().filter(to_it).any(|s| s.icmp_unreachable > 0)
}

/// Media sent where SDP said, while the party that asked for it sends from somewhere else and
/// (or) the network says nobody is there.
fn wrong_address(case: &CallCase<'_>, streams: &[&StreamRecord], out: &mut Vec<Finding>) {
    for s in streams.iter().filter(|s| s.icmp_unreachable > 0) {
        // A few errors are a phone that closed its port before the last packets came.
        if u64::from(s.icmp_unreachable) * 10 < s.figures.packets {
            continue;
        }
        let mut f = finding(
            "icmp_unreachable",
            Severity::Error,
            format!("{} says nobody receives the RTP sent to it", s.flow.dst),
            format!(
                "{} ICMP errors answer the {} packets from {}",
                s.icmp_unreachable, s.figures.packets, s.flow.src
            ),
        );
        f.source = Some("RFC 792");
        let mut f = case.of_call(f, &[]);
        f.streams.push(s.no);
        out.push(f);
    }
    // The first stream of each side on each leg, and where streams come from.
    let mut firsts: HashMap<_, Vec<&StreamRecord>> = HashMap::new();
    for s in streams.iter().filter(|s| s.from.is_some()) {
        let sides = firsts.entry(s.leg).or_default();
        if !sides.iter().any(|known| known.from == s.from) {
            sides.push(s);
        }
    }
    let speaking: HashSet<HostAddr> = case.streams.iter().map(|x| x.flow.src.addr).collect();
    for s in streams {
        let sides = firsts.get(&s.leg).map_or(&[][..], Vec::as_slice);
        let Some(back) = sides.iter().find(|b| b.from != s.from) else {
            continue;
        };
        let (sent_to, comes_from) = (s.flow.dst, back.flow.src);
        // A re-INVITE that moves media leaves a few packets on their old way.
        let brief = s.figures.duration_s < 2.0 || back.figures.duration_s < 2.0;
        if sent_to.addr == comes_from.addr || s.from.is_none() || brief {
            continue;
        }
        // An RTP relay talks from its own address on each leg; a real mistake has the target silent.
        let target_speaks = speaking.contains(&sent_to.addr);
        if target_speaks
            || !(sent_to.addr.is_private() || sent_to.addr.is_loopback() || s.icmp_unreachable > 0)
        {
            continue;
        }
        let mut f = finding(
            "media_to_wrong_address",
            Severity::Error,
            format!("RTP is sent to {sent_to}, but the other side sends from {comes_from}"),
            format!(
                "{} packets went to the address of the SDP; nothing ever came from there",
                s.figures.packets
            ),
        );
        f.advice = "The SDP names an address behind a NAT: use STUN, ICE, or a media relay.".into();
        f.source = Some("RFC 3264 §5");
        let mut f = case.of_call(f, &[]);
        f.streams.extend([s.no, back.no]);
        out.push(f);
        return;
    }
}
