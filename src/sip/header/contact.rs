//! Contact (RFC 3261 §20.10, RFC 5626 for instance and reg-id).

use super::name_addr::NameAddr;
use super::numbers::parse_seconds_or_default;
use crate::sip::lex::{parse_number, strip_quotes, trim};

/// One Contact value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact<'a> {
    /// `Contact: *`, every binding of the address of record; `addr.uri` is then `*`.
    pub star: bool,
    /// The address, with all parameters.
    pub addr: NameAddr<'a>,
    /// The `expires` parameter in seconds; one that cannot be read counts 3600 (§20.10).
    pub expires: Option<u32>,
    /// Preference in thousandths, 0 to 1000.
    pub q: Option<u16>,
    /// `+sip.instance` without quotes and brackets, as `urn:uuid:...`.
    pub instance: Option<&'a [u8]>,
    /// `reg-id`: which of a phone's flows to the registrar this is (RFC 5626 §4.2).
    pub reg_id: Option<u32>,
}

impl<'a> Contact<'a> {
    /// Reads one value of the list.
    pub fn parse(value: &'a [u8]) -> Contact<'a> {
        let value = trim(value);
        let addr = NameAddr::parse(value);
        // The first of each name counts.
        let [mut expires, mut q, mut instance, mut reg_id] = [None; 4];
        for param in addr.params.iter() {
            let is = |name: &[u8]| param.name.eq_ignore_ascii_case(name);
            let slot = match param.name.len() {
                1 if is(b"q") => &mut q,
                6 if is(b"reg-id") => &mut reg_id,
                7 if is(b"expires") => &mut expires,
                13 if is(b"+sip.instance") => &mut instance,
                _ => continue,
            };
            slot.get_or_insert(param.value);
        }
        Contact {
            star: value == b"*",
            expires: expires.map(|v| parse_seconds_or_default(v.unwrap_or_default())),
            q: q.flatten().and_then(parse_q),
            instance: instance.flatten().map(bare_instance),
            reg_id: reg_id
                .flatten()
                .and_then(parse_number)
                .and_then(|n| u32::try_from(n).ok()),
            addr,
        }
    }
}

fn bare_instance(value: &[u8]) -> &[u8] {
    match strip_quotes(value) {
        [b'<', inner @ .., b'>'] => inner,
        plain => plain,
    }
}

/// `qvalue`: 0 to 1 with at most three decimals, as thousandths.
fn parse_q(v: &[u8]) -> Option<u16> {
    let q: f32 = std::str::from_utf8(v).ok()?.parse().ok()?;
    // In range by the filter, so the cast keeps the value.
    Some(q)
        .filter(|q| (0.0..=1.0).contains(q))
        .map(|q| (q * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_the_header_are_read_and_those_of_the_uri_are_not() {
        let c = Contact::parse(
            br#""Q \"\"" <sip:a@b;expires=5;q=0.1>;expires=60;q=0.33;+sip.instance="<urn:uuid:0-1>";reg-id=2"#,
        );
        assert_eq!((c.expires, c.q, c.reg_id), (Some(60), Some(330), Some(2)));
        assert_eq!(c.instance, Some(&b"urn:uuid:0-1"[..]));
        assert!(!c.star);
    }

    #[test]
    fn a_star_is_not_an_address() {
        let c = Contact::parse(b" * ");
        assert!(c.star);
        assert_eq!(c.addr.uri, b"*");
        assert!(!Contact::parse(b"<sip:*@b>").star);
    }

    #[test]
    fn an_expiry_that_cannot_be_read_counts_3600() {
        assert_eq!(
            Contact::parse(b"<sip:a@b>;expires=280297596632815").expires,
            Some(3600)
        );
        assert_eq!(
            Contact::parse(b"<sip:a@b>;expires=soon").expires,
            Some(3600)
        );
        assert_eq!(
            Contact::parse(b"<sip:a@b>;expires=4294967295").expires,
            Some(u32::MAX)
        );
        assert_eq!(Contact::parse(b"<sip:a@b>").expires, None);
    }
}
