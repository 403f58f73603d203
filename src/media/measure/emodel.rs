//! The E-model (ITU-T G.107, narrowband), all terms, default parameters.

/// Send and receive loudness, sidetone, noise and echo parameters (G.107 table 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Parameters {
    /// Send loudness rating, dB.
    pub slr: f64,
    /// Receive loudness rating, dB.
    pub rlr: f64,
    /// Sidetone masking rating, dB.
    pub stmr: f64,
    /// D-value of the telephone, send side.
    pub ds: f64,
    /// D-value of the telephone, receive side.
    pub dr: f64,
    /// Talker echo loudness rating, dB.
    pub telr: f64,
    /// Weighted echo path loss, dB.
    pub wepl: f64,
    /// Quantization distortion units.
    pub qdu: f64,
    /// Circuit noise, dBm0p.
    pub nc: f64,
    /// Noise floor at the receive side, dBmp.
    pub nfor: f64,
    /// Room noise, send side, dB(A).
    pub ps: f64,
    /// Room noise, receive side, dB(A).
    pub pr: f64,
    /// Advantage factor.
    pub a: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            slr: 8.0,
            rlr: 2.0,
            stmr: 15.0,
            ds: 3.0,
            dr: 3.0,
            telr: 65.0,
            wepl: 110.0,
            qdu: 1.0,
            nc: -70.0,
            nfor: -64.0,
            ps: 35.0,
            pr: 35.0,
            a: 0.0,
        }
    }
}

/// The terms of R = Ro - Is - Id - Ie,eff + A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Basic signal-to-noise ratio.
    pub ro: f64,
    /// Impairments simultaneous with speech.
    pub is: f64,
    /// Delay and echo.
    pub id: f64,
    /// Equipment, with packet loss.
    pub ie_eff: f64,
    /// Advantage of access.
    pub a: f64,
    /// The sum.
    pub r: f64,
}

impl Rating {
    /// Mean opinion score of R (G.107 annex B), 1 to 4.5.
    pub fn mos(&self) -> f64 {
        mos(self.r)
    }
}

/// Ie,eff (G.107 §7.7): `ie` and `bpl` of the codec, loss in percent, BurstR.
pub(crate) fn effective_equipment_impairment(
    ie: f64,
    bpl: f64,
    loss_percent: f64,
    burst_ratio: f64,
) -> f64 {
    if loss_percent <= 0.0 {
        return ie;
    }
    ie + (95.0 - ie) * loss_percent / (loss_percent / burst_ratio + bpl)
}

/// R for an equipment impairment and a one-way mouth-to-ear delay in milliseconds (0: listening only).
pub(crate) fn rating(p: &Parameters, ie_eff: f64, delay_ms: f64) -> Rating {
    let parts = parts(p, delay_ms);
    let (ro, is, id) = (parts.ro, parts.is(), parts.id());
    Rating {
        ro,
        is,
        id,
        ie_eff,
        a: p.a,
        r: ro - is - id - ie_eff + p.a,
    }
}

/// What the terms are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EModelParts {
    /// No: all noise at the 0 dBr point, dBm0p.
    pub no: f64,
    /// Ro: basic signal-to-noise ratio, 15 - 1.5 (SLR + No).
    pub ro: f64,
    /// Iolr: too low overall loudness.
    pub iolr: f64,
    /// Ist: non-optimum sidetone.
    pub ist: f64,
    /// Iq: quantizing distortion.
    pub iq: f64,
    /// Idte: talker echo.
    pub idte: f64,
    /// Idle: listener echo.
    pub idle: f64,
    /// Idd: too long absolute delay.
    pub idd: f64,
}

impl EModelParts {
    /// Of ITU-T G.107's default values at a one-way delay in milliseconds.
    pub fn at(delay_ms: f64) -> EModelParts {
        parts(&Parameters::default(), delay_ms)
    }

    /// Is, the sum of what comes with the speech.
    pub fn is(&self) -> f64 {
        self.iolr + self.ist + self.iq
    }

    /// Id, the sum of what delay and echo do.
    pub fn id(&self) -> f64 {
        self.idte + self.idle + self.idd
    }
}

