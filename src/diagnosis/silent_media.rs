//! Answered calls in which one side, or nobody, can be heard.

use super::{CallCase, finding};
use crate::call::Side;
use crate::media::{MediaKind, StreamRecord};
use crate::types::{Delta, Finding, Severity};

pub(super) const CODES: &[&str] = &[
    "one_way_audio",
    "no_media",
    "media_to_wrong_address",
    "media_not_captured",
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
        .filter(|s| s.kind == Some(MediaKind::Audio))
        .collect();
    let sent_by = |side: Side| {
        audio_streams
            .iter()
            .copied()
            .filter(move |s| s.from.is_some_and(|p| p.as_str() == side.as_str()))
    };
    let (from_caller, from_callee) = (sent_by(Side::Caller).count(), sent_by(Side::Callee).count());
    wrong_address(case, &audio_streams, out);
    if talk < MIN_TALK || (from_caller > 0 && from_callee > 0) || audio.direction == "inactive" {
        return;
    }
    if from_caller == 0 && from_callee == 0 {
        if !audio_streams.is_empty() {
            return; // bound to the call, but the sender's side is not certain
        }
        out.push(nothing_at_all(case));
        return;
    }
    let (heard, silent) = if from_caller > 0 {
        (Side::Caller, Side::Callee)
    } else {
        (Side::Callee, Side::Caller)
    };
    let held = matches!(
        (audio.direction, silent),
        ("sendonly", Side::Callee) | ("recvonly", Side::Caller)
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
    format!(
        "Either {silent_name} sends to an address that does not lead here (compare the c= line of {heard_name}'s SDP), or a firewall drops its RTP, or its packets do not pass the capture point."
    )
    .clone_into(&mut f.advice);
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
        .find(|e| e.kind == "hold" || e.kind == "resume");
    last.is_some_and(|e| e.kind == "hold")
}

fn nothing_at_all(case: &CallCase<'_>) -> Finding {
    let call = case.call;
    let f = if case.case.capture.has_rtp {
        let mut f = finding(
            "no_media",
            Severity::Error,
            "the call was answered but no RTP of it is in the capture",
            "other calls of the capture do have RTP, so the capture filter lets it through",
        );
        "Compare the c= and m= lines of both SDPs with where the phones are, and look for firewalls between them.".clone_into(&mut f.advice);
        f
    } else {
        let mut f = finding(
            "media_not_captured",
            Severity::Info,
            "the capture holds SIP only, no RTP of any call",
            "whether there was audio cannot be told: the RTP took another path, or the capture filter kept it out",
        );
        "Capture at a phone or on the media path, with a filter that lets UDP through."
            .clone_into(&mut f.advice);
        f
    };
    case.of_call(f, &[call.evidence.final_response])
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
    for s in streams {
        let Some(back) = streams
            .iter()
            .find(|b| b.from != s.from && b.leg == s.leg && b.from.is_some())
        else {
            continue;
        };
        let (sent_to, comes_from) = (s.flow.dst, back.flow.src);
        if sent_to.addr == comes_from.addr || s.from.is_none() {
            continue;
        }
        // An RTP relay talks from its own address on each leg; a real mistake has the target silent.
        let target_speaks = case.streams.iter().any(|x| x.flow.src.addr == sent_to.addr);
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
        "The SDP names an address behind a NAT: use STUN, ICE, or a media relay."
            .clone_into(&mut f.advice);
        f.source = Some("RFC 3264 §5");
        let mut f = case.of_call(f, &[]);
        f.streams.extend([s.no, back.no]);
        out.push(f);
        return;
    }
}
