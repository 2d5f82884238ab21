//! The configured directories, with the mounts on which they lie, and whether those can do what is asked of them.

use thiserror::Error;

use super::mountinfo::Entry;
use crate::layout::SourceRoot;

/// A configured directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedRoot {
    /// Its path without links, as this process sees it.
    pub path: Vec<u8>,
    /// The mount on which it lies.
    pub mount: Entry,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// `toPath`, beneath which mounts are made.
    pub to: MountedRoot,
    /// `fromPath`, the kubelet's Pod directories.
    pub pods: MountedRoot,
    /// The Pods' logs, where there are any.
    pub logs: Option<MountedRoot>,
}

/// Why nothing can be mounted with these directories.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RootsError {
    /// One lies in the other.
    #[error("{one} and {other} must not lie in each other; set fromPath and toPath to separate directories")]
    Overlap {
        /// A directory.
        one: String,
        /// A directory.
        other: String,
    },
    /// What is mounted beneath would be seen by nobody.
    #[error(
        "the mount {mount} with {path} (toPath) is not shared: what is mounted there would be seen by this process alone; \
         mount it with mountPropagation Bidirectional, or run `mount --make-shared {mount}` on the node"
    )]
    NotShared {
        /// The directory.
        path: String,
        /// Where its mount is.
        mount: String,
    },
    /// Volumes that the kubelet mounts later would not appear.
    #[error(
        "the mount {mount} with {path} is private: volumes that the kubelet mounts later would not appear; mount it with \
         mountPropagation HostToContainer, or run `mount --make-shared {mount}` on the node"
    )]
    Private {
        /// The directory.
        path: String,
        /// Where its mount is.
        mount: String,
    },
}

impl MountedRoot {
    /// The directory's path within its file system, as mount tables give the roots of mounts.
    #[must_use]
    pub fn path_in_file_system(&self) -> Vec<u8> {
        let below = below(&self.mount.path, &self.path).unwrap_or_default();
        join(&self.mount.root, below)
    }

    fn show(&self) -> (String, String) {
        (show(&self.path), show(&self.mount.path))
    }
}

impl Roots {
    /// The directory from which sources of that kind come.
    #[must_use]
    pub fn source(&self, root: SourceRoot) -> Option<&MountedRoot> {
        match root {
            SourceRoot::Pods => Some(&self.pods),
            SourceRoot::Logs => self.logs.as_ref(),
        }
    }

    /// Whether mounts made with them do what they are for.
    ///
    /// # Errors
    /// When they overlap, when `toPath` is not shared, or when a source is private.
    pub fn check(&self) -> Result<(), RootsError> {
        for source in [Some(&self.pods), self.logs.as_ref()].into_iter().flatten() {
            if overlap(&self.to.path, &source.path) {
                let (one, other) = (show(&self.to.path), show(&source.path));
                return Err(RootsError::Overlap { one, other });
            }
            if source.mount.shared.is_none() && source.mount.master.is_none() {
                let (path, mount) = source.show();
                return Err(RootsError::Private { path, mount });
            }
        }
        if self.to.mount.shared.is_none() {
            let (path, mount) = self.to.show();
            return Err(RootsError::NotShared { path, mount });
        }
        Ok(())
    }
}

/// The part of `path` below `parent`, without a leading slash: empty for `parent` itself, `None` outside of it.
pub(super) fn below<'path>(parent: &[u8], path: &'path [u8]) -> Option<&'path [u8]> {
    let parent = parent.strip_suffix(b"/").unwrap_or(parent);
    let rest = path.strip_prefix(parent)?;
    match rest.split_first() {
        None => Some(rest),
        Some((b'/', rest)) => Some(rest),
        Some(_) => None,
    }
}

/// Paths as bytes, for messages.
pub(super) fn show(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}

fn join(parent: &[u8], below: &[u8]) -> Vec<u8> {
    let parent = parent.strip_suffix(b"/").unwrap_or(parent);
    if below.is_empty() && !parent.is_empty() {
        return parent.to_vec();
    }
    [parent, b"/", below].concat()
}

fn overlap(one: &[u8], other: &[u8]) -> bool {
    below(one, other).is_some() || below(other, one).is_some()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::table::MountTable;

    fn root(path: &str, mountinfo: &str) -> MountedRoot {
        let mount = MountTable::parse(mountinfo.as_bytes()).entries.into_iter().next().unwrap();
        MountedRoot { path: path.as_bytes().to_vec(), mount }
    }

    fn roots(to: MountedRoot, pods: MountedRoot) -> Roots {
        Roots { to, pods, logs: None }
    }

    #[rstest]
    #[case::root_mount("/var/lib/kubelet/pods", "1 0 0:1 / / rw - t t rw", "/var/lib/kubelet/pods")]
    #[case::own_mount("/var/lib/kubelet/pods", "1 0 0:1 / /var/lib/kubelet rw - t t rw", "/pods")]
    #[case::bind("/from", "1 0 0:1 /var/lib/kubelet/pods /from rw - t t rw", "/var/lib/kubelet/pods")]
    #[case::whole("/from", "1 0 0:1 / /from rw - t t rw", "/")]
    fn the_path_in_the_file_system(#[case] path: &str, #[case] mount: &str, #[case] expected: &str) {
        assert_eq!(show(&root(path, mount).path_in_file_system()), expected);
    }

    const SHARED: &str = "1 0 0:1 / / rw shared:1 - t t rw";
    const SLAVE: &str = "2 1 0:2 / /from rw master:1 - t t rw";
    const PRIVATE: &str = "3 1 0:3 / /srv rw - t t rw";

    #[test]
    fn a_shared_target_with_a_source_that_receives_will_do() {
        assert_eq!(roots(root("/to", SHARED), root("/from", SLAVE)).check(), Ok(()));
        assert_eq!(roots(root("/to", SHARED), root("/from", SHARED)).check(), Ok(()));
    }

    #[test]
    fn private_propagation_is_refused_with_what_to_do() {
        let error = roots(root("/srv/to", PRIVATE), root("/from", SHARED)).check().unwrap_err();
        assert!(error.to_string().contains("Bidirectional"), "{error}");
        let error = roots(root("/to", SHARED), root("/srv/from", PRIVATE)).check().unwrap_err();
        assert!(error.to_string().contains("HostToContainer"), "{error}");
        // One that only receives hands nothing on.
        assert!(roots(root("/from/to", SLAVE), root("/pods", SHARED)).check().is_err());
    }

    #[rstest]
    #[case("/a", "/a")]
    #[case("/a", "/a/b")]
    #[case("/a/b", "/a")]
    #[case("/", "/a")]
    fn overlapping_directories_are_refused(#[case] to: &str, #[case] from: &str) {
        let error = roots(root(to, SHARED), root(from, SHARED)).check().unwrap_err();
        assert!(matches!(error, RootsError::Overlap { .. }), "{error}");
    }

    #[test]
    fn names_that_begin_alike_do_not_overlap() {
        assert_eq!(roots(root("/a-b", SHARED), root("/a", SHARED)).check(), Ok(()));
    }
}
