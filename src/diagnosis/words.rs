//! Counts, times and lists in words.

use crate::types::{CaptureTime, Delta};

/// `1 packet`, `3 packets`.
pub(super) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `1 packet`, `3 packets`.
pub(super) fn packets(n: u64) -> String {
    counted(n, "packet", "packets")
}

/// `14:15:20 UTC`.
pub(super) fn clock(time: CaptureTime) -> String {
    let (seconds, _) = time.secs_nanos();
    let of_day = seconds.rem_euclid(86_400);
    let (h, m, s) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{h:02}:{m:02}:{s:02} UTC")
}

/// `3600 s`, `0.5 s`.
pub(super) fn seconds(span: Delta) -> String {
    let s = span.as_secs_f64();
    match s < 10.0 && s.fract() != 0.0 {
        true => format!("{s:.1} s"),
        false => format!("{s:.0} s"),
    }
}

/// What refused credentials suggest, and with which proof where passwords are known: `fits`.
pub(super) fn refused_credentials(fits: Option<bool>) -> (&'static str, &'static str) {
    match fits {
        None => ("wrong password or user", ""),
        Some(false) => (
            "the response does not fit the password of the file",
            "; computed with the password of the file, the response is another one",
        ),
        Some(true) => (
            "yet the response fits the password of the file",
            "; the response fits the password of the file, so the server has another one or minds something else",
        ),
    }
}

/// `once`, `3 times`.
pub(super) fn times(n: u32) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// The first few of a list, joined, and how many more there are.
pub(super) fn first_few(items: &[String], shown: usize) -> String {
    let mut text = items
        .iter()
        .take(shown)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > shown {
        text.push_str(&format!(" and {} more", items.len() - shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_says_how_much_it_leaves_out() {
        let items: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(first_few(&items, 2), "a, b and 1 more");
        assert_eq!(first_few(&items, 3), "a, b, c");
    }
}
