//! What the administrator chose, from flags, environment and the configuration file, in this order.

mod file;
mod resolve;

use std::path::PathBuf;
use std::time::Duration;

use podfs_vcluster::mount::Directories;
use podfs_vcluster::name::NameError;
use thiserror::Error;

pub(crate) use file::{File, LayoutName};
pub(crate) use resolve::resolve;

/// Where the predecessor read its configuration.
pub(crate) const CONFIG_PATH: &str = "/run/config/outreach.io/vcluster-fs-syncer.yaml";
/// The kubelet's directories of Pods.
pub(crate) const FROM_PATH: &str = "/var/lib/kubelet/pods";
/// Where virtual clusters look for them.
pub(crate) const TO_PATH: &str = "/var/lib/loft";
/// The kubelet's logs of Pods.
pub(crate) const LOGS_PATH: &str = "/var/log/pods";
/// Port of health and metrics.
pub(crate) const HTTP_PORT: u16 = 8000;
/// Seconds from one look to the next while nothing happens.
pub(crate) const RESYNC_SECONDS: u64 = 60;

/// Seconds that a Pod which was to have ended keeps its mount.
pub(crate) const LINGER_SECONDS: u64 = 60;

/// All settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Name of this node.
    pub(crate) node: String,
    /// This Pod itself, where it is told: it must be among the node's Pods.
    pub(crate) own_pod: Option<OwnPod>,
    /// The directories to work with.
    pub(crate) directories: Directories,
    /// What to map, and for whom.
    pub(crate) mapping: podfs_vcluster::Settings,
    /// Address to listen on; empty is every address.
    pub(crate) listen_host: String,
    /// Port to listen on.
    pub(crate) http_port: u16,
    /// From one look to the next while nothing happens.
    pub(crate) resync: Duration,
    /// How long a Pod that was to have ended keeps its mount.
    pub(crate) linger: Duration,
}

/// The Pod in which this program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnPod {
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
}

/// Settings that do not make sense.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    /// Without it the Pods of this node cannot be told from others.
    #[error(
        "the name of this node is not known; set MY_NODE_NAME or NODE_NAME from the field spec.nodeName, or give --node-name"
    )]
    NoNodeName,
    /// It would be more than a name in a selector.
    #[error("{0:?} is no name of a node; MY_NODE_NAME comes from the field spec.nodeName")]
    NodeName(String),
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The configuration file is not what it should be.
    #[error("the configuration {path} is not valid: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        cause: String,
    },
    /// A path that depends on where the program was started.
    #[error("{setting} is {path:?}, which is not an absolute path")]
    NotAbsolute {
        /// The setting.
        setting: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// A virtual cluster that is allowed by a name that none can have.
    #[error("allowVclusters has {entry:?}, which is not NAMESPACE/VCLUSTER: {cause}")]
    Grant {
        /// The entry.
        entry: String,
        /// What is wrong.
        cause: NameError,
    },
    /// A number out of bounds.
    #[error("{setting} is {number}; give whole seconds from 1 to 86400")]
    Seconds {
        /// The setting.
        setting: &'static str,
        /// Its value.
        number: u64,
    },
}
