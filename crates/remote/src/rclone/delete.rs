//! Deleting files, and the folders that this leaves empty.
//!
//! One call for each file, several at once: rclone's `job/batch` came late and would only save local round trips.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::names;
use super::remote::RcloneRemote;
use super::session::Subject;

/// Deletes `paths` and gives what could not be deleted.
pub(super) async fn delete(
    remote: &RcloneRemote,
    paths: &[RelativePath],
) -> Vec<(RelativePath, RemoteError)> {
    let calls: Vec<_> = paths.iter().map(async |path| (path, delete_file(remote, path).await)).collect();
    let results: Vec<_> = stream::iter(calls).buffer_unordered(remote.width()).collect().await;
    let mut failures = Vec::new();
    let mut emptied = Folders::default();
    for (path, result) in results {
        match result {
            Ok(()) => emptied.add(path.parent()),
            Err(error) => failures.push((path.clone(), error)),
        }
    }
    if remote.features.has_folders() {
        remove_empty(remote, emptied).await;
    }
    failures
}

/// One that is not there is deleted.
pub(super) async fn delete_file(remote: &RcloneRemote, path: &RelativePath) -> Result<(), RemoteError> {
    let input = remote.place(&names::to_rclone(path)?);
    let about = Subject { operation: "delete", object: path };
    match remote.session.tell(about, "operations/deletefile", &input).await {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Removes the folders that are empty since these files were deleted.
pub(super) async fn sweep(remote: &RcloneRemote, gone: &[RelativePath]) {
    if !remote.features.has_folders() || gone.is_empty() {
        return;
    }
    let mut emptied = Folders::default();
    for path in gone {
        emptied.add(path.parent());
    }
    remove_empty(remote, emptied).await;
}

/// Folders by depth, deepest first.
#[derive(Default)]
struct Folders(BTreeMap<Reverse<usize>, BTreeSet<RelativePath>>);

impl Folders {
    fn add(&mut self, folder: Option<RelativePath>) {
        if let Some(folder) = folder {
            self.0.entry(Reverse(folder.segments().count())).or_default().insert(folder);
        }
    }
}

/// Level by level: a folder that went may leave its parent empty. The root stays. rclone refuses to remove a folder
/// that is not empty, and that is no failure.
async fn remove_empty(remote: &RcloneRemote, mut folders: Folders) {
    while let Some((_, level)) = folders.0.pop_first() {
        let calls: Vec<_> = level
            .into_iter()
            .map(async |folder| remove_folder(remote, &folder).await.then_some(folder))
            .collect();
        let gone: Vec<_> = stream::iter(calls).buffer_unordered(remote.width()).collect().await;
        for folder in gone.into_iter().flatten() {
            folders.add(folder.parent());
        }
    }
}

async fn remove_folder(remote: &RcloneRemote, folder: &RelativePath) -> bool {
    let Ok(standard) = names::to_rclone(folder) else { return false };
    let about = Subject { operation: "remove folder", object: folder };
    match remote.session.remove_once(about, &remote.place(&standard)).await {
        Ok(()) => true,
        Err(error) => {
            tracing::trace!("{error}");
            error.kind == ErrorKind::NotFound
        }
    }
}
