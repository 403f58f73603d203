//! What both sides agreed for one medium, from one message to the next that changed it (RFC 3264).

use super::changes::Holding;
use super::compact::known;
use crate::sdp::{Media, MediaPort};
use crate::types::codec::{self, Role};
use crate::types::{CaptureTime, Direction, HostAddr, MediaKind, MessageId, Party, PayloadType};
use std::borrow::Cow;
use std::sync::Arc;

/// One codec of an `m=` line.
#[derive(Clone, Debug, PartialEq)]
pub struct Codec {
    /// Encoding name; the format token where there is none.
    pub name: Cow<'static, str>,
    /// RTP clock rate in Hz.
    pub clock_rate: Option<u32>,
    /// The payload type it has in this description; `None` for `t38` or `webrtc-datachannel`.
    pub payload_type: Option<PayloadType>,
}

impl Codec {
    /// Codecs that carry no talk of their own are never "the" codec of a call.
    pub fn is_auxiliary(&self) -> bool {
        Role::of_codec(&self.name).is_auxiliary()
    }

    /// The same encoding, whatever its payload type.
    fn is_same(&self, other: &Codec) -> bool {
        self.name.eq_ignore_ascii_case(&other.name) && self.clock_rate == other.clock_rate
    }
}

/// What an `m=` line and its attributes say, but for where and which way.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaLine {
    /// `audio`, `video`, …
    pub kind: Cow<'static, str>,
    /// Transport profile as sent: `RTP/AVP`, `udptl`, …
    pub protocol: Cow<'static, str>,
    /// Formats in order of preference.
    pub codecs: Box<[Codec]>,
    /// `a=ptime` in milliseconds: what its side would like to receive.
    pub ptime_ms: Option<f32>,
    /// `a=maxptime` in milliseconds: the most its side can receive in one packet.
    pub maxptime_ms: Option<f32>,
    /// SRTP by profile, keys or fingerprint.
    pub encrypted: bool,
}

impl MediaLine {
    fn of(media: &Media<'_>) -> MediaLine {
        MediaLine {
            kind: known(media.kind_text),
            protocol: known(media.protocol),
            codecs: formats(media)
                .map(|(payload_type, name, clock_rate)| Codec {
                    name: known(name),
                    clock_rate,
                    payload_type,
                })
                .collect(),
            ptime_ms: media.ptime,
            maxptime_ms: media.maxptime,
            encrypted: media.is_encrypted(),
        }
    }

    fn is(&self, media: &Media<'_>) -> bool {
        self.codecs.len() == media.formats.len()
            && self.kind == media.kind_text
            && self.protocol == media.protocol
            && self.ptime_ms == media.ptime
            && self.maxptime_ms == media.maxptime
            && formats(media)
                .zip(&self.codecs)
                .all(|((pt, name, rate), c)| {
                    c.payload_type == pt && c.clock_rate == rate && c.name == name
                })
            && self.encrypted == media.is_encrypted()
    }

    /// The first codec that carries the medium itself.
    pub fn first_codec(&self) -> Option<&Codec> {
        self.codecs.iter().find(|c| !c.is_auxiliary())
    }

    /// The codec a payload type stands for.
    pub fn codec_of(&self, payload_type: PayloadType) -> Option<&Codec> {
        let mut codecs = self.codecs.iter();
        codecs.find(|c| c.payload_type == Some(payload_type))
    }
}

/// Payload type, encoding name and clock of each format.
fn formats<'m>(
    media: &'m Media<'_>,
) -> impl Iterator<Item = (Option<PayloadType>, &'m str, Option<u32>)> {
    media.formats.iter().map(|f| {
        let payload_type = f.parse().ok().and_then(PayloadType::new);
        match payload_type.and_then(|pt| media.codec_for(pt)) {
            Some(c) => (payload_type, c.encoding, c.clock.map(|c| c.hz())),
            // What has no formats is known by its protocol: MSRP, BFCP.
            None if *f == "*" => (
                payload_type,
                media.protocol.rsplit('/').next().unwrap_or(f),
                None,
            ),
            None => (payload_type, *f, None),
        }
    })
}

/// Phones of one capture say the same few lines again and again: each is kept once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    known: Vec<Arc<MediaLine>>,
    /// The row that makes room next.
    next: usize,
}

impl Lines {
    const MOST: usize = 64;

