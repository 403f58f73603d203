//! RTP streams: which packets belong to which call, and what they measure.
//!
//! [`Tracker`] takes announcements and datagrams and gives finished [`StreamRecord`]s. Measures are in
//! [`measure`], one a file; [`meter`] runs them all for one stream.
//!
//! Invariant: memory is bounded by the streams open and the calls announced, each by [`Limits`];
//! capture time is an input.

pub(crate) mod announcement;
mod attach;
pub(crate) mod bandwidth_calc;
pub(crate) mod binding;
mod chains;
mod closing;
mod codecs_apart;
mod control;
pub(crate) mod directory;
mod early;
mod early_rtcp;
mod extra;
pub(crate) mod figures;
mod handover;
pub(crate) mod limits;
pub(crate) mod measure;
pub(crate) mod meter;
pub(crate) mod now;
pub mod other;
pub(crate) mod packet;
mod points;
pub(crate) mod probation;
pub(crate) mod record;
mod relay;
mod rtcp_figures;
mod rtcp_loss;
mod rtcp_sender;
pub(crate) mod rtcp_state;
mod rtcp_sync;
mod rtcp_trips;
mod silence;
mod slots;
pub mod sound;
mod stream;
mod table;
mod tones;
pub mod trace;
pub(crate) mod tracker;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod scenarios;

pub use announcement::Announcement;
pub use codecs_apart::{CodecApart, codecs_apart};
pub use early::{Early, Phase};
pub use extra::{
    PacketRow, Place, SERIES_MOST_ROWS, SERIES_STEPS_S, Series, SeriesRow, StreamExtra, WorkFacts,
};
pub use figures::{
    BurstFigures, PauseFigures, PlayoutBuffer, PlayoutFigures, StreamFigures, TimestampJumps,
};
pub use limits::{Limits, LimitsReached};
pub use measure::classroom::{
    ClassroomScore, NARROWBAND_ONLY, UNKNOWN_DELAY, classroom, mos_ceiling,
};
pub use measure::conversation::{Conversation, DelaySource, MouthToEar, conversation};
pub use measure::dtmf::DtmfEvent;
pub(crate) use measure::emodel::effective_equipment_impairment;
pub use measure::emodel::{EModelParts, Rating};
pub use measure::quality::{BPL_G711_PLAIN, QualityFigures, QualityModel, assumed};
pub use packet::{Class, MediaPacket};
pub use record::{
    BindMethod, PayloadRating, PayloadSeen, PointFigures, Setup, StreamHandle, StreamRecord,
};
pub use relay::Relay;
pub use rtcp_figures::{ExtendedFigures, FeedbackCounts, FlawSeen, RtcpFigures};
pub use rtcp_loss::{JitterBeside, LossSides, WorstInterval};
pub use rtcp_sender::SentAndArrived;
pub use rtcp_sync::{Sampled, Sync};
pub use rtcp_trips::Spread;
pub use tones::ToneKey;
pub(crate) use tones::tones_of;
pub use tracker::{MediaCounters, Tracker};
