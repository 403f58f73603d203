//! Keys pressed in a call: each once, however many ways and hops it took.

use super::model::{self, DtmfMethod, Timestamp, round_to};
use crate::call::{InfoDigit, KeyReport};
use crate::media::{DtmfEvent, StreamRecord, ToneKey};

/// Another hop repeats a digit within this time.
const HOP_S: f64 = 2.0;
/// Another way of sending tells of a key while it is down, or so soon before or after.
const WAY_S: f64 = 1.0;

/// Digits of all ways in time order. A digit relayed on a second hop is the same digit, and so is one that was sent in
/// several ways.
pub(super) fn told(sent: &[InfoDigit], streams: &[&StreamRecord]) -> Vec<model::Dtmf> {
    let mut digits = Merged::default();
    for s in streams {
        digits.add(s.dtmf.iter().map(|d| of_event(s, d)), HOP_S);
    }
    for way in [KeyReport::Info, KeyReport::Kpml] {
        let of_way = sent.iter().filter(|d| d.way == way);
        digits.add(of_way.map(of_message), WAY_S);
    }
    for s in streams {
        digits.add(s.heard.iter().map(|d| of_tones(s, d)), HOP_S);
    }
    let mut digits = digits.0;
    digits.sort_by_key(|d| d.time);
    for i in 1..digits.len() {
        let (before, after) = digits.split_at_mut(i);
        if let Some(digit) = after.first_mut() {
            let last = before.iter().rev().find(|d| d.from == digit.from);
            digit.gap_ms = last.and_then(|last| {
                let since = (digit.time.0 - last.time.0).as_secs_f64() * 1e3;
                round_to((since - last.duration_ms?).max(0.0), 3)
            });
        }
    }
    digits
}

/// One string a side, who dialled first first.
pub(super) fn by_side(digits: &[model::Dtmf]) -> Vec<model::Dialled> {
    let mut sides: Vec<model::Dialled> = Vec::new();
    for d in digits {
        let side = match sides.iter().position(|s| s.from == d.from) {
            Some(there) => there,
            None => {
                sides.push(model::Dialled {
                    from: d.from,
                    digits: String::new(),
                    methods: Vec::new(),
                    time: d.time,
                });
                sides.len() - 1
            }
        };
        if let Some(side) = sides.get_mut(side) {
            push(&mut side.digits, &d.digit);
            for method in [Some(d.method), d.also].into_iter().flatten() {
                if !side.methods.contains(&method) {
                    side.methods.push(method);
                }
            }
        }
    }
    sides
}

/// The digits of a stream's telephone events.
pub(super) fn of_events(s: &StreamRecord) -> Option<String> {
    let mut text = String::new();
    s.dtmf.iter().for_each(|d| push(&mut text, &d.digit));
    (!text.is_empty()).then_some(text)
}

/// The digits heard in a stream's sound.
pub(super) fn of_sound(s: &StreamRecord) -> Option<String> {
    (!s.heard.is_empty()).then(|| s.heard.iter().map(|d| d.digit).collect())
}

/// A key is one character; flash is none, and written `!` as dial strings do.
fn push(text: &mut String, digit: &str) {
    text.push_str(if digit.chars().count() > 1 {
        "!"
    } else {
        digit
    });
}

/// Digits, those of several sources once.
#[derive(Default)]
struct Merged(Vec<model::Dtmf>);

impl Merged {
    /// Adds those of one more source (a stream, or one kind of message), in their order.
    fn add(&mut self, source: impl Iterator<Item = model::Dtmf>, soon_s: f64) {
        let known = self.0.len();
        let mut matched = vec![false; known];
        for digit in source {
            let candidates = self.0.iter_mut().zip(&mut matched);
            let mut same = candidates.filter(|(d, taken)| !**taken && is_same(d, &digit, soon_s));
            match same.next() {
                Some((told, taken)) => {
                    *taken = true;
                    if told.method != digit.method {
                        told.also = told.also.or(Some(digit.method));
                    } else if told.end_missing && !digit.end_missing {
                        // The end came on that hop.
                        told.duration_ms = digit.duration_ms;
                        told.end_missing = false;
                    }
                }
                None => self.0.push(digit),
            }
        }
    }
}

/// True where both tell of one key.
fn is_same(told: &model::Dtmf, digit: &model::Dtmf, hop_s: f64) -> bool {
    let soon = if told.method == digit.method {
        hop_s
    } else {
        WAY_S
    };
    let after = (digit.time.0 - told.time.0).as_secs_f64();
    let down = told.duration_ms.unwrap_or(0.0) / 1e3;
    let known = told.from.is_none() || digit.from.is_none();
    (known || told.from == digit.from)
        && told.digit == digit.digit
        && (-soon..down + soon).contains(&after)
}

fn of_event(s: &StreamRecord, d: &DtmfEvent) -> model::Dtmf {
    model::Dtmf {
        digit: d.digit.clone(),
        time: Timestamp(d.time),
        duration_ms: d.duration_ms.and_then(|ms| round_to(ms, 3)),
        gap_ms: None,
        method: DtmfMethod::Rfc4733,
        also: None,
        from: s.from,
        end_missing: d.end_missing,
        level_dbm0: Some(-f64::from(d.volume)),
        stream: Some(s.no.get()),
        frame: Some(d.frame.frame.0),
        message: None,
    }
}