    fn of(&mut self, media: &Media<'_>) -> Arc<MediaLine> {
        if let Some(line) = self.known.iter().find(|line| line.is(media)) {
            return Arc::clone(line);
        }
        let line = Arc::new(MediaLine::of(media));
        if self.known.len() < Self::MOST {
            self.known.push(Arc::clone(&line));
        } else if let Some(slot) = self.known.get_mut(self.next) {
            *slot = Arc::clone(&line);
            self.next = (self.next + 1) % Self::MOST;
        }
        line
    }
}

/// What one side says of one medium.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Its `m=` line.
    pub line: Arc<MediaLine>,
    /// Where it wants to receive; `None` where its `c=` line is a name or missing.
    pub address: Option<HostAddr>,
    /// The port of the `m=` line; 0 refuses or removes the medium.
    pub port: u16,
    /// Which way media may go, as it says.
    pub attribute: Direction,
    /// ICE candidates stand beside it: media may come to another address.
    pub has_ice: bool,
    /// It is in use: its port is not 0, or it is bundled with another.
    pub is_active: bool,
    /// Its `c=` line is an address nothing can be sent to (`0.0.0.0`, RFC 3264 §8.4).
    pub no_address: bool,
    /// The message with it came from that address: a phone's own word, not a PBX's for it.
    pub is_own_word: bool,
    /// The capture does not hold the whole description: what it lacks may be in the rest.
    pub is_cut: bool,
}

impl Described {
    pub(super) fn of(
        media: &Media<'_>,
        sender: HostAddr,
        is_cut: bool,
        lines: &mut Lines,
    ) -> Described {
        let connection = media.connection();
        let address = connection.and_then(|c| c.ip()).map(HostAddr::from);
        // An ICE offer may start with c=0.0.0.0 and name its addresses as candidates (RFC 8840).
        let has_ice = !media.candidates.is_empty();
        Described {
            line: lines.of(media),
            address,
            port: media.port.get().unwrap_or(0),
            attribute: media.direction,
            has_ice,
            is_active: media.port != MediaPort::Disabled || media.bundle_only,
            no_address: !has_ice && connection.is_some_and(|c| c.is_hold()),
            is_own_word: address == Some(sender),
            is_cut,
        }
    }

    pub(super) fn is_same(&self, other: &Described) -> bool {
        let said = |d: &Described| (d.address, d.port, d.attribute, d.has_ice, d.is_active);
        said(self) == said(other) && self.no_address == other.no_address && self.line == other.line
    }

    /// Which way media may go: nothing can be sent to a side without an address.
    pub fn direction(&self) -> Direction {
        let a = self.attribute;
        Direction::of(a.sends(), a.receives() && !self.no_address)
    }
}

/// What both sides agreed for one medium, and as long as it held.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Index of the `m=` line.
    pub index: u16,
    /// The message with the answer.
    pub agreed_in: MessageId,
    /// The message with the offer.
    pub offered_in: MessageId,
    /// When the answer was seen.
    pub since: CaptureTime,
    /// When another agreement took its place; `None` where it held to the end.
    pub until: Option<CaptureTime>,
    /// Who answered.
    pub answerer: Party,
    /// What the caller and the callee said.
    pub sides: [Described; 2],
    /// The hop, by its hosts.
    pub(super) hop: u32,
    /// It was made on the caller's own hop.
    pub(super) on_caller_hop: bool,
    /// The tag of who was called, as a number.
    pub(super) dialog: u64,
    /// Who holds.
    pub(super) holding: Holding,
}

impl Agreement {
    /// What that side said.
    pub fn side(&self, side: Party) -> &Described {
        let [caller, callee] = &self.sides;
        match side {
            Party::Caller => caller,
            Party::Callee => callee,
        }
    }

    fn answer(&self) -> &Described {
        self.side(self.answerer)
    }

    fn offer(&self) -> &Described {
        self.side(self.answerer.other())
    }

