//! The HTTP exchange that opens a connection (RFC 6455 §4, RFC 7118 §4).

/// Whether the connection speaks the subprotocol looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subprotocol {
    /// It is named.
    Wanted,
    /// None is named.
    Unnamed,
    /// Only others are named.
    Other,
}

/// What client and server agreed on, as the server's answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// permessage-deflate is in use (RFC 7692 §7).
    pub deflate: bool,
    /// The client compresses every message on its own.
    pub client_no_context_takeover: bool,
    /// The server compresses every message on its own.
    pub server_no_context_takeover: bool,
}

/// What an HTTP head means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A client asks for a WebSocket.
    Request(Subprotocol),
    /// A server grants it.
    Accepted(Subprotocol, Agreement),
    /// A server answers something else; the client may ask again.
    Refused,
    /// Ordinary HTTP.
    Unrelated,
}

/// With so many bytes [`may_begin`] is sure.
pub(super) const DECIDED_AT: usize = 7;

/// True where `bytes` start, or may go on to start, a request or answer.
pub(super) fn may_begin(bytes: &[u8]) -> bool {
    [&b"GET "[..], b"HTTP/1."].iter().any(|start| {
        let common = start.len().min(bytes.len());
        bytes.get(..common) == start.get(..common)
    })
}

/// Reads a head, from its first line to its blank line.
pub(super) fn parse_head(head: &[u8], subprotocol: &str) -> Head {
    let mut lines = head
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let mut upgrade = false;
    let mut named = Subprotocol::Unnamed;
    let mut agreement = Agreement {
        deflate: false,
        client_no_context_takeover: false,
        server_no_context_takeover: false,
    };
    for (name, value) in lines.filter_map(split_header) {
        if name.eq_ignore_ascii_case(b"Upgrade") {
            upgrade |= list(value, b',').any(|v| v.eq_ignore_ascii_case(b"websocket"));
        } else if name.eq_ignore_ascii_case(b"Sec-WebSocket-Protocol") {
            for token in list(value, b',') {
                if token.eq_ignore_ascii_case(subprotocol.as_bytes()) {
                    named = Subprotocol::Wanted;
                } else if named == Subprotocol::Unnamed {
                    named = Subprotocol::Other;
                }
            }
        } else if name.eq_ignore_ascii_case(b"Sec-WebSocket-Extensions") {
            list(value, b',').for_each(|extension| agreement.add(extension));
        }
    }
    match first.strip_prefix(b"HTTP/1.") {
        None if upgrade => Head::Request(named),
        None => Head::Unrelated,
        // The version's minor number, a blank, the status.
        Some(rest) if rest.get(1..5) == Some(b" 101") && upgrade => {
            Head::Accepted(named, agreement)
        }
        Some(_) => Head::Refused,
    }
}

impl Agreement {
    fn add(&mut self, extension: &[u8]) {
        let mut words = list(extension, b';');
        if !words
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(b"permessage-deflate"))
        {
            return;
        }
        self.deflate = true;
        for word in words {
            self.client_no_context_takeover |=
                word.eq_ignore_ascii_case(b"client_no_context_takeover");
            self.server_no_context_takeover |=
                word.eq_ignore_ascii_case(b"server_no_context_takeover");
        }
    }
}

fn split_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    Some((line.get(..colon)?.trim_ascii(), line.get(colon + 1..)?))
}

fn list(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    value
        .split(move |b| *b == separator)
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(extra: &str) -> Head {
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nupgrade: WebSocket\r\n{extra}\r\n"
        );
        parse_head(head.as_bytes(), "sip")
    }

    #[test]
    fn an_answer_says_what_was_agreed() {
        let plain = Agreement {
            deflate: false,
            client_no_context_takeover: false,
            server_no_context_takeover: false,
        };
        assert_eq!(accepted(""), Head::Accepted(Subprotocol::Unnamed, plain));
        let text = "Sec-WebSocket-Protocol: SIP\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits=12\r\n";
        let deflate = Agreement {
            deflate: true,
            server_no_context_takeover: true,
            ..plain
        };
        assert_eq!(accepted(text), Head::Accepted(Subprotocol::Wanted, deflate));
        assert_eq!(
            accepted("Sec-WebSocket-Protocol: msrp\r\n"),
            Head::Accepted(Subprotocol::Other, plain)
        );
    }

    #[test]
    fn a_request_offers_several_subprotocols() {
        let ask = |protocols: &str| {
            let head = format!(
                "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: {protocols}\r\n\r\n"
            );
            parse_head(head.as_bytes(), "sip")
        };
        assert_eq!(ask("msrp, sip"), Head::Request(Subprotocol::Wanted));
        assert_eq!(ask("msrp"), Head::Request(Subprotocol::Other));
    }

    #[test]
    fn ordinary_http_is_told_apart() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(parse_head(get, "sip"), Head::Unrelated);
        let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(parse_head(ok, "sip"), Head::Refused);
        assert!(may_begin(b"GE") && may_begin(b"HTTP/1.1 101") && may_begin(b""));
        assert!(!may_begin(b"GETX") && !may_begin(b"HTTP/2"));
    }
}
