//! What is there and what should be, a line for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use k8s_openapi::jiff::Timestamp;
use podfs_vcluster::pods::{PodReference, identify};
use podfs_vcluster::table::{Held, Mounted};
use podfs_vcluster::{HostPod, Target};
use serde::Serialize;

use super::Picture;

/// How a mount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It is there, as it should be.
    Mounted,
    /// The kubelet has not made its directory yet.
    Waiting,
    /// It is not as it should be, and the next pass changes that.
    Pending,
    /// Something of others is in the way.
    Obstructed,
    /// The Pod does not get it.
    Refused,
    /// Nobody wants it, and the next pass takes it away.
    Leftover,
    /// Not of this agent.
    Foreign,
    /// Whether it is wanted is not known.
    Unknown,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) vcluster: String,
    /// Namespace and name inside the virtual cluster.
    pub(super) virtual_pod: String,
    /// Namespace and name on the host.
    pub(super) host_pod: String,
    /// In RFC 3339.
    pub(super) since: String,
    pub(super) path: String,
    /// What is wrong; empty when nothing is.
    pub(super) problem: String,
}

/// All lines: mounts by path, then Pods that are refused, then mounts of others.
pub(super) fn rows(
    picture: &Picture,
    pods: Option<&[HostPod]>,
    since: &BTreeMap<&Target, SystemTime>,
    to: &Path,
) -> Vec<Row> {
    let names = virtual_names(pods.unwrap_or_default());
    let targets: BTreeSet<&Target> =
        picture.desired.mounts.keys().chain(picture.observed.targets.keys()).collect();
    let path = |target: &Target| to.join(target.to_string()).display().to_string();
    let mounts = targets.into_iter().map(|target| {
        let (state, problem) = judge(picture, target, pods.is_some());
        let pod = picture.desired.mounts.get(target).map(|mount| &mount.pod);
        let held = picture.observed.targets.get(target).is_some_and(|held| !held.stack.is_empty());
        Row {
            state,
            vcluster: target.vcluster().to_string(),
            virtual_pod: pod.and_then(|pod| names.get(pod)).cloned().unwrap_or_default(),
            host_pod: pod.map(short).unwrap_or_default(),
            since: since.get(target).filter(|_| held).map(|since| time(*since)).unwrap_or_default(),
            path: path(target),
            problem,
        }
    });
    let refused = picture.desired.refused.iter().map(|refused| Row {
        virtual_pod: names.get(&refused.pod).cloned().unwrap_or_default(),
        host_pod: short(&refused.pod),
        ..other(State::Refused, "", refused.reason.to_string())
    });
    let foreign = picture.plan.foreign.iter().map(|mount| {
        other(
            State::Foreign,
            &mount.path,
            format!("{} is mounted here by somebody else; it is left alone", mount.root),
        )
    });
    mounts.chain(refused).chain(foreign).collect()
}

fn judge(picture: &Picture, target: &Target, pods_known: bool) -> (State, String) {
    let said = |state, problem: &str| (state, problem.to_owned());
    let held = picture.observed.targets.get(target);
    if picture.plan.obstructed.contains(target) {
        return said(
            State::Obstructed,
            "something that is not of this agent is mounted at it or in it; unmount it",
        );
    }
    if !pods_known {
        return said(
            State::Unknown,
            if held.is_some_and(removed) { "its directory was removed" } else { "" },
        );
    }
    if !picture.desired.mounts.contains_key(target) {
        return said(State::Leftover, "no Pod wants it any more; the agent takes it away");
    }
    if picture.plan.waiting.iter().any(|(waiting, _)| waiting == target) {
        return said(State::Waiting, "the kubelet has not made the directory yet");
    }
    if picture.plan.steps.iter().any(|step| step.target() == target) {
        return said(
            State::Pending,
            "it is not as it should be; the agent mounts it, or its log says why not",
        );
    }
    said(State::Mounted, "")
}

fn removed(held: &Held) -> bool {
    held.stack.iter().any(|mounted| matches!(mounted, Mounted::Ours { deleted: true, .. }))
}

fn other(state: State, path: &str, problem: String) -> Row {
    let none = String::new;
    let path = path.to_owned();
    Row { state, vcluster: none(), virtual_pod: none(), host_pod: none(), since: none(), path, problem }
}

fn virtual_names(pods: &[HostPod]) -> BTreeMap<PodReference, String> {
    let named = |pod: &HostPod| {
        let identity = identify(pod).ok()??;
        Some((pod.reference.clone(), format!("{}/{}", identity.namespace, identity.name)))
    };
    pods.iter().filter_map(named).collect()
}

fn short(pod: &PodReference) -> String {
    format!("{}/{}", pod.namespace, pod.name)
}

fn time(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}
