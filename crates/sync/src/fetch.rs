//! One file's content from the remote, checked against all that is known of it.

use crate::local::Target;
use crate::manifest::RemoteFile;
use crate::remote::{Came, ErrorKind, Remote, RemoteError};

/// Writes the content of `file` into `target`, and takes in what came along with it.
///
/// # Errors
/// Those of the remote; [`ErrorKind::Corrupt`] when it is not what the listing announced, or not what the manifest says
/// was uploaded as this very object.
pub(crate) async fn fetch(
    remote: &dyn Remote,
    file: &mut RemoteFile,
    target: &Target,
) -> Result<Came, RemoteError> {
    let came = remote.download(&file.entry, target).await?;
    file.recognise(&came, remote.abilities().time_precision.unwrap_or_default());
    match fault(file, target).await? {
        None => Ok(came),
        Some(detail) => Err(RemoteError::new(ErrorKind::Corrupt, "download", &file.entry.path, detail)),
    }
}

/// What is wrong with the content.
async fn fault(file: &RemoteFile, target: &Target) -> Result<Option<String>, RemoteError> {
    let size = target.size()?;
    if size != file.entry.size {
        return Ok(Some(format!("{size} bytes came, {} were announced", file.entry.size)));
    }
    let Some(record) = file.record.as_ref().filter(|_| file.described) else { return Ok(None) };
    if size != record.size {
        return Ok(Some(format!("{size} bytes are left of the {} that were uploaded", record.size)));
    }
    match record.hash {
        Some(hash) if target.hash().await? != hash => {
            Ok(Some("its content is not what the manifest says was uploaded".to_owned()))
        }
        _ => Ok(None),
    }
}
