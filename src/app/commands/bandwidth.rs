//! `sipflow bandwidth`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::cli::{BandwidthArgs, SingleFormat, TimeArgs};
use crate::media::bandwidth_calc::{
    BandwidthNeed, Layer, Layers, bandwidth as calculate, find_rate, rates,
};
use crate::render::TimeColumn;
use crate::render::bandwidth::{self, BandwidthLayer, BandwidthSum};
use crate::types::Escaped;
use std::io::Write;

pub(super) fn run(args: &BandwidthArgs) -> Result<(), Failure> {
    let Some(codec) = find_rate(&args.codec, args.ptime) else {
        let names: Vec<&str> = rates().map(|r| r.name).collect();
        let line = format!(
            "no codec '{}' is known here; known are {}",
            Escaped::of(&args.codec),
            names.join(", ")
        );
        return Err(Failure::Usage(line));
    };
    let layers = Layers {
        ipv6: args.ipv6,
        vlan_tags: u32::from(args.vlan),
        srtp_octets: 0,
    };
    let need = calculate(codec, args.ptime, layers).map_err(|e| Failure::Usage(e.to_string()))?;
    let mut out = output::open(&args.output)?;
    if args.format == SingleFormat::Json {
        crate::render::json_text::write_pretty(&json(&need, args), &mut out)?;
        writeln!(out)?;
    } else {
        let style = output::style(&args.output, &TimeArgs::default(), TimeColumn::Relative);
        bandwidth::render(&sum(&need, args), &style, &mut out)?;
    }
    out.finish()
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
        ("RTP", need.rtp),
        ("UDP", need.udp),
        (ip, need.ip),
        (ethernet, need.ethernet),
    ]
}

fn sum(need: &BandwidthNeed, args: &BandwidthArgs) -> BandwidthSum {
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
