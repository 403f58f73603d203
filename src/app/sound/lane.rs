//! The sound of one stream on the time line, in a temporary file.

use crate::media::sound::{Piece, Resampler};
use crate::types::CaptureTime;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Octets gathered for one write.
const WRITE_UNIT: usize = 64 << 10;
/// Parts of the time line that are told apart; further ones count as one with the gaps between them.
const MOST_RUNS: usize = 1 << 16;
/// Pauses shorter than this many parts of a second are part of a run.
const PAUSE: u64 = 2;

/// Samples of one rate in a file without a name; what nothing was written to is silence.
pub(in crate::app) struct Lane {
    file: File,
    rate: u32,
    origin: CaptureTime,
    most: u64,
    /// Where sound is: begins and ends.
    runs: Vec<(u64, u64)>,
    resampler: Option<(u32, Resampler)>,
    /// The sample that comes next.
    at: i64,
    pending: Vec<u8>,
    pending_at: u64,
    samples: Vec<i16>,
    /// Sound lay beyond what a file can hold.
    pub(in crate::app) is_cut: bool,
}

impl Lane {
    /// Sample 0 stands at `origin`; at most `most` samples.
    pub(in crate::app) fn new(rate: u32, origin: CaptureTime, most: u64) -> io::Result<Lane> {
        Ok(Lane {
            file: tempfile::tempfile()?,
            rate,
            origin,
            most,
            runs: Vec::new(),
            resampler: None,
            at: 0,
            pending: Vec::new(),
            pending_at: 0,
            samples: Vec::new(),
            is_cut: false,
        })
    }

    /// The sample at a time.
    pub(in crate::app) fn sample_at(&self, time: CaptureTime) -> i64 {
        let nanos = i128::from((time - self.origin).as_nanos());
        let rate = i128::from(self.rate);
        let sample = (nanos * rate + 500_000_000).div_euclid(1_000_000_000);
        // A rate of 192 kHz and 292 years.
        i64::try_from(sample).unwrap_or(i64::MAX)
    }

    /// Puts sound in its place. Where there is sound already, that stays.
    pub(in crate::app) fn put(&mut self, piece: &Piece<'_>) -> io::Result<()> {
        let same_rate = match &self.resampler {
            Some((from, _)) => *from == piece.rate,
            None => piece.rate == self.rate,
        };
        if !piece.continues || !same_rate {
            self.end_run()?;
            self.at = self.sample_at(piece.time);
        }
        if piece.rate == self.rate {
            self.resampler = None;
            return self.write(piece.samples);
        }
        let mut samples = std::mem::take(&mut self.samples);
        samples.clear();
        let (_, resampler) = match &mut self.resampler {
            Some(there) if there.0 == piece.rate => there,
            other => other.insert((piece.rate, Resampler::new(piece.rate, self.rate))),
        };
        resampler.push(piece.samples, &mut samples);
        let written = self.write(&samples);
        self.samples = samples;
        written
    }

    /// Nothing more comes.
    pub(in crate::app) fn finish(&mut self) -> io::Result<()> {
        self.end_run()?;
        self.flush()
    }

    /// Samples a second.
    pub(in crate::app) fn rate(&self) -> u32 {
        self.rate
    }

    /// Where sound is, in samples.
    pub(in crate::app) fn runs(&self) -> &[(u64, u64)] {
        &self.runs
    }

    /// Fills `out` with the samples from `from` on.
    pub(in crate::app) fn read(&mut self, from: u64, out: &mut [i16]) -> io::Result<()> {
        out.fill(0);
        let mut octets = vec![0u8; out.len() * 2];
        self.file.seek(SeekFrom::Start(from * 2))?;
        let mut filled = 0;
        while let Some(rest) = octets.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        let (pairs, _) = octets.as_chunks::<2>();
        for (sample, pair) in out.iter_mut().zip(pairs) {
            *sample = i16::from_le_bytes(*pair);
        }
        Ok(())
    }

    fn end_run(&mut self) -> io::Result<()> {
        let Some((_, resampler)) = &mut self.resampler else {
            return Ok(());
        };
        let mut rest = Vec::new();
        resampler.finish(&mut rest);
        self.write(&rest)
    }

    fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let written = self.runs.last().map_or(0, |(_, end)| *end as i64);
        let skipped = usize::try_from(written - self.at).unwrap_or(0);
        let begin = self.at.max(written);
        self.at = self.at.saturating_add(samples.len() as i64);
        let samples = samples.get(skipped..).unwrap_or_default();
        let begin = u64::try_from(begin).unwrap_or(0);
        let room = usize::try_from(self.most.saturating_sub(begin)).unwrap_or(usize::MAX);
        self.is_cut |= samples.len() > room;
        let samples = samples.get(..room).unwrap_or(samples);
        if samples.is_empty() {
            return Ok(());
        }
        let end = begin + samples.len() as u64;
        let full = self.runs.len() >= MOST_RUNS;
        match self.runs.last_mut() {
            Some((_, last)) if full || begin - *last <= u64::from(self.rate) / PAUSE => *last = end,
            _ => self.runs.push((begin, end)),
        }
        let follows = self.pending_at + self.pending.len() as u64 / 2 == begin;
        if !follows || self.pending.len() >= WRITE_UNIT {
            self.flush()?;
            self.pending_at = begin;
        }
        self.pending
            .extend(samples.iter().flat_map(|s| s.to_le_bytes()));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.file.seek(SeekFrom::Start(self.pending_at * 2))?;
            self.file.write_all(&self.pending)?;
            self.pending_at += self.pending.len() as u64 / 2;
            self.pending.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(ms: i64, samples: &[i16], continues: bool) -> Piece<'_> {
        Piece {
            time: CaptureTime::from_nanos(ms * 1_000_000),
            rate: 8000,
            continues,
            samples,
        }
    }

    fn lane(most: u64) -> Lane {
        Lane::new(8000, CaptureTime::from_nanos(0), most).unwrap()
    }

    fn all(lane: &mut Lane, count: usize) -> Vec<i16> {
        let mut out = vec![9; count];
        lane.finish().unwrap();
        lane.read(0, &mut out).unwrap();
        out
    }

    #[test]
    fn sound_stands_where_its_time_says_and_what_is_between_is_silence() {
        let mut lane = lane(1000);
        lane.put(&piece(1, &[1; 8], false)).unwrap();
        lane.put(&piece(9, &[2; 8], true)).unwrap();
        lane.put(&piece(4, &[3; 8], false)).unwrap();
        let expected = [&[0; 8][..], &[1; 8], &[2; 8], &[0; 8], &[3; 8], &[0; 4]].concat();
        assert_eq!(all(&mut lane, 44), expected);
        assert_eq!(lane.runs(), [(8, 40)]);
    }

    #[test]
    fn sound_that_overlaps_what_is_there_gives_way() {
        let mut lane = lane(1000);
        lane.put(&piece(0, &[1; 16], false)).unwrap();
        lane.put(&piece(1, &[2; 16], false)).unwrap();
        assert_eq!(all(&mut lane, 24), [&[1; 16][..], &[2; 8]].concat());
    }

    #[test]
    fn long_pauses_part_runs_and_no_sound_lies_beyond_the_end() {
        let mut lane = lane(8016);
        lane.put(&piece(0, &[1; 8], false)).unwrap();
        lane.put(&piece(1000, &[2; 100], false)).unwrap();
        assert!(lane.is_cut);
        lane.finish().unwrap();
        assert_eq!(lane.runs(), [(0, 8), (8000, 8016)]);
    }
}
