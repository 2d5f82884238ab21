//! MD5, which is what S3 says of its objects.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use podfs_crypto::md5::Running;

pub(super) use podfs_crypto::md5::Sum;

/// The sum of a whole text.
pub(super) fn sum(content: &[u8]) -> Sum {
    let mut running = Running::default();
    running.add(content);
    running.finish()
}

/// An ETag without its quotes.
pub(super) fn unquoted(tag: &str) -> &str {
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag)
}

/// The MD5 that an ETag is, if it is one: not for objects made of parts, nor for those encrypted by KMS.
pub(super) fn of_tag(tag: &str) -> Option<Sum> {
    // Some stores write capitals.
    HEXLOWER_PERMISSIVE.decode(unquoted(tag).as_bytes()).ok()?.try_into().ok()
}

/// The ETag of an object made of parts with these sums, as S3 and most others form it.
pub(super) fn tag_of_parts(parts: &[Sum]) -> String {
    let mut running = Running::default();
    for part in parts {
        running.add(part);
    }
    format!("{}-{}", hex(&running.finish()), parts.len())
}

/// In hexadecimal digits.
pub(super) fn hex(sum: &Sum) -> String {
    HEXLOWER.encode(sum)
}

/// In base64, as `Content-MD5` and rclone's `X-Amz-Meta-Md5chksum` hold it.
pub(super) fn base64(sum: &Sum) -> String {
    BASE64.encode(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_shown_in_each_spelling() {
        let sum = sum(b"hi\n");
        assert_eq!(hex(&sum), "764efa883dda1e11db47671c4a3bbd9e");
        // What rclone sent as Content-MD5 for the same three bytes.
        assert_eq!(base64(&sum), "dk76iD3aHhHbR2ccSju9ng==");
        assert_eq!(base64(&super::sum(b"")), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    #[test]
    fn only_some_tags_are_sums() {
        assert_eq!(of_tag("\"764efa883dda1e11db47671c4a3bbd9e\""), Some(sum(b"hi\n")));
        for other in ["764efa883dda1e11db47671c4a3bbd9e-2", "", "\"\"", "zz4efa883dda1e11db47671c4a3bbd9e"] {
            assert_eq!(of_tag(other), None);
        }
    }

    #[test]
    fn a_tag_of_parts_is_the_sum_of_their_sums() {
        // Two parts of 5 MiB of zeros, as a real store tagged them.
        let part = sum(&vec![0; 5 << 20]);
        assert_eq!(tag_of_parts(&[part, part]), "a7d414b9133d6483d9a1c4e04e856e3b-2");
    }
}
