//! What the report means, as plain data: who is who, what each message does, what happened in order,
//! how a figure comes about.
//!
//! Invariant: nothing here knows a width, a colour or a mark-up. Every text handed out is safe to show:
//! what comes from packets is escaped here, and an output escapes no more than its own mark-up.
//!
//! ```
//! use sipflow::explain::{Host, Lookup, Scene, What, story};
//! use sipflow::report::read_captures;
//!
//! let report = read_captures(&["testdata/cases/proxy_call/capture.pcap"])?;
//! let lookup = Lookup::new(&report);
//! let beginning = &story(&lookup, &report.calls[0])[0];
//! let text = "alice calls bob (#17) and offers PCMA, PCMU and telephone-event.";
//! assert_eq!(beginning.text.to_string(), text);
//! assert_eq!(beginning.text.frames(), [17]);
//!
//! let scene = Scene::of_call(&lookup, &report.calls[0]);
//! let names: Vec<String> = scene.hosts.iter().map(Host::to_string).collect();
//! assert_eq!(names, ["alice", "proxy", "bob"]);
//! if let What::Message(said) = &scene.arrows[1].what {
//!     assert_eq!(said.sentence.with_names(&names), "proxy asks alice for a password");
//! }
//! # Ok::<(), sipflow::report::ReadError>(())
//! ```

mod arrows;
mod beside;
mod cast;
pub(crate) mod change;
mod cut;
pub mod define;
mod digest;
mod fold;
mod header;
mod hops;
mod ink;
mod lesson;
pub(crate) mod linked;
mod listing;
mod lookup;
mod meaning;
pub(crate) mod media;
mod message;
mod moments;
pub(crate) mod names;
mod negotiation;
mod packet;
pub(crate) mod passing;
mod redirect;
pub(crate) mod registration;
pub(crate) mod requests;
mod scene;
mod stage;
mod standing;
mod steps;
mod story;
pub(crate) mod summary;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod timers;
pub mod walkthrough;
pub(crate) mod words;
mod work;

pub use digest::digest_work;
pub use fold::Fold;
pub use hops::{compare_hops, hop_title, hops_title, step_title};
pub use ink::Ink;
pub use lesson::{BodyLine, Lesson};
pub use listing::Listing;
pub use lookup::Lookup;
pub use message::{Described, Description, describe, info_line};
pub use moments::{Moment, moments};
pub use negotiation::negotiation;
pub use packet::{PacketDescription, describe_packet};
pub use scene::{Arrow, Beside, Host, Media, Role, Said, Scene, Sender, Waited, Way, What};
pub(crate) use story::reported;
use story::{BesideMessages, MEDIA, REPORTED, beside_messages};
pub use story::{Sentence, registration_story, story};
pub use text::{FrameName, Piece, Text};
pub use work::{Formula, JitterRow, Work, jitter_rows, work};
