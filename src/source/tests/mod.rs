//! The source layer as its users see it.

mod classic;
mod compressed;
mod mangled;
mod merged;
mod opening;
mod pcapng;
