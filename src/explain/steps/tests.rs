//! What arrows are told as.

use super::*;
use crate::explain::{Host, Lookup, Scene, What};
use crate::report::fixtures;
use crate::report::model::Report;

/// What is said of the messages in `frames`.
fn said(report: &Report, frames: &[u64]) -> Vec<String> {
    let lookup = Lookup::new(report);
    said_in(&Scene::of_call(&lookup, &report.calls[0]), frames)
}

fn said_in(scene: &Scene, frames: &[u64]) -> Vec<String> {
    let names: Vec<String> = scene.hosts.iter().map(Host::to_string).collect();
    let said = scene.arrows.iter();
    let said = said.filter(|a| a.frame.as_ref().is_some_and(|f| frames.contains(&f.frame)));
    let sentence = |what: &What| match what {
        What::Message(said) => Some(said.sentence.with_names(&names)),
        _ => None,
    };
    said.filter_map(|a| sentence(&a.what)).collect()
}

#[test]
fn a_register_that_removes_a_binding_is_not_told_as_one_that_makes_it() {
    let mut report = fixtures::proxied();
    report.registrations[0].attempts[0].kind = crate::call::RegisterKind::Unregister;
    let lookup = Lookup::new(&report);
    let scene = Scene::of_registration(&lookup, &report.registrations[0]);
    assert_eq!(
        said_in(&scene, &[1, 3, 4]),
        [
            "alice asks to be reached there no longer",
            "alice asks to be reached there no longer, with credentials",
            "registrar accepts that",
        ]
    );
}

/// Adds a copy of the message in `frame`, `ms` later, under a frame number of its own.
fn again(report: &mut Report, frame: u64, new_frame: u64, ms: i64) -> &mut Message {
    let mut m = report
        .messages
        .iter()
        .find(|m| m.frame == frame)
        .unwrap()
        .clone();
    m.id = report.messages.len() as u32 + 1;
    m.frame = new_frame;
    m.time = (m.time.0 + crate::types::Delta::from_millis(ms)).into();
    report.calls[0].messages.push(m.id);
    report.messages.push(m);
    report.messages.last_mut().unwrap()
}

#[test]
fn ringing_under_another_to_tag_is_no_copy_of_the_first() {
    let mut report = fixtures::proxied();
    for (frame, new_frame) in [(15, 915), (16, 916)] {
        let ringing = again(&mut report, frame, new_frame, 20);
        ringing.to.as_mut().unwrap().tag = Some("second".into());
    }
    assert_eq!(
        said(&report, &[15, 16, 915, 916]),
        [
            "bob rings",
            "proxy passes it back",
            "bob rings",
            "proxy passes it back"
        ]
    );
}

#[test]
fn a_second_180_says_that_the_phone_still_rings() {
    let mut report = fixtures::proxied();
    for (frame, new_frame) in [(15, 915), (16, 916)] {
        again(&mut report, frame, new_frame, 20);
    }
    assert_eq!(
        said(&report, &[15, 16, 915, 916]),
        [
            "bob rings",
            "proxy passes it back",
            "bob still rings",
            "proxy passes it back"
        ]
    );
}

#[test]
fn a_cancel_and_the_ack_to_a_refusal_are_made_anew_on_every_hop() {
    let mut report = fixtures::proxied();
    // The INVITE is sent on in #14, ringing comes back in #15 and #16.
    for (frame, new_frame) in [(12, 912), (14, 914)] {
        let cancel = again(&mut report, frame, new_frame, 500);
        cancel.method = Some("CANCEL".into());
        cancel.sdp = None;
    }
    for (frame, new_frame) in [(15, 915), (16, 916)] {
        again(&mut report, frame, new_frame, 600).status = Some(487);
    }
    let tag = report.messages[14].to.clone();
    for (frame, new_frame) in [(14, 924), (12, 922)] {
        let ack = again(&mut report, frame, new_frame, 1200);
        ack.method = Some("ACK".into());
        ack.sdp = None;
        ack.to = tag.clone();
    }
    assert_eq!(
        said(&report, &[912, 914, 915, 916, 922, 924]),
        [
            "alice gives up waiting",
            "proxy cancels the INVITE to bob",
            "bob ends the INVITE, as it was cancelled",
            "proxy passes it back",
            "alice confirms the refusal",
            "proxy confirms the refusal",
        ]
    );
}

#[test]
fn a_cancel_from_who_has_another_phones_answer_is_no_giving_up() {
    let mut report = fixtures::proxied();
    // The proxy calls a second phone too, and dismisses it after bob's 200 (#17).
    let invite = again(&mut report, 14, 914, 1);
    invite.dst.address = "192.0.2.13".into();
    // Alice's own CANCEL crosses the 200 (#18).
    for (frame, new_frame) in [(12, 912), (14, 924)] {
        let cancel = again(&mut report, frame, new_frame, 3000);
        cancel.method = Some("CANCEL".into());
        cancel.sdp = None;
        if frame == 14 {
            cancel.dst.address = "192.0.2.13".into();
        }
    }
    assert_eq!(
        said(&report, &[912, 924]),
        [
            "alice gives up waiting",
            "proxy cancels the INVITE to bob 2: another phone has answered"
        ]
    );
}

#[test]
fn an_offer_of_port_zero_alone_offers_nothing() {
    let mut report = fixtures::proxied();
    for m in &mut report.messages {
        for medium in m.sdp.iter_mut().flat_map(|s| &mut s.media) {
            medium.port = 0;
        }
    }
    assert_eq!(
        said(&report, &[9, 17]),
        [
            "alice calls, offers no media (port 0)",
            "bob answers, audio refused"
        ]
    );
}

#[test]
fn what_an_answer_adds_to_the_offer_is_not_chosen() {
    let format = |number: &str, codec: Option<&str>| SdpFormat {
        format: number.into(),
        codec: codec.map(str::to_owned),
        clock_rate: None,
        channels: None,
        fmtp: None,
    };
    let sdp = |formats: Vec<SdpFormat>| {
        let report = fixtures::proxied();
        let mut sdp = report.messages.iter().find_map(|m| m.sdp.clone()).unwrap();
        sdp.media.truncate(1);
        sdp.media[0].formats = formats;
        sdp
    };
    let offer = sdp(vec![
        format("8", Some("PCMA")),
        format("18", Some("G729")),
        format("101", Some("telephone-event")),
    ]);
    let told = |formats| codecs(&sdp(formats), Some(SdpRole::Answer), Some(&offer));
    let more = vec![
        format("8", Some("pcma")),
        format("97", Some("iLBC")),
        format("101", None),
    ];
    assert_eq!(told(more), "pcma chosen");
    // Nothing in common: what it says.
    assert_eq!(told(vec![format("0", Some("PCMU"))]), "PCMU chosen");
}
