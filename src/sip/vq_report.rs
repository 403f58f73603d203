//! Quality reports of a call's end points: `application/vq-rtcpxr` (RFC 6035 §4.6).

use super::lex::{trim, unquote};
use super::message::Message;
use memchr::memchr;

/// Figures of one direction. What is not reported is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VqMetrics<'a> {
    /// The codec's name (PD).
    pub codec: Option<&'a [u8]>,
    /// Packets lost on the network, percent (NLR).
    pub loss_percent: Option<f64>,
    /// Packets thrown away by the jitter buffer, percent (JDR).
    pub discarded_percent: Option<f64>,
    /// Interarrival jitter in milliseconds (IAJ).
    pub jitter_ms: Option<f64>,
    /// Round trip in milliseconds (RTD).
    pub round_trip_ms: Option<f64>,
    /// Listening quality, 1 to 5 (MOSLQ).
    pub mos_lq: Option<f64>,
    /// Conversational quality, 1 to 5 (MOSCQ).
    pub mos_cq: Option<f64>,
}

/// One report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VqReport<'a> {
    /// `CallTerm` of a report at the end, else the name of the first line.
    pub kind: &'a [u8],
    /// The Call-ID it is about.
    pub call_id: Option<&'a [u8]>,
    /// The Call-ID of its DialogID.
    pub dialog: Option<&'a [u8]>,
    /// Who measured: the URI of LocalID.
    pub local: Option<&'a [u8]>,
    /// The other party: the URI of RemoteID.
    pub remote: Option<&'a [u8]>,
    /// Of what the reporter received.
    pub local_metrics: Option<VqMetrics<'a>>,
    /// Of what the other party received.
    pub remote_metrics: Option<VqMetrics<'a>>,
}

impl<'a> VqReport<'a> {
    /// The Call-ID of the call it is about.
    pub fn about(&self) -> Option<&'a [u8]> {
        self.call_id.or(self.dialog)
    }

    /// The report a message carries.
    pub fn of(message: &Message<'a>) -> Option<VqReport<'a>> {
        message
            .content_type()?
            .is("application", "vq-rtcpxr")
            .then(|| VqReport::parse(message.body))?
    }

    /// Reads a body; `None` where it is no such report.
    pub fn parse(body: &'a [u8]) -> Option<VqReport<'a>> {
        let mut report = VqReport::default();
        let mut is_remote = false;
        for line in body.split(|b| *b == b'\n').map(trim) {
            let Some(colon) = memchr(b':', line) else {
                continue;
            };
            let (name, value) = line.split_at(colon);
            let (name, value) = (trim(name), trim(value.get(1..).unwrap_or_default()));
            let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
            let some = Some(value).filter(|v| !v.is_empty());
            match () {
                () if report.kind.is_empty() => {
                    if name.len() < 2 || !name[..2].eq_ignore_ascii_case(b"VQ") {
                        return None;
                    }
                    report.kind = some.unwrap_or(name);
                }
                () if is("CallID") => report.call_id = report.call_id.or(some),
                () if is("LocalID") => report.local = report.local.or(some.map(uri)),
                () if is("RemoteID") => report.remote = report.remote.or(some.map(uri)),
                () if is("DialogID") => {
                    let id = value.split(|b| *b == b';').next().map(trim);
                    report.dialog = report.dialog.or(id.filter(|v| !v.is_empty()));
                }
                () if is("LocalMetrics") => {
                    is_remote = false;
                    report.local_metrics.get_or_insert_default();
                }
                () if is("RemoteMetrics") => {
                    is_remote = true;
                    report.remote_metrics.get_or_insert_default();
                }
                () => {
                    let metrics = match is_remote {
                        true => &mut report.remote_metrics,
                        false => &mut report.local_metrics,
                    };
                    metrics_line(name, value, metrics.get_or_insert_default());
                }
            }
        }
        (!report.kind.is_empty()).then_some(report)
    }
}

/// `NLR=12.5 JDR=2.0`: what is kept of it.
fn metrics_line<'a>(name: &[u8], line: &'a [u8], into: &mut VqMetrics<'a>) {
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    for pair in line.split(|b| b.is_ascii_whitespace()) {
        let Some(at) = memchr(b'=', pair) else {
            continue;
        };
        let (key, value) = pair.split_at(at);
        let value = value.get(1..).unwrap_or_default();
        let slot = match () {
            () if is("PacketLoss") && key.eq_ignore_ascii_case(b"NLR") => &mut into.loss_percent,
            () if is("PacketLoss") && key.eq_ignore_ascii_case(b"JDR") => {
                &mut into.discarded_percent
            }
            () if is("Delay") && key.eq_ignore_ascii_case(b"IAJ") => &mut into.jitter_ms,
            () if is("Delay") && key.eq_ignore_ascii_case(b"RTD") => &mut into.round_trip_ms,
            () if is("QualityEst") && key.eq_ignore_ascii_case(b"MOSLQ") => &mut into.mos_lq,
            () if is("QualityEst") && key.eq_ignore_ascii_case(b"MOSCQ") => &mut into.mos_cq,
            () if is("SessionDesc") && key.eq_ignore_ascii_case(b"PD") => {
                into.codec = into.codec.or(Some(value).filter(|v| !v.is_empty()));
                continue;
            }
            () => continue,
        };
        let number = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
        *slot = slot.or(number.filter(|n: &f64| n.is_finite()));
    }
}

