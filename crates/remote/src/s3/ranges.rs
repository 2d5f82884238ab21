//! Large objects in several ranges at a time, all of one version of the object. Their content is not hashed here:
//! ranges do not come in order, and tags of objects made of parts say nothing of the whole.

use std::ops::{Range, RangeInclusive};

use futures::{StreamExt, TryStreamExt};
use podfs_sync::{Modified, RemoteError};

use super::download::Stretch;
use super::store::Store;

/// Bytes per range, at least and at most. Larger ones come faster, but the further apart those are that come at a time, the more
/// is fetched again after an interruption: what is kept has no gaps.
const RANGE: RangeInclusive<u64> = 20 << 20..=40 << 20;
/// Bytes per part of an object as rclone and we upload it by default. A store that keeps parts may have to read all of one
/// for a piece of it, so that a range is made of whole ones.
const PART: u64 = 5 << 20;
/// Ranges of one object that are fetched at a time.
const CONCURRENCY: usize = 4;

/// Fetches what is missing of `whole`, and tells its modification time.
pub(super) async fn download(store: &Store, whole: Stretch<'_>) -> Result<Modified, RemoteError> {
    let missing = whole.target.missing(whole.length).await?;
    let size = range_size(missing.iter().map(|range| range.end - range.start).sum());
    let ranges = missing.into_iter().flat_map(|range| cut(range, size));
    let fetches = ranges.map(|range| {
        let stretch = Stretch { offset: range.start, length: range.end - range.start, ..whole };
        async move {
            // Nobody closes the semaphore.
            let _turn = store.range_streams.acquire().await;
            stretch.fetch(None).await.map(|head| head.modified)
        }
    });
    // All are of one version, so that any tells the time of all.
    let times: Vec<Modified> =
        futures::stream::iter(fetches).buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(times.first().copied().unwrap_or(Modified::Unknown))
}

/// So that an object which is not much larger than a range comes in as many at a time as a larger one.
fn range_size(missing: u64) -> u64 {
    (missing / CONCURRENCY as u64).next_multiple_of(PART).clamp(*RANGE.start(), *RANGE.end())
}

/// In pieces of `size` bytes; the last may be smaller.
fn cut(Range { start, end }: Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let count = (end - start).div_ceil(size);
    (0..count).map(move |index| start + index * size).map(move |start| start..end.min(start + size))
}
