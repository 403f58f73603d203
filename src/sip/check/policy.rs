//! Well-formed, but a server answers with an error: unknown schemes, extensions, body types.

use super::Seen;
use super::clean::is_clean_request_uri;
use super::value::shown;
use crate::sip::flaw::Flaw;
use crate::sip::header_name::HeaderName;
use crate::sip::lex::{split_list, split_word};
use crate::sip::media_type::MediaType;
use crate::sip::message::Message;
use crate::sip::uri::Uri;
use crate::types::{FlawCode, Method};

/// URI schemes a SIP element may be asked for.
const SCHEMES: &[&str] = &[
    "sip", "sips", "tel", "urn", "im", "pres", "mailto", "http", "https", "cid", "fax", "modem",
    "h323", "xmpp",
];

/// Option tags of the IANA registry.
const OPTION_TAGS: &[&str] = &[
    "100rel",
    "199",
    "answermode",
    "early-session",
    "eventlist",
    "explicitsub",
    "from-change",
    "geolocation-http",
    "geolocation-sip",
    "gin",
    "gruu",
    "histinfo",
    "ice",
    "join",
    "multiple-refer",
    "norefersub",
    "nosub",
    "outbound",
    "path",
    "policy",
    "precondition",
    "pref",
    "privacy",
    "recipient-list-invite",
    "recipient-list-message",
    "recipient-list-subscribe",
    "record-aware",
    "replaces",
    "resource-priority",
    "sdp-anat",
    "sec-agree",
    "siprec",
    "tdialog",
    "timer",
    "trickle-ice",
    "uui",
    "com.nortelnetworks.firewall",
    "com.nortelnetworks.im.encryption",
];

/// Authentication schemes met with SIP.
const AUTH_SCHEMES: &[&str] = &[
    "Digest",
    "Basic",
    "Bearer",
    "NTLM",
    "Kerberos",
    "TLS-DSK",
    "Negotiate",
];

pub(super) fn check(message: &Message<'_>, seen: &Seen, flaws: &mut Vec<Flaw>) {
    if let Some(uri) = message.request_uri() {
        request_uri(uri, flaws);
    }
    for name in [HeaderName::Require, HeaderName::ProxyRequire] {
        if seen.has(name) && message.is_request() {
            required(message, name, flaws);
        }
    }
    for name in [
        HeaderName::Authorization,
        HeaderName::ProxyAuthorization,
        HeaderName::WwwAuthenticate,
        HeaderName::ProxyAuthenticate,
    ] {
        if seen.has(name) {
            auth_scheme(message, name, flaws);
        }
    }
    if !message.body.is_empty() && message.is_request() {
        body(message, seen, flaws);
    }
}

fn is_one_of(word: &[u8], known: &[&str]) -> bool {
    known
        .iter()
        .any(|k| word.eq_ignore_ascii_case(k.as_bytes()))
}

fn request_uri(raw: &[u8], flaws: &mut Vec<Flaw>) {
    if is_clean_request_uri(raw) {
        return;
    }
    let uri = Uri::parse(raw);
    if !uri.is_sip() {
        if !uri.scheme.is_empty() && !is_one_of(uri.scheme, SCHEMES) {
            flaws.push(Flaw::of_message(
                FlawCode::UriSchemeUnknown,
                format!(
                    "The Request-URI's scheme {} is unknown; a server answers 416.",
                    shown(uri.scheme)
                ),
                "RFC 3261 §8.2.2.1",
            ));
        }
        return;
    }
    super::uri::check(None, &uri, flaws);
    if uri.headers.is_some() {
        flaws.push(Flaw::of_message(
            FlawCode::RequestUriHeaders,
            "The Request-URI holds headers (after ?), which it must not.",
            "RFC 3261 §19.1.1",
        ));
    }
    if uri.host_malformed {
        flaws.push(Flaw::of_message(
            FlawCode::UriMalformed,
            format!(
                "The Request-URI {} has no readable host and port.",
                shown(raw)
            ),
            "RFC 3261 §19.1.1",
        ));
    }
}

