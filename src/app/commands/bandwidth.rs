//! `sipflow bandwidth`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{BandwidthArgs, SingleFormat, TimeArgs};
use crate::explain::words::was_meant;
use crate::media::bandwidth_calc::{
    BandwidthNeed, Found, Layer, Layers, UnknownRate, bandwidth as calculate, find_rate, near,
    rates, variable,
};
use crate::media::mos_ceiling;
use crate::render::TimeColumn;
use crate::render::bandwidth::{self, BandwidthLayer, BandwidthSum, CodecRow};
use crate::report::model::round_to;
use crate::types::codec::{Codec, Rate};
use crate::types::{Escaped, MosProfile};
use std::io::Write;

/// Packets that a course's de-jitter buffer holds.
const BUFFERED: f64 = 2.0;
/// The tag of the usual profiles of SRTP (AES_CM_128_HMAC_SHA1_80, RFC 3711 §5.2), in octets.
const SRTP_TAG: u32 = 10;

pub(super) fn run(args: &BandwidthArgs) -> Result<(), Failure> {
    if let Some(name) = args.name.as_ref().or(args.codec.as_ref()) {
        run_sum(name, args)
    } else {
        run_list(args)
    }
}

fn run_sum(name: &str, args: &BandwidthArgs) -> Result<(), Failure> {
    let found = find_rate(name, args.ptime, args.bitrate)
        .map_err(|why| Failure::Usage(unknown(name, &why)))?;
    let need = calculate(&found.rate, args.ptime, layers(args))
        .map_err(|e| Failure::Usage(e.to_string()))?;
    let mut out = output::open(&args.output)?;
    if args.format == SingleFormat::Json {
        crate::render::json_text::write_pretty(&json(&need, args), &mut out)?;
        writeln!(out)?;
    } else {
        let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
        bandwidth::render(&sum(&need, found, args), &style, &mut out)?;
    }
    out.finish()
}

fn run_list(args: &BandwidthArgs) -> Result<(), Failure> {
    let fixed = rates().map(|(codec, rate)| row(codec, Some(rate), args));
    let varied = variable().map(|codec| row(codec, None, args));
    let rows: Vec<CodecRow> = fixed.chain(varied).collect();
    let mut out = output::open(&args.output)?;
    if args.format == SingleFormat::Json {
        let rows: Vec<_> = rows.iter().map(list_json).collect();
        crate::render::json_text::write_pretty(&serde_json::json!({ "codecs": rows }), &mut out)?;
        writeln!(out)?;
    } else {
        let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
        bandwidth::list(&rows, &style, &mut out)?;
    }
    out.finish()
}

/// Why there is no rate, and what was perhaps meant.
fn unknown(name: &str, why: &UnknownRate) -> String {
    let name = Escaped::of(name);
    match why {
        UnknownRate::Name => {
            let near: Vec<String> = near(&name.to_string())
                .into_iter()
                .map(str::to_owned)
                .collect();
            let meant = was_meant(&near);
            format!("no codec '{name}' is known here{meant}; 'sipflow bandwidth --list' has all")
        }
        other => other.to_string(),
    }
}

fn layers(args: &BandwidthArgs) -> Layers {
    Layers {
        ipv6: args.ipv6,
        vlan_tags: u32::from(args.vlan),
        srtp_octets: if args.srtp { SRTP_TAG } else { 0 },
    }
}

fn row(codec: &'static Codec, rate: Option<&'static Rate>, args: &BandwidthArgs) -> CodecRow {
    let need = rate.and_then(|r| calculate(r, None, layers(args)).ok());
    let delay = codec.delay(rate.map(|r| r.frame_ms));
    let ceiling = |profile| mos_ceiling(codec, rate, profile).ok();
    CodecRow {
        name: rate.map_or(codec.name, |r| r.name).to_owned(),
        sdp: codec.name.to_owned(),
        kbps: need.map(|n| n.payload.kbps),
        frame_ms: rate.map(|r| r.frame_ms),
        frame_bytes: rate.map(|r| r.frame_octets),
        packet_ms: need.map(|n| n.ptime_ms),
        packet_bytes: need.map(|n| n.payload.octets),
        ip_kbps: need.map(|n| n.ip.kbps),
        ethernet_kbps: need.map(|n| n.ethernet.kbps),
        look_ahead_ms: delay.map(|d| d.lookahead_ms),
        // Two frames and the look-ahead (ITU-T G.114): one frame to gather, one to code.
        codec_delay_ms: delay.map(|d| 2.0 * d.frame_ms + d.lookahead_ms),
        buffer_delay_ms: need.map(|n| BUFFERED * n.ptime_ms),
        mos: ceiling(MosProfile::G107),
        mos_taught: ceiling(MosProfile::Classroom).map(|(mos, _)| mos),
    }
}

