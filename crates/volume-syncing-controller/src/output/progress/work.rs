//! The part of a run that copies and deletes: how far it is and how long it may still take.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, MultiProgress, ProgressBar};
use podfs_sync::plan::Totals;

use super::{add, style};

pub(super) const BY_BYTES: &str =
    "{bar:30} {msg} files, {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
/// When there are only deletes and empty files, there is nothing but files to measure by.
pub(super) const BY_FILES: &str = "{bar:30} {msg} files, {eta} left";

/// How often a line is logged where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Counts what is done.
pub(super) struct Work {
    all: Amount,
    files: AtomicU64,
    bytes: AtomicU64,
    began: Instant,
    last_line: Mutex<Instant>,
    /// Nothing where there is no terminal.
    bar: Option<ProgressBar>,
}

#[derive(Debug, Clone, Copy)]
struct Amount {
    files: u64,
    bytes: u64,
}

impl Work {
    pub(super) fn new(bars: &MultiProgress, totals: &Totals) -> Self {
        let all = Amount { files: totals.copies + totals.deletes, bytes: totals.bytes };
        let (length, template) = if all.bytes > 0 { (all.bytes, BY_BYTES) } else { (all.files, BY_FILES) };
        let bar = (!bars.is_hidden() && all.files > 0)
            .then(|| add(bars, ProgressBar::new(length).with_style(style(template))));
        let now = Instant::now();
        Self { all, files: 0.into(), bytes: 0.into(), began: now, last_line: Mutex::new(now), bar }
    }

    /// So much more is done.
    pub(super) fn done(&self, files: u64, bytes: u64) {
        let files = self.files.fetch_add(files, Ordering::Relaxed) + files;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let done = Amount { files, bytes };
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{files} of {}", self.all.files));
                bar.set_position(if self.all.bytes > 0 { bytes } else { files });
            }
            None => self.log_now_and_then(done),
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn log_now_and_then(&self, done: Amount) {
        // Whoever finds it locked leaves the line to the one who holds it.
        let Ok(mut last_line) = self.last_line.try_lock() else { return };
        if last_line.elapsed() >= LINE_EVERY {
            *last_line = Instant::now();
            tracing::info!("{}", line(done, self.all, self.began.elapsed()));
        }
    }
}

/// `120 of 400 files, 1.20 GiB of 4.00 GiB, 40.00 MiB/s, about 72 seconds left`
fn line(done: Amount, all: Amount, elapsed: Duration) -> String {
    let (part, whole) = if all.bytes > 0 { (done.bytes, all.bytes) } else { (done.files, all.files) };
    let mut line = format!("{} of {} files", done.files, all.files);
    if all.bytes > 0 {
        let rate = done.bytes * 1_000 / u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let [done, all, rate] = [done.bytes, all.bytes, rate].map(HumanBytes);
        line.push_str(&format!(", {done} of {all}, {rate}/s"));
    }
    if let Some(left) = time_left(part, whole, elapsed) {
        line.push_str(&format!(", about {} left", HumanDuration(left)));
    }
    line
}

/// As long as the rest takes at the pace so far; `None` when nothing can be said.
fn time_left(part: u64, whole: u64, elapsed: Duration) -> Option<Duration> {
    if part == 0 {
        return None;
    }
    let rest = u128::from(whole.saturating_sub(part));
    let millis = elapsed.as_millis().saturating_mul(rest) / u128::from(part);
    u64::try_from(millis).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_far_and_how_long() {
        let all = Amount { files: 4, bytes: 4096 };
        let shown = line(Amount { files: 1, bytes: 1024 }, all, Duration::from_secs(2));
        assert_eq!(shown, "1 of 4 files, 1.00 KiB of 4.00 KiB, 512 B/s, about 6 seconds left");
    }

    #[test]
    fn without_bytes_files_are_what_counts() {
        let all = Amount { files: 10, bytes: 0 };
        assert_eq!(
            line(Amount { files: 5, bytes: 0 }, all, Duration::from_secs(3)),
            "5 of 10 files, about 3 seconds left"
        );
        assert_eq!(line(Amount { files: 0, bytes: 0 }, all, Duration::ZERO), "0 of 10 files");
    }
}
