//! `key generate` and `key check`.

use std::io::Write as _;
use std::sync::Arc;

use podfs_remote::crypt::{Password, obscure, random_password};
use podfs_sync::Remote;
use podfs_sync::remote::KeyCheck;

use super::process;
use crate::cli::CheckKey;
use crate::failure::Failure;
use crate::output::start_logging;
use crate::remote_request::{self, RemoteRequest};

const WARNING: &str =
    "Keep this password in a safe place: whoever loses it loses the data that is encrypted with it.";

/// A new password on standard output, and what to do with it on standard error.
pub(super) fn generate() -> Result<String, Failure> {
    let failed = |error| Failure::unexpected(format!("the system gives no randomness: {error}"));
    let password: Password = random_password().map_err(failed)?;
    let obscured = obscure(&password).map_err(failed)?;
    // Who closed standard error does not want to be told.
    let _ = writeln!(std::io::stderr(), "{WARNING}");
    Ok(obscured)
}

/// One line that says how the key fits; an error when it does not.
pub(super) fn check(command: CheckKey) -> Result<String, Failure> {
    start_logging(command.logging.level(), command.logging.log_json);
    let request = command.into_request()?;
    process::block_on(Box::pin(look(request)))
}

async fn look(request: RemoteRequest) -> Result<String, Failure> {
    let remote_request::Opened { remote, .. } = remote_request::open_remote(&request, None).await?;
    let found = answer(&remote).await;
    remote.close().await;
    found
}

async fn answer(remote: &Arc<dyn Remote>) -> Result<String, Failure> {
    let label = remote.label();
    tracing::debug!("the remote is {label}");
    match remote.check_key().await? {
        KeyCheck::Opens => Ok(format!("the key opens {label}")),
        KeyCheck::Empty => Ok(format!("{label} is empty: any key will do, and the first sync decides")),
        KeyCheck::NoKey => Err(Failure::configuration(format!(
            "{label} is not encrypted by us, so that there is no key to check; set ENCRYPTED_REMOTE and \
             ENCRYPTED_PASSWORD for a local directory or S3"
        ))),
    }
}
