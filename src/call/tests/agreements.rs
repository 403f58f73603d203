//! What was agreed when, as rows of text.

use super::rows::call_of;
use super::*;
use crate::types::Party;

/// `0,8s` is sound with these payload types, sendonly; `-` refuses it; `0,8;v34` adds video.
///
/// Letters after the numbers: `s` sendonly, `r` recvonly, `i` inactive, `z` sendrecv with c=0.0.0.0; `@` and a
/// number is the port.
pub(super) fn sdp(text: &str) -> String {
    let mut out = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n".to_owned();
    for medium in text.split(';') {
        let (medium, port) = medium.split_once('@').unwrap_or((medium, "4000"));
        let kind = match medium.chars().next() {
            Some('v') => "video",
            Some('t') => "image",
            _ => "audio",
        };
        let port = if medium.contains('-') { "0" } else { port };
        let formats = medium.trim_matches(|c: char| !c.is_ascii_digit());
        let formats = if formats.is_empty() { "0" } else { formats };
        match kind {
            "image" => out.push_str(&format!("m=image {port} udptl t38\r\n")),
            _ => {
                let formats = formats.replace(',', " ");
                out.push_str(&format!("m={kind} {port} RTP/AVP {formats}\r\n"));
            }
        }
        let hold = medium.ends_with('z');
        let address = if hold { "0.0.0.0" } else { "192.0.2.9" };
        out.push_str(&format!("c=IN IP4 {address}\r\n"));
        for (letter, direction) in [('s', "sendonly"), ('r', "recvonly"), ('i', "inactive")] {
            if medium.ends_with(letter) {
                out.push_str(&format!("a={direction}\r\n"));
            }
        }
    }
    out
}

/// `audio PCMU sendrecv in 3`, and `to 5000` where it did not hold to the end; messages count from 1, times
/// are milliseconds.
fn agreed(call: &CallRecord) -> String {
    let rows = call.media.iter().map(|a| {
        let codec = a.codec().map_or("-", |c| &c.name);
        let until = a.until.map(|t| format!(" to {}", t.as_nanos() / 1_000_000));
        let (kind, direction, message) = (a.kind(), a.direction(), a.agreed_in.get());
        let until = until.unwrap_or_default();
        format!("{kind} {codec} {direction} in {message}{until}")
    });
    rows.collect::<Vec<_>>().join("; ")
}