    /// `audio`, `video`, …: the answer's word.
    pub fn kind(&self) -> &Cow<'static, str> {
        &self.answer().line.kind
    }

    /// True where it goes in RTP.
    pub fn is_rtp(&self) -> bool {
        let protocol = &self.answer().line.protocol;
        protocol.split('/').any(|p| p.eq_ignore_ascii_case("RTP"))
    }

    /// True where it is sound.
    pub fn is_audio(&self) -> bool {
        MediaKind::parse(self.kind()) == MediaKind::Audio
    }

    /// The answer's first codec that the offer also names, else its first.
    pub fn codec(&self) -> Option<&Codec> {
        self.common().or(self.answer().line.first_codec())
    }

    fn common(&self) -> Option<&Codec> {
        let offered = &self.offer().line.codecs;
        let mut answered = self.answer().line.codecs.iter();
        answered.find(|a| !a.is_auxiliary() && offered.iter().any(|o| o.is_same(a)))
    }

    /// True where offer and answer share no codec, as far as both are in the capture.
    pub fn is_mismatch(&self) -> bool {
        let is_whole = self.sides.iter().all(|side| !side.is_cut);
        is_whole && self.common().is_none() && self.answer().line.first_codec().is_some()
    }

    /// Packet time the answer (else the offer) asks for, else the usual one.
    pub fn ptime_ms(&self) -> Option<f64> {
        let (answer, offer) = (&self.answer().line, &self.offer().line);
        let asked = answer.ptime_ms.or(offer.ptime_ms).map(f64::from);
        asked.or_else(|| usual_ptime(answer))
    }

    /// True where what that side sends may come to the other.
    pub fn flows_from(&self, side: Party) -> bool {
        self.side(side).direction().sends() && self.side(side.other()).direction().receives()
    }

    /// Direction as the caller sees it: it can send if it wants to and the callee wants to receive, and
    /// the other way round.
    pub fn direction(&self) -> Direction {
        Direction::of(
            self.flows_from(Party::Caller),
            self.flows_from(Party::Callee),
        )
    }

    /// True at that time.
    pub fn holds_at(&self, time: CaptureTime) -> bool {
        self.since <= time && self.until.is_none_or(|until| time < until)
    }

    /// True where both sides say the same as in another one, whoever passed it on.
    pub(super) fn is_same(&self, other: &Agreement) -> bool {
        let mut sides = self.sides.iter().zip(&other.sides);
        self.index == other.index && sides.all(|(one, other)| one.is_same(other))
    }
}

/// RFC 3551 §4.2: 20 ms of sound in a packet where nothing is said, or one longer frame.
fn usual_ptime(line: &MediaLine) -> Option<f64> {
    let codec = line.first_codec()?;
    let own = codec::find(&codec.name).map_or(20.0, |c| c.packet_ms);
    (line.kind == "audio").then_some(own)
}

#[cfg(test)]
impl Agreement {
    /// The caller offered sound, the callee took PCMU; seen in messages 1 and 2.
    pub(crate) fn sample(since: CaptureTime) -> Agreement {
        let side = |octet, port| Described {
            line: Arc::new(MediaLine {
                kind: "audio".into(),
                protocol: "RTP/AVP".into(),
                codecs: Box::new([Codec {
                    name: "PCMU".into(),
                    clock_rate: Some(8000),
                    payload_type: PayloadType::new(0),
                }]),
                ptime_ms: None,
                maxptime_ms: None,
                encrypted: false,
            }),
            address: Some(HostAddr::v4([192, 0, 2, octet])),
            port,
            attribute: Direction::SendRecv,
            has_ice: false,
            is_active: true,
            no_address: false,
            is_own_word: false,
            is_cut: false,
        };
        Agreement {
            index: 0,
            agreed_in: MessageId::after(1),
            offered_in: MessageId::after(0),
            since,
            until: None,
            answerer: Party::Callee,
            sides: [side(11, 4000), side(12, 6000)],
            hop: 0,
            on_caller_hop: true,
            dialog: 1,
            holding: Holding::default(),
        }
    }

    /// The same, where one side says something else.
    pub(crate) fn with(mut self, side: Party, change: impl FnOnce(&mut Described)) -> Agreement {
        let [caller, callee] = &mut self.sides;
        change(match side {
            Party::Caller => caller,
            Party::Callee => callee,
        });
        self
    }
}

#[cfg(test)]
impl Described {
    /// Asks for that packet time, and takes no longer ones.
    pub(crate) fn asks(&mut self, ptime_ms: f32, maxptime_ms: Option<f32>) {
        let line = Arc::make_mut(&mut self.line);
        (line.ptime_ms, line.maxptime_ms) = (Some(ptime_ms), maxptime_ms);
    }

    /// Says these codecs, as `0 PCMU/8000`.
    pub(crate) fn says(&mut self, codecs: &[&str]) {
        let codec = |text: &&str| {
            let (payload_type, rest) = text.split_once(' ').unwrap();
            let (name, rate) = rest.split_once('/').unwrap();
            Codec {
                name: name.to_owned().into(),
                clock_rate: rate.parse().ok(),
                payload_type: PayloadType::new(payload_type.parse().unwrap()),
            }
        };
        Arc::make_mut(&mut self.line).codecs = codecs.iter().map(codec).collect();
    }
}
