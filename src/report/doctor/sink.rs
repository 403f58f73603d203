//! A collector that also counts what the doctor wants to know of packets and messages.

use crate::call::{Beside, CallRecord, DialogRecord, RegistrationRecord, TransactionRecord};
use crate::decode::Datagram;
use crate::diagnosis::Watch;
use crate::media::StreamRecord;
use crate::media::other::OtherRecord;
use crate::pipeline::{PacketNote, SeenMessage, Sink};
use crate::report::Collector;
use crate::types::{CaptureTime, FrameRef};

/// A collector that watches what passes.
pub struct DoctorSink<'t> {
    collector: Collector<'t>,
    watch: Watch,
}

impl<'t> DoctorSink<'t> {
    /// Around a collector.
    pub fn new(collector: Collector<'t>) -> Self {
        DoctorSink {
            collector,
            watch: Watch::default(),
        }
    }

    /// The collector and what was watched.
    pub fn into_parts(self) -> (Collector<'t>, Watch) {
        (self.collector, self.watch)
    }
}

impl Sink for DoctorSink<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.watch.message(seen);
        self.collector.message(seen);
    }
    fn transaction(&mut self, r: TransactionRecord) {
        self.collector.transaction(r);
    }
    fn dialog(&mut self, r: DialogRecord) {
        self.collector.dialog(r);
    }
    fn call(&mut self, r: CallRecord) {
        self.collector.call(r);
    }
    fn registration(&mut self, r: RegistrationRecord) {
        self.collector.registration(r);
    }
    fn beside(&mut self, seen: Beside) {
        self.collector.beside(seen);
    }
    fn stream(&mut self, r: StreamRecord) {
        self.collector.stream(r);
    }
    fn other_media(&mut self, r: OtherRecord) {
        self.collector.other_media(r);
    }
    fn time(&mut self, t: CaptureTime) {
        self.collector.time(t);
    }
    fn packet(&mut self, note: &PacketNote<'_>) {
        self.watch.census.packet(note);
    }
    fn given_up(&mut self, datagram: &Datagram<'_>, frames: &[FrameRef]) {
        self.watch.census.given_up(datagram, frames);
    }
}
