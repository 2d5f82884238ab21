//! A watch as its user sees it: news, and a scope to take.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::watch;

use super::thread;
use crate::local::LocalError;
use crate::scope::Scope;

/// A watch over a tree, on a thread of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    news: watch::Receiver<News>,
}

/// What is known without taking anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    /// When the first and the last of the changes were heard of that nobody has taken yet.
    pub heard: Option<(Instant, Instant)>,
    /// Every folder that can be watched is.
    pub complete: bool,
    /// Not every change can be heard of here: only a scan finds the rest.
    pub blind: bool,
}

/// What the thread and the handle share.
#[derive(Debug)]
pub(super) struct Shared {
    gathered: Mutex<Scope>,
    news: watch::Sender<News>,
    wake: OwnedFd,
    end: AtomicBool,
    renew: AtomicBool,
}

impl Watch {
    /// Begins to watch the tree at `path`. Trouble with that is logged and shows in [`News`]: the tree can be synced
    /// all the same.
    ///
    /// # Errors
    /// When there is no thread or file descriptor to be had.
    pub fn start(path: &Path) -> Result<Self, LocalError> {
        let failed = |cause: std::io::Error| LocalError::new("watch", path.display(), cause);
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let (sender, news) = watch::channel(News::default());
        let shared = Arc::new(Shared {
            gathered: Mutex::new(Scope::nothing()),
            news: sender,
            wake: wake.map_err(|errno| failed(errno.into()))?,
            end: AtomicBool::new(false),
            renew: AtomicBool::new(false),
        });
        let (theirs, local) = (Arc::clone(&shared), path.to_path_buf());
        let thread = std::thread::Builder::new().name("file events".into());
        thread.spawn(move || thread::run(&local, &theirs)).map_err(failed)?;
        Ok(Self { shared, news })
    }

    /// What is known now.
    #[must_use]
    pub fn news(&self) -> News {
        *self.news.borrow()
    }

    /// Waits until `wanted` holds.
    pub async fn until(&self, wanted: impl FnMut(&News) -> bool) {
        // The sender is ours, so that waiting for it cannot fail.
        let _ = self.news.clone().wait_for(wanted).await;
    }

    /// Takes what was gathered. What changes from now on makes news again.
    #[must_use]
    pub fn take(&self) -> Scope {
        let mut gathered = self.shared.lock();
        self.shared.news.send_modify(|news| news.heard = None);
        std::mem::replace(&mut *gathered, Scope::nothing())
    }

    /// Gives back what was taken and not dealt with. That is no news.
    pub fn give_back(&self, scope: Scope) {
        self.shared.lock().merge(scope);
    }

    /// Makes all watches anew, because there may be more of them now. News are not complete until that is done.
    pub fn renew(&self) {
        self.shared.renew.store(true, Ordering::Release);
        self.shared.news.send_modify(|news| news.complete = false);
        self.shared.wake();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::Release);
        self.shared.wake();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Scope> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        // A counter that is full wakes as well.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    /// For waiting until somebody wakes the thread.
    pub(super) fn woken(&self) -> std::os::fd::BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// From now on, waking counts anew.
    pub(super) fn rest(&self) {
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 8]);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.load(Ordering::Acquire)
    }

    pub(super) fn take_renewal(&self) -> bool {
        self.renew.swap(false, Ordering::AcqRel)
    }

    /// Hands over what was marked, and says what is known.
    pub(super) fn publish(&self, marks: Scope, complete: bool, blind: bool) {
        let now = Instant::now();
        let marked = !marks.is_nothing();
        let mut gathered = self.lock();
        gathered.merge(marks);
        self.news.send_if_modified(|news| {
            let heard =
                if marked { Some((news.heard.map_or(now, |(first, _)| first), now)) } else { news.heard };
            // Somebody asked for a renewal meanwhile: that one counts.
            let complete = complete && !self.renew.load(Ordering::Acquire);
            let next = News { heard, complete, blind };
            let modified = next != *news;
            *news = next;
            modified
        });
    }
}
