//! One file from the remote.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Copied, CopyError};
use crate::attributes::Attributes;
use crate::entry::Modified;
use crate::fetch::fetch;
use crate::local::{Committer, Finish, LocalRoot, Target};
use crate::manifest::{Record, RemoteFile};
use crate::plan::brought::brought;
use crate::remote::{Remote, RemoteError};
use crate::timestamp::Timestamp;

pub(super) async fn download(
    remote: &dyn Remote,
    root: &Arc<LocalRoot>,
    mut file: RemoteFile,
    committer: &Committer,
    turn: OwnedSemaphorePermit,
) -> Result<Copied, CopyError> {
    let target = match &file.record {
        Some(record) => Target::private(root, &file.entry.path, record.sparse),
        None => Target::new(root, &file.entry.path),
    };
    let came = fetch(remote, &mut file, &target).await?;
    let bytes = target.size().map_err(RemoteError::from)?;
    // Waiting for the disk is no work: another file may be fetched meanwhile.
    drop(turn);
    let described = file.described;
    let (finish, modified) = finish(&file, came.modified);
    let losses = committer.commit(target, finish).await?;
    let record = (!described).then(|| Box::new(note(file, bytes, modified)));
    Ok(Copied::Done { bytes, record, mark: None, losses })
}

/// What the next restore is to know of a file that no record describes.
fn note(file: RemoteFile, size: u64, modified: Timestamp) -> Record {
    let nobodys = Attributes { mode: 0, owner: 0, group: 0, modified, extended: Vec::new() };
    let attributes = file.record.map_or(nobodys, |record| record.attributes);
    brought(file.entry, size, Attributes { modified, ..attributes })
}

/// What the file gets besides its content, and the modification time among that.
fn finish(file: &RemoteFile, came_with: Option<Timestamp>) -> (Finish, Timestamp) {
    let of_store = came_with.or(match file.entry.modified {
        Modified::At(time) | Modified::StoredAt(time) => Some(time),
        Modified::Ask | Modified::Unknown => None,
    });
    let Some(record) = &file.record else {
        let time = of_store.unwrap_or_else(Timestamp::now);
        return (Finish::Time(time), time);
    };
    let attributes = match of_store {
        // Somebody replaced the object: the time is the object's, the rest is still the file's.
        Some(modified) if !file.described => Attributes { modified, ..record.attributes.clone() },
        _ => record.attributes.clone(),
    };
    let modified = attributes.modified;
    (Finish::Attributes(Box::new(attributes)), modified)
}
