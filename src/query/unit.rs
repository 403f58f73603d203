//! Units: those of fields, by the ends of their names, and those that are typed.

/// What is measured; units of one dimension can be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Time,
    Share,
    Rate,
    Size,
    Frequency,
    Drift,
    FullScale,
    Milliwatt0,
    Milliwatt,
    Ratio,
}

/// A unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    name: &'static str,
    /// Other spellings.
    also: &'static [&'static str],
    dimension: Dimension,
    /// One of it is `times / by` of the dimension's base unit. Two whole numbers, so that 200 ms are 0.2 s and not
    /// nearly so.
    times: f64,
    by: f64,
}

const fn unit(
    name: &'static str,
    also: &'static [&'static str],
    dimension: Dimension,
    times: f64,
    by: f64,
) -> Unit {
    Unit {
        name,
        also,
        dimension,
        times,
        by,
    }
}

/// Every unit that is understood.
const UNITS: &[Unit] = &[
    unit("ns", &[], Dimension::Time, 1.0, 1e9),
    unit("us", &["\u{b5}s", "\u{3bc}s"], Dimension::Time, 1.0, 1e6),
    unit("ms", &["msec"], Dimension::Time, 1.0, 1e3),
    unit("s", &["sec"], Dimension::Time, 1.0, 1.0),
    unit("min", &[], Dimension::Time, 60.0, 1.0),
    unit("h", &[], Dimension::Time, 3600.0, 1.0),
    unit("%", &["percent"], Dimension::Share, 1.0, 1.0),
    unit("bps", &["bit/s"], Dimension::Rate, 1.0, 1.0),
    unit("kbps", &["kbit/s"], Dimension::Rate, 1e3, 1.0),
    unit("Mbps", &["Mbit/s"], Dimension::Rate, 1e6, 1.0),
    unit("B", &["bytes", "octets"], Dimension::Size, 1.0, 1.0),
    unit("kB", &["KB"], Dimension::Size, 1e3, 1.0),
    unit("MB", &[], Dimension::Size, 1e6, 1.0),
    unit("Hz", &[], Dimension::Frequency, 1.0, 1.0),
    unit("kHz", &[], Dimension::Frequency, 1e3, 1.0),
    unit("ppm", &[], Dimension::Drift, 1.0, 1.0),
    unit("dBov", &[], Dimension::FullScale, 1.0, 1.0),
    unit("dBm0", &[], Dimension::Milliwatt0, 1.0, 1.0),
    unit("dBm", &[], Dimension::Milliwatt, 1.0, 1.0),
    unit("dB", &[], Dimension::Ratio, 1.0, 1.0),
];

/// How the names of fields end, and the unit they then have.
const ENDS: &[(&str, &str)] = &[
    ("ms", "ms"),
    ("s", "s"),
    ("seconds", "s"),
    ("percent", "%"),
    ("bps", "bps"),
    ("kbps", "kbps"),
    ("bytes", "B"),
    ("octets", "B"),
    ("hz", "Hz"),
    ("ppm", "ppm"),
    ("dbov", "dBov"),
    ("dbm0", "dBm0"),
    ("dbm", "dBm"),
    ("db", "dB"),
];

impl Unit {
    /// As it is written.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The unit of a field by its name: `jitter_max_ms`.
    pub(super) fn of_field(name: &str) -> Option<Unit> {
        if name == "clock_rate" {
            return Unit::named("Hz");
        }
        let last = name.rsplit('_').next().unwrap_or(name);
        // A name of one letter is no unit.
        let (_, unit) = ENDS
            .iter()
            .find(|(end, _)| *end == last && name.len() > 1)?;
        Unit::named(unit)
    }

    /// The unit that is written so: as it stands, else in any case.
    pub(super) fn named(text: &str) -> Option<Unit> {
        let spelled =
            |u: &&Unit, is: &dyn Fn(&str) -> bool| is(u.name) || u.also.iter().any(|s| is(s));
        let exact = UNITS.iter().find(|u| spelled(u, &|s| s == text));
        let mut any = UNITS
            .iter()
            .filter(|u| spelled(u, &|s| s.eq_ignore_ascii_case(text)));
        exact.or(any.next()).copied()
    }

    /// `value` of this unit in another of the same dimension; `None` where that means nothing.
    pub(super) fn convert(&self, value: f64, to: Unit) -> Option<f64> {
        let same = self.dimension == to.dimension;
        same.then(|| value * (self.times * to.by) / (self.by * to.times))
    }

    /// The units a value may be given in.
    pub(super) fn like(&self) -> Vec<String> {
        let like = UNITS.iter().filter(|u| u.dimension == self.dimension);
        like.map(|u| u.name.to_owned()).collect()
    }
}

/// True for what is written behind a number.
pub(super) fn is_unit(text: &str) -> bool {
    Unit::named(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(value: f64, from: &str, field: &str) -> Option<f64> {
        let to = Unit::of_field(field).unwrap();
        Unit::named(from).unwrap().convert(value, to)
    }

    #[test]
    fn a_value_is_converted_to_the_unit_of_the_field() {
        for (value, from, field, is) in [
            (200.0, "ms", "post_dial_delay_s", Some(0.2)),
            (2.0, "s", "jitter_max_ms", Some(2000.0)),
            (3.0, "ms", "talk_time_s", Some(0.003)),
            (1.5, "min", "talk_time_s", Some(90.0)),
            (5.0, "%", "lost_percent", Some(5.0)),
            (0.08, "Mbps", "ip_kbps", Some(80.0)),
            (8.0, "khz", "clock_rate", Some(8000.0)),
            (2.0, "kB", "bytes", Some(2000.0)),
            (5.0, "%", "jitter_max_ms", None),
            (5.0, "dBov", "level_dbm0", None),
        ] {
            assert_eq!(
                converted(value, from, field),
                is,
                "{value} {from} for {field}"
            );
        }
    }

    #[test]
    fn names_without_a_unit_have_none() {
        for name in ["packets", "status", "s", "is", "mos", "call_ids", "legs"] {
            assert_eq!(Unit::of_field(name), None, "{name}");
        }
    }

    #[test]
    fn every_unit_of_a_field_is_known() {
        for (end, name) in ENDS {
            assert!(Unit::named(name).is_some(), "{end}: {name}");
        }
    }
}
