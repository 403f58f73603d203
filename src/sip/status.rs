//! Status codes: standard reason phrase and meaning (IANA registry "Response Codes").

use crate::types::{StatusClass, StatusCode};

/// A status code's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusEntry {
    /// The code.
    pub code: u16,
    /// The standard reason phrase.
    pub phrase: &'static str,
    /// What it says, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
}

const fn row(
    code: u16,
    phrase: &'static str,
    meaning: &'static str,
    source: &'static str,
) -> StatusEntry {
    StatusEntry {
        code,
        phrase,
        meaning,
        source,
    }
}

/// Every code of the registry, in order.
#[rustfmt::skip]
pub(crate) const STATUSES: &[StatusEntry] = &[
    row(100, "Trying", "The next hop has the request and works on it.", "RFC 3261 §21.1.1"),
    row(180, "Ringing", "The called phone rings.", "RFC 3261 §21.1.2"),
    row(181, "Call Is Being Forwarded", "The call goes to another destination.", "RFC 3261 §21.1.3"),
    row(182, "Queued", "The callee is busy and the call waits in a queue.", "RFC 3261 §21.1.4"),
    row(183, "Session Progress", "The call makes progress; often carries early media such as ringback or an announcement.", "RFC 3261 §21.1.5"),
    row(199, "Early Dialog Terminated", "One branch of a forked call is gone, the others go on.", "RFC 6228"),
    row(200, "OK", "What was asked for is done. For INVITE: the call is accepted.", "RFC 3261 §21.2.1"),
    row(202, "Accepted", "The request is accepted, its outcome comes later.", "RFC 6665 §8.3.1"),
    row(204, "No Notification", "The subscription is fine and there is nothing to notify.", "RFC 5839 §7.1"),
    row(300, "Multiple Choices", "Several destinations are possible; pick one.", "RFC 3261 §21.3.1"),
    row(301, "Moved Permanently", "The user is to be found at the Contact from now on.", "RFC 3261 §21.3.2"),
    row(302, "Moved Temporarily", "The user is to be found at the Contact this time.", "RFC 3261 §21.3.3"),
    row(305, "Use Proxy", "The request must go through the proxy named in Contact.", "RFC 3261 §21.3.4"),
    row(380, "Alternative Service", "The call failed, but the body names another service.", "RFC 3261 §21.3.5"),
    row(400, "Bad Request", "The request could not be understood: its syntax is wrong.", "RFC 3261 §21.4.1"),
    row(401, "Unauthorized", "The server wants the user to authenticate; normal for the first try.", "RFC 3261 §21.4.2"),
    row(402, "Payment Required", "Reserved for payment.", "RFC 3261 §21.4.3"),
    row(403, "Forbidden", "The server understood and refuses; trying again with credentials does not help.", "RFC 3261 §21.4.4"),
    row(404, "Not Found", "The server knows that the user does not exist in this domain.", "RFC 3261 §21.4.5"),
    row(405, "Method Not Allowed", "The address does not take this method.", "RFC 3261 §21.4.6"),
    row(406, "Not Acceptable", "The answer would be of a kind the Accept header excludes.", "RFC 3261 §21.4.7"),
    row(407, "Proxy Authentication Required", "A proxy wants the user to authenticate; normal for the first try.", "RFC 3261 §21.4.8"),
    row(408, "Request Timeout", "No answer came in time.", "RFC 3261 §21.4.9"),
    row(410, "Gone", "The user existed here and is gone, with no forwarding address.", "RFC 3261 §21.4.10"),
    row(412, "Conditional Request Failed", "The published state named does not exist any more.", "RFC 3903 §11.2.1"),
    row(413, "Request Entity Too Large", "The body is larger than the server takes.", "RFC 3261 §21.4.11"),
    row(414, "Request-URI Too Long", "The Request-URI is longer than the server takes.", "RFC 3261 §21.4.12"),
    row(415, "Unsupported Media Type", "The body's type is not understood; Accept tells which are.", "RFC 3261 §21.4.13"),
    row(416, "Unsupported URI Scheme", "The scheme of the Request-URI is not understood.", "RFC 3261 §21.4.14"),
    row(417, "Unknown Resource-Priority", "None of the resource priorities is known.", "RFC 4412 §4.6.2"),
    row(420, "Bad Extension", "A required extension is not understood; Unsupported names it.", "RFC 3261 §21.4.15"),
    row(421, "Extension Required", "The server needs an extension the client did not offer.", "RFC 3261 §21.4.16"),
    row(422, "Session Interval Too Small", "The session timer is too short; Min-SE tells the minimum.", "RFC 4028 §6"),
    row(423, "Interval Too Brief", "The expiry asked for is too short, of a registration, a subscription or a publication; Min-Expires tells the minimum.", "RFC 3261 §21.4.17"),
    row(424, "Bad Location Information", "The location sent with the request is malformed or insufficient.", "RFC 6442 §4.3"),
    row(425, "Bad Alert Message", "The alert is not valid.", "RFC 8876"),
    row(428, "Use Identity Header", "The request needs a signed Identity.", "RFC 8224 §6.2.2"),
    row(429, "Provide Referrer Identity", "The REFER needs a Referred-By token.", "RFC 3892 §5"),
    row(430, "Flow Failed", "The connection to the user's phone is broken.", "RFC 5626 §11"),
    row(433, "Anonymity Disallowed", "The callee takes no anonymous calls.", "RFC 5079 §5"),
    row(436, "Bad Identity Info", "The certificate of the Identity could not be fetched.", "RFC 8224 §6.2.2"),
    row(437, "Unsupported Credential", "The certificate of the Identity is not accepted.", "RFC 8224 §6.2.2"),
    row(438, "Invalid Identity Header", "The Identity signature does not hold.", "RFC 8224 §6.2.2"),
    row(439, "First Hop Lacks Outbound Support", "The first proxy does not support outbound.", "RFC 5626 §11"),
    row(440, "Max-Breadth Exceeded", "Too little of Max-Breadth is left for the branches that the request would need at once.", "RFC 5393"),
    row(469, "Bad Info Package", "The INFO package is not one the receiver wants.", "RFC 6086 §4.2.2"),
    row(470, "Consent Needed", "A recipient has not given consent.", "RFC 5360 §5.9.2"),
    row(480, "Temporarily Unavailable", "The user is known but cannot be reached now: not registered, do not disturb, or not answering.", "RFC 3261 §21.4.18"),
    row(481, "Call/Transaction Does Not Exist", "The server knows no dialog or transaction that fits the request.", "RFC 3261 §21.4.19"),
    row(482, "Loop Detected", "The request came back to where it had been, or came twice on different ways (a merged request).", "RFC 3261 §21.4.20, §8.2.2.2"),
    row(483, "Too Many Hops", "Max-Forwards reached zero.", "RFC 3261 §21.4.21"),
    row(484, "Address Incomplete", "More digits are needed.", "RFC 3261 §21.4.22"),
    row(485, "Ambiguous", "The address fits several users.", "RFC 3261 §21.4.23"),
    row(486, "Busy Here", "The callee is busy at this phone.", "RFC 3261 §21.4.24"),
    row(487, "Request Terminated", "The INVITE was cancelled, or its call ended before it was answered.", "RFC 3261 §21.4.25"),
    row(488, "Not Acceptable Here", "The session description is not acceptable here: no common codec, or the media is refused.", "RFC 3261 §21.4.26"),
    row(489, "Bad Event", "The event package is not understood.", "RFC 6665 §8.3.2"),
    row(491, "Request Pending", "Both sides changed the session at the same time; each tries again.", "RFC 3261 §21.4.27"),
    row(493, "Undecipherable", "The encrypted body could not be read.", "RFC 3261 §21.4.28"),
    row(494, "Security Agreement Required", "A security mechanism must be agreed on first.", "RFC 3329 §2.3.1"),
    row(500, "Server Internal Error", "The server failed.", "RFC 3261 §21.5.1"),
    row(501, "Not Implemented", "The server does not know the method.", "RFC 3261 §21.5.2"),
    row(502, "Bad Gateway", "The next server gave an invalid response.", "RFC 3261 §21.5.3"),
    row(503, "Service Unavailable", "The server is overloaded or down; Retry-After may tell until when.", "RFC 3261 §21.5.4"),
    row(504, "Server Time-out", "The next server did not respond in time.", "RFC 3261 §21.5.5"),
    row(505, "Version Not Supported", "The SIP version is not supported.", "RFC 3261 §21.5.6"),
    row(513, "Message Too Large", "The message is too long for the server.", "RFC 3261 §21.5.7"),
    row(555, "Push Notification Service Not Supported", "The push service is not supported.", "RFC 8599 §14.1"),
    row(580, "Precondition Failure", "The quality of service required could not be had.", "RFC 3312 §8"),
    row(600, "Busy Everywhere", "The callee is busy at every phone.", "RFC 3261 §21.6.1"),
    row(603, "Decline", "The callee does not want the call.", "RFC 3261 §21.6.2"),
    row(604, "Does Not Exist Anywhere", "The user exists nowhere.", "RFC 3261 §21.6.3"),
    row(606, "Not Acceptable", "The callee was reached, but the session description is acceptable at none of his phones.", "RFC 3261 §21.6.4"),
    row(607, "Unwanted", "The callee marks the caller as unwanted.", "RFC 8197"),
    row(608, "Rejected", "An intermediary rejected the call as unwanted.", "RFC 8688"),
];

