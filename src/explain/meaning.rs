//! Plain words for methods and status codes, as a student would be told them.

use super::text::{Piece, Text, text};
use crate::call::EventKind;

/// A request and where the call stands when it is sent.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// The host that sends it.
    pub(super) from: usize,
    /// Who gets it.
    pub(super) to: Text,
    /// This method was challenged before under this Call-ID.
    pub(super) credentials: bool,
    /// For a CANCEL: the one of an earlier hop was seen.
    pub(super) next_hop: bool,
    /// The To header has a tag.
    pub(super) in_dialog: bool,
    pub(super) has_sdp: bool,
    /// The capture lacks what may have been its SDP.
    pub(super) hides_sdp: bool,
    /// The status line in a NOTIFY's body (RFC 3420): a REFER's progress (RFC 3515 §2.4.5).
    pub(super) sipfrag: Option<&'a str>,
    /// Whom a REFER asks to call.
    pub(super) refer_to: Option<&'a str>,
    /// What it changes in the session, once the answer says so.
    pub(super) change: Option<EventKind>,
    /// What its offer asks for, against what its sender described last.
    pub(super) asks: Option<String>,
    /// For a CANCEL: another phone has answered.
    pub(super) elsewhere: bool,
    /// For a CANCEL: another call has taken the place of this one.
    pub(super) taken: bool,
    /// For an ACK: it belongs to an INVITE inside the dialog.
    pub(super) reinvite: bool,
    /// For an ACK: the final status it answers.
    pub(super) acknowledges: Option<u16>,
}

/// What a request that was not seen on an earlier hop does.
pub(super) fn request_words(r: &Request<'_>) -> Text {
    let from = Piece::Host(r.from);
    let does = match r.method {
        "INVITE" | "UPDATE" if r.in_dialog => match r.change {
            Some(EventKind::Hold) => "asks to hold the call",
            Some(EventKind::Resume) => "asks to take the call off hold",
            _ if let Some(asks) = &r.asks => return text![from, " ", asks.clone()],
            _ if r.has_sdp => "asks to change the session",
            _ if r.hides_sdp => "changes or refreshes the session: the capture cut the message",
            _ => "refreshes the session",
        },
        "INVITE" if r.credentials => "calls again, with credentials",
        "INVITE" if r.has_sdp => "calls",
        "INVITE" if r.hides_sdp => "calls; the capture cut off what is offered",
        "INVITE" => "calls, leaving the offer to the other side",
        "ACK" => match r.acknowledges {
            Some(200..=299) if r.reinvite => "confirms the change",
            Some(200..=299) => "confirms: the call is up",
            Some(300..=399) => "confirms the redirection",
            Some(_) => "confirms the refusal",
            None => "sends the ACK of an answer that is not in the capture",
        },
        "BYE" => "hangs up",
        "CANCEL" if r.elsewhere => {
            let why = ": another phone has answered";
            return text![from, " cancels the INVITE to ", r.to.clone(), why];
        }
        "CANCEL" if r.next_hop => return text![from, " cancels the INVITE to ", r.to.clone()],
        "CANCEL" if r.taken => "cancels the INVITE: another call has taken its place",
        "CANCEL" => "gives up waiting",
        "PRACK" => "confirms the provisional response",
        "UPDATE" => "changes the session before the answer",
        "INFO" => "sends information inside the call",
        "REFER" => {
            let to = r.to.clone();
            let whom = r.refer_to.map_or("call someone else".to_owned(), asked_for);
            return text![from, " asks ", to, " to ", whom];
        }
        "NOTIFY" if r.sipfrag.is_some() => {
            let status = r.sipfrag.unwrap_or_default().to_owned();
            return text![from, " reports on the REFER: ", status];
        }
        "NOTIFY" => "reports a state",
        "SUBSCRIBE" => "asks to be told of changes",
        "PUBLISH" => "publishes its state",
        "MESSAGE" => "sends a text message",
        "OPTIONS" => return text![from, " asks what ", r.to.clone(), " can do"],
        "REGISTER" if r.credentials => "registers again, with credentials",
        "REGISTER" => "tells where it can be reached",
        _ => "sends a request of its own kind",
    };
    text![from, " ", does]
}

/// `call sip:carol@example.com in place of the call 9@192.0.2.1`, of a Refer-To whose escapes are undone.
fn asked_for(refer_to: &str) -> String {
    let (target, headers) = refer_to.split_once('?').unwrap_or((refer_to, ""));
    let mut headers = headers.split('&').filter_map(|h| h.split_once('='));
    let replaces = headers.find(|(name, _)| name.eq_ignore_ascii_case("Replaces"));
    let replaced = replaces.and_then(|(_, value)| value.split(';').next());
    let instead = replaced.map_or(String::new(), |id| format!(" in place of the call {id}"));
    let mut params = target.split(';').skip(1).filter_map(|p| p.split_once('='));
    let method = params.find(|(name, _)| name.eq_ignore_ascii_case("method"));
    match method.map(|(_, method)| method) {
        Some(method) if !method.eq_ignore_ascii_case("INVITE") => {
            format!("send {method} to {target}")
        }
        _ => format!("call {target}{instead}"),
    }
}

