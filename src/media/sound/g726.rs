//! G.726: 16, 24, 32 and 40 kbit/s as codes of 2, 3, 4 and 5 bits (ITU-T G.726; RFC 3551 §4.5.4).
//!
//! Names in capitals are the blocks of the Recommendation's clause 4. Numbers have its widths: what is wider than 16
//! bits here never leaves them, but for `yl`, which has 19.

use super::packing::{Packing, codes};
use super::{MAX_SAMPLES, Repeat, SoundDecoder};

/// The tables of one rate, by code.
struct Tables {
    /// Logarithm of the quantised difference (RECONST).
    dqln: &'static [i32],
    /// Scale factor multipliers, 32 times W (FUNCTW).
    wi: &'static [i32],
    /// Speed control, 512 times F (FUNCTF).
    fi: &'static [i32],
}

const BITS_2: Tables = Tables {
    dqln: &[116, 365, 365, 116],
    wi: &[-704, 14048, 14048, -704],
    fi: &[0, 0xe00, 0xe00, 0],
};

const BITS_3: Tables = Tables {
    dqln: &[-2048, 135, 273, 373, 373, 273, 135, -2048],
    wi: &[-128, 960, 4384, 18624, 18624, 4384, 960, -128],
    fi: &[0, 0x200, 0x400, 0xe00, 0xe00, 0x400, 0x200, 0],
};

const BITS_4: Tables = Tables {
    dqln: &[
        -2048, 4, 135, 213, 273, 323, 373, 425, 425, 373, 323, 273, 213, 135, 4, -2048,
    ],
    wi: &[
        -384, 576, 1312, 2048, 3584, 6336, 11360, 35904, 35904, 11360, 6336, 3584, 2048, 1312, 576,
        -384,
    ],
    fi: &[
        0, 0, 0, 0x200, 0x200, 0x200, 0x600, 0xe00, 0xe00, 0x600, 0x200, 0x200, 0x200, 0, 0, 0,
    ],
};

const BITS_5: Tables = Tables {
    dqln: &[
        -2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566, 566, 539,
        514, 488, 459, 429, 395, 358, 318, 274, 224, 169, 104, 28, -66, -2048,
    ],
    wi: &[
        448, 448, 768, 1248, 1280, 1312, 1856, 3200, 4512, 5728, 7008, 8960, 11456, 14080, 16928,
        22272, 22272, 16928, 14080, 11456, 8960, 7008, 5728, 4512, 3200, 1856, 1312, 1280, 1248,
        768, 448, 448,
    ],
    fi: &[
        0, 0, 0, 0, 0, 0x200, 0x200, 0x200, 0x200, 0x200, 0x400, 0x600, 0x800, 0xa00, 0xc00, 0xc00,
        0xc00, 0xc00, 0xa00, 0x800, 0x600, 0x400, 0x200, 0x200, 0x200, 0x200, 0x200, 0, 0, 0, 0, 0,
    ],
};

pub(super) struct G726 {
    bits: u8,
    packing: Packing,
    tables: &'static Tables,
    state: State,
    repeat: Repeat,
}

impl G726 {
    pub(super) fn new(bits: u8, packing: Packing) -> Self {
        let (bits, tables) = match bits {
            2 => (2, &BITS_2),
            3 => (3, &BITS_3),
            5 => (5, &BITS_5),
            _ => (4, &BITS_4),
        };
        G726 {
            bits,
            packing,
            tables,
            state: State::default(),
            repeat: Repeat::new(8000),
        }
    }
}

impl SoundDecoder for G726 {
    fn rate(&self) -> u32 {
        8000
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        for code in codes(payload, self.bits, self.packing).take(MAX_SAMPLES) {
            let sample = self.state.decode(code, self.bits, self.tables);
            out.push(sample);
        }
        self.repeat.heard(out.get(start..).unwrap_or_default());
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        self.repeat.conceal(samples, out);
    }
}

/// What the decoder remembers from one sample to the next.
struct State {
    /// Scale factors, slow and fast.
    yl: i32,
    yu: i32,
    /// Mean of F, short and long, and the speed made of them.
    dms: i32,
    dml: i32,
    ap: i32,
    /// Coefficients of the predictor: two poles, six zeros.
    a: [i32; 2],
    b: [i32; 6],
    /// Signs of the last two partial reconstructions.
    pk: [bool; 2],
    /// Differences and reconstructed signals before, as floating point of the Recommendation.
    dq: [i32; 6],
    sr: [i32; 2],
    /// A tone was detected.
    td: bool,
}

impl Default for State {
    fn default() -> Self {
        State {
            yl: 34816,
            yu: 544,
            dms: 0,
            dml: 0,
            ap: 0,
            a: [0; 2],
            b: [0; 6],
            pk: [false; 2],
            dq: [32; 6],
            sr: [32; 2],
            td: false,
        }
    }
}

/// The number of bits of `value`, at most 15.
fn exponent(value: i32) -> i32 {
    (32 - value.max(0).leading_zeros() as i32).min(15)
}

/// FMULT: a coefficient times a number in floating point.
fn multiply(coefficient: i32, float: i32) -> i32 {
    let magnitude = match coefficient > 0 {
        true => coefficient,
        false => -coefficient & 0x1fff,
    };
    let exp = exponent(magnitude) - 6;
    let mantissa = match (magnitude, exp) {
        (0, _) => 32,
        (_, 0..) => magnitude >> exp,
        _ => magnitude << -exp,
    };
    let exp = exp + (float >> 6 & 0xf) - 13;
    let mantissa = (mantissa * (float & 0x3f) + 0x30) >> 4;
    let product = match exp {
        0.. => mantissa << exp & 0x7fff,
        _ => mantissa >> -exp,
    };
    if coefficient ^ float < 0 {
        -product
    } else {
        product
    }
}

