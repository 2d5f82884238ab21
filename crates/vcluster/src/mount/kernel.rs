//! The real mounts of this node.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::FlockOperation;

use super::beneath::{self, Crossing};
use super::prepared::{Prepared, detach};
use super::probe::{mount_id, probe};
use super::root::Root;
use super::{MountError, Mounts};
use crate::desired::Options;
use crate::layout::{Folder, Source, SourceRoot, Target};
use crate::name::DnsLabel;
use crate::table::{MountTable, Mounted, Observed, Roots, Surroundings};

/// The mount table of this thread's mount namespace.
const MOUNTINFO: &str = "/proc/thread-self/mountinfo";

/// How often the mount table is read again before a picture that still changes is taken.
const READINGS: usize = 8;

/// The directories to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// `toPath`: `/var/lib/loft`.
    pub to: PathBuf,
    /// `fromPath`: `/var/lib/kubelet/pods`.
    pub pods: PathBuf,
    /// `/var/log/pods`. Name it also where logs are not to be mapped: what was mapped once is known by it.
    pub logs: Option<PathBuf>,
}

/// The real mounts of this node.
#[derive(Debug)]
pub struct KernelMounts {
    to: Root,
    pods: Root,
    logs: Option<Root>,
}

impl KernelMounts {
    /// Opens the directories, and makes sure that this kernel can do what is needed, with them.
    ///
    /// # Errors
    /// When a directory is missing, when directories overlap or do not propagate mounts, or when the kernel is too old or
    /// this process may not mount. Each says what to do.
    pub fn open(directories: &Directories) -> Result<Self, MountError> {
        let to = Root::open(&directories.to)?;
        probe(&to)?;
        let pods = Root::open(&directories.pods)?;
        let logs = directories.logs.as_deref().map(Root::open).transpose()?;
        let mounts = Self { to, pods, logs };
        mounts.roots(&table()?)?;
        Ok(mounts)
    }

    /// Does something while no other agent that does so works on the same `toPath`. It waits for its turn.
    ///
    /// # Errors
    /// When the lock cannot be had.
    pub fn exclusively<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Result<T, MountError> {
        let lock = self.to.for_lock()?;
        let locked = rustix::fs::flock(&lock, FlockOperation::LockExclusive);
        locked.map_err(|cause| MountError::failed("lock", self.to.show(""), cause))?;
        Ok(work(self))
    }

    /// The first half of [`Mounts::mount`]: all but to attach it.
    ///
    /// # Errors
    /// As there.
    pub fn prepare<'mounts>(
        &'mounts self,
        target: &'mounts Target,
        source: &'mounts Source,
        options: Options,
    ) -> Result<Prepared<'mounts>, MountError> {
        Prepared::new(self, target, source, options)
    }

    pub(super) fn to(&self) -> &Root {
        &self.to
    }

    pub(super) fn show_target(&self, target: &Target) -> String {
        self.to.show(&target.to_string())
    }

    pub(super) fn show_source(&self, source: &Source) -> String {
        self.source_root(source).map_or_else(|| source.to_string(), |root| root.show(source.name()))
    }

    /// Opens a source. One that is a mount of its own is refused, because nobody could tell our mount of it later.
    pub(super) fn open_source(&self, source: &Source) -> Result<OwnedFd, MountError> {
        let gone = || MountError::SourceGone { path: self.show_source(source) };
        let root = self.source_root(source).ok_or_else(gone)?;
        beneath::open(root, [source.name()], Crossing::Refused)
            .map_err(|cause| MountError::at_source("open", self.show_source(source), cause))
    }

    fn source_root(&self, source: &Source) -> Option<&Root> {
        match source.root() {
            SourceRoot::Pods => Some(&self.pods),
            SourceRoot::Logs => self.logs.as_ref(),
        }
    }

    fn roots(&self, table: &MountTable) -> Result<Roots, MountError> {
        let to = self.to.mounted(table)?;
        let pods = self.pods.mounted(table)?;
        let logs = self.logs.as_ref().map(|logs| logs.mounted(table)).transpose()?;
        let roots = Roots { to, pods, logs };
        roots.check()?;
        Ok(roots)
    }

    /// The folders of virtual clusters that there are.
    pub(super) fn vclusters(&self) -> Result<Vec<DnsLabel>, MountError> {
        Ok(self.to.directories(&[])?.iter().filter_map(|name| label(name)).collect())
    }

    fn targets(&self) -> Result<BTreeSet<Target>, MountError> {
        let mut targets = BTreeSet::new();
        for vcluster in self.vclusters()? {
            for folder in Folder::ALL {
                let names: Vec<&str> =
                    [vcluster.as_str()].into_iter().chain(folder.segments().iter().copied()).collect();
                let path = names.join("/");
                let found = self.to.directories(&names)?;
                let paths = found.into_iter().map(|name| [path.as_bytes(), b"/", &name].concat());
                targets.extend(paths.filter_map(|path| Target::parse(&path)));
            }
        }
        Ok(targets)
    }

    fn sources(&self) -> Result<BTreeSet<Source>, MountError> {
        let roots = [(SourceRoot::Pods, Some(&self.pods)), (SourceRoot::Logs, self.logs.as_ref())];
        let mut sources = BTreeSet::new();
        for (kind, root) in roots {
            let found = root.map(|root| root.directories(&[])).transpose()?.unwrap_or_default();
            sources.extend(found.iter().filter_map(|name| Source::parse(kind, name)));
        }
        Ok(sources)
    }
}

