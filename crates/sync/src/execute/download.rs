//! One file from the remote.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Copied, CopyError};
use crate::attributes::Attributes;
use crate::entry::Modified;
use crate::local::{Committer, Finish, LocalRoot, Target};
use crate::manifest::RemoteFile;
use crate::remote::{ErrorKind, Remote, RemoteError};
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
    let came_with = remote.download(&file.entry, &target).await?;
    if let Some(time) = came_with.filter(|_| file.is_undecided()) {
        file.decide(Modified::At(time), remote.abilities().time_precision.unwrap_or_default());
    }
    let (file, entry) = (&file, &file.entry);
    let size = target.size().map_err(RemoteError::from)?;
    if size != entry.size {
        let detail = format!("{size} bytes came, {} were announced", entry.size);
        return Err(RemoteError::new(ErrorKind::Corrupt, "download", &entry.path, detail).into());
    }
    check_hash(file, &target).await?;
    // Waiting for the disk is no work: another file may be fetched meanwhile.
    drop(turn);
    let losses = committer.commit(target, finish(file, came_with)).await?;
    Ok(Copied::Done { bytes: size, record: None, losses })
}

/// The manifest knows what was uploaded; anything else never takes its place.
async fn check_hash(file: &RemoteFile, target: &Target) -> Result<(), RemoteError> {
    let Some(record) = file.record.as_ref().filter(|_| file.described) else { return Ok(()) };
    let Some(expected) = record.hash else { return Ok(()) };
    if target.hash().await? == expected {
        return Ok(());
    }
    let detail = "its content is not what the manifest says was uploaded";
    Err(RemoteError::new(ErrorKind::Corrupt, "download", &file.entry.path, detail))
}

/// What the file gets besides its content.
fn finish(file: &RemoteFile, came_with: Option<Timestamp>) -> Finish {
    let of_store = came_with.or(match file.entry.modified {
        Modified::At(time) | Modified::StoredAt(time) => Some(time),
        Modified::Ask | Modified::Unknown => None,
    });
    match (&file.record, of_store) {
        (Some(record), _) if file.described => Finish::Attributes(Box::new(record.attributes.clone())),
        // Somebody replaced the object: the time is the object's, the rest is still the file's.
        (Some(record), time) => {
            let modified = time.unwrap_or(record.attributes.modified);
            let attributes = Attributes { modified, ..record.attributes.clone() };
            Finish::Attributes(Box::new(attributes))
        }
        (None, Some(time)) => Finish::Time(time),
        (None, None) => Finish::AsItIs,
    }
}
