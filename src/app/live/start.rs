//! From the arguments to an open capture.

use super::call_files::CallFiles;
use super::ring::{Ring, is_ring_name, ring_members};
use super::saver::Saver;
use super::screen::Show;
use super::signals::Signals;
use crate::app::failure::Failure;
use crate::app::output::{self, Guard, failed_to_open, folder_of, is_locked};
use crate::app::said::say;
use crate::app::select::pattern;
use crate::cli::{CaptureArgs, Condition};
use crate::pipeline::{Options, Pipeline};
use crate::render::Style;
use crate::render::live::LiveLines;
use crate::report::CallWatch;
use crate::source::live::{LiveCapture, LiveError, LiveOptions, plan_filter};
use crate::source::save::{Encoder, SaveFormat, SavedInterface};
use crate::types::{Escaped, shown_path};
use regex::bytes::Regex;
use std::path::Path;

/// Everything that runs.
pub(super) struct Started {
    pub(super) live: LiveCapture,
    pub(super) saver: Option<Saver>,
    pub(super) call_files: Option<CallFiles>,
    pub(super) pipeline: Pipeline,
    pub(super) pattern: Option<Regex>,
    pub(super) signals: Signals,
    pub(super) guard: Guard,
}

/// Opens interfaces, gives up root where asked to, opens files, in this order.
pub(super) fn start(args: &CaptureArgs) -> Result<Started, Failure> {
    let guard = guard(args)?;
    let pattern = pattern(&args.matching)?;
    let filter = filter_text(args)?;
    let plan = plan_filter(filter.as_deref(), args.exact_filter, args.with_media);
    let interfaces = match args.interfaces.as_slice() {
        [] => vec!["any".to_owned()],
        named => named.to_vec(),
    };
    let signals = Signals::install().map_err(|e| Failure::Output("a signal handler".into(), e))?;
    let live = LiveCapture::open(&LiveOptions {
        interfaces,
        filter: plan.filter.clone(),
        snap_len: args.snap_len,
        promiscuous: !args.no_promiscuous,
        buffer_bytes: args.buffer_mib << 20,
        immediate: args.immediate,
    })
    .map_err(|error| match (error, &filter) {
        // In the user's words, not as it was widened.
        (LiveError::Filter { reason, .. }, Some(filter)) => filter_failure(filter, &reason),
        (error, _) => live_failure(error),
    })?;
    if let Some(user) = &args.user {
        become_user(user)?;
    }
    let saved: Vec<SavedInterface> = live
        .interfaces()
        .into_iter()
        .map(|i| SavedInterface {
            name: i.name,
            link: i.link,
            snap_len: args.snap_len,
            filter: plan.filter.clone(),
        })
        .collect();
    let saver = match &args.save {
        None => None,
        Some(path) => {
            let encoder = encoder(path, &saved)?;
            let ring = Ring::of(&args.ring);
            let failed = |e| failed_to_open(path, e);
            Some(Saver::create(path, ring, encoder, guard.clone()).map_err(failed)?)
        }
    };
    let call_files = match &args.each_call {
        None => None,
        Some(dir) => {
            let several = saved.iter().any(|i| i.link != saved[0].link);
            let name = if several {
                "calls.pcapng"
            } else {
                "calls.pcap"
            };
            let encoder = encoder(Path::new(name), &saved)?;
            let failed = |e| failed_to_open(dir, e);
            let extension = if several { "pcapng" } else { "pcap" };
            Some(CallFiles::create(dir, extension, encoder, guard.clone()).map_err(failed)?)
        }
    };
    if !args.quiet {
        announce(args, &live, &plan.added, plan.hides_media);
    }
    Ok(Started {
        live,
        saver,
        call_files,
        pipeline: Pipeline::new(options(args)),
        pattern,
        signals,
        guard,
    })
}

/// What is read and what will be written; refuses before anything is opened where that is the same.
fn guard(args: &CaptureArgs) -> Result<Guard, Failure> {
    let mut guard = Guard::default();
    if let Some(filter) = &args.filter_file {
        guard.reads(filter);
    }
    guard.may_say_errors()?;
    match &args.output.file {
        Some(path) => guard.writes("-o", path)?,
        None => guard.writes_stdout()?,
    }
    let Some(save) = &args.save else {
        return Ok(guard);
    };
    if saves_to_stdout(args) {
        if args.output.file.is_some() {
            guard.writes_stdout()?;
        }
    } else if args.ring.is_empty() {
        guard.writes("-w", save)?;
    } else {
        for member in ring_members(save) {
            if guard.has(&member) {
                return Err(Failure::Usage(format!(
                    "the ring of -w would write over or remove {}, which is read or written besides; \
                     name another file",
                    shown_path(&member)
                )));
            }
            if is_locked(&member) {
                return Err(ring_in_use(&member));
            }
        }
        let named = args.output.file.iter().chain(&args.filter_file);
        for other in named.filter(|other| is_ring_name(save, other)) {
            if folder_of(other).canonicalize().ok() == folder_of(save).canonicalize().ok() {
                return Err(Failure::Usage(format!(
                    "{} is named as a file of the ring of -w; name another file",
                    shown_path(other)
                )));
            }
        }
    }
    Ok(guard)
}

fn ring_in_use(member: &Path) -> Failure {
    Failure::Usage(format!(
        "another sipflow writes this ring already: {}; name another file for -w",
        shown_path(member)
    ))
}

