//! A sync that runs once.

use podfs_sync::Scope;

use super::job::Job;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs the sync and gives its exit code. The first signal lets it end, but does not wait for somebody else's sync.
pub(super) async fn once(job: &Job) -> Result<Exit, Failure> {
    match job.run(Scope::Everything, &job.signals.finish).await? {
        Some(exit) => Ok(exit),
        None => {
            let failure = Failure::interrupted("interrupted before the sync began; nothing was changed");
            job.console.record().finish(Err(failure))
        }
    }
}
