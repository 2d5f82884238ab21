//! The environment of the rclone child: the user's, without what would change the meaning of our calls.
//!
//! `RCLONE_*` variables are how users set backend options, `RCLONE_CONFIG_PASS`, `RCLONE_BWLIMIT` and the like, and
//! they keep working. Those that make rclone skip files, pretend, listen elsewhere or print secrets do not.

use std::ffi::OsStr;

/// Beginnings of the names that are taken away.
const REMOVED: &[&str] = &[
    // Where and how the remote control listens.
    "RCLONE_RC_",
    // Request dumps and debug logs can hold secrets, and our last-words buffer is for errors.
    "RCLONE_LOG_",
    "RCLONE_DUMP",
    "RCLONE_VERBOSE",
    "RCLONE_QUIET",
    "RCLONE_USE_JSON_LOG",
    "RCLONE_SYSLOG",
    "RCLONE_PROGRESS",
    "RCLONE_STATS",
    // A copy or a delete that is reported as done must be done.
    "RCLONE_DRY_RUN",
    "RCLONE_INTERACTIVE",
    "RCLONE_IGNORE_",
    "RCLONE_IMMUTABLE",
    "RCLONE_INPLACE",
    "RCLONE_UPDATE",
    "RCLONE_MAX_DELETE",
    "RCLONE_MAX_TRANSFER",
    "RCLONE_MAX_DURATION",
    "RCLONE_BACKUP_DIR",
    "RCLONE_SUFFIX",
    "RCLONE_COMPARE_DEST",
    "RCLONE_COPY_DEST",
    "RCLONE_METADATA",
    "RCLONE_NAME_TRANSFORM",
    // Filters would hide files from a listing.
    "RCLONE_FILTER",
    "RCLONE_INCLUDE",
    "RCLONE_EXCLUDE",
    "RCLONE_FILES_FROM",
    "RCLONE_MIN_",
    "RCLONE_MAX_AGE",
    "RCLONE_MAX_SIZE",
    "RCLONE_MAX_DEPTH",
    "RCLONE_HASH_FILTER",
    // Our own end of each copy is rclone's local backend.
    "RCLONE_LOCAL_",
    "RCLONE_LINKS",
    "RCLONE_COPY_LINKS",
    "RCLONE_SKIP_LINKS",
    "RCLONE_ONE_FILE_SYSTEM",
];

/// Variables that are named in full.
const REMOVED_EXACTLY: &[&str] = &["RCLONE_RC", "RCLONE_CONFIG", "RCLONE_CACHE_DIR", "RCLONE_TEMP_DIR"];

/// Whether the child must not see the variable `name`.
pub(super) fn is_removed(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    REMOVED_EXACTLY.contains(&name) || REMOVED.iter().any(|start| name.starts_with(start))
}

/// Takes away from `command` what the child must not see.
pub(super) fn clean(command: &mut tokio::process::Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_removed(name)) {
        command.env_remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backend_options_and_passwords_stay() {
        for name in
            ["RCLONE_CONFIG_PASS", "RCLONE_S3_REGION", "RCLONE_BWLIMIT", "RCLONE_CONFIG_REMOTE_TYPE", "HOME"]
        {
            assert!(!is_removed(OsStr::new(name)), "{name} is taken away");
        }
    }

    #[test]
    fn what_changes_our_calls_goes() {
        for name in ["RCLONE_RC", "RCLONE_RC_ADDR", "RCLONE_DRY_RUN", "RCLONE_EXCLUDE_FROM", "RCLONE_CONFIG"]
        {
            assert!(is_removed(OsStr::new(name)), "{name} stays");
        }
    }
}
