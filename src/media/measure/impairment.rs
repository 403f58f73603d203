//! Which published impairment values hold for a stream: its codec, and the rate or mode its payloads show.

use super::quality::CodecFacts;
use crate::types::MediaKind;
use crate::types::codec::{self, Framing, Impairment, Mode, RateValues, Values, fmtp_parameter};

/// Of a hundred payloads of speech so many are of one mode where the stream is rated by it.
const ONE_MODE_PERCENT: u64 = 90;

/// The values of a stream's codec.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    /// The codec, with its mode where it has some.
    pub(super) name: String,
    pub(super) values: Values,
    /// How the mode was told; empty where there is none.
    told: String,
}

impl Chosen {
    /// What was assumed.
    pub(super) fn notes(&self) -> Vec<String> {
        let said = [self.told.as_str(), self.values.assumption];
        let said = said.into_iter().filter(|s| !s.is_empty());
        said.map(str::to_owned).collect()
    }
}

/// The published impairment of a codec, or why there is none.
pub(super) fn impairment(facts: CodecFacts<'_>) -> Result<Chosen, String> {
    let Some(name) = facts.name else {
        return Err("codec unknown: no session description names this payload type".into());
    };
    let known = codec::find(name);
    if known.is_some_and(|c| c.kind == MediaKind::Video) {
        return Err(format!("{name} is video: the model rates speech"));
    }
    let plain = |values: Values| Chosen {
        name: name.to_owned(),
        values,
        told: String::new(),
    };
    match known.map_or(Impairment::Unpublished, |c| c.impairment) {
        Impairment::Published(values) => Ok(plain(values)),
        Impairment::ByRate(rates) => by_rate(facts, rates)
            .map(plain)
            .ok_or_else(|| format!("{name} at this rate has no ITU-T impairment value")),
        Impairment::ByMode(modes) => by_mode(facts, name, modes),
        Impairment::Wideband => Err(format!(
            "{name} is a wideband codec: the narrowband model does not apply, and its wideband values are not \
             confirmed"
        )),
        Impairment::Unusable(why) => Err(format!("no impairment value to rate by: {why}")),
        Impairment::Unpublished => {
            Err(format!("no ITU-T impairment value is published for {name}"))
        }
    }
}

/// The rate that a format parameter or the size of a frame shows.
fn by_rate(facts: CodecFacts<'_>, rates: &[RateValues]) -> Option<Values> {
    let says = |(key, value): (&str, &str)| fmtp_parameter(facts.fmtp, key) == Some(value);
    let frame_octets = |frame_ms: f64| {
        let frames = (facts.ptime_ms.unwrap_or(frame_ms) / frame_ms).round();
        facts.mean_payload / frames.max(1.0)
    };
    let fits = |r: &&RateValues| {
        r.parameter.is_some_and(says)
            || (facts.mean_payload > 0.0 && frame_octets(r.frame_ms) >= r.least_octets)
    };
    rates.iter().find(fits).map(|r| r.values)
}

/// The mode that the payloads name, else the only one agreed, else the one that all payloads have the length of.
fn by_mode(facts: CodecFacts<'_>, name: &str, modes: &[Mode]) -> Result<Chosen, String> {
    let counted = |mode: &Mode| {
        let counts = facts.frame_types.map_or(&[][..], |c| &c[..]);
        let n = counts.get(usize::from(mode.frame_type)).copied();
        u64::from(n.unwrap_or_default())
    };
    let all: u64 = modes.iter().map(counted).sum();
    let (mode, told) = if all > 0 {
        let most = modes.iter().max_by_key(|mode| counted(mode));
        let Some(most) = most.filter(|m| counted(m) * 100 >= all * ONE_MODE_PERCENT) else {
            let seen: Vec<String> = modes
                .iter()
                .filter(|mode| counted(mode) > 0)
                .map(|mode| format!("{} ({})", mode.kbps, counted(mode)))
                .collect();
            return Err(format!(
                "{name} came in several modes, in kbit/s (packets): {}; no one value is of all",
                seen.join(", ")
            ));
        };
        let told = match counted(most) == all {
            true => "the mode of its payloads".to_owned(),
            // At least 90, at most 99.
            false => format!(
                "the mode of {} % of its payloads",
                counted(most) * 100 / all
            ),
        };
        (most, told)
    } else if let Some(only) = agreed(facts, modes) {
        (only, "the only mode agreed".to_owned())
    } else if let Some(fits) = of_length(facts, modes) {
        (
            fits,
            "the mode that its payloads have the length of".to_owned(),
        )
    } else {
        return Err(format!(
            "the mode of {name} is not known: the payloads cannot be read and no single mode was agreed"
        ));
    };
    let full = format!("{name} {}", mode.kbps);
    let Some(values) = mode.values else {
        return Err(format!(
            "no ITU-T impairment value is published for {full} kbit/s, {told}"
        ));
    };
    Ok(Chosen {
        told: format!("rated as {full} kbit/s, {told}"),
        name: full,
        values,
    })
}

