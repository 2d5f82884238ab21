//! How a run goes while it runs: bars on a terminal, now and then a log line elsewhere.

mod work;

use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use podfs_sync::plan::Totals;
use podfs_sync::{Failure, Observer};

use work::Work;

const TICK: Duration = Duration::from_millis(100);
const COMPARING: &str = "{spinner} comparing: {pos} files";

/// Watches one run.
pub(crate) struct Progress {
    bars: MultiProgress,
    comparing: ProgressBar,
    work: OnceLock<Work>,
}

impl Progress {
    pub(super) fn new(bars: &MultiProgress) -> Self {
        let comparing = add(bars, ProgressBar::new_spinner().with_style(style(COMPARING)));
        Self { bars: bars.clone(), comparing, work: OnceLock::new() }
    }

    /// The comparing is over, well or badly: other output has the terminal for itself.
    pub(crate) fn compared_all(&self) {
        self.comparing.finish_and_clear();
    }

    /// The run is over.
    pub(crate) fn end(&self) {
        if let Some(work) = self.work.get() {
            work.end();
        }
    }
}

impl Observer for Progress {
    fn compared(&self, files: u64) {
        self.comparing.set_position(files);
    }

    fn planned(&self, totals: &Totals) {
        self.work.get_or_init(|| Work::new(&self.bars, totals));
    }

    fn copied(&self, bytes: u64) {
        if let Some(work) = self.work.get() {
            work.done(1, bytes);
        }
    }

    fn deleted(&self, files: u64) {
        if let Some(work) = self.work.get() {
            work.done(files, 0);
        }
    }

    fn failed(&self, failure: &Failure) {
        tracing::warn!(path = failure.path, kind = failure.kind.word(), "{}", failure.error);
    }
}

fn add(bars: &MultiProgress, bar: ProgressBar) -> ProgressBar {
    let bar = bars.add(bar);
    if !bars.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressDrawTarget;

    use super::*;

    #[test]
    fn events_before_the_plan_stands_do_no_harm() {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let progress = Progress::new(&bars);
        progress.compared(3);
        progress.copied(1);
        progress.deleted(1);
        progress.compared_all();
        progress.planned(&Totals { copies: 1, bytes: 1, ..Totals::default() });
        progress.copied(1);
        progress.end();
    }

    #[test]
    fn templates_are_well_formed() {
        for template in [COMPARING, work::BY_BYTES, work::BY_FILES] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
