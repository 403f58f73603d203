//! Sound out of captures: which streams, their packets read again, and what becomes of them in files.

mod channel;
mod lane;
mod level;
mod listen;
mod plan;
mod raw;
mod stream;
mod twice;
mod wav;

pub(super) use channel::Channel;
pub(super) use lane::Lane;
pub(super) use level::{is_sound, measure};
pub(super) use listen::{Ear, listen, read_again};
pub(super) use plan::{Plan, Way};
pub(super) use raw::{Raw, named};
pub(super) use stream::{HeardStream, formats};
pub(super) use twice::readable_twice;
pub(super) use wav::{MOST_OCTETS, header};
