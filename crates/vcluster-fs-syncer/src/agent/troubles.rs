//! What is wrong after a pass, Pod by Pod.

use podfs_vcluster::mount::MountError;
use podfs_vcluster::pods::PodReference;
use podfs_vcluster::{Outcome, Target};

use super::worker::Pass;

/// Something that a person should know about a Pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The Pod.
    pub(crate) pod: PodReference,
    /// In one word, for Events.
    pub(crate) reason: &'static str,
    /// The target, where there is one.
    pub(crate) target: Option<Target>,
    /// In words for the log.
    pub(crate) message: String,
    /// In words for those who may read the Pod's Events, its tenant among them.
    pub(crate) note: String,
}

/// All troubles of the Pods that want something. What passes by itself, as a Pod's end while it is mounted, is none.
pub(crate) fn troubles(pass: &Pass) -> Vec<Trouble> {
    let outcome = &pass.mounts;
    let refused = outcome.refused.iter().map(|refused| Trouble {
        pod: refused.pod.clone(),
        reason: "MappingRefused",
        target: None,
        message: refused.reason.to_string(),
        note: refused.reason.for_tenant(),
    });
    let failed = outcome.failed.iter().filter(|(_, error)| !passes(error));
    let failed =
        failed.filter_map(|(step, error)| at(outcome, step.target(), "MappingFailed", error.to_string()));
    let obstructed = outcome.obstructed.iter().filter_map(|target| {
        let words =
            format!("something that is not of this agent is mounted at {target} or in it; unmount it");
        at(outcome, target, "MappingObstructed", words)
    });
    refused.chain(failed).chain(obstructed).collect()
}

fn passes(error: &MountError) -> bool {
    matches!(error, MountError::SourceGone { .. } | MountError::Changed { .. })
}

/// About the Pod that wants the target, if there is one.
fn at(outcome: &Outcome, target: &Target, reason: &'static str, words: String) -> Option<Trouble> {
    let pod = outcome.wanted.get(target)?.pod.clone();
    Some(Trouble { pod, reason, target: Some(target.clone()), note: words.clone(), message: words })
}
