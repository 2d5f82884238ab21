//! What is there below `toPath`: which mounts are ours, which are leftovers, and which are none of our business.
//!
//! There is no state file; the mount table says it all. A mount is **ours** when
//!
//! - it lies at a path of our layout, directly on the mount of `toPath`,
//! - its root is a Pod's directory right in `fromPath` (or a log directory), on the same file system, and
//! - it receives from another peer group (`master:`), and is not itself a peer of `fromPath`.
//!
//! Only this agent makes such mounts. The last point is what makes it safe to take one away: unmounting a peer of `fromPath`
//! would unmount the kubelet's own volumes with it. A leftover is one of ours whose directory was removed. All else below
//! `toPath` is **foreign**, is reported, and is never touched.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::mountinfo::{Entry, MountTable};
use super::roots::{Roots, below, show};
use super::volumes::Volumes;
use crate::layout::{Source, Target};
use crate::name::DnsLabel;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Every target that has a directory or a mount.
    pub targets: BTreeMap<Target, Held>,
    /// Mounts below `toPath` that are not ours and do not belong to one of ours.
    pub foreign: Vec<Foreign>,
    /// The sources that exist.
    pub sources: BTreeSet<Source>,
    shown: BTreeSet<(DnsLabel, Source)>,
}

/// What the mount table does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Targets for which there is an entry on disk, mounted over or not.
    pub directories: BTreeSet<Target>,
    /// The sources that exist.
    pub sources: BTreeSet<Source>,
}

/// What is at a target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// The mounts, each on top of the one before.
    pub stack: Vec<Mounted>,
    /// Whether something foreign is mounted inside the target's own directory.
    pub foreign_inside: bool,
}

/// A mount at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mounted {
    /// One of ours.
    Ours {
        /// Its number.
        id: u64,
        /// What is mounted.
        source: Source,
        /// Whether the directory was removed.
        deleted: bool,
        /// Whether nothing can be written through it.
        read_only: bool,
        /// Whether it is `nosuid,nodev`.
        confined: bool,
        /// Whether it has all the Pod's volumes.
        complete: bool,
    },
    /// Someone else's.
    Foreign,
}

/// A mount that is not ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    /// Where, printable.
    pub path: String,
    /// What, printable.
    pub root: String,
}

impl Observed {
    /// Tells apart what the table has below `toPath`.
    #[must_use]
    pub fn new(table: &MountTable, roots: &Roots, surroundings: Surroundings) -> Self {
        let targets = surroundings.directories.into_iter().map(|target| (target, Held::default())).collect();
        let mut observed = Self { targets, sources: surroundings.sources, ..Self::default() };
        let tree = Tree::new(table, roots);
        let volumes = Volumes::new(table);
        for (target, entries) in &tree.stacks {
            let stack = entries.iter().map(|entry| mounted(target, entry, roots, &volumes)).collect();
            observed.hold(target, stack);
        }
        for (relative, entry) in &tree.below {
            if !tree.belongs(entry) {
                observed.add_foreign(relative, entry);
            }
        }
        observed.foreign.sort();
        observed
    }

    /// Whether a virtual cluster is shown this source now.
    #[must_use]
    pub fn shows(&self, vcluster: &DnsLabel, source: &Source) -> bool {
        self.shown.contains(&(vcluster.clone(), source.clone()))
    }

    fn hold(&mut self, target: &Target, stack: Vec<Mounted>) {
        for mounted in &stack {
            if let Mounted::Ours { source, .. } = mounted {
                self.shown.insert((target.vcluster().clone(), source.clone()));
            }
        }
        self.targets.entry(target.clone()).or_default().stack = stack;
    }

    fn add_foreign(&mut self, relative: &[u8], entry: &Entry) {
        self.foreign.push(Foreign { path: show(&entry.path), root: show(&entry.root) });
        let ends = relative.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        let parents = ends.filter_map(|end| relative.get(..end));
        if let Some(target) = parents.filter_map(Target::parse).next() {
            self.targets.entry(target).or_default().foreign_inside = true;
        }
    }
}

/// The mounts below `toPath`, and how they stand on each other.
struct Tree<'table> {
    parents: HashMap<u64, u64>,
    below: Vec<(&'table [u8], &'table Entry)>,
    stacks: BTreeMap<Target, Vec<&'table Entry>>,
    stacked: HashSet<u64>,
}

impl<'table> Tree<'table> {
    fn new(table: &'table MountTable, roots: &Roots) -> Self {
        let parents = table.entries.iter().map(|entry| (entry.id, entry.parent)).collect();
        let relative = |entry: &'table Entry| {
            let relative = below(&roots.to.path, &entry.path).filter(|relative| !relative.is_empty())?;
            Some((relative, entry))
        };
        let below: Vec<_> = table.entries.iter().filter_map(relative).collect();
        let (stacks, stacked) = stacks(&below, roots.to.mount.id);
        Self { parents, below, stacks, stacked }
    }

    /// Whether it is one of a target's stack and ours to judge there, or lies on one: the volumes of the Pod.
    fn belongs(&self, entry: &Entry) -> bool {
        let mut id = entry.id;
        // A table that makes sense has no circles; one that does not must not hold us up.
        for _ in 0..=self.parents.len() {
            if self.stacked.contains(&id) {
                return true;
            }
            let Some(parent) = self.parents.get(&id) else { break };
            id = *parent;
        }
        false
    }
}

type Stacks<'table> = (BTreeMap<Target, Vec<&'table Entry>>, HashSet<u64>);

fn stacks<'table>(below: &[(&'table [u8], &'table Entry)], to: u64) -> Stacks<'table> {
    let mut waiting: HashMap<(u64, &[u8]), &Entry> = HashMap::new();
    for (relative, entry) in below {
        waiting.insert((entry.parent, *relative), *entry);
    }
    let (mut stacks, mut stacked) = (BTreeMap::new(), HashSet::new());
    for (relative, _) in below.iter().filter(|(_, entry)| entry.parent == to) {
        let Some(target) = Target::parse(relative) else { continue };
        let mut stack = Vec::new();
        let mut top = to;
        while let Some(entry) = waiting.remove(&(top, *relative)) {
            top = entry.id;
            stacked.insert(entry.id);
            stack.push(entry);
        }
        if !stack.is_empty() {
            stacks.insert(target, stack);
        }
    }
    (stacks, stacked)
}

fn mounted(target: &Target, entry: &Entry, roots: &Roots, volumes: &Volumes<'_>) -> Mounted {
    let Some((source, path)) = our_source(target, entry, roots) else { return Mounted::Foreign };
    Mounted::Ours {
        complete: volumes.complete(&path, &entry.path),
        id: entry.id,
        source,
        deleted: entry.deleted,
        read_only: entry.read_only,
        confined: entry.no_suid && entry.no_dev,
    }
}

/// What is mounted, and where the kubelet has it, if this agent mounted it.
fn our_source(target: &Target, entry: &Entry, roots: &Roots) -> Option<(Source, Vec<u8>)> {
    let kind = target.source_root();
    let root = roots.source(kind)?;
    let peers = [root.mount.shared, root.mount.master];
    let peer_of_the_source = entry.shared.is_some() && peers.contains(&entry.shared);
    if entry.device != root.mount.device || entry.master.is_none() || peer_of_the_source {
        return None;
    }
    let source = Source::parse(kind, below(&root.path_in_file_system(), &entry.root)?)?;
    let path = [root.path.as_slice(), b"/", source.name().as_bytes()].concat();
    Some((source, path))
}

#[cfg(test)]
#[path = "observed_tests.rs"]
mod tests;
