//! The bucket itself, which is made when it is not there.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use podfs_sync::{ErrorKind, RemoteError};

use super::store::Store;
use crate::transport::Fault;

/// Makes the bucket unless it is there, or unless that is not our business.
pub(super) async fn prepare(store: &Store) -> Result<(), RemoteError> {
    if store.settings().no_check_bucket {
        return Ok(());
    }
    let place = format!("bucket {}", store.options.bucket);
    let doing = store.doing("look for", &place);
    match ask(store).await {
        Ok(()) => Ok(()),
        Err(Fault::Answer(answer)) if answer.status == 404 => create(store).await,
        // Whoever may not look at the bucket may still be allowed to write below a prefix of it.
        Err(Fault::Answer(answer)) if matches!(answer.status, 401 | 403 | 400 | 405 | 501) => Ok(()),
        Err(fault) => Err(doing.failed(fault)),
    }
}

async fn ask(store: &Store) -> Result<(), Fault> {
    let request = store.request(Method::HEAD, &store.address.bucket(&[]), Bytes::new())?;
    store.wire.send(&request).await.map(|_| ())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
async fn create(store: &Store) -> Result<(), RemoteError> {
    let place = format!("bucket {}", store.options.bucket);
    let doing = store.doing("create", &place);
    let body = store.settings().location_constraint.as_deref().map(document).unwrap_or_default();
    let mut request = store
        .request(Method::PUT, &store.address.bucket(&[]), Bytes::from(body))
        .map_err(|fault| doing.failed(fault))?;
    if let Some(acl) = store.settings().bucket_acl.as_deref() {
        let acl = HeaderValue::from_str(acl)
            .map_err(|_| doing.error(ErrorKind::Configuration, "the ACL is no plain text"))?;
        request.headers_mut().insert(HeaderName::from_static("x-amz-acl"), acl);
    }
    match store.wire.send(&request).await {
        Ok(_) => Ok(()),
        // Somebody was faster, or an answer got lost and the request was repeated.
        Err(Fault::Answer(answer)) if answer.code == "BucketAlreadyOwnedByYou" => Ok(()),
        Err(fault) => Err(doing.failed(fault)),
    }
}

fn document(location: &str) -> String {
    format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
        quick_xml::escape::escape(location)
    )
}
