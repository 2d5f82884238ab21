//! A model of what the kernel holds: directories, and mounts on them. It panics where the agent must never come.
//!
//! What it shows goes through the real reader of mount tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::HostPod;
use crate::desired::Options;
use crate::layout::{Source, SourceRoot, Target};
use crate::mount::{MountError, Mounts};
use crate::pods::PodReference;
use crate::table::{MountTable, MountedRoot, Observed, Roots, Surroundings};

/// UIDs as small numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uids {
    pub(crate) host: u32,
    pub(crate) virtual_: u32,
}

impl Uids {
    pub(crate) fn text(number: u32) -> String {
        format!("{number:08x}-0000-4000-8000-000000000000")
    }
}

/// A Pod as vcluster writes it.
pub(crate) fn virtual_pod(namespace: &str, vcluster: &str, uids: Uids, created: i64) -> HostPod {
    altered_pod(namespace, vcluster, uids, created, &[])
}

/// A Pod with some of its annotations changed.
pub(crate) fn altered_pod(
    namespace: &str,
    vcluster: &str,
    uids: Uids,
    created: i64,
    changes: &[(&str, &str)],
) -> HostPod {
    let (uid, name) = (Uids::text(uids.virtual_), format!("pod-{}", uids.virtual_));
    let mut annotations = BTreeMap::new();
    for prefix in ["", "object-"] {
        for (key, value) in [("uid", uid.as_str()), ("name", &name), ("namespace", "shop")] {
            annotations.insert(format!("vcluster.loft.sh/{prefix}{key}"), value.to_owned());
        }
    }
    for (key, value) in changes {
        annotations.insert((*key).to_owned(), (*value).to_owned());
    }
    let host_name = format!("{name}-x-shop-x-{vcluster}");
    let reference =
        PodReference { namespace: namespace.to_owned(), name: host_name, uid: Uids::text(uids.host) };
    let annotations = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    HostPod::new(reference, created, annotations, [("vcluster.loft.sh/managed-by", vcluster)])
}

/// A mount of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) id: u64,
    pub(crate) target: Target,
    /// What of ours it shows, of which making of the directory; `None` is foreign.
    pub(crate) ours: Option<(Source, u64)>,
    read_only: bool,
}

/// What lies at a target on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Empty,
    Full,
    Link,
}

/// The model. Source directories are Pods' and logs' alike, by the number of the host's UID.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) sources: BTreeSet<u32>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) entries: BTreeMap<Target, Entry>,
    /// How many more steps are done before the agent is killed.
    pub(crate) lives: Option<usize>,
    /// Targets inside whose own directory someone else mounted something.
    pub(crate) foreign_inside: BTreeSet<Target>,
    /// Steps of these targets are refused, as by a full disk or a busy mount.
    pub(crate) failing: BTreeSet<Target>,
    made: BTreeMap<u32, u64>,
    last: u64,
}

impl Place {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The kubelet makes a Pod's directory.
    pub(crate) fn make_source(&mut self, host: u32) {
        if self.sources.insert(host) {
            let making = self.next();
            self.made.insert(host, making);
        }
    }

    /// Someone else mounts something at a target.
    pub(crate) fn mount_foreign(&mut self, target: &Target) {
        if self.entries.get(target) == Some(&Entry::Link) {
            return;
        }
        self.entries.entry(target.clone()).or_insert(Entry::Empty);
        let id = self.next();
        self.mounts.push(Mount { id, target: target.clone(), ours: None, read_only: false });
    }

    pub(crate) fn stack(&self, target: &Target) -> Vec<&Mount> {
        self.mounts.iter().filter(|mount| mount.target == *target).collect()
    }

    /// Whether the directory that was mounted then is not the one that is there now.
    pub(crate) fn was_made_anew(&self, source: &Source, making: u64) -> bool {
        self.making(source) != Some(making)
    }

    fn making(&self, source: &Source) -> Option<u64> {
        let uid = source.name().rsplit('_').next().unwrap();
        let host = u32::from_str_radix(uid.split('-').next().unwrap(), 16).unwrap();
        let making = self.made.get(&host).copied().unwrap_or_default();
        self.sources.contains(&host).then_some(making)
    }

    /// A step is begun: it fails when the agent was killed, or when something is wrong with the target.
    fn step(&mut self, target: &Target) -> Result<(), MountError> {
        let path = target.to_string();
        let failed = |operation, errno| {
            Err(MountError::Failed { operation, path, cause: io::Error::from_raw_os_error(errno) })
        };
        match &mut self.lives {
            Some(0) => return failed("live through", libc::EINTR),
            Some(lives) => *lives -= 1,
            None => {}
        }
        if self.failing.contains(target) { failed("change", libc::EBUSY) } else { Ok(()) }
    }

