//! How far an announced body goes: to its announced end, unless that is proven wrong.
//!
//! A start line with its headers in a body is a quotation or the next message. What stands where the body is
//! announced to end tells which; until then the bytes from there on are held, as many as a body may have. Bodies
//! longer than is read are passed over.

use super::FramerLimits;
use super::cut::{BodyEnd, BodyPlan, BodyRule, Reach};
use super::suspect::Suspect;
use memchr::memchr;

/// How far a body can be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// So many bytes are done with, and more of the body follows.
    Over(usize),
    /// After so many bytes, as announced.
    End(usize),
    /// After so many bytes, because another message begins there.
    NextMessage(usize),
}

impl BodyPlan {
    /// The end of what is listed of a body of `announced` octets.
    pub(super) fn too_long(
        &mut self,
        body: &[u8],
        announced: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> BodyEnd {
        let max = limits.max_body;
        let too_long = BodyEnd::TooLong {
            len: self.start + max,
            announced,
        };
        match self.pass(body, announced, reach, limits) {
            Passed::Over(safe) if safe >= max => too_long,
            Passed::End(_) => too_long,
            Passed::NextMessage(at) if at > max => too_long,
            Passed::NextMessage(at) => BodyEnd::NextMessage {
                len: self.start + at,
                announced,
            },
            Passed::Over(_) if reach.is_over() => BodyEnd::Missing {
                len: self.start + body.len().min(max),
                announced,
            },
            Passed::Over(_) => BodyEnd::Unknown,
        }
    }

    /// The end of a body of `announced` octets, which is read in full.
    pub(super) fn by_length(
        &mut self,
        body: &[u8],
        announced: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> BodyEnd {
        match self.pass(body, announced, reach, limits) {
            Passed::End(len) => BodyEnd::At(self.start + len),
            Passed::NextMessage(at) => BodyEnd::NextMessage {
                len: self.start + at,
                announced,
            },
            Passed::Over(_) if reach.is_over() => BodyEnd::Missing {
                len: self.start + body.len(),
                announced,
            },
            Passed::Over(_) => BodyEnd::Unknown,
        }
    }

    /// What is left of the body after its first `len` bytes, which are gone.
    pub(super) fn after(mut self, len: usize) -> BodyPlan {
        if let BodyRule::Beyond(left) = self.rule {
            self.rule = BodyRule::Beyond(left.saturating_sub(len));
        }
        self.start = 0;
        self.inside_line &= self.checked >= len;
        self.checked = self.checked.saturating_sub(len);
        self.searched = self.searched.saturating_sub(len);
        self.suspect = self.suspect.and_then(|suspect| suspect.after(len));
        self
    }

    /// The same after `missing` more bytes that nobody saw; `None` where the body ended among them.
    pub(super) fn after_hole(self, len: usize, missing: u64) -> Option<BodyPlan> {
        let missing = usize::try_from(missing).ok()?;
        let BodyRule::Beyond(left) = self.rule else {
            return None;
        };
        let left = left.checked_sub(len)?.checked_sub(missing)?;
        Some(BodyPlan {
            rule: BodyRule::Beyond(left),
            start: 0,
            checked: 0,
            searched: 0,
            // Nobody knows whether a line begins there.
            inside_line: missing > 0 || self.inside_line || len > self.checked,
            suspect: None,
            ..self
        })
    }

    /// How many of the announced octets are left.
    pub(super) fn left(&self) -> usize {
        match self.rule {
            BodyRule::Beyond(left) => left,
            _ => 0,
        }
    }

    /// Looks at `body`, of which `left` octets are announced, and at what follows it.
    pub(super) fn pass(
        &mut self,
        body: &[u8],
        left: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> Passed {
        let inside = body.get(..left).unwrap_or(body);
        let complete = inside.len() == left;
        while !self.opaque {
            if self.suspect.is_none() {
                self.suspect = self.next_suspect(inside, complete, limits.max_header);
            }
            let Some(mut suspect) = self.suspect else {
                break;
            };
            let wrong = suspect.proves_wrong(self.sdp, body, left, reach, limits);
            self.suspect = Some(suspect);
            match wrong {
                Some(true) => return Passed::NextMessage(suspect.at()),
                Some(false) => {
                    self.suspect = None;
                    let line = inside.get(suspect.at()..).unwrap_or_default();
                    let line_end =
                        suspect.at() + memchr(b'\n', line).map_or(line.len(), |lf| lf + 1);
                    self.checked = line_end.max(suspect.judged().min(inside.len()));
                }
                None => return Passed::Over(suspect.at()),
            }
        }
        if complete {
            Passed::End(left)
        } else if self.opaque {
            Passed::Over(inside.len())
        } else if self.sdp
            && matches!(self.rule, BodyRule::Beyond(_))
            && reach == Reach::Settled
            && self.start > 0
            && (1..=limits.max_header).contains(&inside.len())
        {
            // Nobody waits in the middle of a session description.
            Passed::NextMessage(inside.len())
        } else {
            Passed::Over(self.checked)
        }
    }

    /// As [`BodyPlan::next_message`], with an end to the patience for a line.
    fn next_suspect(&mut self, inside: &[u8], complete: bool, max_line: usize) -> Option<Suspect> {
        loop {
            if self.inside_line {
                let rest = inside.get(self.checked..).unwrap_or_default();
                let lf = memchr(b'\n', rest);
                self.inside_line = lf.is_none();
                self.checked += lf.map_or(rest.len(), |lf| lf + 1);
            }
            if let Some(at) = self.next_message(inside, complete) {
                return Some(Suspect::new(at));
            }
            let open = inside.get(self.checked..).unwrap_or_default();
            if open.len() <= max_line || memchr(b'\n', open).is_some() {
                return None;
            }
            self.inside_line = true;
        }
    }
}
