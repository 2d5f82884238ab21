//! What a soak came to.

use std::fmt;

#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) kills: u64,
    /// Syncs that ended, and how many of them well.
    pub(super) syncs: u64,
    pub(super) good_syncs: u64,
    /// Restores in between, and how many of them brought everything.
    pub(super) looks: u64,
    pub(super) whole_looks: u64,
    /// And those that were killed.
    pub(super) killed_looks: u64,
    /// Files that syncs copied.
    pub(super) copied: u64,
    /// Largest memory of any of the processes, and that of the last one before its end, in KiB.
    pub(super) peak: u64,
    pub(super) last: u64,
}

impl Figures {
    /// Counts what a process said.
    pub(super) fn read(&mut self, stderr: &str) {
        for line in stderr.lines() {
            let Some((_, rest)) = line.split_once("copied ") else { continue };
            let Some(files) = rest.split(' ').next().and_then(|files| files.parse::<u64>().ok()) else {
                continue;
            };
            self.syncs += 1;
            self.good_syncs += u64::from(line.contains("done: "));
            self.copied += files;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, syncs, good_syncs, looks, whole_looks, killed_looks, copied, peak, last } = self;
        write!(
            f,
            "{kills} kills, {syncs} syncs ended ({good_syncs} well) and copied {copied} files, {looks} restores in between \
             ({whole_looks} whole, {killed_looks} killed before), memory {last} KiB at the end and {peak} KiB at most"
        )
    }
}
