//! Looks at a whole remote and says what is wrong with it.

use std::path::PathBuf;

use podfs_sync::verify::{Verification, verify};
use tracing::Level;

use super::process;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Console, print_verification, print_verification_failure};
use crate::remote_request::{self, RemoteRequest};
use crate::state::{StateDirectory, Surroundings};

/// What to look at, and how closely.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) request: RemoteRequest,
    pub(crate) read_data: bool,
    pub(crate) format: Format,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) log_level: Level,
    pub(crate) log_json: bool,
}

/// Runs the check, if there is one, and tells what came of it in `format`.
pub(super) fn check_and_tell(check: Result<Check, Failure>, format: Format) -> Exit {
    let outcome = check.and_then(|check| {
        Console::start(check.format, check.log_level, check.log_json, false);
        process::block_on(look(check))
    });
    let told = match outcome {
        Ok(found) => print_verification(&found, format),
        Err(failure) => print_verification_failure(&failure, format).map(|()| failure.exit),
    };
    told.unwrap_or(Exit::Failed)
}

async fn look(check: Check) -> Result<Verification, Failure> {
    let state = StateDirectory::open(check.state_dir.as_deref(), &Surroundings::of_this_process(), None)?;
    let remote_request::Opened { remote, .. } = remote_request::open_remote(&check.request, None).await?;
    let found = verify(&remote, &state.scratch(), check.request.transfers, check.read_data).await;
    remote.close().await;
    Ok(found?)
}
