//! Writing what was read, for the fuzz targets alone.

use super::{ConfigError, RcloneConfig};

/// The text of an rclone.conf.
///
/// # Errors
/// For what no rclone.conf can hold.
pub fn to_text(config: &RcloneConfig) -> Result<String, ConfigError> {
    super::text::to_text(config)
}
