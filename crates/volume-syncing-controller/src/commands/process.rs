//! What every command that reaches a remote needs of its process.

use std::time::Duration;

use crate::failure::Failure;
use crate::limits;

/// A call of the system that hangs (a network file system that is away) must not keep the process.
const PATIENCE_AT_EXIT: Duration = Duration::from_secs(2);

/// Prepares the process and runs `work` to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    limits::raise_open_files();
    // A provider that is installed already is just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // One thread: work that blocks or computes long is done off it, and passing small files from thread to thread
    // costs more than a second one brings.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(Box::pin(work));
    runtime.shutdown_timeout(PATIENCE_AT_EXIT);
    outcome
}
