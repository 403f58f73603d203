//! `sipflow interfaces`.

use super::{OutputArgs, SingleFormat};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow interfaces
  sudo sipflow interfaces                              when the list is shorter than expected";

/// List the interfaces packets can be captured on
///
/// The interfaces libpcap offers to this user, with their state and addresses. A build without
/// live capture (--no-default-features) says so.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct InterfacesArgs {
    /// Text or JSON.
    #[command(flatten)]
    pub format: SingleFormat,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
}
