//! RTCP, report by report.

use super::PacketDescription;
use crate::report::model::Timestamp;
use crate::rtp::rtcp::{
    self, Asks, BufferKind, Concealment, ExtendedReport, Feedback, Flaw, ReportBlock, RtcpPacket,
    Sdes, SenderReport, Validity, VoipMetrics, XrBlock, XrContent,
};
use crate::types::{CaptureTime, Ssrc};

/// Reports of one compound packet told at most.
const MOST_REPORTS: usize = 32;
/// From 1900, where NTP begins, to 1970, in seconds.
const NTP_TO_UNIX: u64 = 2_208_988_800;

impl PacketDescription {
    pub(super) fn rtcp(&mut self, payload: &[u8], wire_len: u32) {
        "RTCP".clone_into(&mut self.what);
        let validity = rtcp::check(payload, wire_len);
        if validity == Some(Validity::HeaderOnly) && payload.len() >= wire_len as usize {
            return self.only_header(payload, wire_len);
        }
        let mut left = MOST_REPORTS;
        for packet in rtcp::packets(payload) {
            let Some(now) = left.checked_sub(1) else {
                self.field("more", "further packets in it are not told", None);
                break;
            };
            left = now;
            self.rtcp_packet(packet);
        }
        let flaw = rtcp::flaw(payload, wire_len);
        if let Some(flaw) = flaw.filter(|f| *f != Flaw::NoReport) {
            self.field("rule broken", flaw.text(), None);
        }
        if flaw == Some(Flaw::NoReport) {
            self.field(
                "form",
                "it has no report in front",
                Some(
                    "RFC 3550 §6.1 asks for one, even before a BYE alone; RFC 5506 lets it be left out where both sides \
                     agree (a=rtcp-rsize)",
                ),
            );
        } else if validity.is_some_and(|v| matches!(v, Validity::ReducedSize(_))) {
            self.field(
                "reduced size",
                "it has no report in front",
                Some("allowed where both sides agree on it: a=rtcp-rsize (RFC 5506)"),
            );
        }
    }

    fn only_header(&mut self, payload: &[u8], wire_len: u32) {
        let kind = match payload.get(1) {
            Some(200) => "sender report",
            Some(201) => "receiver report",
            _ => "first packet",
        };
        let who = rtcp::first_sender(payload).map_or(String::new(), |s| format!("by {s}"));
        match rtcp::looks_enciphered(payload) {
            true => {
                "SRTCP".clone_into(&mut self.what);
                self.field(kind, &who, Some("all behind the first SSRC is enciphered"));
                self.field(
                    "encrypted",
                    "SRTCP (RFC 3711 §3.4)",
                    Some("an index and a tag stand at its end; without the key nothing more can be read"),
                );
            }
            false => {
                self.field(kind, &who, None);
                let broken = rtcp::flaw(payload, wire_len).map_or("it is not whole", |f| f.text());
                self.field(
                    "not read",
                    broken,
                    Some("what does not add up is not believed; it may be SRTCP too"),
                );
            }
        }
    }

    fn rtcp_packet(&mut self, packet: RtcpPacket<'_>) {
        match packet {
            RtcpPacket::SenderReport(r) => self.sender_report(&r),
            RtcpPacket::ReceiverReport(r) => {
                let who = format!("by {}", r.ssrc);
                self.field(
                    "receiver report",
                    &who,
                    Some("from who sends no media itself"),
                );
                self.blocks(r.blocks);
            }
            RtcpPacket::Sdes(sdes) => self.names(&sdes),
            RtcpPacket::Bye(bye) => {
                let who = bye.sources().take(MOST_REPORTS).map(|s| s.to_string());
                let mut who = who.collect::<Vec<_>>().join(" ");
                if let Some(reason) = bye.reason().filter(|r| !r.is_empty()) {
                    who = format!("{who}: {}", String::from_utf8_lossy(reason));
                }
                self.field("BYE", &who, Some("these senders leave"));
            }
            RtcpPacket::App(app) => {
                let what = format!(
                    "{} of {}, subtype {}, {} octets",
                    String::from_utf8_lossy(&app.name),
                    app.ssrc,
                    app.subtype,
                    app.data.len()
                );
                self.field("APP", &what, Some("known to one application only"));
            }
            RtcpPacket::Feedback(f) => self.feedback(&f),
            RtcpPacket::ExtendedReport(r) => self.extended(&r),
            RtcpPacket::Unknown { packet_type } => {
                self.field("packet type", &packet_type.to_string(), Some("not read"));
            }
        }
    }

