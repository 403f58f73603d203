//! What calls are told as.

use super::*;
use crate::explain::Scene;
use crate::report::fixtures;
use crate::report::model::Report;

fn told(report: &Report, call: usize) -> Vec<String> {
    let sentences = story(&Lookup::new(report), &report.calls[call]);
    sentences.iter().map(|s| s.text.to_string()).collect()
}

#[test]
fn a_proxied_call_is_told_from_invite_to_bye() {
    let report = fixtures::proxied();
    assert_eq!(
        told(&report, 0),
        [
            "alice calls bob (#9) and offers PCMU, PCMA and telephone-event.",
            "A password is asked for (407, #10); alice calls again, with credentials (#12).",
            "bob rings after 122 ms (180, #16).",
            "bob answers 2.0 s after the INVITE (200, #18); PCMU is agreed.",
            "alice sends 205 packets of PCMU, none lost; bob: 204 packets of PCMU arrived here, 1 lost (0.5 %).",
            "alice dials 42#.",
            "bob hangs up after 4.1 s (BYE #630); confirmed in 62 ms.",
        ]
    );
}

#[test]
fn what_a_relay_sends_on_is_not_counted_as_the_partys_own() {
    let mut report = fixtures::proxied();
    // alice (192.0.2.11) sends 205 to the relay (192.0.2.10), which sends them on to bob.
    let mut relayed = report.streams[0].clone();
    report.streams[0].dst.address = "192.0.2.10".into();
    relayed.id = 3;
    relayed.src.address = "192.0.2.10".into();
    report.streams.push(relayed);
    assert_eq!(
        told(&report, 0)[4],
        "alice sends 205 packets of PCMU, none lost; bob: 204 packets of PCMU arrived here, 1 lost (0.5 %)."
    );
}

#[test]
fn what_a_nat_shows_a_second_time_is_counted_once() {
    let mut report = fixtures::proxied();
    // bob's packets, once to the address the NAT shows and once to that behind it.
    let mut shown = report.streams[1].clone();
    shown.dst.address = "198.51.100.10".into();
    shown.id = 3;
    report.streams.push(shown);
    assert_eq!(
        told(&report, 0)[4],
        "alice sends 205 packets of PCMU, none lost; bob: 204 packets of PCMU arrived here, 1 lost (0.5 %)."
    );
}

#[test]
fn late_packets_and_one_long_gap_are_told() {
    let mut report = fixtures::proxied();
    report.streams[0].late = Some(31);
    let b = &mut report.streams[1];
    (b.packets, b.expected, b.lost, b.max_lost_burst) = (100, 200, 100, 100);
    assert_eq!(
        told(&report, 0)[4],
        "alice sends 205 packets of PCMU, none lost, 31 too late for a jitter buffer of 60 ms; \
         bob: 100 packets of PCMU arrived here, 100 lost (50.0 %) in one gap."
    );
}

#[test]
fn calls_that_came_to_nothing_say_how() {
    let report = fixtures::troubles();
    let last = |call: usize| told(&report, call).pop().unwrap();
    assert_eq!(
        last(1),
        "petr gives up after 6.2 s of ringing (CANCEL #2722); the INVITE ends with 487 \
         Request Terminated, #2724."
    );
    assert_eq!(last(2), "102 is busy (486 Busy \\x1b[5mHere, #2801).");
    assert_eq!(
        last(3),
        "No response to any of 7 INVITEs is in the capture."
    );
    assert_eq!(last(4), "The call fails with 404 Not Found, #3015.");
}

#[test]
fn every_sentence_has_its_time_its_packets_and_the_rule_behind_it() {
    let report = fixtures::proxied();
    let story = story(&Lookup::new(&report), &report.calls[0]);
    let evidence: Vec<(Vec<u64>, Option<&str>)> =
        story.iter().map(|s| (s.text.frames(), s.source)).collect();
    assert_eq!(
        evidence,
        [
            (vec![9], Some("RFC 3261 §13.2.1")),
            (vec![10, 12], Some("RFC 3261 §22.3")),
            (vec![16], Some("RFC 3261 §21.1.2")),
            (vec![18], Some("RFC 3261 §13.2.2.4")),
            (vec![], Some("RFC 3550 §A.3")),
            (vec![], Some("RFC 4733 §2")),
            (vec![630], Some("RFC 3261 §15")),
        ]
    );
    assert!(story.is_sorted_by_key(|s| s.time.unwrap()));
}

#[test]
fn of_several_files_each_frame_has_the_name_of_its_own() {
    let mut report = fixtures::proxied();
    let mut second = report.sources[0].clone();
    report.sources[0].path = "lab/p1.pcap".into();
    second.id = 2;
    second.path = "lab/p2.pcap".into();
    report.sources.push(second);
    for m in report.messages.iter_mut().filter(|m| m.status.is_some()) {
        m.source = 2;
    }
    let lookup = Lookup::new(&report);
    let told = story(&lookup, &report.calls[0]);
    let told: Vec<String> = told.iter().map(|s| s.text.to_string()).collect();
    // The INVITE is the first file's #9, the ringing the second file's #16.
    assert!(told[0].starts_with("alice calls bob (p1:#9)"), "{told:#?}");
    assert!(
        told.iter().any(|s| s.ends_with("(180, p2:#16).")),
        "{told:#?}"
    );
    let scene = Scene::of_call(&lookup, &report.calls[0]);
    let frames = scene.arrows.iter().filter_map(|a| a.frame.as_ref());
    let frames: Vec<String> = frames.take(2).map(ToString::to_string).collect();
    assert_eq!(frames, ["p1:#9", "p2:#10"]);
    let told = registration_story(&lookup, &report.registrations[0]);
    let told = told[0].text.to_string();
    assert!(told.contains("p1:#1") && told.contains("p2:#2"), "{told}");
}
