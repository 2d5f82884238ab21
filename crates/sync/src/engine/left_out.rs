//! A restore that leaves out a remote that was never synced to: whether this is one, and what that means for the volume.

use futures::TryStreamExt;

use super::{Sync, SyncError};
use crate::entry::Listed;
use crate::head;
use crate::local::{LocalRoot, is_no_part_of_the_tree};
use crate::manifest::{ManifestError, is_part};
use crate::receipt::{self, Receipt};
use crate::remote::ErrorKind;

/// A remote without a head of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// There is nothing.
    Empty,
    /// There is something that no sync of ours tells of: another program's, or the head is lost.
    Foreign,
}

impl Sync {
    /// What a remote is that was never synced to; `None` for one that was, from which everything is restored. A volume that
    /// lacks nothing, because there is nothing, gets the receipt of a complete restore, so that it may be synced from where
    /// one is required. Changes nothing else, and with `dry_run` nothing at all.
    ///
    /// # Errors
    /// When the remote cannot be asked, when it has a manifest and has lost its head, or when the receipt cannot be written.
    pub async fn left_out(&self, dry_run: bool) -> Result<Option<LeftOut>, SyncError> {
        if head::read(&*self.remote).await?.is_some() {
            return Ok(None);
        }
        if self.holds_something().await? {
            return Ok(Some(LeftOut::Foreign));
        }
        if !dry_run && !self.settings.plain {
            let (root, file) =
                (LocalRoot::open_or_create(&self.local)?, self.settings.receipt_file.as_deref());
            // One that is there says more.
            if matches!(receipt::read(&root, file), Ok(None)) {
                receipt::write(&root, file, &Receipt::of(None, receipt::State::Complete))?;
            }
        }
        Ok(Some(LeftOut::Empty))
    }

    async fn holds_something(&self) -> Result<bool, SyncError> {
        let mut listing = self.remote.list();
        let mut something = false;
        loop {
            let path = match listing.try_next().await {
                Ok(Some(Listed::File(entry))) => entry.path,
                Ok(Some(Listed::Unknown { path, .. })) => path,
                Ok(Some(Listed::Unusable { .. })) => {
                    something = true;
                    continue;
                }
                Ok(None) => return Ok(something),
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(something),
                Err(error) => return Err(error.into()),
            };
            if is_part(&path) {
                return Err(ManifestError::Headless.into());
            }
            something |= !is_no_part_of_the_tree(&path);
        }
    }
}