    fn sender_report(&mut self, r: &SenderReport<'_>) {
        let sent = format!(
            "{} has sent {} packets, {} octets of payload",
            r.ssrc, r.packet_count, r.octet_count
        );
        self.field(
            "sender report",
            &sent,
            Some("what a sender says it sent so far"),
        );
        let both = format!("{}, RTP timestamp {}", ntp_words(r.ntp), r.rtp_timestamp.0);
        self.field(
            "sender's time",
            &both,
            Some("the same moment on its wall clock and on the clock of the stream: streams of one sender are put together by it"),
        );
        let echo = format!("0x{:08x}", r.ntp_middle());
        self.field(
            "echoed as LSR",
            &echo,
            Some("the middle of that time: the report that answers this one repeats it"),
        );
        self.blocks(r.blocks);
    }

    fn blocks(&mut self, blocks: impl Iterator<Item = ReportBlock>) {
        for b in blocks.take(MOST_REPORTS) {
            let told = format!(
                "of {}: {:.1} % lost since the report before, {} lost in all, jitter {} ticks, highest sequence number {} (cycle {})",
                b.about,
                b.fraction_lost_percent(),
                b.cumulative_lost,
                b.jitter,
                b.highest_seq & 0xffff,
                b.highest_seq >> 16
            );
            self.field(
                "reception",
                &told,
                Some("what arrived of that sender at who reports"),
            );
            let (value, meaning) = match b.last_sr {
                0 => (
                    "none: no sender report had come".to_owned(),
                    "so no round trip can be told",
                ),
                lsr => (
                    format!(
                        "LSR 0x{lsr:08x}, DLSR {:.3} ms",
                        f64::from(b.delay_since_last_sr) / 65.536
                    ),
                    "the sender report last received, and how long ago: the time since that report, less this, is the round trip",
                ),
            };
            self.field("answers", &value, Some(meaning));
        }
    }

    fn names(&mut self, sdes: &Sdes<'_>) {
        for item in sdes.items().take(MOST_REPORTS) {
            let (name, meaning) = match item.kind {
                1 => (
                    "name (CNAME)",
                    Some("the same for all streams of one sender"),
                ),
                2 => ("user's name", None),
                3 => ("e-mail", None),
                4 => ("phone", None),
                5 => ("place", None),
                6 => ("tool", Some("the program that sends")),
                7 => ("note", None),
                8 => ("private item", None),
                15 => (
                    "media line (MID)",
                    Some("which m= line it belongs to (RFC 9143)"),
                ),
                _ => ("description", None),
            };
            let text = format!("{} is {}", item.ssrc, String::from_utf8_lossy(item.text));
            self.field(name, &text, meaning);
        }
    }

    fn feedback(&mut self, f: &Feedback<'_>) {
        let about: Vec<String> = f
            .targets()
            .take(MOST_REPORTS)
            .map(|s| s.to_string())
            .collect();
        let about = match about.is_empty() {
            true => String::new(),
            false => format!(" about {}", about.join(" ")),
        };
        let kind = match f.name() {
            Some(name) => name.to_owned(),
            None => format!("format {}", f.format),
        };
        let (more, meaning) = match f.asks() {
            Asks::Packets => {
                let numbers: Vec<String> = f
                    .nacked()
                    .take(MOST_REPORTS)
                    .map(|n| n.0.to_string())
                    .collect();
                (
                    format!(": {}", numbers.join(" ")),
                    "the packets with these sequence numbers are to be sent again",
                )
            }
            Asks::PictureLoss => (
                String::new(),
                "pictures were lost: a whole one is asked for",
            ),
            Asks::FullIntra => (String::new(), "a whole picture is asked for"),
            Asks::MaxRate { bps } => (
                format!(": REMB, {bps} bit/s"),
                "no more than this is to be sent, all streams together",
            ),
            Asks::TransportWide => {
                let base = f.fci.get(..4).and_then(<[u8]>::first_chunk::<4>);
                let base = base.map_or(String::new(), |b| {
                    format!(
                        ": {} packets from number {}",
                        u16::from_be_bytes([b[2], b[3]]),
                        u16::from_be_bytes([b[0], b[1]])
                    )
                });
                (
                    base,
                    "when each packet arrived: the sender chooses its rate by it",
                )
            }
            Asks::Other => (String::new(), "what a receiver wants at once (RFC 4585)"),
        };
        let what = format!("{} by {}{about}{more}", kind, f.sender);
        self.field("feedback", &what, Some(meaning));
    }

    fn extended(&mut self, r: &ExtendedReport<'_>) {
        let who = format!("by {}", r.ssrc);
        self.field(
            "extended report",
            &who,
            Some("measures beyond those of a receiver report (RFC 3611)"),
        );
        for block in r.blocks().take(MOST_REPORTS) {
            self.extended_block(&block);
        }
    }

