//! What is known of a packet while its outer layers are taken off.

use super::decoded::IpMeta;
use super::stack::{Layer, Stack};
use crate::types::{HostAddr, Scope, mix};
use std::net::IpAddr;

/// Tunnels inside each other that are followed.
pub(crate) const MAX_DEPTH: u8 = 8;

/// Bytes of an Ethernet header, counted for links that have another header or none.
pub(crate) const NOMINAL_LINK_BYTES: u16 = 14;

/// The outer layers' contribution to what an inner IP header will report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carry {
    /// VLAN or tunnel so far.
    pub(crate) scope: Scope,
    /// Bytes of headers on the wire so far.
    pub(crate) link_bytes: u16,
    /// Hash of the outer addresses so far, see [`Meta::link_print`](super::Meta::link_print).
    pub(crate) link_print: u64,
    /// Layers so far.
    pub(crate) stack: Stack,
    /// Bytes the wire carried after the captured ones.
    pub(crate) cut: u32,
    /// Tunnels so far.
    pub(crate) depth: u8,
}

impl Carry {
    /// Before any layer of a packet whose capture lacks `cut` bytes.
    #[inline]
    pub(crate) fn new(cut: u32) -> Carry {
        Carry {
            scope: Scope::NONE,
            link_bytes: 0,
            link_print: 0,
            stack: Stack::default(),
            cut,
            depth: 0,
        }
    }

    /// Inside a tunnel that `ip` carries: `inner` is what follows the tunnel's headers.
    /// `None` when too many tunnels were entered.
    pub(crate) fn inside(ip: &IpMeta, stack: Stack, inner: &[u8], cut: u32) -> Option<Carry> {
        if ip.depth >= MAX_DEPTH {
            return None;
        }
        let inner_bytes = super::bytes::len32(inner).saturating_add(cut);
        let before = ip.ip_bytes.saturating_sub(inner_bytes);
        Some(Carry {
            scope: ip.scope,
            link_bytes: add_bytes(ip.link_bytes, before),
            link_print: mix(
                mix(ip.link_print, address_word(ip.src)),
                address_word(ip.dst),
            ),
            stack,
            cut,
            depth: ip.depth + 1,
        })
    }

    /// Notes `bytes` of header taken off before the IP header.
    #[inline]
    pub(crate) fn add_link_bytes(&mut self, bytes: usize) {
        self.link_bytes = add_bytes(self.link_bytes, u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// Notes a VLAN tag. Id 0 is a priority tag and names no network (IEEE 802.1Q §9.6).
    #[inline]
    pub(crate) fn enter_vlan(&mut self, tci: u16) {
        let id = u32::from(tci & 0x0fff);
        self.stack = self.stack.with_id(Layer::Vlan, id);
        self.link_print = mix(self.link_print, u64::from(tci) + 1);
        if id != 0 {
            self.scope = if self.scope == Scope::NONE {
                Scope(id)
            } else {
                mixed_scope(self.scope, Layer::Vlan, id)
            };
        }
    }

    /// Notes a tunnel's network number, so that equal addresses in two of them stay apart.
    pub(crate) fn enter_network(&mut self, kind: Layer, id: u32) {
        self.scope = mixed_scope(self.scope, kind, id);
    }

    /// True when one more nested layer may be followed; counts it.
    pub(crate) fn descend(&mut self) -> bool {
        self.depth += 1;
        self.depth <= MAX_DEPTH
    }
}

/// A scope of an outer one and a number: the top bit keeps it apart from plain VLAN ids.
fn mixed_scope(outer: Scope, kind: Layer, id: u32) -> Scope {
    let word = mix(u64::from(outer.0), u64::from(id) << 8 | kind as u64);
    Scope((word >> 32) as u32 | 0x8000_0000) // the upper half of a well-mixed word is enough
}

fn address_word(addr: HostAddr) -> u64 {
    match addr.ip() {
        IpAddr::V4(v4) => u64::from(u32::from(v4)),
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            mix((bits >> 64) as u64, bits as u64) // the two halves
        }
    }
}

#[inline]
fn add_bytes(sum: u16, bytes: u32) -> u16 {
    sum.saturating_add(u16::try_from(bytes).unwrap_or(u16::MAX))
}
