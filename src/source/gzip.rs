//! gzip data of one or several members (RFC 1952 §2.2).

use super::buffer::ReadBuffer;
use flate2::bufread::GzDecoder;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Decompresses member after member. Bytes behind the last that are no gzip data, as padding or a
/// careless copy leaves them, end the data and are told through a flag; they are no damage.
pub(super) struct GzipMembers {
    /// `None` behind the last member.
    member: Option<GzDecoder<ReadBuffer>>,
    trailing: Arc<AtomicBool>,
}

impl GzipMembers {
    /// `trailing` is set when other bytes follow the data.
    pub(super) fn new(input: ReadBuffer, trailing: Arc<AtomicBool>) -> Self {
        GzipMembers {
            member: Some(GzDecoder::new(input)),
            trailing,
        }
    }
}

impl Read for GzipMembers {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let n = member.read(out)?;
            if n > 0 {
                return Ok(n);
            }
            let Some(mut input) = self.member.take().map(GzDecoder::into_inner) else {
                break;
            };
            input.fill(2)?;
            match input.available() {
                [] => {}
                [0x1f, 0x8b, ..] => self.member = Some(GzDecoder::new(input)),
                _ => self.trailing.store(true, Ordering::Relaxed),
            }
        }
        Ok(0)
    }
}
