//! What becomes of each key of rclone's s3 backend that has no typed place in [`super::S3Settings`].
//!
//! The keys are those of `rclone config providers` of 1.75.2.

use super::values::{parse_bool, parse_tristate};

/// When a key leaves the native engine in charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Read by `S3Settings`.
    Typed,
    /// Any value: it changes nothing that we do.
    Any,
    /// Only a value that means "no".
    False,
    /// Only `unset`.
    Unset,
    /// A boolean or `unset`, whichever: it is about headers that we do not send, or messages that we do not give.
    Switch,
    /// Only this very text.
    Only(&'static str),
    /// No value at all.
    Never,
}

impl Rule {
    /// Whether a value that is not empty leaves the native engine in charge.
    pub(super) fn accepts(self, value: &str) -> bool {
        match self {
            Rule::Typed | Rule::Any => true,
            Rule::False => parse_bool(value) == Ok(false),
            Rule::Unset => parse_tristate(value) == Ok(None),
            Rule::Switch => parse_tristate(value).is_ok(),
            Rule::Only(text) => value.eq_ignore_ascii_case(text),
            Rule::Never => false,
        }
    }

    /// The rule of a key; `None` for a key that rclone's s3 backend does not have.
    pub(super) fn of(key: &str) -> Option<Rule> {
        RULES.iter().find(|(keys, _)| keys.contains(&key)).map(|(_, rule)| *rule)
    }
}

#[rustfmt::skip]
const RULES: &[(&[&str], Rule)] = &[
    (&["type", "provider", "access_key_id", "secret_access_key", "session_token", "env_auth", "profile",
       "shared_credentials_file", "region", "endpoint", "location_constraint", "acl", "bucket_acl", "storage_class",
       "server_side_encryption", "sse_kms_key_id", "requester_pays", "force_path_style", "no_check_bucket", "no_head",
       "no_head_object", "disable_checksum", "chunk_size", "upload_concurrency", "upload_cutoff", "copy_cutoff",
       "max_upload_parts", "list_chunk", "list_version", "list_url_encode", "use_multipart_etag",
       "use_multipart_uploads", "encoding"], Rule::Typed),
    // The memory pool is gone from rclone itself, and our HTTP client has no HTTP/2 to switch off.
    (&["description", "memory_pool_flush_time", "memory_pool_use_mmap", "disable_http2"], Rule::Any),
    (&["v2_auth", "use_dual_stack", "use_accelerate_endpoint", "use_arn_region", "leave_parts_on_error",
       "directory_markers", "use_presigned_request", "versions", "version_deleted", "decompress",
       "no_system_metadata", "directory_bucket", "bypass_governance_retention", "bucket_object_lock_enabled",
       "object_lock_set_after_upload"], Rule::False),
    (&["use_unsigned_payload", "use_data_integrity_protections", "might_gzip", "object_lock_supported"], Rule::Unset),
    (&["use_accept_encoding_gzip", "use_already_exists", "use_x_id", "sign_accept_encoding",
       "list_versions_oldest_first"], Rule::Switch),
    (&["version_at", "sdk_log_mode"], Rule::Only("off")),
    (&["sse_customer_algorithm", "sse_customer_key", "sse_customer_key_base64", "sse_customer_key_md5", "role_arn",
       "role_session_name", "role_session_duration", "role_external_id", "download_url", "sts_endpoint", "ibm_api_key",
       "ibm_resource_instance_id", "ibm_iam_endpoint", "object_lock_mode", "object_lock_retain_until_date",
       "object_lock_legal_hold_status"], Rule::Never),
];