fn required(message: &Message<'_>, name: HeaderName, flaws: &mut Vec<Flaw>) {
    let unknown: Vec<String> = message
        .list(name)
        .filter(|tag| !is_one_of(tag, OPTION_TAGS))
        .map(|tag| String::from_utf8_lossy(tag).into_owned())
        .collect();
    if !unknown.is_empty() {
        flaws.push(Flaw::of_header(
            FlawCode::OptionTagUnknown,
            name,
            format!(
                "{} names unregistered extensions ({}); who does not know them answers 420.",
                name.as_str(),
                crate::types::Escaped::of(&unknown.join(", "))
            ),
            "RFC 3261 §8.2.2.3",
        ));
    }
}

fn auth_scheme(message: &Message<'_>, name: HeaderName, flaws: &mut Vec<Flaw>) {
    let unknown = message
        .headers_named(name)
        .map(|v| split_word(v).0)
        .find(|scheme| !is_one_of(scheme, AUTH_SCHEMES));
    if let Some(scheme) = unknown {
        flaws.push(Flaw::of_header(
            FlawCode::AuthSchemeUnknown,
            name,
            format!("The authentication scheme {} is unknown.", shown(scheme)),
            "RFC 3261 §22",
        ));
    }
}

fn body(message: &Message<'_>, seen: &Seen, flaws: &mut Vec<Flaw>) {
    let Some(content_type) = message.content_type() else {
        return;
    };
    if !content_type.is_sdp() && !is_known_type(&content_type) {
        flaws.push(Flaw::of_header(
            FlawCode::ContentTypeUnknown,
            HeaderName::ContentType,
            format!("The body type {content_type} is unknown; a server answers 415."),
            "RFC 3261 §8.2.3",
        ));
    }
    if message.method() == Some(&Method::Invite)
        && seen.has(HeaderName::Accept)
        && !accepts_sdp(message)
    {
        flaws.push(Flaw::of_header(
            FlawCode::AcceptWithoutSdp,
            HeaderName::Accept,
            "The INVITE accepts no session description in the answer; a server answers 406.",
            "RFC 3261 §20.1",
        ));
    }
}

fn accepts_sdp(message: &Message<'_>) -> bool {
    message
        .headers_named(HeaderName::Accept)
        .flat_map(split_list)
        .map(MediaType::parse)
        .any(|t| t.is_sdp() || t.is("application", "*") || t.is("*", "*"))
}

/// Types in use with SIP, and whole trees that are anybody's to fill.
fn is_known_type(t: &MediaType<'_>) -> bool {
    const APPLICATION: &[&str] = &[
        "sdp",
        "isup",
        "qsig",
        "dtmf",
        "dtmf-relay",
        "pkcs7-mime",
        "pkcs7-signature",
        "simple-message-summary",
        "media_control+xml",
        "trickle-ice-sdpfrag",
        "octet-stream",
        "json",
        "xml",
        "hook-flash",
        "im-iscomposing+xml",
        "broadsoft",
        "csta+xml",
        "vq-rtcpxr",
        "sipfrag",
        "x-www-form-urlencoded",
        "ecmascript",
        "javascript",
    ];
    let subtype = String::from_utf8_lossy(t.subtype).to_ascii_lowercase();
    match String::from_utf8_lossy(t.kind)
        .to_ascii_lowercase()
        .as_str()
    {
        "text" | "message" | "multipart" | "image" | "audio" | "video" | "signal" => true,
        "application" => {
            APPLICATION.contains(&subtype.as_str())
                || subtype.starts_with("vnd.")
                || subtype.starts_with("x-")
                || subtype.ends_with("+xml")
                || subtype.ends_with("+json")
        }
        _ => false,
    }
}
