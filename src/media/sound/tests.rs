//! What holds for every decoder.

use super::*;
use crate::types::codec::CODECS;
use proptest::prelude::*;

fn of(codec: &str) -> Box<dyn SoundDecoder> {
    decoder(SoundFormat {
        codec: Some(codec),
        ..SoundFormat::default()
    })
    .map_err(|e| e.to_string())
    .unwrap()
}

fn decoded() -> Vec<&'static str> {
    let mut names: Vec<&str> = CODECS
        .iter()
        .filter(|c| {
            let format = SoundFormat {
                codec: Some(c.name),
                ..SoundFormat::default()
            };
            decoder(format).is_ok()
        })
        .map(|c| c.name)
        .collect();
    names.push("AAL2-G726-24");
    names
}

#[test]
#[cfg(feature = "audio")]
fn these_codecs_give_sound() {
    assert_eq!(
        decoded(),
        [
            "PCMU",
            "PCMA",
            "G722",
            "G729",
            "opus",
            "GSM",
            "G723",
            "G726-32",
            "G726-40",
            "G726-24",
            "G726-16",
            "L16",
            "AAL2-G726-24"
        ]
    );
}

#[test]
fn what_gives_none_says_why() {
    let why = |codec: Option<&str>| {
        let format = SoundFormat {
            codec,
            ..SoundFormat::default()
        };
        decoder(format).err().map(|e| e.to_string())
    };
    for (codec, reason) in [
        (Some("EVS"), "there is no decoder for EVS"),
        (Some("x-own"), "x-own is no codec known here"),
        (Some("H264"), "H264 carries no sound"),
        (Some("telephone-event"), "telephone-event carries no sound"),
        (
            None,
            "the payload type is dynamic and no SDP names its codec",
        ),
    ] {
        assert_eq!(why(codec).as_deref(), Some(reason));
    }
    assert_eq!(why(Some("pcmu")), None);
}

#[test]
fn concealed_sound_has_the_length_asked_for() {
    for name in decoded() {
        let mut decoder = of(name);
        let mut out = Vec::new();
        decoder.conceal(100, &mut out);
        decoder.decode(&[0xd5; 66], &mut out);
        let before = out.len();
        decoder.conceal(1234, &mut out);
        assert_eq!(out.len(), before + 1234, "{name}");
    }
}

/// Anything, and what has the length and the first octet of a frame.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let arbitrary = prop::collection::vec(any::<u8>(), 0..400);
    let sized = prop::sample::select(vec![1usize, 2, 4, 10, 12, 20, 24, 33, 66, 160]);
    let frame = (sized, any::<u8>()).prop_flat_map(|(len, first)| {
        prop::collection::vec(any::<u8>(), len).prop_map(move |mut octets| {
            octets[0] = first;
            octets
        })
    });
    let gsm = prop::collection::vec(any::<u8>(), 33).prop_map(|mut octets| {
        octets[0] |= 0xd0;
        octets
    });
    prop_oneof![2 => arbitrary, 2 => frame, 1 => gsm]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_payload_is_too_hostile(payloads in prop::collection::vec(payload(), 1..40)) {
        for name in decoded() {
            let mut decoder = of(name);
            let mut out = Vec::new();
            for (n, payload) in payloads.iter().enumerate() {
                out.clear();
                decoder.decode(payload, &mut out);
                prop_assert!(out.len() <= MAX_SAMPLES, "{} gives {}", name, out.len());
                if n % 5 == 4 {
                    decoder.conceal(333, &mut out);
                }
            }
        }
    }
}