/// What is shown while it runs.
pub(super) fn show<'a>(args: &CaptureArgs, style: &Style) -> Show<'a> {
    let lines = || LiveLines::new(style, output::on_terminal(&args.output));
    if args.call_steps {
        return Show::Calls {
            watch: CallWatch::default(),
            lines: lines(),
            told: None,
        };
    }
    let silent = args.quiet || saves_to_stdout(args) && args.output.file.is_none();
    if silent {
        return Show::Nothing;
    }
    Show::Messages {
        layout: args.layout,
        lines: lines(),
        style: *style,
        masked: args.mask.mask_secrets,
    }
}

pub(super) fn saves_to_stdout(args: &CaptureArgs) -> bool {
    args.save.as_deref() == Some(Path::new("-"))
}

/// The packet that `-c` or `-a packets:` stops at.
pub(super) fn most_packets(args: &CaptureArgs) -> u64 {
    let stops = args.autostop.iter().filter_map(|c| match *c {
        Condition::Packets(n) => Some(n),
        _ => None,
    });
    stops.chain(args.count).min().unwrap_or(u64::MAX)
}

/// A failure with what to do about it.
pub(super) fn live_failure(error: LiveError) -> Failure {
    match error {
        LiveError::Permission { .. } => {
            let program =
                std::env::current_exe().map_or_else(|_| "sipflow".to_owned(), |p| shown_path(&p));
            Failure::Permission(format!(
                "{error}\n  run it with sudo, or give the program the right once:\n  \
                 sudo setcap cap_net_raw,cap_net_admin+eip {program}"
            ))
        }
        LiveError::Filter { filter, reason, .. } => filter_failure(&filter, &reason),
        _ => Failure::Permission(error.to_string()),
    }
}

/// What is wrong with a filter, and what was meant perhaps.
fn filter_failure(filter: &str, reason: &str) -> Failure {
    let shown = Escaped::of(filter);
    let hint = if Path::new(filter).exists() {
        format!("; to read a file: sipflow report {shown}")
    } else if is_interface(filter) {
        format!("; to capture on that interface: -i {shown}")
    } else if filter.contains("==") || filter.contains("&&") && filter.contains('.') {
        "; this looks like a display filter of Wireshark, a capture filter reads 'port 5060'"
            .to_owned()
    } else if filter.eq_ignore_ascii_case("sip") {
        "; SIP is recognised on any port without a filter, 'port 5060' narrows the capture"
            .to_owned()
    } else {
        "; 'man pcap-filter' has the language, for example: port 5060 and host 192.0.2.1".to_owned()
    };
    Failure::Usage(format!("'{shown}' is no capture filter: {reason}{hint}"))
}

fn is_interface(name: &str) -> bool {
    pcap::Device::list().is_ok_and(|devices| devices.iter().any(|d| d.name == name))
}

fn options(args: &CaptureArgs) -> Options {
    let mut options = Options {
        keep_duplicates: args.keep_duplicates,
        notes: args.only_voip || args.each_call.is_some(),
        ..Options::default()
    };
    // It runs for weeks, and the user says how many there may be: 4 kB for each of those.
    options.limits.call.open_bytes = 4096 * options.limits.call.open_call_ids as u64;
    if let Some(n) = args.max_call_ids {
        options.limits.call.open_bytes = options.limits.call.open_bytes.max(4096 * u64::from(n));
        options.limits.call.open_call_ids = n as usize;
    }
    if let Some(n) = args.max_streams {
        options.limits.media.streams = n as usize;
    }
    options
}

fn filter_text(args: &CaptureArgs) -> Result<Option<String>, Failure> {
    if let Some(path) = &args.filter_file {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::Usage(format!("cannot read {}: {e}", shown_path(path))))?;
        // tcpdump's filter files have comments, too.
        let lines: Vec<&str> = text
            .lines()
            .map(|l| l.split('#').next().unwrap_or_default().trim())
            .filter(|l| !l.is_empty())
            .collect();
        return Ok(Some(lines.join(" ")));
    }
    let words = args.filter_words.join(" ");
    Ok(args.filter.clone().or((!words.is_empty()).then_some(words)))
}

fn encoder(path: &Path, interfaces: &[SavedInterface]) -> Result<Encoder, Failure> {
    let format = SaveFormat::of_name(&path.to_string_lossy());
    Encoder::new(format, interfaces.to_vec())
        .map_err(|e| Failure::Usage(format!("{}: {e}", shown_path(path))))
}

/// Says on standard error what is captured, so that silence can be told from a wrong interface.
fn announce(args: &CaptureArgs, live: &LiveCapture, added: &[&str], hides_media: bool) {
    let names: Vec<String> = live
        .interfaces()
        .iter()
        .map(|i| Escaped::of(&i.name).to_string())
        .collect();
    let mut text = format!("capturing on {}", names.join(", "));
    if let Some(path) = &args.save {
        text += &format!(", saving to {}", shown_path(path));
    }
    say(&(text + "; Ctrl-C ends it"));
    for sentence in added {
        say(sentence);
    }
    if hides_media {
        say(
            "the filter lets only some ports through, so RTP will not be seen: \
             --with-media lets it through",
        );
    }
}

/// Gives up root for good, groups included.
fn become_user(name: &str) -> Result<(), Failure> {
    use nix::unistd::{User, initgroups, setgid, setuid};
    let shown = Escaped::of(name);
    let failed = |what: &str| Failure::Permission(format!("cannot become {shown}: {what}"));
    let user = User::from_name(name)
        .map_err(|e| failed(e.desc()))?
        .ok_or_else(|| Failure::Usage(format!("there is no user {shown}")))?;
    let c_name = std::ffi::CString::new(name).map_err(|_| failed("not a name"))?;
    initgroups(&c_name, user.gid)
        .and_then(|()| setgid(user.gid))
        .and_then(|()| setuid(user.uid))
        .map_err(|e| failed(e.desc()))
}
