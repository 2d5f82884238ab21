//! Large objects in several ranges at a time, all of one version of the object. Their content is not hashed here:
//! ranges do not come in order, and tags of objects made of parts say nothing of the whole.

use futures::{StreamExt, TryStreamExt};
use podfs_sync::{Modified, RemoteError};

use super::download::Stretch;
use super::store::Store;

/// Bytes per range.
const RANGE: u64 = 16 << 20;
/// Ranges of one object that are fetched at a time.
const CONCURRENCY: usize = 4;

/// Fetches `whole` and tells its modification time.
pub(super) async fn download(store: &Store, whole: Stretch<'_>) -> Result<Modified, RemoteError> {
    let count = whole.length.div_ceil(RANGE);
    let fetches = (0..count).map(|index| {
        let offset = index * RANGE;
        let stretch = Stretch { offset, length: RANGE.min(whole.length - offset), ..whole };
        async move {
            // Nobody closes the semaphore.
            let _turn = store.range_streams.acquire().await;
            stretch.fetch(None).await.map(|head| head.modified)
        }
    });
    let times: Vec<Modified> = futures::stream::iter(fetches).buffered(CONCURRENCY).try_collect().await?;
    Ok(times.first().copied().unwrap_or(Modified::Unknown))
}
