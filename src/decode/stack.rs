//! Which layers were taken off a packet, in a form that costs nothing to copy.

use std::fmt;

macro_rules! layers {
    ($($name:ident $text:literal $numbered:literal,)+) => {
        /// One layer of encapsulation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Layer { $($name),+ }

        /// Name, and whether a number (VLAN id, VNI, ...) goes with it; indexed by [`Layer`].
        const LAYERS: &[(&str, bool)] = &[$(($text, $numbered)),+];
    };
}

layers! {
    Ethernet "eth" false,
    Vlan "vlan" true,
    Llc "llc" false,
    Pbb "pbb" true,
    VnTag "vntag" false,
    Macsec "macsec" false,
    Sll "sll" false,
    Sll2 "sll2" false,
    Null "null" false,
    Raw "raw" false,
    Ppp "ppp" false,
    Pppoe "pppoe" true,
    Wifi "wlan" false,
    Nflog "nflog" false,
    ExportedPdu "exported_pdu" false,
    Mpls "mpls" true,
    Ipv4 "ip" false,
    Ipv6 "ipv6" false,
    Reassembled "fragments" false,
    Ah "ah" false,
    Esp "esp" false,
    Gre "gre" false,
    Erspan "erspan" true,
    Vxlan "vxlan" true,
    Geneve "geneve" true,
    Gtp "gtp" true,
    L2tp "l2tp" true,
    Tzsp "tzsp" false,
    Teredo "teredo" false,
    Hep "hep" false,
    Udp "udp" false,
    UdpLite "udplite" false,
    Tcp "tcp" false,
    Sctp "sctp" false,
}

impl Layer {
    /// Short name as it stands in a [`Stack`].
    pub fn name(self) -> &'static str {
        LAYERS.get(self as usize).map_or("?", |row| row.0)
    }
}

/// The layers of one packet, outermost first: `eth/vlan(110)/ip/udp`.
/// Holds 16 layers and the first two of their numbers; deeper ones are cut off (shown as `…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stack {
    /// One octet a layer, its discriminant + 1; the latest in the lowest octet.
    tags: u128,
    ids: [u32; 2],
    ids_held: u8,
    overflow: bool,
}

impl Stack {
    /// Adds a layer without a number.
    #[inline]
    #[must_use]
    pub fn with(mut self, layer: Layer) -> Stack {
        if self.tags >> 120 == 0 {
            self.tags = self.tags << 8 | (layer as u128 + 1);
        } else {
            self.overflow = true;
        }
        self
    }

    /// Adds a layer with its number.
    #[must_use]
    pub fn with_id(self, layer: Layer, id: u32) -> Stack {
        let mut stack = self.with(layer);
        if let Some(slot) = stack.ids.get_mut(usize::from(stack.ids_held)) {
            *slot = id;
            stack.ids_held += 1;
        }
        stack
    }

    /// True when `layer` is among them.
    pub fn contains(self, layer: Layer) -> bool {
        self.octets().any(|tag| tag == layer as u8)
    }

    /// The names of the layers, outermost first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|row| row.0)
    }

    fn rows(self) -> impl Iterator<Item = (&'static str, bool)> {
        self.octets().map(|tag| {
            LAYERS
                .get(usize::from(tag))
                .copied()
                .unwrap_or(("?", false))
        })
    }

    fn octets(self) -> impl Iterator<Item = u8> {
        let tags = self.tags.to_be_bytes();
        tags.into_iter().filter_map(|tag| tag.checked_sub(1))
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ids = self.ids.iter().take(usize::from(self.ids_held));
        for (at, (name, numbered)) in self.rows().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            f.write_str(name)?;
            if numbered && let Some(id) = ids.next() {
                write!(f, "({id})")?;
            }
        }
        if self.overflow {
            f.write_str("/…")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_reads_outermost_first_with_its_numbers() {
        let stack = Stack::default()
            .with(Layer::Ethernet)
            .with_id(Layer::Vlan, 110)
            .with(Layer::Ipv4)
            .with(Layer::Udp);
        assert_eq!(stack.to_string(), "eth/vlan(110)/ip/udp");
        assert!(stack.contains(Layer::Vlan) && !stack.contains(Layer::Gre));
    }

    #[test]
    fn a_stack_too_deep_says_that_it_was_cut() {
        let deep = (0..20).fold(Stack::default(), |s, at| s.with_id(Layer::Vlan, at));
        assert_eq!(deep.names().count(), 16);
        let text = deep.to_string();
        assert!(text.starts_with("vlan(0)/vlan(1)/vlan/"), "{text}");
        assert!(text.ends_with("/…"), "{text}");
    }
}
