//! One pass: look, decide, do, tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::{DesiredMount, LogLink, Refused, Settings, desired};
use crate::layout::{Source, Target};
use crate::mount::{MountError, Mounts};
use crate::plan::{Step, plan};
use crate::pods::HostPod;
use crate::table::Foreign;

/// What a pass came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What there should be.
    pub wanted: BTreeMap<Target, DesiredMount>,
    /// The links to logs that there should be, for [`reconcile_links`](crate::links::reconcile_links).
    pub links: BTreeSet<LogLink>,
    /// Pods that do not get what they ask for.
    pub refused: Vec<Refused>,
    /// What was done.
    pub done: Vec<Step>,
    /// What failed, with the later steps of its target left out. It is tried again in the next pass.
    pub failed: Vec<(Step, MountError)>,
    /// Mounts that wait for the kubelet to make their source.
    pub waiting: Vec<(Target, Source)>,
    /// Targets on which, or in which, something foreign is mounted.
    pub obstructed: Vec<Target>,
    /// Mounts below `toPath` that are not ours.
    pub foreign: Vec<Foreign>,
}

impl Outcome {
    /// The wanted mounts that are there after the pass.
    pub fn present(&self) -> impl Iterator<Item = (&Target, &DesiredMount)> {
        let failed = self.failed.iter().map(|(step, _)| step.target());
        let missing: BTreeSet<&Target> =
            failed.chain(&self.obstructed).chain(self.waiting.iter().map(|(target, _)| target)).collect();
        self.wanted.iter().filter(move |(target, _)| !missing.contains(target))
    }
}

/// The most rounds of one pass: one to mount, one to look at what was mounted.
const ROUNDS: usize = 2;

/// Leads from what is there towards what the Pods need. A pass that was cut off is made good by the next.
///
/// What was mounted is looked at once more: a volume that came while its Pod was being mounted may be missing from it.
///
/// # Errors
/// When it cannot be seen what is there: then nothing is done, or nothing more.
pub fn reconcile(
    pods: &[HostPod],
    settings: &Settings,
    mounts: &mut impl Mounts,
) -> Result<Outcome, MountError> {
    let mut done = Vec::new();
    let mut outcome = Outcome::default();
    for _ in 0..ROUNDS {
        outcome = round(pods, settings, mounts)?;
        let mounted = outcome.done.iter().any(|step| matches!(step, Step::Mount { .. }));
        done.append(&mut outcome.done);
        if !mounted {
            break;
        }
    }
    Ok(Outcome { done, ..outcome })
}

fn round(pods: &[HostPod], settings: &Settings, mounts: &mut impl Mounts) -> Result<Outcome, MountError> {
    let observed = mounts.observe()?;
    let desired = desired(pods, settings, &observed);
    let plan = plan(&desired, &observed);
    let mut outcome = Outcome {
        wanted: desired.mounts,
        links: desired.links,
        refused: desired.refused,
        waiting: plan.waiting,
        obstructed: plan.obstructed,
        foreign: plan.foreign,
        ..Outcome::default()
    };
    let mut given_up = BTreeSet::new();
    for step in plan.steps {
        if given_up.contains(step.target()) {
            continue;
        }
        match carry_out(&step, mounts) {
            Ok(()) => outcome.done.push(step),
            Err(error) => {
                given_up.insert(step.target().clone());
                outcome.failed.push((step, error));
            }
        }
    }
    Ok(outcome)
}

fn carry_out(step: &Step, mounts: &mut impl Mounts) -> Result<(), MountError> {
    match step {
        Step::Unmount { target, id } => mounts.unmount(target, *id),
        Step::RemoveDirectory { target } => mounts.remove_directory(target),
        Step::MakeDirectory { target } => mounts.make_directory(target),
        Step::Mount { target, source, options } => mounts.mount(target, source, *options),
    }
}
