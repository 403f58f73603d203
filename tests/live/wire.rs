//! Two hosts on a cable, each a network namespace.

use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Host `a` is 192.0.2.1 and `b` 192.0.2.2, both on `v0`.
pub struct Wire {
    pub a: Space,
    pub b: Space,
    /// For the test's files; open to every user.
    pub dir: TempDir,
}

/// A network namespace; gone when this is dropped.
pub struct Space {
    pub name: String,
}

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let sbin = ["/usr/sbin", "/sbin"].map(Into::into);
    std::env::split_paths(&path)
        .chain(sbin)
        .any(|dir: std::path::PathBuf| dir.join(program).is_file())
}

/// Runs `ip`; whether it succeeded.
fn ip(words: &[&str]) -> bool {
    Command::new("ip")
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `ip` and needs it to succeed.
fn must_ip(words: &str) {
    let words: Vec<&str> = words.split_whitespace().collect();
    assert!(ip(&words), "ip {}", words.join(" "));
}

impl Wire {
    /// `None` where that is not possible here, which is said: not root, no namespaces, a program is missing.
    pub fn lay(programs: &[&str]) -> Option<Wire> {
        let missing = |p: &&&str| !found(p);
        let missing = ["ip"].iter().chain(programs).find(missing);
        let why = match missing {
            _ if !nix::unistd::geteuid().is_root() => "not root".to_owned(),
            Some(program) => format!("there is no {program}"),
            None => match (Space::create(), Space::create()) {
                (Some(a), Some(b)) => return Some(Wire::between(a, b)),
                _ => "network namespaces cannot be made here".to_owned(),
            },
        };
        eprintln!("skipped: {why}");
        None
    }

    fn between(a: Space, b: Space) -> Wire {
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path());
        let wire = Wire { a, b, dir };
        wire.connect("v0", "192.0.2");
        wire
    }

    /// A cable between both with `interface` at each end, `.1` and `.2` in the network.
    pub fn connect(&self, interface: &str, network: &str) {
        let (a, b) = (&self.a.name, &self.b.name);
        must_ip(&format!(
            "-n {a} link add {interface} type veth peer name {interface} netns {b}"
        ));
        for (host, space) in [(1, &self.a), (2, &self.b)] {
            space.ip(&format!("address add {network}.{host}/24 dev {interface}"));
            space.ip(&format!("link set {interface} up"));
        }
        // Packets are lost until both ends have a carrier.
        for space in [&self.a, &self.b] {
            wait_until("the interface is up", || {
                let state = format!("/sys/class/net/{interface}/operstate");
                space.run("cat", &[&state]).trim() == "up"
            });
        }
    }
}

impl Space {
    fn create() -> Option<Space> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("sipflow-{}-{number}", std::process::id());
        if !ip(&["netns", "add", &name]) {
            return None;
        }
        let space = Space { name };
        // Without the packets IPv6 sends by itself.
        space.inside(|| {
            std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").unwrap_or(());
        });
        space.ip("link set lo up");
        Some(space)
    }

    pub fn ip(&self, words: &str) {
        must_ip(&format!("-n {} {words}", self.name));
    }

    /// What runs a program in here, as the program itself: same process, same signals.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a program to its end; what it printed.
    pub fn run(&self, program: &str, args: &[&str]) -> String {
        let out = self
            .command(Path::new(program))
            .args(args)
            .output()
            .unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Runs `f` in here.
    pub fn inside<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        let path = format!("/run/netns/{}", self.name);
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                // Of this thread only, which ends here.
                setns(File::open(path).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
                f()
            });
            thread.join().unwrap()
        })
    }

    pub fn udp(&self, address: &str) -> UdpSocket {
        let socket = self.inside(|| UdpSocket::bind(address)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    pub fn tcp_listen(&self, address: &str) -> TcpListener {
        self.inside(|| TcpListener::bind(address)).unwrap()
    }

    pub fn tcp(&self, address: &str) -> TcpStream {
        let stream = self.inside(|| TcpStream::connect(address)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        ip(&["netns", "delete", &self.name]);
    }
}

/// Lets every user write there, and come there.
pub fn open_to_all(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o777)).unwrap();
}

/// Waits for a condition.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
