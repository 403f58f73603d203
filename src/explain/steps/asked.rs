//! What an offer within the dialog asks for, against what its sender described last.

use crate::explain::words::listed;
use crate::report::model::{Message, MessageKind, Sdp, SdpMedia};

/// Who described something: Call-ID and the tag of its side.
pub(super) type Side<'a> = (Option<&'a str>, Option<&'a str>);

/// The side that made a message: in a request that of From, in a response that of To.
pub(super) fn side_of(m: &Message) -> Side<'_> {
    let party = match m.kind {
        MessageKind::Request => &m.from,
        MessageKind::Response => &m.to,
    };
    let tag = party.as_ref().and_then(|p| p.tag.as_deref());
    (m.call_id.as_deref(), tag)
}

/// `asks to add video and to have audio sent to 192.0.2.9:4010`; `None` where both differ otherwise.
pub(super) fn asked(before: &Sdp, now: &Sdp) -> Option<String> {
    if says_the_same(before, now) {
        return Some("refreshes the session".to_owned());
    }
    let mut asks: Vec<String> = Vec::new();
    for (i, line) in now.media.iter().enumerate() {
        asks.extend(of_line(before.media.get(i), line));
    }
    let asks: Vec<String> = asks.into_iter().map(|ask| format!("to {ask}")).collect();
    (!asks.is_empty()).then(|| format!("asks {}", listed(&asks)))
}

/// The same media: where keys or ICE's credentials may be new ones, which are not kept, the version has to say so.
pub(in crate::explain) fn says_the_same(before: &Sdp, now: &Sdp) -> bool {
    let may_differ = |m: &SdpMedia| m.ice || m.encrypted;
    before.media == now.media
        && (!now.media.iter().any(may_differ)
            || before.origin.is_some() && before.origin == now.origin)
}

fn of_line(before: Option<&SdpMedia>, now: &SdpMedia) -> Vec<String> {
    let kind = &now.kind;
    let before = before.filter(|b| is_active(b));
    match (before, is_active(now)) {
        (None, true) => return vec![format!("add {kind}")],
        (Some(before), false) => return vec![format!("remove {}", before.kind)],
        (None, false) => return Vec::new(),
        (Some(before), true) if before.kind != *kind => {
            return vec![format!("switch from {} to {kind}", before.kind)];
        }
        (Some(_), true) => {}
    }
    let Some(before) = before else {
        return Vec::new();
    };
    let mut asks = Vec::new();
    match (wants(before), wants(now)) {
        (true, false) => asks.push(format!("hold {kind}")),
        (false, true) => asks.push(format!("take {kind} off hold")),
        _ => {}
    }
    // With ICE the address of the m= line need not be where it goes.
    let without_ice = before.candidates.is_empty() && now.candidates.is_empty();
    if without_ice && has_address(before) && has_address(now) && place(before) != place(now) {
        asks.push(format!("have {kind} sent to {}", place(now)));
    }
    asks
}

fn is_active(m: &SdpMedia) -> bool {
    m.port != 0 || m.bundle_only
}

/// It wants to receive, and at an address.
fn wants(m: &SdpMedia) -> bool {
    m.direction.receives() && (has_address(m) || !m.candidates.is_empty())
}

fn has_address(m: &SdpMedia) -> bool {
    let nowhere = |a: &str| matches!(a, "0.0.0.0" | "::");
    m.connection.as_deref().is_some_and(|a| !nowhere(a))
}

fn place(m: &SdpMedia) -> String {
    let address = m.connection.as_deref().unwrap_or_default();
    match address.contains(':') {
        true => format!("[{address}]:{}", m.port),
        false => format!("{address}:{}", m.port),
    }
}

#[cfg(test)]
mod tests {
    use super::asked;
    use crate::report::assemble_sdp;
    use crate::sdp::parse;

    #[test]
    fn each_row_is_told_as_what_it_asks_for() {
        let said = |rows: &str| {
            let text = format!(
                "v=0\r\nc=IN IP4 192.0.2.9\r\n{}",
                rows.replace(" / ", "\r\n")
            );
            assemble_sdp(&parse(text.as_bytes()))
        };
        for (before, now, told) in [
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4000 RTP/AVP 0",
                "refreshes the session",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4000 RTP/AVP 0 / m=video 4002 RTP/AVP 34",
                "asks to add video",
            ),
            (
                "m=audio 4000 RTP/AVP 0 / m=video 4002 RTP/AVP 34",
                "m=audio 4000 RTP/AVP 0 / m=video 0 RTP/AVP 34",
                "asks to remove video",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=image 4000 udptl t38",
                "asks to switch from audio to image",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4010 RTP/AVP 0",
                "asks to have audio sent to 192.0.2.9:4010",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4000 RTP/AVP 0 / c=IN IP6 2001:db8::9",
                "asks to have audio sent to [2001:db8::9]:4000",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4000 RTP/AVP 0 / a=sendonly",
                "asks to hold audio",
            ),
            (
                "m=audio 4000 RTP/AVP 0",
                "m=audio 4000 RTP/AVP 0 / c=IN IP4 0.0.0.0",
                "asks to hold audio",
            ),
            (
                "m=audio 4000 RTP/AVP 0 / a=inactive",
                "m=audio 4000 RTP/AVP 0 / m=video 4002 RTP/AVP 34",
                "asks to take audio off hold and to add video",
            ),
            // New keys cannot be told from the old ones.
            (
                "m=audio 4000 RTP/SAVP 0 / a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QQ",
                "m=audio 4000 RTP/SAVP 0 / a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:Qg",
                "-",
            ),
            // Other codecs are named beside it.
            ("m=audio 4000 RTP/AVP 0 8", "m=audio 4000 RTP/AVP 8", "-"),
        ] {
            let asks = asked(&said(before), &said(now));
            assert_eq!(asks.as_deref().unwrap_or("-"), told, "{before} {now}");
        }
    }
}
