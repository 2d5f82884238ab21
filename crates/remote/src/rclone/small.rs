//! Small objects of our own, by way of a nameless file in memory or on disk.

use std::fmt::Display;
use std::fs::File;
use std::io::{Read, Seek, Write};

use podfs_sync::small::{LARGEST, check};
use podfs_sync::{ErrorKind, RelativePath, Remote, RemoteError, Small, Version};

use super::remote::RcloneRemote;
use super::session::Subject;
use super::transfer;

/// Reads the object at `path`; `None` when it is not there.
pub(super) async fn read(
    remote: &RcloneRemote,
    path: &RelativePath,
    limit: usize,
) -> Result<Option<Small>, RemoteError> {
    let Some(entry) = remote.stat(path).await? else { return Ok(None) };
    check_size(path, entry.size, limit)?;
    let file = nameless(remote, Subject { operation: "copy", object: path })?;
    match transfer::download(remote, path, &file, "a small file").await {
        Ok(()) => {}
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let content = content_of(file, limit).map_err(|cause| local("read", path, cause))?;
    check_size(path, content.len() as u64, limit)?;
    Ok(Some(Small::new(content, None)))
}

/// Writes the object at `path`. rclone has no conditions, so what is there is looked at.
pub(super) async fn write(
    remote: &RcloneRemote,
    path: &RelativePath,
    content: &[u8],
    over: Option<&Version>,
) -> Result<Version, RemoteError> {
    check(path, read(remote, path, LARGEST).await, over)?;
    let mut file = nameless(remote, Subject { operation: "copy", object: path })?;
    file.write_all(content).map_err(|cause| local("write", path, cause))?;
    transfer::send(remote, &file, "a small file", path, || Ok(())).await?;
    Ok(Version::written(content, None, over))
}

/// A file for what is `about` to be copied.
pub(super) fn nameless(remote: &RcloneRemote, about: Subject<'_>) -> Result<File, RemoteError> {
    tempfile::tempfile_in(remote.session.folder())
        .map_err(|cause| local(about.operation, about.object, cause))
}

/// At most one byte more than `limit`.
fn content_of(mut file: File, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.rewind()?;
    file.take((limit as u64).saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}

fn check_size(path: &RelativePath, size: u64, limit: usize) -> Result<(), RemoteError> {
    if size <= limit as u64 {
        return Ok(());
    }
    let detail = format!("it has more than {limit} bytes");
    Err(RemoteError::new(ErrorKind::Corrupt, "read", path, detail))
}

fn local(operation: &'static str, object: impl Display, cause: std::io::Error) -> RemoteError {
    let kind =
        if cause.kind() == std::io::ErrorKind::StorageFull { ErrorKind::NoSpace } else { ErrorKind::Local };
    RemoteError::new(kind, operation, object, cause)
}
