//! From flags and environment to a remote.

mod stub;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::{ErrorKind, Remote, RemoteError};

use crate::cli::{Engine, Parameter};

/// Everything that decides which remote is opened, and how. Its values may be secrets; none is ever shown.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "read by the remotes that are not there yet")]
pub(crate) struct RemoteRequest {
    /// The rclone configuration: written, or with `no_template` read.
    pub(crate) config_path: PathBuf,
    /// Use the file as it is.
    pub(crate) no_template: bool,
    /// Keys of `[remote]` from the command line.
    pub(crate) params: Vec<Parameter>,
    /// Keys of `[remote_encrypted]` from the command line.
    pub(crate) enc_params: Vec<Parameter>,
    /// The path on the remote.
    pub(crate) remote_path: String,
    /// Which way leads there.
    pub(crate) engine: Engine,
    /// The rclone to use where rclone is needed.
    pub(crate) rclone_binary: PathBuf,
    /// A request is given up after so long without a byte.
    pub(crate) timeout: Duration,
    /// How many files are under way at once.
    pub(crate) transfers: NonZeroUsize,
}

/// Opens the remote. Nothing is asked of it yet.
///
/// A stand-in until the remotes land: it knows `type = local` and does nothing.
#[allow(clippy::unused_async, reason = "the real one starts programs and reads files")]
pub(crate) async fn open_remote(request: &RemoteRequest) -> Result<Arc<dyn Remote>, RemoteError> {
    let bad = |detail: &str| RemoteError::new(ErrorKind::Configuration, "open", "the remote", detail);
    let given = request.params.iter().find(|parameter| parameter.key == "type");
    let kind = given.map(|parameter| parameter.value.clone()).or_else(|| std::env::var("REMOTE_TYPE").ok());
    match kind.as_deref() {
        Some("local") => Ok(Arc::new(stub::Stub { path: request.remote_path.clone() })),
        Some(_) => Err(bad("this kind of storage is not there yet")),
        None => Err(bad("no kind of storage is given; set REMOTE_TYPE or `-p type=…`")),
    }
}
