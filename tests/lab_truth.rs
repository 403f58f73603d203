//! Every lab capture against what the people who made it know to be true: outcomes, who ended a
//! call, registrations, codecs, Call-IDs, message counts, RTP packets and loss.
//!
//! Needs the reference captures; a difference must have its reason in `docs/differences.md`.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

fn multiset<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut set = BTreeMap::new();
    for i in items {
        *set.entry(i).or_insert(0) += 1;
    }
    set
}

fn call_row(c: &Value) -> String {
    format!(
        "{} {} {}",
        c["outcome"].as_str().unwrap_or("?"),
        c["final_status"],
        c["ended_by"]
    )
}

fn check_calls(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let calls = report["calls"].as_array().expect("calls");
    let expected = &truth["expect"]["calls"];
    let expected: Vec<String> = match expected.as_array() {
        Some(list) => list.iter().map(call_row).collect(),
        None => vec![], // "encrypted": nothing can be seen
    };
    let (want, got) = (multiset(expected), multiset(calls.iter().map(call_row)));
    if want != got {
        wrong.push(format!("calls: want {want:?}, got {got:?}"));
    }
}

fn check_registrations(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let attempts: Vec<(String, String)> = report["registrations"]
        .as_array()
        .expect("registrations")
        .iter()
        .flat_map(|r| r["attempts"].as_array().expect("attempts"))
        .map(|a| {
            (
                a["kind"].as_str().expect("kind").into(),
                a["outcome"].as_str().expect("outcome").into(),
            )
        })
        .collect();
    let fine = match &truth["expect"]["registration_attempts"] {
        Value::Null => true,
        Value::Array(list) => {
            let want: Vec<(String, String)> = list
                .iter()
                .map(|p| {
                    (
                        p[0].as_str().expect("kind").into(),
                        p[1].as_str().expect("outcome").into(),
                    )
                })
                .collect();
            want == attempts
        }
        Value::String(s) if s == "rejected" => {
            !attempts.is_empty() && attempts.iter().all(|(_, o)| o == "rejected")
        }
        Value::String(s) if s.starts_with("first register/registered, then refreshes") => {
            let (first, rest) = attempts.split_first().expect("attempts");
            let (last, middle) = rest.split_last().expect("attempts");
            *first == ("register".into(), "registered".into())
                && *last == ("unregister".into(), "unregistered".into())
                && !middle.is_empty()
                && middle
                    .iter()
                    .all(|a| *a == ("refresh".into(), "registered".into()))
        }
        other => panic!("unknown expectation {other}"),
    };
    if !fine {
        wrong.push(format!(
            "registrations: want {}, got {attempts:?}",
            truth["expect"]["registration_attempts"]
        ));
    }
}

fn check_codecs(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let seen: Vec<String> = report["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .flat_map(|s| s["payloads"].as_array().expect("payloads"))
        .chain(
            report["calls"]
                .as_array()
                .expect("calls")
                .iter()
                .flat_map(|c| c["media"].as_array().expect("media")),
        )
        .filter_map(|p| p["codec"].as_str().map(str::to_lowercase))
        .collect();
    for codec in truth["codecs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let name = codec.split('/').next().unwrap_or(codec).to_lowercase();
        if !seen.contains(&name) {
            wrong.push(format!(
                "codec {codec} not among {:?}",
                multiset(seen.clone())
            ));
        }
    }
}

fn check_sip(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let want: BTreeMap<String, u64> = truth["tshark"]["sip_counts"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.clone(), v.as_u64().expect("count")))
        .collect();
    let got = support::sip_counts(report);
    if want != got {
        wrong.push(format!("SIP counts: want {want:?}, got {got:?}"));
    }
    let ids = support::call_ids(report);
    let known: Vec<&str> = truth["call_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(missing) = known.iter().find(|id| !ids.contains(**id)) {
        wrong.push(format!("Call-ID {missing} not found"));
    }
    if let Some(n) = truth["tshark"]["call_ids_seen_count"].as_u64()
        && n != ids.len() as u64
    {
        wrong.push(format!("{} Call-IDs, want {n}", ids.len()));
    }
}

fn check_streams(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let want = multiset(support::tshark_streams(
        truth["tshark"]["rtp_streams"].as_str().unwrap_or(""),
    ));
    let got = multiset(support::our_streams(report));
    for stream in want.keys().filter(|s| !got.contains_key(s)) {
        let near = got
            .keys()
            .find(|g| g.src == stream.src && g.dst == stream.dst && g.ssrc == stream.ssrc);
        wrong.push(format!("stream {stream:?}, ours {near:?}"));
    }
    for stream in got.keys().filter(|s| {
        !want
            .keys()
            .any(|w| w.src == s.src && w.dst == s.dst && w.ssrc == s.ssrc)
    }) {
        wrong.push(format!("stream only ours: {stream:?}"));
    }
}

