//! Which keys stay native, what they mean, and which go to rclone.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn read(pairs: &[(&str, &str)]) -> Result<S3Settings, NativeRefusal> {
    let mut section = Section::new("remote");
    let base = [("type", "s3"), ("provider", "Minio"), ("endpoint", "http://localhost:9000")];
    for (key, value) in base.iter().chain(pairs) {
        section.set(*key, *value);
    }
    S3Settings::from_section(&section)
}

#[test]
fn defaults_are_rclones() {
    let settings = read(&[]).unwrap();
    assert_eq!((settings.chunk_size, settings.upload_concurrency), (5 << 20, 4));
    assert_eq!((settings.upload_cutoff, settings.copy_cutoff), (200 << 20, 4768 << 20));
    assert_eq!((settings.max_upload_parts, settings.list_chunk, settings.list_version), (10_000, 1000, 2));
    assert_eq!((settings.region.as_str(), settings.encoding), ("us-east-1", Mask::S3));
    assert!(settings.path_style && settings.list_url_encode && settings.multipart_etag && !settings.env_auth);
}

#[test]
fn keys_are_honoured() {
    let settings = read(&[
        ("access_key_id", "id"),
        ("secret_access_key", "hunter2"),
        ("session_token", "hunter2"),
        ("endpoint", "storage.example"),
        ("acl", "private"),
        ("chunk_size", "16M"),
        ("upload_cutoff", "0"),
        ("list_url_encode", "false"),
        ("no_check_bucket", "TRUE"),
        ("encoding", "Slash,Dot"),
        ("version_at", "off"),
        ("v2_auth", "false"),
        ("use_x_id", "false"),
        ("description", "mine"),
        ("download_url", ""),
    ])
    .unwrap();
    assert_eq!(settings.endpoint.as_deref(), Some("https://storage.example"));
    assert_eq!((settings.chunk_size, settings.upload_cutoff), (16 << 20, 0));
    assert_eq!(settings.bucket_acl.as_deref(), Some("private"));
    assert_eq!(settings.encoding, Mask::LOCAL);
    assert!(!settings.list_url_encode && settings.no_check_bucket);
    assert_eq!(settings.secret_access_key.expose(), "hunter2");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[rstest]
#[case("unheard_of", "x")]
#[case("role_arn", "x")]
#[case("sse_customer_key", "x")]
#[case("v2_auth", "true")]
#[case("directory_markers", "true")]
#[case("versions", "1")]
#[case("version_at", "2026-01-01")]
#[case("might_gzip", "true")]
#[case("use_x_id", "perhaps")]
#[case("download_url", "https://cdn")]
#[case("env_auth", "yes")]
#[case("chunk_size", "4Mi")]
#[case("chunk_size", "off")]
#[case("chunk_size", "5MB")]
#[case("upload_cutoff", "6Gi")]
#[case("upload_cutoff", "off")]
#[case("copy_cutoff", "0")]
#[case("upload_concurrency", "0")]
#[case("max_upload_parts", "0x10")]
#[case("list_version", "3")]
#[case("encoding", "Slash,Nonsense")]
#[case("provider", "minio")]
#[case("provider", "GCS")]
#[case("region", "other-v2-signature")]
#[case("endpoint", "")]
#[case("access_key_id", "")]
fn what_only_rclone_honours_is_refused_by_key(#[case] key: &str, #[case] value: &str) {
    let refusal = read(&[("access_key_id", "id"), ("secret_access_key", "s"), (key, value)]).unwrap_err();
    assert_eq!(refusal.key, key);
    assert!(value.len() < 4 || !refusal.to_string().contains(value), "{refusal}");
}

#[rstest]
// As the requests of rclone 1.75.2 show.
#[case("AWS", "http://localhost:1", "", "my-bucket", false)]
#[case("AWS", "http://127.0.0.1:1", "", "my-bucket", true)]
#[case("AWS", "http://localhost:1", "", "my.bucket", true)]
#[case("AWS", "http://localhost:1", "", "My_Bucket", true)]
#[case("AWS", "http://localhost:1", "true", "my-bucket", false)]
#[case("Minio", "http://localhost:1", "", "my-bucket", true)]
#[case("Minio", "http://localhost:1", "false", "my-bucket", false)]
#[case("Wasabi", "http://localhost:1", "", "my-bucket", false)]
#[case("", "http://localhost:1", "", "my-bucket", true)]
fn buckets_stand_where_rclone_puts_them(
    #[case] provider: &str,
    #[case] endpoint: &str,
    #[case] force: &str,
    #[case] bucket: &str,
    #[case] in_path: bool,
) {
    let keys = [("provider", provider), ("endpoint", endpoint), ("force_path_style", force)];
    assert_eq!(read(&keys).unwrap().bucket_in_path(bucket), in_path);
}

#[test]
fn providers_bring_their_quirks() {
    let seaweed = read(&[("provider", "SeaweedFS")]).unwrap();
    assert!(seaweed.path_style && seaweed.list_version == 1 && !seaweed.list_url_encode);
    assert_eq!(read(&[("provider", "SeaweedFS"), ("list_version", "2")]).unwrap().list_version, 2);
    assert_eq!(read(&[("provider", "Scaleway")]).unwrap().max_upload_parts, 1000);
    assert!(read(&[("provider", "AWS"), ("endpoint", "")]).unwrap().endpoint.is_none());
    assert_eq!(read(&[("use_multipart_uploads", "false")]).unwrap().upload_cutoff, u64::MAX);
}

proptest! {
    #[test]
    fn parts_stay_in_bounds(length in 0u64..1 << 50, parts in 1u32..20_000) {
        let settings = read(&[("max_upload_parts", &parts.to_string())]).unwrap();
        let size = settings.part_size(length);
        prop_assert!(size >= settings.chunk_size);
        prop_assert!(length.div_ceil(size) <= u64::from(settings.max_upload_parts));
    }
}
