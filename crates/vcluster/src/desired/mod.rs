//! The Pods of this node to the mounts that there should be.

mod claims;
mod log_links;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use claims::desired;
pub use log_links::{LogLink, log_link};
pub use settings::{Grants, Settings};

use crate::layout::{Source, Target};
use crate::name::DnsLabel;
use crate::pods::{IdentityError, PodReference};

/// What there should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Desired {
    /// The mounts, each target once.
    pub mounts: BTreeMap<Target, DesiredMount>,
    /// The links to logs.
    pub links: BTreeSet<LogLink>,
    /// The Pods that do not get what they ask for.
    pub refused: Vec<Refused>,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredMount {
    /// What is mounted.
    pub source: Source,
    /// How.
    pub options: Options,
    /// For whom.
    pub pod: PodReference,
}

/// What can be chosen about a mount. It is always `nosuid,nodev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether nothing can be written through it.
    pub read_only: bool,
}

/// A Pod that does not get a mount that it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The Pod.
    pub pod: PodReference,
    /// Why.
    pub reason: Refusal,
}

/// Why a Pod does not get a mount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It cannot be believed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its virtual cluster is not among those that may have mappings.
    #[error("the virtual cluster {namespace}/{vcluster} is not among those that may have mappings")]
    NotGranted {
        /// Namespace of the Pod on the host.
        namespace: DnsLabel,
        /// The virtual cluster.
        vcluster: DnsLabel,
    },
    /// Another virtual cluster has the name, and with it the directory.
    #[error(
        "the virtual cluster {vcluster} of namespace {holder} already has this directory; \
         two of one name on one node would see each other's Pods"
    )]
    NameTaken {
        /// The name.
        vcluster: DnsLabel,
        /// Host namespace of the virtual cluster that has it.
        holder: DnsLabel,
    },
    /// An older Pod has the target.
    #[error("{target} belongs to the older Pod {holder}")]
    TargetTaken {
        /// The target.
        target: Target,
        /// The older Pod.
        holder: Box<PodReference>,
    },
    /// Its logs have no name that a file could have. The Pod's own directory is mapped all the same.
    #[error("the logs cannot be mapped: their directory's name would be longer than 255 bytes")]
    LogNameTooLong,
    /// One of its logs cannot be linked to. It is mapped all the same.
    #[error("a log has no link: {reason}")]
    LogLink {
        /// Why.
        reason: String,
    },
}

impl Refusal {
    /// The same for those who may read the Pod's Events, its tenant among them: nothing of other tenants is in it.
    #[must_use]
    pub fn for_tenant(&self) -> String {
        match self {
            Self::NameTaken { vcluster, .. } => format!(
                "another virtual cluster of the name {vcluster} already has this directory on this node; \
                 two of one name on one node would see each other's Pods"
            ),
            other => other.to_string(),
        }
    }
}