#[test]
fn each_row_agrees_what_its_answers_say_from_their_messages_on() {
    for row in [
        "INVITE:0,8 180 200:0 ACK => audio PCMU sendrecv in 3",
        // The answer's order decides among what both name.
        "INVITE:0,8 200:8,0 ACK => audio PCMA sendrecv in 2",
        // A preview is what the caller goes by (RFC 3261 §13.2.1); the same words again change nothing.
        "INVITE:0,8 183:0 200:0 ACK => audio PCMU sendrecv in 2",
        "INVITE:0,8 183:8 200:0 ACK => audio PCMA sendrecv in 2 to 3000; audio PCMU sendrecv in 3",
        // The offer is left to the answer, and the ACK answers.
        "INVITE 200:0,8 ACK:8 => audio PCMA sendrecv in 3",
        "INVITE 183:0,8 200:0,8 ACK:8 => audio PCMA sendrecv in 4",
        "INVITE 183!:0,8 PRACK:0 200 => audio PCMU sendrecv in 3",
        // Nothing is agreed without an answer, or by one whose offer is not in the capture.
        "INVITE:0,8 180 200 ACK => ",
        "INVITE:0 180 => ",
        // A challenge comes to nothing; the second INVITE offers anew.
        "INVITE:0 407 ACK INVITE*:8 200:8 ACK => audio PCMA sendrecv in 5",
        // Another codec, by either side.
        "INVITE:0,9 200:0 ACK INVITE:9 200:9 ACK => \
         audio PCMU sendrecv in 2 to 5000; audio G722 sendrecv in 5",
        "INVITE:0,9 200:0 ACK <UPDATE:9 200:9 => \
         audio PCMU sendrecv in 2 to 5000; audio G722 sendrecv in 5",
        // A refused offer leaves all as it was, and so does one that is refreshed.
        "INVITE:0 200:0 ACK INVITE:9 488 ACK => audio PCMU sendrecv in 2",
        "INVITE:0 200:0 ACK INVITE:0s 491 ACK => audio PCMU sendrecv in 2",
        "INVITE:0 200:0 ACK INVITE:0 200:0 ACK <INVITE:0 200:0 ACK => audio PCMU sendrecv in 2",
        "INVITE:0 200:0 ACK INVITE 200 ACK UPDATE 200 => audio PCMU sendrecv in 2",
        // A provisional response to a re-INVITE is no answer yet.
        "INVITE:0 200:0 ACK INVITE:9 183:9 488 ACK => audio PCMU sendrecv in 2",
        "INVITE:0 200:0 ACK INVITE:9 183!:9 PRACK 200 488 ACK => audio PCMU sendrecv in 2",
        // T.38 takes the place of the sound.
        "INVITE:0 200:0 ACK <INVITE:t 200:t ACK => \
         audio PCMU sendrecv in 2 to 5000; image t38 sendrecv in 5",
        // Hold, as the answer has it; and c=0.0.0.0 as what it is.
        "INVITE:0 200:0 ACK INVITE:0s 200:0r ACK => \
         audio PCMU sendrecv in 2 to 5000; audio PCMU sendonly in 5",
        "INVITE:0 200:0 ACK <INVITE:0z 200:0 ACK => \
         audio PCMU sendrecv in 2 to 5000; audio PCMU recvonly in 5",
        // A moved port is another agreement.
        "INVITE:0 200:0 ACK INVITE:0@4010 200:0 ACK => \
         audio PCMU sendrecv in 2 to 5000; audio PCMU sendrecv in 5",
        // Video that is refused, added and removed.
        "INVITE:0;v34 200:0;v- ACK => audio PCMU sendrecv in 2",
        "INVITE:0 200:0 ACK INVITE:0;v34 200:0;v34 ACK INVITE:0;v- 200:0;v- ACK => \
         audio PCMU sendrecv in 2; video H263 sendrecv in 5 to 8000",
        // Of a fork it is the phone that answers.
        "INVITE:0,8 183/c:8 183/d:0 200/d:0 ACK => audio PCMU sendrecv in 3",
    ] {
        let (sent, told) = row.split_once(" => ").unwrap();
        assert_eq!(agreed(&call_of(sent)), told, "{row}");
    }
}

#[test]
fn what_another_phone_of_a_fork_agreed_ends_with_the_answer() {
    let call = call_of("INVITE:0,8 183/c:8 200/d:0 ACK");
    let others = &call.media_elsewhere;
    assert_eq!(others.len(), 1);
    // The 200 is the third message.
    assert_eq!(
        others[0].until,
        Some(CaptureTime::from_nanos(3_000_000_000))
    );
}

#[test]
fn an_answer_changes_the_session_and_an_offer_does_not() {
    let told = |row: &str| {
        let call = call_of(row);
        let events = call.events.iter();
        let events = events.map(|e| format!("{} {} in {}", e.kind, e.text, e.message.get()));
        events.collect::<Vec<_>>().join("; ")
    };
    const UP: &str = "INVITE:0,9 200:0,9 ACK";
    for (row, said) in [
        (
            "INVITE:0,9s 200:0,9r ACK",
            "hold the caller puts audio on hold (sendonly) in 4",
        ),
        (
            "INVITE:0,9s 488 ACK",
            "change_refused the callee refuses a hold (488): the session stays as it was in 5",
        ),
        (
            "INVITE:0,9s 200:0,9r ACK INVITE:0,9 200:0,9 ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             resume the caller resumes audio (sendrecv) in 7",
        ),
        // The one who was held does not speak again.
        (
            "INVITE:0,9s 200:0,9r ACK INVITE:0,9 200:0,9r ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             not_resumed the caller wants to resume audio (sendrecv), but the callee answers recvonly in 8",
        ),
        (
            "INVITE:0,9s 200:0,9r ACK INVITE:0,9 200:0,9i ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             not_resumed the caller wants to resume audio (sendrecv), but the callee answers inactive in 8",
        ),
        // Both hold: that one of them still does is its own will.
        (
            "INVITE:0,9s 200:0,9r ACK <INVITE:0,9i 200:0,9i ACK INVITE:0,9r 200:0,9i ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             hold the callee puts audio on hold (inactive) in 7; \
             resume the caller ends its own hold of audio (recvonly), but the callee still holds (inactive) in 10",
        ),
        (
            "INVITE:0,9s 200:0,9r ACK <INVITE:0,9i 200:0,9i ACK <INVITE:0,9 200:0,9s ACK INVITE:0,9 200:0,9 ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             hold the callee puts audio on hold (inactive) in 7; \
             resume the callee ends its own hold of audio (sendrecv), but the caller still holds (sendonly) in 10; \
             resume the caller resumes audio (sendrecv) in 13",
        ),
        // `inactive` answers a hold: it is none of its own.
        (
            "INVITE:0,9s 200:0,9i ACK INVITE:0,9 200:0,9 ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             resume the caller resumes audio (sendrecv) in 7",
        ),
        (
            "INVITE:0,9s 200:0,9i ACK INVITE:0,9 200:0,9i ACK",
            "hold the caller puts audio on hold (sendonly) in 4; \
             not_resumed the caller wants to resume audio (sendrecv), but the callee answers inactive in 8",
        ),
        (
            "<INVITE:0,9z 200:0,9 ACK",
            "hold the callee puts audio on hold (c=0.0.0.0) in 4",
        ),
        (
            "INVITE:0,9 200:0,9i ACK",
            "hold the callee puts audio on hold (inactive) in 5",
        ),
        (
            "INVITE:9 200:9 ACK",
            "codec_changed audio changes from PCMU to G722 in 5",
        ),
        (
            "<INVITE:t 200:t ACK",
            "media_added the callee switches from audio (PCMU) to image (t38) in 4",
        ),
        (
            "INVITE:0,9;v34 200:0,9;v34 ACK",
            "media_added the caller adds video in 4",
        ),
        (
            "INVITE:0,9;v34 200:0,9;v- ACK",
            "media_refused the callee refuses video in 5",
        ),
    ] {
        assert_eq!(told(&format!("{UP} {row}")), said, "{row}");
    }
}

