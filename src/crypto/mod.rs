//! Arithmetic with secrets: what a password or a key proves. Pure functions; nothing of SIP is known here.

pub mod digest;
mod passwords;

pub use passwords::{BadLine, Passwords};
