//! Where two tones at once cannot be: a cheap look at a few samples of G.711.
//!
//! First at signs alone: samples 3/8 ms apart differ in sign more often than not where tones of a row and a column
//! sound, and seldom in voices, whose power lies lower.
//!
//! Then: any two sinusoids obey `x[k+2] + x[k-2] = a (x[k+1] + x[k-1]) + b x[k]` with `a = 2 (cos ω1 + cos ω2)` and
//! `b = -(2 + 4 cos ω1 cos ω2)`. So a and b are solved from two such equations, with a wide margin; then fitted to 16,
//! then to 32, then to 128 where there are so many; what is left over must be little, and the frequencies must be those of
//! a row and a column. A voice fits for four milliseconds now and then, seldom for sixteen.

use super::law::Law;

const LANES: usize = 4;
/// Samples that 32 equations take.
const SAMPLES: usize = 36;
/// Equations of the last look, and the samples they take.
const LONG_FIT: usize = 128;
const LONG: usize = LONG_FIT + 4;
/// Of 32 pairs of samples so many differ in sign: with every pair of tones, 8 dB apart and 1.5 % off, 15 at least.
const SIGNS: u64 = 15;
/// What the two tones do not explain, as a share: of 16 equations, and of 32.
const LEFT_OVER: (f32, f32) = (0.12, 0.06);
/// Largest sample at least: two tones of -36 dBm0 have about 500 at their loudest.
const LOUD: f32 = 150.0;

/// True where the samples may be those of a key.
#[inline]
pub(super) fn may_be_key(octets: &[u8], law: Law) -> bool {
    octets.first_chunk::<SAMPLES>().is_some_and(|octets| {
        signs_fit(octets)
            && may_be_two_tones(octets, law)
            && are_two_tones::<16, 20>(octets, law)
            && are_two_tones::<32, 36>(octets, law)
    }) && (octets.len() < LONG || are_two_tones::<LONG_FIT, LONG>(octets, law))
}

/// The sign is the highest bit in both laws.
#[inline]
fn signs_fit(octets: &[u8; SAMPLES]) -> bool {
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (now, later) = (octets.as_chunks::<8>().0, octets[3..].as_chunks::<8>().0);
    let differ = now.iter().zip(later).map(|(now, later)| {
        ((u64::from_ne_bytes(*now) ^ u64::from_ne_bytes(*later)) & HIGHEST) >> 7
    });
    // At most 4 in each octet; their sum goes to the highest.
    (differ.sum::<u64>().wrapping_mul(ONES) >> 56) >= SIGNS
}

/// Solves two equations. True where a and b are near those of keys, and where they cannot be told.
#[inline]
fn may_be_two_tones(octets: &[u8; SAMPLES], law: Law) -> bool {
    /// For keys 1.85 to 2.98, and -4.16 to -2.62.
    const A: (f32, f32) = (1.1, 3.9);
    const B: (f32, f32) = (-5.8, -1.4);
    let table = law.table();
    let [x0, x1, x2, x3, x4, x5, ..] = *octets;
    // An octet is an index of 256 entries.
    let [x0, x1, x2, x3, x4, x5] = [x0, x1, x2, x3, x4, x5].map(|o| table[usize::from(o)]);
    let (y1, u1, v1) = (x0 + x4, x1 + x3, x2);
    let (y2, u2, v2) = (x1 + x5, x2 + x4, x3);
    let determinant = u1 * v2 - u2 * v1;
    let size = (u1.abs() + v1.abs()) * (u2.abs() + v2.abs());
    let d = determinant.abs();
    let a = (y1 * v2 - y2 * v1) * determinant.signum();
    let b = (u1 * y2 - u2 * y1) * determinant.signum();
    d < size * 0.3 || (a > A.0 * d && a < A.1 * d && b > B.0 * d && b < B.1 * d)
}

/// Fits `N` equations, which take `S` samples, four more.
#[inline(never)]
fn are_two_tones<const N: usize, const S: usize>(octets: &[u8], law: Law) -> bool {
    let table = law.table();
    let mut x = [0.0f32; S];
    for (x, octet) in x.iter_mut().zip(octets) {
        // An octet is an index of 256 entries.
        *x = table[usize::from(*octet)];
    }
    let (mut y, mut u, mut v) = ([0.0f32; N], [0.0f32; N], [0.0f32; N]);
    for i in 0..N {
        // S is N + 4.
        y[i] = x[i] + x[i + 4];
    }
    for i in 0..N {
        u[i] = x[i + 1] + x[i + 3];
    }
    v.copy_from_slice(&x[2..N + 2]);
    let (uu, uv, vv) = (product(&u, &u), product(&u, &v), product(&v, &v));
    let (uy, vy, yy) = (product(&u, &y), product(&v, &y), product(&y, &y));
    let determinant = uu * vv - uv * uv;
    if vv < LOUD * LOUD * N as f32 / 4.0 || determinant <= uu * vv * 1e-4 {
        return false;
    }
    let a = (uy * vv - vy * uv) / determinant;
    let b = (vy * uu - uy * uv) / determinant;
    let few = N < 32;
    let left_over = if few { LEFT_OVER.0 } else { LEFT_OVER.1 };
    if yy - a * uy - b * vy > yy.max(vv) * left_over {
        return false;
    }
    // cos ω1 and cos ω2 are the zeros of this: those of a row, 0.84 to 0.73, and of a column, 0.59 to 0.27, with what
    // short samples blur.
    let p = |z: f32| (z - a / 2.0) * z - (b + 2.0) / 4.0;
    match N {
        ..32 => true,
        // 675 Hz at least, and 1690 Hz at most.
        LONG_FIT => p(0.863) > 0.0 && p(0.66) < 0.0 && p(0.241) > 0.0,
        _ => p(0.92) > 0.0 && p(0.66) < 0.0 && p(0.1) > 0.0,
    }
}

#[inline(always)]
fn product<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a, b) = (a.as_chunks::<LANES>().0, b.as_chunks::<LANES>().0);
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            sums[i] += a[i] * b[i];
        }
    }
    let [a, b, c, d] = sums;
    (a + c) + (b + d)
}
