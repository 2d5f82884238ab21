//! One bucket and what is needed to speak to it; every operation works on this.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderName, HeaderValue, Method, Request};
use podfs_sync::{ErrorKind, RelativePath, RemoteError};
use tokio::sync::{Semaphore, watch};

use super::address::Address;
use super::budget::Budget;
use super::credentials;
use super::errors::Doing;
use super::journal::Journal;
use super::keys::Keys;
use super::options::S3Options;
use crate::config::S3Settings;
use crate::naming::Speller;
use crate::transport::{Fault, Payload, Trust, Wire, wire_request};

/// Ranges of large objects that are fetched at a time, over all downloads.
const RANGE_STREAMS: usize = 8;

/// A bucket in use.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) options: S3Options,
    pub(super) wire: Wire,
    pub(super) address: Address,
    pub(super) keys: Keys,
    pub(super) memory: Budget,
    pub(super) range_streams: Semaphore,
    /// Uploads that were given up and are being thrown away in the background.
    pub(super) given_up: watch::Sender<usize>,
    journal: Option<Journal>,
    /// Whether it has refused a condition, so that none is sent any more.
    refuses_conditions: AtomicBool,
    /// Sent with whatever makes an object.
    object_headers: Vec<(HeaderName, HeaderValue)>,
}

impl Store {
    pub(super) fn new(options: S3Options) -> Result<Self, RemoteError> {
        let unusable = |reason: String| {
            RemoteError::new(ErrorKind::Configuration, "use", format!("bucket {}", options.bucket), reason)
        };
        let settings = &options.settings;
        let in_path = settings.bucket_in_path(&options.bucket);
        let address = Address::new(settings.endpoint.as_deref(), &settings.region, &options.bucket, in_path)
            .map_err(unusable)?;
        // SeaweedFS (seen with 4.48) stores `a\b` as `a/b`, and a sync would delete that as foreign. rclone does.
        let backslashes = settings.provider.name != "SeaweedFS";
        let speller = Speller::new(settings.encoding);
        let speller = if options.names_of_files { speller } else { speller.of_any_length() };
        let keys = Keys::new(&options.path, speller, backslashes).map_err(unusable)?;
        let signing = |client| credentials::signing(settings, client);
        let plain = address.is_plain() && !settings.env_auth;
        let trust = if plain { Trust::Nobody } else { Trust::System };
        let wire = Wire::new(address.shown(), options.limits, options.retry, trust, signing)
            .map_err(|fault| unusable(fault.to_string()))?;
        let object_headers = object_headers(settings).map_err(unusable)?;
        let memory = Budget::new(options.upload_memory);
        let range_streams = Semaphore::new(RANGE_STREAMS);
        let given_up = watch::Sender::new(0);
        let journal =
            options.uploads.as_ref().map(|folder| Journal::new(folder, address.shown(), &options.bucket));
        Ok(Self {
            wire,
            address,
            keys,
            memory,
            range_streams,
            given_up,
            journal,
            refuses_conditions: AtomicBool::new(false),
            object_headers,
            options,
        })
    }

    /// The keys of the configuration.
    pub(super) fn settings(&self) -> &S3Settings {
        &self.options.settings
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
    pub(super) fn request(
        &self,
        method: Method,
        url: &str,
        content: impl Into<Payload>,
    ) -> Result<Request<Payload>, Fault> {
        let mut request = wire_request(method, url, content)?;
        if self.options.settings.requester_pays {
            request.headers_mut().insert(REQUEST_PAYER, HeaderValue::from_static("requester"));
        }
        Ok(request)
    }

    /// The headers that every new object gets.
    pub(super) fn object_headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.object_headers.iter().cloned()
    }

    /// Where uploads under way are noted; `None` also where nobody could tell what the store has of one.
    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref().filter(|_| self.tags_are_sums() && !self.options.settings.disable_checksum)
    }

    /// Whether the store has refused to write under a condition.
    pub(super) fn refuses_conditions(&self) -> bool {
        self.refuses_conditions.load(Ordering::Relaxed)
    }

    /// It has, just now.
    pub(super) fn send_no_conditions(&self) {
        self.refuses_conditions.store(true, Ordering::Relaxed);
    }

    /// Whether the store's tags are MD5 sums of what we send.
    pub(super) fn tags_are_sums(&self) -> bool {
        !self
            .options
            .settings
            .server_side_encryption
            .as_deref()
            .is_some_and(|method| method.starts_with("aws:kms"))
    }
}

const REQUEST_PAYER: HeaderName = HeaderName::from_static("x-amz-request-payer");

fn object_headers(settings: &S3Settings) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let wanted = [
        ("x-amz-acl", &settings.acl),
        ("x-amz-storage-class", &settings.storage_class),
        ("x-amz-server-side-encryption", &settings.server_side_encryption),
        ("x-amz-server-side-encryption-aws-kms-key-id", &settings.sse_kms_key_id),
    ];
    let mut headers = Vec::new();
    for (name, value) in wanted {
        let Some(value) = value else { continue };
        let value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be {value:?}"))?;
        headers.push((HeaderName::from_static(name), value));
    }
    Ok(headers)
}
