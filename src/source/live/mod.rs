//! Live interfaces through libpcap: opened, polled together, put in order of time, opened again when they
//! come back.
//!
//! Several interfaces are one capture: packets are numbered over all of them, as they are in a file saved
//! from it. Interfaces hand over their packets at different moments, so those of several wait [`REORDER`] for
//! each other, and longer for an interface that has more to tell than was read yet.

mod device;
mod filter;
mod order;

pub use device::LiveError;
pub use filter::{FilterPlan, plan_filter};

use super::save::InterfaceCounts;
use crate::types::{CaptureTime, Delta, FrameNo, LinkType, Packet, SourceId};
use device::{Device, Read};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use order::Reorder;
use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime};

/// How long packets of one of several interfaces wait for those of the others.
pub const REORDER: Delta = Delta::from_millis(200);

/// Packets taken from one interface before the next has its turn.
const TURN: usize = 256;
/// How long a backlog of the kernel's is read when the capture was ended.
const BACKLOG: Duration = Duration::from_secs(10);
/// With nothing for so long, the kernel has handed over what it had.
const LAST_BLOCK: Duration = Duration::from_millis(250);
/// Between two attempts to open an interface that went away.
const RETRY: Duration = Duration::from_secs(1);

/// What to capture, and how libpcap is to do it.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Interfaces, in the order given; `any` is all of them.
    pub interfaces: Vec<String>,
    /// libpcap's filter language; `None` takes everything.
    pub filter: Option<String>,
    /// Bytes kept of a packet.
    pub snap_len: u32,
    /// See packets for other hosts too.
    pub promiscuous: bool,
    /// The kernel's buffer for each interface, in bytes.
    pub buffer_bytes: u32,
    /// Hand over each packet at once instead of by blocks; costs CPU time.
    pub immediate: bool,
}

/// One interface as it is captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveInterface {
    /// As the system names it.
    pub name: String,
    /// How to read a packet's first header.
    pub link: LinkType,
}

/// Interfaces that are captured on: [`Packet`]s come out in order of time.
pub struct LiveCapture {
    devices: Vec<Device>,
    order: Option<Reorder>,
    frames: u64,
    retried: Instant,
    notices: Vec<String>,
}

impl std::fmt::Debug for LiveCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveCapture")
            .field("interfaces", &self.interfaces())
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl LiveCapture {
    /// Opens every interface. An error where one cannot be opened.
    pub fn open(options: &LiveOptions) -> Result<LiveCapture, LiveError> {
        let devices: Vec<Device> = options
            .interfaces
            .iter()
            .map(|name| Device::open(name, options))
            .collect::<Result<_, _>>()?;
        Ok(LiveCapture {
            order: (devices.len() > 1).then(Reorder::default),
            devices,
            frames: 0,
            retried: Instant::now(),
            notices: Vec::new(),
        })
    }

    /// The interfaces, in the order given.
    pub fn interfaces(&self) -> Vec<LiveInterface> {
        self.devices.iter().map(Device::interface).collect()
    }

    /// Waits for packets, `patience` at most, and hands them to `take` with the index of their interface,
    /// until it breaks. `true` where any came.
    pub fn poll(
        &mut self,
        patience: Duration,
        take: &mut dyn FnMut(u32, &Packet<'_>) -> ControlFlow<()>,
    ) -> Result<bool, LiveError> {
        self.reopen();
        self.wait(patience)?;
        let before = self.frames;
        let mut out = Numbered {
            frames: &mut self.frames,
            take,
        };
        // Up to here every interface has told all it has, once it was read.
        let mut told = now() - REORDER;
        for (interface, device) in (0..).zip(&mut self.devices) {
            let order = &mut self.order;
            let mut last = None;
            let mut more = true;
            for _ in 0..TURN {
                let read = device.read(&mut |packet| match order {
                    None => out.hand_on(interface, packet),
                    Some(order) => {
                        last = Some(packet.time);
                        order.push(interface, packet);
                        ControlFlow::Continue(())
                    }
                });
                match read {
                    Read::Packet(ControlFlow::Continue(())) => {}
                    Read::Packet(ControlFlow::Break(())) => return Ok(true),
                    Read::Nothing => {
                        more = false;
                        break;
                    }
                    Read::Lost(why) => {
                        self.notices
                            .push(format!("{why}; waiting for it to come back"));
                        self.retried = Instant::now();
                        more = false;
                        break;
                    }
                }
            }
            if let (true, Some(last)) = (more, last) {
                told = told.min(last);
            }
        }
        if let Some(order) = &mut self.order {
            while let Some((interface, packet)) = order.pop(told) {
                if out.hand_on(interface, &packet.lend()).is_break() {
                    return Ok(true);
                }
            }
        }
        Ok(self.frames > before)
    }

    /// The capture is over: hands on what was captured until now and not handed on yet.
    pub fn finish(&mut self, take: &mut dyn FnMut(u32, &Packet<'_>) -> ControlFlow<()>) {
        let end = now();
        let begun = Instant::now();
        let mut over = false;
        // The kernel hands over a block after a while, full or not.
        let mut quiet = Instant::now();
        while !over && quiet.elapsed() < LAST_BLOCK && begun.elapsed() < BACKLOG {
            let polled = self.poll(LAST_BLOCK / 4, &mut |interface, packet| {
                if packet.time > end {
                    over = true;
                    return ControlFlow::Break(());
                }
                let taken = take(interface, packet);
                over |= taken.is_break();
                taken
            });
            match polled {
                Ok(true) => quiet = Instant::now(),
                Ok(false) => {}
                Err(_) => break,
            }
        }
        if over {
            return;
        }
        let mut out = Numbered {
            frames: &mut self.frames,
            take,
        };
        let Some(order) = &mut self.order else { return };
        while let Some((interface, packet)) = order.pop(end) {
            if out.hand_on(interface, &packet.lend()).is_break() {
                return;
            }
        }
    }

    /// What each interface counted since the start.
    pub fn counts(&mut self) -> Vec<InterfaceCounts> {
        self.devices.iter_mut().map(Device::counts).collect()
    }

    /// What happened to interfaces since the last call, a sentence each.
    pub fn notices(&mut self) -> Vec<String> {
        let switched = self.devices.iter_mut().filter_map(Device::look_whether_up);
        self.notices.extend(switched);
        std::mem::take(&mut self.notices)
    }

    fn wait(&self, patience: Duration) -> Result<(), LiveError> {
        let mut fds: Vec<PollFd<'_>> = self
            .devices
            .iter()
            .filter_map(Device::fd)
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, timeout) {
            // A signal: the caller looks whether it is one to stop at.
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(errno) => Err(LiveError::Poll(errno.into())),
        }
    }

    fn reopen(&mut self) {
        if self.devices.iter().all(Device::is_open) || self.retried.elapsed() < RETRY {
            return;
        }
        self.retried = Instant::now();
        for device in &mut self.devices {
            if let Some(notice) = device.reopen() {
                self.notices.push(notice);
            }
        }
    }
}

/// Numbers packets as they are handed on.
struct Numbered<'a> {
    frames: &'a mut u64,
    take: &'a mut dyn FnMut(u32, &Packet<'_>) -> ControlFlow<()>,
}

impl Numbered<'_> {
    fn hand_on(&mut self, interface: u32, packet: &Packet<'_>) -> ControlFlow<()> {
        *self.frames += 1;
        let packet = Packet {
            source: SourceId(0),
            frame: FrameNo(*self.frames),
            ..*packet
        };
        (self.take)(interface, &packet)
    }
}

/// The system's clock, which is also that of live packets.
pub fn now() -> CaptureTime {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    CaptureTime::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
