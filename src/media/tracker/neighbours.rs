//! What else comes on the ports of media (RFC 7983).

use super::Tracker;
use crate::decode::Layer;
use crate::media::other::{may_begin, parse_fax};
use crate::media::packet::{Class, MediaPacket};
use crate::media::relay::Relay;
use crate::rtp::classify::is_bfcp;
use crate::rtp::msrp::MsrpSeen;
use crate::rtp::stun::StunMessage;
use crate::rtp::turn::{Wrapped, Wrapping, wrapped};
use crate::rtp::{MediaClass, RtpHeader, classify};
use crate::types::{Carried, Delta, Flow, OtherProtocol, Transport};

impl Tracker {
    /// STUN, DTLS, ZRTP, TURN channels, and what SDP agrees on (T.38, BFCP); what a relay wraps is looked at as if it
    /// came alone.
    #[inline(never)]
    pub(super) fn handle_neighbour(&mut self, p: &MediaPacket<'_>) -> Class {
        if self.directory.has_others()
            && let Some(class) = self.handle_agreed(p)
        {
            return class;
        }
        match classify::classify_cut(p.payload, p.wire_payload_len) {
            MediaClass::Stun => {
                let Some(m) = StunMessage::parse(p.payload, p.wire_payload_len) else {
                    return Class::Stun;
                };
                self.handle_wrapped(p)
                    .unwrap_or_else(|| self.note_stun(p, &m))
            }
            MediaClass::TurnChannel => {
                let class = self.handle_wrapped(p);
                class.unwrap_or_else(|| match self.other.relay(p.flow) {
                    Some(_) => Class::Stun,
                    None => Class::Other,
                })
            }
            MediaClass::Dtls => self.note_keys(p, OtherProtocol::Dtls),
            MediaClass::Zrtp => self.note_keys(p, OtherProtocol::Zrtp),
            MediaClass::Rtp | MediaClass::Rtcp | MediaClass::Quic => Class::Other,
            MediaClass::Other => {
                let classic = StunMessage::parse_classic(p.payload, p.wire_payload_len);
                if classic.is_none()
                    && let Some(class) = self.handle_unannounced_fax(p)
                {
                    return class;
                }
                let known = || {
                    self.directory.is_announced(&p.flow.dst)
                        || self.directory.is_announced(&p.flow.src)
                        || self.streams.newest_of(&p.flow).is_some()
                        || self.streams.newest_of(&p.flow.reversed()).is_some()
                };
                match classic.filter(|_| known()) {
                    Some(m) => self.note_stun(p, &m),
                    None => Class::Other,
                }
            }
        }
    }

    /// What SDP agrees on instead of RTP, where it is that.
    #[cold]
    pub(in crate::media) fn handle_agreed(&mut self, p: &MediaPacket<'_>) -> Option<Class> {
        let fax = self.other.fax(p.flow);
        let carried = match fax {
            Some(_) => Carried::Udptl,
            None => self.directory.carried_on(&p.flow)?,
        };
        let is_cut = p.payload.len() < p.wire_payload_len as usize;
        match carried {
            Carried::Udptl => {
                let sequence = p.payload.first_chunk().map(|s| u16::from_be_bytes(*s))?;
                let udptl = parse_fax(p.payload).filter(|_| !is_cut);
                let goes_on = fax.map(|(fax, back)| fax.follows(sequence, back));
                let is_it = match (&udptl, goes_on) {
                    // Where RTP could stand, a fax that has come so far must be known.
                    (_, Some(goes_on)) if sequence >= RTP_FROM => goes_on,
                    (None, _) if sequence >= RTP_FROM => false,
                    (Some(_), None) => sequence < RTP_FROM,
                    (Some(_), Some(_)) => true,
                    // No T.38 that can be read, but its number is in its turn.
                    (None, goes_on) => {
                        let kind = classify::classify_cut(p.payload, p.wire_payload_len);
                        let in_turn = goes_on.unwrap_or(may_begin(sequence));
                        in_turn && kind == MediaClass::Other
                    }
                };
                is_it.then(|| {
                    let seen = (sequence, udptl.as_ref());
                    self.other.handle_fax(p, seen, self.order, &self.directory);
                    Class::T38
                })
            }
            Carried::Bfcp if is_bfcp(p.payload) => {
                self.other.handle_plain(
                    p,
                    (OtherProtocol::Bfcp, Transport::Udp),
                    self.order,
                    &self.directory,
                );
                Some(Class::Bfcp)
            }
            _ => None,
        }
    }

    /// A fax that took over the ports of sound, and no SDP of it was seen: three packets in a row, every octet of each
    /// accounted for, where RTP has stopped.
    fn handle_unannounced_fax(&mut self, p: &MediaPacket<'_>) -> Option<Class> {
        let newest = self.streams.newest_of(&p.flow);
        let stream = newest.and_then(|at| self.streams.get(at))?;
        let stopped = p.time - stream.meter.last_time() >= RTP_STOPPED;
        let is_whole = p.payload.len() == p.wire_payload_len as usize;
        let udptl = parse_fax(p.payload).filter(|udptl| is_whole && udptl.sequence < RTP_FROM)?;
        let known = self
            .other
            .fax(p.flow)
            .map(|(fax, back)| fax.follows(udptl.sequence, back));
        let is_it = match known {
            Some(goes_on) => goes_on,
            None => stopped && self.perhaps_fax.note(p.flow, udptl.sequence),
        };
        is_it.then(|| {
            let seen = (udptl.sequence, Some(&udptl));
            self.other.handle_fax(p, seen, self.order, &self.directory);
            Class::T38
        })
    }

