//! A Pod of the host cluster, as much of it as the agent needs.

use std::collections::BTreeMap;
use std::fmt;

use super::identity;

/// A Pod of this node.
///
/// There is no phase in it: a mapping lives as long as the Pod object. A Pod that has ended, or is about to, still has its
/// directory, and a backup of it may be under way. (`ends` is for those whose end is held up by who looks at them.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPod {
    /// Where to find it.
    pub reference: PodReference,
    /// When the API server created it, in seconds since 1970.
    pub created: i64,
    /// Until when it was to have ended, in seconds since 1970, once it was deleted.
    pub ends: Option<i64>,
    /// Its containers that have logs.
    pub containers: Vec<ContainerLog>,
    annotations: BTreeMap<&'static str, String>,
    managed_by: Option<String>,
}

/// A container that has a log, as the Pod's status shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerLog {
    /// The container's name.
    pub name: String,
    /// Its id with the runtime in front: `containerd://<64 hex digits>`.
    pub id: String,
    /// How often it was restarted; its log has this number.
    pub restarts: u32,
}

/// Names a Pod of the host, for messages and Events. The text is as it came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodReference {
    /// Namespace on the host.
    pub namespace: String,
    /// Name on the host.
    pub name: String,
    /// UID on the host.
    pub uid: String,
}

impl fmt::Display for PodReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} ({})", self.namespace, self.name, self.uid)
    }
}

impl HostPod {
    /// Takes what matters from a Pod's metadata, and lets go of the rest: other annotations can be large.
    pub fn new<'text>(
        reference: PodReference,
        created: i64,
        annotations: impl IntoIterator<Item = (&'text str, &'text str)>,
        labels: impl IntoIterator<Item = (&'text str, &'text str)>,
    ) -> Self {
        let annotations = annotations
            .into_iter()
            .filter_map(|(key, value)| Some((identity::known(key)?, value.to_owned())))
            .collect();
        let mut labels = labels.into_iter();
        let managed_by =
            labels.find(|(key, _)| *key == identity::MANAGED_BY).map(|(_, value)| value.to_owned());
        Self { reference, created, ends: None, containers: Vec::new(), annotations, managed_by }
    }

    /// With the time until when it was to have ended.
    #[must_use]
    pub fn ending(self, ends: Option<i64>) -> Self {
        Self { ends, ..self }
    }

    /// With the containers that have logs.
    #[must_use]
    pub fn with_containers(self, containers: Vec<ContainerLog>) -> Self {
        Self { containers, ..self }
    }

    /// An annotation. vcluster treats an empty one as none, and so do we.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The label that says which virtual cluster the Pod belongs to.
    pub(super) fn managed_by_label(&self) -> Option<&str> {
        self.managed_by.as_deref().filter(|value| !value.is_empty())
    }
}