/// What a response that was not seen on an earlier hop says.
pub(super) fn response_words(
    status: u16,
    method: &str,
    from: usize,
    to: usize,
    in_dialog: bool,
) -> Text {
    let (from, to) = (Piece::Host(from), Piece::Host(to));
    let says = match (status, method) {
        (100, _) => "has taken the request over",
        (180, _) => "rings",
        (181, _) => "forwards the call",
        (182, _) => "queues the call",
        (183, _) => "reports progress; sound may come before the answer",
        (199, _) => "gives up one branch of the call",
        (200..=299, "INVITE") if in_dialog => "agrees",
        (200..=299, "INVITE") => "answers",
        (200..=299, "BYE") => "agrees: the call is over",
        (200..=299, "CANCEL") => "accepts the CANCEL",
        (200..=299, "REGISTER") => "accepts the registration",
        (200..=299, "OPTIONS") => "says what it can do",
        (202, _) => "accepts the request, the result comes later",
        (200..=299, "NOTIFY") => "has got the report",
        (200..=299, "INFO" | "MESSAGE") => "has got it",
        (200..=299, "PRACK") => "has got the confirmation",
        (200..=299, "SUBSCRIBE") => "accepts the subscription",
        (200..=299, "PUBLISH") => "has taken the state",
        (200..=299, _) => "agrees",
        (300, _) => "names several addresses to try",
        (301, _) => "says to call another address from now on",
        (302, _) => "says to call another address for now",
        (305, _) => "must be reached through a proxy",
        (380, _) => "offers another service instead",
        (400, _) => "cannot understand the request",
        (401 | 407, _) => return text![from, " asks ", to, " for a password"],
        (403, _) => "refuses",
        (404, _) => "knows no such user",
        (405, _) => "does not allow this method",
        (406 | 488 | 606, _) => "cannot agree on the media",
        (408, _) => "got no answer in time",
        (410, _) => "says the user is gone for good",
        (413 | 513, _) => "finds the message too large",
        (414, _) => "finds the address too long",
        (415, _) => "cannot use this kind of body",
        (416, _) => "does not know this kind of address",
        (420, _) => "does not support a required extension",
        (421, _) => "requires an extension",
        (422, _) => "wants a longer session timer",
        (423, _) => "wants a longer lifetime",
        (430, _) => "lost the path to the phone",
        (480, _) => "says the user is not available now",
        (481, _) => "knows no such call",
        (482, _) => "sees a loop",
        (483, _) => "counts too many hops",
        (484, _) => "needs more digits",
        (485, _) => "finds the address ambiguous",
        (486, _) => "is busy",
        (487, _) => "ends the INVITE, as it was cancelled",
        (489, _) => "does not know this event",
        (491, _) => "is changing the session too: try again",
        (493, _) => "cannot decrypt the body",
        (500, _) => "has an internal error",
        (501, _) => "does not know this method",
        (502, _) => "got a bad answer from further on",
        (503, _) => "is overloaded or out of service",
        (504, _) => "got no answer from another server",
        (505, _) => "does not speak this SIP version",
        (580, _) => "cannot meet the preconditions",
        (600, _) => "is busy everywhere",
        (603, _) => "declines",
        (604, _) => "says the user exists nowhere",
        (607, _) => "does not want this call",
        (608, _) => "had the call refused on the way",
        (300..=399, _) => "points somewhere else",
        (400..=499, _) => "cannot do it as asked",
        (500..=599, _) => "fails, through no fault of the request",
        (600..=699, _) => "refuses for every place",
        _ => "sends a response",
    };
    text![from, " ", says]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_without_words_of_its_own_is_told_by_its_class() {
        assert_eq!(
            response_words(477, "INVITE", 1, 0, false).with_names(&["alice", "proxy"]),
            "proxy cannot do it as asked"
        );
    }

    #[test]
    fn a_refer_says_whom_to_call_and_in_whose_place() {
        for (refer_to, said) in [
            ("sip:c@d", "call sip:c@d"),
            (
                "sip:c@d?Replaces=1@a;to-tag=2;from-tag=3&Require=replaces",
                "call sip:c@d in place of the call 1@a",
            ),
            ("sip:c@d;method=BYE", "send BYE to sip:c@d;method=BYE"),
        ] {
            assert_eq!(asked_for(refer_to), said);
        }
    }

    #[test]
    fn an_ack_says_what_it_confirms() {
        let ack = |acknowledges| {
            request_words(&Request {
                method: "ACK",
                from: 0,
                to: Piece::Host(1).into(),
                credentials: false,
                next_hop: false,
                in_dialog: true,
                has_sdp: false,
                hides_sdp: false,
                sipfrag: None,
                refer_to: None,
                elsewhere: false,
                taken: false,
                change: None,
                asks: None,
                reinvite: false,
                acknowledges,
            })
            .with_names(&["alice", "bob"])
        };
        assert_eq!(ack(Some(200)), "alice confirms: the call is up");
        assert_eq!(ack(Some(486)), "alice confirms the refusal");
    }
}
