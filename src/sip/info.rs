//! One line about a message, worded as Wireshark words its Info column, so that the two can be put
//! side by side.

use super::message::Message;
use super::method::meaning as method_meaning;
use super::start_line::StartLine;
use crate::types::Method;
use std::fmt::Write;

impl Message<'_> {
    /// `Request: INVITE sip:bob@192.0.2.10 (SDP)`, `Status: 200 OK (REGISTER)  (1 binding)`. The text
    /// is as sent, with bytes that are not UTF-8 replaced; escape it before a terminal sees it.
    pub fn info_line(&self) -> String {
        let mut out = self.start_and_bindings();
        self.push_body(&mut out);
        out
    }

    /// The same beside a column with [`protocol_words`](Self::protocol_words), which says what is in the body.
    pub fn packet_line(&self) -> String {
        let mut out = self.start_and_bindings();
        match (self.protocol_words(), self.content_type()) {
            ("SIP/sipfrag", _) => {
                let line = self.body.split(|b| matches!(b, b'\r' | b'\n')).next();
                let line = String::from_utf8_lossy(line.unwrap_or_default());
                let _ = write!(out, ", with Sipfrag({line})");
            }
            ("SIP", Some(_)) => self.push_body(&mut out),
            _ => {}
        }
        out
    }

    /// Wireshark's Protocol column: `SIP`, with what the body is where it is taken apart.
    pub fn protocol_words(&self) -> &'static str {
        let Some(content_type) = self.content_type().filter(|_| !self.body.is_empty()) else {
            return "SIP";
        };
        match () {
            () if content_type.is_sdp() => "SIP/SDP",
            () if content_type.is_multipart() && self.sdp().is_some() => "SIP/SDP",
            () if content_type.is("message", "sipfrag") => "SIP/sipfrag",
            () if content_type.is_xml() => "SIP/XML",
            () => "SIP",
        }
    }

    fn start_and_bindings(&self) -> String {
        let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
        let mut out = String::with_capacity(64);
        match &self.start {
            StartLine::Request { method, uri } => {
                let known = method_meaning(method).is_some();
                out.push_str(if known {
                    "Request: "
                } else {
                    "Unknown request: "
                });
                push_method(&mut out, method);
                out.push(' ');
                out.push_str(&text(uri));
                let opens_dialogs =
                    matches!(method, Method::Invite | Method::Subscribe | Method::Refer);
                if opens_dialogs && self.has_to_tag() {
                    out.push_str(", in-dialog");
                }
            }
            StartLine::Response {
                status,
                code,
                reason,
            } => {
                out.push_str("Status: ");
                out.push_str(&text(code));
                if !reason.is_empty() {
                    out.push(' ');
                    out.push_str(&text(reason));
                }
                if status.is_some_and(|s| s.get() == 200)
                    && let Some(method) = self.transaction_method()
                {
                    out.push_str(" (");
                    push_method(&mut out, &method);
                    out.push(')');
                }
            }
        }
        self.push_bindings(&mut out);
        out
    }

    /// What a REGISTER, or the 2xx to one, says about bindings.
    fn push_bindings(&self, out: &mut String) {
        if self.transaction_method() != Some(Method::Register) {
            return;
        }
        let contacts: Vec<_> = self.contacts().collect();
        let star = contacts.iter().any(|c| c.star);
        let count = contacts.iter().filter(|c| !c.star).count();
        let removed = contacts
            .iter()
            .filter(|c| !c.star && c.expires.or_else(|| self.expires()) == Some(0))
            .count();
        let kept = count - removed;
        if self.is_request() {
            if count == 0 && star && self.expires() == Some(0) {
                out.push_str("  (remove all bindings)");
            } else if count == 0 {
                out.push_str("  (fetch bindings)");
            } else if removed == 0 {
                push_count(out, "  (", kept);
            } else {
                push_count(out, "  (remove ", removed);
                if kept > 0 {
                    push_count(out, " (add ", kept);
                }
            }
        } else if self.status().is_some_and(|s| s.is_success()) {
            if removed > 0 && kept == 0 {
                push_count(out, "  (removed ", removed);
            } else {
                push_count(out, "  (", kept);
            }
        }
    }

    /// What is in the body, in a word.
    fn push_body(&self, out: &mut String) {
        let Some(content_type) = self.content_type().filter(|_| !self.body.is_empty()) else {
            return;
        };
        if content_type.is_sdp() || (content_type.is_multipart() && self.sdp().is_some()) {
            out.push_str(" (SDP)");
        } else if content_type.is("message", "sipfrag") {
            let line = self.body.split(|b| matches!(b, b'\r' | b'\n')).next();
            let line = String::from_utf8_lossy(line.unwrap_or_default());
            // A String takes every write.
            let _ = write!(out, " (sipfrag: {line})");
        } else {
            let _ = write!(out, " ({content_type})");
        }
    }
}

