//! Opens an encrypted remote on a native way.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;

use podfs_sync::remote::{ErrorKind, Remote, RemoteError};

use super::OverS3;
use super::choose::Way;
use crate::crypt::{CryptRemote, CryptSettings, Keys, NameCipher, protect_process};
use crate::local::LocalRemote;
use crate::naming::{Mask, Speller};
use crate::s3::S3Remote;

/// The longest name on Linux file systems, in bytes.
const LONGEST_NAME: usize = 255;

pub(super) async fn open(
    settings: CryptSettings,
    directory: &str,
    inner: Way,
    over_s3: &OverS3,
) -> Result<Arc<dyn Remote>, RemoteError> {
    if let Err(error) = protect_process() {
        tracing::warn!(%error, "core dumps of this process could not be forbidden");
    }
    let (keys, settings) = derive(settings).await?;
    let typed = directory;
    let directory = match typed {
        "" => String::new(),
        _ => sealed_directory(&NameCipher::new(&keys, &settings.names), typed)?,
    };
    let (remote, longest) = open_inner(&inner, &directory, over_s3)?;
    let remote = CryptRemote::new(remote, Arc::new(keys), &settings.names, longest);
    if directory == typed {
        return Ok(Arc::new(remote));
    }
    let (root, _) = open_inner(&inner, "", over_s3)?;
    Ok(Arc::new(remote.below(root)))
}

/// A directory of what is to be encrypted, and how many bytes a name may have there.
fn open_inner(
    inner: &Way,
    directory: &str,
    over_s3: &OverS3,
) -> Result<(Arc<dyn Remote>, Option<usize>), RemoteError> {
    match inner {
        Way::Local(path) => Ok((Arc::new(local(path, directory)), Some(LONGEST_NAME))),
        Way::S3 { settings, bucket, prefix } => {
            let prefix = format!("{prefix}/{directory}");
            let mut options = over_s3.options((**settings).clone(), bucket.clone(), prefix);
            options.names_of_files = false;
            Ok((Arc::new(S3Remote::new(options)?), None))
        }
        Way::Encrypted { .. } | Way::Rclone { .. } => {
            Err(unusable("the remote to be encrypted is not reached natively"))
        }
    }
}

/// Off the async threads: it is made to take its time.
async fn derive(settings: CryptSettings) -> Result<(Keys, CryptSettings), RemoteError> {
    tokio::task::spawn_blocking(move || (settings.keys(), settings)).await.map_err(unusable)
}

fn local(path: &Path, directory: &str) -> LocalRemote {
    if directory.is_empty() {
        return LocalRemote::new(path);
    }
    let spelled = Speller::new(Mask::LOCAL).store_path_of_standard(directory);
    LocalRemote::new(&path.join(OsString::from_vec(spelled)))
}

fn sealed_directory(names: &NameCipher, directory: &str) -> Result<String, RemoteError> {
    let sealed = names.seal_typed_directory(directory.as_bytes()).map_err(unusable)?;
    String::from_utf8(sealed).map_err(unusable)
}

fn unusable(reason: impl std::fmt::Display) -> RemoteError {
    RemoteError::new(ErrorKind::Configuration, "open", "the encrypted remote", reason)
}
