//! Bodies that notice when nothing moves any more.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use tokio::time::{Instant, Sleep};

use super::client::fault_of;
use super::fault::Fault;

/// When a request's body last moved.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    start: Instant,
    moved: Arc<AtomicU64>,
}

impl Progress {
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), moved: Arc::default() }
    }

    pub(super) fn touch(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(elapsed, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    /// Waits for `work` as long as the body moves or did so less than `idle` ago.
    pub(super) async fn watch<T>(&self, idle: Duration, work: impl Future<Output = T>) -> Result<T, Fault> {
        tokio::pin!(work);
        loop {
            let deadline = self.last() + idle;
            match tokio::time::timeout_at(deadline, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if self.last() + idle > Instant::now() => {}
                Err(_) => return Err(Fault::Stalled(idle)),
            }
        }
    }
}

/// The body of an answer, which fails when nothing comes for too long.
pub(crate) struct Incoming {
    stream: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send + Sync>>,
    idle: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Incoming {
    pub(super) fn new(response: reqwest::Response, idle: Duration) -> Self {
        Self { stream: Box::pin(response.bytes_stream()), idle, sleep: None, waiting: false }
    }

    /// The timer is set only when there is something to wait for, which costs nothing for a body that is here.
    fn poll_stall(&mut self, context: &mut Context<'_>) -> Poll<Fault> {
        let deadline = Instant::now() + self.idle;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if !self.waiting {
            sleep.as_mut().reset(deadline);
            self.waiting = true;
        }
        sleep.as_mut().poll(context).map(|()| Fault::Stalled(self.idle))
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        match this.stream.as_mut().poll_next(context) {
            Poll::Ready(item) => {
                this.waiting = false;
                Poll::Ready(item.map(|result| result.map_err(|cause| cut_short(&cause))))
            }
            Poll::Pending => this.poll_stall(context).map(|fault| Some(Err(fault))),
        }
    }
}

/// Whatever breaks once the answer has begun, the store was there a moment ago.
fn cut_short(cause: &reqwest::Error) -> Fault {
    match fault_of(cause) {
        Fault::Connect(text) | Fault::Broken(text) => Fault::CutShort(text),
        fault => fault,
    }
}