#[test]
fn a_message_of_offer_and_answer_is_told_beside_what_it_changes() {
    let told = |row: &str| {
        let call = call_of(row);
        let events = call.events.iter();
        let events = events.map(|e| format!("{} {} in {}", e.kind, e.text, e.message.get()));
        events.collect::<Vec<_>>().join("; ")
    };
    for (row, said) in [
        (
            "INVITE:0 183:0 200:0 ACK",
            "early_media the callee says where it wants media before it answers (183) in 2",
        ),
        // Without an answer in it there is no early media to be told.
        ("INVITE:0 180 200:0 ACK", ""),
        ("INVITE 183:0 200:0 ACK:0", ""),
        (
            "INVITE:0 180! PRACK 200 200:0 ACK",
            "prack the caller confirms a provisional response (PRACK) in 3",
        ),
        (
            "INVITE:0 200:0 ACK INVITE:0@4010 200:0 ACK",
            "address_changed the caller wants audio at 192.0.2.9:4010 from now on in 4",
        ),
        (
            "INVITE:0 200:0 ACK <INVITE:0 200:0@4010 ACK",
            "address_changed the caller wants audio at 192.0.2.9:4010 from now on in 5",
        ),
        // No address is no place to move to.
        (
            "INVITE:0 200:0 ACK INVITE:0z 200:0 ACK INVITE:0 200:0 ACK",
            "hold the caller puts audio on hold (c=0.0.0.0) in 4; \
             resume the caller resumes audio (sendrecv) in 7",
        ),
        (
            "INVITE:0 200:0 ACK <INVITE:0 200:0 ACK",
            "session_refreshed a re-INVITE changes nothing of the media in 4",
        ),
        (
            "INVITE:0 200:0 ACK UPDATE:0 200:0",
            "update the caller makes an offer in an UPDATE in 4; \
             session_refreshed an UPDATE changes nothing of the media in 4",
        ),
        (
            "INVITE:0 200:0 ACK <UPDATE 200",
            "update an UPDATE of the callee holds no offer in 4",
        ),
    ] {
        assert_eq!(told(row), said, "{row}");
    }
}

/// `1 caller answered 2 PCMU`: offer, who, what came of it, the message that says so, the answer's codecs.
fn exchanged(call: &CallRecord) -> String {
    let rows = call.exchanges.iter().map(|e| {
        let end = e
            .end
            .map_or(String::new(), |(id, _)| format!(" {}", id.get()));
        let status = e.status.map_or(String::new(), |s| format!(" {s}"));
        let lines = e.answered.iter().flat_map(|lines| lines.iter());
        let codecs = lines.map(|d| match d.line.first_codec() {
            Some(codec) if d.is_active => format!(" {}", codec.name),
            _ => " -".to_owned(),
        });
        let codecs: String = codecs.collect();
        let (offer, by, result) = (e.offer.get(), e.by, e.result);
        format!("{offer} {by} {result}{end}{status}{codecs}")
    });
    rows.collect::<Vec<_>>().join("; ")
}

