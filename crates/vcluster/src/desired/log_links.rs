//! The links in `<vcluster>/log/containers`, by which log shippers find the logs of containers.
//!
//! The kubelet has links `/var/log/containers/<pod>_<namespace>_<container>-<container id>.log` to
//! `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log`, and vcluster's own mapper makes the same with the
//! virtual names (`cmd/hostpaths/hostpaths.go`, `createContainerToPodSymlink`). They are read where `<vcluster>/log` is
//! mounted as `/var/log`, so they are absolute, and they name nothing but virtual names: a tenant has no way through them
//! to what is not mounted for it. This module says how links are called; making them comes with the agent.

use crate::name::{DnsLabel, shorten};
use crate::pods::Identity;

/// Longest name of a file, in bytes.
const FILE_NAME: usize = 255;

/// A container that has a log, as the Pod's status shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerLog<'pod> {
    /// The container's name.
    pub name: &'pod str,
    /// Its id with the runtime in front: `containerd://<64 hex digits>`.
    pub id: &'pod str,
    /// How often it was restarted; its log has this number.
    pub restarts: u32,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLink {
    /// Its name in `<vcluster>/log/containers`.
    pub name: String,
    /// Where it leads, as the virtual cluster's daemonset sees paths.
    pub to: String,
}

/// The link for one container.
///
/// # Errors
/// With the reason, when the container's name or id is not what a kubelet writes, or the name gets too long.
pub fn log_link(identity: &Identity, container: &ContainerLog<'_>) -> Result<LogLink, String> {
    let Identity { namespace, name, uid, .. } = identity;
    let label = DnsLabel::parse(container.name).map_err(|error| error.to_string())?;
    let id = container.id.split_once("://").map_or("", |(_, id)| id);
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("{} is not the id of a container", shorten(container.id)));
    }
    let link = format!("{name}_{namespace}_{label}-{id}.log");
    if link.len() > FILE_NAME {
        return Err(format!("{} is longer than a file name can be", shorten(&link)));
    }
    let to = format!("/var/log/pods/{namespace}_{name}_{uid}/{label}/{}.log", container.restarts);
    Ok(LogLink { name: link, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{PodName, Uid};

    fn identity() -> Identity {
        Identity {
            vcluster: DnsLabel::parse("blue").unwrap(),
            uid: Uid::parse("22222222-2222-4222-8222-222222222222").unwrap(),
            name: PodName::parse("web-0").unwrap(),
            namespace: DnsLabel::parse("shop").unwrap(),
            host_uid: Uid::parse("11111111-1111-4111-8111-111111111111").unwrap(),
            host_namespace: DnsLabel::parse("team").unwrap(),
            host_name: PodName::parse("web-0-x-shop-x-blue").unwrap(),
        }
    }

    #[test]
    fn a_link_has_virtual_names_alone() {
        let link = log_link(&identity(), &ContainerLog { name: "app", id: "containerd://0a1b", restarts: 3 });
        let name = "web-0_shop_app-0a1b.log".to_owned();
        let to = "/var/log/pods/shop_web-0_22222222-2222-4222-8222-222222222222/app/3.log".to_owned();
        assert_eq!(link, Ok(LogLink { name, to }));
    }

    #[test]
    fn a_container_that_would_lead_elsewhere_has_no_link() {
        let link = |name, id| log_link(&identity(), &ContainerLog { name, id, restarts: 0 });
        assert!(link("../..", "containerd://0a1b").is_err());
        assert!(link("app", "containerd://../../x").is_err());
        assert!(link("app", "0a1b").is_err());
        assert!(link("app", &format!("containerd://{}", "a".repeat(1 << 20))).unwrap_err().len() < 200);
    }
}
