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
    TurnChannel "turn_channel" true,
    TurnIndication "turn_indication" false,
    Framed "rfc4571" false,
}

/// The layers of one packet, outermost first: `eth/vlan(110)/ip/udp`.
/// Holds ten layers and the first two of their numbers; deeper ones are cut off (shown as `…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stack {
    /// Six bits a layer, its discriminant + 1, the latest in the lowest; above them how many `ids` are
    /// held and whether a layer did not fit. Every packet's record carries this, so it is two words.
    word: u64,
    ids: [u32; 2],
}

const LAYER_BITS: u32 = 6;
const LAYERS_HELD: u32 = 10;
const LAYERS_MASK: u64 = (1 << (LAYER_BITS * LAYERS_HELD)) - 1;
const LAST_LAYER_SHIFT: u32 = LAYER_BITS * (LAYERS_HELD - 1);
const ID_ONE: u64 = 1 << 60;
const ID_MASK: u64 = 3 << 60;
const OVERFLOW: u64 = 1 << 62;

impl Stack {
    /// Adds a layer without a number.
    #[inline]
    #[must_use]
    pub fn with(mut self, layer: Layer) -> Stack {
        let layers = self.word & LAYERS_MASK;
        if layers >> LAST_LAYER_SHIFT == 0 {
            self.word = (self.word & !LAYERS_MASK) | layers << LAYER_BITS | (layer as u64 + 1);
        } else {
            self.word |= OVERFLOW;
        }
        self
    }

    /// Adds a layer with its number.
    #[must_use]
    pub fn with_id(self, layer: Layer, id: u32) -> Stack {
        let mut stack = self.with(layer);
        if let Some(slot) = stack.ids.get_mut(self.ids_held()) {
            *slot = id;
            stack.word += ID_ONE;
        }
        stack
    }

    /// True for Ethernet, IP and a transport with nothing between them.
    pub fn is_plain(self) -> bool {
        let mut names = self.tags();
        let is = |tag: Option<u8>, layers: &[Layer]| {
            tag.is_some_and(|tag| layers.iter().any(|layer| *layer as u8 == tag))
        };
        is(names.next(), &[Layer::Ethernet])
            && is(names.next(), &[Layer::Ipv4, Layer::Ipv6])
            && is(names.next(), &[Layer::Udp, Layer::Tcp, Layer::Sctp])
            && names.next().is_none()
    }

    /// True when `layer` is among them.
    pub fn contains(self, layer: Layer) -> bool {
        self.tags().any(|tag| tag == layer as u8)
    }

    /// The layers alone, so that packets of many VLANs or tunnels count as one kind.
    #[must_use]
    pub fn without_numbers(self) -> Stack {
        Stack {
            word: self.word & !ID_MASK,
            ids: [0; 2],
        }
    }

    /// The numbers of one kind of layer, outermost first, as far as they are held.
    pub fn numbers(self, layer: Layer) -> impl Iterator<Item = u32> {
        let mut held = 0..self.ids_held();
        self.tags().filter_map(move |tag| {
            let (_, numbered) = LAYERS.get(usize::from(tag))?;
            let at = if *numbered { held.next() } else { None };
            let id = at.and_then(|at| self.ids.get(at).copied());
            id.filter(|_| tag == layer as u8)
        })
    }

    /// The names of the layers, outermost first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|row| row.0)
    }

    fn rows(self) -> impl Iterator<Item = (&'static str, bool)> {
        self.tags().map(|tag| {
            LAYERS
                .get(usize::from(tag))
                .copied()
                .unwrap_or(("?", false))
        })
    }

    fn tags(self) -> impl Iterator<Item = u8> {
        (0..LAYERS_HELD).rev().filter_map(move |at| {
            let tag = self.word >> (at * LAYER_BITS) & 0x3f;
            (tag as u8).checked_sub(1) // six bits
        })
    }

    fn ids_held(self) -> usize {
        ((self.word & ID_MASK) / ID_ONE) as usize // two bits
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ids = self.ids.iter().take(self.ids_held());
        for (at, (name, numbered)) in self.rows().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            f.write_str(name)?;
            if numbered && let Some(id) = ids.next() {
                write!(f, "({id})")?;
            }
        }
        if self.word & OVERFLOW != 0 {
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
    fn numbers_belong_to_their_layer_and_can_be_left_out() {
        let stack = Stack::default()
            .with_id(Layer::Vlan, 110)
            .with(Layer::Ipv4)
            .with_id(Layer::Vxlan, 7);
        assert_eq!(stack.numbers(Layer::Vxlan).collect::<Vec<_>>(), [7]);
        assert_eq!(stack.numbers(Layer::Vlan).collect::<Vec<_>>(), [110]);
        assert_eq!(stack.numbers(Layer::Gtp).count(), 0);
        assert_eq!(stack.without_numbers().to_string(), "vlan/ip/vxlan");
    }

    #[test]
    fn only_ethernet_ip_and_a_transport_are_plain() {
        let plain = Stack::default().with(Layer::Ethernet).with(Layer::Ipv6);
        assert!(plain.with(Layer::Tcp).is_plain());
        assert!(!plain.is_plain() && !plain.with(Layer::Gre).is_plain());
        assert!(!plain.with(Layer::Udp).with(Layer::Hep).is_plain());
        let raw = Stack::default().with(Layer::Raw).with(Layer::Ipv4);
        assert!(!raw.with(Layer::Udp).is_plain());
    }

    #[test]
    fn a_stack_too_deep_says_that_it_was_cut() {
        let deep = (0..20).fold(Stack::default(), |s, at| s.with_id(Layer::Vlan, at));
        assert_eq!(deep.names().count(), 10);
        let text = deep.to_string();
        assert!(text.starts_with("vlan(0)/vlan(1)/vlan/"), "{text}");
        assert!(text.ends_with("/…"), "{text}");
    }
}
