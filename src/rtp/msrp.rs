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
    /// To-Path: the last one is the session of who receives.
    pub to_path: String,
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
    /// What is not read yet; within a message's content, its last octets alone.
    open: Vec<u8>,
    within: Option<Within>,
}

/// In the content of a message.
#[derive(Debug)]
struct Within {
    seen: MsrpSeen,
    /// The end-line with the line end before it.
    end: Vec<u8>,
}

impl MsrpReader {
    /// A piece of the stream is missing: it goes on with the next message.
    pub fn gap(&mut self) {
        self.open.clear();
        self.within = None;
    }

    /// Takes the next bytes and hands on what is whole with them.
    pub fn push(&mut self, bytes: &[u8], seen: &mut impl FnMut(MsrpSeen)) {
        self.open.extend_from_slice(bytes);
        loop {
            let step = match self.within.take() {
                Some(within) => self.read_content(within),
                None => self.read_head(),
            };
            match step {
                Step::Whole(message) => seen(message),
                Step::GoesOn => {}
                Step::Waits => return,
            }
        }
    }

    fn read_head(&mut self) -> Step {
        let Some(begin) = memmem::find(&self.open, BEGINS) else {
            let keep = self.open.len().min(BEGINS.len() - 1);
            self.open.drain(..self.open.len() - keep);
            return Step::Waits;
        };
        self.open.drain(..begin);
        let Some(head) = Head::parse(&self.open) else {
            if self.open.len() > MOST_HEAD {
                self.open.drain(..BEGINS.len());
                return Step::GoesOn;
            }
            return Step::Waits;
        };
        match head {
            Head::Whole(seen, len) => {
                self.open.drain(..len);
                Step::Whole(seen)
            }
            Head::Content(within, len) => {
                // The line end before the content may be that before the end-line.
                self.open.drain(..len - 2);
                self.within = Some(within);
                Step::GoesOn
            }
            Head::Broken => {
                self.open.drain(..BEGINS.len());
                Step::GoesOn
            }
        }
    }

    fn read_content(&mut self, mut within: Within) -> Step {
        let keep = within.end.len() + 3;
        let mut from = 0;
        while let Some(found) = memmem::find(self.open.get(from..).unwrap_or_default(), &within.end)
        {
            let at = from + found;
            let behind = at + within.end.len();
            match self.open.get(behind..behind + 3) {
                Some(&[flag @ (b'$' | b'+' | b'#'), b'\r', b'\n']) => {
                    within.seen.content += at as u64;
                    // The line end before the content was counted.
                    within.seen.content = within.seen.content.saturating_sub(2);
                    within.seen.flag = flag;
                    self.open.drain(..behind + 3);
                    return Step::Whole(within.seen);
                }
                Some(_) => from = at + 1,
                None => break,
            }
        }
        let over = self.open.len().saturating_sub(keep).max(from);
        within.seen.content += over as u64;
        self.open.drain(..over.min(self.open.len()));
        self.within = Some(within);
        Step::Waits
    }
}

enum Step {
    Whole(MsrpSeen),
    GoesOn,
    Waits,
}

enum Head {
    /// Without content, and how long it was.
    Whole(MsrpSeen, usize),
    /// Content follows behind so many octets.
    Content(Within, usize),
    Broken,
}

impl Head {
    /// `None` where more bytes are needed.
    fn parse(bytes: &[u8]) -> Option<Head> {
        let mut seen = MsrpSeen::default();
        let mut end: Option<Vec<u8>> = None;
        let mut at = 0;
        loop {
            let rest = bytes.get(at..)?;
            let len = memmem::find(rest, b"\r\n")?;
            let line = rest.get(..len)?;
            at += len + 2;
            let Some(end) = &end else {
                let Some(first) = seen.first_line(line) else {
                    return Some(Head::Broken);
                };
                end = Some(first);
                continue;
            };
            if line.is_empty() {
                let end = end.clone();
                return Some(Head::Content(Within { seen, end }, at));
            }
            // Without the line end before it.
            if let Some([flag @ (b'$' | b'+' | b'#')]) =
                end.get(2..).and_then(|end| line.strip_prefix(end))
            {
                seen.flag = *flag;
                return Some(Head::Whole(seen, at));
            }
            seen.header(line);
        }
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
            () if name.eq_ignore_ascii_case("To-Path") => self.to_path = short(),
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
    fn what_is_no_msrp_is_passed_over_and_not_kept() {
        let mut reader = MsrpReader::default();
        for _ in 0..100 {
            reader.push(&[b'x'; 1000], &mut |_| panic!("nothing is there"));
            reader.push(b"MSRP \0\0\0\r\n", &mut |_| panic!("nothing is there"));
        }
        assert!(reader.open.len() < 16);
    }
}