fn parts(p: &Parameters, delay_ms: f64) -> EModelParts {
    let no = noise_sum(p);
    let ro = 15.0 - 1.5 * (p.slr + no);
    let ist = sidetone(p, delay_ms);
    let (iolr, iq) = simultaneous(p, no, ro);
    let (idte, idle, idd) = delay(p, no, ro, delay_ms);
    EModelParts {
        no,
        ro,
        iolr,
        ist,
        iq,
        idte,
        idle,
        idd,
    }
}

/// R without codec and loss on the wideband scale, with the default values of ITU-T G.107.1.
pub(crate) const R_WIDEBAND: f64 = 129.0;

/// Listening on the wideband scale (ITU-T G.107.1); `ie_eff` is that of Ie,wb. Ro is the sum the
/// Recommendation gives for its defaults; what delay takes is not known here.
pub(crate) fn wideband(ie_eff: f64) -> Rating {
    Rating {
        ro: R_WIDEBAND,
        is: 0.0,
        id: 0.0,
        ie_eff,
        a: 0.0,
        r: R_WIDEBAND - ie_eff,
    }
}

/// Mean opinion score of a rating on the wideband scale, 1 to 4.5.
pub(crate) fn mos_wideband(r: f64) -> f64 {
    mos(r / 1.29)
}

