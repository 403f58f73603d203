//! `sipflow interfaces`.

use crate::app::failure::Failure;
use crate::cli::InterfacesArgs;

#[cfg(not(feature = "live"))]
pub(super) fn run(_: &InterfacesArgs) -> Result<(), Failure> {
    Err(Failure::Usage(
        "this sipflow was built without live capture (feature 'live')".to_owned(),
    ))
}

#[cfg(feature = "live")]
pub(super) fn run(args: &InterfacesArgs) -> Result<(), Failure> {
    use crate::app::output;
    use crate::cli::SingleFormat;
    use std::io::Write;

    let mut out = output::open(&args.output)?;
    if args.format == SingleFormat::Json {
        let list: Vec<serde_json::Value> = devices()?
            .iter()
            .map(|d| {
                serde_json::json!({
                    "name": d.name,
                    "description": d.desc,
                    "addresses": d.addresses.iter().map(|a| a.addr.to_string()).collect::<Vec<_>>(),
                    "up": d.flags.is_up(),
                    "running": d.flags.is_running(),
                    "loopback": d.flags.is_loopback(),
                    "wireless": d.flags.is_wireless(),
                })
            })
            .collect();
        crate::render::json_text::write_pretty(&list, &mut out)?;
        writeln!(out)?;
    } else {
        list(&mut out)?;
    }
    out.finish()
}

/// One line an interface.
#[cfg(feature = "live")]
pub(super) fn list(out: &mut dyn std::io::Write) -> Result<(), Failure> {
    let devices = devices()?;
    let shown = |text: &str| crate::types::Escaped::of(text).to_string();
    let width = devices.iter().map(|d| shown(&d.name).chars().count()).max();
    let width = width.unwrap_or(0);
    for d in &devices {
        let addresses: Vec<String> = d.addresses.iter().map(|a| a.addr.to_string()).collect();
        let state = if d.flags.is_up() { "up" } else { "down" };
        let about = shown(d.desc.as_deref().unwrap_or(""));
        let line = format!(
            "{:width$}  {state:4}  {}  {about}",
            shown(&d.name),
            addresses.join(" ")
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(feature = "live")]
fn devices() -> Result<Vec<pcap::Device>, Failure> {
    pcap::Device::list().map_err(|e| {
        Failure::Permission(format!(
            "the interfaces cannot be listed: {e}; try as root or with cap_net_raw"
        ))
    })
}
