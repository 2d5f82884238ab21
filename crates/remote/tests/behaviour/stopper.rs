//! A remote that answers so many requests and then none any more, as for a process that is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use podfs_sync::{ErrorKind, RelativePath, Remote, RemoteError};
use tokio::sync::RwLock;

use crate::relay::{Between, Operation, Relay, UnderWay};

/// Lets so many requests through.
pub(crate) struct Stopper {
    left: AtomicI64,
    lists: bool,
    /// Held by each request that was passed on, until it is answered.
    under_way: RwLock<()>,
}

impl Stopper {
    pub(crate) fn after(inner: &Arc<dyn Remote>, requests: i64) -> Relay<Self> {
        Relay::new(inner, Self { left: requests.into(), lists: true, under_way: RwLock::default() })
    }

    /// Passes on everything but a listing.
    pub(crate) fn of_listings(inner: &Arc<dyn Remote>) -> Relay<Self> {
        Relay::new(inner, Self { left: i64::MAX.into(), lists: false, under_way: RwLock::default() })
    }

    /// Whether a request was refused.
    pub(crate) fn stopped(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    fn take_one(&self) -> Result<(), RemoteError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        self.left.store(-1, Ordering::SeqCst);
        Err(RemoteError::new(ErrorKind::Unreachable, "reach", "the remote", "by the test"))
    }
}

#[async_trait]
impl Between for Stopper {
    /// Who is refused goes on, and whoever comes next, when all that was passed on is done: a program that is killed takes its
    /// rclone with it, but these tests share one, which would go on with what nobody waits for while the next sync runs.
    async fn pass<'a>(
        &'a self,
        _operation: Operation,
        _path: &RelativePath,
    ) -> Result<UnderWay<'a>, RemoteError> {
        match self.take_one() {
            Ok(()) => Ok(Some(self.under_way.read().await)),
            Err(error) => {
                drop(self.under_way.write().await);
                Err(error)
            }
        }
    }

    fn pass_listing(&self) -> Result<(), RemoteError> {
        if !self.lists {
            self.left.store(0, Ordering::SeqCst);
        }
        self.take_one()
    }

    /// So that it can also end in the middle of them.
    fn deletes_at_once(&self) -> usize {
        1
    }
}
