//! The links in `<vcluster>/log/containers`, by which log shippers find the logs of containers.
//!
//! The kubelet has links `/var/log/containers/<pod>_<namespace>_<container>-<container id>.log` to
//! `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log`, and vcluster's own mapper makes the same with the
//! virtual names (`cmd/hostpaths/hostpaths.go`, `createContainerToPodSymlink`). They are read where `<vcluster>/log` is
//! mounted as `/var/log`, so they are absolute, and they name nothing but virtual names: a tenant has no way through them
//! to what is not mounted for it.

use crate::name::{DnsLabel, shorten};
use crate::pods::{ContainerLog, Identity};

/// Longest name of a file, in bytes.
const FILE_NAME: usize = 255;

/// Where a virtual cluster's daemonset sees the logs of Pods.
const SEEN_AT: &str = "/var/log/pods/";

/// How the names of all links end.
const SUFFIX: &str = ".log";

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLink {
    /// The virtual cluster that sees it.
    pub vcluster: DnsLabel,
    /// Its name in `<vcluster>/log/containers`.
    pub name: String,
    /// Where it leads, as the virtual cluster's daemonset sees paths.
    pub to: String,
}

impl LogLink {
    /// Reads a link that is there; `None` when it is not one that this agent makes.
    #[must_use]
    pub fn parse(vcluster: &DnsLabel, name: &[u8], to: &[u8]) -> Option<Self> {
        let (name, to) = (std::str::from_utf8(name).ok()?, std::str::from_utf8(to).ok()?);
        let ours = name.ends_with(SUFFIX) && to.starts_with(SEEN_AT) && !to.contains("/../");
        ours.then(|| Self { vcluster: vcluster.clone(), name: name.to_owned(), to: to.to_owned() })
    }
}

/// The link for one container.
///
/// # Errors
/// With the reason, when the container's name or id is not what a kubelet writes, or the name gets too long.
pub fn log_link(identity: &Identity, container: &ContainerLog) -> Result<LogLink, String> {
    let Identity { vcluster, namespace, name, uid, .. } = identity;
    let label = DnsLabel::parse(&container.name).map_err(|error| error.to_string())?;
    let id = container.id.split_once("://").map_or("", |(_, id)| id);
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("{} is not the id of a container", shorten(&container.id)));
    }
    let link = format!("{name}_{namespace}_{label}-{id}{SUFFIX}");
    if link.len() > FILE_NAME {
        return Err(format!("{} is longer than a file name can be", shorten(&link)));
    }
    let to = format!("{SEEN_AT}{namespace}_{name}_{uid}/{label}/{}.log", container.restarts);
    Ok(LogLink { vcluster: vcluster.clone(), name: link, to })
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

    fn container(name: &str, id: &str, restarts: u32) -> ContainerLog {
        ContainerLog { name: name.to_owned(), id: id.to_owned(), restarts }
    }

    #[test]
    fn a_link_has_virtual_names_alone() {
        let link = log_link(&identity(), &container("app", "containerd://0a1b", 3)).unwrap();
        assert_eq!(link.name, "web-0_shop_app-0a1b.log");
        assert_eq!(link.to, "/var/log/pods/shop_web-0_22222222-2222-4222-8222-222222222222/app/3.log");
        assert_eq!(LogLink::parse(&link.vcluster, link.name.as_bytes(), link.to.as_bytes()), Some(link));
    }

    #[test]
    fn links_of_others_are_not_ours() {
        let parse =
            |name: &str, to: &str| LogLink::parse(&identity().vcluster, name.as_bytes(), to.as_bytes());
        assert_eq!(parse("a.log", "/etc/shadow"), None);
        assert_eq!(parse("a.log", "/var/log/pods/../../etc/shadow"), None);
        assert_eq!(parse("a", "/var/log/pods/x/0.log"), None);
    }

    #[test]
    fn a_container_that_would_lead_elsewhere_has_no_link() {
        let link = |name: &str, id: &str| log_link(&identity(), &container(name, id, 0));
        assert!(link("../..", "containerd://0a1b").is_err());
        assert!(link("app", "containerd://../../x").is_err());
        assert!(link("app", "0a1b").is_err());
        assert!(link("app", &format!("containerd://{}", "a".repeat(1 << 20))).unwrap_err().len() < 200);
    }
}
