//! The binary: arguments in, exit code out.

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sipflow::app::main(at_start::stdout_was_closed())
}

/// Whether standard output was closed. Rust's runtime opens `/dev/null` in place of a closed one before
/// `main`, and nothing tells that from a `/dev/null` that was asked for; the loader calls us before.
#[cfg(target_os = "linux")]
mod at_start {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    /// Asks the kernel and stores a flag: nothing that needs the runtime.
    extern "C" fn look() {
        let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
        CLOSED.store(flags == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
    }

    // SAFETY: `.init_array` is a list of functions that the loader calls in turn, before `main` and on its
    // thread; what it passes (argc, argv, envp) a C function may leave unread. `look` cannot panic.
    #[allow(unsafe_code)]
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;

    pub(super) fn stdout_was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

#[cfg(not(target_os = "linux"))]
mod at_start {
    pub(super) fn stdout_was_closed() -> bool {
        false
    }
}
