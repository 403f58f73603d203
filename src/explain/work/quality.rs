//! The arithmetic of the E-model, term by term.

use super::{Formula, float, line, unless_same};
use crate::explain::words::{clean, number};
use crate::media::{EModelParts, QualityModel};
use crate::report::model::{DelayParts, Quality, RatingTerms, Stream};

/// Send loudness rating: the default of ITU-T G.107.
const SLR: f64 = 8.0;
/// R on the wideband scale against R on the other.
const WIDEBAND: f64 = 1.29;

pub(super) fn quality(s: &Stream) -> Vec<Formula> {
    let q = &s.quality;
    let (Some(terms), Some(mos)) = (q.terms, q.mos) else {
        let reason = match (&q.reason, q.mos) {
            (Some(reason), _) => reason.as_str(),
            (None, Some(_)) => "the report holds the score and not its terms",
            (None, None) => "no model for this codec",
        };
        return vec![line("-", clean(reason))];
    };
    let mut lines = match q.model {
        Some(QualityModel::G1071) => vec![line(
            "Ro - Is - Id",
            format!("{} (ITU-T G.107.1, its default values, no delay)", terms.ro),
        )],
        Some(QualityModel::Classroom) => taught(q),
        _ => parts(0.0),
    };
    lines.extend(equipment(s, terms));
    lines.push(rating("R", terms, q.r_factor));
    let r = r_of(terms);
    lines.push(match q.model {
        Some(QualityModel::G1071) => {
            let x = r / WIDEBAND;
            score(&format!("with R / {WIDEBAND} = {x:.2} for R: "), x, mos)
        }
        _ => score("", r, mos),
    });
    lines.push(line(
        "at most",
        format!("{} without loss", number(q.mos_ceiling, 2)),
    ));
    if let Some(reason) = &q.reason {
        lines.push(line("", clean(reason)));
    }
    lines.extend(conversation(q));
    lines
}

/// Ro, Is and Id of the defaults at a delay.
fn parts(delay_ms: f64) -> Vec<Formula> {
    let p = EModelParts::at(delay_ms);
    let delay = match delay_ms > 0.0 {
        true => format!("at {delay_ms:.1} ms"),
        false => "no delay counted".to_owned(),
    };
    vec![
        line(
            "Ro",
            format!(
                "15 - 1.5 (SLR + No) = 15 - 1.5 ({SLR} - {:.3}) = {:.3}",
                -p.no, p.ro
            ),
        ),
        line(
            "Is",
            format!(
                "Iolr + Ist + Iq = {:.3} {} + {:.3} = {:.3}",
                p.iolr,
                signed(p.ist),
                p.iq,
                p.is()
            ),
        ),
        line(
            "Id",
            format!(
                "Idte + Idle + Idd = {:.3} + {:.3} + {:.3} = {:.3}, {delay}",
                positive(p.idte),
                p.idle,
                p.idd,
                p.id()
            ),
        ),
        line(
            "",
            "(noise, loudness, echo: the default values of ITU-T G.107)",
        ),
    ]
}

/// Not `-0.000`.
fn positive(x: f64) -> f64 {
    if x.abs() < 0.000_5 { 0.0 } else { x }
}

fn signed(x: f64) -> String {
    match x < 0.0 {
        true => format!("- {:.3}", -x),
        false => format!("+ {x:.3}"),
    }
}

fn taught(q: &Quality) -> Vec<Formula> {
    let codec = q.delay_ms.and_then(|d| d.codec).unwrap_or_default();
    let id = q.terms.map_or(0.0, |t| t.id);
    vec![
        line("Ro - Is", "93.2, as courses give it"),
        line(
            "codec delay",
            format!("two frames and the look-ahead = {codec} ms"),
        ),
        line(
            "Id",
            format!(
                "0.024 x (codec delay + 20) = 0.024 x {} = {id:.3}",
                codec + 20.0
            ),
        ),
    ]
}

