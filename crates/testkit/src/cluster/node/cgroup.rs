//! The control group that everything on a node runs in: beside the machine's own, and empty when the node is gone.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A group in each hierarchy, removed when dropped. By then no process may be left in it.
#[derive(Debug)]
pub(super) struct ControlGroup {
    name: String,
    folders: Vec<PathBuf>,
}

impl ControlGroup {
    /// Makes a group for the node whose folder is `owner`, and removes those whose owner is gone.
    pub(super) fn new(owner: &Path) -> Result<Self> {
        sweep_beside(owner)?;
        Self::make(name(owner)?)
    }

    /// Makes one more inside the group of the node whose folder is `owner`.
    pub(super) fn within(owner: &Path, inner: &str) -> Result<Self> {
        Self::make(format!("{}/{inner}", name(owner)?))
    }

    fn make(name: String) -> Result<Self> {
        let mut group = Self { folders: Vec::new(), name };
        for hierarchy in mounted()? {
            let folder = hierarchy.join(&group.name);
            // One inside another may be there: whoever is killed leaves it to the other's end.
            fs::create_dir_all(&folder)
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

/// Removes the groups whose owners' folders, beside this one, are gone.
pub(super) fn sweep_beside(owner: &Path) -> Result<()> {
    mounted()?.iter().for_each(|hierarchy| sweep(hierarchy, owner));
    Ok(())
}

fn mounted() -> Result<Vec<PathBuf>> {
    Ok(hierarchies(&fs::read_to_string("/proc/self/mounts").context("cannot read the mounts")?))
}

/// Where hierarchies of control groups are mounted, of the old kind and of the new.
fn hierarchies(mounts: &str) -> Vec<PathBuf> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    mounts.filter(|(_, kind)| matches!(*kind, "cgroup" | "cgroup2")).map(|(path, _)| path.into()).collect()
}

fn sweep(hierarchy: &Path, owner: &Path) {
    let prefix = prefix(owner);
    for entry in fs::read_dir(hierarchy).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else { continue };
        if !owner.with_file_name(id).exists() {
            remove(&entry.path());
        }
    }
}

fn name(owner: &Path) -> Result<String> {
    let id = owner.file_name().context("a node's folder has no name")?.to_string_lossy();
    Ok(format!("{}{id}", prefix(owner)))
}

/// How the groups of nodes begin whose folders lie beside this one: others' folders are not ours to look for.
fn prefix(owner: &Path) -> String {
    let home = owner.parent().unwrap_or(owner).as_os_str().as_bytes();
    let hash: String = Sha256::digest(home).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("podfs-test-node-{hash}-")
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

    #[test]
    fn only_groups_without_an_owner_are_swept_and_only_our_own() {
        let folder = tempfile::tempdir().unwrap();
        let (hierarchy, home) = (folder.path().join("hierarchy"), folder.path().join("home"));
        let owner = home.join("here");
        fs::create_dir_all(&owner).unwrap();
        let group = |owner: &Path, id: &str| hierarchy.join(format!("{}{id}", prefix(owner)));
        let elsewhere = folder.path().join("elsewhere/there");
        let [kept, gone, foreign] = [group(&owner, "here"), group(&owner, "gone"), group(&elsewhere, "gone")];
        for group in [&kept, &gone, &foreign] {
            fs::create_dir_all(group.join("kubepods")).unwrap();
        }
        sweep(&hierarchy, &owner);
        assert!(kept.exists() && foreign.exists());
        assert!(!gone.exists());
    }
}
