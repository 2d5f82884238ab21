//! The Pods of this node, as the watch has told of them so far.
//!
//! A watch that starts anew lists everything again. Until that list is complete, the one before holds: what is missing in half
//! a list is not gone.

use std::collections::HashMap;

use kube::runtime::watcher::Event;
use podfs_vcluster::HostPod;
use podfs_vcluster::pods::PodReference;

use super::NodePod;
use crate::settings::OwnPod;

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing that matters.
    None,
    /// A Pod that was not known.
    Came(PodReference),
    /// A Pod that was known.
    Changed,
    /// A Pod that is no more.
    Gone(PodReference),
    /// All Pods are known now.
    Listed,
}

/// The Pods, by namespace and name.
#[derive(Debug, Default)]
pub(crate) struct NodePods {
    known: Option<HashMap<(String, String), HostPod>>,
    listed: HashMap<(String, String), HostPod>,
}

impl NodePods {
    /// Takes an event in.
    pub(crate) fn apply(&mut self, event: Event<NodePod>) -> Change {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(pod) => {
                let pod = pod.host_pod();
                self.listed.insert(key(&pod), pod);
            }
            Event::InitDone => {
                self.known = Some(std::mem::take(&mut self.listed));
                return Change::Listed;
            }
            Event::Apply(pod) => return self.put(pod.host_pod()),
            Event::Delete(pod) => return self.remove(&pod.host_pod()),
        }
        Change::None
    }

    /// All Pods, once a list was complete.
    pub(crate) fn all(&self) -> Option<Vec<HostPod>> {
        Some(self.known.as_ref()?.values().cloned().collect())
    }

    /// Whether a Pod is among them.
    pub(crate) fn has(&self, pod: &OwnPod) -> bool {
        let key = (pod.namespace.clone(), pod.name.clone());
        self.known.as_ref().is_some_and(|known| known.contains_key(&key))
    }

    fn put(&mut self, pod: HostPod) -> Change {
        let known = self.known.get_or_insert_default();
        let reference = pod.reference.clone();
        match known.insert(key(&pod), pod.clone()) {
            Some(before) if before == pod => Change::None,
            // Another Pod of that name: the end of the first was missed.
            Some(before) if before.reference.uid == reference.uid => Change::Changed,
            _ => Change::Came(reference),
        }
    }

    fn remove(&mut self, pod: &HostPod) -> Change {
        let removed = self.known.as_mut().and_then(|known| known.remove(&key(pod)));
        removed.map_or(Change::None, |gone| Change::Gone(gone.reference))
    }
}

fn key(pod: &HostPod) -> (String, String) {
    (pod.reference.namespace.clone(), pod.reference.name.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, uid: &str, label: &str) -> NodePod {
        let labels = json!({"vcluster.loft.sh/managed-by": label});
        serde_json::from_value(
            json!({"metadata": {"namespace": "team", "name": name, "uid": uid, "labels": labels}}),
        )
        .unwrap()
    }

    fn names(pods: &NodePods) -> Option<Vec<String>> {
        let mut names: Vec<String> = pods.all()?.into_iter().map(|pod| pod.reference.name).collect();
        names.sort();
        Some(names)
    }

    fn listed(pods: &mut NodePods, names: &[&str]) -> Change {
        pods.apply(Event::Init);
        for name in names {
            pods.apply(Event::InitApply(pod(name, name, "blue")));
        }
        pods.apply(Event::InitDone)
    }

    #[test]
    fn nothing_is_known_before_the_first_list_is_complete() {
        let mut pods = NodePods::default();
        pods.apply(Event::Init);
        pods.apply(Event::InitApply(pod("a", "1", "blue")));
        assert_eq!(names(&pods), None);
        assert_eq!(pods.apply(Event::InitDone), Change::Listed);
        assert_eq!(names(&pods), Some(vec!["a".to_owned()]));
    }

    #[test]
    fn half_a_list_takes_nothing_away() {
        let mut pods = NodePods::default();
        listed(&mut pods, &["a", "b"]);
        pods.apply(Event::Init);
        pods.apply(Event::InitApply(pod("a", "a", "blue")));
        assert_eq!(names(&pods).unwrap(), ["a", "b"]);
        // The connection breaks, and the next list is complete.
        listed(&mut pods, &["b"]);
        assert_eq!(names(&pods).unwrap(), ["b"]);
    }

    #[test]
    fn only_what_matters_is_a_change() {
        let mut pods = NodePods::default();
        listed(&mut pods, &["a"]);
        assert_eq!(pods.apply(Event::Apply(pod("a", "a", "blue"))), Change::None);
        assert_eq!(pods.apply(Event::Apply(pod("a", "a", "green"))), Change::Changed);
        assert!(matches!(pods.apply(Event::Apply(pod("b", "b", "blue"))), Change::Came(_)));
        assert!(matches!(pods.apply(Event::Apply(pod("b", "other", "blue"))), Change::Came(_)));
        assert!(matches!(pods.apply(Event::Delete(pod("b", "other", "blue"))), Change::Gone(_)));
        assert_eq!(pods.apply(Event::Delete(pod("b", "other", "blue"))), Change::None);
    }
}
