//! The listing of one folder, complete or an error.

use std::sync::atomic::{AtomicU64, Ordering};

use podfs_sync::{ErrorKind, RemoteError};
use serde::Deserialize;
use serde_json::json;

use super::form::Form;
use super::item::Item;
use super::listing::Folder;
use super::remote::RcloneRemote;
use super::retry::{Attempts, Failed};
use super::session::Subject;

#[derive(Debug, Deserialize)]
struct ListAnswer {
    list: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    errors: i64,
    #[serde(default)]
    last_error: String,
}

/// What `folder` holds, sorted by name; names may have lost bytes.
pub(super) async fn items(
    remote: &RcloneRemote,
    folder: &Folder,
    about: Subject<'_>,
) -> Result<Vec<Item>, RemoteError> {
    let mut attempts = Attempts::new(remote.session.options.attempts);
    loop {
        match try_items(remote, folder, about).await {
            Ok(items) => return Ok(items),
            Err(failed) => attempts.after(failed).await?,
        }
    }
}

async fn try_items(remote: &RcloneRemote, folder: &Folder, about: Subject<'_>) -> Result<Vec<Item>, Failed> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    // Each try counts its errors by itself. rclone forgets the oldest of these counts.
    let group = format!("podfs-list-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let skip_times = remote.features.times_cost_requests();
    let input = remote
        .place(&folder.standard)
        .with("_group", &group)
        .with_json("opt", &json!({"recurse": false, "noMimeType": true, "noModTime": skip_times}));
    let answer: ListAnswer = remote.session.try_once(about, "operations/list", input).await?;
    check_completeness(remote, about, &group).await?;
    Ok(answer.list)
}

/// rclone's local backend leaves out a folder that it may not read, counts an error, and answers as if the folder
/// were empty. A restore would then delete what it holds.
async fn check_completeness(remote: &RcloneRemote, about: Subject<'_>, group: &str) -> Result<(), Failed> {
    let stats: Stats = remote.session.try_once(about, "core/stats", Form::new().with("group", group)).await?;
    if stats.errors == 0 {
        return Ok(());
    }
    let detail = format!("the listing is not complete: {}", stats.last_error);
    let error = RemoteError::new(ErrorKind::Denied, about.operation, about.object, detail);
    Err(Failed { error, passing: false, answered: true })
}
