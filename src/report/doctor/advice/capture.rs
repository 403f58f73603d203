//! The files and how they were captured: nothing read, damage, cuts, drops, clocks, filters.

use super::super::assemble::Facts;
use super::super::{Advice, Hides};
use super::{advice, counted, first_few, packets};
use crate::pipeline::Fate;
use crate::report::assemble::{ICE_CANDIDATES, limits_of};
use crate::source::link_type_name;
use crate::types::{Delta, Severity};

pub(super) const CODES: &[&str] = &[
    "no_packets",
    "unsupported_link_type",
    "damaged_capture",
    "capture_drops",
    "unreadable_records",
    "fragments_missing",
    "snap_length_cuts",
    "undecoded_packets",
    "clock_steps",
    "limit_reached",
    "capture_duplicates",
    "wrong_checksums",
];

pub(super) fn run(facts: &Facts<'_>, out: &mut Vec<Advice>) {
    out.extend(no_packets(facts));
    out.extend(unsupported_links(facts));
    out.extend(damage(facts));
    out.extend(drops(facts));
    out.extend(skipped(facts));
    out.extend(fragments(facts));
    out.extend(snap_length(facts));
    out.extend(undecoded(facts));
    out.extend(clock_steps(facts));
    out.extend(limits(facts));
    out.extend(duplicates(facts));
    out.extend(checksums(facts));
}

fn no_packets(facts: &Facts<'_>) -> Option<Advice> {
    (facts.packets() == 0).then(|| {
        advice(
            "no_packets",
            Severity::Error,
            Hides::Both,
            "there is no packet in the capture",
        )
        .detail("the file is a capture, but nothing was written into it")
        .advise("Capture on the right interface ('-i any' on Linux takes all), without a filter first, and stop with Ctrl-C so that what is buffered is written.")
    })
}

fn unsupported_links(facts: &Facts<'_>) -> Option<Advice> {
    let links: Vec<_> = facts
        .census
        .undecoded
        .ranked()
        .into_iter()
        .filter(|((_, reason), _)| *reason == "unsupported_link_type")
        .collect();
    let total: u64 = links.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return None;
    }
    let names: Vec<String> = links
        .iter()
        .map(|((link, _), n)| format!("{} ({}), {}", link_type_name(*link), link.0, packets(*n)))
        .collect();
    let severity = if total == facts.packets() {
        Severity::Error
    } else {
        Severity::Warning
    };
    Some(
        advice(
            "unsupported_link_type",
            severity,
            Hides::Both,
            format!(
                "{total} of {} {} a link type without a decoder",
                packets(facts.packets()),
                if total == 1 { "has" } else { "have" }
            ),
        )
        .detail(format!("link type {}", first_few(&names, 5)))
        .advise("Capture on an Ethernet, Wi-Fi or 'any' interface instead.")
        .packets(total),
    )
}

fn damage<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Advice> + 'a {
    facts.infos.iter().filter_map(|info| {
        let d = info.damage.as_ref()?;
        Some(
            advice(
                "damaged_capture",
                Severity::Warning,
                Hides::Both,
                format!("{} could not be read to its end", info.path),
            )
            .detail(format!(
                "{} (packet {}, byte {}); the {} before it were read",
                d.reason,
                d.frame,
                d.offset,
                packets(info.packets)
            ))
            .advise(if d.perhaps_whole {
                "Check the disk or the connection; decompress a compressed file first."
            } else {
                "Copy the file again in binary mode, or stop the capture cleanly before copying it."
            }),
        )
    })
}

fn drops<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Advice> + 'a {
    facts.infos.iter().filter_map(|info| {
        let d = info.interface_drops;
        let (interface, system) = (d.by_interface.unwrap_or(0), d.by_system.unwrap_or(0));
        let lost = interface.saturating_add(system);
        (lost > 0).then(|| {
            advice(
                "capture_drops",
                Severity::Warning,
                Hides::Both,
                format!("{} lost while capturing {}", counted(lost, "packet was", "packets were"), info.path),
            )
            .detail(format!(
                "dropped by the interface: {interface}, by the system for want of buffer: {system}; losses of RTP may be the capture's own"
            ))
            .advise("Capture with a larger buffer (tcpdump -B 65536), a filter, or on a less busy machine.")
            .packets(lost)
        })
    })
}

fn skipped<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Advice> + 'a {
    facts.infos.iter().filter(|i| i.skipped_packets > 0).map(|info| {
        advice(
            "unreadable_records",
            Severity::Warning,
            Hides::Both,
            format!("{} of {} could not be handed on", packets(info.skipped_packets), info.path),
        )
        .detail("they name an interface that the file does not describe; frame numbers count them")
        .advise("Write the file again with the program that captured it: a tool that cut or merged it lost a part.")
        .packets(info.skipped_packets)
    })
}

