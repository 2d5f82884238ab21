//! Where a virtual cluster finds its Pods, below `toPath`, and where they come from.
//!
//! ```text
//! <vcluster>/pods/<virtual uid>            the default
//! <vcluster>/kubelet/pods/<virtual uid>    for those who mount what the predecessor made
//! <vcluster>/log/pods/<namespace>_<name>_<virtual uid>
//! ```
//!
//! A daemonset of the virtual cluster mounts `<vcluster>/pods` (and `<vcluster>/log` as `/var/log`), so the folders above
//! a target are never removed: a Pod that has one mounted would go on looking at the removed one.

use std::fmt;

use crate::name::{DnsLabel, PodName, Uid};

/// Longest name of a file or folder on Linux, in bytes.
const FILE_NAME: usize = 255;

/// Where the Pods' directories of a virtual cluster lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// `<vcluster>/pods/<uid>`.
    #[default]
    Pods,
    /// `<vcluster>/kubelet/pods/<uid>`, as the predecessor's code had it.
    KubeletPods,
}

/// A folder of a virtual cluster that holds targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// `pods`
    Pods,
    /// `kubelet/pods`
    KubeletPods,
    /// `log/pods`
    LogPods,
}

impl Folder {
    /// All that there are.
    pub const ALL: [Self; 3] = [Self::Pods, Self::KubeletPods, Self::LogPods];

    /// Its path below the virtual cluster's folder, a name at a time.
    #[must_use]
    pub fn segments(self) -> &'static [&'static str] {
        match self {
            Self::Pods => &["pods"],
            Self::KubeletPods => &["kubelet", "pods"],
            Self::LogPods => &["log", "pods"],
        }
    }
}

impl From<Layout> for Folder {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Pods => Self::Pods,
            Layout::KubeletPods => Self::KubeletPods,
        }
    }
}

/// A directory below `toPath` on which a Pod's directory is mounted. Made of names that have parsed, and of nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    vcluster: DnsLabel,
    folder: Folder,
    name: String,
}

impl Target {
    /// The target of a Pod's directory.
    #[must_use]
    pub fn pod(layout: Layout, vcluster: &DnsLabel, uid: &Uid) -> Self {
        Self { vcluster: vcluster.clone(), folder: layout.into(), name: uid.to_string() }
    }

    /// The target of a Pod's logs; `None` when its name would be longer than a file name can be.
    #[must_use]
    pub fn log(vcluster: &DnsLabel, namespace: &DnsLabel, name: &PodName, uid: &Uid) -> Option<Self> {
        let name = log_directory(namespace, name, uid)?;
        Some(Self { vcluster: vcluster.clone(), folder: Folder::LogPods, name })
    }

    /// Reads a path below `toPath`; `None` when no target has it.
    #[must_use]
    pub fn parse(relative: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(relative).ok()?;
        let (vcluster, rest) = text.split_once('/')?;
        let (folder, name) = rest.rsplit_once('/')?;
        let folder = Folder::ALL.into_iter().find(|known| known.segments().join("/") == folder)?;
        let known = match folder {
            Folder::Pods | Folder::KubeletPods => Uid::parse(name).is_ok(),
            Folder::LogPods => is_log_directory(name),
        };
        let vcluster = DnsLabel::parse(vcluster).ok()?;
        known.then(|| Self { vcluster, folder, name: name.to_owned() })
    }

    /// The virtual cluster that sees it.
    #[must_use]
    pub fn vcluster(&self) -> &DnsLabel {
        &self.vcluster
    }

    /// The kind of source that is mounted there.
    #[must_use]
    pub fn source_root(&self) -> SourceRoot {
        match self.folder {
            Folder::Pods | Folder::KubeletPods => SourceRoot::Pods,
            Folder::LogPods => SourceRoot::Logs,
        }
    }

    /// Its path below `toPath`, a name at a time; the last is the target's own.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let parents = self.folder.segments().iter().copied();
        std::iter::once(self.vcluster.as_str()).chain(parents).chain([self.name.as_str()])
    }
}

/// The path below `toPath`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.vcluster, self.folder.segments().join("/"), self.name)
    }
}

/// The directories of the host from which mounts are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceRoot {
    /// `fromPath`: `/var/lib/kubelet/pods`.
    Pods,
    /// `/var/log/pods`.
    Logs,
}

/// A directory of the host that is shown to a virtual cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    root: SourceRoot,
    name: String,
}

