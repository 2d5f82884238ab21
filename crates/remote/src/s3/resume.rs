//! Going on with an upload in parts that an earlier process began, or this one before its network was gone.
//!
//! The note about it is believed only when all agrees: the file has not changed since (size, times, inode), all of it,
//! in the form in which it went out, has the sum that was announced, and the store still has the upload. A part that is
//! there counts only when its tag is the sum of that part now. So nothing but the very same content is ever sent under
//! the nonce of a note, and nothing of another content gets into the object.

use std::collections::BTreeMap;
use std::sync::Arc;

use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::checksum::Sum;
use super::file_sum::FileSums;
use super::journal::{Journal, Note};
use super::multipart::{self, ListedPart, Part};
use super::store::Store;
use super::{checksum, parts};
use crate::transport::Fault;

/// An upload that can go on.
pub(super) struct Earlier {
    /// The file in the form that it had then.
    pub(super) source: Source,
    pub(super) sums: FileSums,
    pub(super) upload: String,
    /// The parts that need not be sent again.
    pub(super) there: Vec<Part>,
}

/// The upload of this file to this object that was begun before. One that cannot go on is thrown away.
pub(super) async fn earlier(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
    key: &str,
) -> Result<Option<Earlier>, RemoteError> {
    let Some(journal) = store.journal() else { return Ok(None) };
    let Some(note) = journal.find(key).await else { return Ok(None) };
    let earlier = go_on(store, source, path, &note).await?;
    match &earlier {
        Some(earlier) => tracing::info!(%path, parts = earlier.there.len(), "going on with its upload"),
        None => throw_away(store, journal, &note).await,
    }
    Ok(earlier)
}

/// Throws away what was begun too long ago.
pub(super) async fn tidy(store: &Store) {
    let Some(journal) = store.journal() else { return };
    for note in journal.outdated(store.keys.prefix()).await {
        throw_away(store, journal, &note).await;
    }
}

async fn throw_away(store: &Store, journal: &Journal, note: &Note) {
    parts::forget(store, &note.key, &note.upload).await;
    journal.forget(&note.key).await;
}

/// `None`: it has to begin anew.
async fn go_on(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
    note: &Note,
) -> Result<Option<Earlier>, RemoteError> {
    let (size, part_size) = (source.size(), store.settings().part_size(source.size()));
    if note.is_outdated()
        || !source.state().is_still(&note.file)
        || (note.size, note.part_size) != (size, part_size)
    {
        return Ok(None);
    }
    let Some(source) = as_it_went_out(source, note) else { return Ok(None) };
    let sums = parts::sums(store, &source).await?;
    source.check_unchanged()?;
    let doing = store.doing("upload", path);
    let headers =
        parts::headers(store, &note.key, &source, Some(&sums)).map_err(|fault| doing.failed(fault))?;
    if !note.says(&headers) {
        return Ok(None);
    }
    let listed = match multipart::list(store, &note.key, &note.upload).await {
        Ok(listed) => listed,
        Err(fault) if is_of_no_use(&fault) => return Ok(None),
        Err(fault) => return Err(doing.failed(fault)),
    };
    // SeaweedFS (seen with 4.48) lists a part twice that was sent twice.
    let mut there = BTreeMap::new();
    for ListedPart { number, tag, size: length } in listed {
        if let Some(sum) = sum_of(&sums, number)
            && checksum::of_tag(&tag) == Some(sum)
            && length == part_size.min(size - part_size * u64::from(number - 1))
        {
            there.insert(number, Part { number, tag, sum });
        }
    }
    let there = there.into_values().collect();
    Ok(Some(Earlier { source, sums, upload: note.upload.clone(), there }))
}

/// That of the part with this number, counted from 1, as the file is now.
fn sum_of(sums: &FileSums, number: u32) -> Option<Sum> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    sums.parts.get(index).copied()
}

/// The file in the form that it had, under the nonce that it had.
fn as_it_went_out(source: &Source, note: &Note) -> Option<Source> {
    match note.nonce {
        Some(nonce) => source.under(nonce),
        None => source.nonce().is_none().then(|| source.clone()),
    }
}

/// Whether the store does not know the upload any more, or does not tell us.
fn is_of_no_use(fault: &Fault) -> bool {
    let answer = fault.answer();
    answer
        .is_some_and(|answer| matches!(answer.status, 400 | 404 | 405 | 501) || answer.code == "AccessDenied")
}

/// Whether another attempt, at once or by the next sync, can go on after this error. After any other, parts that lie
/// there would only cost.
pub(super) fn can_go_on_after(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unreachable | ErrorKind::Unavailable | ErrorKind::Denied)
}
