//! What `explain::negotiation` says of captures, sentence by sentence.
//!
//! `UPDATE_GOLDEN=1 cargo test --test negotiation` writes `testdata/negotiation.txt` again; each changed word must be
//! truer than before.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use sipflow::explain::{Lookup, negotiation};
use sipflow::report::read_captures;
use std::fmt::Write as _;
use std::path::Path;

/// Of each kind of exchange one.
const CASES: [&str; 39] = [
    "direct_call",
    "proxy_call",
    "session_progress",
    "prack_update",
    "hold_resume",
    "audio_then_video_reinvite",
    "video_h264",
    "reinvite_changes_codec",
    "reinvite_password",
    "session_refresh_unanswered",
    "glare_then_refused",
    "profile_refused",
    "late_offer_without_answer",
    "t38_after_audio",
    "codec_not_in_answer",
    "resume_answered_recvonly",
    "forked",
    "b2bua_direct_media",
    "b2bua_same_call_id",
    "dtls_srtp",
    "ice_stun",
    "rtpengine_all",
    "rtpengine_ice",
    "cancelled",
    "second_answer_ignored",
    "snap_length_cuts_sdp",
    "redirect_followed",
    "redirect_after_ringing",
    "serial_fork",
    "media_moved_behind_pbx",
    "starts_mid_call",
    "msrp_session",
    "turn_relayed",
    "call_wrong_password",
    "hold_before_resume",
    "pickup_replaces",
    "conference_focus",
    "sctp",
    "codec_not_offered",
];

#[test]
fn each_case_is_told_as_its_messages_say() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut got = String::new();
    for case in CASES {
        let folder = data.join("cases").join(case);
        let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{case}: {e}"));
        let mut captures: Vec<String> = files
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .filter(|path| path.contains(".pcap"))
            .collect();
        captures.sort();
        let report = read_captures(&captures).unwrap();
        let lookup = Lookup::new(&report);
        for call in &report.calls {
            writeln!(got, "{case}, call {}", call.id).unwrap();
            for sentence in negotiation(&lookup, call) {
                let source = sentence.source.unwrap_or("-");
                writeln!(got, "  {} [{source}]", sentence.text).unwrap();
            }
        }
    }
    let kept = data.join("negotiation.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&kept, &got).unwrap();
    }
    let want = std::fs::read_to_string(&kept).unwrap_or_default();
    for (want, got) in want.lines().zip(got.lines()) {
        assert_eq!(want, got);
    }
    assert_eq!(want.lines().count(), got.lines().count());
}
