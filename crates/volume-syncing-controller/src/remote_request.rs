//! From flags and environment to a remote.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podfs_remote::config::{self, ConfigError, RcloneConfig, Target};
use podfs_remote::open::{Engine, Opening, open};
use podfs_sync::Remote;

use crate::failure::Failure;
use crate::identity::Identity;
use crate::state::real_path;

/// `key=value` as it was given. It may hold a secret, so that it is never shown.
#[derive(Clone)]
pub(crate) struct Parameter(pub(crate) String);

impl fmt::Debug for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// Everything that decides which remote is opened, and how.
#[derive(Debug, Clone)]
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
    /// How many files are under way at once; `None`: as many as suit the remote.
    pub(crate) transfers: Option<NonZeroUsize>,
}

/// A remote that was opened.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) remote: Arc<dyn Remote>,
    pub(crate) identity: Identity,
}

/// What is to be synced with a remote.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    /// The local directory, as a real path.
    pub(crate) local: PathBuf,
    /// Where large uploads under way are noted.
    pub(crate) uploads: PathBuf,
}

/// Opens the remote, for syncs of what is here, or for a look at it alone.
pub(crate) async fn open_remote(request: &RemoteRequest, here: Option<&Here>) -> Result<Opened, Failure> {
    let config = configuration(request).map_err(Failure::configuration)?;
    let target = Target::new(&config, &request.remote_path).map_err(Failure::configuration)?;
    if let (Some(directory), Some(here)) = (target.directory(), here) {
        refuse_overlap(&directory, &here.local)?;
    }
    let identity = Identity::of(&config, request);
    let opening = Opening {
        target,
        config_path: request.config_path.clone(),
        engine: request.engine,
        rclone: Some(request.rclone_binary.clone()),
        timeout: request.timeout,
        transfers: request.transfers,
        uploads: here.map(|here| here.uploads.clone()),
    };
    Ok(Opened { remote: open(opening).await?, identity })
}

fn configuration(request: &RemoteRequest) -> Result<RcloneConfig, ConfigError> {
    if request.no_template {
        return config::load(&request.config_path);
    }
    let [params, enc_params] = [&request.params, &request.enc_params]
        .map(|all| all.iter().map(|parameter| parameter.0.clone()).collect::<Vec<_>>());
    let rendered = config::render(std::env::vars_os(), &params, &enc_params)?;
    for name in &rendered.left_out {
        tracing::debug!("the variable {name} is no key of the remote; left out");
    }
    config::save(&request.config_path, &rendered.config)?;
    Ok(rendered.config)
}

/// A remote around the local directory would lose everything beside it, and one inside it would be copied into itself.
/// With `type = local`, the default remote path `/` is around every directory there is.
fn refuse_overlap(remote: &Path, local: &Path) -> Result<(), Failure> {
    let real = real_path(remote).map_err(|error| {
        Failure::configuration(format!("cannot find the remote directory {}: {error}", remote.display()))
    })?;
    if !real.starts_with(local) && !local.starts_with(&real) {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "the remote directory {} and the local directory {} overlap; give two that lie beside each other",
        real.display(),
        local.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_that_overlap_are_refused() {
        for (remote, local) in
            [("/", "/data"), ("/data", "/data"), ("/data/x", "/data"), ("/data", "/data/x")]
        {
            assert!(refuse_overlap(Path::new(remote), Path::new(local)).is_err(), "{remote} {local}");
        }
        assert!(refuse_overlap(Path::new("/database"), Path::new("/data")).is_ok());
    }

    #[test]
    fn debug_output_never_shows_a_parameter() {
        assert!(!format!("{:?}", Parameter("key=hunter2".into())).contains("hunter2"));
    }
}
