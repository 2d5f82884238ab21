//! One file or folder as rclone's calls describe it.

use podfs_sync::{Entry, Modified, RelativePath, Timestamp};
use serde::Deserialize;

use super::features::Features;

/// One item of `operations/list` or `operations/stat`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Item {
    /// The last segment, in rclone's spelling; may have lost bytes.
    pub(super) name: String,
    /// Bytes; negative when the store does not tell (a folder, an online document).
    pub(super) size: i64,
    #[serde(default)]
    pub(super) mod_time: String,
    pub(super) is_dir: bool,
}

/// The answer of `operations/stat`.
#[derive(Debug, Deserialize)]
pub(super) struct StatAnswer {
    pub(super) item: Option<Item>,
}

impl Item {
    /// As an entry at `path`; `None` when it is no file with a known size.
    pub(super) fn into_entry(self, path: RelativePath, features: &Features) -> Option<Entry> {
        if self.is_dir {
            return None;
        }
        let size = u64::try_from(self.size).ok()?;
        let modified = match Timestamp::from_rfc3339(&self.mod_time) {
            Some(time) if features.holds_times() => Modified::At(time),
            Some(time) => Modified::StoredAt(time),
            None => Modified::Unknown,
        };
        Some(Entry { path, size, modified, tag: None })
    }
}
