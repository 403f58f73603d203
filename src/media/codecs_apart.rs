//! A stream that carried several codecs: each is rated by itself, for one score of all would be none of either.

use super::binding::Binding;
use super::figures::PayloadFigures;
use super::meter::{CodecName, StreamMeter};
use super::stream::{Named, format_of};
use crate::types::PayloadType;
use crate::types::codec::{self, Role};

/// One codec of several, rated by what came while it was in use.
pub(super) struct Rated {
    pub(super) payload_type: PayloadType,
    name: String,
    packets: u64,
    /// `None` where no impairment value is published for it.
    pub(super) mos: Option<f64>,
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
        let mos = meter.quality_of(p.payload_type, codec).mos;
        let name = name.unwrap_or_else(|| format!("payload type {}", p.payload_type));
        rated.push(Rated {
            payload_type: p.payload_type,
            name: codec::registered_name(&name).map_or(name.clone(), str::to_owned),
            packets: p.packets,
            mos,
        });
    }
    let first = rated.first()?.name.clone();
    let differ = rated.iter().any(|r| !r.name.eq_ignore_ascii_case(&first));
    differ.then_some(rated)
}

/// Why the stream has no score of its own, with those of its codecs.
pub(super) fn codecs_apart(rated: &[Rated]) -> String {
    let each: Vec<String> = rated
        .iter()
        .map(|r| {
            let mos = r.mos.map_or("no MOS".to_owned(), |m| format!("MOS {m:.2}"));
            format!("{} {mos} ({} packets)", r.name, r.packets)
        })
        .collect();
    format!(
        "{} codecs in one stream, each rated by itself: {}",
        rated.len(),
        each.join(", ")
    )
}