#[test]
fn each_row_pairs_its_offers_with_what_came_of_them() {
    for row in [
        // RFC 6337 table 1: INVITE and 2xx, 2xx and ACK, INVITE and reliable 1xx, reliable 1xx and PRACK, PRACK and its
        // 200, UPDATE and its 200.
        "INVITE:0,8 180 200:0 ACK => 1 caller answered 3 PCMU",
        "INVITE 200:0,8 ACK:8 => 2 callee answered 3 PCMA",
        "INVITE:0,8 183!:8 PRACK 200 200 ACK => 1 caller answered 2 PCMA",
        "INVITE 183!:0,8 PRACK:0 200 200 ACK => 2 callee answered 3 PCMU",
        "INVITE:0,8 183!:8 PRACK:0 200:0 200 ACK => 1 caller answered 2 PCMA; 3 caller answered 4 PCMU",
        "INVITE:0,8 183!:8 PRACK 200 UPDATE:0 200:0 200 ACK => 1 caller answered 2 PCMA; 5 caller answered 6 PCMU",
        // The 2xx says the same again, or something else.
        "INVITE:0,8 183:0 200:0 ACK => 1 caller answered 2 PCMU",
        "INVITE:0,8 183:8 200:0 ACK => 1 caller answered 2 PCMA; 1 caller answered 3 PCMU",
        // Two phones answer one offer.
        "INVITE:0,8 183/c:8 183/d:0 200/d:0 ACK => 1 caller answered 2 PCMA; 1 caller answered 3 PCMU",
        "INVITE:0,8 180 486 ACK => 1 caller refused 3 486",
        "INVITE:0 407 ACK INVITE*:8 200:8 ACK => 1 caller challenged 2 407; 4 caller answered 5 PCMA",
        "INVITE:0 200:0 ACK INVITE:9 488 ACK => 1 caller answered 2 PCMU; 4 caller refused 5 488",
        "INVITE:0 200:0 ACK <INVITE:0;v34 200:0;v- ACK => 1 caller answered 2 PCMU; 4 callee answered 5 PCMU -",
        // Both offer at once.
        "INVITE:0 200:0 ACK INVITE:0s <INVITE:0s 491 => \
         1 caller answered 2 PCMU; 4 caller open; 5 callee refused 6 491",
        "INVITE:0 180 200 ACK => 1 caller open",
        "INVITE 180 200:0 ACK => 3 callee open",
    ] {
        let (sent, told) = row.split_once(" => ").unwrap();
        assert_eq!(exchanged(&call_of(sent)), told, "{row}");
    }
}

#[test]
fn an_offer_without_an_answer_is_noted_where_nothing_can_have_answered_it() {
    let missing = |row: &str| {
        let call = call_of(row);
        call.answer_missing
            .map(|m| (m.offer.get(), m.message.get(), m.by))
    };
    // The 200 offers, the ACK does not answer.
    assert_eq!(
        missing("INVITE 180 200:0,8 ACK"),
        Some((3, 4, Party::Caller))
    );
    assert_eq!(missing("INVITE 180 200:0,8 ACK:0"), None);
    // The INVITE offers, the 200 does not answer; a 183 before it did, or may have.
    assert_eq!(missing("INVITE:0 180 200 ACK"), Some((1, 3, Party::Callee)));
    assert_eq!(missing("INVITE:0 183:0 200 ACK"), None);
    assert_eq!(missing("INVITE:0 180! PRACK 200 200 ACK"), None);
    // The offer came in a reliable 183 and the PRACK answered it: the 200 only repeats it.
    assert_eq!(missing("INVITE 183!:0,8 PRACK:0 200 200:0,8 ACK"), None);
    // A re-INVITE that leaves the offer to the other side.
    let up = "INVITE:0 200:0 ACK";
    assert_eq!(
        missing(&format!("{up} INVITE 200:0 ACK")),
        Some((5, 6, Party::Caller))
    );
    assert_eq!(missing(&format!("{up} INVITE 200:0 ACK:0")), None);
}