    fn extended_block(&mut self, block: &XrBlock<'_>) {
        let name = rtcp::block_name(block.kind).unwrap_or("unknown");
        let title = format!("block {}", block.kind);
        match block.content {
            XrContent::Voip(v) => {
                self.field(&title, &format!("{name} of {}", v.about), None);
                self.voip(&v);
            }
            XrContent::ReferenceTime { ntp } => {
                let text = format!("{name}: {}", ntp_words(ntp));
                self.field(
                    &title,
                    &text,
                    Some("who sends no media asks for the round trip with it"),
                );
            }
            XrContent::Answers(answers) => {
                for a in answers.take(MOST_REPORTS) {
                    let text = format!(
                        "{name}: to {}, time 0x{:08x}, {:.3} ms ago",
                        a.to,
                        a.last_reference,
                        f64::from(a.delay) / 65.536
                    );
                    self.field(&title, &text, Some("as LSR and DLSR, the other way round"));
                }
            }
            XrContent::Runs { about, begin, end } => {
                let text = format!("{name} of {about}, numbers {begin} to before {end}");
                self.field(&title, &text, Some("packet by packet, in runs"));
            }
            XrContent::Summary {
                about,
                begin,
                end,
                lost,
                duplicates,
            } => {
                let text = format!(
                    "{name} of {about}, numbers {begin} to before {end}: {lost} lost, {duplicates} duplicates"
                );
                self.field(
                    &title,
                    &text,
                    Some("where its flags say that these were counted"),
                );
            }
            XrContent::Other { body } => {
                let about = block
                    .about()
                    .map_or(String::new(), |s: Ssrc| format!(" of {s}"));
                let text = format!("{name}{about}, {} octets", body.len());
                self.field(&title, &text, Some("named, not read"));
            }
        }
    }

    fn voip(&mut self, v: &VoipMetrics) {
        let unit = |value: Option<String>, unit: &str| {
            value.map_or("not told".to_owned(), |v| format!("{v} {unit}"))
        };
        let text = |v: Option<f64>| v.map_or("not told".to_owned(), |v| format!("{v:.1}"));
        self.field(
            "loss",
            &format!(
                "{:.1} % lost, {:.1} % came too late and were discarded",
                v.loss_percent, v.discard_percent
            ),
            Some("since reception began; discarded: by the de-jitter buffer"),
        );
        self.field(
            "bursts and gaps",
            &format!(
                "bursts of {} ms with {:.1} % gone, gaps of {} ms with {:.1} % gone, Gmin {}",
                v.burst_duration_ms,
                v.burst_density_percent,
                v.gap_duration_ms,
                v.gap_density_percent,
                v.gmin
            ),
            Some("mean lengths; so many packets received in a row (Gmin) end a burst"),
        );
        self.field(
            "delays",
            &format!(
                "round trip {}, within the phone {}",
                unit(v.round_trip_ms.map(|n| n.to_string()), "ms"),
                unit(v.end_system_delay_ms.map(|n| n.to_string()), "ms")
            ),
            None,
        );
        self.field(
            "levels",
            &format!(
                "speech {}, noise {}, residual echo return loss {}",
                unit(v.signal_level_dbm0.map(|n| n.to_string()), "dBm0"),
                unit(v.noise_level_dbm0.map(|n| n.to_string()), "dBm0"),
                unit(v.rerl_db.map(|n| n.to_string()), "dB")
            ),
            None,
        );
        self.field(
            "quality",
            &format!(
                "R {}, R of another network {}, MOS-LQ {}, MOS-CQ {}",
                text(v.r_factor.map(f64::from)),
                text(v.external_r_factor.map(f64::from)),
                text(v.mos_lq),
                text(v.mos_cq)
            ),
            Some("as the phone itself rates it: LQ listening, CQ conversation"),
        );
        let concealment = match v.concealment {
            Concealment::Unspecified => "loss concealment not told",
            Concealment::Disabled => "losses are played as silence",
            Concealment::Enhanced => "enhanced loss concealment",
            Concealment::Standard => "standard loss concealment",
        };
        let buffer = match v.buffer {
            BufferKind::Unknown | BufferKind::Reserved => "de-jitter buffer",
            BufferKind::Fixed => "fixed de-jitter buffer",
            BufferKind::Adaptive => "adaptive de-jitter buffer",
        };
        self.field(
            "receiver",
            &format!(
                "{concealment}; {buffer} of {} ms now, at most {} ms, never above {} ms",
                v.buffer_nominal_ms, v.buffer_max_ms, v.buffer_abs_max_ms
            ),
            None,
        );
    }
}

/// An NTP time as a date; as seconds where the sender counts from something else than 1900.
fn ntp_words(ntp: u64) -> String {
    let nanos = ((ntp & 0xffff_ffff) * 1_000_000_000) >> 32;
    match (ntp >> 32).checked_sub(NTP_TO_UNIX) {
        // A 32-bit count of seconds: far within i64 nanoseconds.
        Some(seconds) => {
            let time = CaptureTime::from_nanos((seconds * 1_000_000_000 + nanos) as i64);
            Timestamp(time).to_string()
        }
        None => format!(
            "{}.{:03} s on a clock of its own",
            ntp >> 32,
            nanos / 1_000_000
        ),
    }
}