/// Loss and Ie,eff.
fn equipment(s: &Stream, terms: RatingTerms) -> Vec<Formula> {
    let q = &s.quality;
    let ie = q.ie.unwrap_or_default();
    let loss = q.effective_loss_percent.unwrap_or_default();
    let bpl = q.bpl.filter(|_| loss > 0.0);
    let Some(bpl) = bpl else {
        return vec![line("Ie,eff", format!("Ie = {ie}: nothing lost or late"))];
    };
    let late = s.late.unwrap_or_default();
    let missed = (s.lost + late).min(s.expected);
    let percent = float(missed) / float(s.expected.max(1)) * 100.0;
    let ratio = q.burst_ratio.unwrap_or(1.0);
    let agreed = unless_same(percent, Some(loss), 3);
    // Three decimals of the share move the third of the result.
    let exact = if agreed.is_none() { percent } else { loss };
    let ie_eff = ie + (95.0 - ie) * exact / (exact / ratio + bpl);
    vec![
        Formula {
            reported: agreed,
            ..line(
                "Ppl",
                format!(
                    "({} lost + {late} late) / {} expected x 100 = {percent:.3} %",
                    s.lost, s.expected
                ),
            )
        },
        line(
            "BurstR",
            format!("{ratio:.3}: mean run of lost packets against that of random loss, at least 1"),
        ),
        Formula {
            reported: unless_same(ie_eff, Some(terms.ie_eff), 1),
            ..line(
                "Ie,eff",
                format!(
                    "Ie + (95 - Ie) x Ppl / (Ppl / BurstR + Bpl) = {ie} + {} x {loss:.3} / ({loss:.3} / {ratio:.3} + {bpl}) = {ie_eff:.3}",
                    95.0 - ie
                ),
            )
        },
    ]
}

fn r_of(t: RatingTerms) -> f64 {
    t.ro - t.is - t.id - t.ie_eff + t.a
}

fn rating(name: &'static str, t: RatingTerms, reported: Option<f64>) -> Formula {
    let r = r_of(t);
    // Terms of three decimals may move the second of their sum by one.
    let same = reported.is_some_and(|reported| (reported - r).abs() < 0.015);
    Formula {
        reported: (!same).then(|| number(reported, 2)),
        ..line(
            name,
            format!(
                "Ro - Is - Id - Ie,eff + A = {:.3} - {:.3} - {:.3} - {:.3} + {} = {r:.2}",
                t.ro, t.is, t.id, t.ie_eff, t.a
            ),
        )
    }
}

fn score(before: &str, r: f64, reported: f64) -> Formula {
    let mos = mos_of(r);
    let same = (mos - reported).abs() < 0.0101;
    Formula {
        reported: (!same).then(|| number(Some(reported), 2)),
        ..line(
            "MOS",
            format!("{before}1 + 0.035 R + R (R - 60) (100 - R) x 0.000007 = {mos:.2}"),
        )
    }
}

fn conversation(q: &Quality) -> Vec<Formula> {
    let told = q
        .mos_conversational
        .zip(q.terms_conversational)
        .zip(q.delay_ms);
    let Some(((mos, terms), delay)) = told else {
        let why = q.conversational_reason.as_deref();
        let why = why.map(|why| line("conversation", format!("not known: {}", clean(why))));
        return why.into_iter().collect();
    };
    let mut lines = vec![line("conversation", sum(delay))];
    let parts = parts(delay.total.unwrap_or_default());
    lines.extend(parts.into_iter().filter(|l| l.name == "Id"));
    lines.push(rating("R", terms, q.r_conversational));
    lines.push(score("", r_of(terms), mos));
    if let Some(assumed) = &q.conversational_reason {
        lines.push(line("", clean(assumed)));
    }
    lines
}

fn sum(d: DelayParts) -> String {
    let ms = |v| number(v, 1);
    format!(
        "delay = network {} + packet {} + look-ahead {} + buffer {} = {} ms",
        ms(d.network),
        ms(d.packetization),
        ms(d.codec),
        ms(d.buffer),
        ms(d.total)
    )
}

