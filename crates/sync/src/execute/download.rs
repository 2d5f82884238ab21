//! One file from the remote.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Copied, CopyError};
use crate::attributes::Attributes;
use crate::entry::Modified;
use crate::fetch::fetch;
use crate::local::{Committer, Finish, LocalRoot, Target};
use crate::manifest::{Record, RemoteFile};
use crate::plan::undescribed::brought;
use crate::remote::{Came, ErrorKind, Remote, RemoteError};
use crate::timestamp::Timestamp;
use crate::unfinished::Unfinished;

/// One file that is fetched.
pub(super) struct Download<'a> {
    pub(super) remote: &'a dyn Remote,
    pub(super) root: &'a Arc<LocalRoot>,
    /// What is known of files that an earlier restore did not finish.
    pub(super) unfinished: Option<&'a Arc<Unfinished>>,
}

impl Download<'_> {
    /// Fetches the file and puts it in place.
    pub(super) async fn run(
        self,
        file: RemoteFile,
        committer: &Committer,
        turn: OwnedSemaphorePermit,
    ) -> Result<Copied, CopyError> {
        let Fetched { file, target, came } = self.fetch(file).await?;
        let bytes = target.size().map_err(RemoteError::from)?;
        // Waiting for the disk is no work: another file may be fetched meanwhile.
        drop(turn);
        let described = file.described;
        let (finish, modified) = finish(&file, came.modified);
        let losses = committer.commit(target.clone(), finish).await?;
        target.is_in_place().await;
        let record = (!described).then(|| Box::new(note(file, bytes, modified)));
        Ok(Copied::Done { bytes, record, mark: None, losses })
    }

    /// Goes on with what an earlier restore left; should that prove to be damaged, the file is fetched whole.
    async fn fetch(&self, file: RemoteFile) -> Result<Fetched, RemoteError> {
        let target = self.target(&file);
        match self.attempt(file.clone(), target.clone()).await {
            Err(error) if error.kind == ErrorKind::Corrupt && target.went_on() => {
                tracing::warn!("{error}; it is fetched once more, from its beginning");
            }
            other => return other,
        }
        drop(target);
        let target = self.target(&file);
        self.attempt(file, target).await
    }

    async fn attempt(&self, mut file: RemoteFile, target: Target) -> Result<Fetched, RemoteError> {
        let fetched = match fetch(self.remote, &mut file, &target).await {
            Ok(came) => target.is_whole().await.map(|()| came),
            Err(error) => Err(error),
        };
        match fetched {
            Ok(came) => Ok(Fetched { file, target, came }),
            Err(error) => {
                match can_go_on_after(error.kind) {
                    true => target.keep().await,
                    false => target.keep_nothing().await,
                }
                Err(error)
            }
        }
    }

    fn target(&self, file: &RemoteFile) -> Target {
        let target = match &file.record {
            Some(record) => Target::private(self.root, &file.entry.path, record.sparse),
            None => Target::new(self.root, &file.entry.path),
        };
        target.resumable(self.unfinished.and_then(|unfinished| unfinished.keeping(&file.entry)))
    }
}

/// A file that is whole, and what came along with it.
struct Fetched {
    file: RemoteFile,
    target: Target,
    came: Came,
}

/// Whether the next restore may find all as it was. After any other error what came is of no use, or in the way.
const fn can_go_on_after(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unreachable | ErrorKind::Unavailable | ErrorKind::Denied)
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
