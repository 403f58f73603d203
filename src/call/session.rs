//! Offer and answer (RFC 3264) within a call, as seen on the caller's hop: what was agreed, and
//! hold, resume, media added or removed.

use super::compact::{known, push_exact, rows};
use crate::sdp::{Media, MediaPort, SessionDescription};
use crate::types::codec::{self, Role};
use crate::types::{CaptureTime, Direction, MessageId, Party, PayloadType};
use std::borrow::Cow;

/// One codec of an `m=` line.
#[derive(Clone, Debug, PartialEq)]
pub struct Codec {
    /// Encoding name; the format token where there is none.
    pub name: Cow<'static, str>,
    /// RTP clock rate in Hz.
    pub clock_rate: Option<u32>,
}

impl Codec {
    /// Codecs that carry no talk of their own are never "the" codec of a call.
    pub(super) fn is_auxiliary(&self) -> bool {
        Role::of_codec(&self.name).is_auxiliary()
    }
}

/// One side's last word on one `m=` line.
#[derive(Clone, Debug)]
struct Section {
    kind: Cow<'static, str>,
    active: bool,
    on_hold: bool,
    direction: Direction,
    ptime_ms: Option<f64>,
    codecs: Vec<Codec>,
}

/// What both sides agreed for one medium.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreedMedia {
    /// `audio`, `video`, …
    pub kind: Cow<'static, str>,
    /// The answer's first codec that the offer also names.
    pub codec: Option<Codec>,
    /// Packet time the answer (else the offer) asks for.
    pub ptime_ms: Option<f64>,
    /// Direction as the caller sees it.
    pub direction: Direction,
    /// True where offer and answer share no codec.
    pub mismatch: bool,
}

crate::types::vocabulary! {
    /// What happened in a call between its answer and its end, or to its INVITE.
    pub enum EventKind {
        /// A second phone rang or answered (another To tag).
        Forked = "forked",
        /// One side wants no media for now.
        Hold = "hold",
        /// It wants media again.
        Resume = "resume",
        /// A medium was added.
        MediaAdded = "media_added",
        /// A medium was removed.
        MediaRemoved = "media_removed",
        /// Another codec was agreed.
        CodecChanged = "codec_changed",
        /// One side asks the other to call somebody (RFC 3515).
        Transfer = "transfer",
        /// A part of the TCP stream of its signalling is missing in the capture.
        CaptureGap = "capture_gap",
    }
}

/// What an offer changed.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEvent {
    /// When.
    pub time: CaptureTime,
    /// What.
    pub kind: EventKind,
    /// The message that said so.
    pub message: MessageId,
    /// In words.
    pub text: String,
}

/// Longest list of `m=` lines followed; real sessions have a handful.
const MAX_SECTIONS: usize = 32;

/// The negotiation of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiation {
    sections: [Vec<Section>; 2],
    /// Codec list of the first full agreement per line, kept when the media is later removed.
    agreed: Vec<AgreedMedia>,
    established: bool,
}

impl Negotiation {
    /// About how many bytes its lists take.
    pub(super) fn weight(&self) -> usize {
        let sections = self.sections.iter().flatten();
        let codecs: usize = sections.map(|s| rows(&s.codecs)).sum();
        let [caller, callee] = &self.sections;
        rows(caller) + rows(callee) + rows(&self.agreed) + codecs
    }

    /// Takes one side's description. `is_answer` when it answers the other side's offer.
    pub(super) fn handle(
        &mut self,
        side: Party,
        sdp: &SessionDescription<'_>,
        is_answer: bool,
        time: CaptureTime,
        message: MessageId,
        events: &mut Vec<SessionEvent>,
    ) {
        let new: Vec<Section> = sdp.media.iter().take(MAX_SECTIONS).map(section).collect();
        if self.established && !is_answer {
            self.note_changes(side, &new, time, message, events);
        }
        self.sections[side as usize] = new;
        if is_answer {
            self.agree(side, time, message, events);
            self.established = true;
        }
    }

    fn note_changes(
        &self,
        side: Party,
        new: &[Section],
        time: CaptureTime,
        message: MessageId,
        events: &mut Vec<SessionEvent>,
    ) {
        let who = side.as_str();
        let old = &self.sections[side as usize];
        let mut push = |kind, text: String| {
            events.push(SessionEvent {
                time,
                kind,
                message,
                text,
            })
        };
        for (i, now) in new.iter().enumerate() {
            match old.get(i) {
                Some(was) if was.active && !now.active => {
                    push(
                        EventKind::MediaRemoved,
                        format!("the {who} removes {}", now.kind),
                    );
                }
                Some(was) if !was.active && now.active => push(
                    EventKind::MediaAdded,
                    format!("the {who} adds {}", now.kind),
                ),
                None if now.active => push(
                    EventKind::MediaAdded,
                    format!("the {who} adds {}", now.kind),
                ),
                Some(was) if !was.on_hold && now.on_hold => {
                    push(
                        EventKind::Hold,
                        format!(
                            "the {who} puts {} on hold ({})",
                            now.kind,
                            now.direction.as_str()
                        ),
                    );
                }
                Some(was) if was.on_hold && !now.on_hold => {
                    push(
                        EventKind::Resume,
                        format!(
                            "the {who} resumes {} ({})",
                            now.kind,
                            now.direction.as_str()
                        ),
                    );
                }
                _ => {}
            }
        }
    }