impl Mounts for KernelMounts {
    fn observe(&mut self) -> Result<Observed, MountError> {
        let table = table()?;
        let roots = self.roots(&table)?;
        let surroundings = Surroundings { directories: self.targets()?, sources: self.sources()? };
        Ok(Observed::new(&table, &roots, surroundings))
    }

    fn make_directory(&mut self, target: &Target) -> Result<(), MountError> {
        use std::os::fd::AsFd;
        let made = beneath::make(self.to.as_fd(), target.segments());
        made.map_err(|cause| MountError::at_target("make", self.show_target(target), cause))
    }

    fn mount(&mut self, target: &Target, source: &Source, options: Options) -> Result<(), MountError> {
        self.prepare(target, source, options)?.attach()
    }

    fn unmount(&mut self, target: &Target, id: u64) -> Result<(), MountError> {
        let failed = |cause| MountError::at_target("unmount", self.show_target(target), cause);
        let opened = beneath::open(&self.to, target.segments(), Crossing::Allowed).map_err(failed)?;
        // Numbers are used again: ours as it was seen, and still ours now that it is held open.
        let mut table = MountTable::parse(&mountinfo()?);
        let roots = self.roots(&table)?;
        let path = [roots.to.path.as_slice(), b"/", target.to_string().as_bytes()].concat();
        table.entries.retain(|entry| entry.path == path);
        let observed = Observed::new(&table, &roots, Surroundings::default());
        let top = observed.targets.get(target).and_then(|held| held.stack.last());
        let ours = matches!(top, Some(Mounted::Ours { id: top, .. }) if *top == id);
        if !ours || mount_id(&opened).map_err(failed)? != id {
            return Err(MountError::Changed { path: self.show_target(target) });
        }
        detach(&opened).map_err(failed)
    }

    fn remove_directory(&mut self, target: &Target) -> Result<(), MountError> {
        let names: Vec<&str> = target.segments().collect();
        match beneath::remove(&self.to, &names) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(cause) => Err(MountError::at_target("remove", self.show_target(target), cause)),
        }
    }
}

/// Reads the mount table. The kernel hands it out a page at a time, and what changes in between makes a picture of two
/// times; so it is read until two readings are alike. On a node that never comes to rest, the last one has to do.
fn table() -> Result<MountTable, MountError> {
    let mut text = mountinfo()?;
    for _ in 0..READINGS {
        let again = mountinfo()?;
        let alike = again == text;
        text = again;
        if alike {
            break;
        }
    }
    Ok(MountTable::parse(&text))
}

fn mountinfo() -> Result<Vec<u8>, MountError> {
    let failed = |cause| MountError::Failed { operation: "read", path: MOUNTINFO.to_owned(), cause };
    std::fs::read(MOUNTINFO).map_err(failed)
}

fn label(name: &[u8]) -> Option<DnsLabel> {
    DnsLabel::parse(std::str::from_utf8(name).ok()?).ok()
}