fn fragments(facts: &Facts<'_>) -> Option<Advice> {
    let missing = facts.summary.fragments_missing;
    // Those of SIP messages that are shown as far as they go count as SIP.
    let shown = facts.summary.counters.sip_fragments;
    let lone = facts.of(Fate::FragmentIncomplete) + shown;
    if lone == 0 {
        return None;
    }
    let datagrams = |n| counted(n, "datagram", "datagrams");
    let mut found = Vec::new();
    if missing.without_rest > 0 {
        found.push(format!(
            "of {} only the beginning came{}",
            datagrams(missing.without_rest),
            match missing.flow {
                Some(flow) => format!(", the first from {flow}"),
                None => String::new(),
            }
        ));
    }
    if missing.without_first > 0 {
        found.push(format!(
            "of {} the beginning did not come",
            datagrams(missing.without_first)
        ));
    }
    if shown > 0 {
        found.push(format!(
            "{} shown as far as {}",
            counted(
                shown,
                "packet is a SIP message,",
                "packets are SIP messages,"
            ),
            if shown == 1 { "it goes" } else { "they go" }
        ));
    }
    if found.is_empty() {
        found.push("they are copies of fragments that were joined".to_owned());
    }
    // A filter on ports lets no datagram become whole.
    let filter = missing.only_first > 0
        && missing.without_first == 0
        && facts.summary.fragments.reassembled == 0;
    let note = advice(
        "fragments_missing",
        if missing.without_rest > 0 {
            Severity::Warning
        } else {
            Severity::Info
        },
        Hides::Sip,
        match filter {
            true => "the capture filter hides fragments: large messages are cut off".to_owned(),
            false => format!(
                "{} without the rest of the datagram",
                counted(lone, "fragment is", "fragments are")
            ),
        },
    )
    .detail(found.join("; "))
    .packets(lone)
    .at(missing.frame);
    Some(match filter {
        true => note.advise("Only first fragments have ports, so 'port 5060' loses the rest. Capture with 'port 5060 or (ip[6:2] & 0x1fff != 0)', or with 'udp or tcp or icmp', which keeps them too; add 'or ip6' for IPv6."),
        false => note.advise("Capture without a filter, for the whole time of the call, and where all packets pass."),
    })
}

fn snap_length(facts: &Facts<'_>) -> Option<Advice> {
    let cut: u64 = facts.infos.iter().map(|i| i.truncated_packets).sum();
    if cut == 0 {
        return None;
    }
    let limit = facts.infos.iter().filter_map(|i| i.snap_len).min();
    let (messages, first) = facts.watch.cut;
    let headers = facts
        .summary
        .counters
        .undecoded
        .get("cut_by_snaplen")
        .copied()
        .unwrap_or(0);
    let hides = match (messages, headers) {
        (_, 1..) => Some(Hides::Both),
        (1.., _) => Some(Hides::Sip),
        _ => None,
    };
    let mut detail = match (messages, headers) {
        (0, 0) => {
            "no SIP message among them; loss, jitter and rates come from headers and stay right"
                .to_owned()
        }
        (0, h) => format!(
            "{} cut inside a header",
            counted(h, "packet is", "packets are")
        ),
        (m, h) => format!(
            "{} lack their end, {} cut inside a header",
            counted(m, "SIP message", "SIP messages"),
            counted(h, "packet is", "packets are")
        ),
    };
    if let Some(limit) = limit.filter(|l| *l < 65_535) {
        detail.push_str(&format!("; the snap length is {limit} bytes"));
    }
    let severity = if hides.is_none() {
        Severity::Info
    } else {
        Severity::Warning
    };
    Some(
        advice(
            "snap_length_cuts",
            severity,
            hides,
            format!(
                "{cut} of {} {} cut short by the capture",
                packets(facts.packets()),
                if cut == 1 { "was" } else { "were" }
            ),
        )
        .detail(detail)
        .advise("Capture whole packets: tcpdump -s 0, dumpcap without -s.")
        .packets(cut)
        .at(first),
    )
}

