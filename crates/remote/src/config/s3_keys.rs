//! The keys of rclone's s3 backend with rclone's meaning, or the reason why rclone has to do the sync.

use crate::naming::Mask;

use super::s3_providers::Provider;
use super::s3_reader::{Keys, MIB, NativeRefusal};
use super::s3_rules::Rule;
use super::secret::Secret;
use super::section::Section;

/// rclone refuses smaller parts, as S3 does.
const SMALLEST_CHUNK: u64 = 5 * MIB;
const LARGEST_UPLOAD_CUTOFF: u64 = 5 << 30;

/// An s3 remote as rclone understands it. `None` and `false` where the user said nothing and rclone has no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// The provider and how it differs from AWS.
    pub provider: Provider,
    /// Empty, together with the secret: see `env_auth`.
    pub access_key_id: Secret,
    /// The secret key.
    pub secret_access_key: Secret,
    /// For temporary credentials.
    pub session_token: Secret,
    /// Without keys: take credentials from environment, files and metadata services. False: anonymous requests. With
    /// keys it has no effect.
    pub env_auth: bool,
    /// Only with `env_auth`.
    pub profile: Option<String>,
    /// A path; only with `env_auth`.
    pub shared_credentials_file: Option<String>,
    /// rclone takes `us-east-1` when unset, and never `AWS_REGION`.
    pub region: String,
    /// With its scheme (`https://` is put before a bare host). `None` is AWS itself.
    pub endpoint: Option<String>,
    /// For making a bucket.
    pub location_constraint: Option<String>,
    /// For objects.
    pub acl: Option<String>,
    /// For making a bucket; `acl` when unset.
    pub bucket_acl: Option<String>,
    /// `x-amz-storage-class`
    pub storage_class: Option<String>,
    /// `x-amz-server-side-encryption`. With `aws:kms` ETags are not MD5.
    pub server_side_encryption: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`
    pub sse_kms_key_id: Option<String>,
    /// `x-amz-request-payer: requester`
    pub requester_pays: bool,
    /// The bucket in the path: only if the provider does so *and* `force_path_style` is not false. On AWS
    /// `force_path_style = true` has no effect, as in rclone. See [`S3Settings::bucket_in_path`].
    pub path_style: bool,
    /// Do not look for or make the bucket.
    pub no_check_bucket: bool,
    /// Do not HEAD after an upload.
    pub no_head: bool,
    /// Do not HEAD before a download.
    pub no_head_object: bool,
    /// Do not store the MD5 of multipart uploads as metadata.
    pub disable_checksum: bool,
    /// Bytes of a part, at least 5 MiB. See [`S3Settings::part_size`].
    pub chunk_size: u64,
    /// Parts of one file at a time, at least 1.
    pub upload_concurrency: u32,
    /// Files of this many bytes and more go up in parts; `u64::MAX` for never (`use_multipart_uploads = false`).
    pub upload_cutoff: u64,
    /// Larger server-side copies go in parts.
    pub copy_cutoff: u64,
    /// At least 1; no more than the provider allows.
    pub max_upload_parts: u32,
    /// `max-keys`
    pub list_chunk: u32,
    /// 1 or 2, from the key or the provider.
    pub list_version: u8,
    /// `encoding-type=url`, from the key or the provider.
    pub list_url_encode: bool,
    /// Whether a multipart ETag can be checked, from the key or the provider.
    pub multipart_etag: bool,
    /// How names are spelled.
    pub encoding: Mask,
}

impl S3Settings {
    /// Reads a section of type s3.
    ///
    /// # Errors
    /// [`NativeRefusal`] for the first key that only rclone can honour: it is unknown, does not parse as we read it, or
    /// asks for something that we do not do. rclone then says what is wrong, if anything is.
    pub fn from_section(section: &Section) -> Result<S3Settings, NativeRefusal> {
        check_rules(section)?;
        let keys = Keys(section);
        let provider = Provider::find(section.get("provider")).ok_or_else(|| {
            NativeRefusal::new("provider", "this provider has quirks that only rclone follows")
        })?;
        let quirks = provider.quirks;
        let settings = S3Settings {
            provider,
            access_key_id: keys.secret("access_key_id"),
            secret_access_key: keys.secret("secret_access_key"),
            session_token: keys.secret("session_token"),
            env_auth: keys.bool("env_auth", false)?,
            profile: keys.text("profile"),
            shared_credentials_file: keys.text("shared_credentials_file"),
            region: keys.text("region").unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint: keys.text("endpoint").map(with_scheme),
            location_constraint: keys.text("location_constraint"),
            acl: keys.text("acl"),
            bucket_acl: keys.text("bucket_acl").or_else(|| keys.text("acl")),
            storage_class: keys.text("storage_class"),
            server_side_encryption: keys.text("server_side_encryption"),
            sse_kms_key_id: keys.text("sse_kms_key_id"),
            requester_pays: keys.bool("requester_pays", false)?,
            path_style: quirks.path_style && keys.bool("force_path_style", true)?,
            no_check_bucket: keys.bool("no_check_bucket", false)?,
            no_head: keys.bool("no_head", false)?,
            no_head_object: keys.bool("no_head_object", false)?,
            disable_checksum: keys.bool("disable_checksum", false)?,
            chunk_size: keys.size("chunk_size", SMALLEST_CHUNK)?,
            upload_concurrency: keys.positive("upload_concurrency", 4)?,
            upload_cutoff: keys.upload_cutoff()?,
            copy_cutoff: keys.size("copy_cutoff", 4768 * MIB)?,
            max_upload_parts: keys.positive("max_upload_parts", 10_000)?.min(quirks.max_upload_parts),
            list_chunk: keys.positive("list_chunk", 1000)?,
            list_version: keys.list_version(quirks)?,
            list_url_encode: keys.switch("list_url_encode", quirks.list_url_encode)?,
            multipart_etag: keys.switch("use_multipart_etag", quirks.multipart_etag)?,
            encoding: keys.encoding()?,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), NativeRefusal> {
        if self.access_key_id.is_empty() && !self.secret_access_key.is_empty() {
            return Err(NativeRefusal::new("access_key_id", "missing beside secret_access_key"));
        }
        if self.secret_access_key.is_empty() && !self.access_key_id.is_empty() {
            return Err(NativeRefusal::new("secret_access_key", "missing beside access_key_id"));
        }
        if self.region == "other-v2-signature" {
            return Err(NativeRefusal::new("region", "version 2 signatures are left to rclone"));
        }
        if self.endpoint.is_none() && self.provider.name != "AWS" {
            return Err(NativeRefusal::new("endpoint", "not set, and the provider is not AWS"));
        }
        if self.chunk_size < SMALLEST_CHUNK {
            return Err(NativeRefusal::new("chunk_size", "less than 5Mi, which rclone refuses"));
        }
        if self.upload_cutoff > LARGEST_UPLOAD_CUTOFF && self.upload_cutoff != u64::MAX {
            return Err(NativeRefusal::new("upload_cutoff", "more than 5Gi, which rclone refuses"));
        }
        if self.copy_cutoff == 0 {
            return Err(NativeRefusal::new("copy_cutoff", "zero, which rclone refuses"));
        }
        Ok(())
    }

    /// Whether requests for this bucket have it in the path.
    ///
    /// As rclone 1.75.2 does: also in virtual host style when the name is no DNS label (dots, capitals, underscores)
    /// or the endpoint is an IP address.
    #[must_use]
    pub fn bucket_in_path(&self, bucket: &str) -> bool {
        self.path_style || !is_label(bucket) || self.endpoint.as_deref().is_some_and(is_ip_endpoint)
    }

    /// Bytes of a part for a file of this many bytes: `chunk_size`, or as many whole MiB more as keep the number of
    /// parts in bounds.
    #[must_use]
    pub fn part_size(&self, length: u64) -> u64 {
        let smallest = length.div_ceil(u64::from(self.max_upload_parts.max(1)));
        if smallest <= self.chunk_size { self.chunk_size } else { smallest.div_ceil(MIB) * MIB }
    }
}

fn check_rules(section: &Section) -> Result<(), NativeRefusal> {
    for (key, value) in section.entries().filter(|(_, value)| !value.is_empty()) {
        match Rule::of(key) {
            None => return Err(NativeRefusal::new(key, "not known to the native engine")),
            Some(rule) if !rule.accepts(value) => {
                return Err(NativeRefusal::new(key, "set to something that only rclone does"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn with_scheme(endpoint: String) -> String {
    // rclone looks for no more than these four letters.
    if endpoint.starts_with("http") { endpoint } else { format!("https://{endpoint}") }
}

fn is_label(bucket: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&bucket.len())
        && bucket.bytes().all(inner)
        && !bucket.starts_with('-')
        && !bucket.ends_with('-')
}

fn is_ip_endpoint(endpoint: &str) -> bool {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    authority.parse::<std::net::SocketAddr>().is_ok()
        || authority.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
#[path = "s3_keys_tests.rs"]
mod tests;
