//! Flags and variables of the settings. What is left out may stand in the configuration file.

use std::path::PathBuf;

use clap::Args;

use crate::settings::LayoutName;

/// Settings as they were given.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArguments {
    /// File with settings in YAML. The predecessor's place for it is read if there is one
    #[arg(long, global = true, env = "CONFIG_PATH", value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,

    /// Name of this node; NODE_NAME is read too
    #[arg(long, global = true, env = "MY_NODE_NAME", value_name = "NAME")]
    pub(crate) node_name: Option<String>,

    #[arg(long, hide = true, global = true, env = "NODE_NAME")]
    pub(crate) other_node_name: Option<String>,

    /// Name of the Pod in which this runs. It must be among the Pods of the node, or nothing is taken away
    #[arg(long, global = true, env = "MY_POD_NAME", value_name = "NAME")]
    pub(crate) own_name: Option<String>,

    /// Namespace of the Pod in which this runs
    #[arg(long, global = true, env = "MY_NAMESPACE", value_name = "NAME")]
    pub(crate) own_namespace: Option<String>,

    /// Where the kubelet has the directories of Pods
    #[arg(long, global = true, env = "FROM_PATH", value_name = "PATH")]
    pub(crate) from_path: Option<PathBuf>,

    /// Where virtual clusters look for them
    #[arg(long, global = true, env = "TO_PATH", value_name = "PATH")]
    pub(crate) to_path: Option<PathBuf>,

    /// Where the directories lie below the virtual cluster's own
    #[arg(long, global = true, env = "LAYOUT", value_enum)]
    pub(crate) layout: Option<LayoutName>,

    /// Let virtual clusters read only
    #[arg(long, global = true, env = "READ_ONLY", value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    pub(crate) read_only: Option<bool>,

    /// Map the logs of Pods too, at `<vcluster>/log`
    #[arg(long, global = true, env = "MAP_LOGS", value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    pub(crate) logs: Option<bool>,

    /// Where the kubelet has the logs of Pods
    #[arg(long, global = true, env = "LOGS_PATH", value_name = "PATH")]
    pub(crate) logs_path: Option<PathBuf>,

    /// The only virtual clusters that may have mappings, with commas between them; all may when this is left out
    #[arg(
        long,
        global = true,
        env = "ALLOW_VCLUSTERS",
        value_name = "NAMESPACE/VCLUSTER",
        value_delimiter = ','
    )]
    pub(crate) allow_vclusters: Option<Vec<String>>,

    /// Address on which health and metrics are served; every address when it is left out
    #[arg(long, global = true, env = "LISTEN_HOST", value_name = "ADDRESS")]
    pub(crate) listen_host: Option<String>,

    /// Port on which health and metrics are served
    #[arg(long, global = true, env = "HTTP_PORT", value_name = "PORT")]
    pub(crate) http_port: Option<u16>,

    /// Seconds from one look at the mounts to the next while nothing happens
    #[arg(long, global = true, env = "RESYNC_SECONDS", value_name = "SECONDS")]
    pub(crate) resync_seconds: Option<u64>,

    /// Seconds that a Pod which was to have ended keeps its mount, while somebody holds its end up by looking at it
    #[arg(long, global = true, env = "LINGER_SECONDS", value_name = "SECONDS")]
    pub(crate) linger_seconds: Option<u64>,
}
