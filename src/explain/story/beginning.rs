//! How a call begins, or what of it the capture has first.

use super::legs::SERVER;
use super::{Plot, Sentence, some};
use crate::call::EventKind;
use crate::explain::cut;
use crate::explain::steps::format_name;
use crate::explain::text::{Piece, Text, text};

impl Plot<'_> {
    pub(super) fn beginning(&self) -> Sentence {
        let (caller, callee) = (self.caller.clone(), self.called.clone());
        let Some(invite) = self.invite() else {
            return self.beginning_without_invite();
        };
        let offer: Text = match &invite.sdp {
            _ if cut::hides_body(invite) => {
                "; a part of this message is not in the capture, so what it offers is not known"
                    .into()
            }
            Some(sdp) if !sdp.media.is_empty() && sdp.media.iter().all(|m| m.port == 0) => {
                " and offers no media (port 0)".into()
            }
            Some(sdp) => {
                let offered = sdp.media.iter().filter(|m| m.port != 0);
                let named = offered.flat_map(|m| m.formats.iter().map(|f| format_name(m, f)));
                let mut names: Vec<String> = Vec::new();
                // The same codec at two clocks, or for audio and video.
                for name in named {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                let rest =
                    cut::is_cut(invite).then_some("; the rest of its offer is not in the capture");
                match names.is_empty() {
                    true => text![" with a session description that names no media", rest],
                    false => text![" and offers ", some(names), rest],
                }
            }
            None => " and leaves the offer to the other side".into(),
        };
        let frame = Piece::frame_of(invite);
        let on_behalf = self.calls_for.as_ref().map(|name| format!(" for {name}"));
        Sentence {
            time: Some(invite.time),
            text: text![
                caller, " calls ", callee, on_behalf, " (", frame, ")", offer, "."
            ],
            source: Some("RFC 3261 §13.2.1"),
        }
    }

    /// Of a call whose first INVITE is not in the capture. Who called is known where an answer to it is there.
    fn beginning_without_invite(&self) -> Sentence {
        let (caller, callee) = (self.caller.clone(), self.callee.clone());
        let first = self.messages.first();
        let is_known = self.call.caller_known;
        let from = first.map(|m| text![" from ", Piece::frame_of(m), " on"]);
        let text = match (self.gap(), is_known) {
            (gap, _) if self.legs.is_several() => text![
                "The INVITE of ",
                caller,
                " to ",
                SERVER,
                " is not in the capture",
                gap,
                "."
            ],
            (Some(gap), _) => text![
                "The INVITE of ",
                caller,
                " to ",
                callee,
                " is not in the capture",
                gap,
                "."
            ],
            (None, true) => text![
                "The capture has the call of ",
                caller,
                " to ",
                callee,
                from,
                "; its INVITE is not there."
            ],
            (None, false) => text![
                "The capture has the call between ",
                caller,
                " and ",
                callee,
                from,
                "; its INVITE is not there, so who called is not known."
            ],
        };
        Sentence {
            text,
            ..Sentence::default()
        }
    }

    /// Why something may be missing, where the TCP stream has a hole.
    pub(super) fn gap(&self) -> Option<&'static str> {
        let mut events = self.call.events.iter();
        let has_gap = events.any(|e| e.kind == EventKind::CaptureGap);
        has_gap.then_some(": a part of the TCP stream is missing")
    }
}
