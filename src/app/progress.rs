//! The progress bar: standard error, large inputs, terminals.

use crate::cli::When;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Smaller inputs are done before a bar could be read.
const SHOWN_FROM_BYTES: u64 = 16 << 20;

/// A bar, or nothing.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(super) fn new(when: When, total: Option<u64>) -> Self {
        let wanted = match when {
            When::Never => false,
            When::Always => true,
            When::Auto => {
                std::io::stderr().is_terminal() && total.is_none_or(|n| n >= SHOWN_FROM_BYTES)
            }
        };
        if !wanted {
            return Progress(None);
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(style(
                "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
            )),
            None => ProgressBar::new_spinner()
                .with_style(style("{spinner} {bytes} read  {bytes_per_sec}")),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        Progress(Some(bar))
    }

    pub(super) fn at(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
        }
    }

    pub(super) fn done(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours; a wrong one falls back to indicatif's own look.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
