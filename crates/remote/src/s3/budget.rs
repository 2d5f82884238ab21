//! One budget of memory for the content that all transfers hold.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes are counted in steps of this many.
const STEP: usize = 1024;

/// Memory that transfers share.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    steps: Arc<Semaphore>,
    total: u32,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        let total = u32::try_from(bytes / STEP).unwrap_or(u32::MAX).clamp(1, u32::MAX >> 3);
        Self { steps: Arc::new(Semaphore::new(total as usize)), total }
    }

    /// Waits until `bytes` may be held. More than there is altogether waits for all of it.
    pub(super) async fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let steps = u32::try_from(bytes.div_ceil(STEP as u64)).unwrap_or(u32::MAX).clamp(1, self.total);
        // Nobody closes the semaphore.
        Arc::clone(&self.steps).acquire_many_owned(steps).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn waits_when_the_memory_is_out() {
        let budget = Budget::new(10 * STEP);
        let first = budget.take(6 * STEP as u64).await;
        assert!(budget.take(5 * STEP as u64).now_or_never().is_none());
        drop(first);
        assert!(budget.take(u64::MAX).now_or_never().flatten().is_some());
    }
}
