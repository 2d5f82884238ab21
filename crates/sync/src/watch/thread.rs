//! The thread of a watch: reads events, watches what is new, and makes all anew when it has lost its way.

use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::follow::{Follower, State};
use super::handle::Shared;
use super::mounts::Mounts;
use super::trouble::{Trouble, Troubles};
use crate::scope::Scope;

/// How often it is checked that the path still leads to the folder that is watched, which no event tells; and how soon
/// watching is tried again when there was nothing to watch.
const LOOK_AT_ROOT: Duration = Duration::from_secs(10);

/// How often the queue is read before what was read is handed over.
const READINGS: usize = 16;

/// Watches the tree at `path` until the other side is gone.
pub(super) fn run(path: &Path, shared: &Shared) {
    let looked = Instant::now();
    let mut watcher =
        Watcher { path, shared, troubles: Troubles::default(), mounts: None, follower: None, looked };
    while !shared.has_ended() {
        watcher.turn();
    }
}

struct Watcher<'a> {
    path: &'a Path,
    shared: &'a Shared,
    troubles: Troubles,
    mounts: Option<Mounts>,
    /// Nothing while there is nothing that could be watched.
    follower: Option<Follower>,
    /// When the root was last looked at.
    looked: Instant,
}

impl Watcher<'_> {
    fn turn(&mut self) {
        if self.shared.take_renewal() {
            self.follower = None;
        }
        if self.follower.is_none() {
            self.begin();
        }
        let Some(follower) = &mut self.follower else {
            self.shared.publish(Scope::nothing(), true, true);
            return self.wait();
        };
        // Events come before new watches: the queue must not run over.
        for _ in 0..READINGS {
            if !follower.read_some(&mut self.troubles) {
                break;
            }
        }
        follower.watch_more(&mut self.troubles);
        let (marks, complete) = (follower.take_marks(), follower.complete());
        let lost = follower.state() == State::Lost;
        self.shared.publish(marks, complete && !lost, self.troubles.blind());
        if lost {
            self.follower = None;
        } else if complete {
            self.wait();
        }
    }

    fn begin(&mut self) {
        self.troubles.begin_anew();
        self.looked = Instant::now();
        self.mounts = Mounts::read(self.path).ok();
        match Follower::begin(self.path, &mut self.troubles) {
            Ok(follower) => self.follower = Some(follower),
            Err(trouble) => self.troubles.meet(&trouble),
        }
    }

    /// Waits until something happens, and sees to what no event tells.
    fn wait(&mut self) {
        let mounts_changed = self.poll();
        self.shared.rest();
        let Some(follower) = &mut self.follower else { return };
        if mounts_changed && self.mounts.as_mut().is_some_and(|mounts| mounts.changed().unwrap_or(true)) {
            self.troubles.meet(&Trouble::MountsChanged { path: self.path.display().to_string() });
            follower.lose();
        }
        if self.looked.elapsed() >= LOOK_AT_ROOT {
            self.looked = Instant::now();
            if !follower.root_is_the_same() {
                follower.lose_root(&mut self.troubles);
            }
        }
    }

    /// Waits for events, for the mount table and for the other side; whether the mount table has changed.
    fn poll(&self) -> bool {
        let woken = self.shared.woken();
        let mounts = self.mounts.as_ref().map_or(woken, |mounts| mounts.as_fd());
        let events = self.follower.as_ref().map_or(woken, |follower| follower.queue().as_fd());
        let mut waited = [
            PollFd::from_borrowed_fd(woken, PollFlags::IN),
            PollFd::from_borrowed_fd(events, PollFlags::IN),
            PollFd::from_borrowed_fd(mounts, PollFlags::PRI),
        ];
        let timeout = Timespec::try_from(LOOK_AT_ROOT).ok();
        // What was interrupted is begun again by the caller.
        let _ = poll(&mut waited, timeout.as_ref());
        waited.last().is_some_and(|mounts| mounts.revents().contains(PollFlags::PRI))
    }
}
