//! All files below the prefix: pages of a thousand keys, without folders.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use http::Method;
use podfs_sync::{Entry, Listed, Modified, RemoteError};

use super::keys::Meaning;
use super::list_page::{Listing, Page, parse};
use super::store::Store;
use crate::transport::Fault;

enum Place {
    Start,
    After(String),
    End,
}

/// Lists everything; each page is asked for when the one before is used up.
pub(super) fn list(store: &Store) -> impl Stream<Item = Result<Listed, RemoteError>> + Send {
    try_unfold((VecDeque::new(), Place::Start), move |(mut ready, mut place)| async move {
        loop {
            if let Some(item) = ready.pop_front() {
                return Ok(Some((item, (ready, place))));
            }
            let after = match &place {
                Place::Start => None,
                Place::After(mark) => Some(mark.as_str()),
                Place::End => return Ok(None),
            };
            let page = page(store, after).await?;
            ready.extend(page.objects.into_iter().filter_map(|object| listed(store, object)));
            place = page.next.map_or(Place::End, Place::After);
        }
    })
}

async fn page(store: &Store, after: Option<&str>) -> Result<Page, RemoteError> {
    let place = format!("{}/{}", store.options.bucket, store.keys.prefix());
    let failed = |fault| store.doing("list", &place).failed(fault);
    let encoded = store.settings().list_url_encode;
    match fetch(store, after, encoded).await {
        // A key that XML cannot hold breaks the document, or is damaged in it: then it must come encoded, also from
        // stores that rclone does not ask to encode. Those that cannot do not say that they did.
        Ok(page) if !encoded && page.is_doubtful() => fetch(store, after, true).await.map_err(failed),
        Err(Fault::Nonsense(_)) if !encoded => fetch(store, after, true).await.map_err(failed),
        result => result.map_err(failed),
    }
}

async fn fetch(store: &Store, after: Option<&str>, encoded: bool) -> Result<Page, Fault> {
    let settings = store.settings();
    let version = if settings.list_version == 1 { 1 } else { 2 };
    let chunk = settings.list_chunk.to_string();
    let mut query = vec![("max-keys", chunk.as_str()), ("prefix", store.keys.prefix())];
    if version == 2 {
        query.push(("list-type", "2"));
    }
    if encoded {
        query.push(("encoding-type", "url"));
    }
    if let Some(after) = after {
        query.push((if version == 2 { "continuation-token" } else { "marker" }, after));
    }
    let request = store.request(Method::GET, &store.address.bucket(&query), Bytes::new())?;
    let answer = store.wire.send(&request).await?;
    parse(answer.body(), version)
}

fn listed(store: &Store, object: Listing) -> Option<Listed> {
    let Some(key) = object.key else {
        return Some(Listed::Unusable { name: object.raw, reason: String::from("is not UTF-8") });
    };
    Some(match store.keys.meaning(&key, object.size)? {
        Meaning::File(path) => {
            Listed::File(Entry { path, size: object.size, modified: Modified::Ask, tag: object.tag })
        }
        Meaning::Unusable(reason) => Listed::Unusable { name: key.escape_debug().to_string(), reason },
    })
}
