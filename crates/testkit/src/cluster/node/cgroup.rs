//! The control group that everything on a node runs in: beside the machine's own, and empty when the node is gone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// So that leftovers are known by their name.
const PREFIX: &str = "podfs-test-node-";

/// A group in each hierarchy, removed when dropped. By then no process may be left in it.
#[derive(Debug)]
pub(super) struct ControlGroup {
    name: String,
    folders: Vec<PathBuf>,
}

impl ControlGroup {
    /// Makes a group for the node whose folder is `owner`, and removes those whose owner is gone.
    pub(super) fn new(owner: &Path) -> Result<Self> {
        let hierarchies =
            hierarchies(&fs::read_to_string("/proc/self/mounts").context("cannot read the mounts")?);
        for hierarchy in &hierarchies {
            sweep(hierarchy, owner.parent());
        }
        let id = owner.file_name().context("a node's folder has no name")?.to_string_lossy();
        let name = format!("{PREFIX}{id}");
        let mut group = Self { folders: Vec::new(), name };
        for hierarchy in hierarchies {
            let folder = hierarchy.join(&group.name);
            fs::create_dir(&folder)
                .with_context(|| format!("cannot make the control group {}", folder.display()))?;
            group.folders.push(folder);
        }
        Ok(group)
    }

    /// The group as a kubelet is told it.
    pub(super) fn path(&self) -> String {
        format!("/{}", self.name)
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        self.folders.iter().for_each(|folder| remove(folder));
    }
}

/// Where hierarchies of control groups are mounted, of the old kind and of the new.
fn hierarchies(mounts: &str) -> Vec<PathBuf> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    mounts.filter(|(_, kind)| matches!(*kind, "cgroup" | "cgroup2")).map(|(path, _)| path.into()).collect()
}

/// Removes the groups whose owners' folders are gone.
fn sweep(hierarchy: &Path, owners: Option<&Path>) {
    for entry in fs::read_dir(hierarchy).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if !owners.is_some_and(|owners| owners.join(owner).exists()) {
            remove(&entry.path());
        }
    }
}

/// Removes a group and those inside it. One that has processes stays, as the kernel wants it.
fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    drop(fs::remove_dir(folder));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_both_kinds_are_found() {
        let mounts = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n\
            cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        let expected = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"].map(PathBuf::from);
        assert_eq!(hierarchies(mounts), expected);
    }
}
