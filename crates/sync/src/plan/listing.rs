//! The remote's listing, sorted, without what is no part of the tree.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use futures::TryStreamExt;

use crate::engine::SyncError;
use crate::entry::{Entry, Listed};
use crate::local::{is_no_part_of_the_tree, is_temporary_name};
use crate::path::RelativePath;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::report::{Failure, FailureKind};
use crate::settings::Direction;
use crate::spool::{Sorted, Sorter};

/// What a remote holds.
pub(crate) struct Listing {
    /// The files of the tree, in the order of their paths.
    pub(crate) files: Sorted<Entry>,
    /// What lies under `.podfs/`.
    pub(crate) own: Vec<RelativePath>,
    /// What is there and cannot be fetched.
    pub(crate) unknown: BTreeSet<RelativePath>,
    /// That, and names that no volume can hold.
    pub(crate) failures: Vec<Failure>,
}

/// Lists a remote.
pub(crate) async fn read(
    remote: &dyn Remote,
    direction: Direction,
    excluded: &[RelativePath],
    scratch: &Path,
) -> Result<Listing, SyncError> {
    let mut sorter = Sorter::new(scratch);
    let (mut own, mut unknown, mut failures) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut listing = remote.list();
    loop {
        match listing.try_next().await {
            Ok(Some(Listed::File(entry))) if entry.path.is_reserved() => own.push(entry.path),
            Ok(Some(Listed::File(entry))) if is_left_out(&entry, direction, excluded) => {}
            Ok(Some(Listed::File(entry))) => sorter.push(entry).map_err(SyncError::Scratch)?,
            Ok(Some(Listed::Unknown { path, .. })) if is_no_part_of_the_tree(&path) => {}
            Ok(Some(Listed::Unknown { path, reason })) => {
                if direction == Direction::FromRemote {
                    let (path, error) = (path.to_string(), reason);
                    failures.push(Failure { path, error, kind: FailureKind::Unreadable });
                } else {
                    tracing::info!(%path, reason, "the remote has something that cannot be fetched");
                }
                unknown.insert(path);
            }
            Ok(Some(Listed::Unusable { name, reason })) => {
                if direction == Direction::FromRemote {
                    failures.push(Failure { path: name, error: reason, kind: FailureKind::UnsupportedName });
                } else {
                    tracing::info!(name, reason, "the remote has a name that no volume can hold; left alone");
                }
            }
            Ok(None) => break,
            Err(error) if missing_is_empty(&error, remote, direction) => break,
            Err(error) => return Err(error.into()),
        }
    }
    drop(listing);
    let files = sorter.finish().map_err(SyncError::Scratch)?;
    Ok(Listing { files, own, unknown, failures })
}

/// What a scan leaves out too, and uploads that broke off, which the next sync to the remote deletes.
fn is_left_out(entry: &Entry, direction: Direction, excluded: &[RelativePath]) -> bool {
    excluded.contains(&entry.path)
        || is_no_part_of_the_tree(&entry.path)
        || direction == Direction::FromRemote && is_temporary_name(entry.path.file_name())
}

/// A folder that is not there yet holds no files. A bucket that is not there is a mistake when files are to come
/// from it, and is made when files are to go there.
fn missing_is_empty(error: &RemoteError, remote: &dyn Remote, direction: Direction) -> bool {
    error.kind == ErrorKind::NotFound && (direction == Direction::ToRemote || !remote.abilities().flat)
}

/// The entries, each path once. Ends at the first that cannot be read back, whose error goes to `error`.
pub(crate) fn without_doubles<'error>(
    files: Sorted<Entry>,
    error: &'error mut Option<io::Error>,
) -> impl Iterator<Item = Entry> + 'error {
    let mut last: Option<RelativePath> = None;
    files.map_while(move |item| item.map_err(|cause| *error = Some(cause)).ok()).filter(move |entry| {
        let double = last.as_ref() == Some(&entry.path);
        if double {
            tracing::warn!(path = %entry.path, "the remote has this file twice; one of them is used");
        }
        last = Some(entry.path.clone());
        !double
    })
}
