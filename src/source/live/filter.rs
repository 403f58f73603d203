//! Capture filters: what the user's filter would hide, let through as well.

/// Later fragments of a datagram carry no port, so a filter by port hides them (RFC 791 §3.2, RFC 8200 §4.5).
const FRAGMENTS: &str = "(ip[6:2] & 0x1fff != 0) or (ip6 proto 44)";

/// RTP and RTCP by their version, 2 in the first two bits (RFC 3550 §5.1), behind an IPv4 or plain IPv6 header.
const MEDIA: &str =
    "(udp and ip and udp[8] & 0xc0 = 0x80) or (ip6[6] = 17 and ip6[48] & 0xc0 = 0x80)";

/// The filter to use, and what to tell of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterPlan {
    /// In libpcap's language; `None` takes everything.
    pub filter: Option<String>,
    /// What was added to the user's filter, a sentence each.
    pub added: Vec<&'static str>,
    /// The filter keeps RTP out, as far as its words tell.
    pub hides_media: bool,
}

/// Widens the user's filter to fragments, and to media where that is asked for.
pub fn plan_filter(user: Option<&str>, exact: bool, with_media: bool) -> FilterPlan {
    let Some(user) = user.map(str::trim).filter(|f| !f.is_empty()) else {
        return FilterPlan::default();
    };
    let mut plan = FilterPlan {
        filter: None,
        added: Vec::new(),
        hides_media: names_ports(user) && !with_media,
    };
    let mut more: Vec<&str> = Vec::new();
    if names_ports(user) && !exact {
        more.push(FRAGMENTS);
        plan.added.push(
            "the filter also lets IP fragments through, which carry no port (--exact-filter: not)",
        );
    }
    if with_media {
        more.push(MEDIA);
        plan.added
            .push("the filter also lets through every UDP packet that begins as RTP or RTCP does");
    }
    let more = more.join(" or ");
    plan.filter = Some(if more.is_empty() {
        user.to_owned()
    } else if shifts(user) {
        format!("{more} or ({user}) or {more}")
    } else {
        format!("{more} or ({user})")
    });
    plan
}

/// True where the filter selects by port.
fn names_ports(filter: &str) -> bool {
    words(filter).any(|word| matches!(word, "port" | "portrange"))
}

/// True where everything behind a word is looked for inside of a tag (pcap-filter(7)): what is added stands
/// before it, for packets without the tag, and behind it, for those with.
fn shifts(filter: &str) -> bool {
    words(filter).any(|word| matches!(word, "vlan" | "mpls" | "pppoes" | "geneve"))
}

fn words(filter: &str) -> impl Iterator<Item = &str> {
    filter.split(|c: char| !c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_by_port_is_widened_to_fragments_and_says_so() {
        let plan = plan_filter(Some("port 5060 or port 5080"), false, false);
        assert_eq!(
            plan.filter.as_deref(),
            Some("(ip[6:2] & 0x1fff != 0) or (ip6 proto 44) or (port 5060 or port 5080)")
        );
        assert_eq!(plan.added.len(), 1);
        assert!(plan.hides_media);
    }

    #[test]
    fn an_exact_filter_and_one_without_ports_stay_as_they_are() {
        let exact = plan_filter(Some("udp port 5060"), true, false);
        assert_eq!(exact.filter.as_deref(), Some("udp port 5060"));
        assert!(exact.added.is_empty() && exact.hides_media);
        let host = plan_filter(Some(" host 192.0.2.1 "), false, false);
        assert_eq!(host.filter.as_deref(), Some("host 192.0.2.1"));
        assert!(!host.hides_media);
        assert_eq!(plan_filter(Some("  "), false, true), FilterPlan::default());
        assert_eq!(plan_filter(None, false, true), FilterPlan::default());
    }

    #[test]
    fn every_plan_is_a_filter_libpcap_understands() {
        let ethernet = pcap::Capture::dead(pcap::Linktype::ETHERNET).unwrap();
        for (exact, media) in [(false, false), (true, false), (false, true), (true, true)] {
            let plan = plan_filter(Some("port 5060"), exact, media);
            let filter = plan.filter.unwrap();
            ethernet
                .compile(&filter, true)
                .unwrap_or_else(|e| panic!("{filter}: {e}"));
        }
    }

    #[test]
    fn fragments_pass_with_and_without_the_tag_that_the_filter_names() {
        let plan = plan_filter(Some("port 5060 or (vlan and port 5060)"), false, false);
        let ethernet = pcap::Capture::dead(pcap::Linktype::ETHERNET).unwrap();
        let program = ethernet.compile(&plan.filter.unwrap(), true).unwrap();
        // Ethernet, perhaps 802.1Q, IPv4 with or without a fragment offset, UDP to 5060 or elsewhere.
        let passes = |tag: &[u8], offset: u8, port: u16| {
            let mut p = vec![0; 12];
            p.extend(tag);
            p.extend([
                8, 0, 0x45, 0, 0, 40, 0, 1, 0, offset, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
            ]);
            p.extend([0x9c, 0x40]);
            p.extend(port.to_be_bytes());
            p.extend([0; 16]);
            program.filter(&p)
        };
        for tag in [&[][..], &[0x81, 0, 0, 7]] {
            assert!(passes(tag, 0, 5060), "{tag:?}");
            assert!(passes(tag, 185, 40_002), "{tag:?}");
            assert!(!passes(tag, 0, 40_002), "{tag:?}");
        }
    }

    #[test]
    fn the_widened_filter_lets_media_and_fragments_through_and_nothing_else() {
        let plan = plan_filter(Some("port 5060"), false, true);
        let ethernet = pcap::Capture::dead(pcap::Linktype::ETHERNET).unwrap();
        let program = ethernet.compile(&plan.filter.unwrap(), true).unwrap();
        // Ethernet, IPv4 with or without a fragment offset, UDP 40000 -> 40002.
        let packet = |offset: u8, first: u8| {
            let mut p = vec![0; 12];
            p.extend([
                8, 0, 0x45, 0, 0, 40, 0, 1, 0, offset, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
            ]);
            p.extend([0x9c, 0x40, 0x9c, 0x42, 0, 20, 0, 0, first]);
            p.extend([0; 11]);
            p
        };
        assert!(program.filter(&packet(0, 0x80)), "RTP");
        assert!(program.filter(&packet(185, 0)), "a later fragment");
        assert!(!program.filter(&packet(0, 0x12)), "another datagram");
        let v6 = |first: u8| {
            let mut p = vec![0; 12];
            p.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 17, 64]);
            p.extend([0; 32]);
            p.extend([0x9c, 0x40, 0x9c, 0x42, 0, 20, 0, 0, first]);
            p.extend([0; 11]);
            p
        };
        assert!(program.filter(&v6(0x80)), "RTP over IPv6");
        assert!(!program.filter(&v6(0x12)), "another datagram over IPv6");
    }
}