    fn mountinfo(&self) -> String {
        let mut text =
            String::from("1 0 8:1 / / rw shared:1 - ext4 d rw\n2 1 8:2 / /to rw shared:2 - ext4 d rw\n");
        for (at, mount) in self.mounts.iter().enumerate() {
            let below = self.mounts.iter().take(at).rfind(|below| below.target == mount.target);
            let parent = below.map_or(2, |below| 1000 + below.id);
            let (id, path) = (1000 + mount.id, &mount.target);
            let line = match &mount.ours {
                None => format!("{id} {parent} 8:9 / /to/{path} rw shared:{id} - ext4 d rw\n"),
                Some((source, making)) => {
                    let root = if source.root() == SourceRoot::Pods { "/from" } else { "/log" };
                    let deleted = if self.making(source) == Some(*making) { "" } else { "//deleted" };
                    let access = if mount.read_only { "ro" } else { "rw" };
                    format!(
                        "{id} {parent} 8:1 {root}/{source}{deleted} /to/{path} {access},nosuid,nodev shared:{id} master:1 - ext4 d rw\n"
                    )
                }
            };
            text.push_str(&line);
        }
        for (at, target) in self.foreign_inside.iter().enumerate() {
            text.push_str(&format!("{} 2 8:9 / /to/{target}/inside rw - ext4 d rw\n", 500 + at));
        }
        text
    }

    fn existing(&self) -> BTreeSet<Source> {
        let uids = self.sources.iter().map(|host| Uids::text(*host));
        let parse = |root, name: String| Source::parse(root, name.as_bytes()).unwrap();
        let known = uids.flat_map(|uid| {
            let log = |namespace: &str| format!("{namespace}_pod_{uid}");
            // The model's logs exist under the name that they are asked by; see `making`.
            [parse(SourceRoot::Pods, uid.clone()), parse(SourceRoot::Logs, log("team"))]
        });
        known.collect()
    }
}

impl Mounts for Place {
    fn observe(&mut self) -> Result<Observed, MountError> {
        let table = MountTable::parse(self.mountinfo().as_bytes());
        assert_eq!(table.unread, 0);
        let root = |path: &str, id| MountedRoot {
            path: path.as_bytes().to_vec(),
            mount: table.get(id).cloned().unwrap(),
        };
        let roots = Roots { to: root("/to", 2), pods: root("/from", 1), logs: Some(root("/log", 1)) };
        let directories = self.entries.iter().filter(|(_, entry)| **entry != Entry::Link);
        let directories = directories.map(|(target, _)| target.clone()).collect();
        Ok(Observed::new(&table, &roots, Surroundings { directories, sources: self.existing() }))
    }

    fn make_directory(&mut self, target: &Target) -> Result<(), MountError> {
        self.step(target)?;
        match self.entries.entry(target.clone()).or_insert(Entry::Empty) {
            Entry::Link => Err(MountError::InTheWay { path: target.to_string() }),
            Entry::Empty | Entry::Full => Ok(()),
        }
    }

    fn mount(&mut self, target: &Target, source: &Source, options: Options) -> Result<(), MountError> {
        self.step(target)?;
        assert!(self.stack(target).is_empty(), "a second mount on {target}");
        match self.entries.get(target) {
            Some(Entry::Empty | Entry::Full) => {}
            Some(Entry::Link) => return Err(MountError::InTheWay { path: target.to_string() }),
            None => panic!("a mount on {target}, which is not there"),
        }
        let Some(making) = self.making(source) else {
            return Err(MountError::SourceGone { path: source.to_string() });
        };
        let id = self.next();
        let ours = Some((source.clone(), making));
        self.mounts.push(Mount { id, target: target.clone(), ours, read_only: options.read_only });
        Ok(())
    }

    fn unmount(&mut self, target: &Target, id: u64) -> Result<(), MountError> {
        self.step(target)?;
        let top = self.mounts.iter().rposition(|mount| mount.target == *target).unwrap();
        assert_eq!(self.mounts[top].id + 1000, id, "only the topmost can go");
        assert!(self.mounts[top].ours.is_some(), "a foreign mount at {target}");
        self.mounts.remove(top);
        Ok(())
    }

    fn remove_directory(&mut self, target: &Target) -> Result<(), MountError> {
        self.step(target)?;
        assert!(self.stack(target).is_empty(), "{target} is mounted");
        match self.entries.get(target) {
            Some(Entry::Empty) => self.entries.remove(target),
            Some(Entry::Link | Entry::Full) => return Err(MountError::InTheWay { path: target.to_string() }),
            None => None,
        };
        Ok(())
    }
}
