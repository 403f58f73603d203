//! `sipflow capture`.

use crate::app::failure::Failure;
use crate::cli::CaptureArgs;

#[cfg(feature = "live")]
pub(super) fn run(args: &CaptureArgs) -> Result<(), Failure> {
    if args.list_interfaces {
        return super::interfaces::list(&mut std::io::stdout().lock());
    }
    crate::app::live::run(args)
}

#[cfg(not(feature = "live"))]
pub(super) fn run(_: &CaptureArgs) -> Result<(), Failure> {
    Err(Failure::Usage(
        "this sipflow was built without live capture (feature 'live')".to_owned(),
    ))
}
