//! `sipflow capture` on real interfaces: network namespaces made here and removed at the end, with
//! documentation addresses and no way out. Needs root; says why where it is skipped.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(unreachable_pub, reason = "a test has no outside")]

mod capture;
mod saved;
mod traffic;
mod wire;

mod interfaces;
mod limits;
mod outputs;
mod records;
mod rights;
mod saving;
mod shown;
