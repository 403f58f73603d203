//! A stream that carried several codecs: each is rated by itself, for one score of all would be none of either.

use super::binding::Binding;
use super::figures::PayloadFigures;
use super::meter::{CodecName, StreamMeter};
use super::record::PayloadRating;
use super::stream::{Named, format_of};
use crate::types::codec::{self, Role};
use crate::types::{PayloadType, QualityScale};

/// One codec of several, rated by what came while it was in use.
pub(super) struct Rated {
    pub(super) payload_type: PayloadType,
    name: Option<String>,
    packets: u64,
    /// `None` where no impairment value is published for it.
    pub(super) rating: Option<PayloadRating>,
}

impl Rated {
    pub(super) fn told(&self) -> CodecApart<'_> {
        CodecApart {
            payload_type: self.payload_type.get(),
            name: self.name.as_deref(),
            packets: self.packets,
            mos: self.rating.map(|r| r.mos),
            scale: self.rating.map(|r| r.scale),
        }
    }
}

/// The codecs of a stream, where it carried more than one; `None` where it is rated as a whole.
pub(super) fn rated_apart(
    meter: &StreamMeter,
    binding: Option<&Binding>,
    encrypted: bool,
) -> Option<Vec<Rated>> {
    // A single packet of another type is a slip and no codec; what carries nothing keeps a way open.
    let is_media =
        |p: &PayloadFigures| p.role == Role::Media && p.packets > 1 && p.payload_bytes > 0;
    let mut several = meter.payloads().filter(is_media);
    several.next()?;
    several.next()?;
    let mut rated: Vec<Rated> = Vec::new();
    for p in meter.payloads().filter(is_media) {
        let (name, fmtp) = match format_of(binding, p.payload_type) {
            Some(Named::Format(f)) => (Some(f.codec.to_string()), f.fmtp.clone()),
            Some(Named::Static(name, ..)) => (Some(name.to_owned()), None),
            None => (None, None),
        };
        let codec = CodecName {
            name: name.as_deref(),
            fmtp: fmtp.as_deref(),
            encrypted,
        };
        let quality = meter.quality_of(p.payload_type, codec);
        let known = quality.mos.zip(quality.r_factor).zip(quality.scale);
        let rating = known.map(|((mos, r_factor), scale)| PayloadRating {
            mos,
            r_factor,
            scale,
        });
        rated.push(Rated {
            payload_type: p.payload_type,
            name: name.map(|name| match codec::registered_name(&name) {
                Some(registered) => registered.to_owned(),
                None => name,
            }),
            packets: p.packets,
            rating,
        });
    }
    // Of two types that nobody names each is a codec of its own.
    let first = rated.first()?.name.clone();
    let differ = rated.iter().any(|r| match (&r.name, &first) {
        (Some(name), Some(first)) => !name.eq_ignore_ascii_case(first),
        _ => true,
    });
    differ.then_some(rated)
}

/// A codec of several, as it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodecApart<'a> {
    /// Its payload type.
    pub payload_type: u8,
    /// Encoding name; `None` for an unannounced dynamic type.
    pub name: Option<&'a str>,
    /// Packets of it.
    pub packets: u64,
    /// Mean opinion score; `None` where it has none.
    pub mos: Option<f64>,
    /// The scale of that.
    pub scale: Option<QualityScale>,
}

/// Why a stream has no score of its own, with those of its codecs.
pub fn codecs_apart(each: &[CodecApart<'_>]) -> String {
    let told: Vec<String> = each
        .iter()
        .map(|c| {
            let wideband = match c.scale {
                Some(QualityScale::Wideband) => " wideband",
                _ => "",
            };
            let mos = c
                .mos
                .map_or("no MOS".to_owned(), |mos| format!("MOS {mos:.2}{wideband}"));
            let name = match c.name {
                Some(name) => name.to_owned(),
                None => format!("payload type {}", c.payload_type),
            };
            format!("{name} {mos} ({} packets)", c.packets)
        })
        .collect();
    format!(
        "{} codecs in one stream, each rated by itself: {}",
        told.len(),
        told.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_codec_is_told_with_its_score_and_its_scale() {
        let one = CodecApart {
            payload_type: 9,
            name: Some("G722"),
            packets: 50,
            mos: Some(4.337),
            scale: Some(QualityScale::Wideband),
        };
        let unnamed = CodecApart {
            payload_type: 97,
            name: None,
            mos: None,
            ..one
        };
        assert_eq!(
            codecs_apart(&[one, unnamed]),
            "2 codecs in one stream, each rated by itself: G722 MOS 4.34 wideband (50 packets), \
             payload type 97 no MOS (50 packets)"
        );
    }
}
