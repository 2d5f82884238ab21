//! Waiting for what comes by itself.

use std::fmt::Debug;
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
    granted(what, || {
        let look = look();
        async { look.await.ok_or("it is not") }
    })
    .await
}

/// Waits for something that says why it is not there yet.
pub(crate) async fn granted<T, E: Debug, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let begin = Instant::now();
    loop {
        // What asks may be large, and waits in whoever waits.
        match Box::pin(ask()).await {
            Ok(granted) => return granted,
            Err(why) => assert!(begin.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}: {why:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
