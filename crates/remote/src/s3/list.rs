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
    let doing = store.doing("list", &place);
    let mut backoff = store.wire.backoff();
    loop {
        let page = fetch(store, after).await.map_err(|fault| doing.failed(fault))?;
        match page {
            Ok(page) => return Ok(page),
            // A document that broke in the middle comes whole when asked for again.
            Err(fault) => backoff.after(fault).await.map_err(|fault| doing.failed(fault))?,
        }
    }
}

async fn fetch(store: &Store, after: Option<&str>) -> Result<Result<Page, Fault>, Fault> {
    let options = &store.options;
    let version = if options.list_version == 1 { 1 } else { 2 };
    let chunk = options.list_chunk.to_string();
    let mut query = vec![("max-keys", chunk.as_str()), ("prefix", store.keys.prefix())];
    if version == 2 {
        query.push(("list-type", "2"));
    }
    if options.list_url_encode {
        query.push(("encoding-type", "url"));
    }
    if let Some(after) = after {
        query.push((if version == 2 { "continuation-token" } else { "marker" }, after));
    }
    let request = store.request(Method::GET, &store.address.bucket(&query), Bytes::new())?;
    let answer = store.wire.send(&request).await?;
    Ok(parse(answer.body(), version))
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
