//! One interface: opened, read without blocking, opened again.

use super::{LiveInterface, LiveOptions};
use crate::source::save::InterfaceCounts;
use crate::types::{CaptureTime, Escaped, FrameNo, LinkType, Packet, SourceId};
use pcap::{Active, Capture, Linktype, Precision};
use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};

/// How long the kernel gathers packets before it hands over a block, in ms.
const GATHER_MS: i32 = 100;

/// `LINKTYPE_RAW`; DLT_RAW has other numbers on each system (12, on OpenBSD 14).
const LINKTYPE_RAW: u16 = 101;
/// Tells which interface each packet of `any` came through.
const SLL2: Linktype = Linktype(276);
const SLL: Linktype = Linktype(113);

/// Why there is no live capture.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The system does not let this user capture.
    #[error("no permission to capture on {}: {reason}", Escaped::of(.interface))]
    Permission {
        /// The interface.
        interface: String,
        /// The system's words.
        reason: String,
    },
    /// There is no such interface.
    #[error("there is no interface {}; 'sipflow interfaces' lists them", Escaped::of(.0))]
    NoInterface(String),
    /// The interface cannot be used.
    #[error("cannot capture on {}: {reason}", Escaped::of(.interface))]
    Interface {
        /// The interface.
        interface: String,
        /// libpcap's words.
        reason: String,
    },
    /// The filter is none.
    #[error(
        "the filter '{}' cannot be used on {}: {reason}",
        Escaped::of(.filter),
        Escaped::of(.interface)
    )]
    Filter {
        /// The interface.
        interface: String,
        /// As given.
        filter: String,
        /// libpcap's words.
        reason: String,
    },
    /// Waiting for packets failed.
    #[error("waiting for packets failed: {0}")]
    Poll(io::Error),
}

/// What reading brought.
pub(super) enum Read {
    Packet(ControlFlow<()>),
    /// Nothing yet, or the interface is away.
    Nothing,
    /// The interface went away.
    Lost(String),
}

pub(super) struct Device {
    name: String,
    options: LiveOptions,
    handle: Option<Capture<Active>>,
    link: LinkType,
    /// Counted by handles that are closed.
    before: InterfaceCounts,
    /// As last read from the open handle.
    latest: InterfaceCounts,
    /// Switched on, as last looked.
    up: bool,
    /// Why it could not be opened again, as last said.
    refused: Option<String>,
}

impl Device {
    pub(super) fn open(name: &str, options: &LiveOptions) -> Result<Device, LiveError> {
        let handle = activate(name, options)?;
        Ok(Device {
            name: name.to_owned(),
            options: options.clone(),
            link: link_type(handle.get_datalink()),
            handle: Some(handle),
            before: InterfaceCounts::default(),
            latest: InterfaceCounts::default(),
            up: is_up(name).unwrap_or(true),
            refused: None,
        })
    }

    pub(super) fn interface(&self) -> LiveInterface {
        LiveInterface {
            name: self.name.clone(),
            link: self.link,
        }
    }

    fn shown(&self) -> Escaped<'_> {
        Escaped::of(&self.name)
    }

    pub(super) fn is_open(&self) -> bool {
        self.handle.is_some()
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.handle.as_ref().map(AsFd::as_fd)
    }

    /// Lends the next packet to `take`.
    pub(super) fn read(&mut self, take: &mut dyn FnMut(&Packet<'_>) -> ControlFlow<()>) -> Read {
        let Some(handle) = &mut self.handle else {
            return Read::Nothing;
        };
        match handle.next_packet() {
            Ok(p) => Read::Packet(take(&Packet {
                source: SourceId(0),
                frame: FrameNo(0),
                // With nanosecond precision the field named microseconds holds nanoseconds.
                time: CaptureTime::from_secs_nanos(p.header.ts.tv_sec, p.header.ts.tv_usec),
                link: self.link,
                data: p.data,
                wire_len: p.header.len,
                file_offset: None,
            })),
            Err(pcap::Error::TimeoutExpired | pcap::Error::NoMorePackets) => Read::Nothing,
            Err(error) => {
                self.counts();
                self.before = self.before.and(self.latest);
                self.latest = InterfaceCounts::default();
                self.handle = None;
                Read::Lost(format!("{}: {}", self.shown(), words(&error)))
            }
        }
    }

    /// Tries to open an interface that went away; what to say where it is back, or must stay away.
    pub(super) fn reopen(&mut self) -> Option<String> {
        if self.handle.is_some() {
            return None;
        }
        let refused = match activate(&self.name, &self.options) {
            // Packets of another kind would not fit the file that is being written.
            Ok(handle) if link_type(handle.get_datalink()) != self.link => {
                format!("{} is back with another link type", self.shown())
            }
            Ok(handle) => {
                self.handle = Some(handle);
                self.refused = None;
                self.up = true;
                return Some(format!("{} is back", self.shown()));
            }
            Err(LiveError::NoInterface(_)) => return None,
            Err(error) => error.to_string(),
        };
        // Once, and not at each attempt.
        if self.refused.as_ref() == Some(&refused) {
            return None;
        }
        self.refused = Some(refused.clone());
        Some(refused)
    }

    /// Looks whether the interface was switched on or off; libpcap keeps silent on that. What to say of it.
    pub(super) fn look_whether_up(&mut self) -> Option<String> {
        let up = is_up(&self.name)?;
        if self.handle.is_none() || std::mem::replace(&mut self.up, up) == up {
            return None;
        }
        let name = self.shown();
        Some(if up {
            format!("{name} is up again")
        } else {
            format!("{name} is down; waiting for it to come up")
        })
    }

    pub(super) fn counts(&mut self) -> InterfaceCounts {
        if let Some(handle) = &mut self.handle
            && let Ok(stat) = handle.stats()
        {
            self.latest = InterfaceCounts {
                received: widen(stat.received, self.latest.received),
                dropped: widen(stat.dropped, self.latest.dropped),
                dropped_by_interface: widen(stat.if_dropped, self.latest.dropped_by_interface),
            };
        }
        self.before.and(self.latest)
    }
}

