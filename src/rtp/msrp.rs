//! MSRP (RFC 4975): requests and responses of a byte stream, their content counted and passed over.

use memchr::memmem;

/// A line and headers longer than this are passed over.
const MOST_HEAD: usize = 16 * 1024;
/// What every message begins with.
const BEGINS: &[u8] = b"MSRP ";

/// A request or response that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsrpSeen {
    /// The method of a request: `SEND`, `REPORT`.
    pub method: Option<String>,
    /// The status of a response.
    pub status: Option<u16>,
    /// From-Path: the first one is the session of who sends.
    pub from_path: String,
    /// Content-Type.
    pub content_type: Option<String>,
    /// Octets of content.
    pub content: u64,
    /// `$` a message ends, `+` more of it follows, `#` it is given up.
    pub flag: u8,
}

/// Reads one direction of a connection.
#[derive(Debug, Default)]
pub struct MsrpReader {
    /// What is not read yet: an open line, or the last octets of content.
    open: Vec<u8>,
    place: Place,
}

/// Where in a message the stream stands.
#[derive(Debug, Default)]
enum Place {
    /// Before its first line.
    #[default]
    Before,
    /// Among its headers, behind so many octets of it.
    Headers(Message, usize),
    Content(Message),
}

/// A message that is not whole yet.
#[derive(Debug)]
struct Message {
    seen: MsrpSeen,
    /// The end-line with the line end before it.
    end: Vec<u8>,
}

enum Step {
    Whole(MsrpSeen),
    GoesOn,
    Waits,
}

impl MsrpReader {
    /// A piece of the stream is missing: it goes on with the next message.
    pub fn gap(&mut self) {
        self.open.clear();
        self.place = Place::Before;
    }

    /// Takes the next bytes and hands on what is whole with them.
    pub fn push(&mut self, bytes: &[u8], seen: &mut impl FnMut(MsrpSeen)) {
        self.open.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let (used, step) = self.place.read(self.open.get(at..).unwrap_or_default());
            at += used;
            match step {
                Step::Whole(message) => seen(message),
                Step::GoesOn => {}
                Step::Waits => break,
            }
        }
        self.open.drain(..at.min(self.open.len()));
    }
}

impl Place {
    /// One step through the stream, and how many octets it takes.
    fn read(&mut self, rest: &[u8]) -> (usize, Step) {
        match std::mem::take(self) {
            Place::Before => self.read_begin(rest),
            Place::Headers(message, len) => self.read_header(message, len, rest),
            Place::Content(message) => self.read_content(message, rest),
        }
    }

    fn read_begin(&mut self, rest: &[u8]) -> (usize, Step) {
        let Some(begin) = memmem::find(rest, BEGINS) else {
            return pass_over(rest);
        };
        let message = rest.get(begin..).unwrap_or_default();
        let Some(line) = first_line(message) else {
            return match message.len() > MOST_HEAD {
                true => pass_over(rest),
                false => (begin, Step::Waits),
            };
        };
        let len = line.len() + 2;
        // A broken one is passed over whole: the next message begins a line.
        if len <= MOST_HEAD
            && let Some(message) = Message::begin(line)
        {
            *self = Place::Headers(message, len);
        }
        (begin + len, Step::GoesOn)
    }

    fn read_header(&mut self, mut message: Message, before: usize, rest: &[u8]) -> (usize, Step) {
        let Some(line) = first_line(rest) else {
            if before + rest.len() > MOST_HEAD {
                return pass_over(rest);
            }
            *self = Place::Headers(message, before);
            return (0, Step::Waits);
        };
        let len = line.len() + 2;
        if before + len > MOST_HEAD {
            return (len, Step::GoesOn);
        }
        if line.is_empty() {
            *self = Place::Content(message);
            // The line end before the content may be that before the end-line.
            return (0, Step::GoesOn);
        }
        // Without the line end before it.
        if let Some([flag @ (b'$' | b'+' | b'#')]) =
            message.end.get(2..).and_then(|end| line.strip_prefix(end))
        {
            message.seen.flag = *flag;
            return (len, Step::Whole(message.seen));
        }
        message.seen.header(line);
        *self = Place::Headers(message, before + len);
        (len, Step::GoesOn)
    }

    fn read_content(&mut self, mut message: Message, rest: &[u8]) -> (usize, Step) {
        let (seen, end) = (&mut message.seen, &message.end);
        let mut from = 0;
        while let Some(found) = memmem::find(rest.get(from..).unwrap_or_default(), end) {
            let at = from + found;
            let behind = at + end.len();
            match rest.get(behind..behind + 3) {
                Some(&[flag @ (b'$' | b'+' | b'#'), b'\r', b'\n']) => {
                    // The line end before the content was counted.
                    seen.content = (seen.content + at as u64).saturating_sub(2);
                    seen.flag = flag;
                    return (behind + 3, Step::Whole(message.seen));
                }
                Some(_) => from = at + 1,
                None => break,
            }
        }
        let keep = end.len() + 3;
        let over = rest.len().saturating_sub(keep).max(from);
        seen.content += over as u64;
        *self = Place::Content(message);
        (over, Step::Waits)
    }
}

/// All but what a message may begin with.
fn pass_over(rest: &[u8]) -> (usize, Step) {
    (rest.len().saturating_sub(BEGINS.len() - 1), Step::Waits)
}

