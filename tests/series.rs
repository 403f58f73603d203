//! Figures second by second, and the arithmetic written out, through the program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;

const BURSTS: &str = "testdata/cases/burstloss_pcb/capture.pcap";

fn run(words: &str) -> (Option<i32>, String, String) {
    let out = support::sipflow(words.split(' '));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

fn json(words: &str) -> Value {
    serde_json::from_str(&run(words).1).unwrap()
}

fn of<'a>(steps: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    let steps = steps.as_array().unwrap().iter();
    steps.map(move |step| &step[field])
}

fn sum(steps: &Value, field: &str) -> u64 {
    of(steps, field).map(|n| n.as_u64().unwrap()).sum()
}

// By a python model over tshark's rtp.seq, rtp.timestamp, frame.time_epoch and ip.len, second by second from the first
// packet of the capture.
#[test]
fn each_second_of_a_stream_is_what_its_packets_say() {
    let report = json(&format!("report --json --series {BURSTS}"));
    let stream = &report["streams"][1];
    let steps = &stream["series"];
    let lost: Vec<u64> = of(steps, "lost").map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(lost, [0, 6, 1, 0, 4, 2, 0, 0, 0]);
    let packets: Vec<u64> = of(steps, "packets").map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(packets, [33, 44, 49, 48, 48, 48, 50, 50, 30]);
    let second = &steps[1];
    assert_eq!(second["relative_time_s"], 2.0);
    assert_eq!(second["step_s"], 1);
    assert_eq!(second["jitter_ms"], 1.44);
    assert_eq!(second["delta_max_ms"], 102.263);
    // 44 packets of 160, 172, 200 and 218 octets.
    assert_eq!(second["payload_kbps"], 56.32);
    assert_eq!(second["rtp_kbps"], 60.544);
    assert_eq!(second["ip_kbps"], 70.4);
    assert_eq!(second["ethernet_kbps"], 76.736);
}

#[test]
fn all_seconds_together_are_the_stream_and_all_streams_the_capture() {
    for case in [
        "burstloss_pcb",
        "duplicates_pca",
        "audio_then_video_reinvite",
        "dtmf_rfc4733",
        "comfort_noise",
    ] {
        let path = format!("testdata/cases/{case}/capture.pcap");
        let report = json(&format!("report --json --series {path}"));
        let mut all = 0;
        for stream in report["streams"].as_array().unwrap() {
            let steps = &stream["series"];
            for field in ["packets", "lost", "duplicates"] {
                assert_eq!(sum(steps, field), stream[field].as_u64().unwrap(), "{case}");
            }
            let last = of(steps, "jitter_ms").filter(|j| !j.is_null()).last();
            assert_eq!(last.unwrap_or(&Value::Null), &stream["jitter_last_ms"]);
            all += stream["packets"].as_u64().unwrap();
        }
        let capture = &report["capture"]["series"];
        assert_eq!(sum(capture, "packets"), all, "{case}");
        let calls = of(capture, "answered_calls").map(|n| n.as_u64().unwrap());
        assert_eq!(calls.max(), Some(1), "{case}");
    }
}

#[test]
fn a_series_is_there_only_where_it_is_asked_for() {
    let report = json(&format!("report --json {BURSTS}"));
    assert_eq!(report["streams"][0].get("series"), None);
    assert_eq!(report["capture"].get("series"), None);
    let streams = json(&format!("streams --json --series {BURSTS}"));
    assert_eq!(streams["streams"][1]["series"].as_array().unwrap().len(), 9);
    let (code, _, err) = run(&format!("report --series {BURSTS}"));
    assert_eq!(code, Some(2));
    assert!(err.contains("add --json"), "{err}");
}

#[test]
fn csv_has_a_row_a_stream_and_second() {
    let (_, rows, _) = run(&format!("streams --format csv --series {BURSTS}"));
    assert_eq!(rows.lines().count(), 1 + 2 * 9);
    let row = rows.lines().nth(11).unwrap();
    assert!(row.starts_with("2,0x4fc4f48b,192.0.2.11:10082,192.0.2.12:10000,1,"));
    assert!(
        row.trim_end()
            .ends_with(",2,1,44,6,0,1.44,1.617,102.263,56.32,60.544,70.4,76.736")
    );
}

// D and J by hand from tshark's frame.time_epoch and rtp.timestamp of frames 13, 15 and 16:
// D = (10.521 - 20) ms = -9.479, J = 9.479 / 16 = 0.592; D = 20.314 - 20 = 0.314, J = 0.592 + (0.314 - 0.592) / 16.
#[test]
fn the_jitter_recurrence_is_written_out_packet_by_packet() {
    let words = format!("streams --show-work --range 1-3 --width 80 {BURSTS}");
    let (_, text, _) = run(&words);
    for line in [
        "    frame    seq  arrival s  timestamp    D ms   J ms",
        "      #13  23893   0.000000      46378       -      -  first, J begins at 0",
        "      #15  23894   0.010521      46538  -9.479  0.592",
        "      #16  23895   0.030835      46698   0.314  0.575",
        "    expected     24305 - 23893 + 1 = 413",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("report says"), "{text}");
    let by_frame = run(&words.replace("1-3", "#13-#16")).1;
    assert!(by_frame.contains("      #16  23895   0.030835"));
}

#[test]
fn a_codec_is_found_by_the_name_that_people_type() {
    let rate = |words: &str| {
        let sum = json(&format!("bandwidth --json --codec {words}"));
        sum["layers"][4]["kbps"].as_f64().unwrap()
    };
    // (payload + 12 + 8 + 20 + 18) x 8 x packets/s / 1000.
    assert_eq!(rate("ulaw"), 87.2);
    assert_eq!(rate("opus --bitrate 24"), 47.2);
    assert_eq!(rate("g729 --srtp"), 35.2);
    let (code, _, err) = run("bandwidth --codec ulav");
    assert_eq!(code, Some(2));
    assert!(err.contains("was ulaw meant?"), "{err}");
    let list = json("bandwidth --list --json");
    let codecs = list["codecs"].as_array().unwrap();
    assert!(codecs.iter().any(|c| c["codec"] == "AMR-WB-23.85"));
    assert!(
        codecs
            .iter()
            .any(|c| c["codec"] == "opus" && c["frame_ms"].is_null())
    );
}

// The table that courses show: codec delays of 25 and 67.5 ms, buffers of two packets, and by hand for G.729A
// R = 93.2 - 11 - 0.024 x 45 = 81.12, MOS 4.07.
#[test]
fn the_list_has_the_delays_and_the_ceilings_that_courses_give() {
    let list = json("bandwidth --list --json");
    let codecs = list["codecs"].as_array().unwrap();
    for (name, delay, buffer, ceiling) in [
        ("G711", 0.25, 40.0, 4.40),
        ("G729", 25.0, 40.0, 4.07),
        ("G723-6.3", 67.5, 60.0, 3.87),
        ("G723-5.3", 67.5, 60.0, 3.69),
    ] {
        let codec = codecs.iter().find(|c| c["codec"] == name).unwrap();
        assert_eq!(codec["codec_delay_ms"], delay, "{name}");
        assert_eq!(codec["buffer_delay_ms"], buffer, "{name}");
        assert_eq!(codec["mos_ceiling_classroom"], ceiling, "{name}");
    }
    let (_, text, _) = run("bandwidth --list --width 80");
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
}
