//! A gate at which a sync waits, right before one of its requests, until somebody else is done.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use podfs_sync::{RelativePath, Remote, RemoteError};
use tokio::sync::oneshot;

use crate::relay::{Between, Operation, Relay, UnderWay};

/// Right before which request it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A head is written, after so many others.
    Head(usize),
    /// Something is deleted.
    Delete,
}

pub(crate) struct Gate {
    /// Taken when the moment has come.
    closed: Mutex<Option<Closed>>,
}

struct Closed {
    moment: Moment,
    reached: oneshot::Sender<()>,
    open: oneshot::Receiver<()>,
}

/// The side of those who come in between.
pub(crate) struct Keeper {
    reached: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Keeper {
    /// Does this when the sync has come to the gate, and lets it go on.
    pub(crate) async fn meanwhile<T>(self, other: impl Future<Output = T>) -> T {
        self.reached.await.unwrap();
        let result = other.await;
        self.open.send(()).unwrap();
        result
    }
}

impl Gate {
    pub(crate) fn before(moment: Moment, inner: &Arc<dyn Remote>) -> (Relay<Self>, Keeper) {
        let (reached, is_reached) = oneshot::channel();
        let (open, is_open) = oneshot::channel();
        let closed = Mutex::new(Some(Closed { moment, reached, open: is_open }));
        (Relay::new(inner, Self { closed }), Keeper { reached: is_reached, open })
    }

    /// The gate, when this is the request to wait at.
    fn reach(&self, operation: Operation) -> Option<Closed> {
        let mut closed = self.closed.lock().unwrap();
        match (operation, &mut closed.as_mut()?.moment) {
            (Operation::Delete, Moment::Delete) | (Operation::Write, Moment::Head(0)) => closed.take(),
            (Operation::Write, Moment::Head(left)) => {
                *left -= 1;
                None
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Between for Gate {
    async fn pass<'a>(
        &'a self,
        operation: Operation,
        _path: &RelativePath,
    ) -> Result<UnderWay<'a>, RemoteError> {
        if let Some(Closed { reached, open, .. }) = self.reach(operation) {
            reached.send(()).unwrap();
            open.await.unwrap();
        }
        Ok(None)
    }
}