/// ITU-T G.107 Annex B.
fn mos_of(r: f64) -> f64 {
    match r {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mos_of_the_default_r_is_the_known_one() {
        // G.107: R 93.2 is MOS 4.41, R 50 is 2.58; the polynomial dips below 1 and is clamped.
        assert_eq!(number(Some(mos_of(93.2)), 2), "4.41");
        assert_eq!(number(Some(mos_of(50.0)), 2), "2.58");
        assert_eq!(mos_of(3.2), 1.0);
    }

    fn stream() -> Stream {
        let mut s = crate::report::fixtures::proxied().streams[0].clone();
        (s.expected, s.lost, s.late) = (200, 1, Some(1));
        let terms = |id, ie_eff| RatingTerms {
            ro: 94.769,
            is: 1.414,
            id,
            ie_eff,
            a: 0.0,
        };
        s.quality = Quality {
            // 95 x 1 / (1 + 25.1) = 3.640; R 89.566, MOS 4.33; at 150 ms Id 3.816, R 85.899, MOS 4.23.
            mos: Some(4.33),
            r_factor: Some(89.57),
            mos_ceiling: Some(4.41),
            model: Some(QualityModel::G107),
            terms: Some(terms(0.149, 3.64)),
            ie: Some(0.0),
            bpl: Some(25.1),
            effective_loss_percent: Some(1.0),
            burst_ratio: Some(1.0),
            mos_conversational: Some(4.23),
            r_conversational: Some(85.9),
            terms_conversational: Some(terms(3.816, 3.64)),
            delay_ms: Some(DelayParts {
                network: Some(70.0),
                packetization: Some(20.0),
                codec: Some(0.0),
                buffer: Some(60.0),
                total: Some(150.0),
                source: None,
            }),
            ..Quality::default()
        };
        s
    }

    #[test]
    fn every_term_is_worked_out_and_agrees_with_the_report() {
        let lines = quality(&stream());
        assert!(lines.iter().all(|l| l.reported.is_none()), "{lines:#?}");
        let told: Vec<String> = lines
            .iter()
            .map(|l| format!("{} {}", l.name, l.formula))
            .collect();
        for want in [
            "Ro 15 - 1.5 (SLR + No) = 15 - 1.5 (8 - 61.179) = 94.769",
            "Is Iolr + Ist + Iq = 0.440 - 0.001 + 0.974 = 1.414",
            "Id Idte + Idle + Idd = 0.000 + 0.149 + 0.000 = 0.149, no delay counted",
            "Ppl (1 lost + 1 late) / 200 expected x 100 = 1.000 %",
            "Ie,eff Ie + (95 - Ie) x Ppl / (Ppl / BurstR + Bpl) = 0 + 95 x 1.000 / (1.000 / 1.000 + 25.1) = 3.640",
            "R Ro - Is - Id - Ie,eff + A = 94.769 - 1.414 - 0.149 - 3.640 + 0 = 89.57",
            "conversation delay = network 70.0 + packet 20.0 + look-ahead 0.0 + buffer 60.0 = 150.0 ms",
            "Id Idte + Idle + Idd = 2.812 + 0.841 + 0.164 = 3.816, at 150.0 ms",
            "R Ro - Is - Id - Ie,eff + A = 94.769 - 1.414 - 3.816 - 3.640 + 0 = 85.90",
        ] {
            assert!(told.iter().any(|t| t == want), "{want}\nnot in {told:#?}");
        }
    }

    #[test]
    fn a_score_that_does_not_follow_is_handed_on() {
        let mut s = stream();
        (s.quality.mos, s.quality.r_factor) = (Some(4.0), Some(80.0));
        let lines = quality(&s);
        let reported: Vec<&str> = lines.iter().filter_map(|l| l.reported.as_deref()).collect();
        assert_eq!(reported, ["80.00", "4.00"]);
    }
}
