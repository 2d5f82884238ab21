//! Keeps watches on every folder of a tree and turns events into places to look at.
//!
//! What makes it miss nothing:
//! - A folder is watched first, then listed, then marked with all beneath it. What came before the watch is found by who
//!   looks at the mark, and what comes after it makes an event.
//! - Whenever a name of a folder is made, moved or deleted, whatever was watched there is forgotten, and the name is
//!   looked at anew. So a watch that was put on the wrong folder, because names had moved on since the event, does not
//!   last: the event of that move is still to come, and puts it right.

use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Stat, fstat, stat};
use rustix::io::Errno;

use super::event::{Event, What};
use super::queue::Queue;
use super::tree::{Place, Tree, WatchNumber};
use super::trouble::{Trouble, Troubles};
use crate::local::{LocalRoot, is_own_name, is_temporary_name, shared};
use crate::path::RelativePath;
use crate::scope::{Reach, Scope};

/// Which folder it is, whatever it is called.
pub(super) type Identity = (u64, u64);

/// The watches over a tree.
pub(super) struct Follower {
    /// Opened only while something is looked up in it: an opened folder keeps its file system from being unmounted.
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    pub(super) queue: Queue,
    pub(super) tree: Tree,
    /// Names that may be folders without a watch.
    pub(super) unwatched: Vec<Place>,
    /// The first walk over the tree is not over yet. It ends in a look at everything.
    pub(super) beginning: bool,
    /// There were too few watches once. Only new folders are tried since then.
    pub(super) limited: bool,
    state: State,
    pub(super) marks: Scope,
}

/// Whether the watches can still be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Sound,
    /// Events were lost, or the root is another one: all is to be made anew.
    Lost,
}

impl Follower {
    /// Watches the root. The rest follows with [`Self::watch_more`].
    pub(super) fn begin(path: &Path, troubles: &mut Troubles) -> Result<Self, Trouble> {
        let not_watched = |errno| match errno {
            Errno::NOSPC => Trouble::WatchLimit { watched: 0 },
            errno => Trouble::NotWatched { path: path.display().to_string(), errno },
        };
        let root = LocalRoot::open(path);
        let root = root.map_err(|error| not_watched(error.errno().unwrap_or(Errno::IO)))?;
        let stat = fstat(&root).map_err(not_watched)?;
        let queue = Queue::open().map_err(Trouble::NoQueue)?;
        let watch = queue.add(root.as_fd()).map_err(not_watched)?;
        if let Some(kind) = shared(root.as_fd()) {
            troubles.meet(&Trouble::Shared { path: path.display().to_string(), kind });
        }
        let mut follower = Self {
            path: path.to_path_buf(),
            identity: identity(&stat),
            queue,
            tree: Tree::new(watch),
            unwatched: Vec::new(),
            beginning: true,
            limited: false,
            state: State::Sound,
            marks: Scope::Everything,
        };
        let folder = root.open_folder(None).map_err(not_watched)?;
        follower.list(watch, &folder).map_err(not_watched)?;
        Ok(follower)
    }

    /// The queue, for waiting.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Whether every folder has its watch, as far as it can have one.
    pub(super) fn complete(&self) -> bool {
        self.unwatched.is_empty()
    }

    /// How many folders are watched.
    #[cfg(test)]
    pub(super) fn watched(&self) -> usize {
        self.tree.len()
    }

    /// What was marked since the last time.
    pub(super) fn take_marks(&mut self) -> Scope {
        std::mem::replace(&mut self.marks, Scope::nothing())
    }

    /// Reads some events; whether there were any.
    pub(super) fn read_some(&mut self, troubles: &mut Troubles) -> bool {
        let events = match self.queue.read() {
            Ok(events) => events,
            Err(errno) => {
                troubles.meet(&Trouble::NoQueue(errno));
                self.lose();
                return false;
            }
        };
        for event in &events {
            self.apply(event, troubles);
        }
        !events.is_empty()
    }

