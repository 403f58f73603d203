//! Says early and plainly what is missing: the `live` feature links libpcap, and without this check
//! its absence shows only as a linker error at the very end of the build.

#![allow(
    clippy::print_stdout,
    reason = "standard output is how cargo is told things"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["LIBPCAP_LIBDIR", "LIBRARY_PATH", "PKG_CONFIG_PATH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let asked_for = env::var_os("CARGO_FEATURE_LIVE").is_some();
    if asked_for && is_checkable() && !pkg_config_knows() && !is_in_a_usual_place() {
        for line in [
            "libpcap is not installed, and the feature `live` needs it. Either install it:",
            "    sudo apt-get install -y --no-install-recommends libpcap-dev pkg-config",
            "or build without live capture; reading captures needs no libpcap:",
            "    cargo build --release --no-default-features",
            "If it is installed somewhere else, set LIBPCAP_LIBDIR to that directory.",
        ] {
            println!("cargo::error={line}");
        }
    }
}

/// Only a Linux build for this very machine is judged; elsewhere the linker has the last word.
fn is_checkable() -> bool {
    let linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    let native = env::var_os("HOST") == env::var_os("TARGET");
    let told = env::var_os("LIBPCAP_LIBDIR").is_some() || env::var_os("DOCS_RS").is_some();
    linux && native && !told
}

fn pkg_config_knows() -> bool {
    Command::new("pkg-config")
        .args(["--exists", "libpcap"])
        .status()
        .is_ok_and(|status| status.success())
}

/// The linker wants `libpcap.so` or `libpcap.a`; `libpcap.so.0.8` of the runtime package is not it.
fn is_in_a_usual_place() -> bool {
    let mut places: Vec<PathBuf> = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"]
        .map(PathBuf::from)
        .into();
    places.extend(
        env::var_os("LIBRARY_PATH")
            .iter()
            .flat_map(env::split_paths),
    );
    places.extend(multiarch_directories(Path::new("/usr/lib")));
    places.iter().any(|place| {
        ["libpcap.so", "libpcap.a"]
            .iter()
            .any(|name| place.join(name).exists())
    })
}

/// Debian's `/usr/lib/x86_64-linux-gnu` and its like.
fn multiarch_directories(lib: &Path) -> Vec<PathBuf> {
    lib.read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains("-linux-gnu"))
        .collect()
}
