//! Numbers, and what to say to what is none.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A whole number of `range`; `example` is typed as it is said.
pub(super) fn number<T>(text: &str, range: RangeInclusive<T>, example: &str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok().filter(|n| range.contains(n));
    number.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        // The largest that there is is nobody's limit.
        let to = match most.to_string().len() {
            ..10 => format!("from {least} to {most}"),
            _ => format!("from {least} on"),
        };
        format!("expected a whole number {to}, for example {example}")
    })
}