fn agreed<'a>(facts: CodecFacts<'_>, modes: &'a [Mode]) -> Option<&'a Mode> {
    let only: u8 = fmtp_parameter(facts.fmtp, "mode-set")?.parse().ok()?;
    modes.iter().find(|mode| mode.frame_type == only)
}

/// All of one length: the mean is that length, which is whole.
fn of_length<'a>(facts: CodecFacts<'_>, modes: &'a [Mode]) -> Option<&'a Mode> {
    let framing = Framing::announced(facts.fmtp)?;
    let one_frame = facts.ptime_ms.is_none_or(|ms| ms == 20.0);
    let is = |mode: &&Mode| f64::from(mode.octets(framing)) == facts.mean_payload;
    modes.iter().filter(|_| one_frame).find(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> CodecFacts<'_> {
        CodecFacts {
            name: Some(name),
            ..CodecFacts::default()
        }
    }

    #[test]
    fn payload_size_tells_the_rate_of_g723() {
        let at = |octets| {
            impairment(CodecFacts {
                mean_payload: octets,
                ptime_ms: Some(30.0),
                ..named("G723")
            })
            .unwrap()
            .values
            .ie
        };
        assert_eq!((at(24.0), at(20.0)), (15.0, 19.0));
    }

    fn modes_of(name: &str, counts: &[(usize, u32)]) -> Result<Chosen, String> {
        let mut frame_types = [0; 16];
        for (frame_type, n) in counts {
            frame_types[*frame_type] = *n;
        }
        impairment(CodecFacts {
            frame_types: Some(&frame_types),
            ..named(name)
        })
    }

    #[test]
    fn payloads_name_their_mode() {
        // Silence descriptors (8 of AMR, 9 of AMR-WB) are of no mode.
        let efr = modes_of("AMR", &[(7, 90), (8, 40)]).unwrap();
        assert_eq!((efr.values.ie, efr.values.bpl), (5.0, Some(10.0)));
        let wide = modes_of("AMR-WB", &[(2, 95), (0, 5), (9, 3)]).unwrap();
        assert_eq!(wide.values.ie, 13.0);
        assert_eq!(
            wide.notes(),
            [
                "rated as AMR-WB 12.65 kbit/s, the mode of 95 % of its payloads",
                "for one ear (handset)"
            ]
        );
    }

    #[test]
    fn several_modes_and_modes_without_a_value_have_none() {
        let several = modes_of("AMR-WB", &[(2, 60), (8, 40)]).unwrap_err();
        assert!(several.contains("12.65 (60), 23.85 (40)"), "{several}");
        let low = modes_of("AMR", &[(4, 100)]).unwrap_err();
        assert!(low.contains("AMR 7.4 kbit/s"), "{low}");
    }

    #[test]
    fn payloads_nobody_could_read_are_told_by_agreement_or_length() {
        let of = |fmtp, octets| {
            let facts = CodecFacts {
                fmtp,
                mean_payload: octets,
                ..named("AMR-WB")
            };
            impairment(facts).map(|chosen| chosen.values.ie)
        };
        assert_eq!(of(Some("mode-set=2"), 20.5), Ok(13.0));
        // 12.65 kbit/s: 10 + 253 bits, 33 octets; aligned 2 + 32.
        assert_eq!(of(None, 33.0), Ok(13.0));
        assert_eq!(of(Some("octet-align=1"), 34.0), Ok(13.0));
        assert!(of(None, 34.0).is_err());
        assert!(of(Some("mode-set=0,1,2"), 30.2).is_err());
    }
}
