//! RTP streams: which packets belong to which call, and what they measure.
//!
//! [`Tracker`] takes announcements and datagrams and gives finished [`StreamRecord`]s. Measures are in
//! [`measure`], one a file; [`meter`] runs them all for one stream.
//!
//! Invariant: memory is bounded by the streams open and the calls announced, each by [`Limits`];
//! capture time is an input.

pub mod announcement;
mod attach;
pub mod bandwidth_calc;
pub mod binding;
mod chains;
mod closing;
mod control;
pub mod directory;
mod early_rtcp;
pub mod figures;
pub mod limits;
pub mod measure;
pub mod meter;
pub mod now;
pub mod packet;
pub mod probation;
pub mod record;
pub mod rtcp_state;
mod stream;
mod table;
pub mod tracker;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod scenarios;

pub use announcement::{Announcement, MediaDirection, MediaKind, Party};
pub use figures::StreamFigures;
pub use limits::{Limits, LimitsReached};
pub use measure::dtmf::DtmfEvent;
pub use packet::{Class, MediaPacket};
pub use record::{
    BindMethod, MediaEvent, PayloadSeen, RtcpFigures, Setup, StreamHandle, StreamRecord,
};
pub use tracker::{MediaCounters, Tracker};
