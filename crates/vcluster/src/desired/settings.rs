//! What the administrator chose.

use std::collections::{BTreeMap, BTreeSet};

use crate::layout::Layout;
use crate::name::DnsLabel;

/// What the administrator chose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Where the Pods' directories lie.
    pub layout: Layout,
    /// Whether virtual clusters can only read.
    pub read_only: bool,
    /// Whether the logs are mapped too.
    pub logs: bool,
    /// Which virtual clusters may have mappings.
    pub grants: Grants,
}

/// Which virtual clusters may have mappings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Grants {
    /// All. Of two with one name, the one that came first has it.
    #[default]
    All,
    /// These alone: names, and the host namespaces whose Pods they own. A name that is granted to several namespaces is one
    /// virtual cluster with Pods in all of them (vcluster's multi-namespace mode).
    Only(BTreeMap<DnsLabel, BTreeSet<DnsLabel>>),
}

impl Grants {
    /// Whether Pods of that namespace may claim to be of that virtual cluster.
    #[must_use]
    pub fn allow(&self, vcluster: &DnsLabel, namespace: &DnsLabel) -> bool {
        match self {
            Self::All => true,
            Self::Only(granted) => granted.get(vcluster).is_some_and(|known| known.contains(namespace)),
        }
    }
}
