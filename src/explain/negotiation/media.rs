//! What one `m=` line of a description says, in a few words.

use crate::explain::words::{counted, listed};
use crate::report::model::SdpMedia;
use crate::types::Direction;

/// Preconditions named of one medium.
const MOST_PRECONDITIONS: usize = 6;

/// `audio at 192.0.2.11:4000 by RTP/AVP with PCMU and PCMA (20 ms in a packet)`.
pub(super) fn medium(m: &SdpMedia) -> String {
    if !is_active(m) {
        return format!("{} left out (port 0)", m.kind);
    }
    let details = details(m);
    let details = match details.is_empty() {
        true => String::new(),
        false => format!(" ({})", details.join(", ")),
    };
    let codecs = codecs(m);
    let with = match codecs.is_empty() {
        true => String::new(),
        false => format!(" with {}", listed(&codecs)),
    };
    format!("{} {} by {}{with}{details}", m.kind, place(m), m.protocol)
}

/// In use: its port is not 0, or it is bundled with another.
pub(super) fn is_active(m: &SdpMedia) -> bool {
    m.port != 0 || m.bundle_only
}

/// `at 192.0.2.11:4000`.
pub(super) fn place(m: &SdpMedia) -> String {
    match m.connection.as_deref() {
        Some(address) if address.contains(':') => format!("at [{address}]:{}", m.port),
        Some(address) => format!("at {address}:{}", m.port),
        None => format!("at port {}", m.port),
    }
}

/// Each codec or format once, the preferred first.
pub(super) fn codecs(m: &SdpMedia) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for format in &m.formats {
        let name = match (&format.codec, format.format.parse::<u8>()) {
            (Some(codec), _) => codec.clone(),
            (None, Ok(number)) => format!("format {number}"),
            (None, Err(_)) if format.format == "*" => continue,
            (None, Err(_)) => format.format.clone(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn details(m: &SdpMedia) -> Vec<String> {
    let mut told = Vec::new();
    if m.direction != Direction::SendRecv {
        told.push(m.direction.as_str().to_owned());
    }
    if let Some(ptime) = m.ptime_ms {
        told.push(format!("{ptime} ms in a packet"));
    }
    if m.rtcp_mux {
        told.push("RTCP on the same port".to_owned());
    }
    match m.candidates.len() as u64 {
        0 if m.ice => told.push("ICE without candidates so far".to_owned()),
        0 => {}
        n => told.push(counted(n, "ICE candidate", "ICE candidates")),
    }
    if !m.crypto.is_empty() {
        let suites = listed(&m.crypto);
        told.push(format!("SRTP keys in the message: {suites}"));
    }
    if let Some(hash) = &m.fingerprint {
        let setup = m.setup.as_deref();
        let setup = setup.map_or(String::new(), |s| format!(", setup:{s}"));
        told.push(format!("DTLS certificate named by its {hash} print{setup}"));
    }
    told.extend(m.bandwidth.iter().map(|b| format!("b={b}")));
    if !m.preconditions.is_empty() {
        let named = m.preconditions.iter().take(MOST_PRECONDITIONS);
        let named: Vec<String> = named.cloned().collect();
        told.push(format!("preconditions {}", named.join(", ")));
    }
    told
}
