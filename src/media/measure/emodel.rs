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
pub(crate) struct Rating {
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
    pub(crate) fn mos(&self) -> f64 {
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
    let no = noise_sum(p);
    let ro = 15.0 - 1.5 * (p.slr + no);
    let is = simultaneous(p, no, ro, delay_ms);
    let id = delay(p, no, ro, delay_ms);
    Rating {
        ro,
        is,
        id,
        ie_eff,
        a: p.a,
        r: ro - is - id - ie_eff + p.a,
    }
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

/// Is: too low overall loudness, non-optimum sidetone, quantizing distortion.
fn simultaneous(p: &Parameters, no: f64, ro: f64, t: f64) -> f64 {
    let xolr = p.slr + p.rlr + 0.2 * (64.0 + no - p.rlr);
    let iolr = 20.0 * ((1.0 + (xolr / 8.0).powi(8)).powf(1.0 / 8.0) - xolr / 8.0);
    let q = 37.0 - 15.0 * p.qdu.log10();
    let g = 1.07 + 0.258 * q + 0.0602 * q * q;
    let y = (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
    let z = 46.0 / 30.0 - g / 40.0;
    let iq = 15.0 * (1.0 + 10f64.powf(y) + 10f64.powf(z)).log10();
    iolr + sidetone(p, t) + iq
}

/// Ist: non-optimum sidetone.
fn sidetone(p: &Parameters, t: f64) -> f64 {
    let stmro = -10.0 * (power(-p.stmr) + (-t / 4.0).exp() * power(-p.telr)).log10();
    12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(1.0 / 8.0)
        - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
        - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
        + 29.0
}

/// Id: talker echo, listener echo, absolute delay, with T = Ta = Tr/2.
fn delay(p: &Parameters, no: f64, ro: f64, t: f64) -> f64 {
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
    idte + idle + idd
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
