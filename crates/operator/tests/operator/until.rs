//! Waiting for what comes by itself.

use std::time::{Duration, Instant};

/// Longer than anything here should take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    found(what, || {
        let holds = holds();
        async { holds.await.then_some(()) }
    })
    .await;
}

/// Waits until there is something.
pub(crate) async fn found<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
