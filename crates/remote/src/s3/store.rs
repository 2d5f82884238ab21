//! One bucket and what is needed to speak to it; every operation works on this.

use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use podfs_sync::{ErrorKind, RelativePath, RemoteError};
use tokio::sync::Semaphore;

use super::address::Address;
use super::budget::Budget;
use super::errors::Doing;
use super::keys::Keys;
use super::objects::Objects;
use super::options::S3Options;
use crate::naming::Speller;
use crate::transport::{Fault, Wire, wire_request};

/// Ranges of large objects that are fetched at a time, over all downloads.
const RANGE_STREAMS: usize = 8;

/// A bucket in use.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) options: S3Options,
    pub(super) wire: Wire,
    pub(super) address: Address,
    pub(super) keys: Keys,
    pub(super) objects: Objects,
    pub(super) memory: Budget,
    pub(super) range_streams: Semaphore,
    /// Sent with whatever makes an object.
    object_headers: Vec<(HeaderName, HeaderValue)>,
}

impl Store {
    pub(super) fn new(options: S3Options) -> Result<Self, RemoteError> {
        let unusable = |reason: String| {
            RemoteError::new(ErrorKind::Configuration, "use", format!("bucket {}", options.bucket), reason)
        };
        let endpoint = options.endpoint.as_deref();
        let address = Address::new(endpoint, &options.region, &options.bucket, options.force_path_style)
            .map_err(unusable)?;
        let keys = Keys::new(&options.prefix, Speller::new(options.encoding)).map_err(unusable)?;
        let signing = |client| options.credentials.signing(&options.region, client);
        let wire =
            Wire::new(options.limits, options.retry, signing).map_err(|fault| unusable(fault.to_string()))?;
        let objects = Objects::new(&options, &wire, &address).map_err(unusable)?;
        let object_headers = object_headers(&options).map_err(unusable)?;
        let memory = Budget::new(options.buffer_memory);
        let range_streams = Semaphore::new(RANGE_STREAMS);
        Ok(Self { wire, address, keys, objects, memory, range_streams, object_headers, options })
    }

    /// An operation, for its errors.
    pub(super) fn doing<'a>(
        &'a self,
        operation: &'static str,
        object: &'a (dyn Display + Sync),
    ) -> Doing<'a> {
        Doing { operation, object, bucket: &self.options.bucket, endpoint: self.address.shown() }
    }

    /// The key of a path.
    pub(super) fn key(&self, operation: &'static str, path: &RelativePath) -> Result<String, RemoteError> {
        self.keys.key(operation, path)
    }

    /// A request of our own.
    pub(super) fn request(&self, method: Method, url: &str, content: Bytes) -> Result<Request<Bytes>, Fault> {
        let mut request = wire_request(method, url, content)?;
        if self.options.requester_pays {
            request.headers_mut().insert(REQUEST_PAYER, HeaderValue::from_static("requester"));
        }
        Ok(request)
    }

    /// The headers that every new object gets.
    pub(super) fn object_headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.object_headers.iter().cloned()
    }

    /// The largest file that is sent in one request, in bytes: it is held in memory.
    pub(super) fn single_limit(&self) -> u64 {
        self.options.upload_cutoff.min(self.options.buffer_memory as u64 / 4)
    }

    /// Whether the store's tags are MD5 sums of what we send.
    pub(super) fn tags_are_sums(&self) -> bool {
        !self.options.server_side_encryption.as_deref().is_some_and(|method| method.starts_with("aws:kms"))
    }
}

const REQUEST_PAYER: HeaderName = HeaderName::from_static("x-amz-request-payer");

fn object_headers(options: &S3Options) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let wanted = [
        ("x-amz-acl", &options.acl),
        ("x-amz-storage-class", &options.storage_class),
        ("x-amz-server-side-encryption", &options.server_side_encryption),
        ("x-amz-server-side-encryption-aws-kms-key-id", &options.sse_kms_key_id),
    ];
    let mut headers = Vec::new();
    for (name, value) in wanted {
        let Some(value) = value else { continue };
        let value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be {value:?}"))?;
        headers.push((HeaderName::from_static(name), value));
    }
    Ok(headers)
}