/// The row of a code; `None` for one not registered.
pub(crate) fn meaning(status: StatusCode) -> Option<&'static StatusEntry> {
    let at = STATUSES.binary_search_by_key(&status.get(), |s| s.code);
    at.ok().and_then(|i| STATUSES.get(i))
}

/// The standard reason phrase.
pub(crate) fn phrase(status: StatusCode) -> Option<&'static str> {
    meaning(status).map(|s| s.phrase)
}

/// What a class of codes has in common.
pub(crate) const fn class_meaning(class: StatusClass) -> &'static str {
    match class {
        StatusClass::Provisional => "The request is being worked on.",
        StatusClass::Success => "All responses that say: what was asked for is done.",
        StatusClass::Redirection => "Try somewhere else.",
        StatusClass::ClientError => "The request cannot be fulfilled here as it is.",
        StatusClass::ServerError => "This server failed; another one may succeed.",
        StatusClass::GlobalFailure => "The request fails everywhere.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_valid_and_sorted() {
        assert!(STATUSES.windows(2).all(|w| w[0].code < w[1].code));
        assert!(STATUSES.iter().all(|s| StatusCode::new(s.code).is_some()));
    }

    #[test]
    fn a_code_is_found_by_its_number() {
        assert_eq!(phrase(StatusCode::new(486).unwrap()), Some("Busy Here"));
        assert_eq!(phrase(StatusCode::new(299).unwrap()), None);
    }
}