/// True losses counted by the wire emulator, where the capture was taken behind it.
fn check_true_loss(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let Some(points) = truth["wire_emulator_counts"].as_object() else {
        return;
    };
    let at = truth["capture_point"]
        .as_str()
        .unwrap_or("")
        .split(':')
        .next()
        .unwrap_or("");
    for flows in points.values().filter_map(Value::as_object) {
        for (flow, counts) in flows.iter().filter(|(name, _)| name.contains('>')) {
            let (src, dst) = flow.split_once('>').expect("src>dst");
            let text = |e: &Value| format!("{}:{}", e["address"].as_str().unwrap_or(""), e["port"]);
            let all = report["streams"].as_array().expect("streams");
            let Some(s) = all
                .iter()
                .find(|s| text(&s["src"]) == src && text(&s["dst"]) == dst)
            else {
                continue;
            };
            // The emulator stands before pc-b: what comes from b is impaired at a, and the other way round.
            let hosts = &truth["hosts"];
            let sender = hosts
                .as_object()
                .expect("hosts")
                .iter()
                .find(|(_, h)| src.starts_with(h["ipv4"].as_str().unwrap_or("?")));
            let behind = sender.is_some_and(|(name, _)| name != at);
            if !behind {
                continue;
            }
            let ours = (
                s["lost"].as_u64().expect("lost"),
                s["duplicates"].as_u64().expect("duplicates"),
            );
            let want = (
                counts["lost"].as_u64().expect("lost"),
                counts["dup"].as_u64().expect("dup"),
            );
            if ours != want {
                wrong.push(format!(
                    "{flow}: (lost, duplicates) {ours:?}, the emulator counted {want:?}"
                ));
            }
        }
    }
}

/// Digits of each side, one string a side; `audio`: those in the sound too.
fn digits_of(path: &Path, audio: bool) -> Vec<(String, String, Vec<String>)> {
    let mut args = vec!["report".into(), "--json".into(), "-q".into()];
    args.extend(audio.then(|| "--audio".into()));
    args.push(path.as_os_str().to_owned());
    let out = support::sipflow(args);
    let report: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let calls = report["calls"].as_array().expect("calls");
    let sides = calls
        .iter()
        .flat_map(|c| c["digits"].as_array().expect("digits"));
    let text = |v: &Value| v.as_str().unwrap_or("?").to_owned();
    let methods = |v: &Value| v.as_array().into_iter().flatten().map(text).collect();
    sides
        .map(|s| (text(&s["from"]), text(&s["digits"]), methods(&s["methods"])))
        .collect()
}

#[test]
fn digits_are_those_that_were_dialled_and_speech_holds_none() {
    let Some(dir) = support::reference("lab") else {
        return;
    };
    let truth: Value =
        serde_json::from_slice(&std::fs::read(dir.join("truth.json")).expect("truth.json"))
            .expect("JSON");
    let mut wrong = Vec::new();
    for capture in truth["captures"].as_array().expect("captures") {
        let path = file_of(&dir, capture);
        let name = capture["name"].as_str().expect("name");
        // Some with keys, and some with speech in each law.
        let heard = ["s08_", "s01_p2p_basic", "s05_early", "s09_g722", "s09_l16"];
        if !heard.iter().any(|begin| name.starts_with(begin)) {
            continue;
        }
        let dtmf = &capture["dtmf"];
        let way = dtmf["method"].as_str().unwrap_or_default();
        let method = match way {
            w if w.starts_with("in-band") => "inband",
            w if w.starts_with("SIP INFO") => "sip_info",
            _ => "rfc4733",
        };
        let want: Vec<_> = [("alice", "caller"), ("bob", "callee")]
            .into_iter()
            .filter_map(|(name, side)| {
                Some((
                    side.to_owned(),
                    dtmf[name].as_str()?.to_owned(),
                    vec![method.to_owned()],
                ))
            })
            .collect();
        let got = digits_of(&path, true);
        if got != want {
            wrong.push(format!("{}: want {want:?}, got {got:?}", path.display()));
        }
        if !want.is_empty() && method != "inband" && digits_of(&path, false) != want {
            wrong.push(format!("{}: not without --audio", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn file_of(dir: &Path, truth: &Value) -> std::path::PathBuf {
    let name = truth["file"].as_str().expect("file");
    let plain = dir.join(name);
    if plain.exists() {
        plain
    } else {
        dir.join(format!("{name}.zst"))
    }
}

#[test]
fn every_lab_capture_agrees_with_its_ground_truth() {
    let Some(dir) = support::reference("lab") else {
        return;
    };
    let truth: Value =
        serde_json::from_slice(&std::fs::read(dir.join("truth.json")).expect("truth.json"))
            .expect("JSON");
    let mut failures = Vec::new();
    let mut explained = 0;
    for capture in truth["captures"].as_array().expect("captures") {
        let path = file_of(&dir, capture);
        let name = capture["name"].as_str().expect("name");
        let report = support::report(&path);
        let mut wrong = Vec::new();
        check_calls(capture, &report, &mut wrong);
        check_registrations(capture, &report, &mut wrong);
        check_codecs(capture, &report, &mut wrong);
        check_sip(capture, &report, &mut wrong);
        check_streams(capture, &report, &mut wrong);
        check_true_loss(capture, &report, &mut wrong);
        if wrong.is_empty() {
            continue;
        }
        if support::explained(name) {
            explained += 1;
            eprintln!("explained: {name}: {} differences", wrong.len());
        } else {
            failures.push(format!(
                "{name}:\n    {}",
                wrong[..wrong.len().min(6)].join("\n    ")
            ));
        }
    }
    eprintln!("{explained} captures differ with a reason in docs/differences.md");
    assert!(
        failures.is_empty(),
        "{} captures differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