    /// Watches some folders that have no watch yet.
    pub(super) fn watch_more(&mut self, troubles: &mut Troubles) {
        if !self.complete() {
            self.watch_some(troubles);
        }
        if self.beginning && self.complete() {
            self.beginning = false;
            self.marks = Scope::Everything;
        }
    }

    /// Whether the path still leads to the folder that is watched.
    pub(super) fn root_is_the_same(&self) -> bool {
        stat(&self.path).is_ok_and(|stat| self.is_root(&stat))
    }

    pub(super) fn is_root(&self, stat: &Stat) -> bool {
        identity(stat) == self.identity
    }

    /// The root is gone, or another one.
    pub(super) fn lose_root(&mut self, troubles: &mut Troubles) {
        troubles.meet(&Trouble::RootReplaced { path: self.path.display().to_string() });
        self.lose();
    }

    /// Events were lost.
    pub(super) fn lose(&mut self) {
        self.state = State::Lost;
        self.marks = Scope::Everything;
    }

    fn apply(&mut self, event: &Event, troubles: &mut Troubles) {
        if event.what == What::Overflow {
            troubles.meet(&Trouble::Overflow);
            return self.lose();
        }
        // A watch that was given up still has events in the queue. What they are about was marked then.
        let Some(folder) = self.tree.path(event.watch) else { return };
        match &event.name {
            Some(name) => self.apply_inside(event, folder, name),
            None => self.apply_to_folder(event, folder, troubles),
        }
    }

    fn apply_to_folder(&mut self, event: &Event, folder: Option<RelativePath>, troubles: &mut Troubles) {
        match (event.what, folder) {
            (What::SelfGone | What::WatchEnded, None) => self.lose_root(troubles),
            (What::WatchEnded, Some(folder)) => {
                let place = self.tree.place(event.watch).cloned();
                if let Some(place) = place {
                    self.look_anew(place, folder);
                }
            }
            // Its parent tells where it went.
            (What::SelfGone, Some(_)) => {}
            (_, folder) => self.marks.mark(folder, Reach::Itself),
        }
    }

    fn apply_inside(&mut self, event: &Event, folder: Option<RelativePath>, name: &Arc<[u8]>) {
        let Ok(path) = RelativePath::child(folder.as_ref(), name) else { return };
        let not_synced = folder.is_none() && is_own_name(name);
        if matches!(event.what, What::Made | What::CameOrWent) {
            self.marks.mark(folder, Reach::Itself);
        }
        if not_synced {
            return;
        }
        if !event.is_folder {
            // What is written to an unfinished file of ours changes nothing; its name is another matter.
            if event.what != What::Content || !is_temporary_name(name) {
                self.marks.mark(Some(path), Reach::Itself);
            }
            return;
        }
        let place = Place { parent: event.watch, name: Arc::clone(name) };
        match event.what {
            // Met in a list already, and watched since.
            What::Made if self.tree.at(&place).is_some() => self.marks.mark(Some(path), Reach::Itself),
            What::Made | What::CameOrWent => self.look_anew(place, path),
            _ => {
                self.marks.mark(Some(path), Reach::Itself);
                if self.tree.at(&place).is_none() {
                    // It may have been unreadable until now.
                    self.unwatched.push(place);
                }
            }
        }
    }

    /// Forgets what was watched at a place, and looks at it again.
    fn look_anew(&mut self, place: Place, path: RelativePath) {
        self.marks.mark(Some(path), Reach::Beneath);
        if let Some(watch) = self.tree.at(&place) {
            self.unwatch(watch);
        }
        self.unwatched.push(place);
    }

    pub(super) fn unwatch(&mut self, watch: WatchNumber) {
        for watch in self.tree.remove(watch) {
            self.queue.remove(watch);
        }
    }
}

fn identity(stat: &Stat) -> Identity {
    (stat.st_dev, stat.st_ino)
}
