//! Other datagrams: T.38, ZRTP, and what is just UDP.

use crate::decode::Datagram;
use crate::explain::words::clean;
use crate::report::listing::PacketRow;
use crate::rtp::t38::{Ifp, IfpKind};
use crate::rtp::udptl::Udptl;
use crate::rtp::zrtp::message;
use std::borrow::Cow;
use std::fmt::Write;

/// `5004 → 6004 Len=172`.
pub(super) fn udp(row: &mut PacketRow, d: &Datagram<'_>) {
    row.protocol = Cow::Borrowed("UDP");
    length(row, d);
}

/// The words of [`udp`] alone.
pub(super) fn length(row: &mut PacketRow, d: &Datagram<'_>) {
    let (src, dst) = (d.meta.flow.src.port, d.meta.flow.dst.port);
    let _ = write!(row.info, "{src} → {dst} Len={}", d.wire_payload_len);
}

/// One packet of UDPTL.
pub(super) fn t38(row: &mut PacketRow, d: &Datagram<'_>) {
    row.protocol = Cow::Borrowed("T.38");
    let Some(udptl) = Udptl::parse(d.payload) else {
        return length(row, d);
    };
    let _ = write!(row.info, "UDP: UDPTLPacket Seq={:05}  ", udptl.sequence);
    let Some((ifp, _)) = Ifp::parse_either(udptl.primary, false) else {
        return;
    };
    let _ = match ifp.kind {
        IfpKind::Indicator(n) => match INDICATORS.get(usize::from(n)) {
            Some(name) => write!(row.info, "t30ind: {name}"),
            None => write!(row.info, "t30ind: {n}"),
        },
        IfpKind::Data(n) => match MODEMS.get(usize::from(n)) {
            Some(name) => write!(row.info, "data:{name}"),
            None => write!(row.info, "data:{n}"),
        },
    };
}

/// The indicators of T.38's notation, as it names them.
const INDICATORS: [&str; 16] = [
    "no-signal",
    "cng",
    "ced",
    "v21-preamble",
    "v27-2400-training",
    "v27-4800-training",
    "v29-7200-training",
    "v29-9600-training",
    "v17-7200-short-training",
    "v17-7200-long-training",
    "v17-9600-short-training",
    "v17-9600-long-training",
    "v17-12000-short-training",
    "v17-12000-long-training",
    "v17-14400-short-training",
    "v17-14400-long-training",
];

/// Its kinds of data.
const MODEMS: [&str; 9] = [
    "v21",
    "v27-2400",
    "v27-4800",
    "v29-7200",
    "v29-9600",
    "v17-7200",
    "v17-9600",
    "v17-12000",
    "v17-14400",
];

/// One message of ZRTP.
pub(super) fn zrtp(row: &mut PacketRow, payload: &[u8]) {
    row.protocol = Cow::Borrowed("ZRTP");
    if let Some(m) = message(payload) {
        let _ = write!(row.info, "{} Packet", clean(m.name().trim_end()));
    }
}
