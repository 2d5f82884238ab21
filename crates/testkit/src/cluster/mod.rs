//! A real Kubernetes for tests.
//!
//! [`Cluster::shared`] is what most tests want: an API server without nodes, up in seconds, or the cluster that the
//! user brings. [`ApiServer`] is one of the test's own, to break. [`node`] is for tests whose Pods must run.

mod api_server;
mod arguments;
mod ask;
mod kubeconfig;
pub mod node;
mod programs;
mod shared;

pub use api_server::ApiServer;
pub use ask::{HELM_SERVER_VERSION, output_of, output_with_input};
pub use programs::{helm, kubectl};
pub use shared::{Cluster, KUBECONFIG_VARIABLE};

/// The name of a cluster's node, where there is one; its kubelet's user is known without it too.
pub const NODE_NAME: &str = "podfs-node";
/// The name of the node that joins it, as [`node::OtherNode`].
pub const OTHER_NODE_NAME: &str = "podfs-other-node";