fn undecoded(facts: &Facts<'_>) -> Option<Advice> {
    let said = |reason: &str| matches!(reason, "unsupported_link_type" | "cut_by_snaplen");
    let rest: Vec<(&str, u64)> = facts
        .summary
        .counters
        .undecoded
        .iter()
        .filter(|(reason, _)| !said(reason))
        .map(|(reason, n)| (*reason, *n))
        .collect();
    let total: u64 = rest.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return None;
    }
    let reasons: Vec<String> = rest
        .iter()
        .map(|(reason, n)| format!("{} {n}", reason.replace('_', " ")))
        .collect();
    // One in a hundred damaged packets hides little.
    let many = total * 100 > facts.packets();
    let (severity, hides) = match many {
        true => (Severity::Warning, Some(Hides::Both)),
        false => (Severity::Info, None),
    };
    Some(
        advice(
            "undecoded_packets",
            severity,
            hides,
            format!(
                "{} not be decoded",
                counted(total, "packet could", "packets could")
            ),
        )
        .detail(reasons.join(", "))
        .advise("Look at one of them in Wireshark; if it is shown there, please report it.")
        .packets(total),
    )
}

fn clock_steps<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Advice> + 'a {
    facts.infos.iter().filter(|i| i.backward_steps > 0).map(|info| {
        let far = info.largest_backward_step > Delta::from_secs(1);
        advice(
            "clock_steps",
            if far { Severity::Warning } else { Severity::Info },
            None,
            format!(
                "time goes backwards {} in {}",
                counted(info.backward_steps, "time", "times"),
                info.path
            ),
        )
        .detail(format!(
            "by at most {:.6} s; times between such packets are not to be trusted",
            info.largest_backward_step.as_secs_f64()
        ))
        .advise(match far {
            true => "The clock was set while capturing, or files were joined without sorting: capture with a running NTP client, or sort with reordercap.",
            false => "Several receive queues wrote into one file; sort it with reordercap if the figures matter.",
        })
        .packets(info.backward_steps)
    })
}

fn limits(facts: &Facts<'_>) -> Option<Advice> {
    let all = limits_of(facts.collected, facts.summary);
    // What only the lists of this command lack hides nothing, nor do further candidates.
    let (mut small, rows): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(what, _)| what == ICE_CANDIDATES);
    small.push((
        "ports and flows listed here".to_owned(),
        facts.census.beyond,
    ));
    let hit = |rows: &[(String, u64)]| -> Vec<String> {
        let hit = rows.iter().filter(|(_, n)| *n > 0);
        hit.map(|(what, n)| format!("{what} {}", counted(*n, "time", "times")))
            .collect()
    };
    let (large, small) = (hit(&rows), hit(&small));
    if large.is_empty() && small.is_empty() {
        return None;
    }
    let detail = [large.clone(), small].concat().join(", ");
    Some(if large.is_empty() {
        advice(
            "limit_reached",
            Severity::Info,
            None,
            "a limit was reached; no packet was dropped for it",
        )
        .detail(detail)
    } else {
        advice(
            "limit_reached",
            Severity::Warning,
            Hides::Both,
            "a memory limit was reached, so something was closed or dropped early",
        )
        .detail(detail)
        .advise("Cut the capture into shorter files (editcap -i 3600) or filter it.")
    })
}

fn duplicates(facts: &Facts<'_>) -> Option<Advice> {
    let sip = facts.of(Fate::SipUdpCopy);
    let other = facts.of(Fate::UdpCopy) + facts.of(Fate::FragmentCopy);
    let total = sip + other;
    if total == 0 {
        return None;
    }
    let any = facts
        .census
        .links
        .ranked()
        .iter()
        .any(|(link, _)| link_type_name(*link).starts_with("LINUX_SLL"));
    let why = match (any, facts.infos.len()) {
        (true, _) => "the device 'any' sees a packet on each interface it passes",
        (false, 2..) => "the files were captured at several points of one path",
        (false, _) => {
            "both ports of a bridge or router were captured, or a mirror port sends packets twice"
        }
    };
    Some(
        advice(
            "capture_duplicates",
            Severity::Info,
            None,
            format!("{} captured more than once", counted(total, "packet was", "packets were")),
        )
        .detail(format!("{sip} SIP, {other} others; {why}. Copies are counted apart, not as retransmissions or lost and doubled RTP"))
        .packets(total),
    )
}

fn checksums(facts: &Facts<'_>) -> Option<Advice> {
    let c = facts.census.checksums;
    (c.wrong > 0).then(|| {
        advice(
            "wrong_checksums",
            Severity::Info,
            None,
            format!("{} of {} UDP checksums do not fit", c.wrong, c.wrong + c.right),
        )
        .detail("packets were read all the same: checksums are not judged, because a network card that computes them (offloading) leaves them wrong in captures made at the sender")
        .advise("Nothing to do here; other programs may hide such packets while they validate checksums.")
        .packets(c.wrong)
    })
}
