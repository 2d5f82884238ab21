//! Tells people and machines what a pass came to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use podfs_vcluster::desired::DesiredMount;
use podfs_vcluster::layout::SourceRoot;
use podfs_vcluster::links::LinkStep;
use podfs_vcluster::plan::Step;
use podfs_vcluster::table::Foreign;
use podfs_vcluster::{Outcome, Source, Target};
use tracing::{debug, info, warn};

use super::complaints::Complaints;
use super::latency::Latency;
use super::troubles::{Trouble, troubles};
use super::worker::Pass;
use crate::kubernetes::{Notice, Publisher};
use crate::telemetry::Metrics;

/// What was told, and what is needed to tell more.
pub(crate) struct Report {
    pub(crate) metrics: Metrics,
    pub(crate) latency: Latency,
    to: PathBuf,
    publisher: Publisher,
    complaints: Complaints,
    /// What was wanted in the pass before: it names the Pods of mounts that go.
    wanted: BTreeMap<Target, DesiredMount>,
    waiting: BTreeSet<Source>,
    foreign: BTreeSet<Foreign>,
}

impl Report {
    pub(crate) fn new(to: &Path, metrics: Metrics, publisher: Publisher) -> Self {
        Self {
            metrics,
            latency: Latency::default(),
            to: to.to_path_buf(),
            publisher,
            complaints: Complaints::default(),
            wanted: BTreeMap::new(),
            waiting: BTreeSet::new(),
            foreign: BTreeSet::new(),
        }
    }

    /// Whether a mount waits for this directory.
    pub(crate) fn waits_for(&self, source: &Source) -> bool {
        self.waiting.contains(source)
    }

    /// Tells of a pass.
    pub(crate) fn take(&mut self, pass: Pass, now: Instant) {
        self.metrics.count(&pass);
        for step in &pass.mounts.done {
            self.tell_step(&pass.mounts, step, now);
        }
        self.tell_links(&pass);
        self.tell_failed_removals(&pass.mounts);
        self.tell_foreign(&pass.mounts.foreign);
        let troubles = troubles(&pass);
        for trouble in self.complaints.due(&troubles, now) {
            self.complain(trouble);
        }
        self.waiting = pass.mounts.waiting.iter().map(|(_, source)| source.clone()).collect();
        self.wanted = pass.mounts.wanted;
    }

    fn tell_step(&mut self, outcome: &Outcome, step: &Step, now: Instant) {
        let target = step.target();
        let (path, vcluster) = (self.path(target), target.vcluster());
        let mount = outcome.wanted.get(target).or_else(|| self.wanted.get(target));
        let pod = mount.map(|mount| mount.pod.to_string()).unwrap_or_default();
        match step {
            Step::Mount { source, .. } => info!(pod, %vcluster, path, %source, "mounted"),
            Step::Unmount { .. } => info!(pod, %vcluster, path, "unmounted"),
            Step::MakeDirectory { .. } | Step::RemoveDirectory { .. } => {
                debug!(pod, %vcluster, path, ?step, "done");
            }
        }
        let is_pod = matches!(step, Step::Mount { .. }) && target.source_root() == SourceRoot::Pods;
        if let Some(mount) = mount.filter(|_| is_pod)
            && let Some(waited) = self.latency.mounted(&mount.pod, now)
        {
            self.metrics.mount_latency.observe(waited.as_secs_f64());
        }
    }

    fn tell_links(&self, pass: &Pass) {
        for step in &pass.links.done {
            let (LinkStep::Make(link) | LinkStep::Remove(link)) = step;
            debug!(vcluster = %link.vcluster, link = link.name, ?step, "done");
        }
        for (step, error) in &pass.links.failed {
            let (LinkStep::Make(link) | LinkStep::Remove(link)) = step;
            warn!(vcluster = %link.vcluster, link = link.name, %error, "a link to a log failed; it is tried again");
        }
    }

    /// Nobody wants these, so there is no Pod to tell it to.
    fn tell_failed_removals(&self, outcome: &Outcome) {
        for (step, error) in &outcome.failed {
            let target = step.target();
            if !outcome.wanted.contains_key(target) {
                let (path, vcluster) = (self.path(target), target.vcluster());
                warn!(%vcluster, path, %error, "a leftover cannot be taken away; it is tried again");
            }
        }
    }

    fn tell_foreign(&mut self, foreign: &[Foreign]) {
        for mount in foreign.iter().filter(|mount| !self.foreign.contains(mount)) {
            warn!(path = mount.path, root = mount.root, "mounted here by somebody else; it is left alone");
        }
        self.foreign = foreign.iter().cloned().collect();
    }

    fn complain(&self, trouble: &Trouble) {
        let Trouble { pod, reason, target, message, note } = trouble;
        let vcluster = target.as_ref().map(|target| target.vcluster().to_string()).unwrap_or_default();
        let path = target.as_ref().map(|target| self.path(target)).unwrap_or_default();
        warn!(%pod, vcluster, path, reason, "{message}");
        let notice = Notice { pod: pod.clone(), reason, note: note.clone() };
        if !self.publisher.send(notice) {
            debug!(%pod, "too many Events are waiting; this one is not sent");
        }
    }

    fn path(&self, target: &Target) -> String {
        self.to.join(target.to_string()).display().to_string()
    }
}
