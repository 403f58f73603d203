//! sipflow: from captured packets to calls, streams and findings.
//!
//! # As a library
//!
//! [`report::read_captures`] reads captures into a [`report::model::Report`], the document `--json` writes;
//! [`explain`] says what that means, in sentences and as arrows between hosts; [`diagnosis::rules`] lists what can be
//! found. These and [`types`] are meant for others. What else is public is the program's inside, for its own tests
//! and fuzz targets, and changes without notice.
//!
//! ```
//! let report = sipflow::report::read_captures(&["testdata/cases/busy/capture.pcap"])?;
//! // How did each call end, and is anything wrong?
//! let outcomes: Vec<&str> = report.calls.iter().map(|c| c.outcome.as_str()).collect();
//! let errors = report.findings.iter().filter(|f| f.severity.as_str() == "error");
//! assert_eq!((outcomes, errors.count()), (vec!["completed", "busy"], 0));
//! # Ok::<(), sipflow::report::ReadError>(())
//! ```
//!
//! # The tour
//!
//! ```text
//!            packets                              records                                 bytes
//! source -> decode -> reassembly -> crypto, sip, sdp, rtp -> call -> media -> pipeline -> diagnosis -> report -> explain -> query -> render
//!   file     one        fragments,    what a         whose    whose    drives      what is      plain     what it    which    text,
//!   pcap(ng) packet     byte streams  message says   turn     voice    them        wrong        data      means      records  JSON
//! ```
//!
//! Data goes through once, forward. [`pipeline`] is the wire from decode to media: packets go in, records
//! come out through a [`pipeline::Sink`] when they are final, and where it is asked for one note a packet says
//! what became of it. [`app`] opens the input, picks a sink and a renderer for each command of [`cli`], and turns
//! the outcome into an exit code.
//!
//! A module imports those to its left, or [`types`]; `tests/layers.rs` fails on any other arrow.
//! What each one promises:
//!
//! - [`types`]: the words all layers share: time, addresses, SIP names, RTP numbers. Invariant: no
//!   input, no clock, no import.
//! - [`source`]: captures as packets lent one by one from a read buffer, of a file or an interface, and as files
//!   again. Invariant: whatever was read before damage is delivered, and the damage is said with packet and offset.
//! - [`decode`]: one packet to an addressed payload, through links and tunnels. Invariant: no state,
//!   no allocation, sizes from the headers and never from what the capture kept.
//! - [`reassembly`]: IP fragments, TCP streams, SCTP and WebSocket messages. Invariant: knows nothing of what is
//!   inside; every buffer is bounded and every drop counted.
//! - [`crypto`]: what a password proves, as arithmetic. Invariant: nothing of it prints a password.
//! - [`sip`], [`sdp`], [`rtp`]: bytes to values, pure functions. Invariant: parsing never aborts; a
//!   message comes with what is wrong with it.
//! - [`call`]: transactions, dialogs, calls, registrations as a passive observer can know them.
//!   Invariant: everything hangs off its Call-ID and is closed by capture time.
//! - [`media`]: packets to streams, streams to calls, and every figure of a stream. Invariant: constant
//!   memory a stream; what cannot be known is `None`.
//! - [`pipeline`]: drives the above and accounts for every packet. Invariant: no file, no clock; the same
//!   packets give the same records.
//! - [`diagnosis`]: rules that say what is wrong, and what hides something; one file and one registry row
//!   each. Invariant: a rule states only what the capture shows.
//! - [`report`]: the document, plain data. Invariant: built without a renderer, rendered without a
//!   capture.
//! - [`explain`]: what the document means: a call as hosts and arrows, as sentences with their packets,
//!   a figure as arithmetic. Invariant: plain data without widths, colours or mark-up; every text is
//!   safe to show.
//! - [`query`]: expressions that choose records by their fields. Invariant: what can be named is what the
//!   JSON holds; what was typed never panics.
//! - [`render`]: the document and its meaning as text, JSON, CSV. Invariant: it lays out and works out
//!   nothing; text from packets is escaped.
//!
//! The same input gives the same output, byte for byte: no clock is asked, and no table's order is
//! shown.

#[doc(hidden)]
pub mod app;
#[doc(hidden)]
pub mod call;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod crypto;
#[doc(hidden)]
pub mod decode;
pub mod diagnosis;
pub mod explain;
#[doc(hidden)]
pub mod media;
#[doc(hidden)]
pub mod pipeline;
pub mod query;
#[doc(hidden)]
pub mod reassembly;
#[doc(hidden)]
pub mod render;
pub mod report;
#[doc(hidden)]
pub mod rtp;
#[doc(hidden)]
pub mod sdp;
#[doc(hidden)]
pub mod sip;
#[doc(hidden)]
pub mod source;
pub mod types;
