//! Digits in SIP INFO bodies: `application/dtmf-relay`, `application/dtmf` and Nortel's form.

use crate::sip::{MediaType, Message};

/// The digit and, where the body tells, its duration in milliseconds.
pub(super) fn parse(message: &Message<'_>) -> Option<(String, Option<f64>)> {
    let media = message.content_type()?;
    let text = String::from_utf8_lossy(message.body);
    if media.is("application", "dtmf-relay") {
        relay(&text)
    } else if media.is("application", "dtmf") {
        normal(text.trim()).map(|d| (d, None))
    } else if media.is("application", "vnd.nortelnetworks.digits") {
        nortel(&text)
    } else {
        None
    }
}

/// The keys that a NOTIFY reports (RFC 4730, the attribute `digits` of `kpml-response`), in order.
pub(super) fn parse_kpml(message: &Message<'_>) -> Vec<String> {
    /// Keys of one report that are read.
    const MOST: usize = 64;
    let is_kpml = |m: MediaType<'_>| m.is("application", "kpml-response+xml");
    if !message.content_type().is_some_and(is_kpml) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(message.body);
    let keys = kpml(&text).unwrap_or_default();
    let keys = keys
        .chars()
        .filter_map(|c| normal(c.encode_utf8(&mut [0; 4])));
    keys.take(MOST).collect()
}

/// The value of `digits` in the begin tag of `kpml-response`.
fn kpml(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<kpml-response")?;
    let (tag, _) = rest.split_once('>').unwrap_or((rest, ""));
    let mut from = tag;
    loop {
        let (before, after) = from.split_once("digits")?;
        let is_name = before.ends_with(|c: char| c.is_ascii_whitespace());
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        if let Some(value) = value.filter(|_| is_name) {
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value.get(1..)?.split(quote).next();
        }
        from = after;
    }
}

fn relay(text: &str) -> Option<(String, Option<f64>)> {
    let mut digit = None;
    let mut duration = None;
    for (key, value) in text.lines().filter_map(|l| l.split_once('=')) {
        match key.trim().to_ascii_lowercase().as_str() {
            "signal" => digit = normal(value.trim()),
            "duration" => duration = value.trim().parse::<u32>().ok().map(f64::from),
            _ => {}
        }
    }
    digit.map(|d| (d, duration))
}

fn nortel(text: &str) -> Option<(String, Option<f64>)> {
    let values = text.lines().filter_map(|l| l.trim().strip_prefix("d="));
    values
        .filter_map(|v| normal(v.trim()))
        .map(|d| (d, None))
        .next()
}

/// `10` and `11` stand for the star and the pound key, as in RFC 4733.
fn normal(value: &str) -> Option<String> {
    match value {
        "10" => Some("*".into()),
        "11" => Some("#".into()),
        "16" => Some("flash".into()),
        v if v.eq_ignore_ascii_case("hf") || v.eq_ignore_ascii_case("flash") => {
            Some("flash".into())
        }
        v => {
            let mut chars = v.chars();
            match (chars.next(), chars.next()) {
                (Some(c @ ('0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d')), None) => {
                    Some(c.to_ascii_uppercase().to_string())
                }
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_key_press_report_are_read() {
        // The attributes of RFC 4730, in another order and quoted otherwise.
        let of = |attributes: &str| {
            kpml(&format!(
                "<?xml version=\"1.0\"?>\n<kpml-response {attributes}/>"
            ))
            .map(str::to_owned)
        };
        assert_eq!(
            of("version=\"1.0\" code=\"200\" text=\"OK\" digits=\"1234#\" tag=\"a\""),
            Some("1234#".into())
        );
        assert_eq!(of("digits = '*6'"), Some("*6".into()));
        assert_eq!(of("text=\"no digits\" code=\"423\""), None);
        assert_eq!(of("xdigits=\"1\" digits=\"\""), Some(String::new()));
        assert_eq!(kpml("<kpml-request digits=\"1\"/>"), None);
    }

    #[test]
    fn spaces_and_numeric_names_are_understood() {
        assert_eq!(
            relay("Signal= 5\r\nDuration= 160\r\n"),
            Some(("5".into(), Some(160.0)))
        );
        assert_eq!(relay("Signal=11\r\n"), Some(("#".into(), None)));
        assert_eq!(relay("Signal=hf\r\n"), Some(("flash".into(), None)));
        assert_eq!(relay("Volume=3\r\n"), None);
        assert_eq!(
            nortel("p=Digit-Collection\r\nd=Digits\r\nd=7\r\n"),
            Some(("7".into(), None))
        );
        assert_eq!(nortel("d=7\r\n"), Some(("7".into(), None)));
    }
}