    /// True where anything is described that is no RTP in datagrams.
    #[inline]
    pub fn has_other_descriptions(&self) -> bool {
        self.directory.has_others()
    }

    /// What SDP agrees on for a TCP connection; `None` where it says nothing.
    pub fn carried_over_tcp(&self, flow: &Flow) -> Option<Carried> {
        self.directory.carried_on(flow)
    }

    /// Takes a datagram that a TCP stream carries (RFC 4571). Its segments are counted as what they are.
    pub fn handle_framed(&mut self, p: &MediaPacket<'_>) {
        let counters = self.counters;
        self.handle_datagram(p);
        self.counters = counters;
    }

    /// Takes a segment's bytes of an MSRP connection, and the messages that are whole with it.
    pub fn handle_messages(&mut self, p: &MediaPacket<'_>, seen: &[MsrpSeen]) {
        self.order += 1;
        self.other
            .handle_messages(p, seen, self.order, &self.directory);
    }

    /// Takes a segment's bytes of a BFCP connection.
    pub fn handle_floor(&mut self, p: &MediaPacket<'_>) {
        self.order += 1;
        let what = (OtherProtocol::Bfcp, Transport::Tcp);
        self.other
            .handle_plain(p, what, self.order, &self.directory);
    }

    fn note_stun(&mut self, p: &MediaPacket<'_>, m: &StunMessage<'_>) -> Class {
        self.other.handle_stun(p, m, self.order, &self.directory);
        Class::Stun
    }

    fn note_keys(&mut self, p: &MediaPacket<'_>, protocol: OtherProtocol) -> Class {
        self.other
            .handle_keys(p, protocol, self.order, &self.directory);
        match protocol {
            OtherProtocol::Zrtp => Class::Zrtp,
            _ => Class::Dtls,
        }
    }

    /// The datagram inside another; `None` where there is none, or it is nothing known.
    fn handle_wrapped(&mut self, p: &MediaPacket<'_>) -> Option<Class> {
        let Wrapped {
            by,
            payload: inner,
            wire_len: len,
        } = wrapped(p.payload, p.wire_payload_len)?;
        let stack = match by {
            Wrapping::Channel(channel) => p.stack.with_id(Layer::TurnChannel, u32::from(channel)),
            Wrapping::Indication { .. } => p.stack.with(Layer::TurnIndication),
        };
        let unwrapped = MediaPacket {
            payload: inner,
            wire_payload_len: len,
            stack,
            ..*p
        };
        let class = match inner.first_chunk::<2>()? {
            [128..=191, 192..=223] => self.handle_rtcp(&unwrapped, false),
            [128..=191, _] => {
                let relay = Relay::of(&p.flow, self.other.relay(p.flow), by);
                self.inside = Some(relay);
                let class = self.handle_rtp(&unwrapped);
                self.inside = None;
                if class == Class::Rtp {
                    self.note_relay(&unwrapped, relay);
                }
                class
            }
            _ => match classify::classify_cut(inner, len) {
                MediaClass::Stun => {
                    let m = StunMessage::parse(inner, len)?;
                    self.note_stun(&unwrapped, &m)
                }
                MediaClass::Dtls => self.note_keys(&unwrapped, OtherProtocol::Dtls),
                MediaClass::Zrtp => self.note_keys(&unwrapped, OtherProtocol::Zrtp),
                _ => return None,
            },
        };
        (class != Class::Other).then_some(class)
    }

    /// A stream that was in probation when its first packets came learns of its relay.
    fn note_relay(&mut self, p: &MediaPacket<'_>, relay: Relay) {
        let header = RtpHeader::parse_known(p.payload, p.wire_payload_len);
        let at = header.and_then(|h| self.streams.find(&p.flow, h.ssrc));
        let Some(at) = at else { return };
        let Some(stream) = self.streams.get_mut(at) else {
            return;
        };
        match &mut stream.relay {
            Some(known) => known.channel = relay.channel.or(known.channel),
            none => {
                *none = Some(Box::new(relay));
                self.rebind(at);
            }
        }
    }
}

/// RTP that stopped comes no more for so long.
const RTP_STOPPED: Delta = Delta::from_millis(100);

/// Flows that may be faxes nobody announced: how many packets in a row, and the last number. The youngest eight.
#[derive(Debug, Default)]
pub(super) struct PerhapsFax(Vec<(Flow, u16, u8)>);

impl PerhapsFax {
    const MOST: usize = 8;
    const IN_A_ROW: u8 = 3;

    /// Takes a number; true where it is the third in a row.
    fn note(&mut self, flow: Flow, sequence: u16) -> bool {
        let at = self.0.iter().position(|(known, ..)| *known == flow);
        let before = at.map(|at| self.0.remove(at));
        let row = match before {
            Some((_, last, row)) if last.wrapping_add(1) == sequence => row + 1,
            _ => 1,
        };
        if row >= Self::IN_A_ROW {
            return true;
        }
        if self.0.len() >= Self::MOST {
            self.0.remove(0);
        }
        self.0.push((flow, sequence, row));
        false
    }
}

/// From here on the first octet of a UDPTL sequence number is that of RTP.
const RTP_FROM: u16 = 0x8000;
