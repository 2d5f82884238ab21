//! Copies that the store makes by itself, where rclone says that it can.
//!
//! rclone knows no condition on the original, so it is looked at before and afterwards, and so is the copy.

use std::time::Duration;

use podfs_sync::manifest::Stored;
use podfs_sync::{Entry, Modified, RelativePath, Remote, RemoteError};
use serde::de::IgnoredAny;
use serde_json::json;

use super::form::Form;
use super::remote::RcloneRemote;
use super::session::Subject;
use super::{delete, names, transfer};

/// Copies the object that `from` describes. `None`: it has to be uploaded.
pub(super) async fn copy(
    remote: &RcloneRemote,
    from: &Entry,
    to: &RelativePath,
) -> Result<Option<Stored>, RemoteError> {
    if !remote.features.copies() || from.path == *to || !is_there(remote, from).await? {
        return Ok(None);
    }
    let copied = match remote.features.replaces_whole() {
        true => make(remote, from, to).await,
        false => make_beside(remote, from, to).await,
    };
    match copied {
        Ok(copied) => Ok(copied),
        Err(error) if error.kind.is_fatal() => Err(error),
        Err(error) => {
            tracing::debug!(%to, %error, "not copied by the store");
            Ok(None)
        }
    }
}

/// A copy that takes the place of what stands there only when it is known to be right.
async fn make_beside(
    remote: &RcloneRemote,
    from: &Entry,
    to: &RelativePath,
) -> Result<Option<Stored>, RemoteError> {
    let beside = remote.beside.name(to)?;
    let made = make(remote, from, &beside).await;
    let moved = match made {
        Ok(Some(stored)) => transfer::put_in_place(remote, &beside, to).await.map(|()| Some(stored)),
        other => other,
    };
    if !matches!(moved, Ok(Some(_))) {
        delete::delete(remote, std::slice::from_ref(&beside)).await;
    }
    remote.beside.forget(&beside);
    moved
}

/// `None` when it is not known to be a copy of that very object.
async fn make(remote: &RcloneRemote, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
    let blind = remote.features.replaces_blindly();
    let input = Form::new()
        .with("srcFs", remote.fs())
        .with("srcRemote", names::to_rclone(&from.path)?)
        .with("dstFs", remote.fs())
        .with("dstRemote", names::to_rclone(to)?)
        .with("_group", transfer::GROUP)
        .with_json("_config", &transfer::config(&json!({"NoCheckDest": blind})));
    let about = Subject { operation: "copy", object: to };
    remote.session.run::<IgnoredAny>(about, transfer::COPY, &input).await?;
    let Some(copied) = remote.stat(to).await? else { return Ok(None) };
    let right = copied.size == from.size && shows_time_of(remote, &copied, from);
    // Whoever replaced the original meanwhile may have been copied instead.
    let right = right && is_there(remote, from).await?;
    Ok(right.then_some(Stored { tag: None, modified: copied.modified, nonce: None }))
}

/// Whether the object is there that `from` describes.
async fn is_there(remote: &RcloneRemote, from: &Entry) -> Result<bool, RemoteError> {
    let Some(found) = remote.stat(&from.path).await? else { return Ok(false) };
    let described = Stored { tag: None, modified: from.modified, nonce: None };
    Ok(found.size == from.size && described.shows_as(&found, step(remote)))
}

/// A copy has the time of its original where the store holds times, else one of its own.
fn shows_time_of(remote: &RcloneRemote, copied: &Entry, from: &Entry) -> bool {
    match (copied.modified, from.modified) {
        (Modified::At(copied), Modified::At(from)) => copied.same_within(from, step(remote)),
        (copied, _) => !remote.features.holds_times() && matches!(copied, Modified::StoredAt(_)),
    }
}

/// In which the store keeps times.
fn step(remote: &RcloneRemote) -> Duration {
    remote.abilities().time_precision.unwrap_or_default()
}