fn push_count(out: &mut String, before: &str, n: usize) {
    let plural = if n == 1 { "" } else { "s" };
    let _ = write!(out, "{before}{n} binding{plural})");
}

/// An extension's name may have thousands of letters; what comes after it is to be seen.
fn push_method(out: &mut String, method: &Method) {
    const LONGEST: usize = 32;
    match method.as_str().char_indices().nth(LONGEST) {
        None => out.push_str(method.as_str()),
        Some((end, _)) => {
            out.push_str(method.as_str().get(..end).unwrap_or_default());
            out.push_str("...");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sip::{Framing, parse_message};

    fn info(start: &str, headers: &str) -> String {
        let text = format!("{start}\r\n{headers}\r\n\r\n");
        parse_message(text.as_bytes(), Framing::Truncated)
            .unwrap()
            .info_line()
    }

    // Wording taken from `tshark -T fields -e _ws.col.Info` 4.0.17 on messages like these.
    #[test]
    fn bindings_are_worded_as_wireshark_words_them() {
        let r = "REGISTER sip:x SIP/2.0";
        for (headers, says) in [
            ("", "(fetch bindings)"),
            ("Contact: *\r\nExpires: 0", "(remove all bindings)"),
            ("Contact: *", "(fetch bindings)"),
            ("m: <sip:a@1>\r\nExpires: 0", "(remove 1 binding)"),
            ("m: <sip:a@1>;expires=0", "(remove 1 binding)"),
            (
                "m: <sip:a@1>;expires=0, <sip:a@2>;expires=30",
                "(remove 1 binding) (add 1 binding)",
            ),
            ("m: <sip:a@1>, <sip:b@1>", "(2 bindings)"),
            ("m: <sip:a@1>;expires=60\r\nExpires: 0", "(1 binding)"),
        ] {
            assert_eq!(info(r, headers), format!("Request: REGISTER sip:x  {says}"));
        }
        let s = "SIP/2.0 200 OK";
        let cseq = "CSeq: 1 REGISTER\r\n";
        for (headers, says) in [
            ("", "(0 bindings)"),
            ("m: <sip:a@1>;expires=0", "(removed 1 binding)"),
            ("m: <sip:a@1>;expires=30,<sip:a@2>", "(2 bindings)"),
        ] {
            assert_eq!(
                info(s, &format!("{cseq}{headers}")),
                format!("Status: 200 OK (REGISTER)  {says}")
            );
        }
        assert_eq!(
            info("SIP/2.0 401 Unauthorized", cseq),
            "Status: 401 Unauthorized"
        );
    }

    #[test]
    fn requests_and_statuses_are_worded_as_wireshark_words_them() {
        assert_eq!(
            info("INVITE sip:b@y SIP/2.0", "t: <sip:b@y>;tag=2"),
            "Request: INVITE sip:b@y, in-dialog"
        );
        assert_eq!(
            info("BYE sip:b@y SIP/2.0", "t: <sip:b@y>;tag=2"),
            "Request: BYE sip:b@y"
        );
        assert_eq!(
            info("FOO sip:b@y SIP/2.0", ""),
            "Unknown request: FOO sip:b@y"
        );
        assert_eq!(
            info("SIP/2.0 180 Ringing", "CSeq: 1 INVITE"),
            "Status: 180 Ringing"
        );
        assert_eq!(
            info("SIP/2.0 200 OK", "CSeq: 1 INVITE"),
            "Status: 200 OK (INVITE)"
        );
    }

    #[test]
    fn a_long_method_is_cut_and_what_follows_is_there() {
        let text = format!("{} sip:b@y SIP/2.0\r\n\r\n", "M".repeat(1000));
        let line = parse_message(text.as_bytes(), Framing::Truncated)
            .unwrap()
            .info_line();
        let words = format!("Unknown request: {}... sip:b@y", "M".repeat(32));
        assert_eq!(line, words);
    }

    #[test]
    fn the_body_is_named() {
        let with_body = |ct: &str, body: &str| {
            let text = format!("NOTIFY sip:b@y SIP/2.0\r\nc: {ct}\r\n\r\n{body}");
            parse_message(text.as_bytes(), Framing::Truncated)
                .unwrap()
                .info_line()
        };
        assert_eq!(
            with_body("application/sdp", "v=0"),
            "Request: NOTIFY sip:b@y (SDP)"
        );
        assert_eq!(
            with_body("Text/plain;x=y", "hi"),
            "Request: NOTIFY sip:b@y (text/plain)"
        );
        assert_eq!(
            with_body("message/sipfrag;version=2.0", "SIP/2.0 100 Trying\r\n"),
            "Request: NOTIFY sip:b@y (sipfrag: SIP/2.0 100 Trying)"
        );
        assert_eq!(with_body("application/sdp", ""), "Request: NOTIFY sip:b@y");
    }
}
