//! The layer asked as an output would ask it, with nothing drawn.

use super::*;
use crate::report::fixtures::{poisoned, proxied, troubles};
use crate::report::model::Report;
use crate::types::text::first_hidden;

fn scene(report: &Report, call: usize) -> Scene {
    Scene::of_call(&Lookup::new(report), &report.calls[call])
}

/// `9 alice>proxy INVITE` for each arrow.
fn told(scene: &Scene) -> Vec<String> {
    let names: Vec<String> = scene.hosts.iter().map(Host::to_string).collect();
    let arrow = |a: &Arrow| {
        let what = match &a.what {
            What::Message(said) => said
                .status
                .map_or_else(|| said.method.clone(), |status| status.to_string()),
            What::Media(media) => format!("{} {}", media.codec, media.ways.len()),
            What::Digits(digits) => digits.clone(),
            What::Beside(beside) => beside.label(),
            What::Waited(waited) => waited.label.clone(),
        };
        let frame = a.frame.as_ref().map_or(0, |f| f.frame);
        format!("{frame} {}>{} {what}", names[a.from], names[a.to])
    };
    scene.arrows.iter().map(arrow).collect()
}

#[test]
fn a_proxied_call_is_hosts_with_their_parts_and_arrows_in_time_order() {
    let scene = scene(&proxied(), 0);
    let hosts: Vec<(String, Role, &str)> = scene
        .hosts
        .iter()
        .map(|h| (h.to_string(), h.role, h.address.as_str()))
        .collect();
    assert_eq!(
        hosts,
        [
            ("alice".to_owned(), Role::Caller, "192.0.2.11"),
            ("proxy".to_owned(), Role::Proxy, "192.0.2.10"),
            ("bob".to_owned(), Role::Callee, "192.0.2.12"),
        ]
    );
    assert_eq!(scene.ends, Some((0, 2)));
    assert_eq!(
        told(&scene),
        [
            "9 alice>proxy INVITE",
            "10 proxy>alice 407",
            "11 alice>proxy ACK",
            "12 alice>proxy INVITE",
            "13 proxy>alice 100",
            "14 proxy>bob INVITE",
            "15 bob>proxy 180",
            "16 proxy>alice 180",
            "17 bob>proxy 200",
            "18 proxy>alice 200",
            "19 alice>proxy ACK",
            "20 proxy>bob ACK",
            "21 alice>bob PCMU 2",
            "0 alice>bob 42#",
            "630 bob>proxy BYE",
            "631 proxy>alice BYE",
            "632 alice>proxy 200",
            "633 proxy>bob 200",
        ]
    );
    assert!(scene.arrows.is_sorted_by_key(|a| a.time));
}

#[test]
fn a_sentence_keeps_its_hosts_apart_from_its_words() {
    let scene = scene(&proxied(), 0);
    let refusal = &scene.arrows[1];
    let What::Message(said) = &refusal.what else {
        panic!("{refusal:?}");
    };
    assert_eq!(
        said.sentence.pieces(),
        [
            Piece::Host(1),
            Piece::Words(" asks ".into()),
            Piece::Host(0),
            Piece::Words(" for a password".into()),
        ]
    );
    assert_eq!(refusal.ink, Ink::Warning);
    // The names are the reader's to choose.
    assert_eq!(
        said.sentence.with_names(&["A", "B", "C"]),
        "B asks A for a password"
    );
}

#[test]
fn a_repeat_names_the_packet_it_repeats() {
    let report = troubles();
    let scene = scene(&report, 0);
    let gists = scene.arrows.iter().filter_map(|a| match &a.what {
        What::Message(said) if said.gist.to_string().starts_with("repeat") => {
            Some((a.frame.as_ref().map(|f| f.frame), said.gist.frames()))
        }
        _ => None,
    });
    // The INVITE in #3 is sent again half a second later, in #4.
    assert_eq!(gists.into_iter().next(), Some((Some(4), vec![3])));
}

#[test]
fn what_became_of_each_attempt_to_register_is_told() {
    let report = proxied();
    let lookup = Lookup::new(&report);
    let told: Vec<(String, Ink)> = report
        .registrations
        .iter()
        .flat_map(|r| &r.attempts)
        .map(|a| registration::attempt(&lookup, a, None))
        .collect();
    assert!(
        told.iter()
            .any(|(words, ink)| words.starts_with("registered after 401") && *ink == Ink::Plain),
        "{told:?}"
    );
}

/// Every text the layer has to say of a report.
fn everything(report: &Report) -> Vec<String> {
    let lookup = Lookup::new(report);
    let mut texts = Vec::new();
    let mut scenes = Vec::new();
    for call in &report.calls {
        scenes.push(Scene::of_call(&lookup, call));
        texts.extend(story(&lookup, call).iter().map(|s| s.text.to_string()));
        texts.push(names::outcome(call).0);
        texts.push(names::party_in_full(&call.caller));
        texts.extend(names::ended_by(&lookup, call));
    }
    for r in &report.registrations {
        scenes.push(Scene::of_registration(&lookup, r));
        let attempts = r.attempts.iter();
        texts.extend(attempts.map(|a| registration::attempt(&lookup, a, None).0));
        texts.push(names::address_of(&r.aor));
    }
    for scene in &scenes {
        let fold = Fold::of(scene, 3);
        let hosts = scene.hosts.iter().chain(&fold.hosts);
        let names: Vec<String> = hosts.map(Host::to_string).collect();
        for arrow in &scene.arrows {
            match &arrow.what {
                What::Message(said) => {
                    texts.push(said.method.clone());
                    texts.extend(said.reason.clone());
                    texts.push(said.sentence.with_names(&names));
                    texts.push(said.gist.to_string());
                }
                What::Media(media) => texts.push(media.codec.clone()),
                What::Digits(digits) => texts.push(digits.clone()),
                What::Beside(beside) => texts.push(beside.label()),
                What::Waited(waited) => texts.push(waited.sentence.to_string()),
            }
        }
        texts.extend(names);
    }
    for stream in &report.streams {
        let lines = work(stream).into_iter().flat_map(|work| work.lines);
        texts.extend(lines.map(|line| line.formula));
    }
    for message in &report.messages {
        let bytes =
            b"INVITE sip:a\x1b@h SIP/2.0\r\nX-\xe2\x80\xae: \x07\xe2\x80\xae\r\n\r\na\x1b[2J";
        let d = describe(&lookup, message, bytes);
        texts.push(info_line(bytes));
        let body = d.body.into_iter().map(|line| line.text).collect();
        let lists = [vec![d.start_line], d.headers, body, d.facts, d.flaws];
        for field in lists.into_iter().flatten() {
            texts.extend([field.name, field.value]);
            texts.extend(field.meaning);
        }
    }
    texts
}

#[test]
fn whatever_a_packet_says_every_text_is_safe_to_show() {
    for report in [proxied(), troubles()] {
        let texts = everything(&poisoned(&report));
        assert!(texts.len() > 200, "{}", texts.len());
        for text in texts {
            assert_eq!(first_hidden(&text), None, "{text:?}");
        }
    }
}