/// FLOATA, FLOATB: sign, exponent and mantissa of a number.
fn float(magnitude: i32, negative: bool) -> i32 {
    let exp = exponent(magnitude);
    let value = match magnitude {
        0 => 0x20,
        _ => (exp << 6) + (magnitude << 6 >> exp),
    };
    if negative { value - 0x400 } else { value }
}

impl State {
    fn decode(&mut self, code: u8, bits: u8, tables: &Tables) -> i16 {
        let of = |table: &[i32]| table.get(usize::from(code)).copied().unwrap_or(0);
        let negative = code >> (bits - 1) & 1 == 1;
        let zeros: i32 = self
            .b
            .iter()
            .zip(self.dq)
            .map(|(b, dq)| multiply(b >> 2, dq))
            .sum();
        let [a0, a1] = self.a;
        let [sr0, sr1] = self.sr;
        let poles = multiply(a1 >> 2, sr1) + multiply(a0 >> 2, sr0);
        // ACCUM: the accumulators have 16 bits.
        let se = i32::from((zeros + poles) as i16) >> 1;
        let sez = i32::from(zeros as i16) >> 1;
        let y = self.step_size();
        // RECONST, ADDA, ANTILOG: the magnitude of the difference.
        let log = of(tables.dqln) + (y >> 2);
        let mag = match log {
            0.. => (128 + (log & 127)) << 7 >> (14 - (log >> 7 & 15)).max(0),
            _ => 0,
        };
        let dq = if negative { -mag } else { mag };
        let sr = i32::from((se + dq) as i16);
        self.update(
            (y, of(tables.wi), of(tables.fi)),
            (mag, negative),
            sr,
            sr - se + sez,
            bits,
        );
        (sr << 2).clamp(-32768, 32767) as i16
    }

    /// MIX: the scale factor.
    fn step_size(&self) -> i32 {
        if self.ap >= 256 {
            return self.yu;
        }
        let y = self.yl >> 6;
        let al = self.ap >> 2;
        match self.yu - y {
            dif @ 1.. => y + ((dif * al) >> 6),
            dif @ ..0 => y + ((dif * al + 0x3f) >> 6),
            0 => y,
        }
    }

    /// Adapts scale, speed and predictor.
    fn update(
        &mut self,
        (y, wi, fi): (i32, i32, i32),
        (mag, negative): (i32, bool),
        sr: i32,
        dqsez: i32,
        bits: u8,
    ) {
        // TRANS
        let (whole, part) = (self.yl >> 15, self.yl >> 10 & 0x1f);
        let threshold = if whole > 9 {
            31 << 10
        } else {
            (32 + part) << whole
        };
        let transition = self.td && mag > (threshold + (threshold >> 1)) >> 1;
        // FILTD, LIMB, FILTE
        self.yu = (y + ((wi - y) >> 5)).clamp(544, 5120);
        self.yl += self.yu + (-self.yl >> 6);
        let pk0 = dqsez < 0;
        let a2 = match transition {
            true => {
                self.a = [0; 2];
                self.b = [0; 6];
                0
            }
            false => self.adapt_predictor((pk0, dqsez != 0), (mag, negative), bits),
        };
        self.dq.rotate_right(1);
        self.dq[0] = float(mag, negative);
        self.sr = [float(sr.abs().min(32767), sr < 0), self.sr[0]];
        self.pk = [pk0, self.pk[0]];
        // TONE
        self.td = !transition && a2 < -11776;
        // FILTA, FILTB, SUBTC, FILTC
        self.dms += (fi - self.dms) >> 5;
        self.dml += ((fi << 2) - self.dml) >> 7;
        let quick = y < 1536 || self.td || ((self.dms << 2) - self.dml).abs() >= self.dml >> 3;
        self.ap = match (transition, quick) {
            (true, _) => 256,
            (false, true) => self.ap + ((0x200 - self.ap) >> 4),
            (false, false) => self.ap + (-self.ap >> 4),
        };
    }

    /// UPA1, UPA2, UPB and their limits. The second pole is given back.
    fn adapt_predictor(
        &mut self,
        (pk0, moves): (bool, bool),
        (mag, negative): (i32, bool),
        bits: u8,
    ) -> i32 {
        let differs = pk0 != self.pk[0];
        let mut a2 = self.a[1] - (self.a[1] >> 7);
        if moves {
            let fa1 = if differs { self.a[0] } else { -self.a[0] };
            a2 += match fa1 {
                ..-8191 => -0x100,
                8192.. => 0xff,
                _ => fa1 >> 5,
            };
            a2 += if pk0 != self.pk[1] { -0x80 } else { 0x80 };
            a2 = a2.clamp(-12288, 12288);
        }
        self.a[1] = a2;
        self.a[0] -= self.a[0] >> 8;
        if moves {
            self.a[0] += if differs { -192 } else { 192 };
        }
        let most = 15360 - a2;
        self.a[0] = self.a[0].clamp(-most, most);
        let leak = if bits == 5 { 9 } else { 8 };
        for (b, dq) in self.b.iter_mut().zip(self.dq) {
            *b -= *b >> leak;
            if mag != 0 {
                *b += if negative == (dq < 0) { 128 } else { -128 };
            }
        }
        a2
    }
}
