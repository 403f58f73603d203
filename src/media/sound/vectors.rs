//! Decoders against what others make of the same payloads (`testdata/audio/make-vectors.py`): ffmpeg's, and for G.726
//! a model in Python that is ffmpeg's but for two things that ffmpeg leaves out.

use super::*;
use std::fs;
use std::path::PathBuf;

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/audio/vectors");
    fs::read(folder.join(name)).unwrap()
}

fn payloads(name: &str) -> Vec<Vec<u8>> {
    let data = file(&format!("{name}.payloads"));
    let mut rest = &data[..];
    let mut out = Vec::new();
    while let [low, high, after @ ..] = rest {
        let (payload, after) = after.split_at(usize::from(u16::from_le_bytes([*low, *high])));
        out.push(payload.to_vec());
        rest = after;
    }
    out
}

fn expected(name: &str) -> Vec<i16> {
    let octets = file(&format!("{name}.pcm"));
    let (pairs, _) = octets.as_chunks::<2>();
    pairs.iter().map(|p| i16::from_le_bytes(*p)).collect()
}

fn decoded(codec: &str, name: &str) -> Vec<i16> {
    let format = SoundFormat {
        codec: Some(codec),
        ..SoundFormat::default()
    };
    let mut decoder = decoder(format).map_err(|e| e.to_string()).unwrap();
    let mut out = Vec::new();
    for payload in payloads(name) {
        decoder.decode(&payload, &mut out);
    }
    out
}

/// Of `a` with `b` displaced by `lag` samples.
fn correlation(a: &[i16], b: &[i16], lag: usize) -> f64 {
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().skip(lag).zip(b) {
        let (x, y) = (f64::from(*x), f64::from(*y));
        (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
    }
    xy / (xx * yy).sqrt()
}

#[test]
fn g726_gives_the_samples_of_the_model_at_every_rate_and_in_both_packings() {
    for name in ["G726-16", "G726-24", "G726-32", "G726-40", "AAL2-G726-32"] {
        let lower = name.to_lowercase();
        assert!(decoded(name, &lower) == expected(&lower), "{name}");
    }
}

#[test]
#[cfg(feature = "audio")]
fn gsm_gives_the_samples_of_another_decoder() {
    assert!(decoded("GSM", "gsm") == expected("gsm"));
}

#[test]
#[cfg(feature = "audio")]
fn the_others_sound_as_another_decoder_makes_them_sound() {
    // libopus leaves out the 312 samples that its encoder adds (RFC 7845 §4.2). ffmpeg has the post-filter of G.729
    // itself, g729-sys that of annex A, which is what nearly all phones have. Of G.722, ffmpeg differs where there is
    // sound above 4 kHz, as here; two descendants of libg722 agree in every sample.
    for (codec, name, lag, least) in [
        ("G722", "g722", 0, 0.995),
        ("G723", "g723", 0, 0.999),
        ("G729", "g729", 0, 0.99),
        ("opus", "opus", 312, 0.9999),
    ] {
        let (ours, theirs) = (decoded(codec, name), expected(name));
        let found = correlation(&ours, &theirs, lag);
        assert!(found > least, "{codec}: {found}");
        assert!(ours.len().abs_diff(theirs.len()) <= 960, "{codec}");
    }
}