/// Mean opinion score of a rating (G.107 annex B), 1 to 4.5. The cubic dips below 1 for R < 6.5.
pub(crate) fn mos(r: f64) -> f64 {
    if r <= 0.0 {
        1.0
    } else if r >= 100.0 {
        4.5
    } else {
        (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
    }
}

fn power(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}

/// No: all noise sources referred to the 0 dBr point, dBm0p.
fn noise_sum(p: &Parameters) -> f64 {
    let olr = p.slr + p.rlr;
    let lstr = p.stmr + p.dr;
    let nos = p.ps - p.slr - p.ds - 100.0 + 0.004 * (p.ps - olr - p.ds - 14.0).powi(2);
    let pre = p.pr + 10.0 * (1.0 + power(10.0 - lstr)).log10();
    let nor = p.rlr - 121.0 + pre + 0.008 * (pre - 35.0).powi(2);
    let nfo = p.nfor + p.rlr;
    10.0 * (power(p.nc) + power(nos) + power(nor) + power(nfo)).log10()
}

/// Iolr and Iq: too low overall loudness, quantizing distortion.
fn simultaneous(p: &Parameters, no: f64, ro: f64) -> (f64, f64) {
    let xolr = p.slr + p.rlr + 0.2 * (64.0 + no - p.rlr);
    let iolr = 20.0 * ((1.0 + (xolr / 8.0).powi(8)).powf(1.0 / 8.0) - xolr / 8.0);
    let q = 37.0 - 15.0 * p.qdu.log10();
    let g = 1.07 + 0.258 * q + 0.0602 * q * q;
    let y = (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
    let z = 46.0 / 30.0 - g / 40.0;
    let iq = 15.0 * (1.0 + 10f64.powf(y) + 10f64.powf(z)).log10();
    (iolr, iq)
}

/// Ist: non-optimum sidetone.
fn sidetone(p: &Parameters, t: f64) -> f64 {
    let stmro = -10.0 * (power(-p.stmr) + (-t / 4.0).exp() * power(-p.telr)).log10();
    12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(1.0 / 8.0)
        - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
        - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
        + 29.0
}

/// Idte, Idle, Idd: talker echo, listener echo, absolute delay, with T = Ta = Tr/2.
fn delay(p: &Parameters, no: f64, ro: f64, t: f64) -> (f64, f64, f64) {
    let ist = sidetone(p, t);
    let terv =
        p.telr - 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10() + 6.0 * (-0.3 * t * t).exp();
    let terv = if p.stmr < 9.0 { terv + ist / 2.0 } else { terv };
    let roe = -1.5 * (no - p.rlr);
    let re = 80.0 + 2.5 * (terv - 14.0);
    let idte =
        ((roe - re) / 2.0 + ((roe - re).powi(2) / 4.0 + 100.0).sqrt() - 1.0) * (1.0 - (-t).exp());
    let idte = if p.stmr > 20.0 {
        (idte * idte + ist * ist).sqrt()
    } else {
        idte
    };
    let tr = 2.0 * t;
    let rle = 10.5 * (p.wepl + 7.0) * (tr + 1.0).powf(-0.25);
    let idle = (ro - rle) / 2.0 + ((ro - rle).powi(2) / 4.0 + 169.0).sqrt();
    let idd = if t <= 100.0 {
        0.0
    } else {
        let x = (t / 100.0).log2();
        25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0)
            + 2.0)
    };
    (idte, idle, idd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r_at(delay: f64) -> f64 {
        rating(&Parameters::default(), 0.0, delay).r
    }

    // Expected values: the table of G.107 default results computed independently of this code.
    #[test]
    fn default_parameters_give_93_2() {
        let p = Parameters::default();
        assert!((noise_sum(&p) - -61.179).abs() < 0.001);
        let t = rating(&p, 0.0, 0.0);
        assert!((t.ro - 94.769).abs() < 0.001);
        assert!((t.is - 1.4136).abs() < 0.0001);
        assert!((t.id - 0.149).abs() < 0.001);
        assert!((t.r - 93.206).abs() < 0.001);
    }

    #[test]
    fn delay_costs_what_the_full_model_says() {
        for (ms, want) in [
            (50.0, 91.756),
            (100.0, 90.664),
            (150.0, 89.539),
            (200.0, 85.805),
            (300.0, 72.666),
            (400.0, 62.247),
        ] {
            assert!((r_at(ms) - want).abs() < 0.001, "{ms} ms: {}", r_at(ms));
        }
    }

    // Cole and Rosenbluth's short form, R = 93.2 - 0.024 d - 0.11 (d - 177.3) above 177.3 ms. Full minus short, by a
    // separate model in Python: -0.244, -0.136, -0.061, -0.893, -0.098, -0.026, 0.163, 3.144.
    #[test]
    fn the_short_form_is_as_far_off_as_it_is_known_to_be() {
        for (ms, want) in [
            (50.0, -0.244),
            (100.0, -0.136),
            (150.0, -0.061),
            (177.3, -0.893),
            (200.0, -0.098),
            (250.0, -0.026),
            (300.0, 0.163),
            (400.0, 3.144),
        ] {
            let short = 93.2 - 0.024 * ms - 0.11 * f64::max(ms - 177.3, 0.0);
            let off = r_at(ms) - short;
            assert!((off - want).abs() < 0.001, "{ms} ms: {off}");
        }
    }

    // The same separate model at 150 ms.
    #[test]
    fn the_parts_add_up_to_the_terms() {
        let parts = EModelParts::at(150.0);
        for (got, want) in [
            (parts.no, -61.1792),
            (parts.iolr, 0.4402),
            (parts.ist, -0.0007),
            (parts.iq, 0.9741),
            (parts.idte, 2.8118),
            (parts.idle, 0.8407),
            (parts.idd, 0.1635),
        ] {
            assert!((got - want).abs() < 0.0001, "{got} for {want}");
        }
        let rated = rating(&Parameters::default(), 0.0, 150.0);
        assert_eq!((parts.is(), parts.id()), (rated.is, rated.id));
    }

    // By hand: (129 - 13) / 1.29 = 89.92 and the cubic; G.711 has Ie,wb 36 there.
    #[test]
    fn wideband_scores_are_of_their_own_scale() {
        for (ie, want) in [(13.0, 4.337), (20.0, 4.182), (31.0, 3.863), (36.0, 3.694)] {
            let got = mos_wideband(wideband(ie).r);
            assert!((got - want).abs() < 0.001, "{ie}: {got}");
        }
    }

    // G.107 table B.1 rounds a finer R: its own cubic gives 4.024 at 80.
    #[test]
    fn rating_classes_have_their_scores() {
        for (r, want) in [
            (90.0, 4.34),
            (80.0, 4.03),
            (70.0, 3.60),
            (60.0, 3.10),
            (50.0, 2.58),
        ] {
            assert!((mos(r) - want).abs() < 0.01, "{r}");
        }
        assert_eq!((mos(-1.0), mos(3.2), mos(100.0)), (1.0, 1.0, 4.5));
    }
}
