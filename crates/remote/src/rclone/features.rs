//! What rclone says of a remote's abilities (`operations/fsinfo`), and what follows from it for us.

use std::collections::HashMap;
use std::time::Duration;

use podfs_sync::Abilities;
use podfs_sync::settings::DEFAULT_TRANSFERS;
use serde::Deserialize;

/// rclone's mark for "cannot hold modification times": a precision of 100 years, in nanoseconds.
const NO_TIMES: i64 = 100 * 365 * 24 * 3600 * 1_000_000_000;
/// Files in one delete call: deletes are single requests, so this only bounds how late an interrupt is seen.
const DELETE_BATCH: usize = 256;

/// The parts of `operations/fsinfo` that matter to us.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Features {
    precision: i64,
    #[serde(rename = "Features")]
    flags: HashMap<String, bool>,
}

impl Features {
    /// As the engine wants to know them.
    pub(super) fn abilities(&self) -> Abilities {
        let step = u64::try_from(self.precision).unwrap_or(0).max(1);
        Abilities {
            time_precision: self.holds_times().then(|| Duration::from_nanos(step)),
            flat: self.has("BucketBased"),
            delete_batch: DELETE_BATCH,
            copies: self.copies(),
            transfers: DEFAULT_TRANSFERS,
        }
    }

    /// Whether a file's own modification time can be kept.
    pub(super) fn holds_times(&self) -> bool {
        self.precision < NO_TIMES
    }

    /// Whether a modification time costs a request of its own.
    pub(super) fn times_cost_requests(&self) -> bool {
        self.has("SlowModTime")
    }

    /// Whether folders exist by themselves and stay when they are empty.
    pub(super) fn has_folders(&self) -> bool {
        self.has("CanHaveEmptyDirectories")
    }

    /// Whether an upload replaces what has its name without looking first, which saves a request. Wrappers (union,
    /// crypt, chunker) may keep the old content elsewhere, and some stores allow two files of one name.
    pub(super) fn replaces_blindly(&self) -> bool {
        self.has("BucketBased")
            && !["DuplicateFiles", "Overlay", "WrapFs", "UnWrap"].iter().any(|flag| self.has(flag))
    }

    /// Whether a broken upload would destroy the old content: rclone writes in place, and the store lets it. Object
    /// stores replace whole objects, and for some kinds rclone itself writes under another name first.
    pub(super) fn writes_in_place(&self) -> bool {
        !self.has("BucketBased") && !self.has("PartialUploads") && self.has("Move")
    }

    /// Whether the store copies by itself, and the copy replaces what has its name whole: an object store does, on others
    /// it is renamed into place.
    pub(super) fn copies(&self) -> bool {
        self.has("Copy") && (self.has("BucketBased") || self.has("Move"))
    }

    /// Whether what is put at a name replaces what was there whole.
    pub(super) fn replaces_whole(&self) -> bool {
        self.has("BucketBased")
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.get(flag).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(precision: i64, flags: &[&str]) -> Features {
        Features { precision, flags: flags.iter().map(|flag| ((*flag).to_owned(), true)).collect() }
    }

    #[test]
    fn a_hundred_years_mean_no_times() {
        assert_eq!(features(NO_TIMES, &[]).abilities().time_precision, None);
        let second = features(1_000_000_000, &[]).abilities().time_precision;
        assert_eq!(second, Some(Duration::from_secs(1)));
    }

    #[test]
    fn some_kinds_need_a_rename_of_ours() {
        assert!(features(1, &["Move"]).writes_in_place());
        assert!(!features(1, &["Move", "PartialUploads"]).writes_in_place());
        assert!(!features(1, &["Move", "BucketBased"]).writes_in_place());
        assert!(!features(1, &[]).writes_in_place());
    }

    #[test]
    fn a_store_copies_when_the_copy_can_be_put_in_place_whole() {
        assert!(features(1, &["Copy", "BucketBased"]).abilities().copies);
        assert!(features(1, &["Copy", "Move"]).abilities().copies);
        assert!(!features(1, &["Copy"]).abilities().copies);
        assert!(!features(1, &["Move", "BucketBased"]).abilities().copies);
    }

    #[test]
    fn only_plain_buckets_are_overwritten_blindly() {
        assert!(features(1, &["BucketBased"]).replaces_blindly());
        assert!(!features(1, &["BucketBased", "Overlay"]).replaces_blindly());
        assert!(!features(1, &["CanHaveEmptyDirectories"]).replaces_blindly());
    }
}
