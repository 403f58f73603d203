//! Application-defined packet (RFC 3550 §6.7).

use super::read_ssrc;
use crate::types::Ssrc;

/// A packet only an application understands.
#[derive(Clone, Copy, Debug)]
pub struct App<'a> {
    /// Who sends it.
    pub ssrc: Ssrc,
    /// The application's own subtype, 0 to 31.
    pub subtype: u8,
    /// Names the application: four ASCII characters.
    pub name: [u8; 4],
    /// Application data, as far as captured.
    pub data: &'a [u8],
}

impl<'a> App<'a> {
    pub(super) fn parse(subtype: u8, body: &'a [u8]) -> Option<Self> {
        Some(App {
            ssrc: read_ssrc(body)?,
            subtype,
            name: *body.get(4..)?.first_chunk::<4>()?,
            data: body.get(8..).unwrap_or_default(),
        })
    }
}
