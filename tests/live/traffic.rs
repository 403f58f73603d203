//! Calls and noise over sockets.

use crate::wire::Wire;
use std::net::UdpSocket;
use std::time::Duration;

/// The two ends of a signalling path, and of their media.
pub struct Phones {
    pub a: UdpSocket,
    pub b: UdpSocket,
    network: String,
}

impl Phones {
    pub fn plug_in(wire: &Wire) -> Phones {
        Phones::on(wire, "192.0.2")
    }

    pub fn on(wire: &Wire, network: &str) -> Phones {
        let a = wire.a.udp(&format!("{network}.1:5060"));
        let b = wire.b.udp(&format!("{network}.2:5060"));
        a.connect(format!("{network}.2:5060")).unwrap();
        b.connect(format!("{network}.1:5060")).unwrap();
        Phones {
            a,
            b,
            network: network.to_owned(),
        }
    }

    /// `a` asks `b` for its options, and `b` answers: two packets.
    pub fn options(&self, call_id: &str) {
        self.request(&request(&self.network, "OPTIONS", call_id, "", ""));
        self.answer(&request(
            &self.network,
            "SIP/2.0 200 OK",
            call_id,
            "OPTIONS",
            "",
        ));
    }

    pub fn request(&self, text: &str) {
        pass(&self.a, &self.b, text.as_bytes());
    }

    pub fn answer(&self, text: &str) {
        pass(&self.b, &self.a, text.as_bytes());
    }

    /// A call of six messages.
    pub fn call(&self, call_id: &str, talk: impl FnOnce()) {
        self.call_on(call_id, (10_000, 20_000), talk);
    }

    /// A call with media announced at these ports.
    pub fn call_on(&self, call_id: &str, ports: (u16, u16), talk: impl FnOnce()) {
        let n = &self.network;
        self.request(&request(n, "INVITE", call_id, "", &sdp(n, 1, ports.0)));
        self.answer(&request(n, "SIP/2.0 180 Ringing", call_id, "INVITE", ""));
        let answer = sdp(n, 2, ports.1);
        self.answer(&request(n, "SIP/2.0 200 OK", call_id, "INVITE", &answer));
        self.request(&request(n, "ACK", call_id, "", ""));
        talk();
        self.request(&request(n, "BYE", call_id, "", ""));
        self.answer(&request(n, "SIP/2.0 200 OK", call_id, "BYE", ""));
    }
}

/// Sends, and waits until it has arrived.
pub fn pass(from: &UdpSocket, to: &UdpSocket, bytes: &[u8]) {
    from.send(bytes).unwrap();
    let mut buffer = [0; 4096];
    let n = to.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..n], bytes);
}

/// A request by its method, or a response by its status line and its method.
pub fn request(network: &str, start: &str, call_id: &str, method: &str, body: &str) -> String {
    let response = start.starts_with("SIP/2.0");
    let (line, method) = match response {
        true => (start.to_owned(), method),
        false => (format!("{start} sip:bob@{network}.2 SIP/2.0"), start),
    };
    let number = if method == "BYE" { 2 } else { 1 };
    let to_tag = if response || matches!(method, "ACK" | "BYE") {
        ";tag=b"
    } else {
        ""
    };
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    format!(
        "{line}\r\n\
         Via: SIP/2.0/UDP {network}.1:5060;branch=z9hG4bK-{call_id}-{method}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@{network}.1>;tag=a\r\n\
         To: <sip:bob@{network}.2>{to_tag}\r\n\
         Call-ID: {call_id}\r\n\
         CSeq: {number} {method}\r\n\
         {kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn sdp(network: &str, host: u8, port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {network}.{host}\r\ns=-\r\nc=IN IP4 {network}.{host}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\n"
    )
}

/// RTP of 20 ms packets both ways, and a sender report each, over the ports of [`Phones::call_on`].
pub fn media(wire: &Wire, ports: (u16, u16), packets: u16) {
    let open = |add: u16| {
        let a = wire.a.udp(&format!("192.0.2.1:{}", ports.0 + add));
        let b = wire.b.udp(&format!("192.0.2.2:{}", ports.1 + add));
        a.connect(b.local_addr().unwrap()).unwrap();
        b.connect(a.local_addr().unwrap()).unwrap();
        (a, b)
    };
    let (a, b) = open(0);
    for n in 0..packets {
        pass(&a, &b, &rtp(1, n));
        pass(&b, &a, &rtp(2, n));
        std::thread::sleep(Duration::from_millis(5));
    }
    let (a, b) = open(1);
    pass(&a, &b, &sender_report(1, packets));
    pass(&b, &a, &sender_report(2, packets));
}

/// G.711 in RTP (RFC 3550 §5.1).
pub fn rtp(ssrc: u32, n: u16) -> Vec<u8> {
    let mut p = vec![0x80, 0];
    p.extend((1000 + n).to_be_bytes());
    p.extend((u32::from(n) * 160).to_be_bytes());
    p.extend((0x1234_0000 + ssrc).to_be_bytes());
    p.extend([0xd5; 160]);
    p
}

/// A sender report (RFC 3550 §6.4.1).
fn sender_report(ssrc: u32, packets: u16) -> Vec<u8> {
    let mut p = vec![0x80, 200, 0, 6];
    p.extend((0x1234_0000 + ssrc).to_be_bytes());
    p.extend([0xee, 0x5f, 0, 0, 0, 0, 0, 0]);
    p.extend((u32::from(packets) * 160).to_be_bytes());
    p.extend(u32::from(packets).to_be_bytes());
    p.extend((u32::from(packets) * 160).to_be_bytes());
    p
}
