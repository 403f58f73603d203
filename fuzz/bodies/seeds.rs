//! Inputs to start fuzzing from, taken out of captures and messages.

use sipflow::decode::{self, Decoded};
use sipflow::sip::{self, Framing};
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::collections::BTreeMap;
use std::io;

/// Longest input worth starting from.
const LONGEST: usize = 64 << 10;
/// Packets and datagrams taken of one capture.
const OF_EACH: usize = 12;

/// Inputs by target.
#[derive(Default)]
pub struct Seeds(pub BTreeMap<&'static str, Vec<Vec<u8>>>);

impl Seeds {
    fn put(&mut self, target: &'static str, data: Vec<u8>) {
        let seeds = self.0.entry(target).or_default();
        if data.len() <= LONGEST && !seeds.contains(&data) {
            seeds.push(data);
        }
    }

    /// Takes a capture file apart.
    pub fn take_capture(&mut self, bytes: &[u8]) {
        let reader = Box::new(io::Cursor::new(bytes.to_vec()));
        let Ok(mut file) = CaptureFile::from_reader("seed", SourceId(0), reader) else {
            return;
        };
        self.put("capture_file", bytes.to_vec());
        self.put("pipeline", bytes.to_vec());
        let (mut packets, mut datagrams) = (0, 0);
        let mut stream = Vec::new();
        while file.advance() {
            let packet = file.packet();
            packets += 1;
            if packets <= OF_EACH {
                let link = super::parsers::LINKS
                    .iter()
                    .position(|l| *l == packet.link.0);
                // A choice of the link type, one of the length on the wire, the packet.
                let mut seed = vec![u8::try_from(link.unwrap_or(0)).expect("a short list"), 0];
                seed.extend_from_slice(packet.data);
                self.put("packet", seed);
            }
            match decode::decode(&packet) {
                Decoded::Udp(d) if sip::starts_like_sip(d.payload) => self.take_message(d.payload),
                Decoded::Relayed(_) => self.put_hep(packet.data),
                Decoded::Udp(d) if d.payload.first().is_some_and(|b| b >> 6 == 2) => {
                    let rtcp = d.payload.get(1).is_some_and(|b| (192..=223).contains(b));
                    datagrams += 1;
                    if rtcp {
                        self.put("rtcp", d.payload.to_vec());
                    } else if datagrams <= OF_EACH {
                        // An operation of its own: raw bytes on some flow.
                        let mut seed = vec![128, 0, 1, 0, 95];
                        seed.extend_from_slice(&d.payload[..d.payload.len().min(95)]);
                        self.put("media_operations", seed);
                    }
                }
                Decoded::Tcp(s) => stream.extend_from_slice(s.payload),
                _ => {}
            }
        }
        if stream
            .windows(10)
            .any(|w| w.eq_ignore_ascii_case(b"websocket\r"))
        {
            let mut seed = vec![17, 0];
            seed.extend_from_slice(&stream[..stream.len().min(8000)]);
            self.put("websocket", seed);
        }
        if stream.len() > 10 {
            self.put_stream(&stream[..stream.len().min(8000)]);
        }
    }

    /// The datagram of a relayed packet, whatever carried that.
    fn put_hep(&mut self, packet: &[u8]) {
        let start = packet.windows(4).position(|w| w == b"HEP3").unwrap_or(42);
        let payload = packet.get(start..).unwrap_or_default();
        let mut seed = u16::try_from(payload.len())
            .unwrap_or(0)
            .to_be_bytes()
            .to_vec();
        seed.extend_from_slice(payload);
        self.put("hep", seed);
    }

    /// Takes a message apart.
    pub fn take_message(&mut self, text: &[u8]) {
        self.put("sip_message", text.to_vec());
        self.put_stream(text);
        let Some(message) = sip::parse_message(text, Framing::Datagram) else {
            return;
        };
        if let Some(body) = message.sdp() {
            self.put("sdp", body.into_owned());
        }
    }

    /// Takes the expressions in backquotes out of a page, for each kind of record.
    pub fn take_expressions(&mut self, page: &str) {
        let quoted = page
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        for (n, expression) in quoted.enumerate() {
            let mut seed = vec![u8::try_from(n % 9).expect("below nine")];
            seed.extend_from_slice(expression.as_bytes());
            self.put("where", seed);
        }
    }

    fn put_stream(&mut self, bytes: &[u8]) {
        let mut seed = vec![17, 5];
        seed.extend_from_slice(bytes);
        self.put("sip_stream", seed);
    }
}
