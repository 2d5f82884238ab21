//! How long a Pod waits for its mount, from the event that told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use podfs_vcluster::HostPod;
use podfs_vcluster::pods::PodReference;

/// The Pods that came and are not mounted yet.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    since: BTreeMap<PodReference, Instant>,
}

impl Latency {
    /// A Pod came.
    pub(crate) fn came(&mut self, pod: PodReference, now: Instant) {
        self.since.entry(pod).or_insert(now);
    }

    /// A Pod went.
    pub(crate) fn gone(&mut self, pod: &PodReference) {
        self.since.remove(pod);
    }

    /// A Pod was mounted: how long it waited. Those that were there when the agent came are not counted.
    pub(crate) fn mounted(&mut self, pod: &PodReference, now: Instant) -> Option<Duration> {
        self.since.remove(pod).map(|since| now.saturating_duration_since(since))
    }

    /// All others went, and nobody said so.
    pub(crate) fn keep(&mut self, pods: &[HostPod]) {
        let known: BTreeSet<&PodReference> = pods.iter().map(|pod| &pod.reference).collect();
        self.since.retain(|pod, _| known.contains(pod));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_counted_once_from_its_first_event() {
        let pod = |name: &str| PodReference { namespace: "team".into(), name: name.into(), uid: name.into() };
        let (mut latency, start) = (Latency::default(), Instant::now());
        let later = |seconds| start + Duration::from_secs(seconds);
        latency.came(pod("a"), start);
        latency.came(pod("a"), later(5));
        latency.came(pod("b"), start);
        latency.gone(&pod("b"));
        assert_eq!(latency.mounted(&pod("a"), later(7)), Some(Duration::from_secs(7)));
        assert_eq!(latency.mounted(&pod("a"), later(8)), None);
        assert_eq!(latency.mounted(&pod("b"), later(8)), None);
    }
}
