//! Large objects in several ranges at a time, all of one version of the object. Their content is not hashed here:
//! ranges do not come in order, and tags of objects made of parts say nothing of the whole.

use std::ops::Range;

use futures::{StreamExt, TryStreamExt};
use podfs_sync::{Modified, RemoteError};

use super::download::Stretch;
use super::store::Store;

/// Bytes per range.
const RANGE: u64 = 16 << 20;
/// Ranges of one object that are fetched at a time.
const CONCURRENCY: usize = 4;

/// Fetches what is missing of `whole`, and tells its modification time.
pub(super) async fn download(store: &Store, whole: Stretch<'_>) -> Result<Modified, RemoteError> {
    let missing = whole.target.missing(whole.length).await?;
    let ranges = missing.into_iter().flat_map(cut);
    let fetches = ranges.map(|range| {
        let stretch = Stretch { offset: range.start, length: range.end - range.start, ..whole };
        async move {
            // Nobody closes the semaphore.
            let _turn = store.range_streams.acquire().await;
            stretch.fetch(None).await.map(|head| head.modified)
        }
    });
    let times: Vec<Modified> = futures::stream::iter(fetches).buffered(CONCURRENCY).try_collect().await?;
    Ok(times.first().copied().unwrap_or(Modified::Unknown))
}

/// In pieces of the size of a range; the last may be smaller.
fn cut(Range { start, end }: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let count = (end - start).div_ceil(RANGE);
    (0..count).map(move |index| start + index * RANGE).map(move |start| start..end.min(start + RANGE))
}