/// libpcap counts in 32 bits, which wrap within days on a busy interface.
fn widen(now: u32, before: u64) -> u64 {
    // The lower half, to be compared.
    let moved = now.wrapping_sub(before as u32);
    // Half the range in a second is no count but one that began anew, as of a device that is gone.
    if moved > u32::MAX / 2 {
        return before;
    }
    before + u64::from(moved)
}

/// Whether an interface is switched on, as Linux tells it; `None` where nobody tells.
fn is_up(name: &str) -> Option<bool> {
    /// IFF_UP of netdevice(7).
    const UP: u32 = 1;
    let flags = std::fs::read_to_string(format!("/sys/class/net/{name}/flags")).ok()?;
    let flags = u32::from_str_radix(flags.trim().strip_prefix("0x")?, 16).ok()?;
    Some(flags & UP != 0)
}

fn activate(name: &str, options: &LiveOptions) -> Result<Capture<Active>, LiveError> {
    let failed = |error: &pcap::Error| failure(name, error);
    let buffer = i32::try_from(options.buffer_bytes).unwrap_or(i32::MAX);
    let mut handle = Capture::from_device(name)
        .map_err(|e| failed(&e))?
        .snaplen(i32::try_from(options.snap_len).unwrap_or(i32::MAX))
        // `any` cannot be promiscuous, and asking for it is an error.
        .promisc(options.promiscuous && name != "any")
        .buffer_size(buffer)
        .timeout(GATHER_MS)
        .immediate_mode(options.immediate)
        .precision(Precision::Nano)
        .open()
        .map_err(|e| failed(&e))?;
    if handle.get_datalink() == SLL
        && handle
            .list_datalinks()
            .is_ok_and(|links| links.contains(&SLL2))
    {
        handle.set_datalink(SLL2).map_err(|e| failed(&e))?;
    }
    if let Some(filter) = &options.filter {
        handle
            .filter(filter, true)
            .map_err(|error| LiveError::Filter {
                interface: name.to_owned(),
                filter: filter.clone(),
                reason: words(&error),
            })?;
    }
    // A blocking read on a quiet interface would never look at the other ones, nor at signals.
    handle.setnonblock().map_err(|e| failed(&e))
}

fn failure(name: &str, error: &pcap::Error) -> LiveError {
    let interface = name.to_owned();
    let reason = words(error);
    let lower = reason.to_lowercase();
    if ["permission", "permitted", "cap_net_raw"]
        .iter()
        .any(|word| lower.contains(word))
    {
        LiveError::Permission { interface, reason }
    } else if lower.contains("no such device") {
        LiveError::NoInterface(interface)
    } else {
        LiveError::Interface { interface, reason }
    }
}

/// libpcap's words, without the crate's around them; they may name what was asked for.
fn words(error: &pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => Escaped::of(text).to_string(),
        other => Escaped::of(&other.to_string()).to_string(),
    }
}

/// A DLT as a file numbers it; they differ in raw IP only, among what is decoded here.
fn link_type(dlt: Linktype) -> LinkType {
    match dlt.0 {
        12 | 14 => LinkType(LINKTYPE_RAW),
        // Sixteen bits in every file format.
        other => LinkType(u16::try_from(other).unwrap_or(u16::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_where_the_system_s_32_bits_wrap() {
        assert_eq!(widen(7, 5), 7);
        // 2^32 - 1 seen, then 3: four more.
        assert_eq!(widen(3, 0xffff_ffff), 0x1_0000_0003);
        assert_eq!(widen(0, 5), 5, "the device is gone and counts nothing");
    }

    #[test]
    fn what_the_system_says_tells_why_it_failed() {
        let of = |text: &str| failure("eth0", &pcap::Error::PcapError(text.to_owned()));
        let denied = of("Attempt to create packet socket failed - CAP_NET_RAW may be required");
        assert!(matches!(denied, LiveError::Permission { .. }));
        let denied = of("eth0: You don't have permission to capture on that device");
        assert!(matches!(denied, LiveError::Permission { .. }));
        assert!(matches!(
            of("eth9: No such device exists (SIOCGIFHWADDR: No such device)"),
            LiveError::NoInterface(_)
        ));
        assert!(matches!(of("something else"), LiveError::Interface { .. }));
    }

    #[test]
    fn raw_ip_has_one_number_in_files() {
        assert_eq!(link_type(Linktype(12)), LinkType(101));
        assert_eq!(link_type(Linktype(1)), LinkType(1));
    }
}