impl Source {
    /// A Pod's directory.
    #[must_use]
    pub fn pod(uid: &Uid) -> Self {
        Self { root: SourceRoot::Pods, name: uid.to_string() }
    }

    /// A Pod's logs; `None` when their directory would have a name that is too long to exist.
    #[must_use]
    pub fn log(namespace: &DnsLabel, name: &PodName, uid: &Uid) -> Option<Self> {
        Some(Self { root: SourceRoot::Logs, name: log_directory(namespace, name, uid)? })
    }

    /// Reads the name of a directory in `root`; `None` when it is not a Pod's.
    #[must_use]
    pub fn parse(root: SourceRoot, name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let known = match root {
            SourceRoot::Pods => Uid::parse(name).is_ok(),
            SourceRoot::Logs => is_log_directory(name),
        };
        known.then(|| Self { root, name: name.to_owned() })
    }

    /// The directory in which it lies.
    #[must_use]
    pub fn root(&self) -> SourceRoot {
        self.root
    }

    /// Its name there.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The kubelet's name for a Pod's log directory (`BuildPodLogsDirectory` in `pkg/kubelet/kuberuntime`).
fn log_directory(namespace: &DnsLabel, name: &PodName, uid: &Uid) -> Option<String> {
    let directory = format!("{namespace}_{name}_{uid}");
    (directory.len() <= FILE_NAME).then_some(directory)
}

fn is_log_directory(text: &str) -> bool {
    let mut parts = text.split('_');
    let (Some(namespace), Some(name), Some(uid), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    text.len() <= FILE_NAME
        && DnsLabel::parse(namespace).is_ok()
        && PodName::parse(name).is_ok()
        && Uid::parse(uid).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const UID: &str = "22222222-2222-4222-8222-222222222222";

    fn label(text: &str) -> DnsLabel {
        DnsLabel::parse(text).unwrap()
    }

    #[rstest]
    #[case(Layout::Pods, "blue/pods/22222222-2222-4222-8222-222222222222")]
    #[case(Layout::KubeletPods, "blue/kubelet/pods/22222222-2222-4222-8222-222222222222")]
    fn a_pod_lies_where_the_contract_says(#[case] layout: Layout, #[case] path: &str) {
        let target = Target::pod(layout, &label("blue"), &Uid::parse(UID).unwrap());
        assert_eq!(target.to_string(), path);
        assert_eq!(target.segments().collect::<Vec<_>>().join("/"), path);
        assert_eq!(Target::parse(path.as_bytes()), Some(target));
    }

    #[test]
    fn logs_lie_under_the_name_that_the_virtual_pod_has() {
        let (name, uid) = (PodName::parse("web-0").unwrap(), Uid::parse(UID).unwrap());
        let target = Target::log(&label("blue"), &label("shop"), &name, &uid).unwrap();
        assert_eq!(target.to_string(), format!("blue/log/pods/shop_web-0_{UID}"));
        assert_eq!(Target::parse(target.to_string().as_bytes()), Some(target));
        let long = PodName::parse(&["a".repeat(63), "b".repeat(63), "c".repeat(63)].join(".")).unwrap();
        assert_eq!(Target::log(&label("blue"), &label(&"n".repeat(63)), &long, &uid), None);
    }

    #[rstest]
    #[case("blue")]
    #[case("blue/pods")]
    #[case("blue/pods/x")]
    #[case("/blue/pods/22222222-2222-4222-8222-222222222222")]
    #[case("../pods/22222222-2222-4222-8222-222222222222")]
    #[case("blue//pods/22222222-2222-4222-8222-222222222222")]
    #[case("blue/pods/22222222-2222-4222-8222-222222222222/volumes")]
    #[case("blue/pods/22222222-2222-4222-8222-222222222222/")]
    #[case("blue/other/22222222-2222-4222-8222-222222222222")]
    #[case("blue/log/pods/22222222-2222-4222-8222-222222222222")]
    fn other_paths_are_no_targets(#[case] path: &str) {
        assert_eq!(Target::parse(path.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn whatever_parses_is_written_the_same_way(path in "[a-c]{0,2}/(pods|kubelet/pods|log/pods)/(a_b_)?2{8}(-2{4}){3}-2{12}") {
            if let Some(target) = Target::parse(path.as_bytes()) {
                prop_assert_eq!(target.to_string(), path);
            }
        }
    }
}
