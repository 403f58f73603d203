//! Packets that are asked for by their numbers, where a number may name its file.

use super::failure::Failure;
use crate::cli::{Frames, InputArgs};
use crate::explain::words::listed;
use crate::types::{FileNames, path_text};

/// The packets asked for, of these captures.
pub(super) struct WantedFrames<'a> {
    frames: &'a [Frames],
    paths: Vec<String>,
}

impl<'a> WantedFrames<'a> {
    /// Refused where a file is named that is not read.
    pub(super) fn new(frames: &'a [Frames], input: &InputArgs) -> Result<Self, Failure> {
        let paths: Vec<String> = input.files.iter().map(|f| path_text(f)).collect();
        let is_unknown = |f: &&Frames| !paths.iter().zip(1..).any(|(p, n)| f.is_of(p, n));
        match frames.iter().find(is_unknown) {
            Some(wrong) => Err(unknown(wrong, &paths)),
            None => Ok(WantedFrames { frames, paths }),
        }
    }

    /// The captures, in the order of their numbers.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// True where packet `frame` of the `source`th capture, from 1, is one of them.
    pub(super) fn has(&self, source: u32, frame: u64) -> bool {
        let number = source as usize;
        let path = number.checked_sub(1).and_then(|at| self.paths.get(at));
        let is = |f: &Frames| {
            (f.first..=f.last).contains(&frame) && path.is_some_and(|p| f.is_of(p, number))
        };
        self.frames.iter().any(is)
    }
}

fn unknown(wrong: &Frames, paths: &[String]) -> Failure {
    let file = wrong.file.as_deref().unwrap_or_default();
    let names = FileNames::of(paths.iter().map(|p| &**p));
    let has = (0..paths.len()).filter_map(|n| names.of_source(n));
    let has: Vec<String> = has.map(ToString::to_string).collect();
    let has = match has.is_empty() {
        true => "there is one FILE: leave the name out".to_owned(),
        false => format!("their names are {}", listed(&has)),
    };
    Failure::Usage(format!("no FILE is named {file}; {has}"))
}