fn of_tones(s: &StreamRecord, d: &ToneKey) -> model::Dtmf {
    model::Dtmf {
        digit: d.digit.to_string(),
        time: Timestamp(d.time),
        duration_ms: d.duration_ms.and_then(|ms| round_to(ms, 1)),
        gap_ms: None,
        method: DtmfMethod::Inband,
        also: None,
        from: s.from,
        end_missing: false,
        level_dbm0: round_to(d.level_dbm0, 1),
        stream: Some(s.no.get()),
        frame: Some(d.frame.frame.0),
        message: None,
    }
}

fn of_message(d: &InfoDigit) -> model::Dtmf {
    model::Dtmf {
        digit: d.digit.clone(),
        time: Timestamp(d.time),
        duration_ms: d.duration_ms,
        gap_ms: None,
        method: match d.way {
            KeyReport::Info => DtmfMethod::SipInfo,
            KeyReport::Kpml => DtmfMethod::Kpml,
        },
        also: None,
        from: Some(d.side),
        end_missing: false,
        level_dbm0: None,
        stream: None,
        frame: None,
        message: Some(d.message.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{CaptureTime, Party};

    fn digit(text: &str, method: DtmfMethod, ms: i64) -> model::Dtmf {
        model::Dtmf {
            digit: text.to_owned(),
            time: Timestamp(CaptureTime::from_nanos(ms * 1_000_000)),
            duration_ms: Some(100.0),
            gap_ms: None,
            method,
            also: None,
            from: Some(Party::Caller),
            end_missing: false,
            level_dbm0: None,
            stream: None,
            frame: None,
            message: None,
        }
    }

    /// Sources with their method, and their keys with the time in ms.
    fn merged(sources: &[(DtmfMethod, &[(&str, i64)])]) -> Vec<(String, Option<DtmfMethod>)> {
        let mut all = Merged::default();
        for (method, keys) in sources {
            let keys = keys.iter().map(|(key, ms)| digit(key, *method, *ms));
            all.add(keys, HOP_S);
        }
        all.0.sort_by_key(|d| d.time);
        all.0.into_iter().map(|d| (d.digit, d.also)).collect()
    }

    fn told(digits: &[(String, Option<DtmfMethod>)]) -> String {
        digits.iter().map(|d| d.0.as_str()).collect()
    }

    #[test]
    fn a_relayed_key_is_one_and_one_lost_on_a_hop_is_still_told() {
        use DtmfMethod::Rfc4733;
        let got = merged(&[
            (Rfc4733, &[("1", 0), ("1", 200), ("3", 900)]),
            (Rfc4733, &[("1", 60), ("1", 260), ("2", 600), ("3", 960)]),
        ]);
        assert_eq!(told(&got), "1123");
    }

    #[test]
    fn keys_of_one_stream_are_never_taken_for_each_other() {
        use DtmfMethod::Rfc4733;
        let got = merged(&[(Rfc4733, &[("7", 0), ("7", 150), ("7", 300)])]);
        assert_eq!(told(&got), "777");
    }

    #[test]
    fn what_leaks_into_the_sound_is_the_key_of_the_event() {
        use DtmfMethod::{Inband, Rfc4733, SipInfo};
        let got = merged(&[
            (Rfc4733, &[("5", 0), ("6", 400)]),
            (SipInfo, &[("6", 450)]),
            (Inband, &[("5", -30), ("9", 3000)]),
        ]);
        let way = |n: usize| got[n].1;
        assert_eq!(told(&got), "569");
        assert_eq!(
            (way(0), way(1), way(2)),
            (Some(Inband), Some(SipInfo), None)
        );
    }

    #[test]
    fn the_other_side_pressed_its_own_keys() {
        let mut all = Merged::default();
        let one = digit("1", DtmfMethod::Rfc4733, 0);
        let mut other = digit("1", DtmfMethod::Rfc4733, 50);
        other.from = Some(Party::Callee);
        all.add([one].into_iter(), HOP_S);
        all.add([other].into_iter(), HOP_S);
        let sides = by_side(&all.0);
        let strings: Vec<_> = sides.iter().map(|s| s.digits.as_str()).collect();
        assert_eq!(strings, ["1", "1"]);
    }

    #[test]
    fn an_end_lost_on_one_hop_may_come_on_the_other() {
        let mut all = Merged::default();
        let mut cut = digit("1", DtmfMethod::Rfc4733, 0);
        cut.end_missing = true;
        all.add([cut].into_iter(), HOP_S);
        let mut whole = digit("1", DtmfMethod::Rfc4733, 20);
        whole.duration_ms = Some(180.0);
        all.add([whole].into_iter(), HOP_S);
        let [key] = &all.0[..] else { panic!("one key") };
        assert_eq!((key.end_missing, key.duration_ms), (false, Some(180.0)));
    }

    #[test]
    fn flash_is_one_character_of_the_string() {
        let keys = [
            digit("1", DtmfMethod::SipInfo, 0),
            digit("flash", DtmfMethod::SipInfo, 1000),
        ];
        assert_eq!(by_side(&keys)[0].digits, "1!");
    }
}