    /// Reads the agreement out of offer and answer, line by line (RFC 3264 §6).
    fn agree(
        &mut self,
        answerer: Party,
        time: CaptureTime,
        message: MessageId,
        events: &mut Vec<SessionEvent>,
    ) {
        let (answers, offers) = (
            &self.sections[answerer as usize],
            &self.sections[answerer.other() as usize],
        );
        for (i, answer) in answers.iter().enumerate() {
            let Some(offer) = offers.get(i) else { break };
            if !answer.active || !offer.active {
                continue;
            }
            let common = answer
                .codecs
                .iter()
                .filter(|c| !c.is_auxiliary())
                .find(|a| {
                    offer.codecs.iter().any(|o| {
                        o.name.eq_ignore_ascii_case(&a.name) && o.clock_rate == a.clock_rate
                    })
                });
            let first = answer.codecs.iter().find(|c| !c.is_auxiliary());
            let caller = if answerer == Party::Callee {
                offer.direction
            } else {
                answer.direction
            };
            let callee = if answerer == Party::Callee {
                answer.direction
            } else {
                offer.direction
            };
            let agreed = AgreedMedia {
                kind: answer.kind.clone(),
                codec: common.or(first).cloned(),
                ptime_ms: answer
                    .ptime_ms
                    .or(offer.ptime_ms)
                    .or_else(|| default_ptime(answer)),
                direction: as_caller_sees(caller, callee),
                mismatch: common.is_none() && first.is_some(),
            };
            match self.agreed.get_mut(i) {
                Some(slot) => {
                    if let (Some(was), Some(now)) = (&slot.codec, &agreed.codec)
                        && !was.name.eq_ignore_ascii_case(&now.name)
                    {
                        let text =
                            format!("{} changes from {} to {}", agreed.kind, was.name, now.name);
                        events.push(SessionEvent {
                            time,
                            kind: EventKind::CodecChanged,
                            message,
                            text,
                        });
                    }
                    *slot = agreed;
                }
                None => push_exact(&mut self.agreed, agreed),
            }
        }
    }

    /// The agreement, or where no answer was seen, what was offered first.
    pub(super) fn take_agreed(&mut self) -> Vec<AgreedMedia> {
        std::mem::take(&mut self.agreed)
    }

    /// Kinds of media offered by a side that are still active.
    pub(super) fn offered(&self, side: Party) -> impl Iterator<Item = &str> {
        self.sections[side as usize]
            .iter()
            .filter(|s| s.active)
            .map(|s| &*s.kind)
    }
}

/// RFC 3551 §4.2: 20 ms of sound in a packet where nothing is said, or one longer frame.
fn default_ptime(section: &Section) -> Option<f64> {
    let codec = section.codecs.iter().find(|c| !c.is_auxiliary())?;
    let own = codec::find(&codec.name).map_or(20.0, |c| c.packet_ms);
    (section.kind == "audio").then_some(own)
}

/// The caller can send if it wants to and the callee wants to receive, and the other way round.
fn as_caller_sees(caller: Direction, callee: Direction) -> Direction {
    Direction::of(
        caller.sends() && callee.receives(),
        caller.receives() && callee.sends(),
    )
}

/// The payload type a format of an `m=` line names; `None` for `t38` or `webrtc-datachannel`.
fn payload_type(format: &str) -> Option<PayloadType> {
    format.parse().ok().and_then(PayloadType::new)
}

fn section(media: &Media<'_>) -> Section {
    Section {
        kind: known(media.kind_text),
        active: media.port != MediaPort::Disabled,
        // An ICE offer may start with c=0.0.0.0 and name its addresses as candidates (RFC 8840).
        on_hold: !media.direction.receives() || (media.is_hold() && media.candidates.is_empty()),
        direction: media.direction,
        ptime_ms: media.ptime.map(f64::from),
        codecs: media
            .formats
            .iter()
            .map(
                |f| match payload_type(f).and_then(|pt| media.codec_for(pt)) {
                    Some(c) => Codec {
                        name: known(c.encoding),
                        clock_rate: c.clock.map(|c| c.hz()),
                    },
                    None => Codec {
                        name: known(f),
                        clock_rate: None,
                    },
                },
            )
            .collect(),
    }
}
