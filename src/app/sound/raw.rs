//! Payloads that nothing here decodes, written for other programs.

use crate::app::failure::Failure;
use crate::app::output::{self, Output};
use crate::cli::OutputArgs;
use crate::media::StreamRecord;
use crate::media::sound::{
    Ordered, Sequencer, SoundFormat, SoundPacket, Storage, decoder, storage_of,
};
use crate::types::PayloadType;
use crate::types::codec::Role;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file of one payload type.
struct Kept {
    payload_type: PayloadType,
    path: PathBuf,
    storage: Storage,
    out: Output,
    packets: u64,
}

/// The files of a stream's payload types without a decoder.
pub(in crate::app) struct Raw {
    sequencer: Sequencer,
    kept: Vec<Kept>,
    missing: u32,
    octets: Vec<u8>,
}

impl Raw {
    /// Opens the files, named after `stem`; none where everything is decoded.
    pub(in crate::app) fn open(
        stream: &StreamRecord,
        stem: &Path,
        inputs: &[PathBuf],
    ) -> Result<Raw, Failure> {
        let is_left = |codec: Option<&str>, p: &crate::media::PayloadSeen| {
            let format = SoundFormat {
                codec,
                clock: p.clock,
                channels: p.channels,
            };
            let beside = codec.map_or(Role::Media, Role::of_codec).is_auxiliary();
            !beside && decoder(format).is_err()
        };
        let mut left = stream
            .payloads
            .iter()
            .filter(|p| is_left(p.codec.as_deref(), p));
        let mut kept = Vec::new();
        let mut several = false;
        for payload in left.by_ref() {
            let storage = storage_of(payload.codec.as_deref());
            let number = match several {
                false => String::new(),
                true => format!("-pt{}", payload.payload_type),
            };
            several = true;
            let path = named(
                stem,
                &format!("-stream-{}{number}", stream.no.get()),
                storage.extension,
            );
            let args = OutputArgs {
                file: Some(path.clone()),
                ..OutputArgs::default()
            };
            output::check(&args, inputs)?;
            kept.push(Kept {
                payload_type: payload.payload_type,
                path,
                storage,
                out: output::open(&args)?,
                packets: 0,
            });
        }
        Ok(Raw {
            sequencer: Sequencer::default(),
            kept,
            missing: 0,
            octets: Vec::new(),
        })
    }

    /// Takes a packet.
    pub(in crate::app) fn handle_packet(&mut self, packet: SoundPacket) -> io::Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        self.sequencer.handle_packet(packet);
        self.write()
    }

    /// Nothing more comes: the files take their names. Which they are, and their packets.
    pub(in crate::app) fn finish(mut self) -> Result<Vec<(PathBuf, u64)>, Failure> {
        self.sequencer.finish();
        self.write()?;
        let mut written = Vec::new();
        for kept in self.kept {
            kept.out.finish()?;
            written.push((kept.path, kept.packets));
        }
        Ok(written)
    }

    fn write(&mut self) -> io::Result<()> {
        while let Some(Ordered { packet, missing }) = self.sequencer.poll() {
            let missing = missing.unwrap_or(0).saturating_add(self.missing);
            let mut kept = self.kept.iter_mut();
            let Some(kept) = kept.find(|k| k.payload_type == packet.payload_type) else {
                self.missing = missing;
                continue;
            };
            self.missing = 0;
            self.octets.clear();
            kept.storage.put(&packet.payload, missing, &mut self.octets);
            kept.packets += 1;
            kept.out.write_all(&self.octets)?;
        }
        Ok(())
    }
}

/// `call-1.wav` with an addition and another ending: `call-1-stream-2.amr`.
pub(in crate::app) fn named(path: &Path, addition: &str, extension: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(addition);
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}
