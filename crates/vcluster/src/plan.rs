//! What there should be, and what is there, to the steps in between.
//!
//! Nothing is remembered from one time to the next: the same two pictures give the same steps, and when the pictures agree there
//! are none. Unmounting comes first, then mounting. A step can fail without harm to those of other targets.

use crate::desired::{Desired, DesiredMount, Options};
use crate::layout::{Source, Target};
use crate::table::{Foreign, Held, Mounted, Observed};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Takes away the topmost mount of a target, which is ours.
    Unmount {
        /// Where.
        target: Target,
        /// Number of the mount.
        id: u64,
    },
    /// Removes the empty directory of a target.
    RemoveDirectory {
        /// Which.
        target: Target,
    },
    /// Makes the directory of a target.
    MakeDirectory {
        /// Which.
        target: Target,
    },
    /// Mounts a source on a target.
    Mount {
        /// Where.
        target: Target,
        /// What.
        source: Source,
        /// How.
        options: Options,
    },
}

impl Step {
    /// The target that it is about.
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Unmount { target, .. }
            | Self::RemoveDirectory { target }
            | Self::MakeDirectory { target }
            | Self::Mount { target, .. } => target,
        }
    }
}

/// What to do, and what cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// Mounts that wait until the kubelet has made the source.
    pub waiting: Vec<(Target, Source)>,
    /// Targets on which, or in which, something foreign is mounted.
    pub obstructed: Vec<Target>,
    /// All foreign mounts below `toPath`.
    pub foreign: Vec<Foreign>,
}

/// Says what to do.
#[must_use]
pub fn plan(desired: &Desired, observed: &Observed) -> Plan {
    let mut plan = Plan { foreign: observed.foreign.clone(), ..Plan::default() };
    for (target, held) in &observed.targets {
        if !desired.mounts.contains_key(target) {
            reap(&mut plan, target, held);
        }
    }
    let mut mounts = Vec::new();
    for (target, wanted) in &desired.mounts {
        let (unmounts, mount) = settle(&mut plan, target, wanted, observed);
        plan.steps.extend(unmounts);
        mounts.extend(mount);
    }
    plan.steps.extend(mounts);
    plan
}

/// Takes away what nobody wants any more.
fn reap(plan: &mut Plan, target: &Target, held: &Held) {
    plan.steps.extend(unmount_above(target, held, 0));
    if obstructed(held) {
        plan.obstructed.push(target.clone());
    } else {
        plan.steps.push(Step::RemoveDirectory { target: target.clone() });
    }
}

/// Leads a target to what is wanted: what must go first, and what must come.
fn settle(
    plan: &mut Plan,
    target: &Target,
    wanted: &DesiredMount,
    observed: &Observed,
) -> (Vec<Step>, Vec<Step>) {
    let held = observed.targets.get(target);
    let none = Held::default();
    let stack = held.unwrap_or(&none);
    if obstructed(stack) {
        plan.obstructed.push(target.clone());
        return (unmount_above(target, stack, 0), Vec::new());
    }
    if stack.stack.first().is_some_and(|bottom| is_good(bottom, wanted)) {
        return (unmount_above(target, stack, 1), Vec::new());
    }
    let unmounts = unmount_above(target, stack, 0);
    if !observed.sources.contains(&wanted.source) {
        plan.waiting.push((target.clone(), wanted.source.clone()));
        return (unmounts, Vec::new());
    }
    let make = held.is_none().then(|| Step::MakeDirectory { target: target.clone() });
    let (source, options) = (wanted.source.clone(), wanted.options);
    let mount = Step::Mount { target: target.clone(), source, options };
    (unmounts, make.into_iter().chain([mount]).collect())
}

fn is_good(mounted: &Mounted, wanted: &DesiredMount) -> bool {
    match mounted {
        Mounted::Foreign => false,
        Mounted::Ours { source, deleted, read_only, confined, complete, .. } => {
            !deleted
                && *confined
                && *complete
                && *source == wanted.source
                && *read_only == wanted.options.read_only
        }
    }
}

fn obstructed(held: &Held) -> bool {
    held.foreign_inside || held.stack.contains(&Mounted::Foreign)
}

/// Unmounts from the top, down to a foreign mount or until `keep` are left.
fn unmount_above(target: &Target, held: &Held, keep: usize) -> Vec<Step> {
    let above = held.stack.iter().skip(keep).rev();
    let ours = above.map_while(|mounted| match mounted {
        Mounted::Ours { id, .. } => Some(*id),
        Mounted::Foreign => None,
    });
    ours.map(|id| Step::Unmount { target: target.clone(), id }).collect()
}
