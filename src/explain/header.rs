//! What a header of one message means: the same header says another thing in a REGISTER, in a request within a call
//! and in a response.

use crate::sip::{HeaderName, Message};
use crate::types::Method;

/// In plain words; `None` of a header nobody knows.
pub(super) fn meaning(m: &Message<'_>, name: HeaderName, value: &[u8]) -> Option<&'static str> {
    of_message(m, name, value).or_else(|| name.entry().map(|e| e.meaning))
}

/// Where the message decides.
fn of_message(m: &Message<'_>, name: HeaderName, value: &[u8]) -> Option<&'static str> {
    let method = m.transaction_method();
    let is_register = method == Some(Method::Register);
    let status = m.status().map(|s| s.get());
    let inside = m.has_to_tag();
    Some(match (name, m.method(), status) {
        (HeaderName::From, Some(Method::Register), _) => {
            "Who registers; the same as To unless one registers for another."
        }
        (HeaderName::From, Some(Method::Ack | Method::Cancel), _) => {
            "Who sent the INVITE this belongs to."
        }
        (HeaderName::From, Some(_), _) if inside => {
            "Who sends this request: caller or callee, whoever acts; the tag is the sender's half of the dialog id."
        }
        (HeaderName::From, Some(Method::Invite), _) => {
            "Who calls; the tag is the caller's half of the dialog id."
        }
        (HeaderName::From, Some(_), _) => "Who sends this request.",
        (HeaderName::From, None, _) => "Who sent the request; copied from it.",
        (HeaderName::To, Some(Method::Register), _) => {
            "The address of record: whose whereabouts are registered."
        }
        (HeaderName::To, Some(_), _) if inside => {
            "Who gets this request; the tag is the receiver's half of the dialog id."
        }
        (HeaderName::To, Some(Method::Invite), _) => {
            "Who is called; whoever answers adds the tag, the callee's half of the dialog id."
        }
        (HeaderName::To, Some(_), _) => "For whom this request is.",
        (HeaderName::To, None, _) if is_register => {
            "The address of record the answer is about; copied from the request."
        }
        (HeaderName::To, None, _) => "For whom the request was; the tag was added by who answers.",
        (HeaderName::Contact, Some(Method::Register), _) if value == b"*" => {
            "All bindings of the address of record are to be removed."
        }
        (HeaderName::Contact, Some(Method::Register), _) => {
            "Where the address of record is to be reached: the binding asked for."
        }
        (HeaderName::Contact, None, Some(200..=299)) if is_register => {
            "What is bound to the address of record now, and for how long."
        }
        (HeaderName::Contact, None, Some(300..=399 | 485)) => "Where to try instead.",
        (HeaderName::Contact, _, None | Some(101..=299)) if !is_register => {
            "Where its sender is reached directly: later requests of the dialog go there."
        }
        (HeaderName::Expires, Some(Method::Register), _) => {
            "For how many seconds the binding is asked for; 0 removes it."
        }
        (HeaderName::Expires, None, _) if is_register => {
            "For how many seconds the registrar keeps the binding, where its Contact says nothing else."
        }
        (HeaderName::Expires, _, _) if method == Some(Method::Subscribe) => {
            "For how many seconds the subscription lasts; 0 ends it."
        }
        (HeaderName::Expires, Some(Method::Invite), _) => {
            "After how many seconds an INVITE that nobody answered is given up."
        }
        // RFC 3261 §20.35: of whoever handles the request as a server, which may be a phone.
        (HeaderName::Server, ..) => "The software of who answers: a phone, a proxy or a server.",
        (HeaderName::UserAgent, None, _) => "The software of who answers.",
        (HeaderName::UserAgent, Some(_), _) => "The software of who sends the request.",
        (HeaderName::Via, None, _) => {
            "Each hop the request went; the answer goes back along them, topmost first."
        }
        (HeaderName::RecordRoute, None, _) => {
            "The proxies of the request that stay in the path of later requests."
        }
        (HeaderName::Route, Some(_), _) => "The proxies this request must still visit.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Framing, parse_message};

    fn said(start: &str, method: &str, to_tag: &str, name: HeaderName) -> &'static str {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>{to_tag}\r\n\
             Call-ID: c\r\nCSeq: 1 {method}\r\nContact: <sip:a@c>\r\n\r\n"
        );
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        meaning(&m, name, b"<sip:a@c>").unwrap()
    }

    #[test]
    fn the_same_header_means_another_thing_in_another_message() {
        let register = "REGISTER sip:b SIP/2.0";
        let bye = "BYE sip:b SIP/2.0";
        for (start, method, tag, name, words) in [
            (
                register,
                "REGISTER",
                "",
                HeaderName::To,
                "address of record",
            ),
            (
                register,
                "REGISTER",
                "",
                HeaderName::Contact,
                "binding asked for",
            ),
            (
                "SIP/2.0 200 OK",
                "REGISTER",
                ";tag=2",
                HeaderName::Contact,
                "bound",
            ),
            (bye, "BYE", ";tag=2", HeaderName::From, "caller or callee"),
            (
                "INVITE sip:b SIP/2.0",
                "INVITE",
                "",
                HeaderName::From,
                "Who calls",
            ),
            (
                "SIP/2.0 302 Moved",
                "INVITE",
                ";tag=2",
                HeaderName::Contact,
                "instead",
            ),
            (
                "SIP/2.0 200 OK",
                "INVITE",
                ";tag=2",
                HeaderName::Contact,
                "later requests",
            ),
            (
                "SIP/2.0 180 Ringing",
                "INVITE",
                ";tag=2",
                HeaderName::From,
                "copied",
            ),
            (
                "SIP/2.0 180 Ringing",
                "INVITE",
                ";tag=2",
                HeaderName::Server,
                "phone",
            ),
        ] {
            let got = said(start, method, tag, name);
            assert!(got.contains(words), "{start} {name:?}: {got}");
        }
    }
}