/// Up to its line end; `None` where that did not come yet.
fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..memmem::find(bytes, b"\r\n")?)
}

impl Message {
    fn begin(line: &[u8]) -> Option<Message> {
        let mut seen = MsrpSeen::default();
        let end = seen.first_line(line)?;
        Some(Message { seen, end })
    }
}

impl MsrpSeen {
    /// Takes the first line; gives the end-line back, with the line end before it.
    fn first_line(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.strip_prefix("MSRP ")?.splitn(3, ' ');
        let transaction = words.next().filter(|t| (1..=32).contains(&t.len()))?;
        let what = words.next()?;
        match what.parse::<u16>() {
            Ok(status) if what.len() == 3 => self.status = Some(status),
            _ if what.bytes().all(|b| b.is_ascii_uppercase()) => {
                self.method = Some(what.get(..16).unwrap_or(what).to_owned());
            }
            _ => return None,
        }
        Some([b"\r\n-------", transaction.as_bytes()].concat())
    }

    fn header(&mut self, line: &[u8]) {
        let Some((name, value)) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.split_once(':'))
        else {
            return;
        };
        let value = value.trim();
        let short = || value.chars().take(256).collect::<String>();
        match () {
            () if name.eq_ignore_ascii_case("From-Path") => self.from_path = short(),
            () if name.eq_ignore_ascii_case("Content-Type") => self.content_type = Some(short()),
            () => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: &[u8] = b"MSRP a1 SEND\r\nTo-Path: msrp://b:1/x;tcp\r\nFrom-Path: msrp://a:2/y;tcp\r\n\
        Message-ID: m\r\nByte-Range: 1-8/8\r\nContent-Type: text/plain\r\n\r\n-------a\r\n-------a1$\r\n";
    const OK: &[u8] = b"MSRP a1 200 OK\r\nTo-Path: msrp://a:2/y;tcp\r\nFrom-Path: msrp://b:1/x;tcp\r\n-------a1$\r\n";

    fn read(pieces: &[&[u8]]) -> Vec<MsrpSeen> {
        let (mut reader, mut all) = (MsrpReader::default(), Vec::new());
        for piece in pieces {
            reader.push(piece, &mut |seen| all.push(seen));
        }
        all
    }

    #[test]
    fn a_message_is_the_same_wherever_segments_cut_it() {
        let stream = [SEND, OK].concat();
        let whole = read(&[&stream]);
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[0].method.as_deref(), Some("SEND"));
        assert_eq!((whole[0].content, whole[0].flag), (8, b'$'), "-------a");
        assert_eq!(whole[0].content_type.as_deref(), Some("text/plain"));
        assert_eq!(whole[1].status, Some(200));
        for at in 0..stream.len() {
            let (a, b) = stream.split_at(at);
            assert_eq!(read(&[a, b]), whole, "cut at {at}");
        }
        let octets: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(read(&octets), whole);
    }

    #[test]
    fn an_end_line_of_another_transaction_is_content() {
        let send = b"MSRP a1 SEND\r\nTo-Path: x\r\n\r\nq\r\n-------a12$\r\n\r\n-------a1+\r\n";
        let all = read(&[send]);
        // "q", a line end, the line of 12 octets and its line end.
        assert_eq!((all[0].content, all[0].flag), (1 + 2 + 11 + 2, b'+'));
    }

    #[test]
    fn content_may_be_empty_and_a_hole_loses_one_message_alone() {
        let empty = b"MSRP a1 SEND\r\nContent-Type: a/b\r\n\r\n-------a1$\r\n";
        assert_eq!(read(&[empty])[0].content, 0);
        let mut reader = MsrpReader::default();
        let mut all = Vec::new();
        reader.push(SEND.get(..90).unwrap(), &mut |seen| all.push(seen));
        reader.gap();
        reader.push(b"rest\r\n-------a1$\r\n", &mut |seen| all.push(seen));
        reader.push(OK, &mut |seen| all.push(seen));
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn a_head_that_never_ends_is_given_up_and_the_next_message_is_read() {
        let long = [
            b"MSRP a1 SEND\r\n".to_vec(),
            b"X: y\r\n".repeat(MOST_HEAD / 6),
        ]
        .concat();
        let open_line = [b"MSRP a1 SEND ".to_vec(), vec![b'x'; MOST_HEAD]].concat();
        let open_header = [b"MSRP a1 SEND\r\nX: ".to_vec(), vec![b'x'; MOST_HEAD]].concat();
        for head in [long, open_line, open_header] {
            for size in [1, 1000, head.len()] {
                let (mut reader, mut all) = (MsrpReader::default(), Vec::new());
                let pieces = head.chunks(size).chain([&b"\r\n"[..], OK]);
                for piece in pieces {
                    reader.push(piece, &mut |seen| all.push(seen));
                    assert!(reader.open.len() <= MOST_HEAD);
                }
                assert_eq!(all.len(), 1);
                assert_eq!(all[0].status, Some(200));
            }
        }
    }

    #[test]
    fn what_is_no_msrp_is_passed_over_and_not_kept() {
        let mut reader = MsrpReader::default();
        for _ in 0..100 {
            reader.push(&[b'x'; 1000], &mut |_| panic!("nothing is there"));
            reader.push(b"MSRP \0\0\0\r\n", &mut |_| panic!("nothing is there"));
        }
        assert!(reader.open.len() < 16);
    }
}
