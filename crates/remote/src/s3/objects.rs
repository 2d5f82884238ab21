//! Single objects, through opendal's S3 service.
//!
//! The service is asked directly, not through opendal's `Operator`, which trims white space off keys and collapses
//! `//`. It puts requests together for a stand-in address and leaves them unsigned; [`Bridge`] sends them to the real
//! one over our own wire, so that all requests are signed, counted and retried in one place.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use http::header::{CONTENT_RANGE, RANGE};
use http::{Request, Response, StatusCode};
use opendal_core::options::{ReadOptions, WriteOptions};
use opendal_core::raw::oio::{ReadDyn, ReadStreamDyn, WriteDyn};
use opendal_core::raw::{OpRead, OpReader, OpStat, OpWrite, Operation, Servicer};
use opendal_core::{
    Buffer, Builder, BytesRange, Executor, HttpBody, HttpTransport, HttpTransporter, Metadata,
    OperationContext,
};
use opendal_service_s3::S3;
use podfs_sync::{Modified, Timestamp};

use super::address::{Address, STAND_IN, STAND_IN_BUCKET};
use super::{checksum, mtime};
use crate::config::S3Settings;
use crate::transport::{Fault, Payload, Wire, wire_request};

/// The objects of a bucket.
pub(super) struct Objects {
    service: Servicer,
    context: OperationContext,
}

/// What an answer says of an object.
#[derive(Debug, Clone)]
pub(super) struct ObjectHead {
    /// Bytes of the whole object, also when only a part was asked for.
    pub(super) size: u64,
    pub(super) modified: Modified,
    /// The ETag without its quotes.
    pub(super) tag: Option<String>,
}

/// An object's content as it comes.
pub(super) struct Content {
    stream: Box<dyn ReadStreamDyn>,
}

impl Content {
    /// The next piece; empty at the end.
    pub(super) async fn next(&mut self) -> Result<Bytes, Fault> {
        Ok(self.stream.read_dyn().await?.to_bytes())
    }
}

impl Objects {
    pub(super) fn new(settings: &S3Settings, wire: &Wire, address: &Address) -> Result<Self, String> {
        let service = builder(settings).build().map_err(|cause| cause.message().to_owned())?;
        let bridge = HttpTransporter::new(Bridge { wire: wire.clone(), address: address.clone() });
        let context = OperationContext::from_parts(bridge, Executor::default());
        Ok(Self { service: Arc::new(service), context })
    }

    /// Writes a whole object in one request and gives its tag.
    pub(super) async fn put(
        &self,
        key: &str,
        content: Bytes,
        content_type: &str,
    ) -> Result<Option<String>, Fault> {
        let options = WriteOptions { content_type: Some(content_type.to_owned()), ..WriteOptions::default() };
        let (operation, _) = OpWrite::from_options(&self.service.capability_dyn(), options)?;
        let mut writer = self.service.write_dyn(&self.context, key, operation)?;
        if !content.is_empty() {
            writer.write_dyn(Buffer::from(content)).await?;
        }
        // Written once and closed, the service sends a single PUT.
        let metadata = writer.close_dyn().await?;
        Ok(metadata.etag().map(|tag| checksum::unquoted(tag).to_owned()))
    }

    /// What the store says of an object.
    pub(super) async fn head(&self, key: &str) -> Result<ObjectHead, Fault> {
        let answer = self.service.stat_dyn(&self.context, key, OpStat::new()).await?;
        Ok(head_of(&answer.into_metadata()))
    }

    /// Begins to read an object, or `range` of it; only the one with this tag, if one is given.
    pub(super) async fn get(
        &self,
        key: &str,
        range: BytesRange,
        tag: Option<&str>,
    ) -> Result<(ObjectHead, Content), Fault> {
        let options =
            ReadOptions { range, if_match: tag.map(|tag| format!("\"{tag}\"")), ..ReadOptions::default() };
        let (range, operation, _): (BytesRange, OpRead, OpReader) = options.into();
        let reader = self.service.read_dyn(&self.context, key, operation)?;
        let (answer, stream) = reader.open_dyn(range).await?;
        let metadata = answer.into_metadata().ok_or_else(|| Fault::Nonsense(String::from("no head")))?;
        Ok((head_of(&metadata), Content { stream }))
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Objects")
    }
}

fn builder(settings: &S3Settings) -> S3 {
    let mut builder = S3::default()
        .endpoint(STAND_IN)
        .bucket(STAND_IN_BUCKET)
        .region(if settings.region.is_empty() { "us-east-1" } else { &settings.region })
        .disable_config_load()
        .skip_signature();
    if let Some(acl) = &settings.acl {
        builder = builder.default_acl(acl);
    }
    if let Some(class) = &settings.storage_class {
        builder = builder.default_storage_class(class);
    }
    if let Some(method) = &settings.server_side_encryption {
        builder = builder.server_side_encryption(method);
    }
    if let Some(key) = &settings.sse_kms_key_id {
        builder = builder.server_side_encryption_aws_kms_key_id(key);
    }
    if settings.requester_pays {
        builder = builder.enable_request_payer();
    }
    builder
}

fn head_of(metadata: &Metadata) -> ObjectHead {
    let time = metadata.user_metadata().and_then(|metadata| metadata.get(mtime::MTIME));
    let stored = metadata.last_modified().map(|time| Timestamp::from(std::time::SystemTime::from(time)));
    ObjectHead {
        size: metadata.content_length(),
        modified: mtime::of_object(time, stored),
        tag: metadata.etag().map(|tag| checksum::unquoted(tag).to_owned()),
    }
}

/// Carries opendal's requests over our wire.
struct Bridge {
    wire: Wire,
    address: Address,
}

impl HttpTransport for Bridge {
    async fn fetch(&self, request: Request<Buffer>) -> opendal_core::Result<Response<HttpBody>> {
        let (parts, content) = request.into_parts();
        let url = self.address.rewrite(&parts.uri);
        let url = url.ok_or_else(|| Fault::Request(String::from("no place for a request")))?;
        let mut request = wire_request(parts.method, &url, content.to_bytes())?;
        request.headers_mut().extend(parts.headers);
        if parts.extensions.get::<Operation>() == Some(&Operation::Read) {
            return self.stream(&request).await;
        }
        let (parts, content) = self.wire.send(&request).await?.into_parts();
        let content = futures::stream::iter([Ok(Buffer::from(content))]);
        Ok(Response::from_parts(parts, HttpBody::new(content, None)))
    }
}

impl Bridge {
    async fn stream(&self, request: &Request<Payload>) -> opendal_core::Result<Response<HttpBody>> {
        let streamed = self.wire.open(request).await?;
        let partial = streamed.status == StatusCode::PARTIAL_CONTENT;
        if request.headers().contains_key(RANGE) && !(partial && streamed.headers.contains_key(CONTENT_RANGE))
        {
            return Err(Fault::Nonsense(String::from("asked for a part, it sent the whole")).into());
        }
        let body = streamed.body.map_ok(Buffer::from).map_err(opendal_core::Error::from);
        let mut answer = Response::new(HttpBody::new(body, None));
        *answer.status_mut() = streamed.status;
        *answer.headers_mut() = streamed.headers;
        Ok(answer)
    }
}