/// The URI of `"Alice" <sip:alice@example.org>`.
fn uri(value: &[u8]) -> &[u8] {
    let value = match unquote(value) {
        std::borrow::Cow::Borrowed(plain) => plain,
        std::borrow::Cow::Owned(_) => value,
    };
    crate::sip::NameAddr::parse(value).uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_are_read_by_the_names_of_rfc_6035() {
        let body = b"VQSessionReport: CallTerm\r\nCallID: 6dg37f1890463\r\nLocalID: Alice <sip:alice@example.org>\r\n\
RemoteID: Bill <sip:bill@example.net>\r\nOrigID: Alice <sip:alice@example.org>\r\nLocalMetrics:\r\n\
SessionDesc:PT=18 PD=G729 SR=8000\r\nPacketLoss:NLR=5.0 JDR=2.0\r\nBurstGapLoss:BLD=0 BD=0\r\n\
Delay:RTD=200 ESD=140 IAJ=2 MAJ=10\r\nQualityEst:RLQ=90 MOSLQ=4.2 MOSCQ=4.3\r\nRemoteMetrics:\r\n\
PacketLoss:NLR=1.5 JDR=x\r\nDialogID:38419823470834;to-tag=8472761;from-tag=9123dh311\r\n";
        let report = VqReport::parse(body).unwrap();
        assert_eq!(report.kind, b"CallTerm");
        assert_eq!(report.about(), Some(&b"6dg37f1890463"[..]));
        assert_eq!(report.dialog, Some(&b"38419823470834"[..]));
        assert_eq!(report.local, Some(&b"sip:alice@example.org"[..]));
        let local = report.local_metrics.unwrap();
        assert_eq!(
            (local.loss_percent, local.discarded_percent),
            (Some(5.0), Some(2.0))
        );
        assert_eq!(
            (local.jitter_ms, local.round_trip_ms),
            (Some(2.0), Some(200.0))
        );
        assert_eq!((local.mos_lq, local.mos_cq), (Some(4.2), Some(4.3)));
        assert_eq!(local.codec, Some(&b"G729"[..]));
        let remote = report.remote_metrics.unwrap();
        assert_eq!(
            (remote.loss_percent, remote.discarded_percent),
            (Some(1.5), None)
        );
    }

    #[test]
    fn another_body_is_no_report() {
        assert_eq!(VqReport::parse(b"Signal=5\r\nDuration: 160\r\n"), None);
        assert_eq!(VqReport::parse(b""), None);
    }
}