fn list_json(row: &CodecRow) -> serde_json::Value {
    serde_json::json!({
        "codec": row.name,
        "encoding_name": row.sdp,
        "frame_ms": row.frame_ms,
        "frame_bytes": row.frame_bytes,
        "ptime_ms": row.packet_ms,
        "payload_bytes": row.packet_bytes,
        "payload_kbps": row.kbps,
        "ip_kbps": row.ip_kbps,
        "ethernet_kbps": row.ethernet_kbps,
        "look_ahead_ms": row.look_ahead_ms,
        "codec_delay_ms": row.codec_delay_ms,
        "buffer_delay_ms": row.buffer_delay_ms,
        "mos_ceiling": row.mos.and_then(|(mos, _)| round_to(mos, 2)),
        "mos_scale": row.mos.map(|(_, scale)| scale),
        "mos_ceiling_classroom": row.mos_taught.and_then(|mos| round_to(mos, 2)),
    })
}

fn named_layers(need: &BandwidthNeed, args: &BandwidthArgs) -> [(&'static str, Layer); 5] {
    let ip = if args.ipv6 { "IPv6" } else { "IPv4" };
    let ethernet = if args.vlan {
        "Ethernet + VLAN tag + FCS"
    } else {
        "Ethernet + FCS"
    };
    [
        ("payload", need.payload),
        (if args.srtp { "SRTP" } else { "RTP" }, need.rtp),
        ("UDP", need.udp),
        (ip, need.ip),
        (ethernet, need.ethernet),
    ]
}

fn sum(need: &BandwidthNeed, found: Found, args: &BandwidthArgs) -> BandwidthSum {
    let mut before = 0;
    let layers = named_layers(need, args)
        .into_iter()
        .map(|(name, layer)| {
            // Whole octets of one packet, far below 2^32.
            let total = layer.octets as u32;
            let adds = total - before;
            before = total;
            BandwidthLayer {
                name: name.to_owned(),
                adds_bytes: adds,
                total_bytes: total,
                kbps: layer.kbps,
            }
        })
        .collect();
    let mut notes =
        vec!["without silence suppression; RTCP adds up to 5 % (RFC 3550 §6.2)".to_owned()];
    if !found.assumed.is_empty() {
        notes.push(found.assumed.to_owned());
    }
    if args.srtp {
        notes.push("SRTP adds a tag of 10 bytes to the RTP header".to_owned());
    }
    if args.calls > 1 {
        let total = need.ethernet.kbps * f64::from(args.calls);
        notes.push(format!(
            "{} calls at once: {total:.1} kbit/s each way, {:.1} kbit/s both ways",
            args.calls,
            2.0 * total
        ));
    }
    BandwidthSum {
        codec: need.codec.to_owned(),
        ptime_ms: need.ptime_ms,
        packets_per_second: need.packets_per_second,
        layers,
        notes,
    }
}

fn json(need: &BandwidthNeed, args: &BandwidthArgs) -> serde_json::Value {
    let layers: Vec<_> = named_layers(need, args)
        .iter()
        .map(|(name, l)| serde_json::json!({ "layer": name, "packet_bytes": l.octets, "kbps": l.kbps }))
        .collect();
    serde_json::json!({
        "codec": need.codec,
        "ptime_ms": need.ptime_ms,
        "packets_per_second": need.packets_per_second,
        "calls": args.calls,
        "layers": layers,
        "total_kbps": need.ethernet.kbps * f64::from(args.calls),
    })
}
