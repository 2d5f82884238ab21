//! Typed reading of a section's keys, and the refusal when that is not possible.

use crate::naming::Mask;

use super::s3_providers::Quirks;
use super::secret::Secret;
use super::section::Section;
use super::values::{ValueError, parse_bool, parse_integer, parse_size, parse_tristate};

/// 1024 × 1024 bytes.
pub(super) const MIB: u64 = 1 << 20;

/// Why the native engine leaves this remote to rclone. Holds the key, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("s3 key {key}: {reason}")]
pub struct NativeRefusal {
    /// The key of the section.
    pub key: String,
    /// What speaks against it.
    pub reason: &'static str,
}

impl NativeRefusal {
    pub(super) fn new(key: &str, reason: &'static str) -> NativeRefusal {
        NativeRefusal { key: key.to_owned(), reason }
    }
}

/// Typed reading of one section's keys.
pub(super) struct Keys<'a>(pub(super) &'a Section);

impl Keys<'_> {
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).map(str::to_owned)
    }

    pub(super) fn secret(&self, key: &str) -> Secret {
        Secret::new(self.0.get(key).unwrap_or_default())
    }

    fn read<T>(
        &self,
        key: &str,
        default: T,
        parse: impl Fn(&str) -> Result<T, ValueError>,
    ) -> Result<T, NativeRefusal> {
        let parsed = self.0.get(key).map_or(Ok(default), parse);
        parsed.map_err(|_| NativeRefusal::new(key, "the value is not one that we can read"))
    }

    pub(super) fn bool(&self, key: &str, default: bool) -> Result<bool, NativeRefusal> {
        self.read(key, default, parse_bool)
    }

    pub(super) fn switch(&self, key: &str, default: bool) -> Result<bool, NativeRefusal> {
        self.read(key, default, |text| Ok(parse_tristate(text)?.unwrap_or(default)))
    }

    pub(super) fn size(&self, key: &str, default: u64) -> Result<u64, NativeRefusal> {
        self.read(key, default, |text| parse_size(text)?.ok_or(ValueError::Size))
    }

    pub(super) fn positive(&self, key: &str, default: u32) -> Result<u32, NativeRefusal> {
        self.read(key, default, |text| {
            parse_integer(text).and_then(|n| if n > 0 { Ok(n) } else { Err(ValueError::Integer) })
        })
    }

    pub(super) fn upload_cutoff(&self) -> Result<u64, NativeRefusal> {
        let cutoff = self.size("upload_cutoff", 200 * MIB)?;
        Ok(if self.switch("use_multipart_uploads", true)? { cutoff } else { u64::MAX })
    }

    pub(super) fn list_version(&self, quirks: Quirks) -> Result<u8, NativeRefusal> {
        self.read("list_version", quirks.list_version, |text| match text {
            "0" => Ok(quirks.list_version),
            "1" => Ok(1),
            "2" => Ok(2),
            _ => Err(ValueError::Integer),
        })
    }

    pub(super) fn encoding(&self) -> Result<Mask, NativeRefusal> {
        let parsed = self.0.get("encoding").map_or(Ok(Mask::S3), Mask::parse);
        parsed.map_err(|_| NativeRefusal::new("encoding", "the value is not one that we can read"))
    }
}
